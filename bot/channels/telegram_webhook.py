"""Updates that Telegram posts to us. It is told 200 only when an update is stored; until then it sends it again."""

import hmac
import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from telegram import Bot

from bot.channels.telegram_door import Accept, Clock, Door
from bot.channels.telegram_updates import ALLOWED, query_id, update_id

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name, not a secret
BIGGEST = 1024 * 1024  # bytes of one update; they have a few thousand

Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(clinic: str, bot_name: str, secret: str, accept: Accept, clock: Clock) -> Endpoint:
    """The handler of one bot's POST route. `accept` stores in one commit, or raises; then Telegram is told 503.

    A wrong secret is 401, a body over BIGGEST 413, one that is no update 400; all without a word.
    """
    door = Door(clinic, bot_name, accept, clock)

    async def receive(request: Request) -> Response:
        if not _knows(request, secret):
            return Response(status_code=401)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        raw = _parsed(body)
        if update_id(raw) is None:
            return Response(status_code=400)
        return _answer(raw) if await door.store([raw]) else Response(status_code=503)

    return receive


async def set_up(bot: Bot, public_url: str, secret: str) -> None:
    """Have updates posted to `public_url` (https), also those that wait already. Raises TelegramError."""
    await bot.set_webhook(public_url, secret_token=secret, allowed_updates=ALLOWED, drop_pending_updates=False)


def _knows(request: Request, secret: str) -> bool:
    given = request.headers.get(SECRET_HEADER, "")
    return bool(secret) and hmac.compare_digest(given.encode("latin-1"), secret.encode())


async def _body(request: Request) -> bytes | None:
    """The request's body; None for one that is too big, of which no more is read than that."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BIGGEST:
            return None
    return bytes(body)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _answer(raw: object) -> Response:
    """The answer may carry one method to call: a press is answered with it, so that the phone stops waiting."""
    query = query_id(raw)
    return JSONResponse({"method": "answerCallbackQuery", "callback_query_id": query}) if query else Response()
