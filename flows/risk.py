"""The risk screen: every message with the rules of all languages, before any flow sees it.

It never lowers what it finds because of what was said before, and a screen that fails is an alert.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.risk_guards import Guards
from flows.risk_index import Index
from flows.risk_judge import hits, judge
from flows.risk_text import Text, lay_out, windows, words_of
from flows.risk_words import Lexicon
from flows.verdict import COULD_NOT_BE_CHECKED, NOTHING_FOUND, TIERS, Action, Finding, Tier, Verdict, rank

__all__ = ["COULD_NOT_BE_CHECKED", "NOTHING_FOUND", "TIERS", "Action", "Finding", "Screen", "Tier", "Verdict", "screen"]

MESSAGES = 3  # looked at together: people send "i took them" and "all of them" apart
SPOKEN = 2  # common words by which a text counts as partly in a language
JOINED = 120  # words of each message that take part in this


@dataclass(frozen=True, slots=True)
class Screen:
    """All rules of a clinic, compiled and immutable: may be shared between threads."""

    lexicon: Lexicon
    index: Index
    guards: Mapping[str, Guards]  # by language

    def __call__(self, texts: Sequence[str]) -> Verdict:
        """Judge the newest message, the last of `texts`, alone and together with the two before it."""
        messages = [words_of(text, self.lexicon) for text in texts[-MESSAGES:]]
        found = {finding for text in self._texts(messages) for finding in self._findings(text)}
        return _verdict(found) if found else NOTHING_FOUND

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have rules."""
        return tuple(self.guards)

    def _texts(self, messages: Sequence[Sequence[str]]) -> Iterator[Text]:
        if len(messages) > 1:
            together = lay_out([*(older[-JOINED:] for older in messages[:-1]), messages[-1][:JOINED]], self.lexicon)
            yield together
            if len(messages[-1]) <= JOINED and not self.index.candidates(together.places):
                return
        if messages:
            for skipped, part in windows(messages[-1]):
                yield lay_out([part], self.lexicon, skipped)

    def _findings(self, text: Text) -> Iterator[Finding]:
        for lang, patterns in self.index.candidates(text.places).items():
            reading, found = hits(patterns.values(), self.guards[lang], text)
            if found:
                yield from judge(found, reading, self._guards(lang, text), text)

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
