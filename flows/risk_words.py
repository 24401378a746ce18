"""Which words of the rules a text may hold: as written, misspelled, stretched, spaced out or disguised.

A word may be read in several ways at once; rules see all of them, so a repair never hides what was written.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K")
MANY = 8
LONGEST = 40  # letters; what is longer is no word
_LONG_RUN = re.compile(r"(.)\1{2,}")
_DOUBLE = re.compile(r"(.)\1+")
_INNER = re.compile(r"[*@$!|+._'-]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DISGUISES = tuple(
    str.maketrans("013457895@$!|+", f"o{one}eastbgs" + f"as{bang}lt", "*._'-") for one, bang in (("i", "i"), ("l", "l"))
)
_ARABIC_ARTICLE = re.compile("(?:[وفبكل]?ال|لل|[وف])(?=\\w{3})")
_ARABIC_PREFIX = re.compile("(?:[وفبلكه]?ال|لل|[وفبلسحهك])(?=\\w{3})")
_SPACED = 3  # so many single letters in a row are a spaced-out word


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of all rules of all languages, and the ways to recognise them."""

    known: Mapping[str, tuple[str, ...]]  # a word -> itself and the prefixes it begins with, as the rules write them
    prefixes: Mapping[str, tuple[str, ...]]  # first three letters -> prefixes
    near: Mapping[str, tuple[str, ...]]  # a word with one letter missing or two swapped -> words
    censored: Mapping[tuple[int, str], tuple[str, ...]]  # length and first letter -> words
    common: frozenset[str]  # never taken for a misspelling

    def keys(self, token: str) -> tuple[str, ...]:
        """Under which keys the rules may find this word; empty for a word of no rule."""
        found = self.known.get(token)
        if found is not None:
            return found
        if token in self.common or len(token) > LONGEST:
            return ()
        if token.isdecimal():
            return _number(token)
        begun = self._begun(token)
        return begun or self._repaired(token)

    def split(self, token: str) -> list[str]:
        """The words of a token with signs inside: "sui.cide" is one, "self-harm" are two, "done.bye" two sentences."""
        if token in self.known or len(token) > LONGEST:
            return [token]
        parts = [part for part in _INNER.split(token) if part]
        if len(parts) >= _SPACED and all(len(part) == 1 for part in parts):
            return self.unspaced(parts) or parts
        for reading in self._disguised(token):
            if self.keys(reading):
                return [reading]
        if self._censored(token):
            return [token]
        return parts if "." not in token and "!" not in token else " . ".join(parts).split()

    def unspaced(self, letters: Sequence[str]) -> list[str]:
        """Single letters put together into known words, or nothing if they do not come out even."""
        text, best = "".join(letters[:LONGEST]), {0: [""]}
        for end in range(1, len(text) + 1):
            for start in range(max(0, end - 14), end):
                if start in best and (text[start:end] in self.known):
                    better = [*best[start], text[start:end]]
                    if end not in best or len(better) < len(best[end]):
                        best[end] = better
        whole = best.get(len(text), [])[1:]
        return [*whole, *letters[LONGEST:]] if any(len(word) >= _SPACED for word in whole) else []

    def _begun(self, token: str) -> tuple[str, ...]:
        return tuple(p for p in self.prefixes.get(token[:3], ()) if token.startswith(p[:-1]))

    def _repaired(self, token: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for reading in self._readings(token):
            for key in self.known.get(reading) or self._begun(reading):
                found[key] = None
        return tuple(found)

    def _readings(self, token: str) -> Iterable[str]:
        if token.isascii() and not token.isalpha():
            return (*self._disguised(token), *self._censored(token))
        if _LONG_RUN.search(token):
            shorter = (_LONG_RUN.sub(r"\1\1", token), _DOUBLE.sub(r"\1", token))
            return (*shorter, *(word for short in shorter for word in self._misspelled(short)))
        once = _DOUBLE.sub(r"\1", token)
        readings = self._misspelled(token) if once == token else (once, *self._misspelled(token))
        if "ء" <= token[0] <= "ي":
            return (*readings, _ARABIC_PREFIX.sub("", token, count=1))
        return readings

    def _misspelled(self, token: str) -> tuple[str, ...]:
        """Words one slip away: a letter missing, doubled, swapped or (in long words) wrong; never the first one."""
        if len(token) < 4:
            return ()
        found = list(self.near.get(token, ()))
        for place in range(1, len(token)):
            less = token[:place] + token[place + 1 :]
            if len(less) > 4 and less in self.known:
                found.append(less)
            if len(token) > 5:
                found += [w for w in self.near.get(less, ()) if w[:place] + w[place + 1 :] == less]
        return tuple(found)

    def _disguised(self, token: str) -> tuple[str, ...]:
        return tuple(token.translate(table) for table in _DISGUISES)

    def _censored(self, token: str) -> tuple[str, ...]:
        """The words of the rules that may be behind asterisks ("k*ll")."""
        if "*" not in token:
            return ()
        near = self.censored.get((len(token), token[0]), ())
        return tuple(word for word in near if all(a in ("*", b) for a, b in zip(token, word, strict=True)))


def lexicon(keys: Iterable[str], common: Iterable[str], spelling: Mapping[str, str]) -> Lexicon:
    """Build the lexicon from the keys of all rules (words, and prefixes ending in `*`)."""
    every = set(keys)
    words = {key.rstrip("*") for key in every if not key.startswith("#")}
    prefixes: dict[str, list[str]] = defaultdict(list)
    for start in sorted(key for key in every if key.endswith("*")):
        prefixes[start[:3]].append(start)
    known = {word: _keys_of(word, every, prefixes.get(word[:3], ())) for word in words}
    for word in words:
        bare = _ARABIC_ARTICLE.sub("", word, count=1) if "ء" <= word[0] <= "ي" else word
        if bare != word and bare in known:
            known[word] = tuple(dict.fromkeys((*known[word], *known[bare])))
    for written, meant in spelling.items():
        if meant in known:
            known[written] = tuple(dict.fromkeys((*known.get(written, ()), *known[meant])))
    return Lexicon(known, _fixed(prefixes), _slips(words), _censored(words), frozenset(common) - known.keys())


def _censored(words: Iterable[str]) -> dict[tuple[int, str], tuple[str, ...]]:
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for word in sorted(words):
        found[len(word), word[0]].append(word)
    return _fixed(found)


def _keys_of(word: str, every: set[str], prefixes: Iterable[str]) -> tuple[str, ...]:
    itself = (word,) if word in every else ()
    if word.isdecimal():
        return (*itself, *(key for key in _number(word) if key in every))
    return (*itself, *(prefix for prefix in prefixes if word.startswith(prefix[:-1])))


def _slips(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Written for speed: there are hundreds of thousands of slips, and the start waits for them."""
    found: dict[str, tuple[str, ...]] = {}
    for word in sorted(words):
        for slip in _slips_of(word):
            found[slip] = (*found[slip], word) if slip in found else (word,)
    return found


def _slips_of(word: str) -> set[str]:
    """The word with one letter missing (in longer words) or two swapped; never the first one."""
    length = len(word)
    missing = {word[:place] + word[place + 1 :] for place in range(1, length)} if length > 4 else set()
    swapped = {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(1, length - 1)} if length > 3 else set()
    return missing | swapped


def _number(token: str) -> tuple[str, ...]:
    """A year, or a number that may be a quantity; from MANY on it is more than one takes of anything by the day."""
    if _YEAR.fullmatch(token):
        return ("#", "#year")
    return ("#", "#many") if int(token) >= MANY else ("#",)


def _fixed(found: Mapping[K, list[str]]) -> dict[K, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(values)) for key, values in found.items()}
