"""One channel's sender: claims what is due, keeps many letters on their way, settles them as they come back."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import delivery
from bot.channels.base import Channel, SendError
from bot.delivery import Sent
from storage import leases
from storage.outbox import Letter, Settled

if TYPE_CHECKING:  # the worker owns its senders
    from bot.worker import Worker

LEASE = timedelta(seconds=20)
IN_FLIGHT = 60


class Sender:
    """Sends for one channel. `wanted` is set when there may be something to send."""

    def __init__(self, worker: "Worker", name: str, channel: Channel) -> None:
        self.worker, self.name, self.channel = worker, name, channel
        self.wanted = asyncio.Event()
        self._flying: set[asyncio.Task[Sent]] = set()
        self._leased_until: datetime | None = None

    async def run_once(self) -> None:
        """Send what is due now; returns when nothing more can be claimed, letters may still be on their way."""
        while await self._claim_and_start() or self._flying:
            await self._settle(await self._landed())

    async def drain(self) -> int:
        """Send all that is due and wait for it. Returns how many letters were settled."""
        count = 0
        while await self._claim_and_start() or self._flying:
            landed = await self._landed()
            await self._settle(landed)
            count += len(landed)
        return count

    async def _claim_and_start(self) -> int:
        room = IN_FLIGHT - len(self._flying)
        letters = await self.worker.do(self._claim, room) if room else []
        now = self.worker.clock.now()
        unsent = [settled for letter in letters if (settled := delivery.ready(letter, now))]
        await self._settle(unsent)
        held = {settled.letter.id for settled in unsent}
        self._flying |= {asyncio.create_task(self._send(letter)) for letter in letters if letter.id not in held}
        return len(letters)

    def _claim(self, limit: int) -> list[Letter]:
        now = self.worker.clock.now()
        if not self._may_send(now):
            return []
        return delivery.claim(self.worker.store, self.name, now, limit)

    def _may_send(self, now: datetime) -> bool:
        """Of all processes one sends for a channel; on SQLite there is one process."""
        database = self.worker.store.database
        if database.is_sqlite or (self._leased_until and now < self._leased_until - LEASE / 2):
            return True
        with database.transaction() as connection:
            mine = leases.take(connection, f"send:{self.name}", self.worker.name, now, LEASE)
        self._leased_until = now + LEASE if mine else None
        return mine

    async def _send(self, letter: Letter) -> Sent:
        if self.name == "telegram" and (wait := self.worker.pace.wait(letter.bot, letter.chat)):
            await asyncio.sleep(wait)
        try:
            return Sent(letter, await self.channel.send(delivery.outbound(letter)))
        except SendError as error:
            return Sent(letter, error=error)

    async def _landed(self) -> list[Settled]:
        """What has come back since; waits for the first, or until something new is to be sent."""
        if not self._flying:
            return []
        self.wanted.clear()
        news = asyncio.create_task(self.wanted.wait())
        try:
            await asyncio.wait({*self._flying, news}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        done = {task for task in self._flying if task.done()}
        self._flying -= done
        now = self.worker.clock.now()
        return [delivery.outcome(task.result(), now) for task in done]

    async def _settle(self, settled: Sequence[Settled]) -> None:
        if not settled:
            return
        await self.worker.do(delivery.settle, self.worker.store, settled, self.worker.clock.now())
        for one in settled:
            self.worker.metrics.sent.labels(self.name, one.status or "again").inc()
        self.worker.wake()

    async def stop(self) -> None:
        """Let go of what is on its way: its leases run out and it is sent again."""
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)
        await self.channel.close()
