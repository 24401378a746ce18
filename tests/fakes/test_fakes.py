"""The fakes against the real client libraries: a bug in a fake would be a bug in every test."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputFile
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter

from fakes.telegram import FakeTelegram

TOKEN = "111:AAA"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram(bots={TOKEN: "riverside_bot", "222:BBB": "harbour_bot"}) as server:
        yield server
    assert server.violations == []


def bot_of(server: FakeTelegram, token: str = TOKEN) -> Bot:
    return Bot(token, base_url=f"{server.url}/bot")


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=f"c:{label}")] for label in labels])


async def raw(server: FakeTelegram, method: str, params: dict[str, Any], token: str = TOKEN) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.post(f"{server.url}/bot{token}/{method}", json=params) as r:
        return dict(await r.json())


def test_the_telegram_library_talks_with_a_person(telegram: FakeTelegram) -> None:
    sam = telegram.chat(5)

    async def talk() -> None:
        async with bot_of(telegram) as bot:
            assert bot.username == "riverside_bot"
            sam.opens("https://t.me/riverside_bot?start=abc")
            (update,) = await bot.get_updates()
            assert update.message is not None
            assert update.message.text == "/start abc"
            sent = await bot.send_message(5, "How <are> you?", reply_markup=keyboard("Good", "Low"))
            sam.presses("Low")
            (press,) = await bot.get_updates(offset=update.update_id + 1)
            assert press.callback_query is not None
            assert press.callback_query.data == "c:Low"
            assert await press.callback_query.answer("Thank you")
            await bot.edit_message_text("Low it is.", 5, sent.message_id)
            await bot.send_document(5, InputFile(b"BEGIN", "plan.txt"), caption="Your plan")
            await bot.set_my_commands([BotCommand("help", "What I can do")], language_code="en")
            await bot.send_chat_action(5, "typing")
            assert telegram.waiting() == 1
            await bot.get_updates(offset=press.update_id + 1)

    asyncio.run(talk())
    assert telegram.waiting() == 0
    assert sam.screen() == "> /start abc\nLow it is.\nYour plan"
    assert [(m.text, m.edited) for m in sam.messages] == [("Low it is.", True), ("Your plan", False)]
    assert sam.last.document is not None
    assert sam.last.document.content == b"BEGIN"
    assert sam.toasts == ["Thank you"]


def test_everything_a_person_can_send_is_an_update_the_library_reads(telegram: FakeTelegram) -> None:
    sam = telegram.chat(5)

    async def talk() -> list[Any]:
        async with bot_of(telegram) as bot:
            first = sam.says("one")
            sam.edits(first, "two")
            sam.sends_photo("look")
            sam.sends_voice()
            sam.sends_sticker()
            sam.sends(contact={"phone_number": "+1555", "first_name": "Sam"})
            sam.presses_data(99, "stale")
            sam.blocks_bot()
            with pytest.raises(Forbidden):
                await bot.send_message(5, "Are you there?")
            sam.unblocks_bot()
            return list(await bot.get_updates())

    updates = asyncio.run(talk())
    assert len(updates) == 9
    assert updates[1].edited_message.text == "two"
    assert updates[2].message.caption == "look"
    assert updates[7].my_chat_member.new_chat_member.status == "kicked"


def test_a_long_poll_wakes_and_a_second_poller_ends_the_first(telegram: FakeTelegram) -> None:
    sam = telegram.chat(5)

    async def poll() -> None:
        async with bot_of(telegram) as bot, bot_of(telegram) as other:
            waiting = asyncio.create_task(bot.get_updates(timeout=30))
            await telegram.until(lambda: telegram.calls("getUpdates"))
            taking_over = asyncio.create_task(other.get_updates(timeout=30))
            with pytest.raises(Conflict):
                await waiting
            sam.says("hello")
            assert len(await taking_over) == 1

    asyncio.run(poll())


def test_faults_come_as_ordered(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    sam = telegram.chat(5)

    async def suffer() -> None:
        async with bot_of(telegram) as bot:
            telegram.fail_next("sendMessage", retry_after=7)
            with pytest.raises(RetryAfter):
                await bot.send_message(5, "429")
            telegram.fail_next("sendMessage", 500)
            with pytest.raises(NetworkError):
                await bot.send_message(5, "500")
            telegram.drop_next("sendMessage", accepted=False)
            with pytest.raises(NetworkError):
                await bot.send_message(5, "lost")
            telegram.drop_next("sendMessage")
            with pytest.raises(NetworkError):
                await bot.send_message(5, "kept")
            hold = telegram.slow_next("sendMessage")
            slow = asyncio.create_task(bot.send_message(5, "slow"))
            await asyncio.to_thread(hold.wait_until_reached)
            assert [m.text for m in sam.messages] == ["kept"]
            hold.release()
            await slow
            telegram.down = True
            with pytest.raises(NetworkError):
                await bot.send_message(5, "down")
            telegram.heal()
            await bot.send_message(5, "up")

    asyncio.run(suffer())
    assert [m.text for m in sam.messages] == ["kept", "slow", "up"]
    outcomes = [c.outcome for c in telegram.calls("sendMessage")]
    assert outcomes[2:] == ["dropped", "dropped", "ok", "down", "ok"]


def test_telegram_refuses_as_telegram_does(telegram: FakeTelegram) -> None:
    telegram.chat(5)

    async def err() -> None:
        async with bot_of(telegram) as bot:
            sent = await bot.send_message(5, "same", reply_markup=keyboard("A"))
            with pytest.raises(BadRequest, match="not modified"):
                await bot.edit_message_text("same", 5, sent.message_id, reply_markup=keyboard("A"))
            await bot.edit_message_reply_markup(5, sent.message_id)
            with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
                await bot.edit_message_text("x", 5, 77)
            with pytest.raises(BadRequest, match=r"(?i)chat not found"):
                await bot.send_message(6, "x")
            with pytest.raises(BadRequest, match=r"(?i)query is too old"):
                await bot.answer_callback_query("1")
        assert (await raw(telegram, "getMe", {}, "333:CCC"))["description"] == "Unauthorized"

    asyncio.run(err())


@pytest.mark.parametrize(
    ("method", "params", "problem"),
    [
        ("sendMesage", {}, "unknown method"),
        ("sendMessage", {"chat_id": 5, "text": "x", "colour": "red"}, "unknown field"),
        ("sendMessage", {"chat_id": 5}, "required field is missing"),
        ("sendMessage", {"chat_id": 5, "text": 7}, "must be String"),
        ("sendMessage", {"chat_id": 5, "text": "😀" * 2049}, "1-4096 characters"),
        ("sendMessage", {"chat_id": 5, "text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ("sendMessage", {"chat_id": 5, "text": "a.b", "parse_mode": "MarkdownV2"}, "reserved"),
        ("sendDocument", {"chat_id": 5, "document": "id", "caption": "x" * 1025}, "0-1024 characters"),
        ("sendChatAction", {"chat_id": 5, "action": "dance"}, "must be one of"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "0-200 characters"),
        ("setWebhook", {"url": "https://x.example", "secret_token": "no spaces"}, "must match"),
        ("setMyCommands", {"commands": [{"command": "Help", "description": "x"}]}, "must match"),
        ("setMyCommands", {"commands": [{"command": "help", "description": "x" * 257}]}, "1-256 characters"),
        ("setMyCommands", {"commands": [{"command": "a", "description": "b"}] * 101}, "0-100 items"),
        ("getUpdates", {"limit": 101}, "1-100"),
        ("getUpdates", {"allowed_updates": ["mesage"]}, "no such update"),
        ("sendMessage", {"chat_id": 5, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}, "exactly"),
        (
            "sendMessage",
            {
                "chat_id": 5,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]},
            },
            "1-64 bytes",
        ),
    ],
)
def test_a_request_against_the_spec_is_answered_400_and_recorded(
    telegram: FakeTelegram, method: str, params: dict[str, Any], problem: str
) -> None:
    if not telegram.spec.present:
        pytest.skip("../shared/specs/telegram-bot-api.json is not beside the project")
    telegram.chat(5)
    answer = asyncio.run(raw(telegram, method, params))
    assert answer["error_code"] == 400
    assert problem in telegram.violations[0]
    assert telegram.chat(5).messages == []
    telegram.violations.clear()


def test_a_webhook_is_pushed_to_until_it_takes_the_update(telegram: FakeTelegram) -> None:
    sam, seen = telegram.chat(5), []

    async def hook(request: web.Request) -> web.Response:
        seen.append((request.headers["X-Telegram-Bot-Api-Secret-Token"], (await request.json())["message"]["text"]))
        return web.Response(status=500 if len(seen) == 1 else 200)

    async def live() -> None:
        app = web.Application()
        app.router.add_post("/hook", hook)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        telegram.local = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with bot_of(telegram) as bot:
            await bot.set_webhook("https://rapport.example/hook", secret_token="s3cret")
            with pytest.raises(Conflict):
                await bot.get_updates()
            sam.says("hello")
            await telegram.until(lambda: len(telegram.webhook_answers) == 2 and telegram.waiting() == 0)
            assert (await bot.get_webhook_info()).last_error_message is not None
            await bot.delete_webhook()
            sam.says("polled")
            assert len(await bot.get_updates()) == 1
        await runner.cleanup()

    asyncio.run(live())
    assert seen == [("s3cret", "hello"), ("s3cret", "hello")]
    assert [a.status for a in telegram.webhook_answers] == [500, 200]


def test_two_bots_keep_to_themselves(telegram: FakeTelegram) -> None:
    telegram.chat(5, TOKEN).says("river")
    telegram.chat(5, "222:BBB").says("harbour")

    async def talk() -> None:
        async with bot_of(telegram, "222:BBB") as bot:
            (update,) = await bot.get_updates()
            assert update.message is not None
            assert update.message.text == "harbour"
            await bot.send_message(5, "hello")

    asyncio.run(talk())
    assert telegram.chat(5, TOKEN).messages == []
    assert telegram.chat(5, "222:BBB").last.text == "hello"


def test_a_fake_stops_at_once_with_a_poll_open_and_gives_its_port_back() -> None:
    with FakeTelegram() as server:
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(f"GET /bot{TOKEN}/getUpdates?timeout=50 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        server.wait_for(lambda: server.calls("getUpdates"))
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))
