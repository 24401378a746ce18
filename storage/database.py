"""The database: one engine, short transactions, and the thread that they run in.

SQLite: WAL, `synchronous=FULL`, one writer, every transaction BEGIN IMMEDIATE. PostgreSQL: psycopg 3, many processes.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from storage.errors import StorageError

BUSY_MS = 15_000
WAKE_CHANNEL = "rapport_wake"
# A machine that vanishes says no goodbye. Left to itself the other side waits for it, and keeps its locks, for hours.
NOTICE_A_LOST_SERVER = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2}
NOTICE_A_LOST_CLIENT = {"tcp_keepalives_idle": 5, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 2}  # seconds
# All our rows are found by key. At the price that dates from turning disks the planner reads whole tables instead.
BY_KEY = {"random_page_cost": 1.1}


class Database:
    """An engine and its dialect's two differences: locking and waking.

    `process` is a name for whoever opened it, drawn anew each time; PostgreSQL shows it while a connection is open.
    """

    def __init__(self, url: str) -> None:
        self.process = f"rapport-{secrets.token_hex(6)}"
        self.engine = _engine(url, self.process)
        self.is_sqlite = self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back on an error."""
        with self.engine.begin() as connection:
            yield connection

    def wake(self, connection: Connection) -> None:
        """Tell the other processes, with this commit, that there is work (PostgreSQL)."""
        if not self.is_sqlite:
            connection.execute(text(f"NOTIFY {WAKE_CHANNEL}"))

    @property
    def file(self) -> Path | None:
        """The SQLite file."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _engine(url: str, process: str) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: its port is no number
        raise StorageError("RAPPORT_DATABASE_URL is not a database URL; write sqlite:///rapport.sqlite or "
                           "postgresql://user:password@host/name") from None  # fmt: skip
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"check_same_thread": False}, hide_parameters=True)
        _as_sqlite(engine)
        return engine
    if parsed.get_backend_name() == "postgresql":
        driver = parsed.set(drivername="postgresql+psycopg")
        reached = {"application_name": process, **NOTICE_A_LOST_SERVER}
        engine = create_engine(driver, connect_args=reached, pool_pre_ping=True, pool_size=5, hide_parameters=True)
        _as_postgresql(engine)
        return engine
    raise StorageError(f"'{parsed.get_backend_name()}' databases are not supported; use sqlite or postgresql")


def _as_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        for name, value in {**NOTICE_A_LOST_CLIENT, **BY_KEY}.items():
            connection.execute(f"SET {name} = {value}")
        connection.commit()


def _as_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, see below
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred transaction that turns into a writer fails at once when another wrote meanwhile; this one waits.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
