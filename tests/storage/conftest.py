"""A migrated memory of its own for each test, on both databases, and short ways to fill it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select, text

from flows.conversation import Client
from flows.escalation import Alert
from storage import chats, clients, inbox, outbox
from storage.chats import Address, Chat
from storage.cipher import Cipher, new_key
from storage.database import Database
from storage.ids import Ids
from storage.inbox import Arrival, Due, Timer
from storage.outbox import Letter, Post
from storage.schema import migrate
from storage.tables import metadata
from support import postgresql

CLINIC, SUBJECT = "riverside", "client:sam"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@dataclass(frozen=True)
class Memory:
    """A database with its schema, keys, ids, and a moment to begin with."""

    database: Database
    cipher: Cipher
    ids: Ids
    now: datetime

    def open(self) -> AbstractContextManager[Connection]:
        return self.database.transaction()

    def later(self, **by: float) -> datetime:
        return self.now + timedelta(**by)

    def arrival(self, name: str, subject: str = SUBJECT, after: float = 0, **more: Any) -> Arrival:
        known = {
            "clinic": CLINIC,
            "source": "telegram",
            "origin": "bot",
            "body": {"text": name},
            "kind": "TextReceived",
        }
        return Arrival(external_id=name, subject=subject, at=self.later(seconds=after), **(known | more))

    def arrive(self, *arrivals: Arrival) -> int:
        with self.open() as connection:
            return inbox.accept(connection, self.cipher, self.ids, arrivals)

    def timer(self, name: str, due: datetime, subject: str = SUBJECT, ladder: bool = False, token: int = 0) -> Timer:
        return Timer(CLINIC, subject, name, due, token, ladder, self.now)

    def set(self, *timers: Timer) -> None:
        with self.open() as connection:
            inbox.set_timers(connection, self.ids, timers)

    def due(self, now: datetime | None = None, limit: int = 10) -> list[Due]:
        """The next events in the order of the claim, left as they are."""
        now = now or self.later(hours=1)
        with self.open() as connection:
            subjects = inbox.claim(connection, now, limit)
            events = inbox.oldest(connection, self.cipher, now, subjects)
        return sorted(events, key=lambda due: subjects.index((due.clinic, due.subject)))

    def names(self, now: datetime | None = None, limit: int = 10) -> list[str]:
        return [due.external_id for due in self.due(now, limit)]

    def finish(self, *events: Due) -> None:
        with self.open() as connection:
            inbox.finish(connection, self.later(hours=1), events)

    def post(self, row: int, text: str = "Hello", rank: int = 2, chat: str = "7", **more: Any) -> Post:
        known = {"clinic": CLINIC, "subject": SUBJECT, "channel": "telegram", "kind": "message", "at": self.now}
        return Post(id=row, rank=rank, chat=chat, body={"text": text}, **(known | more))

    def queue(self, *posts: Post) -> None:
        with self.open() as connection:
            outbox.post(connection, self.cipher, posts)

    def letters(self, now: datetime | None = None, limit: int = 10, channel: str = "telegram") -> list[Letter]:
        """Claim what can be sent."""
        with self.open() as connection:
            return outbox.claim(connection, self.cipher, channel, now or self.now, limit)

    def sendable(self, now: datetime | None = None) -> list[int]:
        return [letter.id for letter in self.letters(now)]

    def client(self, name: str = "sam", clinic: str = CLINIC, **more: Any) -> Client:
        client = Client(id=name, name="Sam Example", clinician="amari", **more)
        with self.open() as connection:
            clients.add(connection, self.cipher, clinic, client, self.now)
        return client

    def chat(self, address: str = "4711", clinic: str = CLINIC) -> Chat:
        key = Address(clinic, "telegram", "bot", address)
        with self.open() as connection:
            return chats.find_or_add(connection, self.cipher, self.ids, [key], self.now)[key]

    def alert(self, row: int, number: int = 1, **more: Any) -> Alert:
        return Alert(row, number, "high", "ideation", "now", self.now, self.now, **more)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        with self.open() as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        return {name: self.rows(table) for name, table in metadata.tables.items()}

    def with_keys(self, *keys: str) -> Memory:
        return replace(self, cipher=Cipher(keys))


@pytest.fixture(scope="session")
def key() -> str:
    return new_key()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "rapport.sqlite"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: postgresql.Server) -> str:
    postgresql_server.create("storage_template")
    database = Database(postgresql_server.url("storage_template"))
    migrate(database)
    database.close()
    return "storage_template"


@pytest.fixture
def sqlite_memory(sqlite_template: Path, tmp_path: Path, key: str, clock: Any) -> Iterator[Memory]:
    file = Path(shutil.copy(sqlite_template, tmp_path))
    yield from _memory(f"sqlite:///{file}", key, clock.now())


@pytest.fixture
def postgresql_memory(
    postgresql_server: postgresql.Server, postgresql_template: str, key: str, clock: Any
) -> Iterator[Memory]:
    with postgresql_server.fresh(postgresql_template) as name:
        yield from _memory(postgresql_server.url(name), key, clock.now())


@pytest.fixture(params=["sqlite", "postgresql"])
def memory(request: pytest.FixtureRequest) -> Memory:
    """The test runs once on each database."""
    return request.getfixturevalue(f"{request.param}_memory")


def _memory(url: str, key: str, now: datetime) -> Iterator[Memory]:
    memory = Memory(Database(url), Cipher([key]), Ids(), now.astimezone(UTC))
    yield memory
    memory.database.close()


@pytest.fixture
def meanwhile(postgresql_memory: Memory) -> Iterator[Callable[[Callable[[Connection], Any]], Callable[[], Any]]]:
    """`finish = meanwhile(work)`: run `work` in a second transaction until it waits for a lock of the first one's;
    `finish()`, called after the first one's end, gives its result."""
    threads: list[threading.Thread] = []

    def start(work: Callable[[Connection], Any]) -> Callable[[], Any]:
        results: list[Any] = []

        def run() -> None:
            with postgresql_memory.open() as connection:
                results.append(work(connection))

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        _until_it_waits(postgresql_memory)

        def finish() -> Any:
            threads[-1].join(20)
            return results[0]

        return finish

    yield start
    for thread in threads:
        thread.join(20)


def _until_it_waits(memory: Memory) -> None:
    deadline = time.monotonic() + 20
    while not _somebody_waits(memory):
        assert time.monotonic() < deadline, "the second transaction did not wait for the first one"


def _somebody_waits(memory: Memory) -> bool:
    with memory.open() as connection:  # a fresh one each time: within a transaction the view stands still
        return bool(connection.execute(text(WAITING)).scalar())
