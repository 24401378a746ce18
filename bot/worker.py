"""The loops: the door, the turns, the watch, a sender for each channel, and the alarm for when these stand still.

The database work has a thread of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

import psycopg
from sqlalchemy.exc import InterfaceError, OperationalError

from bot import alarm, intake, logs, watch
from bot.channels.base import Channel, Inbound, Outbound, SendError
from bot.clock import Clock
from bot.metrics import Metrics
from bot.pace import Pace
from bot.sender import Sender
from bot.shelf import Shelf
from bot.turn import BATCH, take_turns
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
        packs: Shelf,
        channels: Mapping[str, Channel],
        clock: Clock,
        pace: Pace,
        poll: float = POLL,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        self.store, self.packs, self.clock = store, packs, clock
        self.pace, self.poll, self.metrics = pace, poll, Metrics()
        self.ticks, self._alarm = ticks, alarm.Alarm()
        self._beats: dict[str, float] = {}  # when a loop last came round, in ticks
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

    def take_turns_soon(self) -> None:
        """There may be an event."""
        self._work.set()

    async def run(self) -> None:
        """Run every loop until cancelled. A fault that is not the database being away ends the process, loudly."""
        self._beats = dict.fromkeys(("turns", "watch"), self.ticks())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._alarm_loop())
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
        total = 0
        while taken := await self.do(take_turns, self.store, self.packs, self.clock.now(), BATCH):
            self._beats["turns"] = self.ticks()
            total += taken
            self.metrics.turns.inc(taken)
            self.wake()
        self._beats["turns"] = self.ticks()
        return total

    async def watch(self) -> None:
        """The audit each few seconds, in a thread of its own: nothing unscreened, no case without a timer."""
        now = self.clock.now()
        if await asyncio.get_running_loop().run_in_executor(self._watch, watch.check, self.store, self.packs, now):
            self.wake()
        self._beats["watch"] = self.ticks()

    async def _alarm_loop(self) -> None:
        while True:
            await self.ring()
            await asyncio.sleep(alarm.EVERY)

    async def ring(self) -> None:
        """Where nothing is read any more, say so in the log and, straight through the channels, to the clinics."""
        now = self.ticks()
        if not self._alarm.rings(self._beats, now):
            return
        log.critical("turns_stuck")
        for pack in self._alarm.untold(self.packs.packs.values(), now):
            clinic = pack.world.clinic.clinic
            ways = [each for each in alarm.messages(pack) if each.kind in self.senders]
            if any(await asyncio.gather(*(self._told(clinic, each) for each in ways))):
                self._alarm.told[clinic] = now

    async def _told(self, clinic: str, message: Outbound) -> bool:
        try:
            await self.senders[message.kind].channel.send(message)
        except SendError as error:
            log.error("alarm_not_sent", clinic=clinic, channel=message.kind, effect=error.code)
            return False
        return True

    @property
    def stuck(self) -> bool:
        """Whether nothing has been read for a minute. Needs no database."""
        return alarm.stuck(self._beats, self.ticks())

    @property
    def ages(self) -> dict[str, int]:
        """How many seconds ago each loop last came round."""
        return {name: int(self.ticks() - at) for name, at in self._beats.items()}

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
        """Other processes need not wait for the leases to end, nor our own ear for its time."""
        with self.store.database.transaction() as connection:
            leases.give_back(connection, self.store.database.process)
            self.store.database.wake(connection)


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
