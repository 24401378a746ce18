"""Long texts in parts: Telegram takes 4096 UTF-16 units a message, and a sentence should not be torn."""

import re
from collections.abc import Iterator

LIMIT = 4096  # UTF-16 units; https://core.telegram.org/bots/api#sendmessage
BOUNDARIES = tuple(map(re.compile, (r"\n\s*\n", r"\n", r"(?<=[.!?…؟।])\s|(?<=[。！？])", r"\s")))  # the best one first


def parts(text: str) -> list[str]:
    """The text as the messages it takes, in order; a short one is one part, unchanged."""
    return [text] if fits(text) else list(_cut(text)) or [text]


def fits(text: str) -> bool:
    """Whether the text goes into one message."""
    return len(text) <= LIMIT // 2 or _prefix(text) == len(text)


def _cut(text: str) -> Iterator[str]:
    while not fits(text):
        end = _end(text, _prefix(text))
        if part := text[:end].rstrip():
            yield part
        text = text[end:].lstrip()
    if text:
        yield text


def _prefix(text: str) -> int:
    """How many characters from the first one go into one message."""
    units = 0
    for count, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > LIMIT:
            return count
    return len(text)


def _end(text: str, limit: int) -> int:
    """Where to cut: at the last good boundary of the window's second half, so that no part is a crumb."""
    for boundary in BOUNDARIES:
        places = [found.end() for found in boundary.finditer(text, limit // 2, limit)]
        if places:
            return places[-1]
    return limit
