"""The ground both fakes stand on: an HTTP server in a thread of its own, a journal of every request, faults on order.

A fake never guesses and never hides: what the product sends wrongly, and what the fake itself fails at, lands in
`violations`.
"""

import asyncio
import json
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from aiohttp import web

from fakes.faults import Call, Fault, Faults, Json, value_of

T = TypeVar("T")


@dataclass(slots=True)
class Upload:
    """A file as it arrived in a multipart body or at an upload address."""

    filename: str
    content: bytes


class FakeServer(Faults):
    """Start it, point the product at `url`, drive it from any thread, stop it. Also a context manager."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Call] = []
        self.violations: list[str] = []
        self.port = 0
        self._version = 0
        self._down = False
        self._open: set[asyncio.Transport] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)
        self._runner: web.AppRunner | None = None

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self, port: int = 0) -> Self:
        self._thread.start()
        try:
            self.run(self._start(port))
        except BaseException:
            self.loop.call_soon_threadsafe(self.loop.stop)
            raise
        return self

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        self.run(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, work: Coroutine[Any, Any, T], timeout: float = 20) -> T:
        """Run a coroutine on the fake's own loop from another thread and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine beside the server; what it raises becomes a violation. Callable from any thread."""
        self.loop.call_soon_threadsafe(self._spawn, work)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._own_fault(error)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    async def _start(self, port: int) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        self._down = True
        self.forget_faults()
        await self.closing()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._abort_open()
        if self._runner:
            await self._runner.cleanup()

    def routes(self, app: web.Application) -> None:
        raise NotImplementedError

    async def closing(self) -> None:
        """Hook: let go of whatever keeps requests waiting."""

    # -- what a test asks ---------------------------------------------------------------------------------------

    def calls(self, method: str, **where: Any) -> list[Call]:
        """The journal's requests of one method, oldest first, narrowed by token or by parameters."""
        with self.changed:
            return [
                c for c in self.requests if c.method == method and all(value_of(c, k) == v for k, v in where.items())
            ]

    def wait_for(self, predicate: Callable[[], T | None], timeout: float = 10) -> T:
        """Wait until the predicate is truthy and return what it gave; tried at each request and 20 times a second.

        A predicate that looks at something not there yet (LookupError, StopIteration, AssertionError) is not true yet.
        """
        deadline = time.monotonic() + timeout
        while True:
            with self.changed:
                seen = self._version
            found, missing = _tried(predicate)
            if found:
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {timeout} s in vain. {self.summary()}") from missing
            with self.changed:
                if self._version == seen:
                    self.changed.wait(min(left, 0.05))

    async def until(self, predicate: Callable[[], T | None], timeout: float = 10) -> T:  # noqa: ASYNC109 - the wait is a thread's
        """`wait_for` for a test that runs in an event loop. The predicate is called in another thread."""
        return await asyncio.to_thread(self.wait_for, predicate, timeout)

    def summary(self) -> str:
        """The last requests by method and outcome, and the violations; never what anybody wrote."""
        with self.changed:
            last = ", ".join(f"{c.method}: {c.outcome}" for c in self.requests[-12:]) or "none"
            return f"Last requests: {last}. Violations: {self.violations or 'none'}."

    # -- being there or not -------------------------------------------------------------------------------------

    def heal(self) -> None:
        """Forget every ordered fault, let held requests go and be up."""
        self.forget_faults()
        self.down = False

    @property
    def down(self) -> bool:
        return self._down

    @down.setter
    def down(self, value: bool) -> None:
        self._down = value
        if value:
            self.loop.call_soon_threadsafe(self._abort_open)
        self.notify()

    # -- a request's way ----------------------------------------------------------------------------------------

    async def serve(self, request: web.Request, call: Call) -> web.StreamResponse:
        """Journal the call, let an ordered fault have its way, and answer."""
        with self.changed:
            self.requests.append(call)
            fault = self.take_fault(call)
        self.notify()
        with self.counted(request) as transport:
            try:
                response = await self._respond(call, fault)
            except Exception as error:  # noqa: BLE001 - whatever breaks here is the fake's own fault and must be seen
                self._own_fault(error)
                return web.Response(status=500, text="the fake server failed; see its violations")
        if response is None and transport:
            transport.abort()
        return response or web.Response()

    @contextmanager
    def counted(self, request: web.Request) -> Iterator[asyncio.Transport | None]:
        """While inside, the connection is cut when the server goes down."""
        transport = request.transport if isinstance(request.transport, asyncio.Transport) else None
        if transport:
            self._open.add(transport)
        try:
            yield transport
        finally:
            if transport:
                self._open.discard(transport)

    async def _respond(self, call: Call, fault: Fault | None) -> web.StreamResponse | None:
        if self._down:
            return self._unanswered(call, "down")
        if fault and (fault.status or fault.error):
            return self.settle(call, self.fault_answer(fault))
        if fault and fault.drops and not fault.accepted:
            return self._unanswered(call, "dropped")
        if fault and fault.hold and not fault.accepted:
            await fault.hold.passed()
        response = await self.perform(call)
        if fault and fault.hold and fault.accepted:
            self.notify()
            await fault.hold.passed()
        if self._down or (fault and fault.drops):
            return self._unanswered(call, "down" if self._down else "dropped")
        return self.settle(call, response)

    async def perform(self, call: Call) -> web.Response:
        raise NotImplementedError

    def fault_answer(self, fault: Fault) -> web.Response:
        raise NotImplementedError

    def settle(self, call: Call, response: web.Response) -> web.Response:
        call.status = response.status
        if call.outcome == "pending":
            call.outcome = outcome_of(response)
        self.notify()
        return response

    def _unanswered(self, call: Call, outcome: str) -> web.StreamResponse | None:
        call.outcome = outcome
        self.notify()
        return None

    def _abort_open(self) -> None:
        for transport in list(self._open):
            transport.abort()

    def violate(self, what: str) -> None:
        with self.changed:
            self.violations.append(what)
        self.notify()

    def _own_fault(self, error: BaseException) -> None:
        self.violate("the fake itself failed: " + "".join(traceback.format_exception(error)))

    def notify(self) -> None:
        """Tell everyone who waits that something has changed."""
        with self.changed:
            self._version += 1
            self.changed.notify_all()


def _tried(predicate: Callable[[], T | None]) -> tuple[T | None, Exception | None]:
    try:
        return predicate(), None
    except (LookupError, StopIteration, AssertionError) as missing:
        return None, missing


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        text=json.dumps(body, ensure_ascii=False), status=status, content_type="application/json", headers=headers
    )


def outcome_of(response: web.Response) -> str:
    """ "ok", or the error both APIs carry in their JSON body."""
    if response.content_type != "application/json":
        return "ok" if response.status < 300 else str(response.status)
    body = json.loads(response.text or "{}")
    if not isinstance(body, dict) or body.get("ok", True):
        return "ok"
    return str(body.get("error") or f"{body.get('error_code')} {body.get('description')}")


async def read_body(request: web.Request) -> tuple[Json, dict[str, Upload], bool]:
    """(parameters, files, whether the values are still text) of a JSON, form or multipart body and the query string.

    Raises ValueError for a body that is no JSON object though it says so.
    """
    if request.content_type == "application/json":
        body = await request.json()
        if not isinstance(body, dict):
            raise ValueError("the body is no JSON object")
        return {**request.query, **body}, {}, False
    values: Json = dict(request.query)
    files: dict[str, Upload] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = Upload(value.filename, value.file.read())
        else:
            values[name] = value if isinstance(value, str) else bytes(value).decode()
    return values, files, True
