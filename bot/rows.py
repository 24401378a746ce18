"""What a batch of turns is about to write: gathered turn by turn, written in a few bulk statements."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from flows.conversation import Client
from flows.escalation import Alert
from storage import (
    alerts,
    answers,
    audit,
    candidates,
    chats,
    clients,
    conversations,
    erasure,
    inbox,
    invitations,
    measures,
    outbox,
)
from storage.conversations import Loaded
from storage.inbox import Arrival, Timer
from storage.outbox import Post
from storage.store import Store

Row = dict[str, Any]


@dataclass(slots=True)
class Rows:
    """Rows by table, in the order in which they were named."""

    conversations: list[Loaded] = field(default_factory=list)
    clients: list[tuple[str, Client]] = field(default_factory=list)
    opened: list[tuple[str, str, Alert]] = field(default_factory=list)
    cases: list[tuple[str, Alert]] = field(default_factory=list)
    case_log: list[Row] = field(default_factory=list)
    withdrawn: list[tuple[str, str, tuple[int, ...]]] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    timers: dict[tuple[str, str, str], Timer | None] = field(default_factory=dict)  # None: cancelled
    answers: list[Row] = field(default_factory=list)
    consents: list[Row] = field(default_factory=list)
    measures: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    contacts: list[tuple[str, int, str, Row]] = field(default_factory=list)
    candidates: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    linked: list[tuple[str, int, str]] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    forgotten: list[tuple[str, int]] = field(default_factory=list)
    erased: list[tuple[str, str]] = field(default_factory=list)

    def write(self, connection: Connection, store: Store, at: datetime) -> None:
        """Write everything. Raises ConflictError where a conversation was changed meanwhile."""
        cipher = store.cipher
        conversations.save(connection, cipher, at, self.conversations)
        clients.save(connection, cipher, self.clients)
        alerts.add(connection, at, self.opened)
        alerts.save(connection, at, self.cases)
        alerts.log(connection, self.case_log)
        for clinic, subject, ranks in self.withdrawn:
            outbox.withdraw(connection, at, clinic, subject, ranks)
        outbox.post(connection, cipher, self.posts)
        inbox.cancel_timers(connection, at, [key for key, timer in self.timers.items() if timer is None])
        inbox.set_timers(connection, store.ids, [timer for timer in self.timers.values() if timer])
        answers.save(connection, cipher, self.answers)
        self._write_seldom(connection, store, at)

    def _write_seldom(self, connection: Connection, store: Store, at: datetime) -> None:
        answers.consent(connection, self.consents)
        measures.save(connection, store.cipher, self.measures)
        answers.note(connection, self.notes)
        audit.write(connection, self.audit)
        candidates.keep(connection, self.candidates)
        for clinic, row, reason, details in self.contacts:
            answers.contact(connection, store.cipher, clinic, row, reason, details, at)
        for clinic, chat, client in self.linked:
            chats.link(connection, clinic, chat, client)
            invitations.redeem(connection, clinic, client, at)
        if self.arrivals:
            inbox.accept(connection, store.cipher, store.ids, self.arrivals)

    def forget(self, connection: Connection) -> None:
        """Keep nothing of these chats. Once their events are done: what waits for its turn is not forgotten."""
        for clinic, chat in self.forgotten:
            chats.forget(connection, clinic, chat)
        for clinic, subject in self.erased:
            erasure.erase_chat(connection, clinic, subject)
