"""The risk screen: every message with the rules of all languages, before any flow sees it.

It never lowers what it finds because of what was said before, and a screen that fails is an alert.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from flows.risk_guards import Scope
from flows.risk_judge import Matches, judge
from flows.risk_language import Language
from flows.risk_net import Nets
from flows.risk_text import Text, lay_out, windows
from flows.risk_vocabulary import Vocabulary
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


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Screen:
    """All rules of a clinic, compiled and immutable: may be shared between threads."""

    rules: Mapping[str, Language]  # by language
    vocabulary: Vocabulary
    nets: Nets = field(default_factory=Nets)

    def __call__(self, texts: Sequence[str]) -> Verdict:
        """Judge the newest message, the last of `texts`, alone and together with the two before it."""
        messages = [self.vocabulary.words(text) for text in texts[-MESSAGES:]]
        newest = messages[-1] if messages else []
        spoken = self.vocabulary.spoken(newest)
        found: set[Finding] = set()
        if len(messages) > 1:
            together = [*(older[-JOINED:] for older in messages[:-1]), newest[:JOINED]]
            spoken = tuple(dict.fromkeys((*spoken, *self.vocabulary.spoken(list(chain.from_iterable(together))))))
            text = lay_out(together, self.vocabulary)
            matches = self._matches(text, spoken)
            if not matches and len(newest) <= JOINED:  # nor then does the newest alone match anything
                return self._asked(newest)
            found.update(self._findings(text, matches, spoken))
        for skipped, part in windows(newest):
            text = lay_out([part], self.vocabulary, skipped)
            found.update(self._findings(text, self._matches(text, spoken), spoken))
        return _verdict(found) if found else self._asked(newest)

    def explain(self, text: str) -> list[tuple[str, int]]:
        """The n-grams by which the second net asks about a text, the strongest first; none where it does not."""
        words = self.vocabulary.words(text)
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
        return tuple(self.rules)

    def _matches(self, text: Text, spoken: Sequence[str]) -> list[Matches]:
        """What matches in the languages before the guards are asked."""
        return [matches for lang in spoken if (matches := self.rules[lang].matches(text))]

    def _findings(self, text: Text, found: Sequence[Matches], spoken: Sequence[str]) -> Iterator[Finding]:
        for matches in found:
            yield from judge(matches, self._scopes(matches, spoken, text), text)

    def _scopes(self, matches: Matches, spoken: Sequence[str], text: Text) -> Iterator[Scope]:
        """Where the language's own guards hold, and those of every other language that the text is partly in."""
        own = self.rules[matches.lang]
        yield own.scope(matches.reading)
        words = {word for word in text.words if word not in own.guards.spoken}
        for other in map(self.rules.__getitem__, spoken):
            if other is not own and len(words & other.guards.spoken) >= SPOKEN:
                yield other.scope(other.read(text))


def screen(rules: Screen, texts: Sequence[str]) -> Verdict:
    """Judge the newest of up to three messages (newest last). Never raises: what cannot be checked is an alert."""
    try:
        return rules(texts)
    except Exception:  # noqa: BLE001  whatever goes wrong, the answer is the same: a person must look
        return COULD_NOT_BE_CHECKED


def _verdict(found: set[Finding]) -> Verdict:
    ordered = tuple(sorted(found, key=lambda f: (-rank(f.tier), f.start, f.end, f.rule)))
    return Verdict(ordered[0].tier, ordered[0].category, ordered)
