"""Somebody without a link: a kind answer, the emergency number; nothing is kept but what they choose to leave (F25)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from fakes.phone import FakeUser
from fixtures.logs import ExpectsLog
from storage import answers
from storage.tables import alerts, audit, chats, clients, clinics, contacts, conversations, inbox, metadata, outbox
from support.desk import RISKY, member
from support.journey import tap, writes
from support.product import Product, running

NUMBER = 987654321012  # a Telegram id that is like no other number in the database
WORDS = "purple umbrella"


def _stranger(product: Product, user: int = NUMBER) -> FakeUser:
    return product.telegram.chat(user)


def _everything(product: Product) -> str:
    """Every value of every row, as it lies there."""
    rows = [row for table in metadata.sorted_tables for row in product.rows(select(table))]
    return "\n".join(str(value) for row in rows for value in row)


def _forgotten(product: Product) -> None:
    """Wait until the chat is gone, then look for what may be left of it."""
    product.telegram.wait_for(lambda: not product.rows(select(chats)))
    assert not [row for row in product.rows(select(conversations)) if row.subject.startswith("chat:")]
    for table in (inbox, outbox):
        rows = [row for row in product.rows(select(table)) if row.subject.startswith("chat:")]
        kept = [row for row in rows if row.body_sealed and getattr(row, "channel", "telegram") == "telegram"]
        assert not kept, f"{table.name} keeps a stranger's words"
    left = _everything(product)
    assert WORDS not in left
    assert str(NUMBER) not in left


def _front_desk(product: Product) -> str:
    return "\n".join(message.words for message in product.slack.channel("C0DESK").messages)


def _kept_contacts(product: Product) -> list[tuple[str, Any]]:
    """What strangers left, opened with the key."""
    assert product.app is not None
    store = product.app.store
    with store.database.transaction() as connection:
        rows = [row.id for row in connection.execute(select(contacts).order_by(contacts.c.id))]
        found = [answers.contact_of(connection, store.cipher, "riverside", row) for row in rows]
    return [(reason, details) for _at, reason, details in filter(None, found)]


# -- nothing is kept ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("says", ["/start", WORDS, "/checkin"])
def test_F25_a_stranger_gets_a_kind_answer_and_the_emergency_number(product: Product, says: str) -> None:
    sam = _stranger(product)
    sam.says(says)
    said = sam.sees("I don't know you yet").text
    assert "I am a program" in said
    assert "the emergency number in United Kingdom is 999" in said
    assert sam.last.labels == ["I'm a client here", "I'd like an appointment"]
    _forgotten(product)


def test_F25_a_stranger_at_risk_gets_numbers_and_the_truth_that_nobody_was_told(product: Product) -> None:
    sam = _stranger(product)
    sam.says(f"{RISKY}, {WORDS}")
    said = sam.sees("could not tell any clinician").text
    for words in ("Thank you for telling me", "999", "116 123"):
        assert words in said
    assert "passing this to" not in said
    assert sam.last.labels == ["I'm a client here", "I'd like an appointment"]
    _forgotten(product)
    assert product.rows(select(alerts)) == []
    assert not product.slack.calls("chat.postMessage")


@pytest.mark.parametrize("sends", ["voice", "photo", "edit", "block"])
def test_F25_whatever_a_stranger_sends_is_forgotten(product: Product, sends: str) -> None:
    sam = _stranger(product)
    mine = sam.says("hello")
    sam.sees("I don't know you yet")
    _forgotten(product)
    before = sam.last.message_id
    if sends == "block":
        sam.blocks_bot()
    else:
        ways = {
            "voice": sam.sends_voice,
            "photo": lambda: sam.sends_photo(WORDS),
            "edit": lambda: sam.edits(mine, WORDS),
        }
        ways[sends]()
        sam.sees("I don't know you yet", after=before)
    product.telegram.wait_for(lambda: not product.telegram.waiting() and len(product.rows(select(inbox))) == 2)
    _forgotten(product)


def test_F25_strangers_are_counted_and_an_update_that_comes_twice_is_answered_once(product: Product) -> None:
    sam = _stranger(product)
    sam.says(WORDS)
    sam.sees("I don't know you yet")
    _forgotten(product)
    product.telegram.repeat(product.telegram.bot().history[0]["update_id"])
    product.telegram.wait_for(lambda: not product.telegram.waiting())
    _forgotten(product)
    assert len(sam.messages) == 1
    assert [row.strangers for row in product.rows(select(clinics))] == [1]


# -- leaving name and number ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "reason", "told"),
    [
        ("I'm a client here", "client_here", "a client here"),
        ("I'd like an appointment", "appointment", "an appointment"),
    ],
)
def test_F25_with_consent_name_and_number_are_kept_sealed_and_the_front_desk_is_told_without_them(
    product: Product, button: str, reason: str, told: str
) -> None:
    sam = _stranger(product)
    sam.says("/start")
    sam.sees("I don't know you yet")
    tap(sam, button, "May I keep your name and phone number")
    tap(sam, "Yes, you may", "What is your name")
    writes(sam, "Ezra Thornfield", "Which number")
    writes(sam, "020 7946 0957", "I am passing your name and number")
    product.slack.wait_for(lambda: told in _front_desk(product))
    assert "Thornfield" not in str([call.params for call in product.slack.requests])
    assert _kept_contacts(product) == [(reason, {"name": "Ezra Thornfield", "phone": "+44 20 7946 0957"})]
    _forgotten(product)
    assert "Thornfield" not in _everything(product)


def test_F25_a_stranger_is_forgotten_though_slack_cannot_be_told_of_them_yet(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent")
    product.slack.fail_always("chat.postMessage", status=500)
    sam = _stranger(product)
    sam.says("/start")
    sam.sees("I don't know you yet")
    tap(sam, "I'd like an appointment", "May I keep your name")
    tap(sam, "Yes, you may", "What is your name")
    writes(sam, "Ezra Thornfield", "Which number")
    writes(sam, "020 7946 0957", "I am passing your name and number")
    _forgotten(product)
    product.slack.heal()
    product.push(minutes=6)
    product.slack.wait_for(lambda: "an appointment" in _front_desk(product))


@pytest.mark.parametrize("way", ["no", "no number", "silence"])
def test_F25_whoever_declines_or_falls_silent_is_forgotten(product: Product, way: str) -> None:
    sam = _stranger(product)
    sam.says("/start")
    sam.sees("I don't know you yet")
    tap(sam, "I'd like an appointment", "May I keep your name")
    if way == "no":
        tap(sam, "No, thank you", "I keep nothing")
    else:
        tap(sam, "Yes, you may", "What is your name")
        writes(sam, WORDS, "Which number")
    if way == "no number":
        tap(sam, "Skip", "I keep nothing")
    elif way == "silence":
        product.push(days=1, minutes=1)
    _forgotten(product)
    assert _kept_contacts(product) == []


def test_F25_risk_in_the_middle_of_leaving_a_number_gets_the_numbers_and_is_no_name(product: Product) -> None:
    sam = _stranger(product)
    sam.says("/start")
    sam.sees("I don't know you yet")
    tap(sam, "I'd like an appointment", "May I keep your name")
    tap(sam, "Yes, you may", "What is your name")
    writes(sam, RISKY, "could not tell any clinician")
    writes(sam, "Ezra Thornfield", "Which number")
    writes(sam, "not a number", "does not look like a phone number")
    writes(sam, "020 7946 0957", "I am passing your name and number")
    assert [details["name"] for _reason, details in _kept_contacts(product)] == ["Ezra Thornfield"]
    _forgotten(product)


# -- links ----------------------------------------------------------------------------------------------------------


def test_an_unknown_link_is_told_kindly_and_nothing_is_kept(product: Product) -> None:
    sam = _stranger(product)
    sam.opens("nobody-made-this-link")
    assert "This link does not work any more" in sam.sees("I don't know you yet").text
    _forgotten(product)


def test_a_link_that_has_expired_or_was_used_lets_nobody_in(product: Product) -> None:
    old, used = product.invite("Kim"), product.invite("Lee")
    lee = product.telegram.chat(43)
    lee.opens(used)
    lee.sees("I am a program, not a person")
    product.push(days=7, minutes=1)
    for link in (old, used):
        sam = _stranger(product)
        before = sam.last.message_id if sam.messages else 0
        sam.opens(link)
        sam.sees("This link does not work any more", after=before)
    assert sorted(row.status for row in product.rows(select(clients))) == ["invited", "joining"]


def test_of_two_people_who_open_one_link_the_first_joins_and_nothing_is_kept_of_the_other(product: Product) -> None:
    link = product.invite("Sam")
    both = [product.telegram.chat(user) for user in (51, NUMBER)]
    for each in both:
        each.opens(link)
    for each in both:
        product.telegram.wait_for(lambda each=each: each.messages)
    assert ["I am a program, not a person" in each.messages[0].text for each in both] == [True, False]
    assert "This link does not work any more" in both[1].screen()
    assert "Sam" not in both[1].screen()
    product.telegram.wait_for(lambda: [row.client_id for row in product.rows(select(chats))] == [_only_client(product)])
    assert str(NUMBER) not in _everything(product)


def _only_client(product: Product) -> str:
    (row,) = product.rows(select(clients))
    return str(row.id)


def test_H17_a_link_opened_in_another_clients_chat_discloses_nothing_and_the_front_desk_is_told(
    product: Product,
) -> None:
    sam = member(product)
    sam.opens(product.invite("Kim Quill"))
    sam.sees("This link can't be opened in this chat")
    product.slack.wait_for(lambda: "The link for *K.Q.* was opened in a chat that belongs" in _front_desk(product))
    assert "Kim" not in sam.screen() + _front_desk(product)
    assert "link_in_linked_chat" in [row.action for row in product.rows(select(audit))]
    kim = product.telegram.chat(43)
    kim.opens(product.invite("Lee"))
    kim.sees("I am a program, not a person")
    writes(sam, "/help", "This is what I can do")


def test_a_client_who_opens_their_own_link_again_is_simply_at_home(product: Product) -> None:
    sam, link = product.telegram.chat(42), product.invite("Sam")
    sam.opens(link)
    sam.sees("I am a program, not a person")
    before = sam.last.message_id
    sam.opens(link)
    sam.sees("", after=before)
    assert "does not work" not in sam.screen()
    assert len(product.rows(select(clients))) == 1


# -- words ----------------------------------------------------------------------------------------------------------


def test_F25_a_stranger_is_answered_in_the_language_of_their_app_if_the_clinic_offers_it(
    stopped_product: Product,
) -> None:
    stopped_product.drafts = True
    with running(stopped_product) as product:
        for user, app, words in ((61, "es-MX", "Soy un programa"), (62, "fr", "I am a program"), (63, None, "I am a")):
            sam = _stranger(product, user)
            sam.language_code = app
            sam.says("/start")
            sam.sees(words)
        _forgotten(product)
