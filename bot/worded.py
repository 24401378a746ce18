"""One value in words, through Babel, in the reader's language and zone: dates, times, places, languages, numbers."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import DateTimePattern, format_date, format_time, get_timezone_location, match_skeleton, parse_pattern
from babel.lists import format_list
from babel.numbers import format_decimal

# A value that words itself, given a CLDR locale: opening hours, crisis lines.
InLocale = Callable[[str], str]
_FIELDS = re.compile(r"'[^']*'|([EcML])\1*")


@lru_cache(maxsize=256)
def language_data(locale: str) -> Locale:
    """Babel's data for a CLDR locale name such as `es_MX`."""
    return Locale.parse(locale)


@lru_cache(maxsize=4096)
def datetime_text(value: datetime, locale: str, zone: str) -> str:
    """Weekday, day, month and time on the reader's clock: `Monday 23 November, 09:00`."""
    local = value.astimezone(ZoneInfo(zone))
    day = _day_pattern(locale).apply(local, language_data(locale))
    frame: str = language_data(locale).datetime_formats["medium"]
    return frame.replace("'", "").replace("{0}", time_text(value, locale, zone)).replace("{1}", day)


@lru_cache(maxsize=4096)
def time_text(value: datetime | time, locale: str, zone: str) -> str:
    """The time of day; a moment on the reader's clock, a plain time of day as it is."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone)).time()
    return format_time(time(0) if value == time.max else value, "short", locale=language_data(locale))


@lru_cache(maxsize=1024)
def date_text(value: date, locale: str, zone: str) -> str:
    """Day, month and year; a moment's date on the reader's calendar."""
    day = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
    return format_date(day, "long", locale=language_data(locale))


@lru_cache(maxsize=4096)
def zone_text(value: str, locale: str, _zone: str = "") -> str:
    """The city that an IANA zone is known by. Raises LookupError for no zone."""
    city = get_timezone_location(ZoneInfo(value), locale=language_data(locale), return_city=True)
    return city.rpartition("/")[2]


@lru_cache(maxsize=4096)
def country_text(value: str, locale: str, _zone: str = "") -> str:
    """The country of an ISO 3166 code. Raises LookupError for no country."""
    return str(language_data(locale).territories[value])


@lru_cache(maxsize=1024)
def language_text(value: str, _locale: str = "", _zone: str = "") -> str:
    """The language by its own name, so that whoever speaks it finds it: `Español`, `العربية`."""
    name = Locale.parse(value.partition("@")[0]).get_display_name() or value
    return name[:1].upper() + name[1:]


def list_text(value: Iterable[object], locale: str, _zone: str = "") -> str:
    """`a, b and c`."""
    if isinstance(value, str):
        raise TypeError("a list is wanted")
    return format_list([str(item) for item in value], locale=language_data(locale))


@lru_cache(maxsize=1024)
def number_text(value: float, locale: str, _zone: str = "") -> str:
    """A number with the language's own signs."""
    return format_decimal(value, locale=language_data(locale))


def day_name(weekday: int, locale: str) -> str:
    """The name of a day of the week, 0 for Monday, as it stands alone."""
    return str(language_data(locale).days["stand-alone"]["wide"][weekday])


def kind_of(value: object) -> str:
    """The type that a value goes by where the text names none."""
    return next((kind for types, kind in _KINDS if isinstance(value, types)), "text")


def _text(value: object, _locale: str, _zone: str) -> str:
    return str(value)


@lru_cache(maxsize=256)
def _day_pattern(locale: str) -> DateTimePattern:
    """The locale's pattern for weekday, day and month, with both names written out.

    CLDR lists few lengths and has the reader widen the fields of the nearest one (UTS 35, Missing Skeleton Fields).
    """
    skeletons = language_data(locale).datetime_skeletons
    nearest = match_skeleton("MMMMEEEEd", skeletons) or match_skeleton("MMMEd", skeletons) or "MMMEd"
    return parse_pattern(_FIELDS.sub(_widened, skeletons[nearest].pattern))


def _widened(field: re.Match[str]) -> str:
    letter, run = field[1], field[0]
    if letter is None or (letter in "ML" and len(run) < 3):
        return run
    return letter * 4


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "text"),
    (datetime, "datetime"),
    (date, "date"),
    (time, "time"),
    (float, "number"),  # a whole number is mostly a name, as a case's is, and keeps its plain digits
    ((list, tuple), "list"),
)

# type of a placeholder -> value, CLDR locale, IANA zone -> words
FORMATS: Mapping[str, Callable[[Any, str, str], str]] = {
    "text": _text,
    "datetime": datetime_text,
    "date": date_text,
    "time": time_text,
    "zone": zone_text,
    "country": country_text,
    "language": language_text,
    "list": list_text,
    "number": number_text,
}
