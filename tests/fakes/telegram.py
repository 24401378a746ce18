"""A Telegram server: answers the Bot API over HTTP for several bots and holds every request against Telegram's spec."""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from fakes import spec, telegram_methods, telegram_updates
from fakes.faults import Call, Fault, Json
from fakes.phone import FakeUser, Shown
from fakes.server import FakeServer, answer, read_body

__all__ = ["Bot", "FakeTelegram", "FakeUser", "Shown"]

DEFAULT_BOTS = {"111:AAA": "riverside_bot"}
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}


@dataclass(eq=False)
class Bot:
    """One token: its chats, its updates that no poll has confirmed yet, and what BotFather's settings became."""

    token: str
    username: str
    chats: dict[int, FakeUser] = field(default_factory=dict)
    pending: list[Json] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)
    queries: dict[str, FakeUser] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    allowed: frozenset[str] | None = None
    webhook: telegram_updates.Webhook | None = None
    poller: telegram_updates.Poller | None = None

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])

    def user(self) -> Json:
        name = self.names.get("", self.username)
        return {"id": self.id, "is_bot": True, "first_name": name, "username": self.username}


class FakeTelegram(FakeServer):
    """`FakeTelegram(bots={"111:AAA": "riverside_bot"}).start()`; the product's RAPPORT_TELEGRAM_API_URL is `.url`.

    clock: gives the aware time that messages are dated with. Set `clock` again to move it.
    local: where webhooks really go, e.g. "http://127.0.0.1:8443", when the product registers a public https address.
    """

    def __init__(self, bots: Mapping[str, str] = DEFAULT_BOTS, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__()
        self.bots = {token: Bot(token, username) for token, username in bots.items()}
        self.clock = clock or (lambda: datetime.now(UTC))
        self.spec = spec.load()
        self.local: str | None = None
        self.webhook_retry_seconds = 0.05
        self.webhook_answers: list[telegram_updates.WebhookAnswer] = []
        self._numbers = itertools.count(700_000_001)
        self.session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/bot{token}/{method}", self._handle)

    async def closing(self) -> None:
        for bot in self.bots.values():
            bot.webhook = None
            if bot.poller:
                bot.poller.end("the server stops")
        if self.session:
            await self.session.close()

    # -- people -------------------------------------------------------------------------------------------------

    def bot(self, token: str | None = None) -> Bot:
        """The bot of a token; the first one without."""
        return self.bots[token] if token else next(iter(self.bots.values()))

    def chat(self, user_id: int, token: str | None = None) -> FakeUser:
        """A person's private chat with a bot (the first one, if no token is given); always the same object."""
        with self.changed:
            bot = self.bot(token)
            return bot.chats.setdefault(user_id, FakeUser(self, bot, user_id))

    def waiting(self, token: str | None = None) -> int:
        """How many updates the product hasn't confirmed yet."""
        with self.changed:
            return len(self.bot(token).pending)

    def expire_queries(self) -> None:
        """Every button press so far becomes too old to be answered."""
        with self.changed:
            for bot in self.bots.values():
                bot.queries.clear()

    def emit(self, bot: Bot, content: Json) -> int | None:
        """Queue an update, checked against the spec; gives its id, or None if the bot didn't ask for this kind."""
        with self.changed:
            kind = next(iter(content))
            if not telegram_updates.wanted(bot, kind):
                return None
            update = {"update_id": self.next_number(), **content}
            problems = self.spec.problems(update, "Update")
            assert not problems, f"this is no update Telegram could send: {problems}"
            bot.pending.append(update)
            bot.history.append(update)
        self.loop.call_soon_threadsafe(telegram_updates.wake, bot)
        self.notify()
        return int(update["update_id"])

    def repeat(self, update_id: int, token: str | None = None) -> None:
        """Deliver an update a second time, under its old id, as Telegram does when a confirmation got lost."""
        bot = self.bot(token)
        with self.changed:
            bot.pending.insert(0, next(u for u in bot.history if u["update_id"] == update_id))
        self.loop.call_soon_threadsafe(telegram_updates.wake, bot)

    def next_number(self) -> int:
        return next(self._numbers)

    def now(self) -> int:
        return int(self.clock().timestamp())

    # -- requests -----------------------------------------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method, token = request.match_info["method"], request.match_info["token"]
        try:
            values, files, as_text = await read_body(request)
        except ValueError:
            self.violate(f"{method}: the body is no JSON object")
            return refuse(400, "Bad Request: can't parse JSON object")
        call = Call(method, token, dict(values))
        if not self.spec.knows(method):
            return await self.serve(request, self._wrong(call, [f"{method}: unknown method"]))
        call.params, problems = self.spec.read(method, values, files, as_text)
        return await self.serve(request, self._wrong(call, problems))

    def _wrong(self, call: Call, problems: list[str]) -> Call:
        call.problems = problems
        for problem in problems:
            self.violate(problem)
        return call

    async def perform(self, call: Call) -> web.Response:
        if not re.fullmatch(r"\d+:[\w-]+", call.token):
            return refuse(404, REASONS[404])
        bot = self.bots.get(call.token)
        if bot is None:
            return refuse(401, REASONS[401])
        if call.problems:
            return refuse(400, "Bad Request: " + "; ".join(call.problems))
        try:
            return answer({"ok": True, "result": await self._result(bot, call)})
        except telegram_methods.Refusal as refusal:
            return refuse(refusal.status, refusal.description)

    async def _result(self, bot: Bot, call: Call) -> Any:
        if live := telegram_updates.METHODS.get(call.method):
            return await live(self, bot, call.params)
        with self.changed:
            return telegram_methods.perform(self, bot, call.method, call.params)

    def fault_answer(self, fault: Fault) -> web.Response:
        status = fault.status or 400
        if status == 429:
            seconds = fault.retry_after or 1
            wait = int(seconds) if float(seconds).is_integer() else seconds
            return refuse(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
        return refuse(status, fault.error or REASONS.get(status, f"Error {status}"))


def refuse(status: int, description: str, parameters: Json | None = None) -> web.Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    return answer(body | ({"parameters": parameters} if parameters else {}), status)
