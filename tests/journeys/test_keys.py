"""A value that cannot be opened (law 5, H04): its client is still heard, nobody else waits, and it is told loudly."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import Table, select, update

from bot import intake, watch
from bot.channels.base import Inbound
from bot.cli import rapport
from bot.errors import BotError
from bot.settings import VARIABLES
from fakes.phone import FakeUser
from fixtures.logs import ExpectsLog
from flows.events import TextReceived
from storage.cipher import Cipher, new_key
from storage.tables import chats, clients, conversations, inbox, outbox
from support.desk import RISKY, amari, at_risk, card, happened, history, member
from support.journey import writes
from support.product import Product
from support.second_path import SecondPath

PLACES = {
    inbox: ("id", "inbox|body", "body_sealed"),
    outbox: ("id", "outbox|body", "body_sealed"),
    conversations: ("subject", "conversations|state", "state_sealed"),
    clients: ("id", "clients|profile", "profile_sealed"),
    chats: ("id", "chats|address", "address_sealed"),
}


class Lost:
    """Seals rows with a key that the product does not have; `found` puts everything back."""

    def __init__(self, product: Product) -> None:
        assert product.app is not None
        self.product, self.cipher, self.other = product, product.app.store.cipher, Cipher([new_key()])
        self._before: list[tuple[Any, bytes]] = []

    def seal(self, table: Table, **where: Any) -> None:
        key, place, column = PLACES[table]
        wanted = [table.c[name] == value for name, value in where.items()]
        rows = self.product.rows(select(table.c.clinic_id, table.c[key], table.c[column]).where(*wanted))
        assert rows
        for clinic, name, sealed in rows:
            value = self.cipher.open(f"{clinic}|{place}|{name}", sealed)
            self._write(table, key, name, column, self.other.seal(f"{clinic}|{place}|{name}", value))
            self._before.append(((table, key, name, column), sealed))

    def found(self) -> None:
        for where, sealed in self._before:
            self._write(*where, sealed)

    def _write(self, table: Table, key: str, name: Any, column: str, sealed: bytes) -> None:
        change = update(table).where(table.c[key] == name).values({column: sealed})
        self.product.rows(change.returning(table.c[key]))


def _two(product: Product) -> tuple[FakeUser, FakeUser, Lost]:
    return member(product), member(product, 43, "Kim"), Lost(product)


def _first(product: Product) -> str:
    """The id of the client who joined first."""
    return str(product.rows(select(clients.c.id).order_by(clients.c.chat_id))[0].id)


def _look(product: Product) -> int:
    """One look of the watch."""
    assert product.app is not None
    return watch.check(product.app.store, product.app.shelf, product.clock.now())


def _ready(product: Product) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{product.port}/ready", timeout=10)


def _arrives(product: Product, text: str, user: int, number: str) -> None:
    assert product.app is not None
    event = TextReceived(at=product.clock.now(), text=text)
    intake.accept(
        product.app.store, [Inbound("riverside", "telegram", "111", number, event, str(user))], product.clock.now()
    )


@pytest.mark.parametrize("table", [clients, conversations])
def test_H04_one_client_s_lost_key_keeps_no_other_s_alert_and_not_even_their_own(
    product: Product, expects_log: ExpectsLog, table: Table
) -> None:
    expects_log("batch_failed", "value_unreadable", "step_failed")
    sam, kim, lost = _two(product)
    mine = {"id": _first(product)} if table is clients else {"client_id": _first(product)}
    lost.seal(table, **mine)
    before = product.rows(select(table).where(*(table.c[name] == value for name, value in mine.items())))
    sam.says(f"{RISKY} under the purple umbrella")
    kim.says(RISKY)
    for user in (sam, kim):
        user.sees("passing this to Dr Amari's team")
    kim.sees("Are you thinking about ending your life")
    for number in (1, 2):
        card(amari(product), number=number)
    assert product.rows(select(table).where(*(table.c[name] == value for name, value in mine.items()))) == before
    assert _ready(product).status_code == 503
    lost.found()
    product.push(minutes=5)
    sam.sees("Are you thinking about ending your life")
    assert history(product).count("opened") == 2


def test_H04_a_text_that_cannot_be_opened_is_an_alert_after_a_minute(product: Product, expects_log: ExpectsLog) -> None:
    expects_log("batch_failed", "value_unreadable", "text_unscreened")
    sam, kim, lost = _two(product)
    product.stop()
    _arrives(product, "good morning", 42, "x1")
    _arrives(product, RISKY, 43, "x2")
    lost.seal(inbox, external_id="x1")
    product.start()
    kim.sees("Are you thinking about ending your life")
    card(amari(product))
    product.push(seconds=61)
    assert _look(product) == 1
    assert card(amari(product), number=2).holds("could not be checked")
    sam.sees("passing this to Dr Amari's team")
    assert _ready(product).json()["unreadable_events"] == 1
    lost.found()
    product.push(minutes=5)
    product.telegram.wait_for(lambda: _ready(product).status_code == 200)


def test_H02_the_ladder_of_a_case_climbs_although_its_conversation_cannot_be_opened(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("batch_failed", "value_unreadable")
    sam = at_risk(product)
    Lost(product).seal(conversations, client_id=_first(product))
    product.push(minutes=11)
    card(product.slack.user("U0BELLO"))
    amari(product).presses(card(amari(product), "Acknowledge"), "Acknowledge")
    happened(product, "acknowledged")
    sam.sees("Dr Amari knows about it now")


def test_H04_a_card_that_cannot_be_opened_holds_up_no_other_card(
    product: Product, beside: SecondPath, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent", "value_unreadable")
    sam, kim, lost = _two(product)
    product.slack.fail_always("chat.postMessage", status=503)
    sam.says(RISKY)
    happened(product, "delivered")  # the mail
    lost.seal(outbox, kind="card", chat="slack:U0AMARI")
    product.slack.heal()
    kim.says(RISKY)
    kim.sees("passing this to Dr Amari's team")
    product.push(seconds=31)
    card(amari(product), number=2)
    assert [row.error for row in product.rows(select(outbox.c.error).where(outbox.c.error != ""))] != []
    assert len(beside.mails) >= 1
    lost.found()
    product.push(minutes=1)
    card(amari(product), number=1)


def test_H04_an_address_that_cannot_be_opened_keeps_nobody_else_s_answer(
    product: Product, expects_log: ExpectsLog
) -> None:
    expects_log("not_sent", "value_unreadable")
    sam, kim, lost = _two(product)
    lost.seal(chats, client_id=_first(product))
    sam.says("/help")
    writes(kim, "/help", "This is what I can do")
    assert not sam.messages
    lost.found()
    product.push(minutes=1)
    sam.sees("This is what I can do")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which nothing of Rapport stands."""
    for name in VARIABLES:
        monkeypatch.delenv(name.rstrip("*"), raising=False)


@pytest.mark.usefixtures("elsewhere")
def test_a_key_that_is_missing_is_named_at_the_start_and_by_the_check(stopped_product: Product) -> None:
    product, line = stopped_product, "RAPPORT_KEYS lacks a key that 1 client is sealed with; put it back at the end"
    product.open()
    product.invite()
    product.close()
    old, product.keys = product.keys, new_key()
    with pytest.raises(BotError, match=line):
        product.open()
    assert line in CliRunner().invoke(rapport, ["check"], env=product.settings()).output
    product.keys = f"{product.keys},{old}"
    product.open()
    product.close()
    assert "lacks a key" not in CliRunner().invoke(rapport, ["check"], env=product.settings()).output
