"""A client's message laid out for matching: which words of the rules stand where, and where clauses end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flows.normalise import fold, tokens
from flows.risk_words import Lexicon

WINDOW = 800  # words looked at together; a platform's longest message fits in one
OVERLAP = 80
HAN = "\u3400"  # from here on a single character is a word


class Text(NamedTuple):  # as quick to make as a tuple: one is made for every message
    """Words of one or more messages in order. Bit i of a set is word i; sentence ends count as words, commas do not."""

    words: Sequence[str]
    places: Mapping[str, int]  # key of a rule's word -> where it stands
    stops: int  # ends of sentences
    breaks: int  # words that follow a clause mark
    newest: int  # the first word of the newest message
    skipped: int = 0  # characters of the newest message before this window of it

    def characters(self, first: int, after: int) -> tuple[int, int]:
        """Where a span of words begins and ends in the newest message, taken as words with one space between."""
        start = self.skipped + self._length(first) - self._length(self.newest)
        return start, start + self._length(after) - self._length(first) - 1

    def _length(self, words: int) -> int:
        return sum(map(len, self.words[:words])) + words


def words_of(message: str, lexicon: Lexicon) -> list[str]:
    """The normalised words and clause marks of one message."""
    found = tokens(fold(message))
    if list(map(len, found)).count(1) > 2:
        found = list(_respaced(found, lexicon))
    return found


def lay_out(messages: Sequence[Sequence[str]], lexicon: Lexicon, skipped: int = 0) -> Text:
    """Put the words of messages, newest last, into one text. A new message is a new clause, but not a new sentence."""
    layout = _Layout(lexicon)
    newest = 0
    for message in messages:
        layout.pause()
        newest = len(layout.words)
        layout.extend(message)
    return Text(layout.words, layout.places, layout.stops, layout.breaks, newest, skipped)


def windows(message: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """The whole message if it is short, else overlapping parts of it, so that nothing is skipped.

    Each with the number of characters before it.
    """
    if len(message) <= WINDOW:
        yield 0, message
        return
    skipped = 0
    for start in range(0, len(message) - OVERLAP, WINDOW - OVERLAP):
        yield skipped, message[start : start + WINDOW]
        skipped += sum(len(word) + 1 for word in message[start : start + WINDOW - OVERLAP])


class _Layout:
    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.words: list[str] = []
        self.places: dict[str, int] = {}
        self.stops = self.breaks = 0

    def extend(self, message: Sequence[str]) -> None:
        """Every word of every message passes here: hence no call for a word that the rules know."""
        known, places, words = self.lexicon.known, self.places, self.words
        for token in message:
            keys = known.get(token)
            if keys is None:
                self._add(token)
                continue
            bit = 1 << len(words)
            for key in keys:
                places[key] = places.get(key, 0) | bit
            words.append(token)

    def pause(self) -> None:
        self.breaks |= 1 << len(self.words)

    def _add(self, token: str) -> None:
        if token in self.lexicon.common:
            self.words.append(token)
        elif token.isalnum():
            self._put(token, self.lexicon.keys(token))
        else:
            self._add_signed(token)

    def _put(self, token: str, keys: Sequence[str]) -> None:
        bit = 1 << len(self.words)
        for key in keys:
            self.places[key] = self.places.get(key, 0) | bit
        self.words.append(token)

    def _add_signed(self, token: str) -> None:
        """A clause mark, or a word with signs inside it."""
        if token[0] in ".!?" and not token.startswith(".."):
            self.stops |= 1 << len(self.words)
            self.words.append(token[0])
        elif token[0] in '.,;:()"-':
            self.pause()
        else:
            for part in self.lexicon.split(token):
                if part == ".":
                    self._add_signed(part)
                else:
                    self._put(part, self.lexicon.keys(part))


def _respaced(found: list[str], lexicon: Lexicon) -> Iterator[str]:
    """Runs of three or more single letters put together where they make words."""
    run: list[str] = []
    for token in [*found, ""]:
        if len(token) == 1 and token.isalnum() and token < HAN:
            run.append(token)
            continue
        yield from (lexicon.unspaced(run) or run) if len(run) > 2 else run
        run = []
        if token:
            yield token
