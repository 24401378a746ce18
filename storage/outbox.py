"""The outbox: what is to be said, in the very words, each row settled once. Delivery claims rows as leases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)

from storage.cipher import Cipher, Lenient, Opener
from storage.dialect import given, insert, keys, rewrite
from storage.errors import UnreadableError
from storage.leases import ended
from storage.tables import STRANGER, chats, outbox

LEASE = timedelta(seconds=60)
UNREADABLE = "unreadable"  # the error of a message that could not be opened; it lets the later ones go first
ROW = (outbox.c.clinic_id, outbox.c.id)


@dataclass(frozen=True, slots=True)
class Post:
    """A message to store. `rank` is the place of its class in flows.effects.CLASSES; `chat` a chat's id as text, or a
    staff address. `refers_to` names the row that it edits or answers; `forget`: the chat is erased once it is settled.
    """

    clinic: str
    id: int
    subject: str
    channel: str
    chat: str
    rank: int
    kind: str
    body: Mapping[str, Any]
    at: datetime
    refers_to: int = 0
    alert: int = 0
    forget: bool = False
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed message, with the address to send it to and, for an edit, the message that it refers to.

    `sealed` says what of it could not be opened: then it cannot be sent.
    """

    clinic: str
    id: int
    subject: str
    channel: str
    chat: str
    address: str
    bot: str
    rank: int
    kind: str
    body: Mapping[str, Any]
    attempts: int
    created_at: datetime
    alert: int
    forget: bool
    refers_to: int
    vendor_id: str
    original: Mapping[str, Any]
    not_after: datetime | None = None
    sealed: UnreadableError | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a letter: `sent`, `failed`, `expired`, `withdrawn`; or `again` at a later time."""

    letter: Letter
    status: str
    at: datetime
    vendor_id: str = ""
    error: str = ""
    again: datetime | None = None


def _place(clinic: str, row: int) -> str:
    return f"{clinic}|outbox|body|{row}"


def post(connection: Connection, cipher: Cipher, posts: Sequence[Post]) -> None:
    """Queue messages."""
    insert(connection, outbox, [{
        "clinic_id": p.clinic, "id": p.id, "subject": p.subject, "channel": p.channel, "chat": p.chat,
        "chat_id": int(p.chat) if p.chat.isdecimal() else 0, "class": p.rank, "kind": p.kind,
        "body_sealed": cipher.seal(_place(p.clinic, p.id), p.body), "refers_to": p.refers_to, "alert_id": p.alert,
        "forget": p.forget, "created_at": p.at, "due_at": p.at, "not_after": p.not_after,
    } for p in posts])  # fmt: skip


def withdraw(connection: Connection, at: datetime, clinic: str, subject: str, ranks: Sequence[int]) -> None:
    """Take back a subject's unsent messages of these classes. One that is on its way just now is let go."""
    connection.execute(
        update(outbox)
        .where(
            outbox.c.clinic_id == clinic, outbox.c.subject == subject, outbox.c.settled_at.is_(None),
            outbox.c["class"].in_(ranks), or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until < at),
        )
        .values(settled_at=at, status="withdrawn")
    )  # fmt: skip


def claim(
    connection: Connection, cipher: Cipher, channel: str, now: datetime, limit: int, process: str = ""
) -> list[Letter]:
    """Lease up to `limit` messages of a channel: by class, then age; of each chat and class only the oldest one, only
    when it is due, and an edit only after the message that it edits. Commit before sending."""
    wanted = {"wanted_channel": channel, "now": now, "wanted_limit": limit}
    found = [(row.clinic_id, row.id) for row in connection.execute(_wanted(), wanted)]
    if not found:
        return []
    dialect = connection.dialect.name
    rows = given(dialect, found)
    connection.execute(_lease(dialect), rows | {"until": now + LEASE, "by": process})
    letters = (_letter(cipher, row) for row in connection.execute(_letters(dialect), rows))
    return sorted(letters, key=lambda letter: (letter.rank, letter.id))


# Statements are built once: building one costs more than running it, and every sender asks after every turn.
@cache
def _wanted() -> Select[Any]:
    mine, now = outbox.c.channel == bindparam("wanted_channel"), bindparam("now", type_=outbox.c.due_at.type)
    free = or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
    return (
        select(*ROW)
        .where(mine, outbox.c.settled_at.is_(None), outbox.c.due_at <= now, free, ~_blocked())
        .order_by(outbox.c["class"], outbox.c.id)
        .limit(bindparam("wanted_limit"))
        .with_for_update(skip_locked=True, of=outbox)
    )


@cache
def _lease(dialect: str) -> Update:
    _table, match = keys(dialect, ROW)
    return update(outbox).where(match).values(claimed_until=bindparam("until"), claimed_by=bindparam("by"))


def release(connection: Connection, channel: str, process: str) -> int:
    """Free what processes that have ended had claimed; `process` is the one that asks. Returns how many.

    What a process claimed that still runs stays its own: it may be on its way this very moment.
    """
    left = and_(
        outbox.c.channel == channel, outbox.c.settled_at.is_(None), outbox.c.claimed_until.is_not(None),
        outbox.c.claimed_by != process, ended(connection, outbox.c.claimed_by),
    )  # fmt: skip
    return connection.execute(update(outbox).where(left).values(claimed_until=None)).rowcount


def _blocked() -> ColumnElement[bool]:
    """An older message of the same chat and class is unsettled, or the one that this one edits. What cannot be opened,
    and what waits for it, holds up nobody else's."""
    older, first, closed = outbox.alias("older"), outbox.alias("first"), outbox.alias("closed")
    shut = exists().where(
        closed.c.clinic_id == older.c.clinic_id, closed.c.id.in_((older.c.id, older.c.refers_to)),
        closed.c.error == UNREADABLE, closed.c.settled_at.is_(None),
    )  # fmt: skip
    behind = exists().where(
        older.c.clinic_id == outbox.c.clinic_id, older.c.chat == outbox.c.chat,
        older.c["class"] == outbox.c["class"], older.c.id < outbox.c.id, older.c.settled_at.is_(None), ~shut,
    )  # fmt: skip
    early = exists().where(
        first.c.clinic_id == outbox.c.clinic_id, first.c.id == outbox.c.refers_to, first.c.settled_at.is_(None)
    )
    return or_(behind, early)


@cache
def _letters(dialect: str) -> Select[Any]:
    first = outbox.alias("first")
    table, match = keys(dialect, ROW)
    return (
        select(
            outbox, chats.c.address_sealed, chats.c.bot,
            first.c.vendor_id.label("first_vendor_id"), first.c.body_sealed.label("first_body"),
        )
        .join_from(table, outbox, match)
        .outerjoin(chats, and_(chats.c.clinic_id == outbox.c.clinic_id, chats.c.id == outbox.c.chat_id))
        .outerjoin(first, and_(first.c.clinic_id == outbox.c.clinic_id, first.c.id == outbox.c.refers_to))
    )  # fmt: skip


def _letter(cipher: Cipher, row: Any) -> Letter:
    clinic, needed, beside = row.clinic_id, Lenient(cipher), Lenient(cipher)
    body = needed.open(_place(clinic, row.id), row.body_sealed) if row.body_sealed else {}
    address = _address(needed, row)
    # Without the original a mark still takes the buttons off, and a line still finds its thread.
    original = beside.open(_place(clinic, row.refers_to), row.first_body) if row.first_body else {}
    return Letter(
        clinic, row.id, row.subject, row.channel, row.chat, "" if needed.fault else address, row.bot or "",
        row._mapping["class"], row.kind, body, row.attempts, row.created_at, row.alert_id, row.forget, row.refers_to,
        row.first_vendor_id or "", original, row.not_after, needed.fault,
    )  # fmt: skip


def _address(cipher: Opener, row: Any) -> str:
    """Where to send it; "" for a chat that was forgotten: its number must never be taken for somebody's address."""
    if not row.chat_id:
        return str(row.chat)
    if not row.address_sealed:
        return ""
    return str(cipher.open(f"{row.clinic_id}|chats|address|{row.chat_id}", row.address_sealed))


def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Write down what became of letters, in two statements."""
    key = ("clinic_id", "id")
    rewrite(connection, outbox, key, [(_key(s), _tried(s) | {
        "settled_at": s.at, "status": s.status, "vendor_id": s.vendor_id,
    }) for s in settled if s.again is None])  # fmt: skip
    rewrite(connection, outbox, key, [(_key(s), _tried(s) | {"due_at": s.again}) for s in settled if s.again])


def _key(settled: Settled) -> tuple[str, int]:
    return settled.letter.clinic, settled.letter.id


def _tried(settled: Settled) -> dict[str, Any]:
    return {"claimed_until": None, "attempts": settled.letter.attempts + 1, "error": settled.error}


def next_due(connection: Connection) -> datetime | None:
    """When the next unsent message may be tried, None where nothing waits."""
    leased = outbox.c.claimed_until > outbox.c.due_at
    when = case((leased, outbox.c.claimed_until), else_=outbox.c.due_at)
    return connection.execute(select(func.min(when)).where(outbox.c.settled_at.is_(None), ~_blocked())).scalar()


def waiting(connection: Connection, now: datetime) -> bool:
    """Whether a message that could be sent by now is not settled yet, be it on its way."""
    due = select(outbox.c.id).where(outbox.c.settled_at.is_(None), outbox.c.due_at <= now, ~_blocked())
    return connection.execute(due.limit(1)).first() is not None


def delivered_to(connection: Connection, clinic: str, subject: str) -> list[tuple[int, datetime, str]]:
    """What reached a client, in order and without its words: (row, when, channel)."""
    wanted = select(outbox.c.id, outbox.c.settled_at, outbox.c.channel).where(
        outbox.c.clinic_id == clinic, outbox.c.subject == subject, outbox.c.status == "sent",
        outbox.c.kind == "message",
    )  # fmt: skip
    return [(row.id, row.settled_at, row.channel) for row in connection.execute(wanted.order_by(outbox.c.id))]


def erase(connection: Connection, clinic: str, subject: str, chat: str) -> None:
    """Take the words out of what was sent to somebody of whom nothing is kept."""
    connection.execute(
        update(outbox)
        .where(outbox.c.clinic_id == clinic, outbox.c.subject == subject, outbox.c.chat == chat, STRANGER)
        .values(body_sealed=None, chat="", chat_id=0, vendor_id="")
    )
