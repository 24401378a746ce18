"""The webhook, over real HTTP: Telegram is told 200 only for what is stored, and nobody else gets in."""

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from bot.channels.base import ButtonPressed, Inbound, TextReceived, UpdateUnreadable
from bot.channels.telegram import make_bot
from bot.channels.telegram_updates import ALLOWED
from bot.channels.telegram_webhook import BIGGEST, SECRET_HEADER, endpoint, set_up
from fakes.telegram import FakeTelegram
from fixtures.logs import ExpectsLog

TOKEN = "111:AAA"
SECRET = "a-long-secret_1"
PUBLIC = "https://rapport.example/telegram/riverside"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram(bots={TOKEN: "riverside_bot"}) as server:
        yield server
    assert server.violations == []


class Store:
    """What came in; it fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.stored: list[Inbound] = []

    async def accept(self, inbounds: Sequence[Inbound]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the store is down")
        self.stored += inbounds


@asynccontextmanager
async def serving(store: Store, secret: str = SECRET) -> AsyncIterator[str]:
    """Serve the endpoint as the product does; gives the server's URL."""
    receive = endpoint("riverside", "riverside", secret, store.accept, lambda: NOW)
    app = Starlette(routes=[Route("/telegram/riverside", receive, methods=["POST"])])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def hooked(telegram: FakeTelegram, store: Store, act: Callable[[], Awaitable[Any]]) -> None:
    """Run `act` while Telegram posts to our webhook."""

    async def run() -> None:
        bot = make_bot(TOKEN, telegram.url)
        async with serving(store) as url:
            telegram.local = url
            await set_up(bot, PUBLIC, SECRET)
            await act()
            await bot.delete_webhook()
        await bot.request.shutdown()

    asyncio.run(run())


def posted(
    body: bytes | io.BytesIO, headers: dict[str, str] | None = None, secret: str = SECRET
) -> tuple[int, bytes, list[Inbound]]:
    """Post a body as anybody may. Gives status, answer and what was stored."""
    store = Store()

    async def run() -> tuple[int, bytes]:
        given = {SECRET_HEADER: SECRET} if headers is None else headers
        async with serving(store, secret) as url, aiohttp.ClientSession() as session:
            response = await session.post(f"{url}/telegram/riverside", data=body, headers=given)
            return response.status, await response.read()

    status, answer = asyncio.run(run())
    return status, answer, store.stored


def test_what_telegram_posts_comes_in(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()
    sam.says("written before the webhook stood")

    async def act() -> None:
        sam.says("hello")
        await telegram.until(lambda: telegram.waiting() == 0)

    hooked(telegram, store, act)
    texts = [inbound.event.text for inbound in store.stored if isinstance(inbound.event, TextReceived)]
    assert texts == ["written before the webhook stood", "hello"]
    assert {(inbound.clinic, inbound.bot, inbound.at) for inbound in store.stored} == {("riverside", "riverside", NOW)}
    assert [(answer.status, answer.body) for answer in telegram.webhook_answers] == [(200, "")] * 2
    (call,) = telegram.calls("setWebhook")
    assert call.params == {
        "url": PUBLIC,
        "secret_token": SECRET,
        "allowed_updates": list(ALLOWED),
        "drop_pending_updates": False,
    }


def test_H12_what_could_not_be_stored_is_posted_again(telegram: FakeTelegram, expects_log: ExpectsLog) -> None:
    expects_log("updates_not_stored")
    sam, store = telegram.chat(5), Store(failures=2)

    async def act() -> None:
        sam.says("hello")
        await telegram.until(lambda: telegram.waiting() == 0)

    hooked(telegram, store, act)
    assert [(answer.status, answer.body) for answer in telegram.webhook_answers] == [(503, ""), (503, ""), (200, "")]
    assert len(store.stored) == 1


def test_a_press_is_answered_with_the_reply_itself(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()
    queries: list[str] = []

    async def act() -> None:
        queries.append(sam.presses_data(1, "3:good"))
        await telegram.until(lambda: telegram.waiting() == 0)

    hooked(telegram, store, act)
    (answer,) = telegram.webhook_answers
    assert json.loads(answer.body) == {"method": "answerCallbackQuery", "callback_query_id": queries[0]}
    assert store.stored[0].event == ButtonPressed(at=NOW, option="good", step=3, language="en")


@pytest.mark.parametrize(
    "headers", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: "wrong"}, {SECRET_HEADER: SECRET + "x"}, {SECRET_HEADER: "ü"}]
)
def test_whoever_does_not_know_the_secret_is_turned_away_without_a_word(headers: dict[str, str]) -> None:
    update = b'{"update_id": 1, "message": {"chat": {"id": 5, "type": "private"}, "text": "hello"}}'
    assert posted(update, headers) == (401, b"", [])


def test_without_a_secret_nobody_gets_in() -> None:
    assert posted(b'{"update_id": 1}', {SECRET_HEADER: ""}, secret="")[0] == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 5_000, b"[]", b"null", b'{"update_id": "1"}']
)
def test_what_is_no_update_is_refused(body: bytes) -> None:
    assert posted(body) == (400, b"", [])


def test_what_is_too_big_is_not_read() -> None:
    update = b'{"update_id": 1, "message": "' + b"x" * BIGGEST + b'"}'
    assert posted(io.BytesIO(update)) == (413, b"", [])


def test_a_malformed_update_is_stored_like_any_other() -> None:
    status, _answer, stored = posted(b'{"update_id": 1, "message": 7}')
    assert status == 200
    assert [inbound.event for inbound in stored] == [UpdateUnreadable(at=NOW, kind="message")]


def test_a_group_s_chatter_is_confirmed_without_being_kept() -> None:
    update = {"update_id": 1, "message": {"chat": {"id": -100, "type": "group"}, "text": "hello"}}
    assert posted(json.dumps(update).encode()) == (200, b"", [])
