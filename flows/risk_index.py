"""Which patterns are worth trying on a text: those whose rarest words are there, and each other word they need."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from flows.risk_judge import Pattern
from flows.risk_match import Needs

# A pattern is looked up by its rarest words: how much worse these are than a long, rare one.
SHORT, SHORT_COST, COMMON_COST, SHORT_COMMON_COST = 3, 30, 200, 1500


@dataclass(frozen=True, slots=True)
class Index:
    """Patterns by word. `sets` gives for each word the bits of the sets that it belongs to."""

    sets: Mapping[str, int]
    patterns: Mapping[str, tuple[Pattern, ...]]

    def candidates(self, words: Mapping[str, int]) -> dict[str, dict[int, Pattern]]:
        """By language, the patterns for which every needed word is there; the keys within have no meaning."""
        there = 0
        for word in words:
            there |= self.sets.get(word, 0)
        found: dict[str, dict[int, Pattern]] = defaultdict(dict)
        for word in words.keys() & self.patterns.keys():
            for pattern in self.patterns[word]:
                if pattern.needed & there == pattern.needed:
                    found[pattern.rule.lang][id(pattern)] = pattern
        return found


def index(patterns: Iterable[Pattern], common: frozenset[str]) -> Index:
    """Build the index; `common` are the words that many messages have."""
    needs = Needs(_cost(common))
    numbers: dict[frozenset[str], int] = {}
    found: dict[str, list[Pattern]] = defaultdict(list)
    for pattern in patterns:
        needed = needs.of(pattern.node)
        bits = sum(1 << numbers.setdefault(keys, len(numbers)) for keys in needed)
        numbered = replace(pattern, needed=bits)
        for key in needed[0]:
            found[key].append(numbered)
    return Index(dict(_memberships(numbers)), {key: tuple(those) for key, those in found.items()})


def _cost(common: frozenset[str]) -> Callable[[str], int]:
    def cost(key: str) -> int:
        if key in common:
            return COMMON_COST if len(key) > SHORT else SHORT_COMMON_COST
        return SHORT_COST if len(key) <= SHORT else 1

    return cost


def _memberships(numbers: Mapping[frozenset[str], int]) -> Iterator[tuple[str, int]]:
    bits: dict[str, int] = defaultdict(int)
    for keys, number in numbers.items():
        for key in keys:
            bits[key] |= 1 << number
    yield from bits.items()
