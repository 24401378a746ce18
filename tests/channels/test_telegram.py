"""Sending through Telegram, over real HTTP: what the phone shows, and what each failure means to the message."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from channels.contract import BUTTONS, QUESTION, ChannelContract, mark, message, on
from channels.replies import answering
from telegram import Bot, InputFile

from bot.channels.base import Channel, Outbound, SendError
from bot.channels.telegram import TelegramChannel, bot_name, make_bot
from bot.channels.telegram_errors import TOKEN_WAIT
from bot.channels.telegram_request import AiohttpRequest
from fakes.telegram import FakeTelegram

TOKEN = "111:AAA"
HTML = "<html><body><h1>Nothing to see here</h1></body></html>"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram(bots={TOKEN: "riverside_bot", "222:BBB": "harbour_bot"}) as server:
        yield server
    assert server.violations == []


class Phone:
    """Sam's phone, and the channel that reaches it."""

    address, bot = "5", "riverside"

    def __init__(self, server: FakeTelegram, token: str = TOKEN) -> None:
        self.server, self.token, self.sam = server, token, server.chat(5)

    def open(self) -> Channel:
        bots = {"riverside": self.token, "harbour": "222:BBB"}
        return TelegramChannel({name: make_bot(token, self.server.url) for name, token in bots.items()})

    def shown(self) -> str:
        return self.sam.screen()

    def offered(self) -> list[str]:
        return [label for shown in self.sam.messages for label in shown.labels]


@pytest.fixture
def phone(telegram: FakeTelegram) -> Phone:
    return Phone(telegram)


class TestTelegram(ChannelContract):
    @pytest.fixture
    def stage(self, telegram: FakeTelegram) -> Phone:
        return Phone(telegram)


def refused(phone: Phone, outbound: Outbound) -> SendError:
    with pytest.raises(SendError) as raised:
        on(phone, lambda channel: channel.send(outbound))
    return raised.value


def meaning(error: SendError) -> tuple[str, bool, bool]:
    return error.code, error.retryable, error.blocked


# -- what is shown -------------------------------------------------------------------------------------------------


def test_the_id_is_telegram_s_and_buttons_stand_in_rows(phone: Phone) -> None:
    sent = on(phone, lambda channel: channel.send(message(phone, QUESTION, BUTTONS)))
    assert phone.sam.last.message_id == int(sent)
    assert phone.sam.last.buttons == (("Good", "Okay"), ("Skip",))
    assert dict(phone.sam.last.data) == {"Good": "3:good", "Okay": "3:okay", "Skip": "3:!skip"}


def test_nothing_is_formatted_previewed_or_locked(phone: Phone, telegram: FakeTelegram) -> None:
    on(phone, lambda channel: channel.send(message(phone, "see https://example.org")))
    (call,) = telegram.calls("sendMessage")
    assert call.params == {
        "chat_id": 5,
        "text": "see https://example.org",
        "link_preview_options": {"is_disabled": True},
    }


def test_each_clinic_s_bot_says_its_own(phone: Phone, telegram: FakeTelegram) -> None:
    there = telegram.chat(5, "222:BBB")
    on(phone, lambda channel: channel.send(Outbound("message", "5", {"text": "from the harbour"}, "harbour")))
    assert there.last.text == "from the harbour"
    assert phone.sam.messages == []


def test_a_text_too_long_for_one_message_comes_in_several_with_the_buttons_last(phone: Phone) -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "🌊" * 200 for number in range(12))
    sent = on(phone, lambda channel: channel.send(message(phone, text, BUTTONS)))
    shown = phone.sam.messages
    assert len(shown) == 2
    assert [bool(each.buttons) for each in shown] == [False, True]
    assert shown[-1].message_id == int(sent)
    assert "".join("".join(each.text for each in shown).split()) == "".join(text.split())


def test_the_choice_stands_under_the_part_that_had_the_buttons(phone: Phone) -> None:
    original = message(phone, "First. " * 500 + "\n\n" + "Last. " * 300, BUTTONS)

    async def act(channel: Channel) -> None:
        await channel.send(mark(phone, original, await channel.send(original), "Good"))

    on(phone, act)
    first, last = phone.sam.messages
    assert (first.edited, last.edited) == (False, True)
    assert last.text.startswith("Last.")
    assert last.text.endswith("\n\n✓ Good")


@pytest.mark.parametrize("original", [{}, {"text": ""}, {"text": "x" * 4096}])
def test_a_choice_that_cannot_be_shown_still_takes_the_buttons_off(phone: Phone, original: dict[str, str]) -> None:
    async def act(channel: Channel) -> None:
        sent = await channel.send(message(phone, "x" * 4096, BUTTONS))
        await channel.send(Outbound("mark", "5", {"mark": "Good"}, "riverside", sent, original))

    on(phone, act)
    assert phone.offered() == []
    assert phone.sam.last.text == "x" * 4096


@pytest.mark.parametrize("theirs", [True, False])
def test_a_mark_on_what_cannot_be_edited_counts_as_done(phone: Phone, theirs: bool) -> None:
    number = str(phone.sam.says("my own words") if theirs else 77)
    outbound = Outbound("mark", "5", {"mark": "Good"}, "riverside", number, {"text": QUESTION})
    assert on(phone, lambda channel: channel.send(outbound)) == number


def test_a_file_can_be_sent(telegram: FakeTelegram) -> None:
    async def act() -> None:
        bot = make_bot(TOKEN, telegram.url)
        await bot.send_document(5, InputFile(b"BEGIN:VCALENDAR", "appointment.ics"), caption="See you then")
        await bot.request.shutdown()

    sam = telegram.chat(5)
    asyncio.run(act())
    assert sam.last.text == "See you then"
    assert sam.last.document
    assert (sam.last.document.filename, sam.last.document.content) == ("appointment.ics", b"BEGIN:VCALENDAR")


# -- what a failure means ------------------------------------------------------------------------------------------


def test_too_many_messages_wait_as_long_as_telegram_says(phone: Phone, telegram: FakeTelegram) -> None:
    telegram.fail_next("sendMessage", retry_after=7)
    error = refused(phone, message(phone, "hello"))
    assert meaning(error) == ("rate", True, False)
    assert error.retry_after == 7


def test_somebody_who_blocked_the_bot_is_told_from_a_fault(phone: Phone) -> None:
    phone.sam.blocks_bot()
    assert meaning(refused(phone, message(phone, "hello"))) == ("blocked", False, True)


def test_a_deleted_account_and_an_unknown_chat_cannot_be_reached(phone: Phone) -> None:
    phone.sam.deactivates()
    assert meaning(refused(phone, message(phone, "hello"))) == ("blocked", False, True)
    elsewhere = Outbound("message", "6", {"text": "hello"}, "riverside")
    assert meaning(refused(phone, elsewhere)) == ("chat_not_found", False, True)


def test_a_mark_for_somebody_who_blocked_the_bot_says_so(phone: Phone) -> None:
    sent = on(phone, lambda channel: channel.send(message(phone, QUESTION, BUTTONS)))
    phone.sam.blocks_bot()
    outbound = Outbound("mark", "5", {"mark": "Good"}, "riverside", sent, {"text": QUESTION})
    assert meaning(refused(phone, outbound)) == ("blocked", False, True)


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
def test_a_message_that_telegram_refuses_is_refused_for_good(phone: Phone, telegram: FakeTelegram, method: str) -> None:
    telegram.fail_next(method, 400, error="Bad Request: BUTTON_DATA_INVALID")
    kind, number = ("message", "") if method == "sendMessage" else ("mark", "1")
    outbound = Outbound(kind, "5", {"text": "hello", "mark": "Good"}, "riverside", number, {"text": QUESTION})
    assert meaning(refused(phone, outbound)) == ("refused", False, False)


@pytest.mark.parametrize("token", ["333:CCC", "not-a-token"])
def test_a_refused_token_loses_no_message(telegram: FakeTelegram, token: str) -> None:
    phone = Phone(telegram, token)
    error = refused(phone, message(phone, "hello"))
    assert meaning(error) == ("token", True, False)
    assert error.retry_after == TOKEN_WAIT


def test_a_bot_that_the_settings_no_longer_name_loses_no_message(phone: Phone) -> None:
    outbound = Outbound("message", "5", {"text": "hello"}, "closed-clinic")
    assert meaning(refused(phone, outbound)) == ("no_bot", True, False)


def test_an_address_that_is_none_is_refused_without_being_told(phone: Phone) -> None:
    error = refused(phone, Outbound("message", "sam@example.org", {"text": "hello"}, "riverside"))
    assert meaning(error) == ("address", False, False)
    assert error.__cause__ is None


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_fault_on_telegram_s_side_is_tried_again(phone: Phone, telegram: FakeTelegram, status: int) -> None:
    telegram.fail_next("sendMessage", status)
    assert meaning(refused(phone, message(phone, "hello"))) == ("network", True, False)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_connection_that_breaks_is_tried_again(phone: Phone, telegram: FakeTelegram, accepted: bool) -> None:
    telegram.drop_next("sendMessage", accepted=accepted)
    assert meaning(refused(phone, message(phone, "hello"))) == ("network", True, False)
    on(phone, lambda channel: channel.send(message(phone, "hello")))
    assert [shown.text for shown in phone.sam.messages] == ["hello"] * (1 + accepted)


def test_nobody_there_at_all_is_tried_again(phone: Phone, telegram: FakeTelegram) -> None:
    telegram.stop()
    assert meaning(refused(phone, message(phone, "hello"))) == ("network", True, False)


def test_an_answer_that_takes_too_long_is_tried_again(telegram: FakeTelegram) -> None:
    telegram.chat(5)
    hold = telegram.slow_next("sendMessage")

    async def act() -> None:
        request = AiohttpRequest(read_timeout=0.05)
        bot = Bot(TOKEN, base_url=f"{telegram.url}/bot", request=request, get_updates_request=request)
        channel = TelegramChannel({"riverside": bot})
        with pytest.raises(SendError) as raised:
            await channel.send(Outbound("message", "5", {"text": "hello"}, "riverside"))
        await channel.close()
        hold.release()
        assert meaning(raised.value) == ("timeout", True, False)

    asyncio.run(act())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, HTML),
        (400, HTML),
        (502, HTML),
        (200, HTML),
        (200, "[]"),
        (200, '{"ok": false, "error_code": 403, "description": "Forbidden"}'),
        (200, '{"result"'),
        (403, "[" * 100_000),
        (413, "{}"),
        (403, '{"error": "blocked by policy"}'),
    ],
)
def test_an_answer_that_is_not_telegram_s_says_nothing_about_the_client(status: int, body: str) -> None:
    async def act() -> None:
        async with answering((status, body)) as url:
            channel = TelegramChannel({"riverside": make_bot(TOKEN, url)})
            with pytest.raises(SendError) as raised:
                await channel.send(Outbound("message", "5", {"text": "hello"}, "riverside"))
            await channel.close()
        assert meaning(raised.value) == ("network", True, False)

    asyncio.run(act())


@pytest.mark.parametrize(("body", "seconds"), [('{"parameters": {"retry_after": 3}}', 3), ("{}", 1), (HTML, 1)])
def test_too_many_is_understood_however_it_is_said(body: str, seconds: int) -> None:
    async def act() -> None:
        async with answering((429, body)) as url:
            channel = TelegramChannel({"riverside": make_bot(TOKEN, url)})
            with pytest.raises(SendError) as raised:
                await channel.send(Outbound("message", "5", {"text": "hello"}, "riverside"))
            await channel.close()
        assert (raised.value.code, raised.value.retry_after) == ("rate", seconds)

    asyncio.run(act())


@pytest.mark.parametrize("result", ["true", "{}", '{"message_id": 9, "chat": "of a shape nobody knows"}'])
def test_what_telegram_took_is_not_sent_again_for_an_odd_answer(result: str) -> None:
    async def act() -> str:
        async with answering((200, f'{{"ok": true, "result": {result}}}')) as url:
            channel = TelegramChannel({"riverside": make_bot(TOKEN, url)})
            try:
                return await channel.send(Outbound("message", "5", {"text": "hello"}, "riverside"))
            finally:
                await channel.close()

    assert asyncio.run(act()) == ("9" if "9" in result else "")


def test_the_token_is_in_no_error(telegram: FakeTelegram) -> None:
    telegram.stop()

    def words(error: BaseException | None) -> list[str]:
        return [f"{error!s} {error!r}", *words(error.__cause__)] if error else []

    phone = Phone(telegram)
    assert not [said for said in words(refused(phone, message(phone, "hello"))) if "AAA" in said or "hello" in said]


# -- the connection ------------------------------------------------------------------------------------------------


def test_one_connection_is_kept_open() -> None:
    connections: set[Any] = set()

    async def act() -> None:
        async with answering((200, '{"ok": true, "result": {}}'), connections=connections) as url:
            channel = TelegramChannel({"riverside": make_bot(TOKEN, url)})
            for _ in range(3):
                await channel.send(Outbound("message", "5", {"text": "hello"}, "riverside"))
            await channel.close()

    asyncio.run(act())
    assert len(connections) == 1


def test_the_library_s_own_methods_work_over_it(telegram: FakeTelegram) -> None:
    telegram.chat(5).says("hello")

    async def act() -> None:
        request = AiohttpRequest(read_timeout=4)
        async with Bot(TOKEN, base_url=f"{telegram.url}/bot", request=request, get_updates_request=request) as bot:
            assert bot.request.read_timeout == 4
            assert bot.username == "riverside_bot"
            (update,) = await bot.get_updates()
            assert update.message
            assert update.message.text == "hello"
            await update.message.reply_text("hello, Sam", read_timeout=None, pool_timeout=2)

    asyncio.run(act())
    assert telegram.chat(5).last.text == "hello, Sam"


def test_a_bot_tells_its_name_for_the_link(telegram: FakeTelegram) -> None:
    assert asyncio.run(bot_name(TOKEN, telegram.url)) == "riverside_bot"
    with pytest.raises(SendError) as raised:
        asyncio.run(bot_name("333:CCC", f"{telegram.url}/"))
    assert raised.value.code == "token"
