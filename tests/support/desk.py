"""What many journeys do at the clinicians' side: a case is open, somebody looks at its card, its history is read."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from bot.invite import invite
from fakes.clinician import SlackUser, View
from fakes.phone import FakeUser
from fakes.workspace import Posted
from flows.conversation import Conversation
from flows.hours import next_at
from storage import chats, clients, conversations, inbox, invitations
from storage.chats import Address
from storage.inbox import Timer
from storage.tables import alert_events, alerts
from support.product import TELEGRAM_TOKEN, Product

RISKY = "I want to kill myself"


def member(product: Product, user: int = 42, name: str = "Sam", clinic: str = "riverside", **more: str) -> FakeUser:
    """A client who joined some time ago. The rows are written as joining would: that way is walked in test_joining."""
    app = product.app
    assert app is not None
    token = more.get("token", TELEGRAM_TOKEN)
    store, now = app.store, app.clock.now()
    invited = invite(app, clinic, more.get("clinician", "amari"), name)
    key = (clinic, f"client:{invited.client}")
    address = Address(clinic, "telegram", token.partition(":")[0], str(user))
    plan = app.shelf(clinic).world.clinic.check_in
    due = next_at(now, plan.days, plan.at, "Europe/London")
    with store.database.transaction() as connection:
        chat = chats.find_or_add(connection, store.cipher, store.ids, [address], now)[address].id
        chats.link(connection, clinic, chat, invited.client)
        invitations.redeem(connection, clinic, invited.client, now)
        client = clients.get(connection, store.cipher, clinic, invited.client)
        assert client is not None
        active = replace(client, status="active", zone="Europe/London", country="GB", chat=chat)
        clients.save(connection, store.cipher, [(clinic, active)])
        loaded = conversations.load(connection, store.cipher, [key])[key]
        begun = loaded.subject._replace(conversation=Conversation(channel="telegram", seen_at=now))
        conversations.save(connection, store.cipher, now, [replace(loaded, subject=begun)])
        inbox.set_timers(connection, store.ids, [Timer(*key, "check_in", due, 0, False, now)])
    return product.telegram.chat(user, token)


def at_risk(product: Product) -> FakeUser:
    """A client who has said something risky; the cards have reached Slack."""
    sam = member(product)
    sam.says(RISKY)
    card(amari(product))
    sam.sees("It has reached them")
    sam.sees("Are you thinking about ending your life")
    return sam


def amari(product: Product) -> SlackUser:
    """The assigned clinician."""
    return product.slack.user("U0AMARI")


def card(user: SlackUser, button: str = "", number: int = 1) -> Posted:
    """The card of a case in somebody's direct messages as it stands now, once it has this button."""

    def found() -> Posted:
        cards = [m for m in user.dms if f"Case {number} " in m.text and m.from_bot and not m.thread_ts]
        assert any(button in label for label in cards[0].buttons)
        return cards[0]

    return user.ws.server.wait_for(found)


def thread(user: SlackUser, number: int = 1) -> str:
    """All lines under somebody's card."""
    posted = card(user, number=number)
    return "\n".join(line.words for line in user.ws.channels[posted.channel].thread(posted))


def dialog(user: SlackUser, button: str, title: str) -> View:
    """Press a button of the card that opens a dialog, and wait until its content is there."""
    user.presses(card(user, button), button)
    return user.sees_modal(title)


def writes_to_client(user: SlackUser, text: str) -> None:
    """The Write to client dialog, filled in and sent."""
    view = dialog(user, "Write to client", "Your message to the client")
    user.submits(view, {"text": text})


def history(product: Product) -> list[str]:
    """What happened to the cases, in order."""
    return [row.action for row in product.rows(select(alert_events).order_by(alert_events.c.id))]


def happened(product: Product, action: str, times: int = 1) -> None:
    """Wait until the history has this so many times."""
    product.slack.wait_for(lambda: history(product).count(action) >= times)
    assert history(product).count(action) == times


def status(product: Product) -> str:
    """Where the newest case stands."""
    return str(product.rows(select(alerts.c.status).order_by(alerts.c.number))[-1].status)
