"""The second net: learned weights of n-grams. It can only raise "nothing found" to one gentle question, never an alert.

A linear model, so that every verdict can be explained by the n-grams that weigh most. The weights are made by
`python -m bench.risk_net` from messages written for this project, and lie beside the rules of each language.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from flows.errors import DefinitionError, Problem

LONGEST = 60  # words looked at together: in a long message the one grave sentence must not drown
STEP = 40
PIECES = (3, 4, 5)  # characters of the parts of words; "<" and ">" mark where the word begins and ends


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Net:
    """One language's weights by n-gram. A score above the threshold is worth a question. `words` n-grams have up to
    that many words; `corpus` is the hash of the messages that it was trained on."""

    lang: str
    weights: Mapping[str, int]
    bias: int
    threshold: int
    words: int
    corpus: str

    def score(self, words: Sequence[str]) -> float:
        """The score of the part that scores highest, in the units of the threshold."""
        return max(map(self._score, _parts(spoken(words))), default=float("-inf"))

    def strongest(self, words: Sequence[str], count: int = 5) -> list[tuple[str, int]]:
        """The n-grams that speak most for asking, with their weights; "#" marks a part of a word."""
        part = max(_parts(spoken(words)), key=self._score, default=())
        found = {gram: self.weights[gram] for gram in grams(part, self.words) if gram in self.weights}
        return sorted(found.items(), key=lambda each: -each[1])[:count]

    def _score(self, words: Sequence[str]) -> float:
        weights = self.weights
        found = {gram for gram in grams(words, self.words) if gram in weights}
        if not found:
            return float("-inf")
        return self.bias + sum(map(weights.__getitem__, found)) / sqrt(len(found))


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Nets:
    """The nets of all languages, and which of their languages each word may be."""

    nets: Mapping[str, Net] = field(default_factory=dict)
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def words(self) -> Mapping[str, set[str]]:
        """The single words of each net."""
        return {lang: {gram for gram in net.weights if _is_word(gram)} for lang, net in self.nets.items()}

    def caught(self, words: Sequence[str]) -> str:
        """The language whose net says that the message is worth a question, "" for none."""
        return next((lang for lang in self.languages(words) if self._catches(self.nets[lang], words)), "")

    def languages(self, words: Sequence[str]) -> tuple[str, ...]:
        """The languages that most of the words are of; several where the words cannot say."""
        counts = Counter(lang for word in set(words) for lang in self.known.get(word, ()))
        most = max(counts.values(), default=0)
        return tuple(lang for lang, count in counts.items() if count == most)

    def _catches(self, net: Net, words: Sequence[str]) -> bool:
        return net.score(words) >= net.threshold


def nets_of(nets: Mapping[str, Net]) -> Nets:
    """Put nets together."""
    known: dict[str, tuple[str, ...]] = {}
    for lang, net in nets.items():
        for gram in net.weights:
            if _is_word(gram):
                known[gram] = (*known.get(gram, ()), lang)
    return Nets(dict(nets), known)


def _is_word(gram: str) -> bool:
    return not gram.startswith("#") and " " not in gram


def spoken(words: Sequence[str]) -> list[str]:
    """The words without clause marks."""
    return [word for word in words if word[0].isalnum() or len(word) > 3]


def grams(words: Sequence[str], most: int) -> Iterator[str]:
    """Every run of up to `most` words, and the parts of each word."""
    for length in range(1, most + 1):
        for first in range(len(words) - length + 1):
            yield " ".join(words[first : first + length])
    for word in set(words):
        if len(word) > 1:
            marked = f"<{word[:24]}>"
            for length in PIECES:
                for first in range(len(marked) - length + 1):
                    yield "#" + marked[first : first + length]


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, max(1, len(words) - LONGEST + STEP), STEP):
        yield words[first : first + LONGEST]


def read_net(text: str, name: str) -> Net:
    """Read a file of weights: `!name value` lines, then `n-gram<tab>weight`. Raises DefinitionError."""
    head: dict[str, str] = {}
    weights: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        mark, _, rest = line.partition("\t")
        try:
            if line.startswith("!"):
                head[mark[1:]] = rest
            elif line and not line.startswith("//"):
                weights[mark] = int(rest)
        except ValueError:
            raise _broken(name, number, "this line is no n-gram with its weight") from None
    try:
        return Net(
            head["language"], weights, int(head["bias"]), int(head["threshold"]), int(head["words"]), head["corpus"]
        )
    except (KeyError, ValueError) as error:
        raise _broken(name, 1, f"the head of the file lacks {error}") from None


def _broken(name: str, line: int, what: str) -> DefinitionError:
    return DefinitionError([Problem(name, line, what, "make it anew: python -m bench.risk_net")])
