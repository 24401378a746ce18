"""Wake-ups between processes: PostgreSQL's LISTEN on a connection of its own. A slow poll stays as the net below."""

from contextlib import suppress
from typing import Any

import psycopg

from storage.database import WAKE_CHANNEL, Database


class Wakeups:
    """Waits for another process's commit. For one thread; on SQLite there is no other process to wait for."""

    def __init__(self, database: Database) -> None:
        self._url = database.engine.url.set(drivername="postgresql")
        self._connection: psycopg.Connection[Any] | None = None

    def wait(self, seconds: float) -> bool:
        """Wait at most so long. Returns whether somebody woke us. Raises psycopg.OperationalError where it is away."""
        if self._connection is None or self._connection.closed:
            url = self._url.render_as_string(hide_password=False)
            self._connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
            self._connection.execute(f"LISTEN {WAKE_CHANNEL}")
        return any(True for _notice in self._connection.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        """Listen no more."""
        if self._connection:
            with suppress(psycopg.Error):
                self._connection.close()
