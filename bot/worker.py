"""The loops: the door, the turns, the watch, a sender for each channel. The database work has a thread of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

import psycopg
from sqlalchemy.exc import InterfaceError, OperationalError

from bot import intake, logs, watch
from bot.channels.base import Channel, Inbound
from bot.clock import Clock
from bot.metrics import Metrics
from bot.pace import Pace
from bot.sender import Sender
from bot.turn import BATCH, Packs, take_turns
from storage import alerts, inbox, leases
from storage.store import Store
from storage.wakeups import Wakeups

log = logs.get(__name__)
T = TypeVar("T")

POLL = 1.0  # seconds: the net under the wake-ups
AGAIN = 0.5  # seconds, while the database is away
DOWN = (OperationalError, InterfaceError)  # the database is away; it is asked again until it is back


class Worker:
    """Takes in, takes turns and sends. `accept` is what channels and desk call; it returns after the commit."""

    def __init__(
        self,
        store: Store,
        packs: Packs,
        channels: Mapping[str, Channel],
        clock: Clock,
        pace: Pace,
        poll: float = POLL,
    ) -> None:
        self.store, self.packs, self.clock = store, packs, clock
        self.pace, self.poll, self.metrics = pace, poll, Metrics()
        self.beats: dict[str, datetime] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._watch = ThreadPoolExecutor(1, thread_name_prefix="watch")
        self._ear, self._wakeups = ThreadPoolExecutor(1, thread_name_prefix="listen"), Wakeups(store.database)
        self.senders = {name: Sender(self, name, channel) for name, channel in channels.items()}
        self._arrived: list[tuple[Sequence[Inbound], asyncio.Future[int]]] = []
        self._door, self._work = asyncio.Event(), asyncio.Event()

    async def do(self, work: Callable[..., T], *args: object) -> T:
        """Run database work in the process's one thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    async def accept(self, inbounds: Sequence[Inbound]) -> int:
        """Store updates. Returns, after the commit, how many were new; raises what the database raised."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._arrived.append((inbounds, done))
        self._door.set()
        return await done

    def wake(self) -> None:
        """There may be work."""
        self._work.set()
        for sender in self.senders.values():
            sender.wanted.set()

    async def run(self) -> None:
        """Run every loop until cancelled. A fault that is not the database being away ends the process, loudly."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._intake_loop())
            tasks.create_task(self._loop(self._work, self.turns))
            tasks.create_task(self._loop(asyncio.Event(), self.watch, every=watch.EVERY))
            for sender in self.senders.values():
                tasks.create_task(self._loop(sender.wanted, sender.run_once))
            if not self.store.database.is_sqlite:
                tasks.create_task(self._listen())

    async def _listen(self) -> None:
        """Wake when another process has committed something for us."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                if await loop.run_in_executor(self._ear, self._wakeups.wait, POLL):
                    self.wake()
            except psycopg.OperationalError as error:
                log.error("database_away", error=error)
                await asyncio.sleep(AGAIN)

    async def _intake_loop(self) -> None:
        while True:
            await self._door.wait()
            self._door.clear()
            waiting, self._arrived = self._arrived, []
            await self._take_in(waiting)

    async def _take_in(self, waiting: Sequence[tuple[Sequence[Inbound], asyncio.Future[int]]]) -> None:
        """One commit for all who wait; where it fails, one for each, so that nobody's fault becomes another's."""
        inbounds = [inbound for group, _done in waiting for inbound in group]
        try:
            count = await self.do(intake.accept, self.store, inbounds, self.clock.now())
        except Exception as error:  # noqa: BLE001 - whoever waits at the door is told; nothing was confirmed
            if len(waiting) > 1:
                for one in waiting:
                    await self._take_in([one])
                return
            log.error("not_accepted", error=error, count=len(inbounds))
            _tell(waiting, error)
        else:
            self.metrics.accepted.inc(count)
            _tell(waiting, count)
            self._work.set()

    async def _loop(self, event: asyncio.Event, work: Callable[[], Awaitable[object]], every: float = 0) -> None:
        while True:
            try:
                await work()
            except DOWN as error:
                log.error("database_away", error=error)
                await asyncio.sleep(AGAIN)
            else:
                await _wait(event, every or self.poll)

    async def turns(self) -> int:
        """Take turns until none is due. Returns how many."""
        self.beats["turns"] = self.clock.now()
        total = 0
        while taken := await self.do(take_turns, self.store, self.packs, self.clock.now(), BATCH):
            total += taken
            self.metrics.turns.inc(taken)
            self.wake()
        return total

    async def watch(self) -> None:
        """The audit each few seconds, in a thread of its own: nothing unscreened, no case without a timer."""
        now = self.clock.now()
        if await asyncio.get_running_loop().run_in_executor(self._watch, watch.check, self.store, self.packs, now):
            self.wake()

    def measure(self) -> None:
        """Bring the gauges up to date (database work)."""
        with self.store.database.transaction() as connection:
            oldest, cases = inbox.next_due(connection), alerts.open_cases(connection)
        self.metrics.open_cases.set(len(cases))
        waits = (self.clock.now() - oldest).total_seconds() if oldest else 0
        self.metrics.oldest_due.set(max(0.0, waits))

    async def settle(self) -> None:
        """Work until nothing is due and nothing is on its way (the demo after a push of its clock; tests)."""
        moved = True
        while moved:
            moved = bool(await self.turns())
            for sender in self.senders.values():
                moved = bool(await sender.run_once()) or moved

    async def stop(self) -> None:
        """Give the leases back and let go of the channels and the thread."""
        await asyncio.gather(*(sender.stop() for sender in self.senders.values()))
        await self.do(self._give_back)
        self._thread.shutdown(wait=True)
        self._watch.shutdown(wait=True)
        self._ear.shutdown(wait=True)
        self._wakeups.close()

    def _give_back(self) -> None:
        with self.store.database.transaction() as connection:
            leases.give_back(connection, self.store.database.process)


def _tell(waiting: Sequence[tuple[Sequence[Inbound], asyncio.Future[int]]], result: int | Exception) -> None:
    for _group, done in waiting:
        if done.cancelled():
            continue
        if isinstance(result, Exception):
            done.set_exception(result)
        else:
            done.set_result(result)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or that many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    event.clear()
