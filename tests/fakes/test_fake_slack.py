"""Slack's half of the self-test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from fakes import blocks as kit
from fakes.slack import FakeSlack

BOT = "xoxb-riverside"
CARD: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Case 7* SR, today"}},
    {
        "type": "actions",
        "block_id": "act",
        "elements": [
            {"type": "button", "action_id": "ack", "text": {"type": "plain_text", "text": "Acknowledge"}, "value": "7"},
            {"type": "button", "action_id": "reveal", "text": {"type": "plain_text", "text": "Reveal"}, "value": "7"},
        ],
    },
]
DIALOG: dict[str, Any] = {
    "type": "modal",
    "callback_id": "write",
    "title": {"type": "plain_text", "text": "Write to client"},
    "submit": {"type": "plain_text", "text": "Send"},
    "private_metadata": "7",
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Message"},
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
        },
        {
            "type": "input",
            "block_id": "how",
            "optional": True,
            "label": {"type": "plain_text", "text": "How"},
            "element": {
                "type": "static_select",
                "action_id": "pick",
                "options": [{"text": {"type": "plain_text", "text": "Phone"}, "value": "phone"}],
            },
        },
    ],
}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        server.add_user("U1", "amari", email="amari@clinic.example")
        server.add_user("U2", "cover")
        server.add_channel("C1", "team", ["U1", "U2"])
        yield server
    assert server.violations == []


def client_of(server: FakeSlack, token: str = BOT) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=server.url, retry_handlers=[])


def app_of(server: FakeSlack) -> AsyncApp:
    """An app with one handler for each kind of thing Slack brings."""
    app = AsyncApp(client=client_of(server), signing_secret="signing-secret")

    @app.action("ack")
    async def acknowledge(ack: Any, body: Any, client: Any) -> None:
        await ack()
        where = body["container"]
        await client.chat_update(channel=where["channel_id"], ts=where["message_ts"], text="Acknowledged")

    @app.action("reveal")
    async def reveal(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=DIALOG)

    @app.view("write")
    async def written(ack: Any, view: Any, client: Any) -> None:
        text = view["state"]["values"]["words"]["text"]["value"]
        if text == "bad":
            await ack(response_action="errors", errors={"words": "Too short"})
            return
        await ack()
        await client.chat_postMessage(channel="U1", text=f"Sent: {text}")

    @app.command("/rapport")
    async def command(ack: Any, command: Any) -> None:
        await ack(text=f"You asked for {command['text']}", blocks=CARD)

    @app.event("reaction_added")
    async def reacted(event: Any, client: Any) -> None:
        await client.chat_postMessage(channel="C1", text=f"saw {event['reaction']}")

    @app.event("message")
    async def said(event: Any, client: Any) -> None:
        await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")

    return app


@asynccontextmanager
async def over_socket(server: FakeSlack) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app_of(server), "xapp-riverside", ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack-bolt leaves it untyped
    await server.until(lambda: server.connected == 1)
    try:
        yield handler
    finally:
        await handler.client.close()  # type: ignore[no-untyped-call]  # slack-bolt leaves it untyped
        await handler.client.aiohttp_client_session.close()


@asynccontextmanager
async def over_http(server: FakeSlack) -> AsyncIterator[None]:
    app = app_of(server)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.router.add_post("/slack/events", events)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.http_target = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def either(server: FakeSlack, way: str) -> AsyncIterator[None]:
    async with over_socket(server) if way == "socket" else over_http(server):
        yield


@pytest.mark.parametrize("way", ["socket", "http"])
def test_a_bolt_app_is_brought_everything_a_clinician_does(slack: FakeSlack, way: str) -> None:
    amari = slack.user("U1")

    async def shift() -> None:
        async with either(slack, way):
            await client_of(slack).chat_postMessage(channel="U1", text="Case 7", blocks=CARD)
            (card,) = amari.dms
            assert card.buttons == ["Acknowledge", "Reveal"]
            amari.presses(card, "Acknowledge")
            await slack.until(lambda: amari.dms[0].text == "Acknowledged" and amari.dms[0].edited)
            amari.presses(card, "reveal")
            await asyncio.to_thread(amari.sees_modal, "Write to client")
            amari.submits(values={"Message": "bad"})
            await slack.until(lambda: amari.modal and amari.modal.errors == {"words": "Too short"})
            amari.submits(values={"words": "Hello Sam", "How": "Phone"})
            await asyncio.to_thread(amari.sees, "Sent: Hello Sam")
            await slack.until(lambda: amari.modal is None)
            amari.commands("/rapport", "alerts")
            await slack.until(lambda: amari.ephemerals)
            assert "You asked for alerts" in amari.ephemerals[0].text
            amari.reacts(card, "white_check_mark")
            await slack.until(lambda: slack.channel("C1").messages)
            amari.replies(card, "ack")
            await slack.until(lambda: ("eyes", "UBOT") in slack.home.direct(amari).thread(card)[0].reactions)
            await slack.until(lambda: not slack.unacked)

    asyncio.run(shift())
    assert amari.screen().count("Hello Sam") == 1


def test_what_was_not_acknowledged_comes_again_after_the_socket_closed(slack: FakeSlack) -> None:
    amari = slack.user("U1")

    async def shift() -> None:
        async with over_socket(slack) as handler:
            await client_of(slack).chat_postMessage(channel="C1", text="Case 7", blocks=CARD)
            (card,) = slack.channel("C1").messages
            handler.client.socket_mode_request_listeners.clear()
            press = amari.presses(card, "Acknowledge")
            await slack.until(lambda: press.envelopes)
            assert slack.unacked == [press]
            handler.client.socket_mode_request_listeners.append(handler.handle)  # type: ignore[arg-type]  # as slack-bolt itself does
            await asyncio.to_thread(slack.drop_socket)
            await slack.until(lambda: press.acked)
            await slack.until(lambda: slack.channel("C1").messages[0].text == "Acknowledged")
            await asyncio.to_thread(slack.refresh_socket)
            await slack.until(lambda: slack.connected == 1)
            again = amari.presses(card, "Acknowledge", times=2)
            await slack.until(lambda: again.acked and not slack.unacked)
            await asyncio.to_thread(slack.drop_socket, abrupt=True)
            waiting = amari.presses(card, "Acknowledge")
            await slack.until(lambda: waiting.acked)
            slack.lose_next_press()
            assert amari.presses(card, "Acknowledge").lost

    asyncio.run(shift())


def test_a_trigger_works_once_and_not_for_long(slack: FakeSlack) -> None:
    amari = slack.user("U1")

    async def shift() -> None:
        client = client_of(slack)
        trigger = amari.commands("/rapport").payload["trigger_id"]
        await client.views_open(trigger_id=trigger, view=DIALOG)
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            await client.views_open(trigger_id=trigger, view=DIALOG)
        late = amari.commands("/rapport").payload["trigger_id"]
        slack.expire_triggers()
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            await client.views_open(trigger_id=late, view=DIALOG)
        assert amari.modal is not None
        loading = {**DIALOG, "title": {"type": "plain_text", "text": "Now with words"}}
        await client.views_update(view_id=amari.modal.id, view=loading)
        assert amari.modal.title == "Now with words"
        amari.closes()
        with pytest.raises(SlackApiError, match="not_found"):
            await client.views_update(view_id="V0", view=DIALOG)
        await client.views_publish(user_id="U1", view={"type": "home", "blocks": CARD})
        assert amari.home is not None
        assert "Case 7" in amari.home.words

    asyncio.run(shift())


def test_slack_faults_come_as_ordered(slack: FakeSlack) -> None:
    async def suffer() -> None:
        client = client_of(slack)

        async def fails(error: str, **arguments: Any) -> Any:
            with pytest.raises(SlackApiError, match=error) as caught:
                await client.chat_postMessage(**{"channel": "C1", "text": "x", **arguments})
            return caught.value.response

        slack.fail_next("chat.postMessage", retry_after=5)
        assert (await fails("ratelimited")).headers["Retry-After"] == "5"
        slack.fail_next("chat.postMessage", 503)
        assert (await fails("service_unavailable")).status_code == 503
        slack.fail_next("chat.postMessage", error="account_inactive")
        await fails("account_inactive")
        await fails("channel_not_found", channel="C9")
        slack.add_channel("C2", "open", kind="public", bot_in=False)
        await fails("not_in_channel", channel="C2")
        slack.user("U2").deleted = True
        with pytest.raises(SlackApiError, match="user_disabled"):
            await client.conversations_open(users="U2")
        with pytest.raises(SlackApiError, match="user_not_found"):
            await client.conversations_open(users="U9")
        with pytest.raises(SlackApiError, match="invalid_auth"):
            await client_of(slack, "xoxb-wrong").auth_test()
        slack.drop_next("chat.postMessage")
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel="C1", text="kept")
        slack.down = True
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel="C1", text="down")
        slack.heal()
        assert (await client.chat_postMessage(channel="C1", text="up"))["ok"]

    asyncio.run(suffer())
    assert [m.text for m in slack.channel("C1").messages] == ["kept", "up"]


def test_the_workspace_answers_what_it_is_asked(slack: FakeSlack) -> None:
    slack.user("U1").dnd = True

    async def ask() -> None:
        client = client_of(slack)
        assert (await client.auth_test())["user_id"] == "UBOT"
        assert (await client.users_info(user="U1"))["user"]["tz"] == "Europe/London"
        assert (await client.users_lookupByEmail(email="amari@clinic.example"))["user"]["id"] == "U1"
        assert [u["id"] for u in (await client.users_list(limit=1))["members"]] == ["U1"]
        assert (await client.dnd_info(user="U1"))["dnd_enabled"]
        assert not (await client.dnd_teamInfo(users=["U1", "U2"]))["users"]["U2"]["dnd_enabled"]
        assert (await client.conversations_members(channel="C1"))["members"] == ["U1", "U2", "UBOT"]
        assert (await client.conversations_info(channel="C1"))["channel"]["is_private"]
        assert (await client.team_info())["team"]["id"] == "T1"
        posted = await client.chat_postMessage(channel="C1", text="root", blocks=CARD)
        await client.chat_postMessage(channel="C1", text="reply", thread_ts=posted["ts"], reply_broadcast=True)
        found = await client.conversations_replies(channel="C1", ts=posted["ts"])
        assert [m["text"] for m in found["messages"]] == ["root", "reply"]
        await client.reactions_add(channel="C1", timestamp=posted["ts"], name="eyes")
        seen = await client.reactions_get(channel="C1", timestamp=posted["ts"])
        assert seen["message"]["reactions"][0]["users"] == ["UBOT"]
        assert (await client.chat_getPermalink(channel="C1", message_ts=posted["ts"]))["permalink"]
        await client.chat_postEphemeral(channel="C1", user="U1", text="psst")
        await client.files_upload_v2(channel="C1", filename="a.txt", content="A", title="A")

    asyncio.run(ask())
    assert slack.channel("C1").messages[1].reply_broadcast
    assert slack.channel("C1").messages[2].files[0]["name"] == "a.txt"
    assert [m.text for m in slack.user("U1").ephemerals] == ["psst"]


def button(**over: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}, **over}


def actions(*elements: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **over}


LONG = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ([{"type": "divider"}] * 51, "at most 50"),
        ([LONG], "3000"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "150"),
        ([actions(button(text={"type": "plain_text", "text": "x" * 76}))], "75"),
        ([actions(button(value="x" * 2001))], "2000"),
        ([actions(button(action_id="x" * 256))], "255"),
        ([actions(button(), button())], "stands twice"),
        ([actions(button(), block_id="b"), actions(button(), block_id="b")], "stands twice"),
        ([{"type": "sektion"}], "sektion"),
        ([{"type": "section"}], "needs text or fields"),
    ],
)
def test_blocks_slack_would_refuse_are_refused_and_recorded(
    slack: FakeSlack, blocks: list[dict[str, Any]], problem: str
) -> None:
    async def post() -> None:
        with pytest.raises(SlackApiError, match="invalid_blocks"):
            await client_of(slack).chat_postMessage(channel="C1", text="x", blocks=blocks)

    asyncio.run(post())
    assert any(problem in v for v in slack.violations), slack.violations
    slack.violations.clear()


@pytest.mark.parametrize(
    ("method", "arguments", "problem"),
    [
        ("chat.postMessge", {}, "no such method"),
        ("chat.postMessage", {"text": "x"}, "required argument is missing"),
        ("chat.postMessage", {"channel": "C1", "blocks": CARD}, "text: required"),
        ("chat.postMessage", {"channel": "C1", "text": "x", "colour": "red"}, "unknown argument"),
        ("views.publish", {"user_id": "U1", "view": {**DIALOG, "submit": None}}, "view.submit: required"),
        ("views.publish", {"user_id": "U1", "view": {**DIALOG, "private_metadata": "x" * 3001}}, "at most 3000"),
        (
            "views.publish",
            {"user_id": "U1", "view": {**DIALOG, "title": {"type": "plain_text", "text": "x" * 25}}},
            "1-24 characters",
        ),
    ],
)
def test_calls_slack_would_refuse_are_refused_and_recorded(
    slack: FakeSlack, method: str, arguments: dict[str, Any], problem: str
) -> None:
    async def call() -> None:
        with pytest.raises(SlackApiError):
            await client_of(slack).api_call(method, json=arguments)

    asyncio.run(call())
    assert any(problem in v for v in slack.violations), slack.violations
    slack.violations.clear()


def test_blocks_are_held_against_the_schema_too() -> None:
    if not kit.schema_is_present():
        pytest.skip("../shared/specs/slack-blocks.schema.json is not beside the project")
    assert kit.block_problems(CARD) == []
    assert "colour" in kit.block_problems([{"type": "divider", "colour": "red"}])[0]
    assert kit.view_problems(DIALOG) == []


def test_signed_requests_are_verified_retried_and_can_be_forged(slack: FakeSlack) -> None:
    amari = slack.user("U1")

    async def shift() -> None:
        async with over_http(slack):
            assert await asyncio.to_thread(slack.verify_address)
            headers, body = slack.home.courier.signed(amari.commands("/rapport"), secret="wrong")
            async with aiohttp.ClientSession() as session:
                answer = await session.post(slack.http_target or "", data=body, headers=headers)
                assert answer.status == 401
            slack.home.signing_secret = "wrong"
            event = slack.emit({"type": "app_home_opened", "user": "U1"})
            press = amari.commands("/rapport")
            await slack.until(lambda: event.lost and press.lost)
            assert event.statuses == [401] * 4
            assert press.statuses == [401]

    asyncio.run(shift())


def test_two_workspaces_keep_to_themselves(slack: FakeSlack) -> None:
    other = slack.add_workspace("T2", "xoxb-harbour", "xapp-harbour", "secret-2")
    slack.add_user("U9", "harbour", workspace=other)

    async def talk() -> None:
        await client_of(slack, "xoxb-harbour").chat_postMessage(channel="U9", text="hello")
        with pytest.raises(SlackApiError, match="channel_not_found"):
            await client_of(slack).chat_postMessage(channel="U9", text="hello")

    asyncio.run(talk())
    assert [m.text for m in slack.user("U9", other).dms] == ["hello"]


def test_an_app_answers_by_response_url_and_hears_of_its_own_messages() -> None:
    with FakeSlack(echo=True) as slack:
        amari = slack.add_user("U1")

        async def talk() -> None:
            client = client_of(slack)
            posted = await client.chat_postMessage(channel="U1", text="Case 7", blocks=CARD)
            await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Case 7", blocks=CARD)
            respond = AsyncWebhookClient(amari.presses(amari.dms[0], "Reveal").payload["response_url"])
            assert (await respond.send(text="only you")).status_code == 200
            assert (await respond.send(text="done", replace_original=True)).body == "ok"

        asyncio.run(talk())
        assert [m.text for m in amari.ephemerals] == ["only you"]
        assert (amari.dms[0].text, amari.dms[0].buttons) == ("done", [])
        told = [d.payload["event"].get("subtype") for d in slack.deliveries if d.kind == "events_api"]
        assert told == [None, "message_changed", "message_changed"]
        assert slack.violations == []


def test_a_message_that_times_out_was_posted_all_the_same(slack: FakeSlack) -> None:
    async def wait() -> None:
        hold = slack.slow_next("chat.postMessage", accepted=True)
        sending = asyncio.create_task(client_of(slack).chat_postMessage(channel="C1", text="kept"))
        await asyncio.to_thread(hold.wait_until_reached)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(wait())
    assert [m.text for m in slack.channel("C1").messages] == ["kept"]
