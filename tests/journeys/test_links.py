"""A joining link, and what is written before it has had its turn."""

from sqlalchemy import select

from bot.channels.base import Inbound, LinkOpened, TextReceived
from bot.intake import accept
from bot.invite import invite
from bot.turn import take_turns
from storage.tables import alerts, inbox
from support.product import Product

RISKY = "I am going to kill myself tonight"


def _update(product: Product, number: int, chat: int, token: str = "") -> Inbound:
    at = product.clock.now()
    event = LinkOpened(at=at) if token else TextReceived(at=at, text=RISKY)
    return Inbound("riverside", "telegram", "111", f"{number}", event, str(chat), token)


def test_H01_a_text_right_behind_the_link_is_the_clients_and_opens_a_case(stopped_product: Product) -> None:
    app = stopped_product.open()
    token = invite(app, "riverside", "amari", "Sam").token
    accept(app.store, [_update(stopped_product, 1, 42, token), _update(stopped_product, 2, 42)], app.clock.now())
    while take_turns(app.store, app.shelf, app.clock.now()):
        pass
    assert len(stopped_product.rows(select(alerts))) == 1
    stopped_product.close()


def test_F25_who_is_a_moment_too_late_with_a_link_is_answered_as_the_stranger_they_are(
    stopped_product: Product,
) -> None:
    app = stopped_product.open()
    token = invite(app, "riverside", "amari", "Sam").token
    both = [_update(stopped_product, n, chat, token) for n, chat in enumerate((42, 43))]
    accept(app.store, [*both, _update(stopped_product, 2, 43)], app.clock.now())
    while take_turns(app.store, app.shelf, app.clock.now()):
        pass
    assert stopped_product.rows(select(alerts)) == []
    (refiled,) = stopped_product.rows(select(inbox).where(inbox.c.external_id.endswith("refiled")))
    assert refiled.subject.startswith("chat:")
    stopped_product.close()
