"""What no rule can read: a picture, a voice note, a sticker. It may be a call for help, so the client is asked."""

from __future__ import annotations

from sqlalchemy import select

from storage.tables import alerts
from support.desk import RISKY, amari, card, happened, member
from support.journey import tap, writes
from support.product import Product

ASKED = "Are you safe?"


def test_H01_a_picture_is_asked_about_though_the_words_below_it_are_harmless(product: Product) -> None:
    sam = member(product)
    sam.sends_photo("look at this")
    sam.sees(ASKED)
    product.push(minutes=16)
    assert card(amari(product)).holds("cannot be checked")


def test_H01_words_below_a_picture_are_screened_like_any_other(product: Product) -> None:
    sam = member(product)
    sam.sends_photo(RISKY)
    card(amari(product))
    sam.sees("Are you thinking about ending your life")


def test_H01_a_picture_in_the_middle_of_a_check_in_is_no_answer_to_it(product: Product) -> None:
    sam = member(product)
    writes(sam, "/checkin", "How have you been")
    sam.sends_photo("good")
    sam.sees(ASKED)
    tap(sam, "Yes", "go on where we were")
    tap(sam, "Go on", "How have you been")


def test_H05_a_sticker_says_no_more_than_its_emoji_and_alarms_nobody(product: Product) -> None:
    sam = member(product)
    sam.sends_sticker("🙂")
    sam.sees("I can't answer that myself")
    assert product.rows(select(alerts)) == []


def test_a_no_to_the_question_makes_a_person_look_now(product: Product) -> None:
    sam = member(product)
    sam.sends_voice()
    sam.sees(ASKED)
    sam.presses("No")
    card(amari(product))
    sam.sees("999")
    happened(product, "opened")
