"""What people type for a city or a country, folded, and the IANA zone or ISO 3166 code that it means."""

import zoneinfo
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from babel.core import get_global

from bot.languages import SOURCE, conventions
from bot.worded import language_data
from flows.answers import fold

# No place: what a name in these folders means depends on a sign that folding drops (Etc/GMT+2 is west of Greenwich).
_NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/")
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
# Names that no list of zones has and people type; the IANA zones EST and MST know no summer time and nobody means them.
_ZONES_TOO: Mapping[str, str] = {
    "est": "America/New_York",
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mst": "America/Denver",
    "mountain": "America/Denver",
    "pst": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
}
# Names that no list of countries has and everybody types.
_COUNTRIES_TOO: Mapping[str, str] = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "great britain": "GB",
    "usa": "US",
    "america": "US",
    "holland": "NL",
}


@lru_cache(maxsize=64)
def zones(languages: tuple[str, ...]) -> Mapping[str, str]:
    """Folded names to IANA zones: full names, cities in these languages and in English, countries with one zone."""
    found: dict[str, str] = {}
    for names in (_countries_with_one_zone(languages), _cities(languages), _full_names()):
        found.update(names)
    found |= _ZONES_TOO
    return MappingProxyType(found)


@lru_cache(maxsize=64)
def countries(languages: tuple[str, ...]) -> Mapping[str, str]:
    """Folded names to ISO 3166 codes: names in these languages and in English, and the codes themselves."""
    found = dict(_COUNTRIES_TOO)
    for language in (*languages, SOURCE):
        for code, name in language_data(conventions(language, "")).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES:
                found |= {fold(name): code, code.lower(): code}
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _iana() -> tuple[str, ...]:
    return tuple(sorted(name for name in zoneinfo.available_timezones() if not name.startswith(_NO_PLACES)))


def _full_names() -> Iterator[tuple[str, str]]:
    """Every IANA name whole, and its last part: `America/New_York`, `new york`. A city goes before a link to it."""
    aliases: Mapping[str, str] = get_global("zone_aliases")
    for name in sorted(_iana(), key=lambda each: each in aliases, reverse=True):
        if "/" in name:
            yield fold(name.rpartition("/")[2]), name
        yield fold(name), name


def _cities(languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    known = set(_iana())
    for language in (SOURCE, *languages):
        for zone, names in language_data(conventions(language, "")).time_zones.items():
            if zone in known and "city" in names:
                yield fold(names["city"]), zone


def _countries_with_one_zone(languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    by_country: Mapping[str, list[str]] = get_global("territory_zones")
    for name, code in countries(languages).items():
        zones_there = by_country.get(code, [])
        if len(zones_there) == 1 and name != code.lower():
            yield name, zones_there[0]
