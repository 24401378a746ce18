"""Opening hours in words: days that are alike taken together, in the reader's language and way of writing a time."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from babel.lists import format_list

from bot.worded import day_name, language_data, time_text
from flows.hours import DAYS, Hours, Span


def hours_text(hours: Hours, locale: str) -> str:
    """`Monday–Friday 09:00–17:00; Saturday 10:00–12:00`, on the clinic's own clock; "–" for a clinic without hours.

    `locale` is a CLDR locale. Dashes and semicolons are the same in every language, so that no words are needed."""
    return _worded(hours.week, locale)


@lru_cache(maxsize=256)
def _worded(week: tuple[tuple[Span, ...], ...], locale: str) -> str:
    return "; ".join(f"{_days(run, locale)} {_spans(week[run[0]], locale)}" for run in _runs(week)) or "–"


def _runs(week: Sequence[tuple[Span, ...]]) -> Iterator[list[int]]:
    """Neighbouring days with the same hours, closed ones left out."""
    for spans, days in groupby(range(len(DAYS)), key=lambda day: week[day]):
        if spans:
            yield list(days)


def _days(run: list[int], locale: str) -> str:
    first, last = day_name(run[0], locale), day_name(run[-1], locale)
    if len(run) == 1:
        return first
    return f"{first}–{last}" if len(run) > 2 else format_list([first, last], locale=language_data(locale))


def _spans(spans: Sequence[Span], locale: str) -> str:
    return ", ".join("–".join(time_text(clock, locale, "UTC") for clock in span) for span in spans)
