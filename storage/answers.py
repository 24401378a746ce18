"""What clients answered and agreed to, notes for the next session, and details left for the front desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from storage.cipher import Cipher
from storage.dialect import insert
from storage.tables import answers, consents, contacts, measures, notes

PAPERS = {"note": notes, "measure": measures}


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
        for row in connection.execute(statement).all()
    ]


def consent(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep consents: rows of clinic_id, id, subject, text, version, locale, given, at."""
    insert(connection, consents, rows)


def consents_of(connection: Connection, clinic: str, subject: str) -> list[tuple[datetime, str, str, bool]]:
    """What a subject agreed to or declined, in order: (when, text, version, given)."""
    wanted = select(consents).where(consents.c.clinic_id == clinic, consents.c.subject == subject)
    return [(row.at, row.text, row.version, row.given) for row in connection.execute(wanted.order_by(consents.c.id))]


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


def contact_of(
    connection: Connection, cipher: Cipher, clinic: str, row: int
) -> tuple[datetime, str, dict[str, str]] | None:
    """What somebody left for the front desk: (when, reason, {name, phone})."""
    found = connection.execute(select(contacts).where(contacts.c.clinic_id == clinic, contacts.c.id == row)).first()
    if found is None:
        return None
    return found.at, found.reason, cipher.open(f"{clinic}|contacts|details|{row}", found.details_sealed)


def note_of(connection: Connection, clinic: str, row: int) -> tuple[str, datetime, int, str] | None:
    """A note for the next session: (whose, when, the inbox row with what was said, why)."""
    found = connection.execute(select(notes).where(notes.c.clinic_id == clinic, notes.c.id == row)).first()
    return (found.subject, found.at, found.inbox_id, found.why) if found else None


def subjects_of(connection: Connection, papers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Whose papers these are, by (clinic, `note:ROW` or `measure:ROW`); those of nobody are left out."""
    found = {key: _subject(connection, key[0], *key[1].partition(":")[::2]) for key in papers}
    return {key: subject for key, subject in found.items() if subject}


def _subject(connection: Connection, clinic: str, kind: str, row: str) -> str | None:
    table = PAPERS.get(kind)
    if table is None or not row.isdecimal():
        return None
    return connection.execute(
        select(table.c.subject).where(table.c.clinic_id == clinic, table.c.id == int(row))
    ).scalar()
