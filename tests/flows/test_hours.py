"""Opening hours, quiet hours and the client's own clock, over both nights on which the clocks change (H11)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.hours import DAYS, Hours, after_quiet, at_local, in_span, next_at

LONDON = "Europe/London"  # forward on 2026-03-29 at 01:00 UTC, back on 2026-10-25 at 01:00 UTC
NEW_YORK = "America/New_York"  # forward on 2026-03-08, back on 2026-11-01
OFFICE = ((time(9), time(17)),)
WEEK = Hours(LONDON, (*[OFFICE] * 5, (), ()))
NIGHT = ((time(21), time(9)),)


def utc(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (utc(3, 26, 19), utc(3, 30, 17)),  # Thursday evening: the next is Monday 18:00, by then an hour earlier in UTC
        (utc(3, 28, 12), utc(3, 30, 17)),
        (utc(10, 22, 18), utc(10, 26, 18)),  # and in autumn an hour later
        (utc(10, 24, 12), utc(10, 26, 18)),
        (utc(3, 2, 18), utc(3, 5, 18)),  # at the very moment: the one after
        (utc(3, 2, 17, 59), utc(3, 2, 18)),
    ],
)
def test_H11_a_check_in_stays_at_six_in_the_evening_over_both_clock_changes(after: datetime, due: datetime) -> None:
    assert next_at(after, ("mon", "thu"), time(18), LONDON) == due


@pytest.mark.parametrize(
    ("after", "hour", "due"),
    [
        (utc(3, 7, 12), time(2, 30), utc(3, 8, 7, 30)),  # 02:30 does not exist that night: it comes at 03:30
        (utc(10, 31, 12), time(1, 30), utc(11, 1, 5, 30)),  # 01:30 comes twice: the first of the two
    ],
)
def test_H11_an_hour_that_is_skipped_or_comes_twice_is_one_moment(after: datetime, hour: time, due: datetime) -> None:
    assert next_at(after, DAYS, hour, NEW_YORK) == due


def test_H11_every_day_of_a_year_has_exactly_one_check_in() -> None:
    for hour in (time(0), time(1, 30), time(2, 30), time(18)):
        at, seen = utc(1, 1, 12), []
        while len(seen) < 365:
            at = next_at(at, DAYS, hour, NEW_YORK)
            seen.append(at.astimezone(ZoneInfo(NEW_YORK)).date())
        assert len(set(seen)) == 365
        assert seen == sorted(seen)


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe", "UTC"])
def test_H11_the_hour_on_the_client_s_clock_is_the_one_that_was_asked_for(zone: str) -> None:
    at = utc(1, 1, 0)
    for _ in range(120):
        at = next_at(at, ("mon", "wed", "sat"), time(18), zone)
        local = at.astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute) == (18, 0)
        assert DAYS[local.weekday()] in ("mon", "wed", "sat")


@pytest.mark.parametrize(
    ("at", "moved"),
    [
        (utc(3, 2, 14), utc(3, 2, 14)),
        (utc(3, 2, 21), utc(3, 3, 9)),
        (utc(3, 2, 23, 59), utc(3, 3, 9)),
        (utc(3, 3, 0), utc(3, 3, 9)),
        (utc(3, 3, 8, 59), utc(3, 3, 9)),
        (utc(3, 3, 9), utc(3, 3, 9)),
        (utc(3, 28, 22), utc(3, 29, 8)),  # the night on which the clocks go forward: 09:00 is 08:00 UTC
        (utc(10, 24, 21), utc(10, 25, 9)),  # and back
    ],
)
def test_H11_what_falls_into_the_quiet_hours_comes_at_their_end(at: datetime, moved: datetime) -> None:
    assert after_quiet(at, NIGHT, LONDON) == moved


def test_quiet_hours_are_the_client_s_own() -> None:
    assert after_quiet(utc(3, 2, 14), NIGHT, "Asia/Tokyo") == utc(3, 3, 0)  # 23:00 in Tokyo, until 09:00 there
    assert after_quiet(utc(3, 2, 14), (), "Asia/Tokyo") == utc(3, 2, 14)


@pytest.mark.parametrize(
    ("clock", "inside"),
    [(time(21), True), (time(3), True), (time(8, 59), True), (time(9), False), (time(20, 59), False)],
)
def test_a_span_may_run_over_midnight(clock: time, inside: bool) -> None:
    assert (in_span(clock, NIGHT) is not None) is inside


@pytest.mark.parametrize(
    ("at", "opens", "closes"),
    [
        (utc(3, 2, 9), utc(3, 2, 9), utc(3, 2, 17)),
        (utc(3, 2, 16, 59), utc(3, 2, 16, 59), utc(3, 2, 17)),
        (utc(3, 2, 17), utc(3, 3, 9), None),
        (utc(3, 6, 17), utc(3, 9, 9), None),  # Friday evening: Monday morning
        (utc(3, 27, 18), utc(3, 30, 8), None),  # over the change, 09:00 is 08:00 UTC
        (utc(10, 23, 18), utc(10, 26, 9), None),
    ],
)
def test_when_a_clinic_opens_and_closes(at: datetime, opens: datetime, closes: datetime | None) -> None:
    assert WEEK.opens_at(at) == opens
    assert WEEK.closes_at(at) == closes
    assert WEEK.is_open(at) is (closes is not None)


def test_a_closed_date_is_closed_and_a_clinic_without_hours_never_opens() -> None:
    holiday = Hours(LONDON, WEEK.week, frozenset({date(2026, 3, 3)}))
    assert not holiday.is_open(utc(3, 3, 12))
    assert holiday.opens_at(utc(3, 2, 18)) == utc(3, 4, 9)
    never = Hours(LONDON, ((),) * 7)
    assert never.opens_at(utc(3, 2, 12)) is None
    assert never.after_open_time(utc(3, 2, 12), timedelta(minutes=1)) is None


def test_hours_may_run_over_midnight_and_to_its_end() -> None:
    evenings = Hours(LONDON, (((time(20), time(2)),), (), (), (), (), (), ((time(12), time.max),)))
    assert evenings.is_open(utc(3, 3, 1, 59))  # Monday's evening, on Tuesday morning
    assert not evenings.is_open(utc(3, 3, 2))
    assert evenings.closes_at(utc(3, 1, 23)) == utc(3, 2, 0)  # Sunday until midnight


@pytest.mark.parametrize(
    ("at", "wait", "due"),
    [
        (utc(3, 2, 10), timedelta(minutes=30), utc(3, 2, 10, 30)),
        (utc(3, 2, 16, 50), timedelta(minutes=30), utc(3, 3, 9, 20)),  # ten minutes today, twenty tomorrow
        (utc(3, 2, 20), timedelta(minutes=30), utc(3, 3, 9, 30)),
        (utc(3, 6, 16, 50), timedelta(minutes=30), utc(3, 9, 9, 20)),
        (utc(3, 27, 16, 50), timedelta(minutes=30), utc(3, 30, 8, 20)),  # over the change
        (utc(3, 2, 10), timedelta(0), utc(3, 2, 10)),
        (utc(3, 2, 9), timedelta(hours=8), utc(3, 3, 9)),  # at closing time nobody is there any more
        (utc(3, 2, 9), timedelta(hours=20), utc(3, 4, 13)),
    ],
)
def test_waiting_counts_only_the_hours_in_which_somebody_is_there(at: datetime, wait: timedelta, due: datetime) -> None:
    assert WEEK.after_open_time(at, wait) == due


def test_a_local_hour_becomes_the_right_moment() -> None:
    assert at_local(date(2026, 7, 1), time(18), LONDON) == utc(7, 1, 17)
    assert at_local(date(2026, 3, 29), time(1, 30), LONDON) == utc(3, 29, 1, 30)  # 01:30 is skipped: 02:30 BST
    assert at_local(date(2026, 10, 25), time(1, 30), LONDON) == utc(10, 25, 0, 30)  # comes twice: the first
