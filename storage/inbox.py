"""The inbox: everything that happened or will be due, each once. Events and timers are rows of one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, and_, bindparam, func, select, update

from storage.cipher import Cipher, Lenient, Opener
from storage.conversations import add_missing
from storage.dialect import given, insert_new, keys, upsert
from storage.ids import Ids
from storage.tables import STRANGER, conversations, inbox

PEOPLE, TIMERS = 0, 1  # the two classes: what people sent and ladder timers go before other timers
LOOK_AHEAD = 8  # due rows looked at for each subject wanted
LOCKED = "\N{LOCK}"
EVENT_KEY = ("clinic_id", "source", "origin", "external_id")
SUBJECT, ROW = (inbox.c.clinic_id, inbox.c.subject), (inbox.c.clinic_id, inbox.c.id)
READ = tuple(inbox.c[name] for name in (
    "clinic_id", "id", "subject", "source", "external_id", "kind", "chat_id", "received_at", "due_at", "token",
    "screened_at", "attempts", "body_sealed",
))  # fmt: skip


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
    add_missing(connection, {(a.clinic, a.subject): a.at for a in arrivals})
    return insert_new(connection, inbox, [_row(cipher, ids.new(), a) for a in arrivals], EVENT_KEY)


def _row(cipher: Cipher, row: int, a: Arrival) -> dict[str, Any]:
    return {
        "clinic_id": a.clinic, "id": row, "source": a.source, "origin": a.origin, "external_id": a.external_id,
        "subject": a.subject, "chat_id": a.chat, "kind": a.kind, "class": PEOPLE, "received_at": a.at, "due_at": a.at,
        "body_sealed": cipher.seal(_place(a.clinic, row), a.body),
    }  # fmt: skip


def set_timers(connection: Connection, ids: Ids, timers: Sequence[Timer]) -> None:
    """Set timers, moving those that are set already.

    A timer that is set again gets a new id: finishing the event that it fired as does not end it, and what was named
    after that event stays unique.
    """
    last = {(t.clinic, t.subject, t.name): t for t in timers}
    add_missing(connection, {(t.clinic, t.subject): t.at for t in timers})
    rows = [{
        "clinic_id": t.clinic, "id": ids.new(), "source": "timer", "origin": t.subject, "external_id": t.name,
        "subject": t.subject, "chat_id": 0, "kind": "TimerFired", "class": PEOPLE if t.ladder else TIMERS,
        "received_at": t.at, "due_at": t.due, "token": t.token, "body_sealed": None, "done_at": None,
        "attempts": 0, "error": "", "screened_at": None,
    } for t in last.values()]  # fmt: skip
    changed = ("id", "class", "received_at", "due_at", "token", "done_at", "attempts", "error", "screened_at")
    upsert(connection, inbox, rows, EVENT_KEY, changed)


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


def _due(klass: int, limit: int) -> Select[Any]:
    head = (
        select(inbox.c.clinic_id, inbox.c.subject, inbox.c["class"], inbox.c.due_at)
        .where(inbox.c.done_at.is_(None), inbox.c["class"] == klass, inbox.c.due_at <= bindparam("now"))
        .order_by(inbox.c.due_at)
        .limit(limit)
        .subquery()
    )
    return select(head)


@cache
def _subjects(limit: int) -> Select[Any]:
    heads = _due(PEOPLE, limit * LOOK_AHEAD).union_all(_due(TIMERS, limit * LOOK_AHEAD)).subquery()
    first, since = func.min(heads.c["class"]).label("first"), func.min(heads.c.due_at).label("since")
    waiting = (
        select(heads.c.clinic_id, heads.c.subject, first, since).group_by(heads.c.clinic_id, heads.c.subject).subquery()
    )
    same = and_(conversations.c.clinic_id == waiting.c.clinic_id, conversations.c.subject == waiting.c.subject)
    return (
        select(waiting.c.clinic_id, waiting.c.subject)
        .join_from(waiting, conversations, same)
        .order_by(waiting.c.first, waiting.c.since)
        .limit(limit)
        .with_for_update(skip_locked=True, of=conversations)
    )


def claim(connection: Connection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Lock up to `limit` subjects that have due events, those of people first, then by age: (clinic, subject).

    Locked until the transaction ends; a subject that another process holds is passed over, and the next one taken
    (PostgreSQL).
    """
    return [(row.clinic_id, row.subject) for row in connection.execute(_subjects(limit), {"now": now})]


def hold(connection: Connection, subject: tuple[str, str]) -> bool:
    """Lock one subject. Returns False where another process holds it (PostgreSQL)."""
    one = select(conversations.c.subject).where(
        conversations.c.clinic_id == subject[0], conversations.c.subject == subject[1]
    )
    return connection.execute(one.with_for_update(skip_locked=True)).first() is not None


def oldest(
    connection: Connection, cipher: Cipher | None, now: datetime, subjects: Sequence[tuple[str, str]]
) -> list[Due]:
    """The oldest due event of each subject (what people sent before timers). Without a cipher no body is opened."""
    if not subjects:
        return []
    dialect = connection.dialect.name
    rows = connection.execute(_oldest(dialect), given(dialect, subjects) | {"now": now}).all()
    return [_read(cipher, row) for row in rows]


@cache
def _oldest(dialect: str) -> Select[Any]:
    table, _ = keys(dialect, SUBJECT)
    other = inbox.alias("other")
    first = (
        select(other.c.id)
        .where(
            other.c.clinic_id == table.c.clinic_id, other.c.subject == table.c.subject,
            other.c.done_at.is_(None), other.c.due_at <= bindparam("now"),
        )
        .order_by(other.c["class"], other.c.due_at, other.c.id)
        .limit(1)
        .scalar_subquery()
    )  # fmt: skip
    return select(*READ).join_from(table, inbox, and_(inbox.c.clinic_id == table.c.clinic_id, inbox.c.id == first))


def _read(cipher: Opener | None, row: Any) -> Due:
    clinic, number, subject, source, name, kind, chat, received, due, token, screened, attempts, sealed = row
    body = cipher.open(_place(clinic, number), sealed) if cipher and sealed else {}
    if kind == "TimerFired":
        body = {"timer": name, "token": token}
    return Due(
        clinic, number, subject, source, name, kind, chat, received, due, token, screened is not None, attempts, body
    )


def finish(connection: Connection, at: datetime, done: Sequence[Due]) -> None:
    """These events are dealt with."""
    if done:
        dialect = connection.dialect.name
        rows = given(dialect, [(due.clinic, due.id) for due in done])
        connection.execute(_finish(dialect), rows | {"at": at})


@cache
def _finish(dialect: str) -> Update:
    _table, match = keys(dialect, ROW)
    return update(inbox).where(match).values(done_at=bindparam("at"), screened_at=bindparam("at"))


def set_aside(connection: Connection, at: datetime, due: Due, again: datetime, error: str) -> None:
    """The event's screening is done, its step failed: try the step again later. `error` is a class name."""
    connection.execute(
        update(inbox)
        .where(inbox.c.clinic_id == due.clinic, inbox.c.id == due.id)
        .values(due_at=again, screened_at=at, attempts=due.attempts + 1, error=error)
    )


def postpone(connection: Connection, due: Due, again: datetime, error: str) -> None:
    """Not even the screening of this event could be written: try all of it again later. `error` is a class name."""
    connection.execute(
        update(inbox)
        .where(inbox.c.clinic_id == due.clinic, inbox.c.id == due.id)
        .values(due_at=again, attempts=due.attempts + 1, error=error)
    )


def rows(connection: Connection, cipher: Cipher, clinic: str, wanted: Sequence[int]) -> list[Due]:
    """These rows in order, done or not, whenever they are due. LOCKED stands for words that cannot be opened."""
    found = select(*READ).where(inbox.c.clinic_id == clinic, inbox.c.id.in_(wanted)).order_by(inbox.c.id)
    return [_read_anyway(cipher, row) for row in connection.execute(found)]


def _read_anyway(cipher: Cipher, row: Any) -> Due:
    lenient = Lenient(cipher)
    due = _read(lenient, row)
    return replace(due, body={"text": LOCKED}) if lenient.fault else due


def texts(connection: Connection, cipher: Cipher, clinic: str, wanted: Sequence[int]) -> list[tuple[datetime, str]]:
    """What was said in these rows, in order: (when, words). For Reveal only; the caller writes the audit."""
    return [(_said_at(due), str(due.body.get("text", ""))) for due in rows(connection, cipher, clinic, wanted)]


def texts_of(connection: Connection, cipher: Cipher, clinic: str, subject: str) -> list[tuple[datetime, str]]:
    """Everything that a client wrote and that is still kept, in order: (when, words)."""
    wrote = select(inbox.c.id).where(
        inbox.c.clinic_id == clinic, inbox.c.subject == subject, inbox.c.kind == "TextReceived",
        inbox.c.body_sealed.is_not(None),
    )  # fmt: skip
    return texts(connection, cipher, clinic, list(connection.execute(wrote.order_by(inbox.c.id)).scalars()))


def _said_at(due: Due) -> datetime:
    sent = due.body.get("sent")
    return datetime.fromtimestamp(sent, UTC) if sent else due.received_at


def joining(connection: Connection, chats: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Whose link was opened from these (clinic, chat)s and waits for its turn: what comes next from there is theirs."""
    if not chats:
        return {}
    dialect = connection.dialect.name
    table, match = keys(dialect, (inbox.c.clinic_id, inbox.c.chat_id))
    opened = select(inbox.c.clinic_id, inbox.c.chat_id, inbox.c.subject).join_from(table, inbox, match)
    waiting = (inbox.c.done_at.is_(None), inbox.c["class"] == PEOPLE, inbox.c.kind == "LinkOpened")
    rows = connection.execute(opened.where(*waiting).order_by(inbox.c.id), given(dialect, chats))
    return {(row.clinic_id, row.chat_id): row.subject for row in rows}


def next_due(connection: Connection) -> datetime | None:
    """When the next event or timer is due, None where nothing waits."""
    first = select(func.min(inbox.c.due_at)).where(inbox.c.done_at.is_(None))
    # Class by class, because then it is the first row of an index.
    found = (connection.execute(first.where(inbox.c["class"] == klass)).scalar() for klass in (PEOPLE, TIMERS))
    return min((due for due in found if due), default=None)


def erase_bodies(connection: Connection, clinic: str, subject: str) -> None:
    """Take a stranger's words out of the inbox; the rows stay as a count and against doubles."""
    connection.execute(
        update(inbox)
        .where(inbox.c.clinic_id == clinic, inbox.c.subject == subject, STRANGER)
        .values(body_sealed=None, chat_id=0)
    )
