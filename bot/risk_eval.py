"""How well the risk screen does on a file of labelled messages: what it alerts on, what it asks about, what it misses.

The messages themselves are told only on request; a miss is named by the row's id.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import BotError
from bot.risk_figures import Figures, Label, figures
from flows.risk import Action, Screen, Tier, screen

COLUMNS = ("text", "lang", "label")
LABELS: Mapping[str, Label] = {
    "none": "none", "low": "low", "moderate": "moderate", "high": "high", "imminent": "imminent",
}  # fmt: skip


class EvalError(BotError):
    """The file cannot be read as labelled messages."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One row and what the screen said of it. `row` is the row's `id`, or its line in the file."""

    row: str
    lang: str
    label: Label
    category: str
    tier: Tier
    action: Action
    rules: tuple[str, ...]
    text: str = field(repr=False)

    @property
    def must_alert(self) -> bool:
        return self.label in ("moderate", "high", "imminent")

    @property
    def wrong(self) -> bool:
        """A message that must reach a clinician and did not page one, or a harmless one that did."""
        return self.must_alert != (self.action == "alert") and self.label != "low"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one file: as a whole, by language and by the file's own categories, and each row."""

    file: str
    rows: tuple[Judged, ...]
    skipped: Mapping[str, int]  # labels that are not known -> how many rows

    @property
    def whole(self) -> Figures:
        return figures(self.rows)

    @property
    def by_lang(self) -> dict[str, Figures]:
        return _grouped(self.rows, [row.lang for row in self.rows])

    @property
    def by_category(self) -> dict[str, Figures]:
        return _grouped(self.rows, [row.category for row in self.rows])

    @property
    def misses(self) -> tuple[Judged, ...]:
        return tuple(row for row in self.rows if row.must_alert and row.wrong)

    @property
    def false_alerts(self) -> tuple[Judged, ...]:
        return tuple(row for row in self.rows if row.wrong and not row.must_alert)


def evaluate(csv_path: Path, rules: Screen) -> Report:
    """Judge every row of a CSV file with the columns text, lang and label; id and category are used if there.

    Raises EvalError, with the line, if the file is not such a file.
    """
    rows, skipped = [], Counter[str]()
    for line, row in _read(csv_path):
        label = LABELS.get(row["label"].strip().lower())
        if label is None:
            skipped[row["label"].strip()] += 1
        else:
            rows.append(_judged(line, row, label, rules))
    return Report(csv_path.name, tuple(rows), dict(skipped))


def _judged(line: int, row: Mapping[str, str], label: Label, rules: Screen) -> Judged:
    verdict = screen(rules, [row["text"]])
    found = tuple(dict.fromkeys(finding.rule for finding in verdict.findings))
    name = row.get("id") or f"line {line}"
    return Judged(
        name, row["lang"], label, row.get("category", ""), verdict.tier, verdict.action, found, text=row["text"]
    )


def _read(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with the line on which each begins."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(csv.reader(file, strict=True), path.name)
    except UnicodeDecodeError as error:
        raise EvalError(f"{path.name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except OSError as error:
        raise EvalError(f"{path}: {error.strerror}; check the path") from None


def _rows(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    header = [column.strip().lower() for column in _next(reader, name) or []]
    if missing := [column for column in COLUMNS if column not in header]:
        raise EvalError(f"{name}:1: there is no column {', '.join(missing)}; the columns are {', '.join(COLUMNS)}")
    line = reader.line_num + 1  # type: ignore[attr-defined]  # what csv.reader returns has no public type
    while (cells := _next(reader, name)) is not None:
        if cells and len(cells) != len(header):
            raise EvalError(f"{name}:{line}: {len(cells)} cells instead of {len(header)}; put quotes around commas")
        if cells:
            yield line, dict(zip(header, cells, strict=True))
        line = reader.line_num + 1  # type: ignore[attr-defined]  # see above


def _next(reader: Iterator[list[str]], name: str) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        line = reader.line_num  # type: ignore[attr-defined]  # see above
        raise EvalError(f"{name}:{line}: not valid CSV: {error}; check the quotes") from None


def _grouped(rows: Sequence[Judged], names: Sequence[str]) -> dict[str, Figures]:
    groups: dict[str, list[Judged]] = {}
    for row, name in zip(rows, names, strict=True):
        groups.setdefault(name or "(none)", []).append(row)
    return {name: figures(groups[name]) for name in sorted(groups)}
