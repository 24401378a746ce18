"""Filled-in questionnaires: item answers and total, sealed together, with the instrument's version and language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.cipher import Cipher
from storage.dialect import insert
from storage.tables import measures as table


@dataclass(frozen=True, slots=True)
class Measure:
    """One filled-in questionnaire. `answers` maps items to option ids; `total` is None where one is missing."""

    id: int
    subject: str
    instrument: str
    version: str
    locale: str
    at: datetime
    answers: Mapping[str, str]
    total: int | None
    change: str


def save(connection: Connection, cipher: Cipher, rows: Sequence[dict[str, Any]]) -> None:
    """Keep measures: rows of clinic_id, id, at, subject, instrument, version, locale, result."""
    insert(connection, table, [_sealed(cipher, row) for row in rows])


def of(connection: Connection, cipher: Cipher, clinic: str, subject: str) -> list[Measure]:
    """A subject's measures in order."""
    wanted = select(table).where(table.c.clinic_id == clinic, table.c.subject == subject).order_by(table.c.id)
    return [_read(cipher, row) for row in connection.execute(wanted)]


def get(connection: Connection, cipher: Cipher, clinic: str, row: int) -> Measure | None:
    """One measure."""
    found = connection.execute(select(table).where(table.c.clinic_id == clinic, table.c.id == row)).first()
    return _read(cipher, found) if found else None


def _sealed(cipher: Cipher, row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name != "result"}
    return plain | {"result_sealed": cipher.seal(f"{row['clinic_id']}|measures|result|{row['id']}", row["result"])}


def _read(cipher: Cipher, row: Row[Any]) -> Measure:
    result = cipher.open(f"{row.clinic_id}|measures|result|{row.id}", row.result_sealed)
    return Measure(row.id, row.subject, row.instrument, row.version, row.locale, row.at, **result)
