"""The whole product as `rapport run` starts it, in a thread of its own, talking HTTP to the fakes."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import EXAMPLES, App, build, employ
from bot.channels.base import Channel
from bot.invite import invite
from bot.pace import Pace
from bot.settings import Settings
from bot.web.serve import run_until
from bot.worker import Worker
from fakes.slack import FakeSlack
from fakes.telegram import FakeTelegram
from storage.cipher import new_key
from storage.database import Database
from storage.schema import migrate
from support.clock import FakeClock

TELEGRAM_TOKEN = "111:AAA"
LANDING = 1.0  # seconds
UNPACED = {"per_bot": 1e9, "per_chat": 1e9, "burst": 10**9}


@dataclass(slots=True)
class Product:
    """Start it, talk to it as a client and as a clinician, push its clock, stop it, start it again."""

    url: str
    clock: FakeClock
    telegram: FakeTelegram
    slack: FakeSlack
    environment: dict[str, str] = field(default_factory=dict)
    keys: str = field(default_factory=new_key)
    drafts: bool = False
    app: App | None = field(default=None, repr=False)  # it holds every flow and every word: minutes of printing
    port: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event | None = None
    _thread: threading.Thread | None = None
    _fault: BaseException | None = None
    _worker: Worker | None = None

    def settings(self) -> Mapping[str, str]:
        """The environment that `rapport run` would read."""
        return {
            "RAPPORT_DATABASE_URL": self.url,
            "RAPPORT_KEYS": self.keys,
            "RAPPORT_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
            "RAPPORT_SLACK_BOT_TOKEN": "xoxb-riverside",
            "RAPPORT_SLACK_APP_TOKEN": "xapp-riverside",
            "RAPPORT_TELEGRAM_API_URL": self.telegram.url,
            "RAPPORT_SLACK_API_URL": self.slack.url,
            "RAPPORT_PORT": "0",
            **self.environment,
        }

    def start(self) -> None:
        """Start, and return once it listens."""
        self.open()
        started = threading.Event()

        def listening(port: int) -> None:
            self.port = port
            started.set()

        self._thread = threading.Thread(target=self._run, args=(listening, started), name="product")
        self._thread.start()
        assert started.wait(20), "the product did not start within 20 seconds"
        self._raise_fault()

    def open(self) -> App:
        """Its memory and packs alone; nothing runs."""
        if self.app:
            self.app.store.database.close()  # a test may have looked into it since the stop
        database = Database(self.url)
        migrate(database)
        database.close()
        self.app = build(Settings.read(self.settings()), self.clock, drafts=self.drafts)
        return self.app

    def close(self) -> None:
        """Let go of the memory."""
        if self.app:
            self.app.store.database.close()

    def _run(self, listening: Callable[[int], None], started: threading.Event) -> None:
        async def main() -> None:
            assert self.app is not None
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await run_until(self.app, self._stop, listening, self._hire)

        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            self._fault = error
        finally:
            started.set()

    def _hire(self, app: App, channels: Mapping[str, Channel]) -> Worker:
        """A worker who does not wait for the platforms' rates, and looks up when a test has pushed the clock."""
        loop = asyncio.get_running_loop()
        worker = employ(app, channels, Pace(loop.time, **UNPACED))
        self._worker = worker
        self.clock.watch(lambda: loop.is_closed() or loop.call_soon_threadsafe(worker.wake))
        return worker

    def _raise_fault(self) -> None:
        if self._fault:
            raise self._fault

    def stop(self) -> None:
        """Stop as SIGTERM would."""
        if self._loop and self._stop and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(20)
            assert not self._thread.is_alive(), "the product did not stop within 20 seconds"
        self.close()
        self._raise_fault()

    def push(self, **by: float) -> None:
        """Push the clock, not while a message is on its way: past its lease it would be sent a second time."""
        if self._loop and self._thread and self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._landed(), self._loop).result(LANDING + 5)
        self.clock.push(**by)

    async def _landed(self) -> None:
        """Until nothing is on its way; what hangs for longer than a moment is a test's own wish."""
        assert self._worker is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(LANDING):
                await asyncio.gather(*(sender.landed() for sender in self._worker.senders.values()))

    def invite(self, name: str = "Sam", clinician: str = "amari", clinic: str = "riverside") -> str:
        """A joining token."""
        assert self.app is not None
        return invite(self.app, clinic, clinician, name).token

    def rows(self, statement: Any) -> list[Any]:
        """What stands in the database."""
        assert self.app is not None
        with self.app.store.database.transaction() as connection:
            return list(connection.execute(statement))


@contextmanager
def running(product: Product) -> Iterator[Product]:
    """The product, started and stopped; both fakes found nothing wrong with what they were sent."""
    product.start()
    try:
        yield product
    finally:
        product.stop()
    assert product.telegram.violations == []
    assert product.slack.violations == []


def pack_copy(folder: Path, **changes: str) -> Path:
    """A folder with a copy of the example pack, `clinic.yaml` changed by old text=new text pairs."""
    shutil.copytree(EXAMPLES / "riverside", folder / "riverside")
    file = folder / "riverside" / "clinic.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"the example pack has no '{old}'"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return folder
