"""The terminal: what is printed, and what a typed number means."""

import asyncio

import pytest
from channels.contract import ChannelContract

from bot.channels.base import Channel, Outbound
from bot.channels.console import ConsoleChannel


class Terminal:
    """A terminal whose lines are kept."""

    address, bot = "me", ""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.channel = ConsoleChannel(self.lines.append)

    def open(self) -> Channel:
        return self.channel

    def shown(self) -> str:
        return "\n".join(self.lines)

    def offered(self) -> list[str]:
        return [label for label, _data in self.channel.offered(self.address).values()]

    def prints(self, text: str, *buttons: tuple[str, str]) -> str:
        body = {"text": text, "buttons": [list(button) for button in buttons]}
        return asyncio.run(self.channel.send(Outbound("message", self.address, body)))


class TestConsole(ChannelContract):
    @pytest.fixture
    def stage(self) -> Terminal:
        return Terminal()


def test_a_button_is_pressed_by_its_number() -> None:
    terminal = Terminal()
    terminal.prints("How are you?", ("Good", "4:good"), ("Low", "4:low"), ("I need help now", "!need_help"))
    assert terminal.lines == ["\nHow are you?", "  [1] Good", "  [2] Low", "  [3] I need help now"]
    assert terminal.channel.pressed("me", " 2 ") == "4:low"
    assert terminal.channel.pressed("me", "3") == "!need_help"
    assert [terminal.channel.pressed("me", typed) for typed in ("0", "4", "two", "", "-1", "²", "9" * 5000)] == [""] * 7
    assert terminal.channel.pressed("somebody else", "2") == ""


def test_a_number_of_a_scale_is_typed_as_it_is() -> None:
    terminal = Terminal()
    terminal.prints("0 to 3?", *((str(n), f"4:{n}") for n in range(4)), ("Skip", "4:!skip"))
    assert [terminal.channel.pressed("me", typed) for typed in "01234"] == ["4:0", "4:1", "4:2", "4:3", "4:!skip"]
    assert "  [0]" in terminal.lines
    assert "  [4] Skip" in terminal.lines


def test_an_older_question_can_be_answered_when_the_newer_one_is_marked() -> None:
    terminal = Terminal()
    terminal.prints("first", ("Yes", "1:yes"))
    newer = terminal.prints("second", ("No", "2:no"))
    assert terminal.channel.pressed("me", "1") == "2:no"
    asyncio.run(terminal.channel.send(Outbound("mark", "me", {"mark": "No"}, vendor_id=newer)))
    assert terminal.channel.pressed("me", "1") == "1:yes"
