"""Plans: on the client's own clock, one contact a day, waiting where it does not suit, and never lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.conversation import Client, Subject
from flows.planning import PLAN, plan, unplan
from flows.rehearsal import Rehearsal
from support.catalog import riverside, world

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
DELHI = "Asia/Kolkata"


def scene(zone: str = "Europe/London") -> Rehearsal:
    client = Client("example", "Sam", "amari", status="active", zone=zone, country="GB", chat=1)
    return Rehearsal(world(), Subject("client:example", client, chat=1), MONDAY)


def planned(one: Rehearsal, flow: str = "mood", saved: Mapping[str, str] | None = None, **how: str) -> datetime:
    """When the plan comes, on the client's own clock."""
    one.enter("mood", data=saved)
    one.act(lambda step: plan(step, {"flow": flow, **how}))
    one.writes("cancel")
    assert one.subject.client is not None
    return one.timers[PLAN + flow].due.astimezone(ZoneInfo(one.subject.client.zone))


@pytest.mark.parametrize(
    ("how", "comes"),
    [
        ({"days": "mon thu", "at": "18:30"}, "2026-03-02 18:30"),
        ({"days": "mon thu", "at": "morning"}, "2026-03-05 09:00"),
        ({"days": "weekend", "at": "noon"}, "2026-03-07 12:30"),
        ({"every": "4w", "at": "evening"}, "2026-03-30 18:30"),
        ({"after": "20h"}, "2026-03-03 09:00"),  # eight in the morning is still quiet
        ({"days": "saved.day", "at": "saved.hour"}, "2026-03-04 07:15"),
    ],
)
def test_F10_a_plan_comes_at_its_hour(how: dict[str, str], comes: str) -> None:
    found = planned(scene(), saved={"day": "wed", "hour": "07:15"}, **how)
    assert f"{found:%Y-%m-%d %H:%M}" == comes


def test_F10_the_hour_is_that_of_the_client_not_of_the_clinic() -> None:
    assert f"{planned(scene(DELHI), days='daily', at='18:30'):%H:%M %Z}" == "18:30 IST"


def test_F10_a_day_and_an_hour_that_were_skipped_are_those_of_the_clinic_s_check_ins() -> None:
    found = planned(scene(), days="saved.day", at="saved.hour")
    assert (f"{found:%a}".lower() in riverside().check_in.days, found.time()) == (True, riverside().check_in.at)


def test_F05_a_second_contact_of_the_day_waits_for_the_next_morning() -> None:
    one = scene()
    planned(one, "mood", days="mon", at="18:00")
    planned(one, "journal", days="mon", at="18:30")
    one.waits(timedelta(hours=8))
    assert [say.text for say in one.said if say.asks][-1] == "mood.mood.ask"
    one.waits(timedelta(days=1, hours=12))  # the question of the first has expired by then
    begun = [say.text for say in one.said if say.text.startswith("journal.")]
    assert begun


def test_F05_what_is_planned_waits_while_the_client_is_in_the_middle_of_something() -> None:
    one = scene()
    planned(one, "journal", days="mon", at="16:00")
    one.enter("goals")
    said = len(one.said)
    one.waits(timedelta(hours=6))
    assert not [say.text for say in one.said[said:] if say.text.startswith("journal.")]
    assert PLAN + "journal" in one.timers


def test_F10_a_plan_that_is_taken_back_never_comes() -> None:
    one = scene()
    planned(one, "journal", days="daily", at="16:00")
    one.act(lambda step: unplan(step, {"flow": "journal"}))
    said = len(one.said)
    one.waits(timedelta(days=10))
    assert not one.said[said:]
