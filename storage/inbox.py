"""The inbox: everything that happened or will be due, each once. Events and timers are rows of one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, tuple_, update

from storage.cipher import Cipher
from storage.dialect import insert_new, upsert
from storage.ids import Ids
from storage.tables import conversations, inbox

PEOPLE, TIMERS = 0, 1  # the two classes: what people sent and ladder timers go before other timers
LOOK_AHEAD = 8  # due rows looked at for each subject wanted
TIMER_KEY = ("clinic_id", "source", "origin", "external_id")


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event to store. `external_id` is unique for (clinic, source, origin); a second one changes nothing."""

    clinic: str
    source: str
    origin: str
    external_id: str
    subject: str
    kind: str
    body: Mapping[str, Any]
    at: datetime
    chat: int = 0
    client: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer to set: one per (subject, name)."""

    clinic: str
    subject: str
    name: str
    due: datetime
    token: int
    ladder: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed event. `body` is None once a stranger's words were erased."""

    clinic: str
    id: int
    subject: str
    source: str
    external_id: str
    kind: str
    chat: int
    received_at: datetime
    due_at: datetime
    token: int
    screened: bool
    attempts: int
    body: Mapping[str, Any] = field(default_factory=dict)


def _place(clinic: str, row: int) -> str:
    return f"{clinic}|inbox|body|{row}"


def accept(connection: Connection, cipher: Cipher, ids: Ids, arrivals: Sequence[Arrival]) -> int:
    """Store events, each once. Returns how many were new."""
    subjects = {(a.clinic, a.subject): a for a in arrivals}
    insert_new(connection, conversations, [
        {"clinic_id": a.clinic, "subject": a.subject, "client_id": a.client, "version": 0, "changed_at": a.at}
        for a in subjects.values()
    ])  # fmt: skip
    return insert_new(connection, inbox, [_row(cipher, ids.new(), a) for a in arrivals])


def _row(cipher: Cipher, row: int, a: Arrival) -> dict[str, Any]:
    return {
        "clinic_id": a.clinic, "id": row, "source": a.source, "origin": a.origin, "external_id": a.external_id,
        "subject": a.subject, "chat_id": a.chat, "kind": a.kind, "class": PEOPLE, "received_at": a.at, "due_at": a.at,
        "body_sealed": cipher.seal(_place(a.clinic, row), a.body),
    }  # fmt: skip


def set_timers(connection: Connection, ids: Ids, timers: Sequence[Timer]) -> None:
    """Set timers, moving those that are set already."""
    last = {(t.clinic, t.subject, t.name): t for t in timers}
    rows = [{
        "clinic_id": t.clinic, "id": ids.new(), "source": "timer", "origin": t.subject, "external_id": t.name,
        "subject": t.subject, "chat_id": 0, "kind": "TimerFired", "class": PEOPLE if t.ladder else TIMERS,
        "received_at": t.at, "due_at": t.due, "token": t.token, "body_sealed": None, "done_at": None,
        "attempts": 0, "error": "",
    } for t in last.values()]  # fmt: skip
    changed = ("class", "received_at", "due_at", "token", "done_at", "attempts", "error")
    upsert(connection, inbox, rows, TIMER_KEY, changed)


def cancel_timers(connection: Connection, at: datetime, names: Sequence[tuple[str, str, str]]) -> None:
    """Cancel timers by (clinic, subject, name); a name that ends in `*` cancels all of the subject that begin so."""
    exact = [n for n in names if not n[2].endswith("*")]
    statement = update(inbox).where(
        inbox.c.clinic_id == bindparam("b_clinic"), inbox.c.source == "timer", inbox.c.origin == bindparam("b_subject"),
        inbox.c.done_at.is_(None),
    ).values(done_at=at)  # fmt: skip
    if exact:
        rows = [{"b_clinic": c, "b_subject": s, "b_name": n} for c, s, n in exact]
        connection.execute(statement.where(inbox.c.external_id == bindparam("b_name")), rows)
    for clinic, subject, name in set(names) - set(exact):
        like = statement.where(inbox.c.external_id.startswith(name[:-1], autoescape=True))
        connection.execute(like, {"b_clinic": clinic, "b_subject": subject})


def _due(now: datetime, klass: int, limit: int) -> Select[Any]:
    head = (
        select(inbox.c.clinic_id, inbox.c.subject, inbox.c["class"], inbox.c.due_at)
        .where(inbox.c.done_at.is_(None), inbox.c["class"] == klass, inbox.c.due_at <= now)
        .order_by(inbox.c.due_at, inbox.c.id)
        .limit(limit)
        .subquery()
    )
    return select(head)


def _subjects(now: datetime, limit: int) -> Select[Any]:
    heads = _due(now, PEOPLE, limit * LOOK_AHEAD).union_all(_due(now, TIMERS, limit * LOOK_AHEAD)).subquery()
    return (
        select(heads.c.clinic_id, heads.c.subject)
        .group_by(heads.c.clinic_id, heads.c.subject)
        .order_by(func.min(heads.c["class"]), func.min(heads.c.due_at))
        .limit(limit)
    )


def claim(connection: Connection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Lock up to `limit` subjects that have due events, those of people first, then by age: (clinic, subject).

    Locked until the transaction ends; a subject that another process holds is passed over (PostgreSQL).
    """
    wanted = [(row.clinic_id, row.subject) for row in connection.execute(_subjects(now, limit))]
    if connection.dialect.name == "sqlite" or not wanted:
        return wanted
    key = tuple_(conversations.c.clinic_id, conversations.c.subject)
    statement = select(conversations.c.clinic_id, conversations.c.subject).where(key.in_(wanted))
    held = set(map(tuple, connection.execute(statement.with_for_update(skip_locked=True))))
    return [subject for subject in wanted if subject in held]


def oldest(connection: Connection, cipher: Cipher, now: datetime, subjects: Sequence[tuple[str, str]]) -> list[Due]:
    """The oldest due event of each subject (what people sent before timers)."""
    if not subjects:
        return []
    rank = func.row_number().over(
        partition_by=(inbox.c.clinic_id, inbox.c.subject), order_by=(inbox.c["class"], inbox.c.due_at, inbox.c.id)
    )
    key = tuple_(inbox.c.clinic_id, inbox.c.subject)
    due = select(inbox, rank.label("rank")).where(inbox.c.done_at.is_(None), inbox.c.due_at <= now, key.in_(subjects))
    ranked = due.subquery()
    return [_read(cipher, row) for row in connection.execute(select(ranked).where(ranked.c.rank == 1))]


def _read(cipher: Cipher, row: Any) -> Due:
    body = cipher.open(_place(row.clinic_id, row.id), row.body_sealed) if row.body_sealed else {}
    if row.kind == "TimerFired":
        body = {"timer": row.external_id, "token": row.token}
    return Due(
        row.clinic_id, row.id, row.subject, row.source, row.external_id, row.kind, row.chat_id, row.received_at,
        row.due_at, row.token, row.screened_at is not None, row.attempts, body,
    )  # fmt: skip


def finish(connection: Connection, at: datetime, done: Sequence[Due]) -> None:
    """These events are dealt with."""
    if done:
        statement = update(inbox).where(inbox.c.clinic_id == bindparam("b_clinic"), inbox.c.id == bindparam("b_id"))
        connection.execute(
            statement.values(done_at=at, screened_at=at), [{"b_clinic": d.clinic, "b_id": d.id} for d in done]
        )


def set_aside(connection: Connection, at: datetime, due: Due, again: datetime, error: str) -> None:
    """The event's screening is done, its step failed: try the step again later. `error` is a class name."""
    connection.execute(
        update(inbox)
        .where(inbox.c.clinic_id == due.clinic, inbox.c.id == due.id)
        .values(due_at=again, screened_at=at, attempts=due.attempts + 1, error=error)
    )


def texts(connection: Connection, cipher: Cipher, clinic: str, rows: Sequence[int]) -> list[tuple[datetime, str]]:
    """What was said in these rows, in order: (when, words). For Reveal only; the caller writes the audit."""
    found = connection.execute(
        select(inbox).where(inbox.c.clinic_id == clinic, inbox.c.id.in_(rows)).order_by(inbox.c.id)
    )
    return [(due.received_at, str(due.body.get("text", ""))) for due in (_read(cipher, row) for row in found)]


def unscreened(connection: Connection, before: datetime) -> list[tuple[str, str, int]]:
    """Texts that came before `before` and that nobody has screened: (clinic, subject, row)."""
    statement = select(inbox.c.clinic_id, inbox.c.subject, inbox.c.id).where(
        inbox.c.done_at.is_(None), inbox.c["class"] == PEOPLE, inbox.c.due_at <= before,
        inbox.c.screened_at.is_(None), inbox.c.kind == "TextReceived",
    )  # fmt: skip
    return [tuple(row) for row in connection.execute(statement)]


def next_due(connection: Connection) -> datetime | None:
    """When the next event or timer is due, None where nothing waits."""
    return connection.execute(select(func.min(inbox.c.due_at)).where(inbox.c.done_at.is_(None))).scalar()


def erase_bodies(connection: Connection, clinic: str, subject: str) -> None:
    """Take the words of a subject out of the inbox; the rows stay as a count and against doubles."""
    connection.execute(
        update(inbox).where(inbox.c.clinic_id == clinic, inbox.c.subject == subject).values(body_sealed=None, chat_id=0)
    )
