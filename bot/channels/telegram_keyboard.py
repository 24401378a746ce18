"""Buttons in rows that a thumb can hit: numbers of a scale side by side, short labels in pairs, long ones alone."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from unicodedata import east_asian_width

NUMBERS = 6  # in a row, at most
SHORT = 16  # columns of a label that leaves room for another; a wide letter or an emoji takes two

Button = Sequence[str]  # label, data


def rows(buttons: Sequence[Button]) -> list[list[Button]]:
    """The buttons in rows, in their order. Standard ones (`!skip`, `!need_help`) never share a row with answers."""
    return [row for _, group in groupby(buttons, _family) for row in _rows(list(group))]


def _family(button: Button) -> str:
    label, data = button
    if "!" in data:
        return "standard"
    return "number" if label.strip().isdecimal() else "answer"


def _rows(group: list[Button]) -> Iterator[list[Button]]:
    if _family(group[0]) == "number":
        count = -(-len(group) // NUMBERS)
        width = -(-len(group) // count)  # even rows: seven are four and three, not six and one
        yield from (group[start : start + width] for start in range(0, len(group), width))
        return
    while group:
        size = 2 if len(group) > 1 and _short(group[0]) and _short(group[1]) else 1
        yield group[:size]
        group = group[size:]


def _short(button: Button) -> bool:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in button[0]) <= SHORT
