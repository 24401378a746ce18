"""Which patterns of a language are worth trying on a text: those whose rarest words are there, and all they need."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from flows.risk_judge import Pattern
from flows.risk_match import Needs

# A pattern is looked up by its rarest words: how much worse these are than a long, rare one.
SHORT, SHORT_COST, COMMON_COST, SHORT_COMMON_COST = 3, 30, 200, 1500
NO_ENTRY: tuple[int, tuple[Pattern, ...]] = (0, ())


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Index:
    """For each word of the rules: the bits of the sets that it belongs to, and the patterns looked up by it."""

    entries: Mapping[str, tuple[int, tuple[Pattern, ...]]]

    def candidates(self, words: Iterable[str]) -> Iterable[Pattern]:
        """The patterns for which every needed word is there."""
        there, looked_up = 0, []
        for word in words:
            bits, patterns = self.entries.get(word, NO_ENTRY)
            there |= bits
            if patterns:
                looked_up.append(patterns)
        found = {id(each): each for patterns in looked_up for each in patterns if each.needed & there == each.needed}
        return found.values()


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
    return Index({word: (bits, tuple(found.get(word, ()))) for word, bits in _memberships(numbers).items()})


def _cost(common: frozenset[str]) -> Callable[[str], int]:
    def cost(key: str) -> int:
        if key in common:
            return COMMON_COST if len(key) > SHORT else SHORT_COMMON_COST
        return SHORT_COST if len(key) <= SHORT else 1

    return cost


def _memberships(numbers: Mapping[frozenset[str], int]) -> Mapping[str, int]:
    bits: dict[str, int] = defaultdict(int)
    for keys, number in numbers.items():
        for key in keys:
            bits[key] |= 1 << number
    return bits
