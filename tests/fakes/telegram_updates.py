"""How updates reach a bot: long polling confirmed by offset, or a webhook that is retried until it answers 2xx."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from fakes.faults import Json
from fakes.telegram_methods import Refusal

if TYPE_CHECKING:
    from fakes.telegram import Bot, FakeTelegram

ON_REQUEST_ONLY = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "Conflict: terminated by setWebhook request"


@dataclass(eq=False)
class Poller:
    """One waiting getUpdates. It wakes for an update, or because something ended it."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    ended_by: str | None = None

    def end(self, why: str) -> None:
        self.ended_by = why
        self.woken.set()


@dataclass(eq=False)
class Webhook:
    url: str
    secret: str | None
    max_connections: int
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    last_error: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the product answered to one delivery; status 0 when it couldn't be reached."""

    token: str
    update_id: int
    status: int
    body: str


def wanted(bot: "Bot", kind: str) -> bool:
    """Whether the bot asked for this kind of update; without a word it gets all but three."""
    return kind in bot.allowed if bot.allowed else kind not in ON_REQUEST_ONLY


def wake(bot: "Bot") -> None:
    for waiting in (bot.poller, bot.webhook):
        if waiting:
            waiting.woken.set()


async def get_updates(server: "FakeTelegram", bot: "Bot", params: Json) -> list[Json]:
    """The unconfirmed updates from `offset` on; those before it are forgotten. A second poller ends the first."""
    if bot.webhook:
        raise Refusal(409, WEBHOOK_ACTIVE)
    if bot.poller:
        bot.poller.end(OTHER_POLLER)
    poller = bot.poller = Poller()
    _confirm(server, bot, params)
    try:
        return await _next_batch(server, bot, poller, params)
    finally:
        if bot.poller is poller:
            bot.poller = None


async def _next_batch(server: "FakeTelegram", bot: "Bot", poller: Poller, params: Json) -> list[Json]:
    until = time.monotonic() + params.get("timeout", 0)
    while True:
        with server.changed:
            batch = bot.pending[: params.get("limit", 100)]
        left = until - time.monotonic()
        if batch or left <= 0:
            return batch
        try:
            await asyncio.wait_for(poller.woken.wait(), left)
        except TimeoutError:
            return []
        if poller.ended_by:
            raise Refusal(409, poller.ended_by)
        poller.woken.clear()


def _confirm(server: "FakeTelegram", bot: "Bot", params: Json) -> None:
    offset = params.get("offset", 0)
    with server.changed:
        if "allowed_updates" in params:
            bot.allowed = frozenset(params["allowed_updates"]) or None
        if offset < 0:
            bot.pending[:] = bot.pending[offset:]
        else:
            bot.pending[:] = [u for u in bot.pending if u["update_id"] >= offset]
    server.notify()


async def set_webhook(server: "FakeTelegram", bot: "Bot", params: Json) -> bool:
    url = params["url"]
    if url and not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", url):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    _drop_pending(server, bot, params)
    if "allowed_updates" in params:
        bot.allowed = frozenset(params["allowed_updates"]) or None
    if bot.poller:
        bot.poller.end(BY_WEBHOOK)
    _end(bot)
    if url:
        bot.webhook = Webhook(url, params.get("secret_token"), params.get("max_connections", 40))
        server.spawn(_push(server, bot, bot.webhook))
    return True


async def delete_webhook(server: "FakeTelegram", bot: "Bot", params: Json) -> bool:
    _drop_pending(server, bot, params)
    _end(bot)
    return True


async def webhook_info(server: "FakeTelegram", bot: "Bot", params: Json) -> Json:
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(bot.pending)}
    if not bot.webhook:
        return info
    info |= {"url": bot.webhook.url, "max_connections": bot.webhook.max_connections}
    if bot.allowed:
        info["allowed_updates"] = sorted(bot.allowed)
    if bot.webhook.last_error:
        info["last_error_date"], info["last_error_message"] = bot.webhook.last_error
    return info


METHODS: dict[str, Callable[["FakeTelegram", "Bot", Json], Awaitable[Any]]] = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": webhook_info,
}


def _end(bot: "Bot") -> None:
    hook, bot.webhook = bot.webhook, None
    if hook:
        hook.woken.set()


def _drop_pending(server: "FakeTelegram", bot: "Bot", params: Json) -> None:
    if params.get("drop_pending_updates"):
        with server.changed:
            bot.pending.clear()


async def _push(server: "FakeTelegram", bot: "Bot", hook: Webhook) -> None:
    """Post the oldest update again and again until it's taken, then the next, for as long as this webhook stands."""
    while bot.webhook is hook:
        with server.changed:
            update = bot.pending[0] if bot.pending else None
        if update is None:
            await hook.woken.wait()
            hook.woken.clear()
            continue
        if await _post(server, bot, hook, update):
            with server.changed:
                bot.pending[:] = [u for u in bot.pending if u is not update]
            server.notify()
        else:
            await asyncio.sleep(server.webhook_retry_seconds)


async def _post(server: "FakeTelegram", bot: "Bot", hook: Webhook, update: Json) -> bool:
    if server.session is None:
        server.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
    url = re.sub(r"^https?://[^/]+", server.local, hook.url) if server.local else hook.url
    headers = {"Content-Type": "application/json"}
    if hook.secret:
        headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
    try:
        async with server.session.post(url, data=json.dumps(update), headers=headers) as response:
            status, body = response.status, await response.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        status, body = 0, type(error).__name__
    with server.changed:
        server.webhook_answers.append(WebhookAnswer(bot.token, update["update_id"], status, body))
        if not 200 <= status < 300:
            hook.last_error = server.now(), f"Wrong response from the webhook: {status}"
    server.notify()
    return 200 <= status < 300
