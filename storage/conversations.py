"""Subjects as the core sees them: the conversation, the client and the open case, loaded in one query, saved in three."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, tuple_, update

from flows.conversation import Conversation, Frame, Heard, Subject
from storage import alerts, clients
from storage.cipher import Cipher
from storage.errors import ConflictError
from storage.tables import alerts as alerts_table
from storage.tables import clients as clients_table
from storage.tables import conversations

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A subject and the version of its conversation at load, which guards the write."""

    clinic: str
    subject: Subject
    version: int


def _place(clinic: str, subject: str) -> str:
    return f"{clinic}|conversations|state|{subject}"


def load(connection: Connection, cipher: Cipher, keys: Sequence[Key]) -> dict[Key, Loaded]:
    """The subjects with these (clinic, subject) keys, in one query."""
    statement = (
        select(
            conversations.c.clinic_id.label("c_clinic"), conversations.c.subject.label("c_subject"),
            conversations.c.version.label("c_version"), conversations.c.state_sealed.label("c_state"),
            *(column.label(f"k_{column.name}") for column in clients_table.c),
            *(column.label(f"a_{column.name}") for column in alerts_table.c),
        )
        .outerjoin(
            clients_table,
            and_(clients_table.c.clinic_id == conversations.c.clinic_id, clients_table.c.id == conversations.c.client_id),
        )
        .outerjoin(
            alerts_table,
            and_(
                alerts_table.c.clinic_id == conversations.c.clinic_id,
                alerts_table.c.subject == conversations.c.subject,
                alerts_table.c.closed_at.is_(None),
            ),
        )
        .where(tuple_(conversations.c.clinic_id, conversations.c.subject).in_(keys))
    )  # fmt: skip
    return {(row.c_clinic, row.c_subject): _loaded(cipher, row._mapping) for row in connection.execute(statement)}


def _loaded(cipher: Cipher, row: Mapping[Any, Any]) -> Loaded:
    clinic, name = row["c_clinic"], row["c_subject"]
    state = row["c_state"]
    conversation = read(cipher.open(_place(clinic, name), state)) if state else Conversation()
    client = clients.read(cipher, row, "k_") if row["k_id"] else None
    alert = alerts.read(row, "a_") if row["a_id"] else None
    chat = client.chat if client else int(name.removeprefix("chat:")) if name.startswith("chat:") else 0
    return Loaded(clinic, Subject(name, client, conversation, alert, chat), row["c_version"])


def save(connection: Connection, cipher: Cipher, at: datetime, changed: Sequence[Loaded]) -> None:
    """Write conversations back. Raises ConflictError where one was changed by somebody else since its load."""
    if not changed:
        return
    statement = (
        update(conversations)
        .where(
            conversations.c.clinic_id == bindparam("b_clinic"), conversations.c.subject == bindparam("b_subject"),
            conversations.c.version == bindparam("b_version"),
        )
        .values(version=conversations.c.version + 1, state_sealed=bindparam("b_state"), changed_at=at)
    )  # fmt: skip
    result = connection.execute(statement, [
        {"b_clinic": l.clinic, "b_subject": l.subject.id, "b_version": l.version,
         "b_state": cipher.seal(_place(l.clinic, l.subject.id), write(l.subject.conversation))}
        for l in changed
    ])  # fmt: skip
    if result.rowcount != len(changed):
        raise ConflictError(f"{len(changed) - result.rowcount} conversations were changed by another process meanwhile")


def write(c: Conversation) -> dict[str, Any]:
    """A conversation as JSON; what stands at its default is left out."""
    full: dict[str, Any] = {
        "f": [[f.flow, f.version, f.state, dict(f.data), int(f.aside)] for f in c.frames],
        "s": c.step, "q": c.question, "l": c.last_message, "c": c.channel, "m": "" if c.mode == "bot" else c.mode,
        "h": [[h.at.timestamp(), h.text] for h in c.heard],
        "t": c.seen_at.timestamp() if c.seen_at else 0, "n": c.numbers_at.timestamp() if c.numbers_at else 0,
    }  # fmt: skip
    return {name: value for name, value in full.items() if value}


def read(raw: Mapping[str, Any]) -> Conversation:
    """The conversation again."""
    return Conversation(
        frames=tuple(Frame(flow, version, state, data, bool(aside)) for flow, version, state, data, aside in raw.get("f", ())),
        step=raw.get("s", 0),
        question=raw.get("q", 0),
        mode=raw.get("m", "bot"),
        heard=tuple(Heard(_at(at), text) for at, text in raw.get("h", ())),
        seen_at=_at(raw["t"]) if "t" in raw else None,
        numbers_at=_at(raw["n"]) if "n" in raw else None,
        channel=raw.get("c", ""),
        last_message=raw.get("l", 0),
    )  # fmt: skip


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
