"""What time it is. The one place that asks; everything below is told."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, aware, in UTC."""

    def now(self) -> datetime:
        """This moment."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment."""
        return datetime.now(UTC)


class PushedClock:
    """The machine's clock, which the demo can push forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """This moment, as far ahead as it was pushed."""
        return datetime.now(UTC) + self.ahead

    def push(self, by: timedelta) -> None:
        """Go forward. There is no way back: timers that fired have fired."""
        self.ahead += max(by, timedelta())
