"""The rules of one language, compiled, and what they match in a text."""

from dataclasses import dataclass

from flows.risk_guards import Guards, Scope, scope
from flows.risk_index import Index
from flows.risk_judge import Matches
from flows.risk_match import Reading
from flows.risk_text import Text
from flows.risk_words import Lexicon


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Language:
    """Shares nothing with other languages: one language's spelling or guard cannot bend the words of another."""

    code: str
    lexicon: Lexicon
    index: Index
    guards: Guards

    def read(self, text: Text) -> Reading:
        """What the rules of this language see of a text."""
        reading = Reading(len(text.words), self.lexicon.places(text.words), text.stops, text.breaks, text.edges)
        reading.blocked = self.guards.blocked(reading)
        return reading

    def matches(self, text: Text) -> Matches | None:
        """What matches before the guards are asked."""
        reading = self.read(text)
        everywhere = reading.everywhere
        tried = self.index.candidates(reading.places)
        found = tuple(each for each in tried if each.node.ahead(everywhere, reading))
        return Matches(self.code, reading, found) if found else None

    def scope(self, reading: Reading) -> Scope:
        """Where the guards of this language hold."""
        return scope(self.guards, reading)
