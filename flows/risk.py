"""The risk screen: every message with the rules of all languages, before any flow sees it.

It never lowers what it finds because of what was said before, and a screen that fails is an alert.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flows.risk_guards import Guards
from flows.risk_index import Index
from flows.risk_judge import Matches, hits, judge
from flows.risk_net import Nets
from flows.risk_text import Text, lay_out, windows, words_of
from flows.risk_words import Lexicon
from flows.verdict import COULD_NOT_BE_CHECKED, NET, NOTHING_FOUND, TIERS, Action, Finding, Tier, Verdict, rank

__all__ = [
    "COULD_NOT_BE_CHECKED",
    "NOTHING_FOUND",
    "TIERS",
    "Action",
    "Finding",
    "Screen",
    "Tier",
    "Verdict",
    "rank",
    "screen",
]

MESSAGES = 3  # looked at together: people send "i took them" and "all of them" apart
SPOKEN = 2  # common words by which a text counts as partly in a language
JOINED = 120  # words of each message that take part in this


@dataclass(frozen=True, slots=True)
class Screen:
    """All rules of a clinic, compiled and immutable: may be shared between threads."""

    lexicon: Lexicon
    index: Index
    guards: Mapping[str, Guards]  # by language
    nets: Nets = field(default_factory=Nets)

    def __call__(self, texts: Sequence[str]) -> Verdict:
        """Judge the newest message, the last of `texts`, alone and together with the two before it."""
        messages = [words_of(text, self.lexicon) for text in texts[-MESSAGES:]]
        found: set[Finding] = set()
        if len(messages) > 1:
            together = lay_out([*(older[-JOINED:] for older in messages[:-1]), messages[-1][:JOINED]], self.lexicon)
            matches = self._matches(together)
            if not matches and len(messages[-1]) <= JOINED:  # nor then does the newest alone match anything
                return self._asked(messages[-1])
            found.update(self._findings(together, matches))
        for skipped, part in windows(messages[-1]) if messages else ():
            alone = lay_out([part], self.lexicon, skipped)
            if matches := self._matches(alone):
                found.update(self._findings(alone, matches))
        return _verdict(found) if found else self._asked(messages[-1] if messages else ())

    def explain(self, text: str) -> list[tuple[str, int]]:
        """The n-grams by which the second net asks about a text, the strongest first; none where it does not."""
        words = words_of(text, self.lexicon)
        lang = self.nets.caught(words)
        return self.nets.nets[lang].strongest(words) if lang else []

    def _asked(self, words: Sequence[str]) -> Verdict:
        """Where no rule finds anything, the second net may still ask."""
        lang = self.nets.caught(words)
        if not lang:
            return NOTHING_FOUND
        return _verdict(
            {Finding(f"{lang}{NET}", "concern", "distress", lang, 0, sum(map(len, words)) + len(words) - 1)}
        )

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have rules."""
        return tuple(self.guards)

    def _matches(self, text: Text) -> list[Matches]:
        """By language, what matches before the guards are asked."""
        tried = self.index.candidates(text.places).items()
        found = [hits(lang, patterns, self.guards[lang], text) for lang, patterns in tried]
        return [matches for matches in found if matches.patterns]

    def _findings(self, text: Text, found: Sequence[Matches]) -> Iterator[Finding]:
        for matches in found:
            yield from judge(matches, self._guards(matches.lang, text), text)

    def _guards(self, lang: str, text: Text) -> Iterator[Guards]:
        """The language's own guards, and those of every other language that the text is partly in."""
        own = self.guards[lang]
        yield own
        words = {word for word in text.words if word not in own.spoken}
        for other in self.guards.values():
            if other is not own and len(words & other.spoken) >= SPOKEN:
                yield other


def screen(rules: Screen, texts: Sequence[str]) -> Verdict:
    """Judge the newest of up to three messages (newest last). Never raises: what cannot be checked is an alert."""
    try:
        return rules(texts)
    except Exception:  # noqa: BLE001  whatever goes wrong, the answer is the same: a person must look
        return COULD_NOT_BE_CHECKED


def _verdict(found: set[Finding]) -> Verdict:
    ordered = tuple(sorted(found, key=lambda f: (-rank(f.tier), f.start, f.end, f.rule)))
    return Verdict(ordered[0].tier, ordered[0].category, ordered)
