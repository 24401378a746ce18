"""Slack, inwards, for one clinic: stored first, confirmed after. What cannot be stored is not confirmed to Slack.

The one thing done before is to open a content-free loading dialog: its trigger lives three seconds.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response

from bot import logs
from bot.channels.base import Inbound
from bot.channels.slack import API
from bot.desk import dialogs, presses
from bot.desk.blocks import View
from bot.packs import Pack

log = logs.get(__name__)

COMMAND = "/rapport"
ANYTHING = re.compile("")
DIALOG_SECONDS = 2.0  # of the three that a trigger lives and a press may wait
CONNECT_SECONDS = 30.0  # for a new web socket address
PING_SECONDS = 5.0  # between signs of life on the web socket; after four without a connection it is made anew

Accept = Callable[[Sequence[Inbound]], Awaitable[object]]


class SlackApp:
    """What one clinic's staff do in Slack, brought to `accept`, which returns only after the commit.

    `pack` gives the clinic's pack of the moment, `now` the time (UTC). With an app token it listens by Socket Mode from
    `start()` on; with a signing secret `answer(request)` takes Slack's signed requests.
    """

    def __init__(
        self,
        clinic: str,
        pack: Callable[[], Pack],
        accept: Accept,
        now: Callable[[], datetime],
        *,
        bot_token: str,
        app_token: str = "",
        signing_secret: str = "",
        base_url: str = API,
        ping: float = PING_SECONDS,
    ) -> None:
        self.clinic, self.pack, self.accept, self.now = clinic, pack, accept, now
        self._tokens = (bot_token, app_token)
        self._by_http = bool(signing_secret)
        self._logger = _quiet()
        self._base_url, self._ping = base_url, ping
        self.client = self._web_client(DIALOG_SECONDS)
        self.bolt = self._bolt(bot_token, signing_secret)
        self._requests = AsyncSlackRequestHandler(self.bolt)
        self._socket: AsyncSocketModeHandler | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def _web_client(self, seconds: float) -> AsyncWebClient:
        return AsyncWebClient(base_url=self._base_url, timeout=int(seconds), retry_handlers=[], logger=self._logger)

    def _bolt(self, bot_token: str, signing_secret: str) -> AsyncApp:
        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            # Bolt's own way asks Slack who we are before the first event, and confirms that event when Slack is down.
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=bot_token)

        bolt = AsyncApp(
            name="rapport", client=self.client, authorize=authorize, signing_secret=signing_secret,
            process_before_response=True, logger=self._logger,
        )  # fmt: skip
        bolt.action(ANYTHING)(self._pressed)
        bolt.view(ANYTHING)(self._submitted)
        bolt.command(COMMAND)(self._commanded)
        bolt.event(ANYTHING)(self._happened)
        bolt.error(self._not_stored)
        return bolt

    async def start(self) -> None:
        """Listen by Socket Mode, where there is an app token. Returns at once: Slack may be away for now."""
        _bot_token, app_token = self._tokens
        if not app_token or self._socket:
            return
        self._socket = AsyncSocketModeHandler(
            self.bolt, app_token, self._logger, self._web_client(CONNECT_SECONDS), ping_interval=self._ping
        )
        connecting = self._socket.connect_async()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self._tasks = [asyncio.create_task(connecting), asyncio.create_task(self._keep_connected())]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.critical("slack_listener_ended", clinic=self.clinic, error=error)

    async def stop(self) -> None:
        """Listen no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._socket:
            await self._socket.close_async()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self._socket = None

    async def connected(self) -> bool:
        """Whether the web socket is open."""
        return self._socket is not None and await self._socket.client.is_connected()

    async def answer(self, request: Request) -> Response:
        """A signed request of Slack's, for the web server's route. Without a signing secret there is no such door."""
        if not self._by_http:
            return Response(status_code=404)
        return await self._requests.handle(request)

    async def _keep_connected(self) -> None:
        """The library tries one address for ever, but an address is good for one connection and a short time."""
        while True:
            await asyncio.sleep(4 * self._ping)
            if self._socket and not await self.connected():
                log.warning("slack_not_connected", clinic=self.clinic)
                self._socket.client.wss_uri = None

    async def _pressed(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        dialog = await self._open(client, body) if presses.wants_dialog(body) else ""
        stored = False
        try:
            await self._store(presses.pressed(self.clinic, body, self.now(), dialog))
            stored = True
        finally:
            if dialog and not stored:
                await self._show(client, dialog, dialogs.failed(self.pack()))
        await ack()

    async def _submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        if wrong := presses.mistakes(body):
            worded = {block: self.pack().desk_words(text, {}) for block, text in wrong.items()}
            await ack(response_action="errors", errors=worded)
            return
        await self._store(presses.submitted(self.clinic, body, self.now()))
        await ack()

    async def _commanded(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._store(presses.commanded(self.clinic, body, self.now()))
        await ack()

    async def _happened(self, body: dict[str, Any]) -> None:
        await self._store(presses.happened(self.clinic, body, self.now()))

    async def _store(self, inbound: Inbound | None) -> None:
        if inbound:
            await self.accept([inbound])

    async def _not_stored(self, error: Exception) -> None:
        log.error("slack_not_stored", clinic=self.clinic, error=error)

    async def _open(self, client: AsyncWebClient, body: dict[str, Any]) -> str:
        """Open the loading dialog. Returns its id, "" where it is too late for one."""
        view = dialogs.loading(self.pack()) | {"private_metadata": presses.opened_from(body)}
        try:
            opened = await client.views_open(trigger_id=body["trigger_id"], view=view)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("dialog_not_opened", clinic=self.clinic, error=type(error))
            return ""
        return str(opened["view"]["id"])

    async def _show(self, client: AsyncWebClient, dialog: str, view: View) -> None:
        try:
            await client.views_update(view_id=dialog, view=view)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("dialog_not_opened", clinic=self.clinic, error=type(error))


def _quiet() -> logging.Logger:
    """For the libraries: what they say below a warning holds whole payloads."""
    logger = logging.getLogger("bot.desk.slack_library")
    logger.setLevel(logging.WARNING)
    return logger
