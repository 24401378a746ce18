"""The demo, running: an engine, the phone on the page, and what is kept from one run to the next."""

import secrets
from datetime import timedelta

from bot.app import App
from bot.channels.base import Inbound
from bot.channels.web import WebChannel
from bot.channels.web_phone import Phone
from bot.clock import PushedClock
from bot.invite import invite
from bot.web.demo_engine import Engine
from bot.web.demo_home import CLINIC, Home, Saved
from bot.web.demo_hub import Hub
from bot.web.demo_past import past, recall

CLIENT = "Sam"


class Demo(Engine):
    """Make it inside the event loop. `hub` tells of every change."""

    def __init__(self, app: App, clock: PushedClock, home: Home) -> None:
        self.home, self.hub, self._saved = home, Hub(), home.load()
        if self._saved:
            clock.push(timedelta(seconds=self._saved.ahead))
        self.web = WebChannel(clock.now)
        super().__init__(app, clock, CLINIC, self.web)
        self.phone = Phone(self.web, CLINIC, "", clock.now)
        self.token = ""
        for listen in (self.web.listen, self.workspace.listen, *(each.listen for each in self.outside)):
            listen(self.hub.bump)

    async def start(self) -> None:
        """Go on where the last run stopped, else invite somebody."""
        if self._saved is None:
            await self.start_over(self.languages[0])
            return
        self._take(self._saved)
        await recall(self, await self.worker.do(past, self.app.store, self.slug, self.web.name))

    async def start_over(self, language: str) -> None:
        """Invite a new client in one of `languages`, and put their phone on the page. Raises BotError."""
        invited = await self.worker.do(invite, self.app, CLINIC, self.clinician, CLIENT, language)
        self._take(Saved(f"phone-{secrets.token_hex(8)}", invited.token, language))
        self._save()

    async def take_in(self, inbound: Inbound | None) -> None:
        """Bring something in from the phone, and wait until all that follows from it has happened."""
        await super().take_in(inbound)
        self.hub.bump()

    async def push(self, by: timedelta) -> None:
        """Let time pass, and remember how far the clock is ahead."""
        await super().push(by)
        self._save()

    async def push_to_next(self) -> None:
        """Let time pass until the next timer, and remember how far the clock is ahead."""
        await super().push_to_next()
        self._save()

    def _take(self, saved: Saved) -> None:
        self.phone = Phone(self.web, CLINIC, saved.address, self.clock.now, saved.language)
        self.token = saved.token
        self.hub.bump()

    def _save(self) -> None:
        ahead = self.clock.ahead.total_seconds()
        self.home.save(Saved(self.phone.address, self.token, self.phone.language, ahead))
