"""Ways in which the conversation could hurt somebody or say what is not so; each was found once and stays shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.conversation import Client, Subject
from flows.effects import Forget, LeaveNote, NotifyStaff, PostToThread, RecordConsent, Say, TellStaff
from flows.engine import receive
from flows.escalation import Away
from flows.events import (
    AlertDelivered,
    AlertUndelivered,
    ButtonPressed,
    ChatBlocked,
    MessageUndelivered,
    StaffActed,
    TextReceived,
    TimerFired,
    UnscreenableReceived,
)
from flows.rehearsal import Rehearsal, calm
from flows.verdict import Finding, Verdict
from support.catalog import world

MONDAY_TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
CHRISTMAS = datetime(2026, 12, 25, 11, tzinfo=UTC)  # a Friday, and closed
SCREENED = {
    "grave": Verdict("high", "suicidal_thoughts"),
    "graver": Verdict("imminent", "overdose"),
    "grey": Verdict("concern", "hopelessness"),
    "a hunch": Verdict("concern", "distress", (Finding("en-second-net", "concern", "distress", "en", 0, 7),)),
    "wish": Verdict("moderate", "suicidal_wish"),
    "hurt": Verdict("high", "abuse"),
    "hurt a little": Verdict("concern", "abuse"),
    "hurt and grave": Verdict("high", "suicidal_thoughts", (Finding("a", "high", "abuse", "en", 0, 4),)),
    "grave, perhaps hurt": Verdict("high", "suicidal_thoughts", (Finding("b", "concern", "abuse", "en", 0, 4),)),
    "/crisis": Verdict("concern", "distress"),
    "emergency": Verdict("concern", "distress"),
    "I need help now": Verdict("concern", "distress"),
}


def client(at: datetime = MONDAY_TEN, **known: Any) -> Rehearsal:
    usual = {"status": "active", "zone": "Europe/London", "country": "GB", "chat": 1}
    ours = Client("c1", "Sam", "amari", **(usual | known))
    return Rehearsal(world(), Subject("client:c1", ours, chat=1), at, lambda text: SCREENED.get(text, calm(text)))


def texts(scene: Rehearsal, since: int = 0) -> list[str]:
    return [said.text for said in scene.said[since:]]


def told(scene: Rehearsal) -> list[tuple[str, str]]:
    return [(effect.recipient, effect.why) for effect in scene.effects if isinstance(effect, NotifyStaff)]


def acts(scene: Rehearsal, action: str, by: str = "U0AMARI", **values: str) -> None:
    scene.happens(StaffActed(at=scene.at, action=action, by=by, case=0, values=values))


def arrives(scene: Rehearsal, recipient: str = "slack:U0AMARI", posted: datetime | None = None) -> None:
    when = (posted or scene.at).timestamp()
    scene.happens(AlertDelivered(at=scene.at, alert=case(scene).id, recipient=recipient, posted=when))


def fails(scene: Rehearsal, recipient: str = "slack:U0AMARI", *, final: bool = False) -> None:
    scene.happens(AlertUndelivered(at=scene.at, alert=case(scene).id, recipient=recipient, final=final))


def case(scene: Rehearsal) -> Any:
    assert scene.subject.alert is not None
    return scene.subject.alert


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


# --- a late answer ---------------------------------------------------------------------------------------------------


def test_H01_a_yes_an_hour_late_counts_as_if_it_had_been_tapped_at_once() -> None:
    scene = client()
    scene.writes("grave")
    yes = scene.buttons()["yes"]
    scene.waits(minutes(61))
    heard = len(scene.said)
    scene.happens(replace(yes, at=scene.at))
    assert texts(scene, heard)[0] == "safety.yes_said.say"
    assert case(scene).tier == "imminent"


def test_H01_the_same_in_words() -> None:
    scene = client()
    scene.writes("grave")
    scene.waits(minutes(61))
    scene.writes("yes")
    assert case(scene).tier == "imminent"


def test_H01_a_yes_after_the_case_was_closed_opens_a_new_one_and_a_no_changes_nothing() -> None:
    for option, status in (("yes", "open"), ("no", "false_alarm")):
        scene = client()
        scene.writes("grave")
        late = scene.buttons()[option]
        acts(scene, "false_alarmed", reason="idiom")
        scene.happens(replace(late, at=scene.at))
        assert case(scene).status == status
    assert texts(scene)[-1] == "client.stale_button"


def test_H01_a_yes_right_after_a_no_counts_and_a_second_yes_says_nothing() -> None:
    scene = client()
    scene.writes("grave")
    buttons = scene.buttons()
    scene.taps("no")
    scene.happens(replace(buttons["yes"], at=scene.at))
    assert case(scene).tier == "imminent"
    heard = len(scene.said)
    scene.happens(replace(buttons["yes"], at=scene.at))
    assert texts(scene, heard) in ([], ["client.stale_button"])


@pytest.mark.parametrize(("command", "below"), [("/stop", "stop"), ("/privacy", "privacy")])
def test_H01_a_late_yes_about_suicide_never_answers_what_was_asked_before(command: str, below: str) -> None:
    scene = client()
    scene.writes(command)
    if below == "privacy":
        scene.taps("withdraw")
    scene.writes("grave")
    yes = scene.buttons()["yes"]
    scene.waits(minutes(61))
    scene.happens(replace(yes, at=scene.at))
    assert scene.subject.client is not None
    assert scene.subject.client.status == "active"
    assert not [effect for effect in scene.effects if isinstance(effect, RecordConsent)]
    assert case(scene).tier == "imminent"


@pytest.mark.parametrize("words", ["Yes, since yesterday", "yes i am", "YES!! please"])
def test_H01_a_yes_with_more_words_is_a_yes(words: str) -> None:
    scene = client()
    scene.writes("grey")
    scene.writes(words)
    assert case(scene).tier == "imminent"


@pytest.mark.parametrize("words", ["no but I can't go on", "not really", "yesterday was better"])
def test_H01_no_with_more_words_is_no_answer_and_the_question_is_asked_again(words: str) -> None:
    scene = client()
    scene.writes("grey")
    scene.writes(words)
    assert texts(scene)[-2:] == ["client.tap_one", "safety.gentle.ask"]


def test_H20_a_question_whose_version_is_lost_is_no_question_any_more_and_breaks_nothing() -> None:
    scene = client()
    scene.writes("grave")
    yes = scene.buttons()["yes"]
    scene.waits(minutes(61))
    talk = scene.subject.conversation
    lost = tuple(each._replace(state="gone") for each in talk.asked)
    scene.subject = scene.subject._replace(conversation=talk._replace(asked=lost))
    scene.happens(replace(yes, at=scene.at))
    assert texts(scene)[-1] == "client.stale_button"


# --- silence ---------------------------------------------------------------------------------------------------------


def asked_if_safe() -> Rehearsal:
    scene = client()
    scene.happens(UnscreenableReceived(at=scene.at, kind="voice"))
    return scene


def asked_gently() -> Rehearsal:
    scene = client()
    scene.writes("grey")
    return scene


@pytest.mark.parametrize("words", ["not now", "cancel", "leave it", "later"])
@pytest.mark.parametrize("asked", [asked_if_safe, asked_gently])
def test_H01_putting_the_question_off_is_silence_and_makes_a_person_look(asked: Any, words: str) -> None:
    scene = asked()
    scene.writes(words)
    scene.waits(timedelta(hours=2))
    assert case(scene).soon == "today"


@pytest.mark.parametrize(("command", "tap"), [("/stop", "yes"), ("/pause", "week"), ("/privacy", "done")])
@pytest.mark.parametrize("asked", [asked_if_safe, asked_gently])
def test_H01_turning_to_something_else_leaves_the_question_standing(asked: Any, command: str, tap: str) -> None:
    scene = asked()
    scene.writes(command)
    scene.taps(tap)
    scene.waits(timedelta(hours=2))
    assert case(scene).soon == "today"


@pytest.mark.parametrize(("asked", "wait"), [(asked_if_safe, 15), (asked_gently, 60)])
def test_H01_silence_counts_from_the_last_sign_also_inside_something_else(asked: Any, wait: int) -> None:
    scene = asked()
    scene.writes("/privacy")
    scene.waits(minutes(wait - 1))
    scene.taps("who")
    scene.waits(minutes(wait - 1))
    assert scene.subject.alert is None
    scene.waits(minutes(1))
    assert case(scene).soon == "today"


# --- what the client is told is so -----------------------------------------------------------------------------------


def test_H06_said_again_after_contact_was_made_calls_people_again_as_the_client_is_told() -> None:
    scene = client()
    scene.writes("grave")
    acts(scene, "contact_made")
    scene.waits(timedelta(hours=5))
    scene.effects.clear()
    heard = len(scene.said)
    scene.writes("grave")
    assert "crisis.passing_open" in texts(scene, heard)
    assert told(scene) == [("slack:U0AMARI", "again"), ("slack:C0TEAM", "again")]
    assert case(scene).status == "open"
    arrives(scene)
    assert texts(scene)[-1] == "crisis.reached"


def test_H05_said_again_at_once_after_somebody_has_it_calls_nobody_anew() -> None:
    scene = client()
    scene.writes("grave")
    acts(scene, "acknowledge")
    scene.effects.clear()
    scene.writes("grave")
    assert told(scene) == []
    assert texts(scene)[-1] == "crisis.attached"


@pytest.mark.parametrize("act", ["acknowledge", "take_over", "contact_made", "no_answer"])
def test_H01_i_need_help_now_calls_people_again_whoever_has_the_case(act: str) -> None:
    scene = client()
    scene.writes("graver")
    acts(scene, act)
    scene.effects.clear()
    scene.happens(ButtonPressed(at=scene.at, option="!need_help"))
    assert ("slack:U0AMARI", "again") in told(scene)
    assert case(scene).tier == "imminent"


def test_H02_something_worse_has_to_be_acknowledged_anew_and_climbs_without_a_detour() -> None:
    scene = client()
    scene.writes("grave")
    acts(scene, "acknowledge")
    scene.waits(minutes(4))
    scene.writes("graver")
    assert case(scene).status == "open"
    scene.effects.clear()
    scene.waits(minutes(10))
    assert ("slack:U0BELLO", "rung") in told(scene)
    acts(scene, "acknowledge", by="U0BELLO")
    assert texts(scene)[-1] == "crisis.acknowledged"


def test_H06_an_older_message_that_arrives_says_nothing_about_the_worse_one() -> None:
    scene = client()
    scene.writes("grave")
    first = scene.at
    scene.waits(timedelta(seconds=5))
    scene.writes("graver")
    arrives(scene, posted=first)
    assert "crisis.reached" not in texts(scene)
    scene.waits(timedelta(seconds=61))
    assert texts(scene)[-1] == "crisis.not_reached"
    arrives(scene)
    assert texts(scene)[-1] == "crisis.reached"


def test_H06_nobody_is_told_that_no_one_was_reached_once_somebody_has_acted() -> None:
    scene = client()
    scene.writes("grave")
    acts(scene, "acknowledge")
    scene.waits(timedelta(seconds=90))
    assert "crisis.not_reached" not in texts(scene)


def test_H06_who_waits_for_a_person_is_told_that_the_team_is_called_and_it_is() -> None:
    scene = client()
    scene.writes("grave")
    acts(scene, "take_over")
    scene.writes("are you there?")
    scene.effects.clear()
    scene.waits(minutes(10))
    assert "crisis.unanswered" in texts(scene)
    assert ("slack:C0TEAM", "unanswered") in told(scene)


def test_H06_a_person_who_writes_to_a_client_that_cannot_be_reached_is_told_so() -> None:
    scene = client()
    scene.writes("grave")
    scene.happens(ChatBlocked(at=scene.at))
    acts(scene, "wrote", text="hello")
    assert TellStaff("U0AMARI", "card.unreachable", {}) in scene.effects


def test_H06_on_a_holiday_the_usual_hours_are_not_given_as_the_reason() -> None:
    scene = client(CHRISTMAS)
    scene.writes("grave")
    assert "crisis.passing_closed_day" in texts(scene)
    eve = client(CHRISTMAS - timedelta(hours=15))  # nobody comes at nine in the morning either
    eve.writes("grave")
    assert "crisis.passing_closed_day" in texts(eve)
    evening = client(MONDAY_TEN + timedelta(hours=13))
    evening.writes("grave")
    assert "crisis.passing_closed" in texts(evening)


def test_H07_the_numbers_are_named_by_their_country_where_nobody_has_told_theirs() -> None:
    scene = client(country="")
    scene.writes("grave")
    shown = next(said for said in scene.said if said.text.startswith("crisis.numbers"))
    assert (shown.text, shown.values) == ("crisis.numbers_in", {"country": "GB"})
    declined = client(status="joining", country="")
    declined.enter("join", "country")
    for _ in range(4):
        declined.taps("skip")
    assert declined.subject.client is not None
    assert (declined.subject.client.status, declined.subject.client.country) == ("active", "")


def test_what_is_written_while_a_case_is_open_is_passed_on_and_never_put_off_to_the_next_session() -> None:
    scene = client()
    scene.writes("grave")
    scene.taps("no")
    scene.taps("safe")
    scene.effects.clear()
    scene.writes("I am still standing here")
    assert texts(scene)[-1] == "crisis.attached"
    assert PostToThread("desk.said_more") in scene.effects
    assert scene.events in case(scene).texts


# --- the commands of an emergency ------------------------------------------------------------------------------------


def test_H01_i_need_help_now_in_words_opens_a_case_though_the_screen_would_only_ask() -> None:
    scene = client()
    scene.writes("I need help now")
    assert (case(scene).tier, case(scene).category) == ("high", "asked_for_help")
    assert texts(scene) == ["crisis.thanks", "crisis.passing_open", "crisis.numbers", "safety.start.ask"]


def test_H07_slash_crisis_shows_the_numbers_and_nothing_is_noted_whatever_the_screen_says() -> None:
    scene = client()
    scene.writes("/crisis")
    assert texts(scene) == ["crisis.numbers", "crisis.menu.ask"]
    assert not [effect for effect in scene.effects if isinstance(effect, LeaveNote)]


def test_H07_a_cry_such_as_emergency_gets_the_numbers_before_the_direct_question() -> None:
    scene = client()
    scene.writes("emergency")
    assert texts(scene) == ["crisis.numbers", "safety.gentle.ask"]


def test_H07_the_numbers_come_however_often_somebody_asks_for_them() -> None:
    scene = client()
    for _ in range(30):
        scene.writes("/crisis")
        assert texts(scene)[-2:] == ["crisis.numbers", "crisis.menu.ask"]
        scene.taps("tell")


def test_H01_the_case_of_i_need_help_now_does_not_depend_on_any_flow() -> None:
    scene = client()
    press = ButtonPressed(at=scene.at, id=1, option="!need_help")
    subject, effects = receive(scene.subject, press, scene.world, calm(""))
    assert subject.alert is not None
    assert [effect.text for effect in effects if isinstance(effect, Say)] == [
        "crisis.thanks", "crisis.passing_open", "crisis.numbers",
    ]  # fmt: skip


def test_asking_to_be_called_makes_a_case_for_today_one_for_now() -> None:
    scene = client(MONDAY_TEN + timedelta(hours=13))
    scene.writes("wish")
    assert case(scene).soon == "today"
    scene.writes("/crisis")
    scene.taps("tell")
    assert (case(scene).soon, case(scene).callback) == ("now", True)


# --- harm by somebody who may hold the phone -------------------------------------------------------------------------


def test_H08_nothing_that_happens_to_the_case_shows_on_the_screen_before_the_tap() -> None:
    scene = client()
    scene.writes("/crisis")
    scene.taps("enough")
    scene.waits(timedelta(days=1))
    heard = len(scene.said)
    scene.writes("hurt")
    scene.waits(timedelta(seconds=61))
    arrives(scene)
    acts(scene, "acknowledge")
    scene.writes("hurt")
    assert texts(scene, heard) == ["crisis.read_alone", "crisis.heard"]
    heard = len(scene.said)
    scene.happens(ButtonPressed(at=scene.at, option="!alone"))
    assert texts(scene, heard) == [
        "crisis.thanks", "crisis.acknowledged", "crisis.numbers", "safety.harm_by_others.ask",
    ]  # fmt: skip


def test_H08_harm_told_during_another_case_is_answered_as_discreetly() -> None:
    scene = client()
    scene.writes("grave")
    scene.writes("hurt")
    assert texts(scene)[-1] == "crisis.read_alone"


def test_H08_grey_talk_of_harm_is_asked_about_only_after_the_tap_and_never_as_suicide() -> None:
    scene = client()
    scene.writes("hurt a little")
    assert texts(scene) == ["safety.gentle_alone.ask"]
    scene.taps("ready")
    assert texts(scene)[-1] == "safety.gentle_harm.ask"


def test_H08_silence_after_grey_talk_of_harm_calls_a_person_and_shows_nothing_on_the_screen() -> None:
    scene = client()
    scene.writes("hurt a little")
    scene.waits(timedelta(minutes=61))
    assert scene.subject.alert is not None
    assert texts(scene) == ["safety.gentle_alone.ask", "crisis.read_alone"]


def test_H08_harm_beside_something_else_is_as_discreet_but_a_vague_word_keeps_no_numbers_back() -> None:
    scene = client()
    scene.writes("hurt and grave")
    assert texts(scene) == ["crisis.read_alone"]
    scene = client()
    scene.writes("grave, perhaps hurt")
    assert "crisis.numbers" in texts(scene)


def test_H08_hide_says_how_to_clear_the_phone_even_while_a_person_writes() -> None:
    scene = client()
    scene.writes("/hide")
    assert texts(scene) == ["client.hide"]
    scene.writes("grave")
    acts(scene, "take_over")
    scene.writes("hide this chat")
    assert texts(scene)[-1] == "client.hide"


def test_H05_what_only_the_learned_net_noticed_asks_once_a_day_and_always_leaves_a_note() -> None:
    scene = client()
    for _time in range(3):
        scene.writes("a hunch")
        scene.taps("no") if texts(scene)[-1] == "safety.gentle.ask" else None
    assert texts(scene).count("safety.gentle.ask") == 1
    assert len([effect for effect in scene.effects if isinstance(effect, LeaveNote)]) == 3
    scene.waits(timedelta(hours=25))
    scene.writes("a hunch")
    assert texts(scene).count("safety.gentle.ask") == 2


def test_the_pictures_of_an_album_are_asked_about_once() -> None:
    scene = client()
    for _picture in range(3):
        scene.happens(UnscreenableReceived(at=scene.at, kind="photo"))
    assert texts(scene) == ["unreadable.ask_safe.ask"]
    scene.waits(timedelta(minutes=2))
    scene.happens(UnscreenableReceived(at=scene.at, kind="photo"))
    assert texts(scene) == ["unreadable.ask_safe.ask"] * 2


def test_H05_that_a_client_cannot_be_reached_is_told_once_until_they_can_again() -> None:
    scene = client()
    scene.writes("grave")
    for _message in range(3):
        scene.happens(MessageUndelivered(at=scene.at, reason="refused"))
    assert [why for _whom, why in told(scene)].count("unreachable") == len({whom for whom, _why in told(scene)})


def test_law4_nobody_is_promised_to_look_today_in_the_last_hour_of_the_clinic_s_day() -> None:
    scene = client(datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    scene.writes("wish")
    assert "crisis.passing_late" in texts(scene)


def test_H08_a_stranger_s_harm_is_answered_after_the_tap_too_and_nothing_is_kept() -> None:
    scene = Rehearsal(world(), Subject("chat:9", chat=9), MONDAY_TEN, lambda text: SCREENED.get(text, calm(text)))
    scene.writes("hurt")
    assert texts(scene) == ["crisis.read_alone"]
    scene.taps("alone")
    assert "crisis.nobody_told" in texts(scene)
    assert isinstance(scene.effects[-1], Forget)


# --- the ladder when things fail -------------------------------------------------------------------------------------


def test_H02_a_team_channel_that_does_not_exist_is_not_called_in_a_circle() -> None:
    scene = client()
    scene.writes("grave")
    scene.waits(minutes(50))
    scene.effects.clear()
    for _ in range(20):
        fails(scene, "slack:C0TEAM", final=True)
    assert told(scene).count(("slack:C0TEAM", "undelivered")) == 0
    scene.waits(minutes(15))
    assert ("slack:C0TEAM", "rung") in told(scene)


def test_H02_without_a_team_channel_the_last_rung_is_everybody() -> None:
    scene = client()
    nowhere = scene.world.clinic.model_copy(update={"team_channel": ""})
    scene.world = replace(scene.world, clinic=nowhere)
    scene.writes("grave")
    scene.waits(minutes(46))
    last = {recipient for recipient, why in told(scene)[-4:] if why == "rung"}
    assert last == {"slack:U0AMARI", "slack:U0BELLO", "slack:U0CASTRO", "slack:U0ERIKSEN"}


def test_H04_while_slack_is_away_second_paths_are_used_again_for_every_new_urgency_and_repeat() -> None:
    scene = client()
    scene.writes("grave")
    fails(scene)
    assert told(scene).count(("email:amari", "undelivered")) == 1
    fails(scene)
    assert told(scene).count(("email:amari", "undelivered")) == 1
    scene.waits(timedelta(seconds=5))
    scene.writes("graver")
    fails(scene)
    assert told(scene).count(("email:amari", "undelivered")) == 2
    scene.waits(minutes(15))
    fails(scene, "slack:C0TEAM")
    assert told(scene).count(("email:amari", "undelivered")) == 3


def test_H05_whoever_slack_has_reached_is_not_mailed_because_somebody_else_was_not() -> None:
    scene = client()
    scene.writes("grave")
    fails(scene)
    arrives(scene)
    scene.waits(minutes(20))
    scene.effects.clear()
    fails(scene, "slack:U0BELLO")
    assert ("email:amari", "undelivered") not in told(scene)
    assert ("email:bello", "undelivered") in told(scene)


def test_H04_when_the_phone_of_somebody_asleep_cannot_ring_the_next_rung_is_told_at_once() -> None:
    scene = client(MONDAY_TEN + timedelta(hours=13))
    asleep = frozenset({"amari", "bello", "eriksen"})
    scene.world = replace(scene.world, away=Away(undisturbed=asleep))
    scene.writes("grave")
    assert ("webhook:eriksen", "opened") in told(scene)
    fails(scene, "webhook:eriksen", final=True)
    assert ("slack:U0CASTRO", "undelivered") in told(scene)


def test_law6_a_case_is_never_handed_to_the_front_desk() -> None:
    scene = client()
    scene.writes("grave")
    scene.effects.clear()
    acts(scene, "handed_over", to="dogan")
    assert told(scene) == []


# --- what a person finds behind Reveal -------------------------------------------------------------------------------


def test_H01_a_case_from_silence_shows_the_words_that_were_asked_about() -> None:
    scene = client()
    scene.writes("grey")
    grey = scene.events
    scene.waits(minutes(61))
    assert grey in case(scene).texts


def test_H01_a_long_case_never_loses_the_words_with_which_it_began() -> None:
    scene = client()
    scene.writes("grave")
    first = case(scene).texts[0]
    for _ in range(80):
        scene.writes("and more")
    assert first in case(scene).texts
    assert scene.events in case(scene).texts
    assert len(case(scene).texts) == 50


# --- a person talks, a case closes, an hour is wrong -----------------------------------------------------------------


def test_F08_the_bot_stays_quiet_while_a_person_talks_unless_it_becomes_worse() -> None:
    scene = client()
    scene.writes("grave")
    acts(scene, "take_over")
    heard = len(scene.said)
    scene.writes("grave")
    assert texts(scene, heard) == []
    scene.writes("graver")
    assert "crisis.numbers" in texts(scene, heard)


def test_F08_stop_can_be_answered_while_a_person_talks() -> None:
    scene = client()
    scene.writes("grave")
    acts(scene, "take_over")
    scene.writes("/stop")
    scene.taps("yes")
    assert texts(scene)[-1] == "stop.stopped.say"


def test_when_a_case_closes_nothing_is_offered_that_had_only_run_the_questions() -> None:
    scene = client()
    scene.writes("/crisis")
    scene.taps("tell")
    acts(scene, "resolved", outcome="hospital")
    assert texts(scene)[-1] == "crisis.closed"
    assert scene.subject.conversation.frames == ()


def test_H13_an_absence_while_a_case_is_open_never_counts_as_missed() -> None:
    scene = client()
    scene.writes("/checkin")
    scene.writes("grave")
    scene.waits(timedelta(days=4))
    assert scene.subject.client is not None
    assert scene.subject.client.counters == {}


def test_H13_a_break_that_ends_during_a_case_ends_in_silence() -> None:
    scene = client()
    scene.writes("/pause")
    scene.taps("week")
    scene.waits(timedelta(days=6))
    scene.writes("grave")
    scene.waits(timedelta(days=3))
    assert "client.pause_over" not in texts(scene)


@pytest.mark.parametrize("timer", ["check_in", "pause_over"])
def test_H11_what_was_due_in_the_evening_and_comes_late_waits_for_the_morning(timer: str) -> None:
    scene = client(datetime(2026, 3, 3, 4, tzinfo=UTC), status="paused" if timer == "pause_over" else "active")
    scene.happens(TimerFired(at=scene.at, timer=timer))
    assert texts(scene) == []
    scene.waits(timedelta(hours=5))
    assert texts(scene)


def test_a_client_who_writes_can_be_written_to_whatever_was_thought_before() -> None:
    scene = client(reachable=False)
    scene.writes("hello")
    assert scene.subject.client is not None
    assert scene.subject.client.reachable


def test_a_question_about_safety_is_not_promised_for_later() -> None:
    scene = client()
    scene.writes("grave")
    scene.writes("later")
    assert texts(scene)[-1] == "client.dropped"


def test_a_slash_and_a_space_is_no_command_and_breaks_nothing() -> None:
    scene = client()
    scene.happens(TextReceived(at=scene.at, text="/ "))
    assert texts(scene)[0] == "client.unknown_command"
