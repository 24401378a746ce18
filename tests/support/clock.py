"""A clock that only moves when a test moves it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

MONDAY_TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class FakeClock:
    """Starts on Monday 2026-03-02 at 10:00 UTC. Give `clock.now` to whatever asks for the time."""

    def __init__(self, start: datetime = MONDAY_TEN) -> None:
        self._watched: list[Callable[[], object]] = []
        self.set(start)

    def now(self) -> datetime:
        """The moment it is, aware, in UTC."""
        return self._now

    def push(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Move forward (or back, with a negative number) and say the new moment."""
        return self.set(self._now + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))

    def set(self, moment: datetime) -> datetime:
        """Jump to `moment`, which must say its time zone."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs its time zone, as in datetime(2026, 3, 2, 10, tzinfo=UTC)")
        self._now = moment.astimezone(UTC)
        for told in self._watched:
            told()
        return self._now

    def watch(self, told: Callable[[], object]) -> None:
        """Call `told` whenever the clock has moved."""
        self._watched.append(told)
