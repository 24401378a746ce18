"""How a clinic changes a shipped rule: raising a tier is free; lowering a grave one takes two people and a reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.errors import Problem
from flows.risk_compile import Source
from flows.risk_files import AdjustEntry, RuleEntry
from flows.verdict import Tier, rank

GRAVE: tuple[Tier, ...] = ("high", "imminent")


@dataclass(frozen=True, slots=True)
class Lowered:
    """A shipped rule that a clinic has lowered, for the audit."""

    rule: str
    was: Tier
    tier: Tier
    by: str
    second: str
    why: str


def adjusted(sources: Sequence[Source]) -> Mapping[str, AdjustEntry]:
    """What the files change, by rule id."""
    return {rule: entry for source in sources for rule, entry in source.content.adjust.items()}


def lowered(sources: Sequence[Source]) -> Iterator[Lowered]:
    """The rules that are lowered, whatever they were before."""
    shipped = _rules(sources)
    for rule, entry in adjusted(sources).items():
        if rule in shipped and rank(entry.tier) < rank(shipped[rule].tier):
            yield Lowered(rule, shipped[rule].tier, entry.tier, entry.by, entry.second, entry.why)


def mistakes(sources: Sequence[Source]) -> Iterator[Problem]:
    """Rules that are not there, and grave rules lowered by fewer than two people."""
    shipped = _rules(sources)
    for source in sources:
        for rule, entry in source.content.adjust.items():
            path = ("adjust", rule)
            if rule not in shipped:
                yield source.problem(path, f"there is no rule {rule}", "see the ids with `rapport risk screen`")
            elif rank(entry.tier) < rank(shipped[rule].tier) and shipped[rule].tier in GRAVE and _alone(entry):
                what = f"{rule} is {shipped[rule].tier}: lowering it takes two people"
                yield source.problem(path, what, "name them: by and second, two short names from clinic.yaml")


def _alone(entry: AdjustEntry) -> bool:
    return not entry.by or not entry.second or entry.by == entry.second


def _rules(sources: Sequence[Source]) -> dict[str, RuleEntry]:
    return {name: rule for source in sources for name, rule in source.content.rules.items()}
