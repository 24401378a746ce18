"""Patterns matched against words, in time linear in the text: sets of places are bits of one integer.

Bit i of a set stands for "before word i". No step backtracks, so no text can make matching slow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(slots=True)
class Reading:
    """What the rules of one language see of one text. Lives while the text is looked at.

    `places` has the bits of each word and prefix; `stops` are sentence ends and `breaks` the words after a clause mark;
    `blocked` may not be skipped by a gap (negators and sentence ends); `hidden` words belong to an idiom.
    """

    size: int
    places: Mapping[str, int]
    stops: int
    breaks: int
    blocked: int = 0
    hidden: int = 0
    known: dict[int, int] = field(default_factory=dict)

    @property
    def everywhere(self) -> int:
        return (1 << self.size) - 1

    def of(self, words: "Words") -> int:
        """The places where one of the words stands."""
        bits = 0
        for key in words.keys:
            if key in self.places:
                bits |= self.places[key]
        self.known[words.number] = bits = bits & ~self.hidden
        return bits


@dataclass(frozen=True, slots=True)
class Words:
    """One word out of a set; a key ending in `*` is a prefix. `number` is unique within a language."""

    keys: tuple[str, ...]
    number: int

    def ahead(self, places: int, reading: Reading) -> int:
        bits = reading.known.get(self.number)
        return (places & (reading.of(self) if bits is None else bits)) << 1

    def back(self, places: int, reading: Reading) -> int:
        bits = reading.known.get(self.number)
        return places >> 1 & (reading.of(self) if bits is None else bits)


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to `most` words of any kind, but no negator; a `wide` gap may skip anything, sentence ends too."""

    most: int
    wide: bool = False

    def ahead(self, places: int, reading: Reading) -> int:
        free = reading.everywhere if self.wide else reading.everywhere & ~reading.blocked
        for _ in range(self.most):
            places |= (places & free) << 1
        return places

    def back(self, places: int, reading: Reading) -> int:
        free = reading.everywhere if self.wide else reading.everywhere & ~reading.blocked
        for _ in range(self.most):
            places |= places >> 1 & free
        return places


@dataclass(frozen=True, slots=True)
class Row:
    """One part after the other."""

    parts: tuple["Node", ...]

    def ahead(self, places: int, reading: Reading) -> int:
        for part in self.parts:
            places = part.ahead(places, reading)
            if not places:
                return 0
        return places

    def back(self, places: int, reading: Reading) -> int:
        for part in reversed(self.parts):
            places = part.back(places, reading)
            if not places:
                return 0
        return places


@dataclass(frozen=True, slots=True)
class Either:
    """Any one of the branches."""

    branches: tuple["Node", ...]

    def ahead(self, places: int, reading: Reading) -> int:
        found = 0
        for branch in self.branches:
            found |= branch.ahead(places, reading)
        return found

    def back(self, places: int, reading: Reading) -> int:
        found = 0
        for branch in self.branches:
            found |= branch.back(places, reading)
        return found


@dataclass(frozen=True, slots=True)
class Maybe:
    """The part, or nothing."""

    part: "Node"

    def ahead(self, places: int, reading: Reading) -> int:
        return places | self.part.ahead(places, reading)

    def back(self, places: int, reading: Reading) -> int:
        return places | self.part.back(places, reading)


Node: TypeAlias = Words | Gap | Row | Either | Maybe


def spans(node: Node, starts: int, reading: Reading, most: int) -> tuple[tuple[int, int], ...]:
    """Where the pattern matches, as (first word, after last word), at most `most` of them; the shortest for each end."""
    ends = node.ahead(starts, reading)
    found = []
    while ends and len(found) < most:
        end = ends & -ends
        ends ^= end
        begins = node.back(end, reading) & starts
        found.append((begins.bit_length() - 1, end.bit_length() - 1))
    return tuple(found)


def anchors(node: Node, cost: Callable[[str], int]) -> frozenset[str]:
    """Words of which one must stand in a text for the pattern to match, the cheapest such set; empty if there is none."""
    if isinstance(node, Words):
        return frozenset(node.keys)
    if isinstance(node, Either):
        sets = [anchors(branch, cost) for branch in node.branches]
        return frozenset().union(*sets) if all(sets) else frozenset()
    if isinstance(node, Row):
        sets = [found for part in node.parts if (found := anchors(part, cost))]
        return min(sets, key=lambda keys: sum(map(cost, keys)), default=frozenset())
    return frozenset()
