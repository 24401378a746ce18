"""What clients answered and agreed to, notes for the next session, and details left for the front desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from storage.cipher import Cipher
from storage.dialect import insert
from storage.tables import answers, consents, contacts, notes


def save(connection: Connection, cipher: Cipher, rows: Sequence[dict[str, Any]]) -> None:
    """Keep answers: rows of clinic_id, id, subject, flow, version, state, sensitive, at, value."""
    insert(connection, answers, [_sealed(cipher, row) for row in rows])


def _sealed(cipher: Cipher, row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name != "value"}
    return plain | {"value_sealed": cipher.seal(f"{row['clinic_id']}|answers|value|{row['id']}", row["value"])}


def of(connection: Connection, cipher: Cipher, clinic: str, subject: str) -> list[tuple[datetime, str, str, Any]]:
    """A subject's answers in order: (when, flow, state, value)."""
    statement = (
        select(answers).where(answers.c.clinic_id == clinic, answers.c.subject == subject).order_by(answers.c.id)
    )
    return [
        (row.at, row.flow, row.state, cipher.open(f"{clinic}|answers|value|{row.id}", row.value_sealed))
        for row in connection.execute(statement)
    ]


def consent(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep consents: rows of clinic_id, id, subject, text, version, locale, given, at."""
    insert(connection, consents, rows)


def agreed(connection: Connection, clinic: str, subject: str, text: str) -> bool:
    """Whether a subject agrees to this text by what they said last."""
    said = select(consents.c.given).where(
        consents.c.clinic_id == clinic, consents.c.subject == subject, consents.c.text == text
    )
    return bool(connection.execute(said.order_by(consents.c.id.desc()).limit(1)).scalar())


def note(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep notes for the next session: rows of clinic_id, id, subject, why, inbox_id, at."""
    insert(connection, notes, rows)


def contact(
    connection: Connection, cipher: Cipher, clinic: str, row: int, reason: str, details: Any, at: datetime
) -> None:
    """Keep what somebody left for the front desk."""
    insert(connection, contacts, [{
        "clinic_id": clinic, "id": row, "reason": reason, "at": at,
        "details_sealed": cipher.seal(f"{clinic}|contacts|details|{row}", details),
    }])  # fmt: skip


def contacts_waiting(connection: Connection, cipher: Cipher, clinic: str) -> list[tuple[int, datetime, str, Any]]:
    """What the front desk has not dealt with: (id, when, reason, {name, phone})."""
    statement = (
        select(contacts).where(contacts.c.clinic_id == clinic, contacts.c.done_at.is_(None)).order_by(contacts.c.id)
    )
    return [
        (row.id, row.at, row.reason, cipher.open(f"{clinic}|contacts|details|{row.id}", row.details_sealed))
        for row in connection.execute(statement)
    ]
