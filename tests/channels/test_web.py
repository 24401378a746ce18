"""The phone in the browser: what its screen holds, and what a client's gestures become."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from channels.contract import ChannelContract

from bot.channels.base import (
    ButtonPressed,
    Channel,
    ChatBlocked,
    ChatUnblocked,
    LinkOpened,
    Outbound,
    SendError,
    TextReceived,
    UnscreenableReceived,
)
from bot.channels.web import WebChannel
from bot.channels.web_phone import Phone

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Screen:
    """One phone's screen."""

    address, bot = "phone-1", "riverside"

    def __init__(self) -> None:
        self.channel = WebChannel(lambda: NOW)

    def open(self) -> Channel:
        return self.channel

    def shown(self) -> str:
        bubbles = self.channel.bubbles(self.address)
        return "\n".join(f"{b.text}\n✓ {b.mark}" if b.mark else b.text for b in bubbles)

    def offered(self) -> list[str]:
        return [label for bubble in self.channel.bubbles(self.address) for label, _data in bubble.buttons]


class TestWeb(ChannelContract):
    @pytest.fixture
    def stage(self) -> Screen:
        return Screen()


@pytest.fixture
def phone() -> Phone:
    return Phone(WebChannel(lambda: NOW), "riverside", "phone-1", lambda: NOW, "en")


def test_a_gesture_becomes_an_update_of_this_phone(phone: Phone) -> None:
    inbound = phone.writes("hello")
    assert (inbound.clinic, inbound.channel, inbound.address) == ("riverside", "web", "phone-1")
    assert inbound.event == TextReceived(at=NOW, text="hello", language="en")
    assert phone.writes("hello").external_id != inbound.external_id


@pytest.mark.parametrize(
    ("data", "step", "option"),
    [
        ("12:good", 12, "good"),
        ("3:!skip", 3, "!skip"),
        ("!need_help", 0, "!need_help"),
        ("7:Asia/Aden", 7, "Asia/Aden"),
    ],
)
def test_a_button_s_data_names_its_question_and_the_option(phone: Phone, data: str, step: int, option: str) -> None:
    assert phone.presses(data).event == ButtonPressed(at=NOW, option=option, step=step, language="en")


def test_an_invitation_is_opened_with_its_token(phone: Phone) -> None:
    inbound = phone.opens("secret")
    assert (inbound.event, inbound.token) == (LinkOpened(at=NOW, language="en"), "secret")


def test_what_cannot_be_read_and_what_stands_under_a_picture(phone: Phone) -> None:
    assert phone.sends("voice").event == UnscreenableReceived(at=NOW, kind="voice", language="en")
    assert phone.sends("photo", "look").event == TextReceived(at=NOW, text="look", kind="caption", language="en")
    assert [bubble.kind for bubble in phone.channel.bubbles("phone-1")] == ["voice", "photo"]


def test_only_one_s_own_text_can_be_edited(phone: Phone) -> None:
    asyncio.run(phone.channel.send(Outbound("message", "phone-1", {"text": "from the bot"})))
    (bots,) = phone.channel.bubbles("phone-1")
    assert phone.edits(bots.id, "changed") is None
    phone.writes("first")
    mine = phone.channel.last_text("phone-1")
    assert mine
    edited = phone.edits(mine.id, "second")
    assert edited
    assert edited.event == TextReceived(at=NOW, text="second", kind="edit", language="en")
    assert [(b.text, b.edited) for b in phone.channel.bubbles("phone-1")] == [("from the bot", False), ("second", True)]


def test_a_phone_that_blocks_the_bot_takes_nothing(phone: Phone) -> None:
    assert phone.blocks(blocked=True).event == ChatBlocked(at=NOW)
    with pytest.raises(SendError) as refused:
        asyncio.run(phone.channel.send(Outbound("message", "phone-1", {"text": "hello"})))
    assert (refused.value.blocked, refused.value.retryable) == (True, False)
    assert phone.blocks(blocked=False).event == ChatUnblocked(at=NOW)
    assert asyncio.run(phone.channel.send(Outbound("message", "phone-1", {"text": "hello"})))


def test_listeners_hear_of_every_change(phone: Phone) -> None:
    heard: list[str] = []
    phone.channel.listen(lambda: heard.append("changed"))
    phone.writes("hello")
    asyncio.run(phone.channel.send(Outbound("message", "phone-1", {"text": "hello"})))
    assert heard == ["changed", "changed"]
