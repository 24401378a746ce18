"""Conversations through the real engine with the shipped flows: joining, interruptions, stopping, strangers, risk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.conversation import Client, Subject
from flows.effects import Forget, KeepContact, LeaveNote, RecordConsent, SaveAnswer, TellFrontDesk
from flows.events import ButtonPressed, LinkOpened, StaffActed, UnscreenableReceived
from flows.rehearsal import Rehearsal, calm
from flows.verdict import Verdict
from support.catalog import catalogue, world

MONDAY_TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)

# What the screen would say of a few words; the rules themselves are tested elsewhere.
SCREENED = {
    "grave": Verdict("high", "suicidal_thoughts"),
    "graver": Verdict("imminent", "suicide_plan"),
    "grey": Verdict("concern", "hopelessness"),
    "hurt": Verdict("high", "abuse"),
}


def screen(text: str) -> Verdict:
    return SCREENED.get(text, calm(text))


def client(**known: Any) -> Rehearsal:
    usual = {"status": "active", "zone": "Europe/London", "country": "GB", "chat": 1}
    ours = Client("c1", "Sam", "amari", **(usual | known))
    return Rehearsal(world(), Subject("client:c1", ours, chat=1), MONDAY_TEN, screen)


def stranger() -> Rehearsal:
    return Rehearsal(world(), Subject("chat:9", chat=9), MONDAY_TEN, screen)


def texts(scene: Rehearsal, since: int = 0) -> list[str]:
    return [said.text for said in scene.said[since:]]


def named(scene: Rehearsal, kind: type) -> list[Any]:
    return [effect for effect in scene.effects if isinstance(effect, kind)]


def status(scene: Rehearsal) -> str:
    assert scene.subject.client is not None
    return scene.subject.client.status


def flows(scene: Rehearsal) -> list[str]:
    return [frame.flow for frame in scene.subject.conversation.frames]


def joining() -> Rehearsal:
    scene = client(status="invited", zone="", chat=0)
    scene.happens(LinkOpened(at=scene.at, chat=1))
    return scene


def agree(scene: Rehearsal, answer: str = "agree") -> None:
    for _ in range(6):
        assert scene.taps("next")
    scene.taps("no")
    scene.taps(answer)


# --- joining ---------------------------------------------------------------------------------------------------------


def test_F13_the_link_opens_with_what_this_is() -> None:
    assert texts(joining()) == ["join.hello.say", "confidentiality.intro.ask"]


def test_S33_agreement_is_kept_with_the_version_of_the_text_that_was_read() -> None:
    scene = joining()
    agree(scene)
    version = catalogue()["confidentiality"].version
    assert named(scene, RecordConsent) == [RecordConsent("confidentiality", version, "en", given=True)]


def test_somebody_who_has_joined_gets_check_ins_on_their_own_clock() -> None:
    scene = joining()
    agree(scene)
    scene.writes("New York")
    for _ in range(5):
        scene.taps("right") or scene.taps("skip")
    assert status(scene) == "active"
    assert scene.timers["check_in"].due == datetime(2026, 3, 2, 23, tzinfo=UTC)  # Monday, 18:00 in New York


@pytest.mark.parametrize("age", ["5", "15", "17"])
def test_F23_a_minor_is_told_kindly_staff_are_told_and_nothing_planned_begins(age: str) -> None:
    scene = client(status="joining")
    scene.enter("join", "age")
    scene.writes(age)
    assert texts(scene)[-1] == "join.minor.say"
    assert status(scene) == "joining"
    assert named(scene, TellFrontDesk) == [TellFrontDesk("desk.minor_joined", {"alias": "S."})]
    assert "check_in" not in scene.timers
    scene.writes("/start")
    assert texts(scene)[-2:] == ["join.hello.say", "join.minor_waits.say"]


def test_F23_an_adult_or_somebody_who_does_not_say_their_age_joins() -> None:
    for answer in ("18", "skip"):
        scene = client(status="joining")
        scene.enter("join", "age")
        scene.writes(answer)
        assert status(scene) == "active"


def test_somebody_who_does_not_agree_gets_nothing_more_and_may_begin_again() -> None:
    scene = joining()
    agree(scene, "decline")
    assert texts(scene)[-1] == "join.declined.say"
    assert named(scene, TellFrontDesk) == [TellFrontDesk("desk.declined", {"alias": "S."})]
    scene.waits(timedelta(days=30))
    assert texts(scene)[-1] == "join.declined.say"
    scene.writes("/checkin")
    assert flows(scene) == ["join", "confidentiality"]


def test_who_stops_while_joining_is_not_let_in_by_coming_back() -> None:
    scene = joining()
    scene.writes("/stop")
    scene.taps("yes")
    assert flows(scene) == []
    scene.writes("/start")
    assert status(scene) == "joining"
    assert flows(scene) == ["join", "confidentiality"]


def test_F14_an_agreement_taken_back_is_asked_for_again_before_anything_is_sent() -> None:
    scene = client()
    scene.writes("/privacy")
    scene.taps("withdraw")
    scene.taps("yes")
    (consent,) = named(scene, RecordConsent)
    assert consent == RecordConsent("confidentiality", catalogue()["confidentiality"].version, "en", given=False)
    assert status(scene) == "joining"
    scene.writes("/start")
    assert flows(scene) == ["join", "confidentiality"]


# --- interruptions ---------------------------------------------------------------------------------------------------


def test_F06_after_an_interruption_the_bot_offers_to_go_on_and_asks_the_same_question_again() -> None:
    scene = client()
    scene.writes("/checkin")
    scene.happens(UnscreenableReceived(at=scene.at, kind="photo"))
    scene.taps("yes")
    assert texts(scene)[-1] == "client.resume_offer"
    scene.taps("resume")
    assert texts(scene)[-1] == "check_in.mood.ask"


def test_F06_what_nobody_goes_on_with_expires_so_that_check_ins_come_again() -> None:
    scene = client()
    scene.writes("/checkin")
    scene.writes("/language")
    scene.taps("skip")
    assert texts(scene)[-1] == "client.resume_offer"
    scene.waits(timedelta(days=3))
    assert flows(scene) == []


def test_F07_a_second_tap_changes_nothing_and_an_old_button_is_answered_kindly() -> None:
    scene = client()
    scene.writes("/checkin")
    first = scene.buttons()["good"]
    scene.taps("good")
    before = (scene.subject.conversation.frames, texts(scene))
    scene.happens(replace(first, at=scene.at))
    assert (scene.subject.conversation.frames, texts(scene)) == before
    scene.writes("skip")
    scene.happens(replace(first, at=scene.at))
    assert texts(scene)[-1] == "client.stale_button"


@pytest.mark.parametrize("words", ["/stop", "stop"])
def test_S29_stopping_drops_what_waits_and_says_nothing_more(words: str) -> None:
    scene = client()
    scene.writes("/checkin")
    scene.writes(words)
    scene.taps("yes")
    assert (status(scene), flows(scene), texts(scene)[-1]) == ("stopped", [], "stop.stopped.say")
    scene.waits(timedelta(days=30))
    assert texts(scene)[-1] == "stop.stopped.say"


def test_a_pause_does_not_wake_somebody_who_has_stopped() -> None:
    scene = client(status="stopped")
    scene.writes("/pause")
    scene.taps("week")
    scene.waits(timedelta(days=10))
    assert (status(scene), texts(scene)[-1]) == ("stopped", "pause.nothing_planned.say")


def test_what_is_put_off_is_asked_again() -> None:
    scene = client()
    scene.writes("/checkin")
    scene.writes("skip")
    scene.writes("later")
    assert texts(scene)[-1] == "client.snoozed"
    scene.waits(timedelta(hours=4))
    assert texts(scene)[-1] == "check_in.helped.ask"
    idle = client()
    idle.writes("later")
    assert texts(idle) == ["client.nothing_open"]


def test_F13_whoever_asks_is_told_that_this_is_a_program() -> None:
    scene = client()
    scene.writes("Are you a bot?")
    assert texts(scene) == ["client.disclosure"]


def test_S28_not_today_is_an_answer_that_counts() -> None:
    scene = client()
    scene.writes("/checkin")
    scene.taps("not_today")
    assert scene.subject.client is not None
    assert scene.subject.client.counters == {"check_ins_done": 1}


# --- risk ------------------------------------------------------------------------------------------------------------


def test_S85_a_grave_text_is_answered_before_the_questions_come() -> None:
    scene = client()
    scene.writes("grave")
    assert texts(scene) == ["crisis.thanks", "crisis.passing_open", "crisis.numbers", "safety.start.ask"]
    assert {said.kind for said in scene.said} == {"safety"}


@pytest.mark.parametrize("button", ["safe", "not_meant"])
def test_H05_safe_for_now_and_not_meant_change_what_staff_see_and_never_the_case(button: str) -> None:
    scene = client()
    scene.writes("grave")
    scene.taps("no")
    before = scene.subject.alert
    scene.taps(button)
    after = scene.subject.alert
    assert before is not None
    assert after is not None
    assert after.notes == (*before.notes, f"says_{'safe' if button == 'safe' else 'not_meant'}")
    assert replace(after, notes=before.notes) == before


def test_a_yes_gives_the_numbers_again_because_the_case_is_worse() -> None:
    scene = client()
    scene.writes("grave")
    heard = len(scene.said)
    scene.taps("yes")
    assert texts(scene, heard) == ["safety.yes_said.say", "crisis.passing_open", "crisis.numbers", "safety.plan.ask"]
    heard = len(scene.said)
    scene.taps("yes")
    assert texts(scene, heard) == ["safety.means.ask"]  # no worse than before: not repeated


def test_grey_talk_during_the_questions_is_answered_too() -> None:
    scene = client()
    scene.writes("grave")
    heard = len(scene.said)
    scene.writes("grey")
    assert texts(scene, heard) == ["crisis.heard", "safety.start.ask"]


def test_grey_talk_leaves_a_note_and_asks_one_direct_question() -> None:
    scene = client()
    scene.writes("grey")
    assert texts(scene) == ["safety.gentle.ask"]
    assert [note.why for note in named(scene, LeaveNote)] == ["hopelessness"]
    assert scene.subject.alert is None


def test_H13_while_a_case_is_open_a_check_in_is_not_offered_again_and_when_it_closes_it_is() -> None:
    scene = client()
    scene.writes("/checkin")
    scene.writes("grave")
    scene.taps("no")
    scene.taps("safe")
    assert flows(scene) == ["check_in"]
    assert "client.resume_offer" not in texts(scene)
    scene.happens(StaffActed(at=scene.at, action="resolved", by="U0AMARI", values={"outcome": "safe_plan_agreed"}))
    assert texts(scene)[-2:] == ["crisis.closed", "client.resume_offer"]


def test_when_a_case_closes_the_safety_questions_are_left() -> None:
    scene = client()
    scene.writes("grave")
    scene.happens(StaffActed(at=scene.at, action="false_alarmed", by="U0AMARI", values={"reason": "idiom"}))
    assert flows(scene) == []
    assert texts(scene)[-1] == "crisis.closed"


def test_H08_harm_by_somebody_else_is_answered_only_after_a_tap_that_says_alone() -> None:
    scene = client()
    scene.writes("hurt")
    assert texts(scene) == ["crisis.read_alone"]
    scene.taps("alone")
    assert texts(scene)[1:] == ["crisis.thanks", "crisis.passing_open", "crisis.numbers", "safety.harm_by_others.ask"]


def test_a_tap_that_says_alone_after_the_case_was_closed_claims_nothing() -> None:
    scene = client()
    scene.writes("hurt")
    scene.happens(StaffActed(at=scene.at, action="resolved", by="U0AMARI", values={"outcome": "hospital"}))
    heard = len(scene.said)
    scene.happens(ButtonPressed(at=scene.at, option="!alone"))
    assert texts(scene, heard) == ["crisis.numbers", "crisis.menu.ask"]


def test_H07_the_numbers_of_another_country_are_named_as_such() -> None:
    scene = client(country="GB")
    scene.writes("/crisis")
    scene.taps("country")
    scene.writes("Mexico")
    shown = next(said for said in scene.said if said.text == "crisis.numbers_in")
    assert shown.values == {"country": "MX"}
    scene.taps("no")
    assert scene.subject.client is not None
    assert scene.subject.client.country == "GB"
    unknown = client(country="IS")
    unknown.writes("/crisis")
    assert texts(unknown)[0] == "crisis.numbers_other"


# --- strangers -------------------------------------------------------------------------------------------------------


def test_F25_a_stranger_leaves_name_and_phone_with_consent_and_nothing_else_is_kept() -> None:
    scene = stranger()
    scene.writes("hello")
    scene.taps("appointment")
    scene.taps("yes")
    scene.writes("Robin Example")
    scene.writes("020 7946 0957")
    assert named(scene, KeepContact) == [KeepContact("appointment", "Robin Example", "+44 20 7946 0957")]
    assert named(scene, SaveAnswer) == []
    assert isinstance(scene.effects[-1], Forget)


def test_F25_grave_words_of_a_stranger_are_never_taken_for_their_name() -> None:
    scene = stranger()
    scene.writes("hello")
    scene.taps("appointment")
    scene.taps("yes")
    scene.writes("grave")
    assert "crisis.nobody_told" in texts(scene)
    assert scene.subject.conversation.frames[-1].state == "name"
    scene.writes("Robin Example")
    assert scene.subject.conversation.frames[-1].data["name"] == "Robin Example"


def test_F25_a_stranger_who_taps_twice_leaves_no_second_conversation_open() -> None:
    scene = stranger()
    scene.writes("hello")
    scene.taps("appointment")
    scene.writes("hello again")
    scene.happens(replace(scene.buttons()["yes"], option="!client_here", step=0, at=scene.at))
    assert flows(scene) == ["contact"]
    scene.waits(timedelta(days=2))
    assert flows(scene) == []
    assert isinstance(scene.effects[-1], Forget)
