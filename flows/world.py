"""What a step may look at beside its subject: the clinic's pack, read and checked. Immutable; a reload replaces it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flows.clinic import Clinic
from flows.compiler import Book
from flows.escalation import Away
from flows.instruments import Instrument
from flows.regions import Region


class Words(Protocol):
    """The words of one clinic in every language that it offers."""

    def label(self, text: str, locale: str, values: Mapping[str, Any] | None = None, source: str = "") -> str:
        """The plain words of a button, for comparing with what a client typed."""

    def vocabulary(self, locale: str) -> Mapping[str, str]:
        """Typed words (folded) and the command that each means: `{"help": "help", "ayuda": "help"}`."""


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class World:
    """One clinic as the core sees it.

    `zones` maps folded city names to IANA zones; `countries` folded country names to ISO 3166 codes; `regions` holds
    the emergency data of the countries that have it, and `crisis_regions` are their codes. `gaps` says why no new
    client may be invited, "" for a pack in order.
    """

    clinic: Clinic
    book: Book
    words: Words
    zones: Mapping[str, str] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    crisis_regions: frozenset[str] = frozenset()
    regions: Mapping[str, Region] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    away: Away = field(default_factory=Away)
    gaps: str = ""
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    screened: frozenset[str] | None = None  # languages in which free text is screened well enough; None: all

    def asks(self, instrument: str, locale: str) -> bool:
        """Whether a questionnaire may be put in this language: only in published words."""
        found = self.instruments.get(instrument)
        return found is not None and found.worded and _language(found.file.language) == _language(locale)

    def screens(self, locale: str) -> bool:
        """Whether free text in this language is screened well enough to lean on it."""
        return self.screened is None or _language(locale) in self.screened


def _language(locale: str) -> str:
    return locale.partition("_")[0].partition("@")[0]
