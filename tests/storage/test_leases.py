"""Of all processes one has the lease: until it runs out, is given back, or the process ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import leases, outbox
from storage.database import Database

MINUTE = timedelta(minutes=1)


@pytest.fixture
def other(postgresql_memory):
    """A second process on the same database."""
    database = Database(postgresql_memory.database.engine.url.render_as_string(hide_password=False))
    with database.transaction() as connection:
        connection.exec_driver_sql("SELECT 1")
    yield database
    database.close()


def test_one_process_has_the_lease_until_it_runs_out(postgresql_memory, other):
    mine = postgresql_memory.database
    assert _take(mine, postgresql_memory.now)
    assert not _take(other, postgresql_memory.later(seconds=30))
    assert _take(mine, postgresql_memory.later(seconds=30)), "its holder renews it"
    assert not _take(other, postgresql_memory.later(seconds=60))
    assert _take(other, postgresql_memory.later(seconds=90))
    assert not _take(mine, postgresql_memory.later(seconds=90))


def test_a_lease_given_back_is_free_at_once(postgresql_memory, other):
    mine, now = postgresql_memory.database, postgresql_memory.now
    assert _take(mine, now)
    assert _take(mine, now, "another lease")
    assert not _take(other, now)
    with mine.transaction() as connection:
        leases.give_back(connection, mine.process)
    assert _take(other, now)
    assert _take(other, now, "another lease")


def test_H04_the_lease_of_a_process_that_ended_is_free_at_once(postgresql_memory, other):
    assert _take(other, postgresql_memory.now)
    assert not _take(postgresql_memory.database, postgresql_memory.now)
    assert _take(postgresql_memory.database, postgresql_memory.now, "another lease")
    other.close()
    _gone(postgresql_memory.database, other.process)
    assert _take(postgresql_memory.database, postgresql_memory.now)


def test_on_sqlite_the_only_process_has_every_lease(sqlite_memory):
    assert _take(sqlite_memory.database, sqlite_memory.now)
    assert _take(sqlite_memory.database, sqlite_memory.now)


def test_H12_what_a_process_that_ended_had_claimed_is_free_at_once(postgresql_memory, other):
    memory = postgresql_memory
    memory.queue(memory.post(1), memory.post(2, chat="8"))
    assert [_claim(memory, memory.database, 1), _claim(memory, other, 1)] == [[1], [2]]
    assert _release(memory) == 0, "both processes run"
    other.close()
    _gone(memory.database, other.process)
    assert _release(memory) == 1
    assert _claim(memory, memory.database, 9) == [2]


def test_H12_on_sqlite_a_new_process_frees_what_the_one_before_had_claimed(sqlite_memory):
    memory = sqlite_memory
    memory.queue(memory.post(1), memory.post(2, chat="8"), memory.post(3, chat="9", channel="slack"))
    before = Database(memory.database.engine.url.render_as_string())
    assert _claim(memory, before, 1) == [1]
    before.close()
    assert _claim(memory, memory.database, 1) == [2]
    assert _release(memory) == 1
    assert _claim(memory, memory.database, 9) == [1]


def _take(database, now, name="poll:bot"):
    with database.transaction() as connection:
        return leases.take(connection, name, database.process, now, MINUTE)


def _claim(memory, database, limit):
    with memory.open() as connection:
        claimed = outbox.claim(connection, memory.cipher, "telegram", memory.now, limit, database.process)
    return [letter.id for letter in claimed]


def _release(memory):
    with memory.open() as connection:
        return outbox.release(connection, "telegram", memory.database.process)


def _gone(database, process):
    """PostgreSQL takes a moment to end a session that was closed."""
    seen = True
    while seen:
        with database.transaction() as connection:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
            seen = connection.exec_driver_sql(asked, (process,)).scalar()
