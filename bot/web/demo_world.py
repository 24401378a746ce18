"""The demo, running: the real engine, storage and worker between a phone and a desk in memory, on a pushed clock."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.app import App, employ
from bot.channels.base import Channel, Inbound
from bot.channels.web import WebChannel
from bot.channels.web_phone import Phone
from bot.clock import PushedClock
from bot.invite import invite
from bot.web.demo_home import Home, Saved
from bot.web.demo_hub import Hub
from bot.web.demo_mail import DemoMail
from bot.web.demo_slack import DemoDesk
from bot.web.demo_staff import Staff, away_of, workspace_of
from flows.clinic import Clinic
from storage import inbox, outbox
from storage.store import Store

CLINIC, CLINICIAN, CLIENT = "riverside", "amari", "Sam"
PATIENCE = 20.0  # seconds that everything due may take


class Demo:
    """Make it inside the event loop; `worker.run()` has to be running before anything is done with it."""

    def __init__(self, app: App, clock: PushedClock, home: Home) -> None:
        self.app, self.clock, self.home = app, clock, home
        self.hub = Hub()
        app.shelf.look(CLINIC, away_of(self.clinic))
        self.web = WebChannel(clock.now)
        self.desk = DemoDesk(CLINIC, workspace_of(self.clinic, clock.now))
        self.outside = [DemoMail("email", clock.now), DemoMail("webhook", clock.now)]
        channels: list[Channel] = [self.web, self.desk, *self.outside]
        self.worker = employ(app, {channel.name: channel for channel in channels})
        self.staff = Staff(lambda: app.shelf(CLINIC), self.desk.slack, self.worker.accept)
        self.phone = Phone(self.web, CLINIC, "", clock.now)
        self.token = ""
        self._one = asyncio.Lock()
        for listen in (self.web.listen, self.desk.slack.workspace.listen, *(each.listen for each in self.outside)):
            listen(self.hub.bump)

    @property
    def clinic(self) -> Clinic:
        """What the example's `clinic.yaml` says."""
        return self.app.shelf(CLINIC).world.clinic

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that a new client can be invited in, drafts among them."""
        return self.app.shelf(CLINIC).world.languages

    async def start(self) -> None:
        """Go on with the phone of the last run, else invite somebody."""
        saved = self.home.load()
        if saved is None:
            await self.start_over(self.languages[0])
        else:
            self._take(saved)

    async def start_over(self, language: str) -> None:
        """Invite a new client in one of `languages`, and put their phone on the page. Raises BotError."""
        invited = await self.worker.do(invite, self.app, CLINIC, CLINICIAN, CLIENT, language)
        saved = Saved(f"phone-{secrets.token_hex(8)}", invited.token, language)
        self.home.save(saved)
        self._take(saved)

    def _take(self, saved: Saved) -> None:
        self.phone = Phone(self.web, CLINIC, saved.address, self.clock.now, saved.language)
        self.token = saved.token
        self.hub.bump()

    async def take_in(self, inbound: Inbound | None) -> None:
        """Bring something in from the phone, and wait until all that follows from it has happened."""
        if inbound:
            await self.worker.accept([inbound])
            await self.settle()

    async def push(self, by: timedelta) -> None:
        """Let time pass. Whatever comes due on the way happens at its own moment, one after another."""
        async with self._one:
            until = self.clock.now() + by
            while (due := await self.next_due()) and due <= until:
                await self._go_to(due)
            await self._go_to(until)

    async def push_to_next(self) -> None:
        """Let time pass until the next timer; nothing happens where none is set."""
        async with self._one:
            if due := await self.next_due():
                await self._go_to(due)

    async def next_due(self) -> datetime | None:
        """When the next timer or message is due (UTC), once all that is due by now has happened."""
        await self.settle()
        return await self.upcoming()

    async def upcoming(self) -> datetime | None:
        """When the next timer or message is due (UTC), be it already past."""
        return min(await self.worker.do(_dues, self.app.store), default=None)

    async def _go_to(self, moment: datetime) -> None:
        self.clock.push(moment - self.clock.now())
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is due and nothing is on its way. Raises TimeoutError where that never happens.

        The worker's loops run beside it and may do the work; so it is the database that says when all is done.
        """
        async with asyncio.timeout(PATIENCE):
            while not await self.worker.do(self._quiet):
                await self.worker.settle()
        self.hub.bump()

    def _quiet(self) -> bool:
        now = self.clock.now()
        return all(due > now for due in _dues(self.app.store))


def _dues(store: Store) -> Sequence[datetime]:
    with store.database.transaction() as connection:
        return [due for due in (inbox.next_due(connection), outbox.next_due(connection)) if due]
