"""Hazards that only show with the database, Telegram and Slack around the core."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from bot.app import EXAMPLES
from bot.packs import build, read_catalogue, read_pack
from bot.stepped import step, unchecked
from flows.conversation import Client, Subject
from storage.conversations import Loaded
from storage.inbox import Due
from storage.tables import alerts
from support.clock import MONDAY_TEN
from support.desk import RISKY, amari, at_risk, card, dialog, happened, history, member
from support.product import Product

HURT = "my husband hits me"


def _closed_as_false_alarm(product: Product) -> None:
    dialog(amari(product), "False alarm", "False alarm")
    amari(product).submits(values={"reason": "idiom"})
    happened(product, "false_alarm")


def test_H01_a_yes_on_an_old_question_opens_a_new_case(product: Product) -> None:
    sam = at_risk(product)
    question = sam.sees("Are you thinking about ending your life")
    yes = next(data for label, data in question.data if label == "Yes")
    _closed_as_false_alarm(product)
    sam.sees("closed it on the clinic's side")
    before = sam.last.message_id
    sam.presses_data(question.message_id, yes)
    sam.sees("Have you thought about how or when", after=before)
    rows = product.rows(select(alerts.c.number, alerts.c.tier, alerts.c.status).order_by(alerts.c.number))
    assert [tuple(row) for row in rows] == [(1, "high", "false_alarm"), (2, "imminent", "open")]


def test_H16_a_press_on_an_old_card_leaves_the_closed_case_as_it_was(product: Product) -> None:
    sam = at_risk(product)
    _closed_as_false_alarm(product)
    sam.sees("closed it on the clinic's side")
    (before,) = product.rows(select(alerts))
    product.push(hours=3)
    amari(product).commands("/rapport", "ack 1")
    product.slack.wait_for(lambda: "is closed" in amari(product).screen())
    assert product.rows(select(alerts)) == [before]
    assert history(product)[-1] == "false_alarm"


def test_H08_a_message_about_harm_shows_nothing_more_until_the_tap(product: Product) -> None:
    sam = member(product)
    sam.says(HURT)
    sam.sees("Tap when you can read alone")
    first = sam.last.message_id
    card(amari(product))
    happened(product, "delivered", 2)
    amari(product).presses(card(amari(product)), "Acknowledge")
    happened(product, "acknowledged")
    product.telegram.wait_for(lambda: not product.telegram.waiting())
    assert sam.last.message_id == first
    sam.presses("I can read alone now")
    sam.sees("Dr Amari knows about it now")
    sam.sees("Is someone hurting you or threatening you")


def test_H01_reveal_shows_what_was_said_in_several_messages(product: Product) -> None:
    sam = member(product)
    sam.says("the blue notebook is for my sister")
    sam.sees("I can't answer that myself")
    sam.says(RISKY)
    dialog(amari(product), "Reveal", "the blue notebook is for my sister")
    assert RISKY in amari(product).screen()


def test_H07_slash_crisis_shows_the_numbers_at_once(product: Product) -> None:
    sam = member(product)
    sam.says("/crisis")
    sam.sees("If you are in danger now, call 999")
    sam.sees("What would help now?")
    sam.says("I need help now")
    sam.sees("passing this to Dr Amari's team now")
    card(amari(product))


def test_H04_a_text_that_was_alerted_unread_still_counts_for_what_it_says() -> None:
    pack = build(read_catalogue(), read_pack(EXAMPLES / "riverside"), {})
    body = {"text": "I have taken all the pills just now", "kind": "text", "language": "en"}
    when = (MONDAY_TEN, MONDAY_TEN)
    due = Due("riverside", 7, "client:c1", "telegram", "1", "TextReceived", 1, *when, 0, False, 0, body)
    sam = Subject("client:c1", Client("c1", "Sam", "amari", status="active", zone="Europe/London", chat=1), chat=1)
    unread = unchecked(due, Loaded("riverside", sam, 1), pack, MONDAY_TEN)
    assert unread.subject.alert is not None
    assert unread.subject.alert.category == "unchecked"
    later = replace(due, screened=True, attempts=1)
    read = step(later, Loaded("riverside", unread.subject, 2), pack, MONDAY_TEN, {})
    assert read.subject.alert is not None
    assert (read.subject.alert.tier, read.subject.alert.status) == ("imminent", "open")
    again = step(later, Loaded("riverside", read.subject, 3), pack, MONDAY_TEN, {})
    assert again.subject.alert == read.subject.alert
