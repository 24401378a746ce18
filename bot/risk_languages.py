"""How far the risk screen can be trusted in each language: `rapport risk languages`.

Figures are measured on messages of a writer whom neither rules nor net had seen; they stand in `risk_figures.yaml`
beside the rules, with the day. A language without figures, or below the floor, counts as not screened.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.catalogue import Catalogue
from bot.risk_figures import Share
from flows.errors import DefinitionError, Problem
from flows.risk_files import read
from flows.yamltext import load

FLOOR = {"explicit": 0.75, "explicit_or_asked": 0.9, "trap_quiet": 0.85}  # below it, buttons carry the weight


@dataclass(frozen=True, slots=True)
class Language:
    """One language's screen. `figures` by name: of so many messages so many went right."""

    code: str
    rules: int
    examples: int
    net: bool
    reviewed_by: str
    measured_on: str = ""
    figures: Mapping[str, Share] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether its figures reach the floor."""
        return reaches_floor(self.figures)


def coverage(shipped: Catalogue) -> list[Language]:
    """Every language that has rules. Raises DefinitionError."""
    nets = {PurePosixPath(name).parent.name for name in shipped.nets}
    measured = _measured(shipped.figures)
    found = []
    for name, text in shipped.risk.items():
        content, _loaded = read(text, name)
        code = content.language
        day, figures = measured.get(code, ("", {}))
        examples = sum(len(rule.yes) + len(rule.no) for rule in content.rules.values())
        found.append(Language(code, len(content.rules), examples, code in nets, content.reviewed_by, day, figures))
    return found


def passing(figures: Mapping[str, str]) -> frozenset[str]:
    """The languages whose screen reaches the floor. `figures`: files by name. Raises DefinitionError."""
    return frozenset(code for code, (_day, found) in _measured(figures).items() if reaches_floor(found))


def reaches_floor(figures: Mapping[str, Share]) -> bool:
    """Whether these figures are good enough to lean on."""
    return all(name in figures and (figures[name].value or 0) >= least for name, least in FLOOR.items())


def _measured(files: Mapping[str, str]) -> dict[str, tuple[str, dict[str, Share]]]:
    return {PurePosixPath(name).parent.name: _figures(text, name) for name, text in files.items()}


class _Measured(BaseModel):
    """A file of figures: `name: [went right, of so many]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measured_on: str
    writer: str
    figures: dict[str, tuple[int, int]]


def _figures(text: str, name: str) -> tuple[str, dict[str, Share]]:
    try:
        measured = _Measured.model_validate(load(text, name).data)
    except ValidationError as error:
        what = f"the figures cannot be read: {error.errors()[0]['msg']}"
        raise DefinitionError([Problem(name, 1, what, "make them anew: python -m bench.risk_screen")]) from None
    return measured.measured_on, {each: Share(of, hits) for each, (hits, of) in measured.figures.items()}


def as_json(languages: Sequence[Language]) -> str:
    """For a machine, by language."""
    return json.dumps({each.code: _told(each) for each in languages}, indent=2) + "\n"


def _told(each: Language) -> dict[str, Any]:
    return {
        "rules": each.rules, "examples": each.examples, "second_net": each.net, "passes": each.passes,
        "reviewed_by": each.reviewed_by, "measured_on": each.measured_on,
        "figures": {
            name: {"of": share.of, "hits": share.hits, "value": share.value, "interval": share.interval}
            for name, share in each.figures.items()
        },
    }  # fmt: skip


def as_text(languages: Sequence[Language]) -> str:
    """For a person."""
    return "\n".join(line for each in languages for line in _lines(each)) + "\n"


def _lines(each: Language) -> Iterator[str]:
    net = "a second net" if each.net else "no second net"
    reviewer = each.reviewed_by or "nobody yet"
    yield f"{each.code}: {each.rules} rules with {each.examples} examples, {net}; reviewed by {reviewer}"
    if not each.figures:
        yield "    not measured; free text counts as not screened in this language"
        return
    for name, share in each.figures.items():
        yield f"    {name:22} {share}"
    verdict = "passes" if each.passes else "below the floor: free text counts as not screened in this language"
    yield f"    measured on {each.measured_on}; {verdict}"
