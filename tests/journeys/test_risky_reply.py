"""A risky reply: alert first, talk after; the card, the ladder, the people (S85, F01, F02, H02 to H06)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from fakes.clinician import SlackUser
from fakes.phone import FakeUser
from fakes.workspace import Posted
from fixtures.logs import ExpectsLog
from storage.tables import alert_events, alerts, audit
from support.journey import joined, tap, writes
from support.product import Product

RISKY = "I want to kill myself"


@pytest.fixture
def slack_refuses(product: Product, expects_log: ExpectsLog) -> None:
    """Slack takes no message until it is healed; its web socket stays open."""
    expects_log("not_sent")
    product.slack.fail_always("chat.postMessage", status=500)


def _risk(product: Product) -> FakeUser:
    """A client who has said something risky; the card has reached Slack."""
    sam = joined(product)
    writes(sam, RISKY, "Are you thinking about ending your life")
    _amari(product).sees("Case 1")
    sam.sees("It has reached them")
    return sam


def _amari(product: Product) -> SlackUser:
    return product.slack.user("U0AMARI")


def _card(product: Product) -> Posted:
    return product.slack.wait_for(
        lambda: next(m for m in _amari(product).dms if "Case 1" in m.text and not m.thread_ts)
    )


def _team(product: Product) -> list[str]:
    return [message.text for message in product.slack.channel("C0TEAM").messages]


def _actions(product: Product) -> list[str]:
    return [row.action for row in product.rows(select(alert_events).order_by(alert_events.c.id))]


def test_S85_a_risky_reply_gets_numbers_and_the_direct_question_at_once(product: Product) -> None:
    sam = joined(product)
    writes(sam, RISKY, "Are you thinking about ending your life")
    said = sam.screen()
    for words in ("Thank you for telling me", "passing this to Dr Amari's team", "until 17:00", "999", "116 123"):
        assert words in said


def test_S85_the_assigned_clinician_and_the_team_channel_get_the_card(product: Product) -> None:
    _risk(product)
    assert any("Case 1" in text for text in _team(product))
    _card(product)


def test_H06_nobody_is_told_that_it_has_arrived_before_it_has(product: Product, slack_refuses: None) -> None:
    sam = joined(product)
    writes(sam, RISKY, "Are you thinking about ending your life")
    product.slack.wait_for(lambda: product.slack.calls("chat.postMessage"))
    assert "It has reached them" not in sam.screen()
    product.slack.heal()
    product.push(seconds=31)
    sam.sees("It has reached them")


def test_H04_a_minute_without_slack_is_told_to_the_client(product: Product, slack_refuses: None) -> None:
    sam = joined(product)
    writes(sam, RISKY, "Are you thinking about ending your life")
    product.push(seconds=61)
    sam.sees("I have not been able to reach them yet")


def test_law6_slack_sees_initials_and_no_word_of_the_client(product: Product) -> None:
    sam = joined(product, name="Zebediah Quill")
    writes(sam, "the purple umbrella and I want to kill myself", "Are you thinking")
    _amari(product).sees("Case 1")
    sent = str([call.params for call in product.slack.requests])
    assert "Z.Q." in sent
    for secret in ("Zebediah", "Quill", "umbrella"):
        assert secret not in sent


def test_F01_acknowledging_is_told_to_the_client_and_stops_the_ladder(product: Product) -> None:
    sam = _risk(product)
    _amari(product).presses(_card(product), "Acknowledge")
    sam.sees("Dr Amari knows about it now")
    product.push(minutes=14)
    product.slack.user("U0BELLO")
    assert "climbed" not in _actions(product)


def test_H02_the_ladder_climbs_rung_by_rung_until_a_person_acts(product: Product) -> None:
    _risk(product)
    product.push(minutes=10)
    product.slack.user("U0BELLO").sees("Case 1")
    product.push(minutes=10)
    product.slack.user("U0ERIKSEN").sees("Case 1")
    product.push(minutes=10)
    product.slack.user("U0CASTRO").sees("Case 1")


def test_H02_the_last_rung_repeats_until_a_person_acts(product: Product) -> None:
    _risk(product)
    for climbed, minutes in enumerate((10, 10, 10, 15, 15, 15), start=1):
        before = len(product.slack.calls("chat.postMessage", channel="C0TEAM"))
        product.push(minutes=minutes)
        product.slack.wait_for(lambda n=climbed: _actions(product).count("climbed") == n)
        if climbed > 3:
            product.slack.wait_for(lambda n=before: len(product.slack.calls("chat.postMessage", channel="C0TEAM")) > n)


def test_F01_acknowledged_and_then_forgotten_reopens(product: Product) -> None:
    sam = _risk(product)
    _amari(product).presses(_card(product), "Acknowledge")
    sam.sees("Dr Amari knows about it now")
    product.push(minutes=16)
    product.slack.wait_for(lambda: "reopened" in _actions(product))


def test_a_worse_message_notifies_anew_and_gives_the_numbers_again(product: Product) -> None:
    sam = _risk(product)
    posts = len(product.slack.calls("chat.postMessage"))
    before = sam.last.message_id
    sam.says("I have taken all the pills just now")
    sam.sees("999", after=before)
    product.slack.wait_for(lambda: len(product.slack.calls("chat.postMessage")) > posts)
    (row,) = product.rows(select(alerts))
    assert (row.tier, row.number) == ("imminent", 1)


def test_a_second_risky_message_within_ten_minutes_is_attached_and_not_repeated(product: Product) -> None:
    sam = _risk(product)
    before = sam.last.message_id
    sam.says("I really want to die, I want to kill myself")
    sam.sees("added that to what I passed on", after=before)
    assert sam.screen().count("If you are in danger now, call 999") == 1


def test_F02_a_callback_can_be_asked_for_and_stands_on_the_card(product: Product) -> None:
    sam = _risk(product)
    tap(sam, "No", "")
    sam.sees("talk")
    product.slack.wait_for(lambda: "says_no" in _actions(product))


def test_a_yes_to_the_direct_question_makes_it_imminent(product: Product) -> None:
    sam = _risk(product)
    sam.presses("Yes")
    product.slack.wait_for(lambda: product.rows(select(alerts.c.tier))[0].tier == "imminent")


def test_H13_a_check_in_is_held_while_a_case_is_open(product: Product) -> None:
    sam = _risk(product)
    product.clock.set(datetime(2026, 3, 2, 18, 0, tzinfo=UTC))
    product.slack.wait_for(lambda: "climbed" in _actions(product))
    writes(sam, "/help", "This is what I can do")
    assert "This is your check-in from" not in sam.screen()


def test_a_case_is_resolved_with_an_outcome_and_the_client_is_told(product: Product) -> None:
    sam = _risk(product)
    amari = _amari(product)
    amari.presses(_card(product), "Acknowledge")
    sam.sees("Dr Amari knows about it now")
    amari.presses(_card(product), "resolve")
    amari.sees_modal("What came of it")
    amari.submits(values={"outcome": "safe_plan_agreed"})
    sam.sees("closed it on the clinic's side")
    (row,) = product.rows(select(alerts))
    assert row.status == "resolved"


def test_H05_a_false_alarm_is_closed_with_a_reason(product: Product) -> None:
    sam = _risk(product)
    amari = _amari(product)
    amari.presses(_card(product), "false_alarm")
    amari.sees_modal("False alarm")
    amari.submits(values={"reason": "idiom"})
    sam.sees("closed it on the clinic's side")
    details = [row.detail for row in product.rows(select(alert_events)) if row.action == "reason"]
    assert details == ['{"reason": "idiom"}']


def test_a_case_is_handed_over_to_a_colleague(product: Product) -> None:
    _risk(product)
    amari = _amari(product)
    amari.presses(_card(product), "hand_over")
    amari.sees_modal("Dr Bello")
    amari.submits(values={"to": "bello"})
    product.slack.user("U0BELLO").sees("Case 1")


def test_law6_reveal_shows_the_words_and_is_written_down(product: Product) -> None:
    _risk(product)
    amari = _amari(product)
    amari.presses(_card(product), "Reveal")
    amari.sees_modal(RISKY)
    amari.sees_modal("Sam")
    assert ("opened_reveal", "amari") in [(row.action, row.by) for row in product.rows(select(audit))]


@pytest.mark.parametrize("user", ["U0DOGAN", "U0NOBODY"])
def test_the_front_desk_and_unknown_people_see_and_do_nothing(product: Product, user: str) -> None:
    _risk(product)
    product.slack.user(user).commands("/rapport", "ack 1")
    product.slack.wait_for(lambda: product.slack.user(user).ephemerals or product.slack.user(user).dms)
    assert "acknowledged" not in _actions(product)
    assert RISKY not in product.slack.user(user).screen()


def test_a_case_is_acknowledged_by_slash_command_by_reaction_and_by_reply(product: Product) -> None:
    sam = _risk(product)
    amari = _amari(product)
    amari.commands("/rapport", "alerts")
    product.slack.wait_for(lambda: any("Case 1" in str(message) for message in amari.ephemerals) or amari.dms)
    amari.reacts(_card(product), "white_check_mark")
    sam.sees("Dr Amari knows about it now")
    assert _actions(product).count("acknowledged") == 1


def test_two_presses_do_no_harm(product: Product) -> None:
    sam = _risk(product)
    _amari(product).presses(_card(product), "Acknowledge", times=2)
    sam.sees("Dr Amari knows about it now")
    product.slack.wait_for(lambda: _actions(product).count("acknowledged") == 1)
    assert sam.screen().count("Dr Amari knows about it now") == 1


def test_a_client_who_blocks_the_bot_during_an_alert_is_to_be_phoned(product: Product) -> None:
    sam = _risk(product)
    sam.blocks_bot()
    _amari(product).sees("cannot reach this client")


def test_risk_is_caught_from_a_paused_client_in_captions_and_in_edits(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/pause", "break")
    tap(sam, "A month", "break")
    writes(sam, "all good", "I can't answer that myself")
    sam.sends_photo(caption=RISKY)
    _amari(product).sees("Case 1")


def test_an_edit_is_screened(product: Product) -> None:
    sam = joined(product)
    mine = sam.says("hello there")
    sam.sees("I can't answer that myself")
    sam.edits(mine, RISKY)
    _amari(product).sees("Case 1")


def test_what_cannot_be_screened_is_asked_about_and_silence_alerts(product: Product) -> None:
    sam = joined(product)
    before = sam.last.message_id
    sam.sends_voice()
    sam.sees("Are you safe", after=before)
    product.push(minutes=16)
    _amari(product).sees("Case 1")
