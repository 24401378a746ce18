"""The database opens with a clear word where it cannot, and its transactions hold what they promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.errors import StorageError
from storage.tables import leases


@pytest.mark.parametrize("url", ["", "rapport.sqlite", "mysql://user:hunter2@host/name", "postgres//user:hunter2@host"])
def test_a_wrong_url_is_refused_without_repeating_a_password(url):
    with pytest.raises(StorageError, match="sqlite") as raised:
        Database(url)
    assert "hunter2" not in str(raised.value)


def test_a_transaction_is_all_or_nothing(memory):
    row = {"name": "a", "holder": "b", "until": memory.now}
    with pytest.raises(sa.exc.IntegrityError), memory.open() as connection:
        _twice(connection, row)
    assert memory.rows(leases) == []


@pytest.mark.parametrize("hours", [-8, 0, 5.5])
def test_a_time_of_any_zone_comes_back_as_the_same_moment_in_utc(memory, hours):
    there = datetime(2026, 3, 2, 10, 0, 0, 7, tzinfo=timezone(timedelta(hours=hours)))
    with memory.open() as connection:
        connection.execute(leases.insert(), {"name": "a", "holder": "b", "until": there})
        (row,) = connection.execute(sa.select(leases).where(leases.c.until == there))
    assert row.until == there
    assert row.until.utcoffset() == timedelta(0)


def test_times_are_compared_as_times(memory):
    moments = [datetime(2026, 3, 2, 9, 59, 59, 999_999, UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)]
    with memory.open() as connection:
        connection.execute(
            leases.insert(), [{"name": str(n), "holder": "", "until": at} for n, at in enumerate(moments)]
        )
        early = connection.execute(sa.select(leases.c.name).where(leases.c.until < moments[1])).scalars().all()
    assert early == ["0"]


def test_a_time_without_a_zone_is_refused(memory):
    naive = datetime(2026, 3, 2)  # noqa: DTZ001 the very mistake
    with pytest.raises(sa.exc.StatementError, match="zone"), memory.open() as connection:
        connection.execute(leases.insert(), {"name": "a", "holder": "b", "until": naive})


def test_sqlite_keeps_what_it_has_confirmed_when_the_power_fails(sqlite_memory):
    with sqlite_memory.open() as connection:
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert values == ["wal", 2]


def test_postgresql_tells_other_processes_that_there_is_work(postgresql_memory):
    memory = postgresql_memory
    with memory.database.engine.connect() as listener:
        driver = listener.connection.driver_connection
        driver.autocommit = True
        driver.execute("LISTEN rapport_wake")
        with memory.open() as connection:
            memory.database.wake(connection)
        assert [each.channel for each in driver.notifies(timeout=10, stop_after=1)] == ["rapport_wake"]
        driver.autocommit = False


def _twice(connection, row):
    connection.execute(leases.insert(), row)
    connection.execute(leases.insert(), row)
