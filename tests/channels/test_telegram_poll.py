"""Polling, over real HTTP: nothing is confirmed before it is stored, and nothing that goes wrong ends it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from channels.replies import answering

from bot.channels.base import ButtonPressed, Inbound, LinkOpened, TextReceived, UpdateUnreadable
from bot.channels.telegram import make_bot
from bot.channels.telegram_poll import Poller, pause_after
from bot.channels.telegram_updates import ALLOWED
from fakes.telegram import FakeTelegram
from fixtures.logs import ExpectsLog, Watch

TOKEN = "111:AAA"
SOON = 10  # seconds that anything may take before a test is given up


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram(bots={TOKEN: "riverside_bot"}) as server:
        yield server
    assert server.violations == []


class StoreDownError(Exception):
    """What the store raises when it cannot commit."""


class Store:
    """The door's other side: what was stored, in order; it fails as often as it is told to, or for some updates."""

    def __init__(self, failures: int = 0, refuses: Callable[[Inbound], bool] = lambda _: False) -> None:
        self.failures, self.refuses = failures, refuses
        self.stored: list[Inbound] = []
        self.tries = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.reached = asyncio.Event()

    async def accept(self, inbounds: Sequence[Inbound]) -> None:
        self.tries += 1
        self.reached.set()
        await self.gate.wait()
        if self.failures or any(map(self.refuses, inbounds)):
            self.failures = max(self.failures - 1, 0)
            raise StoreDownError
        self.stored += inbounds

    def ids(self) -> list[str]:
        return [inbound.external_id for inbound in self.stored]

    def texts(self) -> list[str]:
        return [inbound.event.text for inbound in self.stored if isinstance(inbound.event, TextReceived)]


class Polling:
    """A poller at work on a store; `pauses` are the failures in a row that it paused for, without waiting."""

    def __init__(self, url: str, store: Store, token: str = TOKEN) -> None:
        self.store, self.bot = store, make_bot(token, url)
        self.pauses: list[int] = []
        self.poller = Poller(self.bot, "riverside", "riverside", store.accept, now, pause=self.pause)

    def pause(self, failures: int) -> float:
        self.pauses.append(failures)
        return 0.001

    async def __aenter__(self) -> "Polling":
        self.task = asyncio.create_task(self.poller.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.poller.stop()
        await asyncio.wait_for(asyncio.gather(self.task, return_exceptions=True), SOON)
        await self.bot.request.shutdown()


def now() -> datetime:
    return datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def during(telegram: FakeTelegram, store: Store, act: Callable[[Polling], Awaitable[None]], token: str = TOKEN) -> None:
    """Poll while `act` runs, then stop."""

    async def run() -> None:
        async with Polling(telegram.url, store, token) as polling:
            await act(polling)

    asyncio.run(run())


async def quiet(telegram: FakeTelegram) -> None:
    """Wait until everything that was sent is confirmed."""
    await telegram.until(lambda: telegram.waiting() == 0)


def test_messages_come_in_once_and_in_order(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()

    async def act(polling: Polling) -> None:
        sam.opens("abc")
        for number in range(5):
            sam.says(f"line {number}")
        await quiet(telegram)
        assert polling.poller.answered_at == now()

    during(telegram, store, act)
    assert store.texts() == [f"line {number}" for number in range(5)]
    assert isinstance(store.stored[0].event, LinkOpened)
    assert store.stored[0].token == "abc"
    assert {inbound.address for inbound in store.stored} == {"5"}
    assert telegram.calls("getUpdates")[0].params["allowed_updates"] == list(ALLOWED)


def test_nothing_is_confirmed_before_it_is_stored(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()

    async def act(_: Polling) -> None:
        store.gate.clear()
        sam.says("hello")
        await store.reached.wait()
        assert telegram.waiting() == 1
        assert len(telegram.calls("getUpdates")) <= 2
        store.gate.set()
        await quiet(telegram)

    during(telegram, store, act)
    assert store.texts() == ["hello"]


def test_H12_what_could_not_be_stored_comes_again(telegram: FakeTelegram, expects_log: ExpectsLog) -> None:
    expects_log("updates_not_stored")
    sam, store = telegram.chat(5), Store(failures=3)
    sam.says("hello")

    async def act(polling: Polling) -> None:
        await quiet(telegram)
        assert polling.pauses == [1, 2, 3]

    during(telegram, store, act)
    offsets = [call.params.get("offset") for call in telegram.calls("getUpdates")]
    assert offsets[:4] == [None] * 4
    assert store.texts() == ["hello"]


def test_an_update_that_cannot_be_stored_keeps_nobody_else_from_being_heard(
    telegram: FakeTelegram, expects_log: ExpectsLog
) -> None:
    expects_log("updates_not_stored")
    sam, kim = telegram.chat(5), telegram.chat(6)
    store = Store(refuses=lambda inbound: inbound.address == "5")
    kim.says("before")
    sam.says("odd")
    kim.says("after")

    async def act(polling: Polling) -> None:
        await telegram.until(lambda: len(polling.pauses) >= 2)
        assert telegram.waiting() == 2
        store.refuses = lambda _: False
        await quiet(telegram)

    during(telegram, store, act)
    assert store.texts()[:2] == ["before", "after"]
    assert set(store.texts()) == {"before", "odd", "after"}
    assert store.texts().count("odd") == 1


def test_a_store_that_is_down_is_not_asked_for_every_single_update(
    telegram: FakeTelegram, expects_log: ExpectsLog
) -> None:
    expects_log("updates_not_stored")
    sam, store = telegram.chat(5), Store(failures=1 + 3)
    for number in range(50):
        sam.says(str(number))

    during(telegram, store, lambda _: quiet(telegram))
    assert store.tries == 1 + 3 + 1
    assert len(store.stored) == 50


def test_H12_after_a_crash_between_storing_and_confirming_the_update_comes_a_second_time(
    telegram: FakeTelegram,
) -> None:
    sam, before, after = telegram.chat(5), Store(), Store()
    sam.says("hello")

    async def crash() -> None:
        crashed = asyncio.Event()

        async def accept(inbounds: Sequence[Inbound]) -> None:
            await before.accept(inbounds)
            crashed.set()
            await asyncio.Event().wait()

        polling = Polling(telegram.url, before)
        polling.poller = Poller(polling.bot, "riverside", "riverside", accept, now)
        task = asyncio.create_task(polling.poller.run())
        await crashed.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await polling.bot.request.shutdown()

    asyncio.run(crash())
    assert telegram.waiting() == 1
    during(telegram, after, lambda _: quiet(telegram))
    assert before.ids() == after.ids()
    assert len(before.ids()) == 1


def test_a_malformed_update_is_stored_and_confirmed_like_any_other(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()
    broken = {"update_id": 1, "message": {"chat": {"id": 5, "type": "private"}, "text": ["not", "words"]}}
    telegram.bot().pending.append(broken)
    sam.says("hello")

    during(telegram, store, lambda _: quiet(telegram))
    assert store.ids()[0] == "1"
    assert store.stored[0].event == UpdateUnreadable(at=now(), kind="message")
    assert store.texts() == ["hello"]


def test_what_has_no_number_is_said_in_the_log_and_holds_nothing_up(
    telegram: FakeTelegram, expects_log: ExpectsLog
) -> None:
    expects_log("updates_without_number")
    store = Store()
    body = '{"ok": true, "result": [{"update_id": "one"}, {"update_id": 7, "message": {}}]}'

    async def run() -> None:
        async with answering((200, '{"ok": true, "result": true}'), (200, body)) as url, Polling(url, store):
            await store.reached.wait()

    asyncio.run(run())
    assert store.ids()[0] == "7"


def test_a_group_s_chatter_is_confirmed_without_being_kept(telegram: FakeTelegram) -> None:
    store = Store()
    chat = {"id": -100, "type": "group", "title": "Friends"}
    telegram.bot().pending.append({"update_id": 1, "message": {"message_id": 1, "date": 0, "chat": chat, "text": "hi"}})

    during(telegram, store, lambda _: quiet(telegram))
    assert store.tries == 0


# -- presses -------------------------------------------------------------------------------------------------------


def test_a_press_is_answered_after_it_is_stored(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()

    async def act(_: Polling) -> None:
        store.gate.clear()
        query = sam.presses_data(1, "3:good")
        await store.reached.wait()
        assert not telegram.calls("answerCallbackQuery")
        store.gate.set()
        await telegram.until(lambda: telegram.calls("answerCallbackQuery", callback_query_id=query))
        await telegram.until(lambda: not telegram.bot().queries)

    during(telegram, store, act)
    assert store.stored[0].event == ButtonPressed(at=now(), option="good", step=3, language="en")


def test_a_press_too_old_to_be_answered_is_stored_all_the_same(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()
    sam.presses_data(1, "3:good")
    telegram.expire_queries()

    async def act(_: Polling) -> None:
        await telegram.until(lambda: [c for c in telegram.calls("answerCallbackQuery") if c.status])
        sam.says("next")
        await quiet(telegram)

    during(telegram, store, act)
    assert len(store.stored) == 2


def test_a_slow_answer_to_a_press_delays_no_message(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()
    hold = telegram.slow_next("answerCallbackQuery")
    sam.presses_data(1, "3:good")

    async def act(_: Polling) -> None:
        await asyncio.to_thread(hold.wait_until_reached)
        sam.says("I need somebody")
        await quiet(telegram)
        assert store.texts() == ["I need somebody"]

    during(telegram, store, act)
    hold.release()


# -- trouble -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "event"), [(409, "poll_conflict"), (500, "poll_failed"), (502, "poll_failed"), (403, "poll_failed")]
)
def test_H04_polling_goes_on_after_trouble_and_waits_longer_each_time(
    telegram: FakeTelegram, expects_log: ExpectsLog, status: int, event: str
) -> None:
    expects_log(event)
    sam, store = telegram.chat(5), Store()
    telegram.fail_next("getUpdates", status, times=3)
    sam.says("hello")

    async def act(polling: Polling) -> None:
        await quiet(telegram)
        telegram.fail_next("getUpdates", status)
        sam.says("again")
        await quiet(telegram)
        assert polling.pauses == [1, 2, 3, 1]

    during(telegram, store, act)
    assert store.texts() == ["hello", "again"]


def test_a_second_poller_is_noticed(telegram: FakeTelegram, expects_log: ExpectsLog) -> None:
    expects_log("poll_conflict")
    store = Store()

    async def act(polling: Polling) -> None:
        await telegram.until(lambda: telegram.bot().poller)
        async with aiohttp.ClientSession() as session:
            await session.post(f"{telegram.url}/bot{TOKEN}/getUpdates", json={"timeout": 0})
        await telegram.until(lambda: polling.pauses)

    during(telegram, store, act)


def test_H04_a_limit_is_obeyed(telegram: FakeTelegram, expects_log: ExpectsLog) -> None:
    expects_log("poll_slowed")
    telegram.fail_next("getUpdates", retry_after=0.3)

    async def act(_: Polling) -> None:
        await telegram.until(lambda: len(telegram.calls("getUpdates")) == 2)

    during(telegram, Store(), act)
    first, second = telegram.calls("getUpdates")
    assert second.at - first.at >= 0.3


@pytest.mark.parametrize("accepted", [True, False])
def test_H12_a_poll_whose_answer_was_lost_loses_no_update(
    telegram: FakeTelegram, expects_log: ExpectsLog, accepted: bool
) -> None:
    expects_log("poll_failed")
    sam, store = telegram.chat(5), Store()
    sam.says("hello")
    telegram.drop_next("getUpdates", accepted=accepted)

    during(telegram, store, lambda _: quiet(telegram))
    assert store.texts() == ["hello"]


def test_H04_polling_comes_back_when_telegram_does(telegram: FakeTelegram, expects_log: ExpectsLog) -> None:
    expects_log("poll_failed")
    sam, store = telegram.chat(5), Store()

    async def act(polling: Polling) -> None:
        await telegram.until(lambda: telegram.bot().poller)
        telegram.down = True
        await telegram.until(lambda: len(polling.pauses) >= 3)
        telegram.heal()
        sam.says("hello")
        await quiet(telegram)

    during(telegram, store, act)
    assert store.texts() == ["hello"]


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"ok": true, "result": {"update_id": 1}}', "[" * 100_000])
def test_an_answer_that_is_no_list_of_updates_is_a_passing_fault(body: str, expects_log: ExpectsLog) -> None:
    expects_log("poll_failed")
    good = '{"ok": true, "result": [{"update_id": 7, "message": {}}]}'
    store = Store()

    async def run() -> None:
        webhook_gone = (200, '{"ok": true, "result": true}')
        async with answering(webhook_gone, (200, body), (200, good)) as url, Polling(url, store):
            await store.reached.wait()

    asyncio.run(run())
    assert store.ids()[0] == "7"


def test_a_refused_token_is_an_error_and_is_not_hammered(
    telegram: FakeTelegram, expects_log: ExpectsLog, log_watch: Watch
) -> None:
    expects_log("poll_token_refused")

    async def act(_: Polling) -> None:
        await telegram.until(lambda: log_watch.records)

    during(telegram, Store(), act, token="333:CCC")
    assert len(telegram.requests) == 1


def test_the_pause_grows_to_half_a_minute() -> None:
    assert [pause_after(failures) for failures in (1, 2, 3, 4, 5, 6, 7, 10_000)] == [1, 2, 4, 8, 16, 30, 30, 30]


# -- beginning and end ---------------------------------------------------------------------------------------------


def test_a_webhook_of_an_earlier_setting_is_taken_off_and_what_waits_is_kept(
    telegram: FakeTelegram, expects_log: ExpectsLog
) -> None:
    sam, store = telegram.chat(5), Store()

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            url = "http://127.0.0.1:1/nobody-listens"
            await session.post(f"{telegram.url}/bot{TOKEN}/setWebhook", json={"url": url})
        sam.says("hello")
        expects_log("poll_failed")
        telegram.fail_next("deleteWebhook", 502)
        async with Polling(telegram.url, store):
            await quiet(telegram)

    asyncio.run(run())
    assert store.texts() == ["hello"]
    assert [call.params for call in telegram.calls("deleteWebhook")] == [{"drop_pending_updates": False}] * 2


def test_it_stops_at_once_while_it_waits_for_updates(telegram: FakeTelegram) -> None:
    async def act(polling: Polling) -> None:
        await telegram.until(lambda: telegram.bot().poller)
        polling.poller.stop()
        await asyncio.wait_for(polling.task, 2)

    during(telegram, Store(), act)


def test_it_stops_at_once_while_it_pauses(telegram: FakeTelegram, expects_log: ExpectsLog, log_watch: Watch) -> None:
    expects_log("poll_slowed")
    telegram.fail_next("getUpdates", retry_after=300)

    async def act(polling: Polling) -> None:
        await telegram.until(lambda: log_watch.records)
        polling.poller.stop()
        await asyncio.wait_for(polling.task, 2)

    during(telegram, Store(), act)


def test_what_is_being_stored_when_it_stops_is_stored(telegram: FakeTelegram) -> None:
    sam, store = telegram.chat(5), Store()
    sam.says("hello")
    store.gate.clear()

    async def act(polling: Polling) -> None:
        await store.reached.wait()
        polling.poller.stop()
        assert store.stored == []
        store.gate.set()
        await asyncio.wait_for(polling.task, SOON)

    during(telegram, store, act)
    assert store.texts() == ["hello"]


def logged(records: list[Any]) -> str:
    return " ".join(f"{record.msg} {record.args} {vars(record).get('rapport_fields')}" for record in records)


def test_no_log_line_carries_what_was_written(
    telegram: FakeTelegram, expects_log: ExpectsLog, caplog: pytest.LogCaptureFixture
) -> None:
    expects_log("updates_not_stored")
    caplog.set_level("INFO", "bot")
    sam, store = telegram.chat(5), Store(failures=2)
    sam.says("a secret")
    sam.presses_data(1, "a secret too")
    telegram.expire_queries()

    async def act(_: Polling) -> None:
        await telegram.until(lambda: [c for c in telegram.calls("answerCallbackQuery") if c.status])

    during(telegram, store, act)
    said = logged([record for record in caplog.records if record.name.startswith("bot")])
    assert "updates_not_stored" in said
    assert "secret" not in said
    assert TOKEN not in said
