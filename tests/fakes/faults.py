"""What can go wrong with a request, on order: errors, closed connections, answers that take their time."""

import asyncio
import math
import threading
import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Call:
    """One request. `outcome` is "pending", then "ok", "dropped", "down", or the error as the caller was told it."""

    method: str
    token: str
    params: Json
    at: float = field(default_factory=time.monotonic)
    outcome: str = "pending"
    status: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def chat_id(self) -> Any:
        """The chat (Telegram) or channel (Slack) the request names, or None."""
        return self.params.get("chat_id", self.params.get("channel"))


class Hold:
    """A request kept waiting until the test lets it go, or until `seconds` have passed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop, self._seconds = loop, seconds
        self._gate = asyncio.Event()
        self._reached = threading.Event()

    def release(self) -> None:
        self._loop.call_soon_threadsafe(self._gate.set)

    def wait_until_reached(self, timeout: float = 10) -> None:
        assert self._reached.wait(timeout), f"no request came to the hold within {timeout} s"

    async def passed(self) -> None:
        self._reached.set()
        try:
            await asyncio.wait_for(self._gate.wait(), self._seconds)
        except TimeoutError:
            return


@dataclass(slots=True)
class Fault:
    """What shall happen to the next matching requests. `where` narrows by token or by a parameter's value."""

    method: str | None
    where: Json
    times: float = 1
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    accepted: bool = False
    drops: bool = False
    hold: Hold | None = None

    def matches(self, call: Call) -> bool:
        right_method = call.method == self.method or (self.method is None and call.method != "getUpdates")
        return self.times > 0 and right_method and all(_same(value_of(call, k), v) for k, v in self.where.items())


class Faults:
    """The orders of one server. Each matching request uses up one; `where` narrows by token or by parameters."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.loop = asyncio.new_event_loop()
        self._faults: list[Fault] = []
        self._holds: list[Hold] = []

    def fail_next(
        self,
        method: str | None = None,
        status: int | None = None,
        *,
        error: str | None = None,
        retry_after: float = 3,
        times: float = 1,
        **where: Any,
    ) -> None:
        """Answer the next requests with an HTTP `status` or the API's own `error`; with 429 if neither is given.

        method None means any method except getUpdates. `where` narrows: token=…, chat_id=…, channel=…
        """
        status = status if status or error else 429
        self._order(Fault(method, where, times, status=status, error=error, retry_after=retry_after))

    def fail_always(self, method: str | None = None, status: int | None = None, **options: Any) -> None:
        """`fail_next` until `heal()`."""
        self.fail_next(method, status, times=math.inf, **options)

    def drop_next(self, method: str | None = None, *, accepted: bool = True, times: float = 1, **where: Any) -> None:
        """Close the connection without an answer, after the request took effect (`accepted`) or before."""
        self._order(Fault(method, where, times, accepted=accepted, drops=True))

    def slow_next(
        self, method: str | None = None, seconds: float = 30, *, accepted: bool = False, **where: Any
    ) -> Hold:
        """Keep the next request waiting before it takes effect, or (`accepted`) after it did, until `.release()`."""
        hold = Hold(self.loop, seconds)
        self._holds.append(hold)
        self._order(Fault(method, where, 1, accepted=accepted, hold=hold))
        return hold

    def _order(self, fault: Fault) -> None:
        with self.changed:
            self._faults.append(fault)

    def forget_faults(self) -> None:
        """Drop what is ordered and let held requests go."""
        with self.changed:
            self._faults.clear()
        for hold in self._holds:
            hold.release()

    def take_fault(self, call: Call) -> Fault | None:
        fault = next((f for f in self._faults if f.matches(call)), None)
        if fault:
            fault.times -= 1
        return fault


def value_of(call: Call, key: str) -> Any:
    return call.token if key == "token" else call.params.get(key)


def _same(left: Any, right: Any) -> bool:
    return left == right or str(left) == str(right)
