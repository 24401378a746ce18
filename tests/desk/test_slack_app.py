"""Slack, inwards, over real sockets and signed HTTP: stored first, confirmed after, and never lost in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from bot.channels.base import Inbound, Outbound, StaffActed
from bot.channels.slack import SlackChannel
from bot.desk import cards, dialogs
from bot.desk.case import Revealed
from bot.desk.slack_app import SlackApp
from fakes.slack import Delivery, FakeSlack
from fixtures.logs import ExpectsLog
from support.cases import case, pack
from support.clock import MONDAY_TEN

LIBRARY = "bot.desk.slack_library"


class Door:
    """An intake that notes what came, and can be shut like a database that is away."""

    def __init__(self) -> None:
        self.came: list[Inbound] = []
        self.shut = False
        self.refused = 0

    async def accept(self, inbounds: Sequence[Inbound]) -> int:
        if self.shut:
            self.refused += 1
            raise ConnectionError("the database is away")
        self.came += inbounds
        return len(inbounds)

    @property
    def acts(self) -> list[StaffActed]:
        return [each.event for each in self.came if isinstance(each.event, StaffActed)]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        server.add_user("UAMARI", "Dr Amari")
        server.add_user("UBELL", "Dr Bell")
        server.add_channel("CTEAM", members=["UAMARI", "UBELL"])
        yield server
        assert server.violations == []


@pytest.fixture
def door() -> Door:
    return Door()


def app_of(slack: FakeSlack, door: Door, **more: Any) -> SlackApp:
    known: dict[str, Any] = {"bot_token": "xoxb-riverside", "base_url": slack.url, "ping": 0.3}
    return SlackApp("riverside", pack, door.accept, lambda: MONDAY_TEN, **(known | more))


@asynccontextmanager
async def by_socket(slack: FakeSlack, door: Door, app_token: str = "xapp-riverside") -> AsyncIterator[SlackApp]:
    app = app_of(slack, door, app_token=app_token)
    await app.start()
    try:
        await slack.until(lambda: slack.connected)
        yield app
    finally:
        await app.stop()


@asynccontextmanager
async def by_http(slack: FakeSlack, door: Door) -> AsyncIterator[SlackApp]:
    app = app_of(slack, door, signing_secret="signing-secret")
    web = Starlette(routes=[Route("/slack/riverside", app.answer, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(web, "127.0.0.1", 0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await slack.until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    slack.http_target = f"http://127.0.0.1:{port}/slack/riverside"
    try:
        yield app
    finally:
        server.should_exit = True
        await serving
        await app.stop()


WAYS = {"socket": by_socket, "http": by_http}
Story = Callable[[SlackApp], Awaitable[None]]


def tell(way: str, slack: FakeSlack, door: Door, story: Story) -> None:
    """Play a story with a card in the team channel, the app listening that way."""

    async def run() -> None:
        channel = SlackChannel({"riverside": "xoxb-riverside"}, slack.url)
        await channel.send(Outbound("card", "slack:CTEAM", cards.card(case()), "riverside"))
        try:
            async with asyncio.timeout(20), WAYS[way](slack, door) as app:
                await story(app)
        finally:
            await channel.close()

    asyncio.run(run())


async def acked(slack: FakeSlack, delivery: Delivery) -> Delivery:
    await slack.until(lambda: delivery.acked)
    return delivery


def card(slack: FakeSlack) -> Any:
    return slack.channel("CTEAM").messages[0]


@pytest.mark.parametrize("way", WAYS)
def test_a_press_is_stored_before_it_is_confirmed(way: str, slack: FakeSlack, door: Door) -> None:
    async def story(_app: SlackApp) -> None:
        pressed = slack.user("UAMARI").presses(card(slack), "Acknowledge")
        await acked(slack, pressed)
        (act,) = door.acts
        assert (act.action, act.by, act.case, act.channel, act.at) == ("acknowledge", "UAMARI", 12, "CTEAM", MONDAY_TEN)
        assert slack.calls("auth.test") == []

    tell(way, slack, door, story)


@pytest.mark.parametrize("way", WAYS)
def test_H04_a_press_that_cannot_be_stored_is_not_confirmed(
    way: str, slack: FakeSlack, door: Door, expects_log: ExpectsLog
) -> None:
    expects_log("slack_not_stored")
    door.shut = True

    async def story(_app: SlackApp) -> None:
        pressed = slack.user("UAMARI").presses(card(slack), "Acknowledge")
        command = slack.user("UAMARI").commands("/rapport", "alerts")
        reaction = slack.user("UBELL").reacts(card(slack), "white_check_mark")
        brought = (pressed, command, reaction)
        if way == "http":
            await slack.until(lambda: all(each.statuses for each in brought))
            assert {status for each in brought for status in each.statuses} == {500}
        await slack.until(lambda: door.refused >= 3)
        assert not pressed.acked
        assert not command.acked
        assert not reaction.acked
        door.shut = False
        if way == "socket":
            slack.resend_unacked()
            await acked(slack, pressed)
            assert "acknowledge" in {act.action for act in door.acts}

    tell(way, slack, door, story)


@pytest.mark.parametrize("way", WAYS)
def test_H04_an_event_brought_again_by_slack_is_stored_once_the_database_is_back(
    way: str, slack: FakeSlack, door: Door, expects_log: ExpectsLog
) -> None:
    expects_log("slack_not_stored")
    door.shut = True

    async def story(_app: SlackApp) -> None:
        reaction = slack.user("UBELL").reacts(card(slack), "white_check_mark")
        await slack.until(lambda: door.refused)
        door.shut = False
        if way == "socket":
            slack.resend_unacked()
        await acked(slack, reaction)
        assert door.acts[0].values == {"card": f"CTEAM|{card(slack).ts}"}
        assert len({each.external_id for each in door.came}) == 1

    tell(way, slack, door, story)


@pytest.mark.parametrize("way", WAYS)
def test_a_dialog_opens_at_once_without_content_and_is_named_in_the_event(
    way: str, slack: FakeSlack, door: Door
) -> None:
    async def story(_app: SlackApp) -> None:
        amari = slack.user("UAMARI")
        await acked(slack, amari.presses(card(slack), "Reveal"))
        modal = amari.sees_modal("One moment")
        (act,) = door.acts
        assert (act.action, act.dialog, act.case) == ("reveal", modal.id, 12)
        assert modal.private_metadata == '{"case": 12, "channel": "CTEAM"}'

    tell(way, slack, door, story)


def test_a_dialog_that_is_too_late_is_stored_without_one(slack: FakeSlack, door: Door, expects_log: ExpectsLog) -> None:
    expects_log("dialog_not_opened")

    async def story(_app: SlackApp) -> None:
        slack.fail_next("views.open", error="expired_trigger_id")
        await acked(slack, slack.user("UAMARI").presses(card(slack), "Reveal"))
        slack.fail_next("views.open", 503)
        await acked(slack, slack.user("UAMARI").presses(card(slack), "Write to client"))
        assert [(act.action, act.dialog) for act in door.acts] == [("reveal", ""), ("write", "")]

    tell("socket", slack, door, story)


def test_H04_a_dialog_says_when_its_press_could_not_be_stored(
    slack: FakeSlack, door: Door, expects_log: ExpectsLog
) -> None:
    expects_log("slack_not_stored")
    door.shut = True

    async def story(_app: SlackApp) -> None:
        amari = slack.user("UAMARI")
        pressed = amari.presses(card(slack), "Reveal")
        await asyncio.to_thread(amari.sees_modal, "could not be stored")
        assert not pressed.acked

    tell("socket", slack, door, story)


@pytest.mark.parametrize("way", WAYS)
def test_a_submitted_dialog_closes_once_it_is_stored(way: str, slack: FakeSlack, door: Door) -> None:
    async def story(app: SlackApp) -> None:
        amari = slack.user("UAMARI")
        await acked(slack, amari.presses(card(slack), "Resolve…"))
        view = dialogs.dialog("resolve", case(), Revealed(), "CTEAM")
        await app.client.views_update(view_id=door.acts[0].dialog, view=view, token="xoxb-riverside")
        await acked(slack, amari.submits(values={"outcome": "session_booked"}))
        assert amari.modal is None
        done = door.acts[1]
        assert (done.action, done.values, done.case) == ("resolved", {"outcome": "session_booked"}, 12)
        assert done.channel == "CTEAM"

    tell(way, slack, door, story)


def test_an_empty_message_is_sent_back_without_being_stored(slack: FakeSlack, door: Door) -> None:
    async def story(app: SlackApp) -> None:
        amari = slack.user("UAMARI")
        await acked(slack, amari.presses(card(slack), "Write to client"))
        view = dialogs.dialog("write", case(), Revealed())
        await app.client.views_update(view_id=door.acts[0].dialog, view=view, token="xoxb-riverside")
        await acked(slack, amari.submits(values={"text": "   "}))
        assert amari.sees_modal().errors == {"text": "Write something first."}
        await acked(slack, amari.submits(values={"text": "How are you?"}))
        assert [act.action for act in door.acts] == ["write", "wrote"]
        assert door.acts[1].values == {"text": "How are you?"}

    tell("socket", slack, door, story)


@pytest.mark.parametrize("way", WAYS)
def test_commands_replies_and_reactions_come_in_and_everything_else_is_only_confirmed(
    way: str, slack: FakeSlack, door: Door
) -> None:
    async def story(_app: SlackApp) -> None:
        amari, bell = slack.user("UAMARI"), slack.user("UBELL")
        for delivery in (
            amari.commands("/rapport", "alerts"),
            bell.replies(card(slack), "ack"),
            bell.replies(card(slack), "I phoned, she is well"),
            bell.reacts(card(slack), "heavy_check_mark"),
            bell.unreacts(card(slack), "heavy_check_mark"),
            bell.reacts(card(slack), "eyes"),
            bell.says("good morning", "CTEAM"),
            amari.opens_home(),
        ):
            await acked(slack, delivery)
        found = sorted((act.action, act.by) for act in door.acts)
        assert found == [("acknowledge", "UBELL"), ("acknowledge", "UBELL"), ("alerts", "UAMARI")]

    tell(way, slack, door, story)


def test_what_the_app_itself_posts_is_not_taken_for_staff(door: Door) -> None:
    with FakeSlack(echo=True) as slack:
        slack.add_user("UAMARI", "Dr Amari")
        slack.add_channel("CTEAM", members=["UAMARI"])

        async def story(_app: SlackApp) -> None:
            await slack.until(lambda: all(each.acked for each in slack.deliveries))
            assert slack.deliveries
            assert door.acts == []

        tell("socket", slack, door, story)


def test_H12_a_press_brought_twice_has_one_id(slack: FakeSlack, door: Door) -> None:
    async def story(_app: SlackApp) -> None:
        pressed = slack.user("UAMARI").presses(card(slack), "Acknowledge")
        await acked(slack, pressed)
        pressed.acked = False
        slack.again(pressed)
        await slack.until(lambda: len(door.came) == 2)
        assert len({each.external_id for each in door.came}) == 1

    tell("socket", slack, door, story)


@pytest.mark.parametrize("abrupt", [False, True], ids=["politely", "abruptly"])
def test_H04_a_dropped_socket_comes_back_and_brings_what_was_pressed_meanwhile(
    abrupt: bool, slack: FakeSlack, door: Door
) -> None:
    async def story(app: SlackApp) -> None:
        await asyncio.to_thread(slack.drop_socket, abrupt)
        pressed = slack.user("UAMARI").presses(card(slack), "Acknowledge")
        await acked(slack, pressed)
        await _connected(app)

    tell("socket", slack, door, story)


def test_H04_slack_being_away_at_the_start_keeps_nothing_from_starting(
    slack: FakeSlack, door: Door, expects_log: ExpectsLog
) -> None:
    expects_log(LIBRARY)
    slack.fail_next("apps.connections.open", 503)

    async def run() -> None:
        async with asyncio.timeout(20), by_socket(slack, door) as app:
            await _connected(app)

    asyncio.run(run())


async def _connected(app: SlackApp) -> None:
    """The server sees a socket a moment before the app does."""
    async with asyncio.timeout(5):
        while not await app.connected():  # noqa: ASYNC110 - the library tells nobody that it has connected
            await asyncio.sleep(0)


def test_H04_an_address_that_slack_no_longer_takes_is_not_tried_for_ever(
    slack: FakeSlack, door: Door, expects_log: ExpectsLog
) -> None:
    expects_log(LIBRARY, "slack_not_connected")
    hold = slack.slow_next("apps.connections.open", accepted=True)

    async def run() -> None:
        async with asyncio.timeout(20):
            opening = asyncio.to_thread(hold.wait_until_reached)
            app = app_of(slack, door, app_token="xapp-riverside")
            await app.start()
            await opening
            slack.home.courier._tickets.clear()
            hold.release()
            await slack.until(lambda: slack.connected)
            await _connected(app)
            await app.stop()

    asyncio.run(run())


@pytest.mark.parametrize(("secret", "late"), [("another-secret", 0), (None, 600)], ids=["forged", "stale"])
def test_a_request_that_slack_did_not_sign_is_turned_away(
    secret: str | None, late: int, slack: FakeSlack, door: Door
) -> None:
    async def story(_app: SlackApp) -> None:
        await acked(slack, slack.user("UAMARI").commands("/rapport", "alerts"))
        headers, body = slack.home.courier.signed(slack.deliveries[-1], secret, int(time.time()) - late)
        async with (
            aiohttp.ClientSession() as session,
            session.post(slack.http_target or "", data=body.encode(), headers=headers) as response,
        ):
            assert response.status == 401
        assert len(door.came) == 1

    tell("http", slack, door, story)


def test_there_is_no_door_without_a_signing_secret_and_slack_s_question_is_answered_with_one(
    slack: FakeSlack, door: Door
) -> None:
    async def run() -> None:
        async with by_http(slack, door) as app:
            assert await asyncio.to_thread(slack.verify_address)
            assert not await app.connected()
        closed = app_of(slack, door)
        assert (await closed.answer(None)).status_code == 404  # type: ignore[arg-type]  # the request is not looked at

    asyncio.run(run())
