"""The append-only log of who saw or changed what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from storage.dialect import insert
from storage.tables import audit


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append: rows of clinic_id, id, at, subject, action, by, detail (JSON text)."""
    insert(connection, audit, rows)


def of(connection: Connection, clinic: str) -> list[tuple[datetime, str, str, str]]:
    """A clinic's log in order: (when, subject, action, by whom)."""
    statement = select(audit).where(audit.c.clinic_id == clinic).order_by(audit.c.id)
    return [(row.at, row.subject, row.action, row.by) for row in connection.execute(statement)]
