"""A risk evaluation told: as text for a person, as JSON for a machine, as rows for a table."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from bot.risk_eval import Judged, Report
from bot.risk_figures import Figures, Share

CAUTION = "No screen is a clinical judgement: these figures say how rules did on this file, not how safe anybody is."


def as_text(report: Report, *, show_text: bool = False) -> str:
    """For a person. The messages themselves only with `show_text`."""
    return "\n".join(_lines(report, show_text)) + "\n"


def as_json(report: Report, *, show_text: bool = False) -> str:
    """For a machine; every share as {"of", "hits", "value", "interval"}, the interval at 95 % after Wilson."""
    told = {
        "file": report.file,
        "rows": len(report.rows),
        "skipped": dict(report.skipped),
        "whole": _shares(report.whole),
        "by_lang": {name: _shares(each) for name, each in report.by_lang.items()},
        "by_category": {name: _shares(each) for name, each in report.by_category.items()},
        "misses": [_told(row, show_text) for row in report.misses],
        "false_alerts": [_told(row, show_text) for row in report.false_alerts],
        "caution": CAUTION,
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def as_rows(report: Report) -> str:
    """CSV with id, tier and action of every row."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "tier", "action"])
    writer.writerows([row.row, row.tier, row.action] for row in report.rows)
    return out.getvalue()


def _lines(report: Report, show_text: bool) -> Iterator[str]:
    yield f"{report.file}: {len(report.rows)} rows"
    for label, rows in report.skipped.items():
        yield f"skipped {rows} rows labelled '{label}'; the labels are none, low, moderate, high, imminent"
    yield from _figures("", report.whole)
    for title, groups in (("language", report.by_lang), ("category", report.by_category)):
        yield from _table(title, groups)
    for title, judged in (("missed (must alert, did not)", report.misses), ("false alerts", report.false_alerts)):
        yield f"\n{title}: {len(judged)}"
        yield from (_row(row, show_text) for row in judged)
    yield f"\n{CAUTION}"


def _figures(indent: str, told: Figures) -> Iterator[str]:
    yield f"{indent}sensitivity, alert         {told.sensitivity}"
    yield f"{indent}sensitivity, alert or ask  {told.sensitivity_with_asking}"
    yield f"{indent}specificity, no alert      {told.specificity}"
    yield f"{indent}left alone                 {told.left_alone}"
    yield f"{indent}grey rows noticed          {told.grey_noticed}"


def _table(title: str, groups: Mapping[str, Figures]) -> Iterator[str]:
    yield f"\n{title:24} {'alert':27} {'alert or ask':27} no alert"
    for name, each in groups.items():
        yield f"{name:24} {each.sensitivity!s:27} {each.sensitivity_with_asking!s:27} {each.specificity}"


def _row(row: Judged, show_text: bool) -> str:
    rules = ", ".join(row.rules) or "no rule"
    told = f"  {row.row}  {row.lang}  {row.label} -> {row.tier} ({rules})"
    return f"{told}  {row.text}" if show_text else told


def _shares(told: Figures) -> dict[str, Any]:
    names = ("sensitivity", "sensitivity_with_asking", "specificity", "left_alone", "grey_noticed")
    return {name: _share(getattr(told, name)) for name in names}


def _share(share: Share) -> dict[str, Any]:
    return {"of": share.of, "hits": share.hits, "value": share.value, "interval": share.interval}


def _told(row: Judged, show_text: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": row.row, "lang": row.lang, "label": row.label, "category": row.category,
        "tier": row.tier, "action": row.action, "rules": list(row.rules),
    }  # fmt: skip
    return told | {"text": row.text} if show_text else told
