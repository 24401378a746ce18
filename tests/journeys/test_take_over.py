"""A person takes over (F08): they write, the client answers, the bot is silent, the screen is not, until hand back."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.phone import FakeUser
from fixtures.logs import ExpectsLog
from support.desk import (
    RISKY,
    amari,
    at_risk,
    card,
    dialog,
    happened,
    history,
    member,
    status,
    thread,
    writes_to_client,
)
from support.journey import tap, writes
from support.product import Product, pack_copy, running


def _taken_over(product: Product) -> FakeUser:
    sam = at_risk(product)
    amari(product).presses(card(amari(product)), "Take over")
    sam.sees("Dr Amari is taking this on")
    return sam


def _replies(product: Product, sam: FakeUser, text: str) -> None:
    before = history(product).count("replied")
    sam.says(text)
    product.slack.wait_for(lambda: history(product).count("replied") > before)


def _answered(product: Product) -> None:
    """Everything that was said to the client by now has gone out."""
    product.telegram.wait_for(lambda: not product.telegram.waiting())


# -- two people talk ------------------------------------------------------------------------------------------------


def test_F08_what_the_clinician_writes_in_the_dialog_reaches_the_client_under_their_name(product: Product) -> None:
    sam = _taken_over(product)
    writes_to_client(amari(product), "I am calling you at noon. <Is that all right?> {really}")
    sam.sees("From Dr Amari: I am calling you at noon. <Is that all right?> {really}")
    product.slack.wait_for(lambda: "Dr Amari* has written to the client" in thread(amari(product)))


def test_F08_writing_takes_over_where_nobody_has_yet(product: Product) -> None:
    sam = at_risk(product)
    writes_to_client(amari(product), "Hello Sam, I am here.")
    sam.sees("From Dr Amari: Hello Sam, I am here.")
    assert "Dr Amari is taking this on" in sam.screen()
    assert status(product) == "taken_over"


def test_F08_the_thread_is_for_staff_and_never_relayed(product: Product) -> None:
    sam = _taken_over(product)
    amari(product).replies(card(amari(product)), "does anybody know her sister?")
    writes_to_client(amari(product), "I am here.")
    sam.sees("From Dr Amari: I am here.")
    assert "sister" not in sam.screen()


def test_F08_a_reply_is_announced_in_the_thread_without_its_words(product: Product) -> None:
    sam = _taken_over(product)
    _replies(product, sam, "the purple umbrella")
    product.slack.wait_for(lambda: "*replied*. Press *Reveal*" in thread(amari(product)))
    assert "umbrella" not in str([call.params for call in product.slack.requests])
    dialog(amari(product), "Reveal", "the purple umbrella")


def test_F08_a_pack_that_allows_quotes_shows_the_words_in_the_thread(stopped_product: Product, tmp_path: Path) -> None:
    folder = pack_copy(tmp_path, **{"content: minimal": "content: quotes"})
    stopped_product.environment["RAPPORT_CLINICS"] = str(folder)
    with running(stopped_product) as product:
        sam = _taken_over(product)
        _replies(product, sam, "look at <!channel> & *me*")
        shown = amari(product).sees("look at <!channel> & *me*")
        quote = next(block for block in shown.blocks if "look at" in str(block))
        assert quote["text"]["type"] == "plain_text"


def test_F08_a_voice_note_is_announced_and_asks_nothing(product: Product) -> None:
    sam = _taken_over(product)
    before = sam.last.message_id
    sam.sends_voice()
    happened(product, "replied")
    _answered(product)
    assert sam.last.message_id == before


# -- the bot is silent, the screen is not ---------------------------------------------------------------------------


def test_F08_the_bot_is_silent_whatever_its_clock_says(product: Product) -> None:
    sam = _taken_over(product)
    before = sam.last.message_id
    product.push(minutes=31)  # the safety question's reminder
    product.push(minutes=28)
    _replies(product, sam, "I don't know")
    product.push(hours=8)  # six in the evening on Monday: the hour of the check-in; the ten minutes are long over
    sam.sees("has not answered for ten minutes", after=before)
    assert "check-in" not in sam.screen()
    assert "I asked you a question" not in sam.screen()


def test_F08_the_question_on_the_screen_loses_its_buttons_when_a_person_takes_over(product: Product) -> None:
    sam = _taken_over(product)
    product.telegram.wait_for(lambda: not any(m.labels for m in sam.messages))


def test_F08_words_that_are_commands_are_for_the_person_except_crisis(product: Product) -> None:
    sam = _taken_over(product)
    before = sam.last.message_id
    _replies(product, sam, "later")
    sam.says("/crisis")
    sam.sees("call 999", after=before)
    assert "I will ask again later" not in sam.screen()


def test_H01_a_worse_message_to_the_person_alerts_anew(product: Product) -> None:
    sam = _taken_over(product)
    before = sam.last.message_id
    sam.says("I have taken all the pills just now")
    sam.sees("999", after=before)
    happened(product, "worse")
    amari(product).sees("It has become worse")


def test_H01_a_tap_on_the_safety_question_counts_though_a_person_has_just_taken_over(product: Product) -> None:
    sam = at_risk(product)
    question = sam.sees("Are you thinking about ending your life")
    data = next(data for label, data in question.data if label == "Yes")
    amari(product).presses(card(amari(product)), "Take over")
    sam.sees("Dr Amari is taking this on")
    sam.presses_data(question.message_id, data)
    happened(product, "worse")


# -- hand back ------------------------------------------------------------------------------------------------------


def test_F08_after_hand_back_the_bot_offers_to_go_on_where_it_was(product: Product) -> None:
    sam = _taken_over(product)
    amari(product).presses(card(amari(product), "Hand back"), "Hand back")
    sam.sees("From now on it is me again")
    sam.sees("go on where we were")
    tap(sam, "Go on", "Are you thinking about ending your life")
    assert status(product) == "taken_over"


def test_F08_hand_back_when_nobody_has_taken_over_is_explained(product: Product) -> None:
    sam = _taken_over(product)
    old = card(amari(product), "Hand back")
    for _ in range(2):
        amari(product).presses(old, "Hand back")
    product.slack.wait_for(lambda: "nothing to hand back" in amari(product).screen())
    assert sam.screen().count("From now on it is me again") == 1


# -- nobody waits without being told --------------------------------------------------------------------------------


def test_F08_ten_minutes_without_an_answer_are_told_and_the_ladder_climbs_again(product: Product) -> None:
    sam = _taken_over(product)
    before = sam.last.message_id
    _replies(product, sam, "are you there?")
    product.push(minutes=9, seconds=59)
    _replies(product, sam, "hello?")  # a second message must not begin the ten minutes anew
    product.push(seconds=2)
    line = sam.sees("Dr Amari has not answered for ten minutes", after=before)
    assert "999" in line.text
    amari(product).sees("has waited ten minutes")
    product.push(minutes=10)
    product.slack.user("U0BELLO").sees("Case 1")


def test_F08_an_answer_stops_the_ten_minutes(product: Product) -> None:
    sam = _taken_over(product)
    _replies(product, sam, "are you there?")
    product.push(minutes=9)
    writes_to_client(amari(product), "I am.")
    sam.sees("From Dr Amari: I am.")
    product.push(minutes=20)
    _replies(product, sam, "good")
    assert "has not answered" not in sam.screen()
    assert "reopened" not in history(product)


def test_F08_whoever_writes_after_the_ten_minutes_has_the_case_again_and_it_keeps_a_deadline(product: Product) -> None:
    sam = _taken_over(product)
    _replies(product, sam, "are you there?")
    product.push(minutes=11)
    sam.sees("has not answered for ten minutes")
    writes_to_client(amari(product), "Sorry, I am here.")
    sam.sees("From Dr Amari: Sorry, I am here.")
    assert status(product) == "taken_over"
    product.push(minutes=61)
    product.slack.wait_for(lambda: history(product).count("reopened") == 2)


# -- deadlines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("press", "becomes", "hours"),
    [
        ("Acknowledge", "acknowledged", 0.25),
        ("Take over", "taken_over", 1),
        ("Contact made", "contact_made", 24),
        ("No answer", "no_answer", 1),
    ],
)
def test_F01_each_step_that_is_not_followed_by_the_next_opens_the_case_again(
    product: Product, press: str, becomes: str, hours: float
) -> None:
    at_risk(product)
    if press in ("Contact made", "No answer"):
        amari(product).presses(card(amari(product)), "Take over")
        happened(product, "taken_over")
    amari(product).presses(card(amari(product), press), press)
    product.slack.wait_for(lambda: status(product) == becomes)
    product.push(hours=hours, seconds=-1)
    assert "reopened" not in history(product)
    product.push(seconds=2)
    happened(product, "reopened")
    amari(product).sees("Open again, the deadline has passed")


# -- stale, double and lost presses ---------------------------------------------------------------------------------


def test_F02_a_second_take_over_is_explained_and_changes_nothing(product: Product) -> None:
    sam = at_risk(product)
    bello, old = product.slack.user("U0BELLO"), card(amari(product))
    amari(product).presses(old, "Take over", times=2)
    sam.sees("Dr Amari is taking this on")
    team = product.slack.channel("C0TEAM").messages[0]
    bello.presses(team, "Take over") if "Take over" in team.buttons else bello.commands("/rapport", "ack 1", "C0TEAM")
    product.slack.wait_for(lambda: "is with *Dr Amari* already" in bello.screen())
    assert history(product).count("taken_over") == 1
    assert sam.screen().count("is taking this on") == 1


def test_F02_a_press_on_a_closed_case_is_explained(product: Product) -> None:
    sam, old = at_risk(product), card(amari(product))
    view = dialog(amari(product), "Resolve", "What came of it")
    amari(product).submits(view, {"outcome": "session_booked"})
    sam.sees("closed it on the clinic's side")
    amari(product).presses(old, "Take over")
    product.slack.wait_for(lambda: "Case 1 is closed" in amari(product).screen())
    assert status(product) == "resolved"


def test_H12_the_same_dialog_brought_twice_writes_once(product: Product) -> None:
    sam = _taken_over(product)
    view = dialog(amari(product), "Write to client", "Your message to the client")
    sent = amari(product).submits(view, {"text": "Once only."})
    sam.sees("From Dr Amari: Once only.")
    product.slack.again(sent)
    writes_to_client(amari(product), "And then this.")
    sam.sees("From Dr Amari: And then this.")
    assert sam.screen().count("Once only.") == 1


def test_F02_a_lost_press_can_be_made_again(product: Product) -> None:
    sam = at_risk(product)
    product.slack.lose_next_press()
    assert amari(product).presses(card(amari(product)), "Take over").lost
    amari(product).presses(card(amari(product)), "Take over")
    sam.sees("Dr Amari is taking this on")


def test_F02_who_was_too_slow_for_slack_is_told_to_press_again(product: Product, expects_log: ExpectsLog) -> None:
    expects_log("dialog_not_opened")
    at_risk(product)
    hold = product.slack.slow_next("views.open")
    amari(product).presses(card(amari(product)), "Reveal")
    hold.wait_until_reached()
    product.slack.expire_triggers()
    hold.release()
    product.slack.wait_for(lambda: "press the button on case 1 once more" in amari(product).screen())
    assert RISKY not in amari(product).screen()
    dialog(amari(product), "Reveal", RISKY)


def test_an_empty_message_is_not_sent_and_the_dialog_says_so(product: Product) -> None:
    sam = _taken_over(product)
    view = dialog(amari(product), "Write to client", "Your message to the client")
    amari(product).submits(view, {"text": "   "})
    product.slack.wait_for(lambda: "Write something first." in amari(product).modal.errors.values())
    assert "From Dr Amari" not in sam.screen()


# -- how it ends ----------------------------------------------------------------------------------------------------


def test_a_colleague_to_whom_the_case_was_handed_over_is_named_to_the_client_when_they_take_over(
    product: Product,
) -> None:
    sam = _taken_over(product)
    amari(product).submits(dialog(amari(product), "Hand over", "Dr Bello"), {"to": "bello"})
    bello = product.slack.user("U0BELLO")
    bello.presses(card(bello, "Take over"), "Take over")
    sam.sees("Dr Bello is taking this on")
    writes_to_client(bello, "Hello, this is me now.")
    sam.sees("From Dr Bello: Hello, this is me now.")


def test_resolving_ends_the_conversation_with_the_person_and_the_bot_goes_on_as_before(product: Product) -> None:
    sam = member(product)
    writes(sam, "/checkin", "How have you been")
    sam.says(RISKY)
    sam.sees("Are you thinking about ending your life")
    amari(product).presses(card(amari(product)), "Take over")
    sam.sees("Dr Amari is taking this on")
    amari(product).submits(dialog(amari(product), "Resolve", "What came of it"), {"outcome": "safe_plan_agreed"})
    sam.sees("closed it on the clinic's side")
    sam.sees("go on where we were")
    tap(sam, "Go on", "How have you been")
    tap(sam, "Good", "What has helped you")


def test_a_stopped_and_started_product_still_knows_who_has_taken_over(product: Product) -> None:
    sam = _taken_over(product)
    product.stop()
    product.start()
    _replies(product, sam, "are you there?")
    product.push(minutes=11)
    sam.sees("Dr Amari has not answered for ten minutes")
