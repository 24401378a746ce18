"""Which words of one language's rules a word of a message may be: as written, misspelled, stretched or disguised.

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
MARKS = (".", "!", "?")  # sentence ends, which stand among the words
_LONG_RUN = re.compile(r"(.)\1{2,}")
_DOUBLE = re.compile(r"(.)\1+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MEASURE = re.compile(r"\d+(?:[.,:h/+-]\d+)*(?:h|am|pm|uhr|mg|ml|g|kg|cm|km|min|x|th|st|nd|rd|er?|eme|k|s)?")
_TWICE = re.compile(r"([^\W\d_]+)2")  # Indonesian writes a word said twice so: "mati2an" is left to the rules
_DISGUISES = tuple(
    str.maketrans("013457895@$!|+", f"o{one}eastbgs" + f"as{bang}lt", "*._'-") for one, bang in (("i", "i"), ("l", "l"))
)
_CYRILLIC_DISGUISE = str.maketrans("03468", "озчбв", "*._'-")
_ARABIC = re.compile("[ء-ي]")
_ARABIC_PREFIX = re.compile("(?:[وف]?(?:[بكله]?ال|لل|[بلسحهك])|[وف])(?=\\w{3})")
_HAS_DIGIT = re.compile(r"\d")
_CYRILLIC = re.compile("[а-я]")


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Lexicon:
    """The words of the rules of one language, and the ways to recognise them."""

    known: Mapping[str, tuple[str, ...]]  # a word -> itself, its prefixes and its endings, as the rules write them
    prefixes: Mapping[str, tuple[str, ...]]  # first three letters -> prefixes
    endings: Mapping[str, tuple[str, ...]]  # last three letters -> endings
    near: Mapping[str, tuple[str, ...]]  # a word with one letter missing or two swapped -> words
    censored: Mapping[tuple[int, str], tuple[str, ...]]  # length and first letter -> words
    common: frozenset[str]  # never taken for a misspelling
    repair_from: int = 4  # letters: a shorter word is never taken for a misspelling

    def places(self, words: Sequence[str]) -> dict[str, int]:
        """Where the keys of the rules stand: bit i of a set is word i. Every word of every message passes here."""
        known, common, found = self.known, self.common, dict[str, int]()
        for number, word in enumerate(words):
            keys = known.get(word)
            if keys is None:
                if word in common or word in MARKS:
                    continue
                keys = self.keys(word)
            bit = 1 << number
            for key in keys:
                found[key] = found.get(key, 0) | bit
        return found

    def keys(self, token: str) -> tuple[str, ...]:
        """Under which keys the rules may find this word; empty for a word of no rule."""
        found = self.known.get(token)
        if found is not None:
            return found
        if token in self.common or len(token) > LONGEST:
            return ()
        if token[0].isdecimal() and _MEASURE.fullmatch(token):
            return _number(token)
        begun = self.affixed(token)
        return begun if begun and not _LONG_RUN.search(token) else (*begun, *self._repaired(token))

    def affixed(self, token: str) -> tuple[str, ...]:
        """The prefixes that the word begins with and the endings that it ends in."""
        begun = [p for p in self.prefixes.get(token[:3], ()) if token.startswith(p[:-1])]
        begun += [e for e in self.endings.get(token[-3:], ()) if token.endswith(e[1:])]
        return tuple(begun)

    def _repaired(self, token: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for reading in self._readings(token):
            for key in self.known.get(reading) or self.affixed(reading):
                found[key] = None
        return tuple(found)

    def _readings(self, token: str) -> Iterable[str]:
        if _HAS_DIGIT.search(token) or (not token.isalpha() and token.isascii()):
            return (*disguised(token), *self._censored(token), *_TWICE.findall(token))
        if _LONG_RUN.search(token):
            shorter = (_LONG_RUN.sub(r"\1\1", token), _DOUBLE.sub(r"\1", token))
            return (*shorter, *(word for short in shorter for word in self._misspelled(short)))
        once = _DOUBLE.sub(r"\1", token)
        readings = self._misspelled(token) if once == token else (once, *self._misspelled(token))
        return (*readings, _bare(token)) if _ARABIC.match(token) else readings

    def _misspelled(self, token: str) -> tuple[str, ...]:
        """Words one slip away: a letter missing, doubled, swapped or (in long words) wrong; never the first one."""
        if len(token) < self.repair_from:
            return ()
        found = list(self.near.get(token, ()))
        for place in range(1, len(token)):
            less = token[:place] + token[place + 1 :]
            if len(less) > 4 and less in self.known:
                found.append(less)
            if len(token) > 5:
                found += [w for w in self.near.get(less, ()) if w[:place] + w[place + 1 :] == less]
        return tuple(found)

    def _censored(self, token: str) -> tuple[str, ...]:
        """The words of the rules that may be behind asterisks ("k*ll")."""
        if "*" not in token:
            return ()
        near = self.censored.get((len(token), token[0]), ())
        return tuple(word for word in near if all(a in ("*", b) for a, b in zip(token, word, strict=True)))


def lexicon(
    keys: Iterable[str],
    repairable: Iterable[str],
    common: Iterable[str],
    spelling: Mapping[str, str],
    repair_from: int,
) -> Lexicon:
    """Build the lexicon from the keys of a language's rules: words, prefixes (`word*`) and endings (`*word`).

    Misspellings are repaired into the `repairable` ones alone: a repair must never wake a guard.
    """
    every = set(keys)
    words = {key.strip("*") for key in every if not key.startswith("#")}
    prefixes, endings = _by_letters(every)
    made = Lexicon({}, prefixes, endings, {}, {}, frozenset())
    known = {word: _keys_of(word, every, made) for word in words}
    known |= {word: found for word in common if word not in known and (found := made.affixed(word))}
    for word in words:
        bare = _bare(word) if _ARABIC.match(word) else word
        if bare != word and bare in known:
            known[word] = tuple(dict.fromkeys((*known[word], *known[bare])))
    for written, meant in spelling.items():
        if meant in known:
            known[written] = tuple(dict.fromkeys((*known.get(written, ()), *known[meant])))
    slips = _slips({key.strip("*") for key in repairable if not key.startswith("#")})
    return Lexicon(known, prefixes, endings, slips, _censored(words), frozenset(common) - known.keys(), repair_from)


def disguised(token: str) -> tuple[str, ...]:
    """What a word may be behind digits and signs ("k1ll", "f@ck")."""
    if _CYRILLIC.search(token):
        return (token.translate(_CYRILLIC_DISGUISE),)
    return tuple(token.translate(table) for table in _DISGUISES)


def is_measure(token: str) -> bool:
    """Whether it is a number, a time or a dose, and so no disguise ("9.30", "20mg", "18h10")."""
    return _MEASURE.fullmatch(token) is not None


def _bare(word: str) -> str:
    """An Arabic word without conjunction, preposition, article or the future's letter."""
    return _ARABIC_PREFIX.sub("", word, count=1)


def _by_letters(every: Iterable[str]) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    prefixes: dict[str, list[str]] = defaultdict(list)
    endings: dict[str, list[str]] = defaultdict(list)
    for key in sorted(every):
        if key.endswith("*"):
            prefixes[key[:3]].append(key)
        elif key.startswith("*"):
            endings[key[-3:]].append(key)
    return _fixed(prefixes), _fixed(endings)


def _censored(words: Iterable[str]) -> dict[tuple[int, str], tuple[str, ...]]:
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for word in sorted(words):
        found[len(word), word[0]].append(word)
    return _fixed(found)


def _keys_of(word: str, every: set[str], affixes: Lexicon) -> tuple[str, ...]:
    itself = (word,) if word in every else ()
    if word.isdecimal():
        return (*itself, *(key for key in _number(word) if key in every))
    return (*itself, *affixes.affixed(word))


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
    return ("#", "#many") if token.isdecimal() and int(token) >= MANY else ("#",)


def _fixed(found: Mapping[K, list[str]]) -> dict[K, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(values)) for key, values in found.items()}
