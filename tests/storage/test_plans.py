"""On a full database the hot statements find their rows by an index; none of them walks through a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from storage import alerts, cards, chats, conversations, inbox, outbox, watch
from storage.chats import Address

MANY = 40_000
# name of the test's case -> what to run on a connection
HOT = {
    "claim": lambda m, c: inbox.claim(c, m.now, 200),
    "oldest": lambda m, c: inbox.oldest(c, m.cipher, m.now, [("riverside", "client:7")]),
    "finish": lambda m, c: inbox.finish(c, m.now, inbox.oldest(c, m.cipher, m.now, [("riverside", "client:7")])),
    "accept": lambda m, c: inbox.accept(c, m.cipher, m.ids, [m.arrival("new", "client:7")]),
    "load": lambda m, c: conversations.load(c, m.cipher, [("riverside", "client:7"), ("riverside", "client:8")]),
    "next_due": lambda m, c: inbox.next_due(c),
    "cancel": lambda m, c: inbox.cancel_timers(c, m.now, [("riverside", "client:7", "nudge")]),
    "unscreened": lambda m, c: watch.unscreened(c, m.now),
    "send": lambda m, c: outbox.claim(c, m.cipher, "telegram", m.now, 60),
    "withdraw": lambda m, c: outbox.withdraw(c, m.now, "riverside", "client:7", [3, 4]),
    "find": lambda m, c: chats.find(c, m.cipher, [Address("riverside", "telegram", "bot", "7")]),
    "forget": lambda m, c: chats.forget(c, "riverside", 7),
    "timed": lambda m, c: watch.timed(c, "ladder"),
    "unopened": lambda m, c: watch.unopened(c),
    "joining": lambda m, c: inbox.joining(c, [("riverside", 7)]),
    "card": lambda m, c: cards.cases_of(c, [("riverside", "C|1")]),
    "number": lambda m, c: alerts.by_number(c, [("riverside", 7)]),
}
SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < :many)",
    "postgresql": "WITH series(n) AS (SELECT generate_series(1, :many))",
}
ROWS = {
    "inbox": """
        (clinic_id, id, source, origin, external_id, subject, kind, class, received_at, due_at, done_at)
        SELECT 'riverside', n, 'web', 'bot', 'x' || n, 'client:' || n, 'ButtonPressed', n % 2, :now, :now,
        CASE WHEN n % 40 = 7 THEN NULL ELSE :now END""",
    "outbox": """
        (clinic_id, id, subject, channel, chat, class, kind, created_at, due_at, settled_at)
        SELECT 'riverside', n, 'client:' || n, 'telegram', 'c' || n, 2, 'message', :now, :now,
        CASE WHEN n % 40 = 7 THEN NULL ELSE :now END""",
    "conversations": """
        (clinic_id, subject, client_id, version, changed_at)
        SELECT 'riverside', 'client:' || n, 'k' || n, 0, :now""",
    "clients": """
        (clinic_id, id, clinician, status, locale, zone, country, chat_id, reachable, interpreter, profile_sealed,
        counters, created_at)
        SELECT 'riverside', 'c' || n, 'amari', 'active', 'en', '', '', n, true, false, '', '{}', :now""",
    "chats": """
        (clinic_id, id, channel, bot, address_hash, created_at)
        SELECT 'riverside', n, 'telegram', 'bot', 'h' || n, :now""",
    "alerts": """
        (clinic_id, id, number, subject, status, tier, category, opened_at, closed_at, state)
        SELECT 'riverside', n, n, 'client:' || n, 'resolved', 'high', 'x', :now, :now,
        '{"told": [], "urgent_at": 0, "texts": [], "notes": [], "soon": "now"}'""",
}
# SQLite names what it walks through, or an alias of it: other, older and first are ours; PostgreSQL says it outright.
WALKS = re.compile(
    rf"SCAN ({'|'.join(ROWS)}|other|older|first)\b(?! USING (COVERING )?INDEX ix_)|Seq Scan on ({'|'.join(ROWS)})\b"
)


@pytest.fixture
def full(memory):
    now = str(memory.now.replace(tzinfo=None)) + ".000000" if memory.database.is_sqlite else memory.now
    with memory.open() as connection:
        for table, rows in ROWS.items():
            head, values = rows.split("SELECT", 1)
            statement = f"INSERT INTO {table} {head} {SERIES[connection.dialect.name]} SELECT {values} FROM series"
            connection.execute(text(statement), {"many": MANY, "now": now})
    with memory.open() as connection:
        connection.exec_driver_sql("ANALYZE")
    return memory


def test_no_hot_statement_walks_through_a_table(full):
    walks = []
    for name, work in HOT.items():
        with full.open() as connection:
            with _overheard(connection) as statements:
                work(full, connection)
            plans = [_plan(connection, statement, values) for statement, values in statements]
        assert plans, name
        walks += [f"{name}: {plan}" for plan in plans if WALKS.search(plan)]
    assert walks == []


@pytest.mark.parametrize("table", ROWS)
def test_a_walk_is_recognised(sqlite_memory, table):
    with sqlite_memory.open() as connection:
        assert WALKS.search(_plan(connection, f"SELECT * FROM {table} WHERE clinic_id LIKE '%x'", ()))


@contextmanager
def _overheard(connection) -> Iterator[list]:
    """What is said to the database, with its values."""
    statements: list = []

    def hear(_connection, _cursor, statement, values, _context, many):
        statements.append((statement, values[0] if many else values))

    event.listen(connection, "before_cursor_execute", hear)
    yield statements
    event.remove(connection, "before_cursor_execute", hear)


def _plan(connection, statement, values) -> str:
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, values or None))
