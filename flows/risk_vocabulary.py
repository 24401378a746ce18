"""Which languages a message may be in, and where its words begin and end, by the words that all languages know."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flows.normalise import fold, tokens
from flows.risk_words import LONGEST, Lexicon, disguised, is_measure

HAN = "\u3400"  # from here on a single character is a word
SPACED = 3  # so many single letters in a row are a spaced-out word
AFFIXED = 6  # letters from which a disguised word may also be known by its beginning or ending
CLEAR = 2  # words by which one language must surpass another that has no word of its own in a message
_INNER = re.compile(r"[*@$!|+._'-]+")


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Vocabulary:
    """The words of all languages: which languages know each of them, as bits in the order of `languages`."""

    languages: tuple[str, ...] = ()
    known: Mapping[str, int] = field(default_factory=dict)
    ruled: frozenset[str] = frozenset()  # those of them that stand in a rule
    lexicons: tuple[Lexicon, ...] = ()

    def words(self, message: str) -> list[str]:
        """The normalised words and clause marks of one message."""
        found = tokens(fold(message))
        if list(map(len, found)).count(1) >= SPACED:
            found = list(self._respaced(found))
        return found

    def spoken(self, words: Sequence[str]) -> tuple[str, ...]:
        """The languages in which a message is to be read: all that it may be in, and all that it may borrow from.

        A language is left out only if another one knows all words that it knows and at least CLEAR more.
        """
        masks = Counter(mask for word in words if (mask := self.known.get(word)))
        counts = [sum(times for mask, times in masks.items() if mask >> bit & 1) for bit in range(len(self.languages))]
        most = max(counts, default=0)
        if 2 * most < len(words):  # mostly unknown words: nothing can be said
            return self.languages
        best = counts.index(most)
        other = 0
        for mask in masks:
            other |= 0 if mask >> best & 1 else mask
        return tuple(lang for bit, lang in enumerate(self.languages) if counts[bit] > most - CLEAR or other >> bit & 1)

    def split(self, token: str) -> list[str]:
        """The words of a token with signs inside: "sui.cide" is one, "self-harm" are two, "done.bye" two sentences."""
        if token in self.ruled or len(token) > LONGEST or is_measure(token):
            return [token]
        parts = [part for part in _INNER.split(token) if part]
        if len(parts) >= SPACED and all(len(part) == 1 for part in parts):
            return self._unspaced(parts) or parts
        whole = all(part in self.known for part in parts)
        if whole and token.replace("-", "").isalpha():  # a hyphen between two words, as in "matar-me"
            return parts
        readings = disguised(token)
        if any(reading in self.ruled for reading in readings) or (not whole and any(map(self._affixed, readings))):
            return [token]
        if "*" in token and any(lexicon.keys(token) for lexicon in self.lexicons):
            return [token]
        return parts if "." not in token and "!" not in token else " . ".join(parts).split()

    def _affixed(self, reading: str) -> bool:
        return len(reading) >= AFFIXED and any(lexicon.affixed(reading) for lexicon in self.lexicons)

    def _unspaced(self, letters: Sequence[str]) -> list[str]:
        """Single letters put together into known words, or nothing if they do not come out even."""
        text, best = "".join(letters[:LONGEST]), {0: [""]}
        for end in range(1, len(text) + 1):
            for start in range(max(0, end - 14), end):
                if start in best and text[start:end] in self.ruled:
                    better = [*best[start], text[start:end]]
                    if end not in best or len(better) < len(best[end]):
                        best[end] = better
        whole = best.get(len(text), [])[1:]
        return [*whole, *letters[LONGEST:]] if any(len(word) >= SPACED for word in whole) else []

    def _respaced(self, found: list[str]) -> Iterator[str]:
        """Runs of three or more single letters put together where they make words."""
        run: list[str] = []
        for token in [*found, ""]:
            if len(token) == 1 and token.isalnum() and token < HAN:
                run.append(token)
                continue
            yield from (self._unspaced(run) or run) if len(run) >= SPACED else run
            run = []
            if token:
                yield token


def vocabulary(lexicons: Mapping[str, Lexicon], more: Mapping[str, set[str]]) -> Vocabulary:
    """Put the languages together; `more` are words of theirs that stand in no rule."""
    known: dict[str, int] = {}
    for bit, (lang, lexicon) in enumerate(lexicons.items()):
        for word in {*lexicon.known, *lexicon.common, *more.get(lang, ())}:
            known[word] = known.get(word, 0) | 1 << bit
    ruled = frozenset().union(*(lexicon.known for lexicon in lexicons.values()))
    return Vocabulary(tuple(lexicons), known, ruled, tuple(lexicons.values()))
