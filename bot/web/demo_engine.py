"""The demo's engine: the real worker and storage between a client's channel and a desk in memory, on a pushed clock."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.app import App, employ
from bot.channels.base import Channel, Inbound
from bot.clock import PushedClock
from bot.errors import BotError
from bot.web.demo_mail import DemoMail
from bot.web.demo_slack import DemoDesk
from bot.web.demo_staff import Staff, away_of, workspace_of
from flows.clinic import Clinic
from storage import inbox, outbox
from storage.store import Store

PATIENCE = 30.0  # seconds that everything due may take


class Engine:
    """One clinic at work. Make it inside the event loop; `worker.run()` has to be running before anything is done.

    Raises BotError for a clinic without a pack in order.
    """

    def __init__(self, app: App, clock: PushedClock, slug: str, phones: Channel) -> None:
        if slug not in app.shelf.packs and slug in app.shelf.mistakes:
            raise BotError(app.shelf.mistakes[slug])
        self.app, self.clock, self.slug = app, clock, slug
        app.shelf.look(slug, away_of(self.clinic))
        self.desk = DemoDesk(slug, workspace_of(self.clinic, clock.now))
        self.workspace = self.desk.slack.workspace
        self.outside = [DemoMail("email", clock.now), DemoMail("webhook", clock.now)]
        channels: list[Channel] = [phones, self.desk, *self.outside]
        self.worker = employ(app, {channel.name: channel for channel in channels})
        self.staff = Staff(lambda: app.shelf(slug), self.desk.slack, self.worker.accept)
        self._one = asyncio.Lock()

    @property
    def clinic(self) -> Clinic:
        """What the pack's `clinic.yaml` says."""
        return self.app.shelf(self.slug).world.clinic

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that a new client can be invited in, drafts among them."""
        return self.app.shelf(self.slug).world.languages

    @property
    def clinician(self) -> str:
        """The first clinician of the pack: whoever new clients of the demo are assigned to."""
        people = self.clinic.clinicians.items()
        return next((slug for slug, who in people if who.role == "clinician" and who.active), "")

    async def take_in(self, inbound: Inbound | None) -> None:
        """Bring something in from a phone, and wait until all that follows from it has happened."""
        if inbound:
            await self.worker.accept([inbound])
            await self.settle()

    async def push(self, by: timedelta) -> None:
        """Let time pass. Whatever comes due on the way happens at its own moment, one after another."""
        async with self._one:
            until = self.clock.now() + by
            while (due := await self._next_due()) and due <= until:
                await self._go_to(due)
            await self._go_to(until)

    async def push_to_next(self) -> None:
        """Let time pass until the next timer; nothing happens where none is set."""
        async with self._one:
            if due := await self._next_due():
                await self._go_to(due)

    async def upcoming(self) -> datetime | None:
        """When the next timer or message is due (UTC), be it already past."""
        return min(await self.worker.do(_dues, self.app.store), default=None)

    async def settle(self) -> None:
        """Wait until nothing is due and nothing is on its way. Raises TimeoutError where that never happens.

        The worker's loops run beside it and may do the work; so it is the database that says when all is done.
        """
        async with asyncio.timeout(PATIENCE):
            while not await self.worker.do(self._quiet):
                await self.worker.settle()

    async def _next_due(self) -> datetime | None:
        await self.settle()
        return await self.upcoming()

    async def _go_to(self, moment: datetime) -> None:
        self.clock.push(moment - self.clock.now())
        await self.settle()

    def _quiet(self) -> bool:
        now = self.clock.now()
        with self.app.store.database.transaction() as connection:
            event = inbox.next_due(connection)
            return (event is None or event > now) and not outbox.waiting(connection, now)


def _dues(store: Store) -> Sequence[datetime]:
    with store.database.transaction() as connection:
        return [due for due in (inbox.next_due(connection), outbox.next_due(connection)) if due]
