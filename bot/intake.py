"""accept(): the only door in. Every update is stored, each once, before anybody tells the platform that it has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.channels.base import Inbound, LinkOpened, StaffActed
from flows.events import Event, LinkRefused, write
from storage import alerts, answers, chats, inbox, invitations
from storage.cards import cases_of
from storage.chats import Address, Chat
from storage.inbox import Arrival
from storage.invitations import Invitation
from storage.store import Store


@dataclass(frozen=True, slots=True)
class _Known:
    """What the door looks up, once for the whole batch."""

    chats: Mapping[Address, Chat]
    joining: dict[tuple[str, int], str]  # (clinic, chat) -> the client whose link was just opened there
    links: Mapping[tuple[str, str], Invitation]
    cards: Mapping[tuple[str, str], int]  # (clinic, a message of ours in Slack) -> the case it is about
    papers: Mapping[tuple[str, str], str]  # (clinic, a note) -> its subject
    cases: Mapping[tuple[str, int], str]  # (clinic, case) -> its subject


def accept(store: Store, inbounds: Sequence[Inbound], now: datetime) -> int:
    """Store updates in one commit. Returns how many were new; doubles change nothing."""
    if not inbounds:
        return 0
    before = store.ids.new()
    with store.database.transaction() as connection:
        known = _look_up(connection, store, inbounds, now)
        arrivals = [_arrival(inbound, known, now) for inbound in inbounds]
        count = inbox.accept(connection, store.cipher, store.ids, arrivals)
        if count < len(arrivals):
            _forget_doubles(connection, arrivals, before)
        store.database.wake(connection)
    return count


def _forget_doubles(connection: Connection, arrivals: Sequence[Arrival], before: int) -> None:
    """The double of an update whose sender was forgotten meanwhile must not bring the address back."""
    wanted = {(a.clinic, a.chat) for a in arrivals if a.subject != f"chat:{a.chat}"}
    for clinic, chat in {(a.clinic, a.chat) for a in arrivals if a.chat > before} - wanted:
        chats.drop_unused(connection, clinic, chat)


def _look_up(connection: Connection, store: Store, inbounds: Sequence[Inbound], now: datetime) -> _Known:
    addresses = [_address(i) for i in inbounds if i.address]
    tokens = [(i.clinic, i.token) for i in inbounds if i.token]
    acts = [(i.clinic, i.event) for i in inbounds if isinstance(i.event, StaffActed)]
    cards = cases_of(connection, [(clinic, act.values["card"]) for clinic, act in acts if "card" in act.values])
    papers = [(clinic, act.values["paper"]) for clinic, act in acts if "paper" in act.values]
    numbers = {(clinic, _case(clinic, act, cards)) for clinic, act in acts} - {(clinic, 0) for clinic, _act in acts}
    cases = alerts.by_number(connection, list(numbers))
    found = chats.find_or_add(connection, store.cipher, store.ids, addresses, now)
    strangers = [(address.clinic, chat.id) for address, chat in found.items() if not chat.client]
    return _Known(
        found,
        inbox.joining(connection, strangers),
        invitations.find(connection, store.cipher, tokens) if tokens else {},
        cards,
        answers.subjects_of(connection, papers),
        {key: subject for key, (subject, _alert) in cases.items()},
    )


def _case(clinic: str, act: StaffActed, cards: Mapping[tuple[str, str], int]) -> int:
    """The case's number: given, or that of the message which was reacted or replied to."""
    return act.case or cards.get((clinic, act.values.get("card", "")), 0)


def _address(inbound: Inbound) -> Address:
    return Address(inbound.clinic, inbound.channel, inbound.bot, inbound.address)


def _arrival(inbound: Inbound, known: _Known, now: datetime) -> Arrival:
    chat = known.chats.get(_address(inbound)) if inbound.address else None
    event, subject = _resolve(inbound, known, chat, now)
    kind, body = write(event)
    client = subject.removeprefix("client:") if subject.startswith("client:") else ""
    return Arrival(
        inbound.clinic, inbound.channel, inbound.bot, inbound.external_id, subject, kind, body, now,
        chat.id if chat else 0, client,
    )  # fmt: skip


def _resolve(inbound: Inbound, known: _Known, chat: Chat | None, now: datetime) -> tuple[Event, str]:
    """The event as its subject will see it, and whose it is."""
    event = inbound.event
    if isinstance(event, LinkOpened) and chat:
        link = known.links.get((inbound.clinic, inbound.token))
        mine = link is not None and link.client == chat.client
        if link and (link.good(now) or mine):
            known.joining[inbound.clinic, chat.id] = f"client:{link.client}"
            return replace(event, holder=chat.client), f"client:{link.client}"
        return LinkRefused(at=event.at, language=event.language), chat.subject
    if isinstance(event, StaffActed):
        event = replace(event, case=_case(inbound.clinic, event, known.cards))
        paper = known.papers.get((inbound.clinic, event.values.get("paper", "")))
        return event, paper or known.cases.get((inbound.clinic, event.case), f"staff:{event.by}")
    if chat is None:
        return event, f"clinic:{inbound.clinic}"
    if chat.client:
        return event, chat.subject
    return event, known.joining.get((inbound.clinic, chat.id), chat.subject)
