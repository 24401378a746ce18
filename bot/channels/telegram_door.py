"""From Telegram to the door: what is stored may be confirmed, and an update that cannot be stored stops no other."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import logs
from bot.channels.base import Inbound
from bot.channels.telegram_updates import read_update

ENOUGH = 3  # failures in a row, after which it is the store that is down and not an update that is odd

Accept = Callable[[Sequence[Inbound]], Awaitable[object]]
Clock = Callable[[], datetime]

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """`accept` stores updates in one commit, or raises; `clock` gives the time (aware, UTC)."""

    clinic: str
    bot: str
    accept: Accept
    clock: Clock

    async def store(self, raws: Sequence[object]) -> int:
        """Store updates. Returns how many, counted from the first one, may be confirmed to Telegram."""
        now = self.clock()
        inbounds = [read_update(raw, self.clinic, self.bot, now) for raw in raws]
        if await self._stored([each for each in inbounds if each]):
            return len(raws)
        return await self._store_each(inbounds) if len(raws) > 1 else 0

    async def _store_each(self, inbounds: Sequence[Inbound | None]) -> int:
        """One by one, so that a message behind an update that cannot be stored is screened all the same."""
        first_failed, failures = len(inbounds), 0
        for place, inbound in enumerate(inbounds):
            if inbound is None or await self._stored([inbound]):
                failures = 0
                continue
            first_failed, failures = min(first_failed, place), failures + 1
            if failures == ENOUGH:
                break
        return first_failed

    async def _stored(self, inbounds: Sequence[Inbound]) -> bool:
        if not inbounds:
            return True
        try:
            await self.accept(inbounds)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing was confirmed and Telegram sends it again
            log.error("updates_not_stored", channel="telegram", clinic=self.clinic, count=len(inbounds), error=error)
            return False
        return True
