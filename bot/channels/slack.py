"""Slack, outwards: cards, notices, lines, private answers, dialogs. One call each; trying again is delivery's affair.

Staff addresses are `slack:U…` (a person) or `slack:C…` (a channel). The vendor's id of a message is `channel|ts`.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.base import Outbound, SendError

API = "https://slack.com/api/"
TIMEOUT = 15.0  # seconds
PASSING = frozenset((
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    "team_added_to_org",
))  # fmt: skip
NOT_THERE = frozenset(
    ("channel_not_found", "not_in_channel", "user_not_in_channel", "is_archived", "messages_tab_disabled")
)
NO_THREAD = frozenset(("thread_not_found", "message_not_found", "cannot_reply_to_message"))


class SlackChannel:
    """Sends for every clinic that has a bot token: `{clinic: token}`. Make it inside the event loop."""

    name = "slack"

    def __init__(self, tokens: Mapping[str, str], base_url: str = API, timeout: float = TIMEOUT) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout))
        clients = {token: self._client(token, base_url) for token in set(tokens.values())}
        self.clients: Mapping[str, AsyncWebClient] = {clinic: clients[token] for clinic, token in tokens.items()}
        self._ways: Mapping[str, Callable[[AsyncWebClient, Outbound], Coroutine[Any, Any, str]]] = {
            "card": self._post,
            "post": self._post,
            "notice": self._reply,
            "line": self._reply,
            "refresh": self._update,
            "private": self._private,
            "dialog": self._dialog,
        }

    def _client(self, token: str, base_url: str) -> AsyncWebClient:
        return AsyncWebClient(token, base_url, session=self._session, retry_handlers=[])

    async def send(self, message: Outbound) -> str:
        """Send one message. Returns `channel|ts`, for a dialog its view. Raises SendError."""
        client = self.clients.get(message.bot)
        if client is None:
            raise SendError("no_token", retryable=False)
        try:
            return await self._ways[message.kind](client, message)
        except SlackApiError as error:
            raise _refused(error) from None  # the library's own message may hold what was to be sent
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise SendError("network", retryable=True) from None

    async def close(self) -> None:
        """Let go of connections."""
        await self._session.close()

    async def _post(self, client: AsyncWebClient, message: Outbound, **more: Any) -> str:
        answer = await client.chat_postMessage(
            channel=_address(message), text=message.body["text"], blocks=message.body.get("blocks"),
            unfurl_links=False, unfurl_media=False, **more,
        )  # fmt: skip
        return f"{answer['channel']}|{answer['ts']}"

    async def _reply(self, client: AsyncWebClient, message: Outbound) -> str:
        """Into the card's thread; by itself where there is no card (any more)."""
        channel, _, ts = message.vendor_id.partition("|")
        if not ts:
            return await self._post(client, message)
        there = Outbound(message.kind, channel, message.body)
        try:
            return await self._post(client, there, thread_ts=ts, reply_broadcast=bool(message.body.get("broadcast")))
        except SlackApiError as error:
            if _code(error) in NO_THREAD:
                return await self._post(client, message)
            raise

    async def _update(self, client: AsyncWebClient, message: Outbound) -> str:
        channel, _, ts = message.vendor_id.partition("|")
        await client.chat_update(channel=channel, ts=ts, text=message.body["text"], blocks=message.body.get("blocks"))
        return message.vendor_id

    async def _private(self, client: AsyncWebClient, message: Outbound) -> str:
        """Seen by one person only: where they acted, else in the direct message with them."""
        channel = message.body.get("channel")
        if not channel:
            return await self._post(client, message)
        try:
            answer = await client.chat_postEphemeral(
                channel=channel, user=_address(message), text=message.body["text"], blocks=message.body.get("blocks")
            )
        except SlackApiError as error:
            if _code(error) in NOT_THERE:
                return await self._post(client, message)
            raise
        return f"{channel}|{answer['message_ts']}"

    async def _dialog(self, client: AsyncWebClient, message: Outbound) -> str:
        await client.views_update(view_id=message.body["view_id"], view=message.body["view"])
        return str(message.body["view_id"])


def _address(message: Outbound) -> str:
    return message.address.removeprefix("slack:")


def _refused(error: SlackApiError) -> SendError:
    """Slack's answer as ours. An error that nobody knows is final: it blocks nothing, and the ladder climbs at once."""
    status, code = _status(error), _code(error)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return SendError("rate", retryable=True, retry_after=_retry_after(error))
    if status >= 500 or code in PASSING:
        return SendError(code or f"http_{status}", retryable=True)
    if not code:  # no answer of Slack's own: something stands between us
        return SendError(f"http_{status}", retryable=True)
    return SendError(code, retryable=False)


def _status(error: SlackApiError) -> int:
    response: Any = error.response
    return int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "")[:63] if isinstance(data, dict) else ""


def _retry_after(error: SlackApiError) -> float:
    headers: Any = getattr(error.response, "headers", None) or {}
    value = str(headers.get("Retry-After", ""))
    return float(value) if value.isdecimal() else 1.0
