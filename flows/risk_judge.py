"""One language's rules on one text: match first, guard afterwards, so that most texts cost next to nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

from flows.risk_guards import Scope, around, covered
from flows.risk_match import Node, Reading, spans
from flows.risk_text import Text
from flows.verdict import Finding, Tier

MAX_FINDINGS = 4  # of one pattern in one text


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule. `context` must match too, anywhere in the text (if there is any); `unless` must not, near it
    and in the same sentence: talk of something harmless elsewhere in the message silences nothing."""

    name: str
    lang: str
    tier: Tier
    category: str
    guards: frozenset[str]
    context: Node | None = None
    unless: Node | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """One of the ways in which a rule's meaning is worded."""

    rule: Rule
    node: Node
    needed: int = 0  # bits of the sets of words of which each must have one in the text


@dataclass(frozen=True, slots=True)
class Matches:
    """The patterns of one language that match a text, before any guard is asked."""

    lang: str
    reading: Reading
    patterns: tuple[Pattern, ...]


def judge(matches: Matches, scopes: Iterable[Scope], text: Text) -> Iterator[Finding]:
    """What is left of the matches when the guards have been asked, and that reaches into the newest message.

    The first of the scopes is the language's own."""
    limits = reduce(Scope.joined, scopes)
    for pattern in matches.patterns:
        yield from _judge(pattern, limits, text)


def _judge(pattern: Pattern, limits: Scope, text: Text) -> Iterator[Finding]:
    rule, reading = pattern.rule, limits.reading
    context = covered(rule.context, reading)
    if rule.context and not context:
        return
    unless = around(covered(rule.unless, reading), reading)
    negated = "negation" in rule.guards
    starts = reading.everywhere & ~(limits.negated_ahead if negated else 0)
    for first, after in spans(pattern.node, starts, reading, MAX_FINDINGS):
        tier = _tier(rule, first, after, limits)
        new = after > text.newest or context >> text.newest
        if unless & ((1 << after) - (1 << first)):
            continue
        if tier != "none" and new and not (negated and limits.negated_behind >> after - 1 & 1):
            yield Finding(rule.name, tier, rule.category, rule.lang, *text.characters(first, after))


def _tier(rule: Rule, first: int, after: int, limits: Scope) -> Tier:
    """The rule's tier; asked about instead of alerted if it is told of somebody else or as past."""
    words = (1 << after) - (1 << first)
    if "title" in rule.guards and limits.titled & words:
        return "none"
    if "past" in rule.guards and limits.past & words and not limits.present:
        return "none" if limits.recovered else "concern"
    if "third" in rule.guards and limits.third >> first & 1:
        return "concern"
    return rule.tier
