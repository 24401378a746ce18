"""The few statements that the two databases spell differently, and those that every table needs."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    String,
    Table,
    Text,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[dict[str, Any]]
Change = tuple[tuple[Any, ...], dict[str, Any]]  # the values of a row's key, and its new values by column


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT."""
    return _inserting(connection.dialect, table)


def _inserting(dialect: Dialect, table: Table) -> Any:
    return (sqlite if dialect.name == "sqlite" else postgresql).insert(table)


def insert(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows; nothing where there are none."""
    if rows:
        _insert(connection.dialect, table, tuple(rows[0])).run(connection, rows)


def insert_new(connection: Connection, table: Table, rows: Rows, key: Sequence[str]) -> int:
    """Insert the rows whose `key` is not there yet. Returns how many were new. Any other clash is an error.

    In the key's order, so that two processes never wait for each other crosswise.
    """
    if not rows:
        return 0
    statement = _insert_new(connection.dialect, table, tuple(rows[0]), tuple(key))
    return statement.run(connection, sorted(rows, key=itemgetter(*key)))


def upsert(connection: Connection, table: Table, rows: Rows, key: Sequence[str], update: Sequence[str]) -> None:
    """Insert the rows, or give the row with the same key the new values of `update`."""
    if rows:
        _upsert(connection.dialect, table, tuple(rows[0]), tuple(key), tuple(update)).run(connection, rows)


def rewrite(connection: Connection, table: Table, key: Sequence[str], rows: Sequence[Change]) -> int:
    """Give the rows with these values of `key` their new values. Returns how many were found."""
    if not rows:
        return 0
    names = tuple(f"key_{name}" for name in key)
    statement = _rewrite(connection.dialect, table, tuple(key), tuple(rows[0][1]))
    return statement.run(connection, [dict(zip(names, at, strict=True)) | new for at, new in rows])


@dataclass(frozen=True, slots=True)
class _ForMany:
    """A statement that the driver runs once for each row. Through SQLAlchemy every row would cost as much again."""

    text: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    positional: bool

    def run(self, connection: Connection, rows: Rows) -> int:
        """Run it, and say how many rows were touched."""
        given: list[Any] = [tuple([to(row[name]) if to else row[name] for name, to in self.columns]) for row in rows]
        if not self.positional:
            names = [name for name, _ in self.columns]
            given = [dict(zip(names, row, strict=True)) for row in given]
        return max(connection.exec_driver_sql(self.text, given).rowcount, 0)


@cache
def _insert(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _ForMany:
    return _compiled(dialect, table.insert(), names)


@cache
def _insert_new(dialect: Dialect, table: Table, names: tuple[str, ...], key: tuple[str, ...]) -> _ForMany:
    return _compiled(dialect, _inserting(dialect, table).on_conflict_do_nothing(index_elements=key), names)


@cache
def _upsert(
    dialect: Dialect, table: Table, names: tuple[str, ...], key: tuple[str, ...], update: tuple[str, ...]
) -> _ForMany:
    statement = _inserting(dialect, table)
    changes = {name: statement.excluded[name] for name in update}
    return _compiled(dialect, statement.on_conflict_do_update(index_elements=key, set_=changes), names)


@cache
def _rewrite(dialect: Dialect, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> _ForMany:
    where = (table.c[name] == bindparam(f"key_{name}", type_=table.c[name].type) for name in key)
    return _compiled(dialect, table.update().where(*where), names)


def _compiled(dialect: Dialect, statement: Any, names: tuple[str, ...]) -> _ForMany:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup or list(compiled.binds)
    types = [(name, compiled.binds[name].type.dialect_impl(dialect)) for name in order]
    columns = tuple((name, each.bind_processor(dialect)) for name, each in types)
    return _ForMany(str(compiled), columns, bool(compiled.positional))


def keys(dialect: str, of: Sequence[Any]) -> tuple[FromClause, ColumnElement[bool]]:
    """Keys as a table to join with, and the condition that joins it. `of` are the columns; `given` gives their values.

    One parameter on SQLite and one for each column on PostgreSQL, so that the statement is the same for any number of
    keys and both databases look each one up in the index. (Of a long `IN` of pairs PostgreSQL makes a plan with as many
    branches.)
    """
    table = (_sqlite_keys if dialect == "sqlite" else _postgresql_keys)(of)
    return table, and_(*(column == table.c[column.name] for column in of))


def given(dialect: str, wanted: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """The parameters of `keys`. There must be at least one."""
    if dialect == "sqlite":
        return {"keys": json.dumps(wanted)}
    return {f"keys_{n}": list(values) for n, values in enumerate(zip(*wanted, strict=True))}


def _sqlite_keys(of: Sequence[Any]) -> FromClause:
    each = func.json_each(bindparam("keys", type_=Text())).table_valued("value")
    parts = (func.json_extract(each.c.value, f"$[{n}]", type_=column.type) for n, column in enumerate(of))
    return select(*(part.label(column.name) for part, column in zip(parts, of, strict=True))).subquery()


def _postgresql_keys(of: Sequence[Any]) -> FromClause:
    # A cast to varchar(n) would cut a longer value without a word.
    types = (Text() if isinstance(column.type, String) else column.type for column in of)
    arrays = (bindparam(f"keys_{n}", type_=postgresql.ARRAY(each)) for n, each in enumerate(types))
    return func.unnest(*arrays).table_valued(*(column.name for column in of)).render_derived()
