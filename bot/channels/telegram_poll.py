"""Long polling that loses nothing: an update is confirmed, by the next request's offset, only when it has been stored.

The library's own updater confirms before anybody could store, and gives parsed updates; here they come as JSON.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from telegram import Bot
from telegram.error import Conflict, EndPointNotFound, InvalidToken, TelegramError

from bot import logs
from bot.channels.telegram_api import call
from bot.channels.telegram_door import Accept, Clock, Door
from bot.channels.telegram_errors import TOKEN_WAIT
from bot.channels.telegram_request import FloodError
from bot.channels.telegram_updates import ALLOWED, query_id, update_id

WAIT = 25  # seconds that Telegram keeps a request open while nothing happens
GRACE = 10  # seconds more until the connection is given up
LONGEST_PAUSE = 30.0  # seconds

log = logs.get(__name__)


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4 … 30."""
    return min(2.0 ** min(failures - 1, 10), LONGEST_PAUSE)


class Poller:
    """Fetches one bot's updates until `stop`. `accept` stores them in one commit; `clock` gives the time (UTC)."""

    def __init__(
        self,
        bot: Bot,
        clinic: str,
        bot_name: str,
        accept: Accept,
        clock: Clock,
        *,
        pause: Callable[[int], float] = pause_after,
    ) -> None:
        self.answered_at: datetime | None = None  # when Telegram last answered, for the health page
        self._bot, self._clinic, self._clock, self._pause = bot, clinic, clock, pause
        self._door = Door(clinic, bot_name, accept, clock)
        self._offset: int | None = None
        self._failures = 0
        self._has_webhook = True
        self._stopping = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Poll until `stop` is called. A batch that is being stored is stored to its end."""
        try:
            while not self._stopping.is_set():
                if seconds := await self._round():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stopping.wait(), seconds)
        finally:
            await _cancel(self._answers)

    def stop(self) -> None:
        """End `run` soon; a request that waits for updates is let go, and has confirmed nothing."""
        self._stopping.set()

    async def _round(self) -> float:
        """One request and what follows. Returns the seconds to wait before the next one."""
        try:
            raws = await self._until_stopped(self._fetch())
        except TelegramError as error:
            self._failures += 1
            return self._trouble(error)
        self.answered_at = self._clock()
        if self._confirm(raws[: await self._door.store(raws)]) < len(raws):
            self._failures += 1
            return self._pause(self._failures)
        self._failures = 0
        return 0

    async def _fetch(self) -> list[Any]:
        if self._has_webhook:
            # Only at the start: a poller that did it again later would fight a process that was set to use one.
            await self._bot.delete_webhook(drop_pending_updates=False)
            self._has_webhook = False
        asked = {"offset": self._offset, "timeout": WAIT, "allowed_updates": list(ALLOWED)}
        raws = await call(self._bot, "getUpdates", asked, read_timeout=WAIT + GRACE)
        if not isinstance(raws, list):
            raise TelegramError("Invalid server response")
        return raws

    def _confirm(self, stored: Sequence[object]) -> int:
        """Move the offset past what is stored, and let the phones stop waiting. Returns how many are confirmed."""
        numbers = [number for number in map(update_id, stored) if number is not None]
        if numbers:
            self._offset = max(numbers) + 1
        if odd := len(stored) - len(numbers):
            log.error("updates_without_number", channel="telegram", clinic=self._clinic, count=odd)
        for query in filter(None, map(query_id, stored)):
            task = asyncio.create_task(self._answer(query))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)
        return len(numbers)

    async def _answer(self, query: str) -> None:
        """Stop the button's spinner. It stops by itself if this fails; the press is stored."""
        try:
            await self._bot.answer_callback_query(query)
        except TelegramError as error:
            log.info("press_not_answered", channel="telegram", clinic=self._clinic, error=error)

    def _trouble(self, error: TelegramError) -> float:
        """Say what went wrong. Returns the seconds to wait."""
        where: dict[str, Any] = {"clinic": self._clinic, "attempt": self._failures, "error": error}
        match error:
            case FloodError():
                log.warning("poll_slowed", **where)
                return error.seconds
            case InvalidToken() | EndPointNotFound():
                log.error("poll_token_refused", **where)
                return TOKEN_WAIT
            case Conflict():
                log.error("poll_conflict", **where)
            case _:
                log.warning("poll_failed", **where)
        return self._pause(self._failures)

    async def _until_stopped(self, work: Coroutine[Any, Any, list[Any]]) -> list[Any]:
        """What the work gives; nothing, if it is stopped before."""
        task, stopped = asyncio.create_task(work), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else []
        finally:
            await _cancel({task, stopped})


async def _cancel(tasks: set[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
