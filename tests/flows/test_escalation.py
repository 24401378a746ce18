"""The ladder: whom a case reaches, in which order, and when. Rules of the safety document, "The alert"."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.casework import LADDER
from flows.clinic import Clinic, read_clinic
from flows.conversation import Client, Subject
from flows.effects import LogAlert, NotifyStaff
from flows.escalation import Alert, Away, climb, rest, waiting, worse
from flows.events import AlertDelivered, StaffActed
from flows.rehearsal import Rehearsal
from support.catalog import world

MONDAY_TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 3, 2, 23, tzinfo=UTC)
FRIDAY_LATE = datetime(2026, 3, 6, 16, 55, tzinfo=UTC)
TUESDAY_NINE = datetime(2026, 3, 3, 9, tzinfo=UTC)
NOBODY = Away()

PACK = """
clinic: testing
name: Testing (example)
region: GB
zone: Europe/London
phone: "+44 20 7946 0000"
languages: [en]
hours: {open: {mon-fri: 09:00-17:00}}
clinicians:
  amari: {name: Dr Amari, slack: U0AMARI, email: a@clinic.example, cover: bello}
  bello: {name: Dr Bello, slack: U0BELLO}
  castro: {name: Ms Castro, slack: U0CASTRO, role: supervisor}
  eriksen: {name: Dr Eriksen, slack: U0ERIKSEN, phone_webhook: yes}
  unmapped: {name: Dr Unmapped}
on_call: [eriksen]
supervisor: castro
team_channel: C0TEAM
ladder:
  rungs:
    - {tell: assigned}
    - {tell: cover, after: 10m}
    - {tell: on_call, after: 20m}
    - {tell: supervisor, after: 30m}
    - {tell: team, after: 45m}
  repeat: 15m
check_in: {at: "18:00"}
"""


def clinic(old: str = "", new: str = "") -> Clinic:
    assert old in PACK
    return read_clinic(PACK.replace(old, new) if old else PACK, "clinic.yaml")


def case(tier: str = "high", soon: str = "now", assigned: str = "amari", rung: int = -1) -> Alert:
    return Alert(
        id=1, number=7, tier=tier, category="suicidal_thoughts", soon=soon, opened_at=MONDAY_TEN, urgent_at=MONDAY_TEN,
        assigned=assigned, rung=rung,
    )  # fmt: skip


def climbed(times: int, at: datetime = MONDAY_TEN) -> list[tuple[str, ...]]:
    """The recipients of so many climbs, one after the other."""
    moving, told = case(), []
    for _ in range(times):
        move = climb(clinic(), moving, at, NOBODY)
        moving, at = move.alert, move.alert.next_at or at
        told.append(move.recipients)
    return told


def test_H02_the_ladder_climbs_rung_by_rung_with_its_own_delays() -> None:
    alert, at, due = case(), MONDAY_TEN, []
    for _ in range(5):
        alert = climb(clinic(), alert, at, NOBODY).alert
        due.append(alert.next_at - MONDAY_TEN if alert.next_at else None)
        at = alert.next_at or at
    assert due == [timedelta(minutes=minutes) for minutes in (10, 20, 30, 45, 60)]
    assert climbed(5) == [
        ("slack:U0AMARI",),
        ("slack:U0BELLO",),
        ("slack:U0ERIKSEN", "webhook:eriksen"),
        ("slack:U0CASTRO",),
        ("slack:C0TEAM",),
    ]


def test_H02_the_last_rung_repeats_until_a_person_acts() -> None:
    alert, at = case(rung=4), MONDAY_TEN
    for turn in range(1, 50):
        move = climb(clinic(), alert, at, NOBODY)
        assert move.recipients == ("slack:C0TEAM",)
        assert move.alert.repeats == turn
        assert move.alert.next_at == at + timedelta(minutes=15)
        alert, at = move.alert, move.alert.next_at


@pytest.mark.parametrize(
    ("pack", "away", "assigned"),
    [
        (("slack: U0AMARI, ", ""), NOBODY, "amari"),  # unmapped
        (("slack: U0AMARI, ", "slack: U0AMARI, active: no, "), NOBODY, "amari"),  # has left
        (("", ""), Away(gone=frozenset({"amari"})), "amari"),  # deactivated in Slack
    ],
)
def test_H03_a_rung_that_reaches_nobody_is_passed_at_once(pack: tuple[str, str], away: Away, assigned: str) -> None:
    move = climb(clinic(*pack), case(assigned=assigned), MONDAY_TEN, away)
    assert move.recipients == ("slack:U0BELLO",)
    assert move.skipped == ("assigned",)
    assert move.alert.rung == 1


def test_H03_several_empty_rungs_are_passed_in_one_move() -> None:
    move = climb(clinic(), case(assigned="unmapped"), MONDAY_TEN, Away(gone=frozenset({"eriksen"})))
    assert move.skipped == ("assigned", "cover")
    assert move.recipients == ("webhook:eriksen",)  # deactivated in Slack, and the phone still rings


def test_H03_when_nobody_named_can_be_told_the_team_is_told_at_once() -> None:
    everybody = frozenset({"amari", "bello", "castro", "eriksen"})
    of = clinic("phone_webhook: yes", "phone_webhook: no")
    move = climb(of, case(), MONDAY_TEN, Away(gone=everybody))
    assert move.recipients == ("slack:C0TEAM",)
    assert move.skipped == ("assigned", "cover", "on_call", "supervisor")


def test_H02_who_does_not_want_to_be_disturbed_is_told_and_the_next_rung_with_them() -> None:
    move = climb(clinic(), case(), MONDAY_NIGHT, Away(undisturbed=frozenset({"amari"})))
    assert move.recipients == ("slack:U0AMARI", "slack:U0BELLO")
    assert move.alert.rung == 1
    assert move.alert.next_at == MONDAY_NIGHT + timedelta(minutes=10)


def test_H02_when_everybody_sleeps_the_one_with_a_second_path_is_woken() -> None:
    asleep = Away(undisturbed=frozenset({"amari", "bello", "castro", "eriksen"}))
    move = climb(clinic(), case(), MONDAY_NIGHT, asleep)
    assert move.recipients == ("slack:U0AMARI", "slack:U0BELLO", "slack:U0ERIKSEN", "webhook:eriksen")


def test_a_case_that_is_for_now_climbs_at_any_hour() -> None:
    alert = climb(clinic(), case(), MONDAY_NIGHT, NOBODY).alert
    assert alert.next_at == MONDAY_NIGHT + timedelta(minutes=10)


def test_a_case_that_is_for_today_climbs_only_in_the_clinic_s_hours() -> None:
    today = case("moderate", "today")
    assert climb(clinic(), today, MONDAY_NIGHT, NOBODY).alert.next_at == TUESDAY_NINE + timedelta(minutes=10)
    assert climb(clinic(), today, MONDAY_TEN, NOBODY).alert.next_at == MONDAY_TEN + timedelta(minutes=10)
    friday = climb(clinic(), today, FRIDAY_LATE, NOBODY).alert  # five minutes on Friday, five on Monday
    assert friday.next_at == datetime(2026, 3, 9, 9, 5, tzinfo=UTC)


def test_a_case_that_is_for_today_is_passed_over_a_closed_day() -> None:
    closed = clinic("17:00}}", "17:00}, closed: [2026-03-03]}")
    due = waiting(closed, case("moderate", "today"), MONDAY_NIGHT, timedelta(minutes=10))
    assert due == datetime(2026, 3, 4, 9, 10, tzinfo=UTC)


def test_something_worse_starts_the_ladder_again_from_its_foot() -> None:
    halfway = replace(case("moderate", "today", rung=3), repeats=2, token=9)
    again = worse(halfway, "imminent", "suicide_plan", MONDAY_NIGHT)
    assert (again.tier, again.soon, again.rung, again.repeats, again.token) == ("imminent", "now", -1, 0, 10)
    assert again.urgent_at == MONDAY_NIGHT
    assert climb(clinic(), again, MONDAY_NIGHT, NOBODY).recipients == ("slack:U0AMARI",)


@pytest.mark.parametrize("tier", ["concern", "moderate", "high"])
def test_nothing_that_is_said_later_lowers_a_case(tier: str) -> None:
    assert worse(case("high"), tier, "other", MONDAY_NIGHT) == case("high")


@pytest.mark.parametrize(
    ("status", "rests"),
    [
        ("acknowledged", timedelta(minutes=15)),
        ("taken_over", timedelta(hours=1)),
        ("contact_made", timedelta(hours=24)),
        ("no_answer", timedelta(hours=1)),
        ("resolved", None),
        ("false_alarm", None),
    ],
)
def test_F01_a_case_that_a_person_moved_rests_until_the_next_deadline(status: str, rests: timedelta | None) -> None:
    resting = rest(clinic(), replace(case(rung=3), status=status, token=4), MONDAY_NIGHT)
    assert resting.next_at == (MONDAY_NIGHT + rests if rests else None)
    assert resting.token == 5


# --- the same through the engine -------------------------------------------------------------------------------------


def a_client(at: datetime) -> Rehearsal:
    """A client of Dr Amari, and the engine with this clinic."""
    known = Client("c1", "Sam", "amari", status="active", zone="Europe/London", chat=1)
    return Rehearsal(replace(world(), clinic=clinic()), Subject("client:c1", known, chat=1), at)


def asked_for_help(at: datetime) -> Rehearsal:
    """The same after they have asked for help: a case that is for now."""
    scene = a_client(at)
    scene.writes("I need help now")
    return scene


def told(scene: Rehearsal) -> list[str]:
    return [effect.recipient for effect in scene.effects if isinstance(effect, NotifyStaff)]


def test_a_timer_of_an_earlier_rung_does_nothing() -> None:
    scene = asked_for_help(MONDAY_TEN)
    old = scene.timers[LADDER]
    scene.waits(timedelta(minutes=10))
    before = (scene.subject.alert, told(scene))
    scene.timers = {LADDER: replace(old, due=scene.at)}
    scene.waits(timedelta(seconds=1))
    assert (scene.subject.alert, told(scene)) == before


def test_H02_asking_for_help_reaches_the_clinician_the_team_s_channel_and_then_the_next_rung() -> None:
    scene = asked_for_help(MONDAY_NIGHT)
    assert told(scene) == ["slack:U0AMARI", "slack:C0TEAM"]
    scene.waits(timedelta(minutes=10))
    assert told(scene)[-1] == "slack:U0BELLO"
    scene.waits(timedelta(hours=3))
    assert told(scene).count("slack:C0TEAM") > 5


def test_H02_an_acknowledged_case_that_is_not_taken_over_climbs_again_from_the_foot() -> None:
    scene = asked_for_help(MONDAY_TEN)
    scene.happens(AlertDelivered(at=scene.at, alert=1, recipient="slack:U0AMARI"))
    scene.happens(StaffActed(at=scene.at, action="acknowledge", by="U0AMARI"))
    scene.effects.clear()
    scene.waits(timedelta(minutes=14))
    assert told(scene) == []
    scene.waits(timedelta(minutes=2))
    assert told(scene) == ["slack:U0AMARI"]
    assert any(isinstance(effect, LogAlert) and effect.action == "reopened" for effect in scene.effects)
    assert scene.subject.alert is not None
    assert scene.subject.alert.status == "open"


def test_a_case_at_night_that_is_for_today_is_told_once_and_then_waits_for_the_morning() -> None:
    scene = a_client(MONDAY_NIGHT)
    scene.enter("safety", "gentle")
    scene.taps("not_say")
    assert scene.subject.alert is not None
    assert scene.subject.alert.soon == "today"
    first = told(scene)
    assert first == ["slack:U0AMARI", "slack:C0TEAM"]
    scene.waits(timedelta(hours=9, minutes=59))  # Tuesday 08:59
    assert [name for name in told(scene)[len(first) :] if name.startswith("slack:")] == []
    scene.waits(timedelta(minutes=12))
    assert "slack:U0BELLO" in told(scene)[len(first) :]


def test_H04_when_nobody_can_be_reached_for_a_minute_every_second_path_is_used_and_the_client_is_told() -> None:
    scene = asked_for_help(MONDAY_TEN)
    scene.waits(timedelta(seconds=60))
    assert told(scene)[-1] == "email:amari"
    assert scene.said[-1].text == "crisis.not_reached"


def test_a_closed_case_has_no_timer_left() -> None:
    scene = asked_for_help(MONDAY_TEN)
    outcome = {"outcome": "safe_plan_agreed"}
    scene.happens(StaffActed(at=scene.at, action="resolved", by="U0AMARI", values=outcome))
    assert LADDER not in scene.timers
    scene.effects.clear()
    scene.waits(timedelta(hours=2))
    assert told(scene) == []
