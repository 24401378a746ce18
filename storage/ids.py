"""Row ids: 63-bit whole numbers that grow with time, so that order of arrival is order of id, on every database."""

import itertools
import secrets
import threading
import time

EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
NODE_BITS, COUNT_BITS = 10, 12


class Ids:
    """Makes ids: 41 bits of milliseconds, 10 of the process (drawn at its start), 12 of a counter. Never goes back."""

    def __init__(self) -> None:
        self._node = secrets.randbelow(1 << NODE_BITS)
        self._last = 0
        self._lock = threading.Lock()

    def new(self, after: int = 0) -> int:
        """The next id, greater than every one made here before and than `after`."""
        with self._lock:
            clock = (time.time_ns() // 1_000_000 - EPOCH_MS) << (NODE_BITS + COUNT_BITS) | self._node << COUNT_BITS
            self._last = max(clock, self._last + 1, after + 1)
            return self._last

    def many(self, count: int) -> list[int]:
        """That many ids in order."""
        return [self.new() for _ in itertools.repeat(None, count)]


def new_client_id() -> str:
    """An id that says nothing of the client: 16 hexadecimal digits."""
    return secrets.token_hex(8)
