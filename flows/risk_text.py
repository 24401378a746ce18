"""A client's message laid out for matching: which words stand where, and where clauses, sentences and messages end."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flows.risk_vocabulary import Vocabulary
from flows.risk_words import MARKS

WINDOW = 800  # words looked at together; a platform's longest message fits in one
OVERLAP = 80


class Text(NamedTuple):  # as quick to make as a tuple: one is made for every message
    """Words of one or more messages in order. Bit i of a set is word i; sentence ends count as words, commas do not."""

    words: Sequence[str]
    stops: int  # ends of sentences
    breaks: int  # words that follow a clause mark
    edges: int  # where a message begins or ends: before word i
    newest: int  # the first word of the newest message
    skipped: int = 0  # characters of the newest message before this window of it

    def characters(self, first: int, after: int) -> tuple[int, int]:
        """Where a span of words begins and ends in the newest message, taken as words with one space between."""
        start = self.skipped + self._length(first) - self._length(self.newest)
        return start, start + self._length(after) - self._length(first) - 1

    def _length(self, words: int) -> int:
        return sum(map(len, self.words[:words])) + words


def lay_out(messages: Sequence[Sequence[str]], vocabulary: Vocabulary, skipped: int = 0) -> Text:
    """Put the words of messages, newest last, into one text. A new message is a new clause, but not a new sentence."""
    layout = _Layout(vocabulary)
    newest = 0
    for message in messages:
        layout.pause()
        newest = len(layout.words)
        layout.edge()
        layout.extend(message)
        layout.edge()
    return Text(layout.words, layout.stops, layout.breaks, layout.edges, newest, skipped)


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
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.words: list[str] = []
        self.stops = self.breaks = self.edges = 0

    def extend(self, message: Sequence[str]) -> None:
        ruled, words = self.vocabulary.ruled, self.words
        for token in message:
            if token.isalnum() or token in ruled:
                words.append(token)
            else:
                self._add_signed(token)

    def pause(self) -> None:
        self.breaks |= 1 << len(self.words)

    def edge(self) -> None:
        """A message begins or ends here; the marks at its end stand after its last word, and so after the edge too."""
        here = len(self.words)
        self.edges |= 1 << here
        while here and self.stops >> here - 1 & 1:
            here -= 1
            self.edges |= 1 << here

    def _add_signed(self, token: str) -> None:
        """A clause mark, or a word with signs inside it."""
        if token[0] in MARKS and not token.startswith(".."):
            self.stops |= 1 << len(self.words)
            self.words.append(token[0])
        elif token[0] in '.,;:()"-':
            self.pause()
        else:
            for part in self.vocabulary.split(token):
                if part == ".":
                    self._add_signed(part)
                else:
                    self.words.append(part)
