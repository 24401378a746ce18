"""Something changed: a number that grows, and whoever waits for it."""

import asyncio


class Hub:
    """Counts changes. Made before the event loop runs or inside it, used inside."""

    def __init__(self) -> None:
        self.version = 1
        self.closed = False
        self._changed = asyncio.Event()

    def bump(self) -> None:
        """Something changed."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Nobody needs to wait any more."""
        self.closed = True
        self._changed.set()

    async def wait(self, version: int, seconds: float) -> int:
        """Until there is another version than this one, or that many seconds. Returns the version there is."""
        if self.version == version and not self.closed:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                return self.version
        return self.version
