"""The check-in between sessions, as a client lives it."""

from datetime import UTC, datetime

from storage import answers
from storage.tables import clients
from support.journey import joined, tap, writes
from support.product import Product


def _answers(product: Product) -> dict[str, object]:
    assert product.app is not None
    (client,) = product.rows(clients.select())
    with product.app.store.database.transaction() as connection:
        found = answers.of(connection, product.app.store.cipher, "riverside", f"client:{client.id}")
    return {state: value for _at, flow, state, value in found if flow == "check_in"}


def test_S38_a_check_in_asks_four_things_and_closes_warmly(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    tap(sam, "Good", "What has helped you")
    writes(sam, "Walking in the rain", "what got in the way")
    writes(sam, "skip", "anything you would like Dr Amari to know")
    writes(sam, "The new job", "You matter to the team")
    assert _answers(product) == {"mood": "good", "helped": "Walking in the rain", "for_clinician": "The new job"}


def test_S28_one_typed_word_is_an_answer_too(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    writes(sam, "not today", "Telling me counts too")
    assert _answers(product) == {"mood": "not_today"}


def test_S38_the_check_in_comes_at_the_clinics_hour_on_the_clients_clock(product: Product) -> None:
    sam = joined(product)
    product.clock.set(datetime(2026, 3, 2, 17, 59, tzinfo=UTC))
    product.clock.push(minutes=1)  # Monday 18:00 in London
    sam.sees("This is your check-in from Riverside")


def test_F07_a_reminder_comes_once_and_a_late_answer_is_taken(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    product.push(hours=20)  # six in the morning: quiet hours hold the reminder until nine
    product.clock.set(datetime(2026, 3, 3, 9, 0, tzinfo=UTC))
    sam.sees("No rush")
    product.push(hours=8)
    before = sam.last.message_id
    sam.presses("Okay", message_id=next(m.message_id for m in sam.messages if "How have you been since" in m.text))
    sam.sees("What has helped you", after=before)


def test_F07_the_buttons_of_an_answered_question_give_way_to_the_choice(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    question = sam.last.message_id
    tap(sam, "Good", "What has helped you")
    answered = product.telegram.wait_for(
        lambda: next(m for m in sam.messages if m.message_id == question and not m.buttons)
    )
    assert answered.text.endswith("✓ 🙂 Good")


def test_F07_an_old_button_is_answered_kindly_and_changes_nothing(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    old = next(data for row in sam.last.data for data in row if data.endswith(":low"))
    message = sam.last.message_id
    tap(sam, "Good", "What has helped you")
    tap(sam, "Skip", "what got in the way")
    before = sam.last.message_id
    sam.presses_data(message, old)
    sam.sees("belongs to an earlier message", after=before)
    assert _answers(product) == {"mood": "good"}


def test_F07_a_second_tap_changes_nothing(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    before = sam.last.message_id
    sam.presses("Good", times=2)
    sam.sees("What has helped you", after=before)
    tap(sam, "Skip", "what got in the way")
    assert sam.screen().count("What has helped you") == 1


def test_an_unanswered_check_in_ends_without_a_word(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    asked = sam.last.message_id
    product.push(days=2, hours=1)
    product.telegram.wait_for(lambda: not any(m.buttons for m in sam.messages if m.message_id == asked))
    assert "failed" not in sam.screen()


def test_F06_help_in_the_middle_keeps_the_place(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    writes(sam, "help", "This is what I can do")
    before = sam.last.message_id
    sam.presses("Low")
    sam.sees("What has helped you", after=before)


def test_F06_a_look_at_privacy_offers_to_go_on_afterwards(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/checkin", "How have you been")
    writes(sam, "/pause", "break")
    tap(sam, "No break after all", "go on where we were")
    tap(sam, "Go on", "How have you been")


def test_F05_a_pause_holds_the_check_ins_until_it_is_over(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/pause", "break")
    tap(sam, "A week", "break")
    product.push(days=4)
    product.clock.set(datetime(2026, 3, 9, 10, 30, tzinfo=UTC))
    sam.sees("Your break is over")
    assert "This is your check-in from" not in sam.screen()


def test_stop_ends_the_clinics_messages_and_start_brings_them_back(product: Product) -> None:
    sam = joined(product)
    writes(sam, "/stop", "stop")
    tap(sam, "Yes", "/start")
    product.push(days=8)
    writes(sam, "/start", "Welcome back")
    assert "This is your check-in from" not in sam.screen()


def test_S34_somebody_who_holds_back_is_shown_who_reads_this_and_only_once(product: Product) -> None:
    sam = joined(product)
    for _time in range(2):
        writes(sam, "/checkin", "How have you been")
        tap(sam, "Good", "What has helped you")
        tap(sam, "Skip", "what got in the way")
        tap(sam, "Skip", "anything you would like")
        tap(sam, "Skip", "You matter to the team")
    offers = [message for message in sam.messages if "If you wonder who reads this" in message.text]
    assert len(offers) == 1
    before = sam.last.message_id
    sam.presses("Who sees what", message_id=offers[0].message_id)
    sam.sees("What would you like to know about your privacy", after=before)
