"""Patterns matched against words, in time linear in the text: sets of places are bits of one integer.

Bit i of a set stands for "before word i". No step backtracks, so no text can make matching slow.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

NO_NUMBER = -1  # of a set without words
MANY = 4  # branches, from which on it pays to look up those that may match
SHORT = 60  # different words in a text, up to which it pays to ask first whether the words of a set are there


@dataclass(slots=True)
class Reading:
    """What the rules of one language see of one text. Lives while the text is looked at.

    `places` has the bits of each word and prefix; `stops` are sentence ends, `breaks` the words after a clause mark and
    `edges` the places where a message begins or ends; `blocked` may not be skipped by a gap (negators and sentence
    ends); `hidden` words belong to an idiom.
    """

    size: int
    places: Mapping[str, int]
    stops: int
    breaks: int
    edges: int = 0
    blocked: int = 0
    hidden: int = 0
    known: dict[int, int] = field(default_factory=dict)
    tried: dict[int, tuple["Node", ...]] = field(default_factory=dict)

    @property
    def everywhere(self) -> int:
        return (1 << self.size) - 1

    def hiding(self, words: int) -> "Reading":
        """The same text without some words."""
        if words == self.hidden:
            return self
        return Reading(
            self.size, self.places, self.stops, self.breaks, self.edges, self.blocked, words, tried=self.tried
        )

    def of(self, words: "Words") -> int:
        """The places where one of the words stands."""
        keys, places, bits = words.keys, self.places, 0
        if len(places) <= SHORT and keys.isdisjoint(places):
            self.known[words.number] = 0
            return 0
        few, many = (places, keys) if len(places) < len(keys) else (keys, places)
        for key in few:
            if key in many:
                bits |= places[key]
        self.known[words.number] = bits = bits & ~self.hidden
        return bits


@dataclass(frozen=True, slots=True)
class Words:
    """One word out of a set; a key ending in `*` is a prefix. `number` is unique within a language."""

    keys: frozenset[str]
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
class Edge:
    """No word, but the place where a message begins or ends."""

    def ahead(self, places: int, reading: Reading) -> int:
        return places & reading.edges

    def back(self, places: int, reading: Reading) -> int:
        return places & reading.edges


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
    """Any one of the branches. If they are many, `begun` tells by which words each may begin; `number` is unique."""

    branches: tuple["Node", ...]
    number: int = NO_NUMBER
    begun: Mapping[str, tuple["Node", ...]] = field(default_factory=dict)

    def ahead(self, places: int, reading: Reading) -> int:
        found = 0
        for branch in self._worth_trying(reading) if self.begun else self.branches:
            found |= branch.ahead(places, reading)
        return found

    def back(self, places: int, reading: Reading) -> int:
        found = 0
        for branch in self._worth_trying(reading) if self.begun else self.branches:
            found |= branch.back(places, reading)
        return found

    def _worth_trying(self, reading: Reading) -> Iterable["Node"]:
        tried = reading.tried.get(self.number)
        if tried is None:
            there, begun = reading.places, self.begun
            few, many = (there, begun) if len(there) < len(begun) else (begun, there)
            found = {id(branch): branch for word in few if word in many for branch in begun[word]}
            tried = reading.tried[self.number] = tuple(found.values())
        return tried


@dataclass(frozen=True, slots=True)
class Maybe:
    """The part, or nothing."""

    part: "Node"

    def ahead(self, places: int, reading: Reading) -> int:
        return places | self.part.ahead(places, reading)

    def back(self, places: int, reading: Reading) -> int:
        return places | self.part.back(places, reading)


Node: TypeAlias = Words | Gap | Edge | Row | Either | Maybe


def spans(node: Node, starts: int, reading: Reading, most: int) -> tuple[tuple[int, int], ...]:
    """Where the pattern matches, as (first word, after last word): the shortest for each end, `most` at most."""
    ends = node.ahead(starts, reading)
    found: list[tuple[int, int]] = []
    while ends and len(found) < most:
        end = ends & -ends
        ends ^= end
        begins = node.back(end, reading) & starts
        found.append((begins.bit_length() - 1, end.bit_length() - 1))
    return tuple(found)


def either(branches: Iterable[Node], number: int) -> Either:
    """Alternatives, found by their first words if that pays."""
    tried = tuple(branches)
    firsts = [first_words(branch) for branch in tried]
    if len(tried) < MANY or not all(firsts):
        return Either(tried)
    begun: dict[str, list[Node]] = {}
    for branch, words in zip(tried, firsts, strict=True):
        for word in words:
            begun.setdefault(word, []).append(branch)
    return Either(tried, number, {word: tuple(those) for word, those in begun.items()})


def first_words(node: Node) -> frozenset[str]:
    """The words by one of which a match begins; empty if it may begin with any word."""
    if isinstance(node, Words):
        return node.keys
    if isinstance(node, Either):
        each = [first_words(branch) for branch in node.branches]
        return frozenset().union(*each) if all(each) else frozenset()
    if isinstance(node, Row):
        return first_words(node.parts[1 if isinstance(node.parts[0], Edge) else 0])
    return frozenset()


def keys_in(nodes: Iterable[Node]) -> set[str]:
    """The words, prefixes and endings that stand anywhere in these patterns."""
    found: set[str] = set()
    seen: dict[int, Node] = {}
    left = list(nodes)
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen[id(node)] = node
        if isinstance(node, Words):
            found |= node.keys
        elif isinstance(node, Row):
            left += node.parts
        elif isinstance(node, Either):
            left += node.branches
        elif isinstance(node, Maybe):
            left.append(node.part)
    return found


class Needs:
    """Finds for patterns the sets of words of which a text must have one each; asks each part once."""

    def __init__(self, cost: Callable[[str], int]) -> None:
        self.cost = cost
        self.found: dict[int, tuple[frozenset[str], ...]] = {}
        self.placed: dict[frozenset[str], tuple[int, str]] = {}

    def of(self, node: Node) -> tuple[frozenset[str], ...]:
        """The cheapest set, by the cost of its words, comes first. None at all if the pattern can match nothing."""
        if id(node) not in self.found:
            self.found[id(node)] = self._of(node)
        return self.found[id(node)]

    def _of(self, node: Node) -> tuple[frozenset[str], ...]:
        if isinstance(node, Words):
            return (node.keys,)
        if isinstance(node, Either):
            each = [self.of(branch) for branch in node.branches]
            return (frozenset().union(*(sets[0] for sets in each)),) if all(each) else ()
        if isinstance(node, Row):
            sets = {keys for part in node.parts for keys in self.of(part)}
            return tuple(sorted(sets, key=self._place))
        return ()

    def _place(self, keys: frozenset[str]) -> tuple[int, str]:
        """Where a set comes in the order; the same sets are weighed in many patterns."""
        if keys not in self.placed:
            self.placed[keys] = (sum(map(self.cost, keys)), min(keys))
        return self.placed[keys]
