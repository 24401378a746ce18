"""The few statements that the two databases spell differently."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[dict[str, Any]]


def insert_into(connection: Connection, table: Table) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def insert(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows; nothing where there are none."""
    if rows:
        connection.execute(table.insert(), rows)


def insert_new(connection: Connection, table: Table, rows: Rows) -> int:
    """Insert the rows whose key is not there yet. Returns how many were new."""
    if not rows:
        return 0
    result = connection.execute(insert_into(connection, table).on_conflict_do_nothing(), rows)
    return max(result.rowcount, 0)


def upsert(connection: Connection, table: Table, rows: Rows, key: Sequence[str], update: Sequence[str]) -> None:
    """Insert the rows, or give the row with the same key the new values of `update`."""
    if not rows:
        return
    statement = insert_into(connection, table)
    changes = {name: statement.excluded[name] for name in update}
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changes), rows)
