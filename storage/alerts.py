"""Cases and their history. Nothing here holds a word of the client; what was said stays sealed in the inbox."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_, update

from flows.escalation import Alert, Told
from storage.dialect import insert
from storage.tables import alert_events, alerts, clinics

_STATE = ("soon", "owner", "assigned", "rung", "repeats", "token", "texts", "reached", "callback", "notes")


def read(row: Mapping[Any, Any], prefix: str = "") -> Alert:
    """The case of a row."""
    state = json.loads(row[f"{prefix}state"])
    told = tuple(Told(r, _at(at), card, sent, failed) for r, at, card, sent, failed in state.pop("told"))
    urgent = _at(state.pop("urgent_at"))
    lists: dict[str, Any] = {name: tuple(state.pop(name)) for name in ("texts", "notes")}
    return Alert(
        id=row[f"{prefix}id"], number=row[f"{prefix}number"], tier=row[f"{prefix}tier"],
        category=row[f"{prefix}category"], status=row[f"{prefix}status"], opened_at=row[f"{prefix}opened_at"],
        next_at=row[f"{prefix}next_at"], urgent_at=urgent, told=told, **lists, **state,
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
    """The clinic's next case numbers. The clinic's row stays locked until the commit, so that none is given twice."""
    statement = update(clinics).where(clinics.c.clinic_id == clinic).values(cases=clinics.c.cases + count)
    newest = connection.execute(statement.returning(clinics.c.cases)).scalar_one()
    return range(newest - count + 1, newest + 1)


def add(connection: Connection, at: datetime, opened: Sequence[tuple[str, str, Alert]]) -> None:
    """New cases: (clinic, subject, case)."""
    rows = [{"clinic_id": c, "id": a.id, "subject": s, **_row(a, at)} for c, s, a in opened]
    insert(connection, alerts, rows)


def save(connection: Connection, at: datetime, changed: Sequence[tuple[str, Alert]]) -> None:
    """Write cases back."""
    if not changed:
        return
    rows = [{"b_clinic": c, "b_id": a.id} | {f"b_{k}": v for k, v in _row(a, at).items()} for c, a in changed]
    names = [name.removeprefix("b_") for name in rows[0] if name not in ("b_clinic", "b_id")]
    statement = (
        update(alerts)
        .where(alerts.c.clinic_id == bindparam("b_clinic"), alerts.c.id == bindparam("b_id"))
        .values({name: bindparam(f"b_{name}") for name in names})
    )
    connection.execute(statement, rows)


def log(connection: Connection, events: Sequence[dict[str, Any]]) -> None:
    """Append to the history: rows of clinic_id, id, alert_id, at, action, by, detail (JSON text)."""
    insert(connection, alert_events, events)


def by_number(connection: Connection, numbers: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, Alert]]:
    """Cases by (clinic, number), closed ones too: (subject, case)."""
    if not numbers:
        return {}
    key = tuple_(alerts.c.clinic_id, alerts.c.number)
    rows = connection.execute(select(alerts).where(key.in_(numbers))).mappings()
    return {(row["clinic_id"], row["number"]): (row["subject"], read(row)) for row in rows}


def open_cases(connection: Connection, clinic: str | None = None) -> list[tuple[str, str, Alert]]:
    """The open cases, of one clinic or all: (clinic, subject, case), the oldest first."""
    statement = select(alerts).where(alerts.c.closed_at.is_(None)).order_by(alerts.c.opened_at)
    if clinic:
        statement = statement.where(alerts.c.clinic_id == clinic)
    rows = connection.execute(statement).mappings()
    return [(row["clinic_id"], row["subject"], read(row)) for row in rows]


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
