"""One channel's sender: claims what is due, keeps many letters on their way, settles them as they come back."""

import asyncio
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from bot import delivery, logs
from bot.channels.base import Channel, SendError
from bot.delivery import Sent
from storage import leases, outbox
from storage.outbox import Letter, Settled

if TYPE_CHECKING:  # the worker owns its senders
    from bot.worker import Worker

log = logs.get(__name__)

LEASE = timedelta(seconds=20)
RENEW = 1.0  # seconds
PARTING = 2.0  # seconds
IN_FLIGHT = 60


class Sender:
    """Sends for one channel. `wanted` is set when there may be something to send."""

    def __init__(self, worker: "Worker", name: str, channel: Channel) -> None:
        self.worker, self.name, self.channel = worker, name, channel
        self.wanted = asyncio.Event()
        self._flying: set[asyncio.Task[Sent]] = set()
        self._landed: list[Settled] = []  # not written down yet; kept while the database is away
        self._mine, self._renew_at = False, 0.0

    async def run_once(self) -> int:
        """Send all that is due and wait for it. Returns how many letters were settled."""
        count = 0
        while await self._claim_and_start() or self._flying or self._landed:
            await self._land()
            count += await self._settle()
        return count

    async def _claim_and_start(self) -> int:
        room = IN_FLIGHT - len(self._flying)
        letters = await self.worker.do(self._claim, room) if room else []
        now = self.worker.clock.now()
        for letter in letters:
            if unsent := delivery.ready(letter, now):
                self._landed.append(unsent)
            else:
                self._flying.add(asyncio.create_task(self._send(letter)))
        return len(letters)

    def _claim(self, limit: int) -> list[Letter]:
        now = self.worker.clock.now()
        if monotonic() >= self._renew_at:
            self._mine = self._take_lease(now)
            self._renew_at = monotonic() + RENEW
        return delivery.claim(self.worker.store, self.name, now, limit) if self._mine else []

    def _take_lease(self, now: datetime) -> bool:
        """Of all processes one sends for a channel. It frees what others left behind, on PostgreSQL not before its
        lease is renewed: a database that was away for a moment has every process look as if it had ended."""
        database = self.worker.store.database
        with database.transaction() as connection:
            mine = leases.take(connection, f"send:{self.name}", database.process, now, LEASE)
            if mine and (self._mine or database.is_sqlite):
                outbox.release(connection, self.name, database.process)
        return mine

    async def _send(self, letter: Letter) -> Sent:
        if self.name == "telegram" and (wait := self.worker.pace.wait(letter.bot, letter.chat)):
            await asyncio.sleep(wait)
        try:
            return Sent(letter, await self.channel.send(delivery.outbound(letter)))
        except SendError as error:
            return Sent(letter, error=error)
        except Exception as error:  # noqa: BLE001 - one letter's fault must not end everybody's; it comes back as an event
            log.critical("send_broke", channel=self.name, clinic=letter.clinic, error=error)
            return Sent(letter, error=SendError("fault", retryable=False))

    async def _land(self) -> None:
        """What has come back since; waits for the first, until something new is to be sent, or the lease is to be."""
        if not self._flying or self._landed:
            return
        self.wanted.clear()
        news = asyncio.create_task(self.wanted.wait())
        try:
            await asyncio.wait({*self._flying, news}, timeout=RENEW, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        done = {task for task in self._flying if task.done()}
        self._flying -= done
        now = self.worker.clock.now()
        self._landed += [delivery.outcome(task.result(), now) for task in done]

    async def _settle(self) -> int:
        settled = self._landed
        if not settled:
            return 0
        await self.worker.do(delivery.settle, self.worker.store, settled, self.worker.clock.now())
        self._landed = []
        for one in settled:
            self.worker.metrics.sent.labels(self.name, one.status or "again").inc()
        self.worker.take_turns_soon()  # what became of a letter comes back as an event
        return len(settled)

    async def landed(self) -> None:
        """Wait for what is on its way now."""
        if self._flying:
            await asyncio.wait(self._flying)

    async def stop(self) -> None:
        """Give what is on its way a moment to come back; what does not is sent again by the next process."""
        late: set[asyncio.Task[Sent]] = set()
        if self._flying:
            self._flying, late = await asyncio.wait(self._flying, timeout=PARTING)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await self.channel.close()
        await self._land()
        await self._settle()
