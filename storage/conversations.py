"""Subjects as the core sees them: conversation, client and open case, loaded in one query and saved in three."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from flows.conversation import Asked, Conversation, Frame, Heard, Subject
from storage import alerts, clients
from storage.cipher import Cipher, Lenient, Opener
from storage.dialect import given, insert_new, keys, rewrite
from storage.errors import ConflictError, UnreadableError
from storage.tables import alerts as alerts_table
from storage.tables import clients as clients_table
from storage.tables import conversations

Key = tuple[str, str]
KEY = (conversations.c.clinic_id, conversations.c.subject)
OWN = (*KEY, conversations.c.version, conversations.c.state_sealed)
WHOLE = len(OWN) + len(clients.READ)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A subject and the version of its conversation at load, which guards the write.

    `sealed` says what of it could not be opened: such a subject lacks something, and is never written back.
    """

    clinic: str
    subject: Subject
    version: int
    sealed: UnreadableError | None = None


def _place(clinic: str, subject: str) -> str:
    return f"{clinic}|conversations|state|{subject}"


def load(connection: Connection, cipher: Cipher, wanted: Sequence[Key]) -> dict[Key, Loaded]:
    """The subjects with these (clinic, subject) keys, in one query. Raises UnreadableError."""
    return {(row[0], row[1]): _loaded(cipher, row) for row in _rows(connection, wanted)}


def load_anyway(connection: Connection, cipher: Cipher, wanted: Sequence[Key]) -> dict[Key, Loaded]:
    """The same; where a conversation cannot be opened it is empty, and where a client's profile, without its name."""
    return {(row[0], row[1]): _loaded_anyway(cipher, row) for row in _rows(connection, wanted)}


def _rows(connection: Connection, wanted: Sequence[Key]) -> Iterator[tuple[Any, ...]]:
    if not wanted:
        return iter(())
    dialect = connection.dialect.name
    return map(tuple, connection.execute(_with_client_and_case(dialect), given(dialect, wanted)).all())


@cache
def _with_client_and_case(dialect: str) -> Select[Any]:
    table, match = keys(dialect, KEY)
    client = and_(clients_table.c.clinic_id == KEY[0], clients_table.c.id == conversations.c.client_id)
    case = and_(
        alerts_table.c.clinic_id == KEY[0], alerts_table.c.subject == KEY[1], alerts_table.c.closed_at.is_(None)
    )
    joined = table.join(conversations, match).outerjoin(clients_table, client).outerjoin(alerts_table, case)
    return select(*OWN, *clients.READ, *alerts.READ).select_from(joined)


def _loaded_anyway(cipher: Cipher, row: tuple[Any, ...]) -> Loaded:
    lenient = Lenient(cipher)
    return replace(_loaded(lenient, row), sealed=lenient.fault)


def _loaded(cipher: Opener, row: tuple[Any, ...]) -> Loaded:
    clinic, name, version, state = row[: len(OWN)]
    conversation = read(cipher.open(_place(clinic, name), state)) if state else Conversation()
    client = clients.read(cipher, row[len(OWN) : WHOLE]) if row[len(OWN)] else None
    alert = alerts.read(row[WHOLE:]) if row[WHOLE] else None
    chat = client.chat if client else int(name.removeprefix("chat:")) if name.startswith("chat:") else 0
    return Loaded(clinic, Subject(name, client, conversation, alert, chat), version)


def add_missing(connection: Connection, subjects: Mapping[Key, datetime]) -> None:
    """Give each (clinic, subject) that has none an empty conversation, for its turns to lock.

    Looks before it writes: a bare INSERT would wait for every turn in progress (PostgreSQL).
    """
    if not subjects:
        return
    dialect = connection.dialect.name
    known = set(map(tuple, connection.execute(_known(dialect), given(dialect, list(subjects)))))
    rows = [
        {"clinic_id": clinic, "subject": name, "client_id": _client(name), "version": 0, "changed_at": at}
        for (clinic, name), at in subjects.items()
        if (clinic, name) not in known
    ]
    insert_new(connection, conversations, rows, ("clinic_id", "subject"))


@cache
def _known(dialect: str) -> Select[Any]:
    table, match = keys(dialect, KEY)
    return select(*KEY).join_from(table, conversations, match)


def _client(subject: str) -> str:
    return subject.removeprefix("client:") if subject.startswith("client:") else ""


def save(connection: Connection, cipher: Cipher, at: datetime, changed: Sequence[Loaded]) -> None:
    """Write conversations back. Raises ConflictError where one was changed by somebody else since its load."""
    written = rewrite(connection, conversations, ("clinic_id", "subject", "version"), [
        ((each.clinic, each.subject.id, each.version), _row(cipher, at, each)) for each in changed
    ])  # fmt: skip
    if written != len(changed):
        raise ConflictError(f"{len(changed) - written} conversations were changed by another process meanwhile")


def _row(cipher: Cipher, at: datetime, each: Loaded) -> dict[str, Any]:
    state = cipher.seal(_place(each.clinic, each.subject.id), write(each.subject.conversation))
    return {"version": each.version + 1, "state_sealed": state, "changed_at": at}


def write(c: Conversation) -> dict[str, Any]:
    """A conversation as JSON; what stands at its default is left out."""
    full: dict[str, Any] = {
        "f": [[f.flow, f.version, f.state, dict(f.data), int(f.aside)] for f in c.frames],
        "s": c.step, "q": c.question, "l": c.last_message, "c": c.channel, "m": "" if c.mode == "bot" else c.mode,
        "h": [[h.at.timestamp(), h.text, h.event] for h in c.heard], "a": [list(each) for each in c.asked],
        "t": c.seen_at.timestamp() if c.seen_at else 0, "n": c.numbers_at.timestamp() if c.numbers_at else 0,
        "g": c.gentle_at.timestamp() if c.gentle_at else 0,
        "d": c.nudged_at.timestamp() if c.nudged_at else 0,
        "u": c.unread_at.timestamp() if c.unread_at else 0,
        "w": c.waiting_since.timestamp() if c.waiting_since else 0,
    }  # fmt: skip
    return {name: value for name, value in full.items() if value}


def read(raw: Mapping[str, Any]) -> Conversation:
    """The conversation again."""
    frames = raw.get("f", ())
    return Conversation(
        frames=tuple(Frame(flow, version, state, data, bool(aside)) for flow, version, state, data, aside in frames),
        step=raw.get("s", 0),
        question=raw.get("q", 0),
        mode=raw.get("m", "bot"),
        heard=tuple(Heard(_at(at), *said) for at, *said in raw.get("h", ())),
        asked=tuple(Asked(*each) for each in raw.get("a", ())),
        seen_at=_at(raw["t"]) if "t" in raw else None,
        numbers_at=_at(raw["n"]) if "n" in raw else None,
        gentle_at=_at(raw["g"]) if "g" in raw else None,
        nudged_at=_at(raw["d"]) if "d" in raw else None,
        unread_at=_at(raw["u"]) if "u" in raw else None,
        waiting_since=_at(raw["w"]) if "w" in raw else None,
        channel=raw.get("c", ""),
        last_message=raw.get("l", 0),
    )  # fmt: skip


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
