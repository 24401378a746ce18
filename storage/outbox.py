"""The outbox: what is to be said, in the very words, each row settled once. Delivery claims rows as committed leases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, update

from storage.cipher import Cipher
from storage.dialect import insert
from storage.tables import chats, outbox

LEASE = timedelta(seconds=60)


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
    """A claimed message, with the address to send it to and, for an edit, the message that it refers to."""

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
        "clinic_id": p.clinic, "id": p.id, "subject": p.subject, "channel": p.channel, "chat": p.chat, "chat_id": int(p.chat) if p.chat.isdecimal() else 0, "class": p.rank,
        "kind": p.kind, "body_sealed": cipher.seal(_place(p.clinic, p.id), p.body), "refers_to": p.refers_to,
        "alert_id": p.alert, "forget": p.forget, "created_at": p.at, "due_at": p.at, "not_after": p.not_after,
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


def claim(connection: Connection, cipher: Cipher, channel: str, now: datetime, limit: int) -> list[Letter]:
    """Lease up to `limit` messages of a channel: by class, then age; of each chat and class only the oldest one, and
    only when it is due. Commit before sending."""
    older = outbox.alias()
    blocked = exists().where(
        older.c.clinic_id == outbox.c.clinic_id, older.c.chat == outbox.c.chat,
        older.c["class"] == outbox.c["class"], older.c.id < outbox.c.id, older.c.settled_at.is_(None),
    )  # fmt: skip
    free = or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
    wanted = (
        select(outbox.c.clinic_id, outbox.c.id)
        .where(outbox.c.channel == channel, outbox.c.settled_at.is_(None), outbox.c.due_at <= now, free, ~blocked)
        .order_by(outbox.c["class"], outbox.c.id)
        .limit(limit)
    )
    if connection.dialect.name != "sqlite":
        wanted = wanted.with_for_update(skip_locked=True, of=outbox)
    keys = [tuple(row) for row in connection.execute(wanted)]
    if not keys:
        return []
    lease = update(outbox).where(outbox.c.clinic_id == bindparam("b_clinic"), outbox.c.id == bindparam("b_id"))
    connection.execute(lease.values(claimed_until=now + LEASE), [{"b_clinic": c, "b_id": i} for c, i in keys])
    return _load(connection, cipher, keys)


def _load(connection: Connection, cipher: Cipher, keys: Sequence[tuple[str, int]]) -> list[Letter]:
    first = outbox.alias("first")
    by_clinic: dict[str, list[int]] = {}
    for clinic, row in keys:
        by_clinic.setdefault(clinic, []).append(row)
    statement = (
        select(
            outbox, chats.c.address_sealed, chats.c.bot,
            first.c.vendor_id.label("first_vendor_id"), first.c.body_sealed.label("first_body"),
        )
        .outerjoin(chats, and_(chats.c.clinic_id == outbox.c.clinic_id, chats.c.id == outbox.c.chat_id))
        .outerjoin(first, and_(first.c.clinic_id == outbox.c.clinic_id, first.c.id == outbox.c.refers_to))
    )  # fmt: skip
    found = [
        row
        for clinic, rows in by_clinic.items()
        for row in connection.execute(statement.where(outbox.c.clinic_id == clinic, outbox.c.id.in_(rows)))
    ]
    return sorted((_letter(cipher, row) for row in found), key=lambda letter: (letter.rank, letter.id))


def _letter(cipher: Cipher, row: Any) -> Letter:
    clinic = row.clinic_id
    address = cipher.open(f"{clinic}|chats|address|{row.chat}", row.address_sealed) if row.address_sealed else row.chat
    original = cipher.open(_place(clinic, row.refers_to), row.first_body) if row.first_body else {}
    return Letter(
        clinic, row.id, row.subject, row.channel, row.chat, str(address), row.bot or "", row._mapping["class"], row.kind,
        cipher.open(_place(clinic, row.id), row.body_sealed), row.attempts, row.created_at, row.alert_id, row.forget,
        row.refers_to, row.first_vendor_id or "", original,
    )  # fmt: skip


def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Write down what became of letters, in two statements."""
    key = and_(outbox.c.clinic_id == bindparam("b_clinic"), outbox.c.id == bindparam("b_id"))
    done = [s for s in settled if s.again is None]
    if done:
        connection.execute(
            update(outbox).where(key).values(
                settled_at=bindparam("b_at"), status=bindparam("b_status"), vendor_id=bindparam("b_vendor"),
                error=bindparam("b_error"), claimed_until=None, attempts=outbox.c.attempts + 1,
            ),
            [{"b_clinic": s.letter.clinic, "b_id": s.letter.id, "b_at": s.at, "b_status": s.status,
              "b_vendor": s.vendor_id, "b_error": s.error} for s in done],
        )  # fmt: skip
    later = [s for s in settled if s.again is not None]
    if later:
        connection.execute(
            update(outbox).where(key).values(
                due_at=bindparam("b_due"), claimed_until=None, error=bindparam("b_error"),
                attempts=outbox.c.attempts + 1,
            ),
            [{"b_clinic": s.letter.clinic, "b_id": s.letter.id, "b_due": s.again, "b_error": s.error} for s in later],
        )  # fmt: skip


def next_due(connection: Connection) -> datetime | None:
    """When the next unsent message may be tried, None where nothing waits."""
    return connection.execute(select(func.min(outbox.c.due_at)).where(outbox.c.settled_at.is_(None))).scalar()


def erase(connection: Connection, clinic: str, subject: str, chat: str) -> None:
    """Take the words out of what was sent to somebody of whom nothing is kept."""
    connection.execute(
        update(outbox)
        .where(outbox.c.clinic_id == clinic, outbox.c.subject == subject, outbox.c.chat == chat)
        .values(body_sealed=None, chat="", chat_id=0, vendor_id="")
    )
