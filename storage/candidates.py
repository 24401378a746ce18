"""Messages that may teach the risk screen: false alarms, and what should have been an alert. The words stay where they
are, sealed in the inbox; here stands what staff said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from storage.dialect import insert
from storage.tables import risk_candidates as table


@dataclass(frozen=True, slots=True)
class Candidate:
    """One message. `kind` is `false_alarm` or `missed`; `label` what a reviewer says it should have been, "" before."""

    id: int
    inbox_id: int
    kind: str
    reason: str
    by: str
    at: datetime
    label: str


def keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep candidates: rows of clinic_id, id, inbox_id, kind, reason, by, at."""
    insert(connection, table, [{**row, "label": "", "reviewed_by": "", "reviewed_at": None} for row in rows])


def of(connection: Connection, clinic: str, *, reviewed: bool) -> list[Candidate]:
    """A clinic's candidates in order: those that a person has labelled, or those that wait."""
    wanted = table.c.label != "" if reviewed else table.c.label == ""
    rows = connection.execute(select(table).where(table.c.clinic_id == clinic, wanted).order_by(table.c.id))
    return [Candidate(row.id, row.inbox_id, row.kind, row.reason, row.by, row.at, row.label) for row in rows]


def decide(connection: Connection, clinic: str, candidate: int, label: str, by: str, at: datetime) -> None:
    """Write down what a message should have been."""
    mine = (table.c.clinic_id == clinic, table.c.id == candidate)
    connection.execute(update(table).where(*mine).values(label=label, reviewed_by=by, reviewed_at=at))
