"""Rapport itself stands still: the clinic's people hear of it beside Slack, without the database (H02, H04)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest

from bot import intake
from bot.alarm import Alarm, messages, stuck
from bot.app import App, employ
from bot.channels.base import Channel, Inbound
from bot.channels.email import EmailChannel
from bot.channels.webhook import WebhookChannel
from bot.web.server import server
from bot.worker import Worker
from fixtures.logs import ExpectsLog, Watch
from flows.events import TextReceived
from support.product import Product
from support.second_path import SecondPath

PEOPLE = ["castro@riverside.example", "oncall@riverside.example"]  # the supervisor, and who is on call


@dataclass
class Ticks:
    """Seconds of real time, as a test wants them."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Standing:
    """A running worker, and the second path that it was given."""

    app: App
    worker: Worker
    ticks: Ticks
    beside: SecondPath

    async def after(self, seconds: float) -> None:
        """Let so much real time pass, with a look at every few seconds of it."""
        for _ in range(round(seconds / 5)):
            self.ticks.now += 5
            await self.worker.ring()

    async def ready(self) -> httpx.Response:
        transport = httpx.ASGITransport(server(self.app, self.worker))
        async with httpx.AsyncClient(transport=transport, base_url="http://rapport") as client:
            return await client.get("/ready")

    @property
    def mailed(self) -> list[str]:
        return sorted(mail["To"] for mail in self.beside.mails)


@dataclass
class Blocked:
    """A screen that does not come back until it is let go."""

    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _texts: object) -> None:
        self.begun.set()
        self.go.wait(20)
        raise ZeroDivisionError

    async def reached(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 10)


@pytest.fixture
def app(stopped_product: Product) -> Iterator[App]:
    yield stopped_product.open()
    stopped_product.close()


@asynccontextmanager
async def standing(app: App, beside: SecondPath) -> AsyncIterator[Standing]:
    """The worker's loops, with real mail and calls."""
    mail, phone = EmailChannel(beside.smtp_url), WebhookChannel(beside.webhook_url)
    channels: dict[str, Channel] = {"email": mail, "webhook": phone}
    ticks = Ticks()
    worker = employ(app, channels, poll=0.02, ticks=ticks)
    running = asyncio.create_task(worker.run())
    try:
        yield Standing(app, worker, ticks, beside)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await worker.stop()


@contextmanager
def blocked_screen(app: App) -> Iterator[Blocked]:
    """A text has come, and its turn gets stuck in the screen."""
    blocked, now = Blocked(), app.clock.now()
    app.shelf.packs["riverside"] = replace(app.shelf("riverside"), screen=blocked)
    inbound = Inbound("riverside", "telegram", "111", "1", TextReceived(at=now, text="good morning"), "42")
    intake.accept(app.store, [inbound], now)
    try:
        yield blocked
    finally:
        blocked.go.set()


def test_H04_a_turn_that_never_ends_is_mailed_and_phoned_to_the_clinic_after_a_minute(
    app: App, beside: SecondPath, expects_log: ExpectsLog
) -> None:
    expects_log("turns_stuck")

    async def story() -> None:
        with blocked_screen(app) as blocked:
            async with standing(app, beside) as product:
                await blocked.reached()
                await product.after(60)
                assert (product.mailed, beside.calls, product.worker.stuck) == ([], [], False)
                await product.after(5)
                assert product.mailed == PEOPLE
                (call,) = beside.calls
                assert (call["case"], call["person"], call["why"]) == (0, "eriksen", "turns_stuck")
                assert "Rapport has stopped reading messages for Riverside" in beside.mails[0]["Subject"]
                assert "check on your clients by phone" in str(beside.mails[0].get_payload())
                answer = await product.ready()
                assert (answer.status_code, answer.json()["turns"]) == (503, "stuck")
                blocked.go.set()
                await product.worker.watch()
                await product.worker.turns()
                assert not product.worker.stuck

    asyncio.run(story())


def test_H04_the_clinic_hears_it_once_an_hour_and_the_log_once_a_minute(
    app: App, beside: SecondPath, expects_log: ExpectsLog, log_watch: Watch
) -> None:
    expects_log("turns_stuck")

    async def story() -> None:
        with blocked_screen(app) as blocked:
            async with standing(app, beside) as product:
                await blocked.reached()
                await product.after(3600)
                assert product.mailed == PEOPLE
                await product.after(120)
                assert product.mailed == sorted([*PEOPLE, *PEOPLE])
                blocked.go.set()

    asyncio.run(story())
    assert _said(log_watch, "turns_stuck") == 61  # from the 65th second to the 3665th


def test_H04_an_alarm_that_nobody_takes_is_tried_again_the_next_minute(
    app: App, expects_log: ExpectsLog, log_watch: Watch
) -> None:
    expects_log("turns_stuck", "alarm_not_sent")
    closed = SecondPath("smtp://127.0.0.1:1?from=rapport@riverside.example&tls=none", "http://127.0.0.1:1/call")

    async def story() -> None:
        with blocked_screen(app) as blocked:
            async with standing(app, closed) as product:
                await blocked.reached()
                await product.after(65)
                assert _said(log_watch, "alarm_not_sent") == 3
                await product.after(60)
                assert _said(log_watch, "alarm_not_sent") == 6
                blocked.go.set()

    asyncio.run(story())


def _said(watch: Watch, event: str) -> int:
    return [record.msg for record in watch.records].count(event)


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_who_is_on_call_and_who_supervises_are_told_on_every_way_beside_slack(app: App) -> None:
    told = [(each.kind, each.address) for each in messages(app.shelf("riverside"))]
    assert told == [("email", "email:eriksen"), ("webhook", "webhook:eriksen"), ("email", "email:castro")]


def test_a_process_that_stood_still_as_a_whole_first_gets_to_run_again() -> None:
    watched, beats = Alarm(), {"turns": 0.0}
    assert not watched.rings(beats, 5)
    assert not watched.rings(beats, 500)
    assert watched.rings(beats, 505)


def test_a_loop_that_comes_round_is_not_stuck() -> None:
    assert not stuck({}, 1000)
    assert not stuck({"turns": 950.0, "watch": 940.0}, 1000)
    assert stuck({"turns": 950.0, "watch": 939.0}, 1000)
