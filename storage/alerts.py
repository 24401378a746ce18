"""Cases and their history. Nothing here holds a word of the client; what was said stays sealed in the inbox."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from flows.escalation import Alert, Told
from storage.dialect import given, insert, insert_into, keys, rewrite
from storage.tables import alert_events, alerts, clinics

READ = tuple(alerts.c[name] for name in (
    "id", "number", "tier", "category", "status", "opened_at", "next_at", "state", "clinic_id", "subject"
))  # fmt: skip
_STATE = (
    "soon", "owner", "assigned", "rung", "repeats", "token", "texts", "reached", "since", "alone", "callback", "notes",
    "outcome",
)  # fmt: skip


def read(row: Sequence[Any]) -> Alert:
    """The case of a row of READ."""
    row_id, number, tier, category, status, opened_at, next_at, text, *_ = row
    state = json.loads(text)
    told = tuple(Told(r, _at(at), card, sent, failed) for r, at, card, sent, failed in state.pop("told"))
    urgent = _at(state.pop("urgent_at"))
    lists: dict[str, Any] = {name: tuple(state.pop(name)) for name in ("texts", "notes")}
    return Alert(
        id=row_id, number=number, tier=tier, category=category, status=status, opened_at=opened_at, next_at=next_at,
        urgent_at=urgent, told=told, **lists, **state,
    )  # fmt: skip


def _row(alert: Alert, at: datetime) -> dict[str, Any]:
    state: dict[str, Any] = {name: getattr(alert, name) for name in _STATE}
    state["urgent_at"] = alert.urgent_at.timestamp()
    state["told"] = [[t.recipient, t.at.timestamp(), t.card, t.delivered, t.failed] for t in alert.told]
    return {
        "number": alert.number, "status": alert.status, "tier": alert.tier, "category": alert.category,
        "opened_at": alert.opened_at, "next_at": alert.next_at, "closed_at": at if alert.closed else None,
        "state": json.dumps(state),
    }  # fmt: skip


def next_numbers(connection: Connection, clinic: str, count: int) -> range:
    """The clinic's next case numbers. The clinic's row stays locked until the commit, so that none is given twice.

    A clinic whose row is missing gets it here: nothing may keep a case from being opened.
    """
    first = insert_into(connection, clinics).values(clinic_id=clinic, cases=count)
    statement = first.on_conflict_do_update(index_elements=["clinic_id"], set_={"cases": clinics.c.cases + count})
    newest = connection.execute(statement.returning(clinics.c.cases)).scalar_one()
    return range(newest - count + 1, newest + 1)


def add(connection: Connection, at: datetime, opened: Sequence[tuple[str, str, Alert]]) -> None:
    """New cases: (clinic, subject, case)."""
    rows = [{"clinic_id": c, "id": a.id, "subject": s, **_row(a, at)} for c, s, a in opened]
    insert(connection, alerts, rows)


def save(connection: Connection, at: datetime, changed: Sequence[tuple[str, Alert]]) -> None:
    """Write cases back."""
    rewrite(connection, alerts, ("clinic_id", "id"), [((c, a.id), _row(a, at)) for c, a in changed])


def log(connection: Connection, events: Sequence[dict[str, Any]]) -> None:
    """Append to the history: rows of clinic_id, id, alert_id, at, action, by, detail (JSON text)."""
    insert(connection, alert_events, events)


def by_number(connection: Connection, numbers: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, Alert]]:
    """Cases by (clinic, number), closed ones too: (subject, case)."""
    if not numbers:
        return {}
    dialect = connection.dialect.name
    table, match = keys(dialect, (alerts.c.clinic_id, alerts.c.number))
    rows = connection.execute(select(*READ).join_from(table, alerts, match), given(dialect, numbers))
    return {(row.clinic_id, row.number): (row.subject, read(row)) for row in rows}


def open_cases(connection: Connection, clinic: str | None = None) -> list[tuple[str, str, Alert]]:
    """The open cases, of one clinic or all: (clinic, subject, case), the oldest first."""
    statement = select(*READ).where(alerts.c.closed_at.is_(None)).order_by(alerts.c.opened_at, alerts.c.id)
    if clinic:
        statement = statement.where(alerts.c.clinic_id == clinic)
    return [(row.clinic_id, row.subject, read(row)) for row in connection.execute(statement)]


def history(connection: Connection, clinic: str, alert: int) -> list[tuple[datetime, str, str, dict[str, Any]]]:
    """What happened to a case, in order: (when, what, by whom, detail)."""
    statement = (
        select(alert_events)
        .where(alert_events.c.clinic_id == clinic, alert_events.c.alert_id == alert)
        .order_by(alert_events.c.id)
    )
    return [(row.at, row.action, row.by, json.loads(row.detail)) for row in connection.execute(statement)]


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
