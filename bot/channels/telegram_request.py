"""HTTP to Telegram on one aiohttp session kept open; the library's own way costs several times the CPU a call."""

import json
from typing import Any

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT, WRITE, READ = 5.0, 10.0, 15.0  # seconds; together well under an outbox lease, so that no second sender starts


class AiohttpRequest(BaseRequest):
    """What `telegram.Bot` sends its requests with. The session opens with the first one; `shutdown` closes it.

    Raises TimedOut, NetworkError (never with the address, which holds the bot's token) and FloodError.
    """

    __slots__ = ("_read_timeout", "_session")

    def __init__(self, read_timeout: float = READ) -> None:
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take where the caller says nothing else."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the session."""
        self._open()

    async def shutdown(self) -> None:
        """Close the session."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request. Timeouts are seconds, None for no limit. Returns the HTTP status and the body."""
        connect = _sum(_given(pool_timeout, 0), _given(connect_timeout, CONNECT))
        read = _given(read_timeout, self._read_timeout)
        limits = aiohttp.ClientTimeout(
            total=_sum(connect, _given(write_timeout, WRITE), read), connect=connect, sock_read=read
        )
        status, payload = await self._exchange(method, url, limits, **_body(request_data))
        if status == 429:
            raise FloodError(_retry_after(payload))
        if status < 300 and method == "POST" and b'"result"' not in payload:
            raise NetworkError("an answer without a result")
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The library's own version logs a body that is no JSON, and takes anything that is. Raises TelegramError."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            raise TelegramError("Invalid server response") from None
        if not isinstance(answer, dict) or not answer.keys() & {"result", "error_code"}:
            raise TelegramError("Invalid server response")
        return answer

    async def _exchange(self, method: str, url: str, limits: aiohttp.ClientTimeout, **body: Any) -> tuple[int, bytes]:
        session = self._session or self._open()
        try:
            async with session.request(method, url, timeout=limits, **body) as response:
                return response.status, await response.read()
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            headers = {"User-Agent": self.USER_AGENT}
            self._session = aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


class FloodError(TelegramError):
    """Telegram asks to wait `seconds`. The library's own RetryAfter warns about its future whenever it is made."""

    def __init__(self, seconds: float) -> None:
        super().__init__("Too many requests")
        self.seconds = seconds


def _given(value: Any, default: float | None) -> float | None:
    return default if value is BaseRequest.DEFAULT_NONE else value


def _sum(*seconds: float | None) -> float | None:
    """None, no limit, outlasts every number."""
    known = [each for each in seconds if each is not None]
    return sum(known) if len(known) == len(seconds) else None


def _body(data: RequestData | None) -> dict[str, Any]:
    if data is None:
        return {}
    if data.contains_files:
        return {"data": _form(data)}
    return {"data": json.dumps(data.parameters).encode(), "headers": {"Content-Type": "application/json"}}


def _form(data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, kind) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form


def _retry_after(payload: bytes) -> float:
    """Seconds that a refusal asks to wait; one, where it is not said in a way that can be read."""
    try:
        return max(float(json.loads(payload)["parameters"]["retry_after"]), 0)
    except (ValueError, RecursionError, LookupError, TypeError):
        return 1.0
