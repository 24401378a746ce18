"""The lines to the outside: a channel for each vendor, a poller or webhook for each bot, Slack for each clinic."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.routing import BaseRoute, Route
from telegram import Bot
from telegram.error import TelegramError

from bot import logs
from bot.app import App
from bot.channels import telegram_webhook
from bot.channels.base import Channel
from bot.channels.email import EmailChannel
from bot.channels.slack import SlackChannel
from bot.channels.telegram import TelegramChannel, make_bot
from bot.channels.telegram_poll import Poller, pause_after
from bot.channels.telegram_profile import Profile, set_profile
from bot.channels.unserved import UnservedChannel
from bot.channels.webhook import WebhookChannel
from bot.desk.presence import presence
from bot.desk.slack_app import SlackApp
from bot.packs import Pack
from bot.plan import Plan, plan
from bot.worker import DOWN, Worker
from flows.commands import MENU
from storage import leases

log = logs.get(__name__)

LEASE = timedelta(seconds=20)
RENEW = 1.0  # seconds
PRESENCE = 300.0  # seconds between two looks at who can be told


@dataclass(slots=True)
class Connections:
    """Open lines. Make it inside the event loop, with `connect`."""

    app: App
    tokens: Plan
    channels: dict[str, Channel]
    bots: dict[str, Bot]  # by clinic
    slack: SlackChannel
    desks: list[SlackApp] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)  # clinics
    pushed: list[str] = field(default_factory=list)  # clinics

    async def open(self, worker: Worker) -> list[BaseRoute]:
        """Begin to listen. Returns the routes of what is pushed to us."""
        routes: list[BaseRoute] = []
        for clinic in self.tokens.slack_bot:
            routes += await self._open_desk(clinic, worker)
        for clinic, bot in self.bots.items():
            if self.app.settings.public_url:
                routes.append(self._push(clinic, bot, worker))
            else:
                self.polled.append(clinic)
        return routes

    async def _open_desk(self, clinic: str, worker: Worker) -> list[BaseRoute]:
        desk = SlackApp(
            clinic, lambda: self.app.shelf(clinic), worker.accept, self.app.clock.now,
            bot_token=self.tokens.slack_bot[clinic], app_token=self.tokens.slack_app.get(clinic, ""),
            signing_secret=self.tokens.slack_signing.get(clinic, ""), base_url=self.app.settings.slack_api,
        )  # fmt: skip
        self.desks.append(desk)
        await desk.start()
        return [Route(f"/slack/{clinic}/events", desk.answer, methods=["POST"])]

    def _push(self, clinic: str, bot: Bot, worker: Worker) -> BaseRoute:
        self.pushed.append(clinic)
        name, secret = bot_id(bot.token), self._secret(bot)
        receive = telegram_webhook.endpoint(clinic, name, secret, worker.accept, self.app.clock.now)
        return Route(f"/telegram/{name}", receive, methods=["POST"])

    def _secret(self, bot: Bot) -> str:
        return self.app.store.cipher.hash("rapport|webhook", bot_id(bot.token))

    async def _ask_for_pushes(self, clinic: str) -> None:
        """Tell Telegram where to push, until it has heard: while it is away, everything else works."""
        bot, failures = self.bots[clinic], 0
        url = f"{self.app.settings.public_url}/telegram/{bot_id(bot.token)}"
        while True:
            try:
                await telegram_webhook.set_up(bot, url, self._secret(bot))
            except TelegramError as error:
                failures += 1
                log.error("webhook_not_set", clinic=clinic, attempt=failures, error=error)
                await asyncio.sleep(pause_after(failures))
            else:
                return

    def parts(self, worker: Worker) -> Iterator[Coroutine[Any, Any, None]]:
        """What runs beside the worker."""
        for clinic in self.polled:
            yield self._poll(clinic, worker)
        for clinic in self.pushed:
            yield self._ask_for_pushes(clinic)
        for clinic in self.tokens.slack_bot:
            yield self._watch_presence(clinic)
        yield self._introduce()

    async def _poll(self, clinic: str, worker: Worker) -> None:
        bot, clock = self.bots[clinic], self.app.clock.now
        name = bot_id(bot.token)
        await poll(worker, f"poll:{name}", lambda: Poller(bot, clinic, name, worker.accept, clock))

    async def _watch_presence(self, clinic: str) -> None:
        client = self.slack.clients[clinic]
        while True:
            pack = self.app.shelf(clinic)
            away = await presence(client, pack.world.clinic, self.app.clock.now(), pack.world.away)
            self.app.shelf.look(clinic, away)
            await asyncio.sleep(PRESENCE)

    async def _introduce(self) -> None:
        """The menu of commands and what the bot says of itself, in every language on offer."""
        for clinic, bot in self.bots.items():
            await set_profile(bot, clinic, profile(self.app.shelf(clinic)))

    async def close(self) -> None:
        """Stop listening; what is being stored is stored to its end."""
        for desk in self.desks:
            await desk.stop()
        for bot in self.bots.values():
            await bot.shutdown()


def connect(app: App) -> Connections:
    """The lines that the settings name; nothing is opened yet."""
    tokens = plan(app.settings, tuple(app.shelf.packs), app.shelf.blocked)
    bots = {clinic: make_bot(token, app.settings.telegram_api) for clinic, token in tokens.telegram.items()}
    slack = SlackChannel(tokens.slack_bot, app.settings.slack_api)
    mail, call = app.settings.smtp_url, app.settings.phone_webhook
    channels: dict[str, Channel] = {
        "telegram": TelegramChannel({bot_id(bot.token): bot for bot in bots.values()}),
        "slack": slack,
        "email": EmailChannel(mail) if mail else UnservedChannel("email"),
        "webhook": WebhookChannel(call) if call else UnservedChannel("webhook"),
    }
    return Connections(app, tokens, channels, bots, slack)


def bot_id(token: str) -> str:
    """The bot's number: what stands before the colon of its token, the same for its whole life."""
    return token.partition(":")[0]


def profile(pack: Pack) -> Profile:
    """What people see of the bot before they write, by language; "" is the clinic's first language."""
    languages = {"": pack.world.languages[0], **{code: code for code in pack.world.languages}}

    def texts(text: str) -> dict[str, str]:
        return {code: pack.wording.label(text, locale) for code, locale in languages.items()}

    commands = {
        code: [(name, pack.wording.label(f"client.command_{name}", locale)) for name in MENU]
        for code, locale in languages.items()
    }
    return Profile(commands, descriptions=texts("client.bot_description"), abouts=texts("client.bot_short_description"))


async def poll(worker: Worker, lease: str, new: Callable[[], Poller]) -> None:
    """Run a poller, a new one each time, while this process holds the bot's lease: of all processes one polls."""
    while True:
        if await _holds(worker, lease):
            await _poll_while_held(worker, lease, new())
        await asyncio.sleep(RENEW)


async def _poll_while_held(worker: Worker, lease: str, poller: Poller) -> None:
    running = asyncio.create_task(poller.run())
    try:
        while not running.done() and await _holds(worker, lease):
            await asyncio.wait({running}, timeout=RENEW)
        poller.stop()
        await running
    finally:
        running.cancel()


async def _holds(worker: Worker, lease: str) -> bool:
    try:
        return await worker.do(_take_lease, worker, lease)
    except DOWN as error:
        log.error("database_away", error=error)
        return False  # nothing could be stored, so nothing is asked for


def _take_lease(worker: Worker, lease: str) -> bool:
    database = worker.store.database
    with database.transaction() as connection:
        return leases.take(connection, lease, database.process, worker.clock.now(), LEASE)
