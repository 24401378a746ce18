"""The values that every text may use, about client, clinic and moment; each is worked out when a text asks for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from bot.hours import hours_text
from bot.worded import InLocale, zone_text
from flows.conversation import Subject
from flows.regions import Region, worded
from flows.world import World

# Where no data is left for any country: the number that every mobile phone takes for an emergency (3GPP TS 22.101).
ANYWHERE = "112"
NOTHING: Mapping[str, Any] = MappingProxyType({})
KEPT = "kept_"


def standard_values(subject: Subject, world: World, at: datetime, given: Mapping[str, Any] = NOTHING) -> "Values":
    """The values for a text said to the subject at that moment (UTC). What is `given` with the text stands before them,
    and a country or zone given there decides numbers and clock."""
    return Values(subject, world, at, given)


@dataclass(frozen=True, slots=True)
class Values(Mapping[str, Any]):
    """A mapping that works a value out when it is looked up. A value that does not exist now is missing."""

    subject: Subject
    world: World
    at: datetime
    given: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name in self.given:
            return self.given[name]
        return _kept(self, name) if name.startswith(KEPT) else STANDARD[name](self)

    def __iter__(self) -> Iterator[str]:
        return iter({**self.given, **STANDARD})

    def __len__(self) -> int:
        return len({**self.given, **STANDARD})

    @property
    def region(self) -> Region | None:
        """The country whose numbers are given: the client's where there is data for it, else the clinic's."""
        regions = self.world.regions
        return regions.get(self["country"]) or regions.get(self.world.clinic.region)


def _kept(values: Values, name: str) -> Any:
    """What is kept of the client; a list as lines of its own."""
    client = _client(values)
    value = client.kept[name.removeprefix(KEPT)] if client else None
    return "\n".join(f"• {each}" for each in value) if isinstance(value, list | tuple) else value


def _client(values: Values) -> Any:
    """The client, or None for a stranger."""
    return values.subject.client


def _clinician_name(values: Values) -> str:
    client, clinic = _client(values), values.world.clinic
    person = clinic.person(client.clinician) if client else None
    return person.name if person else clinic.name


def _closes_at(values: Values) -> time | None:
    closes = values.world.clinic.timetable.closes_at(values.at)
    return closes.astimezone(ZoneInfo(values["zone"])).time() if closes else None


def _hours(values: Values) -> InLocale:
    """On the clinic's clock, which is named where the client's shows another time now."""
    clinic, zone = values.world.clinic, values["zone"]
    apart = values.at.astimezone(ZoneInfo(zone)).utcoffset() != values.at.astimezone(ZoneInfo(clinic.zone)).utcoffset()

    def text(locale: str) -> str:
        hours = hours_text(clinic.timetable, locale)
        return f"{hours} ({zone_text(clinic.zone, locale)})" if apart else hours

    return text


def _crisis_lines(values: Values) -> InLocale:
    """One line for each way in to each crisis line."""
    region, words = values.region, values.world.words

    def text(locale: str) -> str:
        ways = (way for line in region.lines for way in worded(line)) if region else ()
        return "\n".join(words.label(text_id, locale, given) for text_id, given in ways)

    return text


# name -> how it is worked out. Moments are UTC and worded in the reader's zone; a time of day is the reader's already.
STANDARD: Mapping[str, Callable[[Values], Any]] = {
    "client_name": lambda values: client.name if (client := _client(values)) else None,
    "clinic_name": lambda values: values.world.clinic.name,
    "clinician_name": _clinician_name,
    "opens_at": lambda values: values.world.clinic.timetable.opens_at(values.at),
    "closes_at": _closes_at,
    "hours": _hours,
    "clinic_phone": lambda values: values.world.clinic.phone,
    "emergency_number": lambda values: region.emergency if (region := values.region) else ANYWHERE,
    "crisis_lines": _crisis_lines,
    "country": lambda values: (client.country if (client := _client(values)) else "") or values.world.clinic.region,
    "clinic_country": lambda values: values.world.clinic.region,
    "local_time": lambda values: values.at.astimezone(ZoneInfo(values["zone"])).time(),
    "zone": lambda values: (client.zone if (client := _client(values)) else "") or values.world.clinic.zone,
    "paused_until": lambda values: client.paused_until if (client := _client(values)) else None,
}
