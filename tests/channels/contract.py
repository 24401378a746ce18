"""What holds for every channel that clients use: a channel's test subclasses `ChannelContract`, with its stage."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bot.channels.base import Channel, Outbound

QUESTION = "How have you been feeling since we last spoke?"
BUTTONS = [["Good", "3:good"], ["Okay", "3:okay"], ["Skip", "3:!skip"]]


class Stage(Protocol):
    """A channel with one person at its other end. The channel is made anew inside the running loop by `open`."""

    address: str
    bot: str

    def open(self) -> Channel: ...

    def shown(self) -> str:
        """Everything that the person can read, the oldest first."""

    def offered(self) -> list[str]:
        """The labels of the buttons that can be pressed now."""


def message(stage: Stage, text: str, buttons: list[list[str]] | None = None) -> Outbound:
    return Outbound("message", stage.address, {"text": text, "buttons": buttons or []}, stage.bot)


def mark(stage: Stage, original: Outbound, vendor_id: str, label: str) -> Outbound:
    return Outbound("mark", stage.address, {"mark": label}, stage.bot, vendor_id, original.body)


def on(stage: Stage, act: Callable[[Channel], Awaitable[Any]]) -> Any:
    """Open the stage's channel, act, close it."""

    async def run() -> Any:
        channel = stage.open()
        try:
            return await act(channel)
        finally:
            await channel.close()

    return asyncio.run(run())


class ChannelContract:
    """Subclass it as `TestX(ChannelContract)` with a fixture `stage`."""

    def test_words_arrive_as_they_were_written(self, stage: Stage) -> None:
        words = "You said 2 < 3 & *not* _more_. <b>See</b> [this](https://example.org)\n\nTake care."
        on(stage, lambda channel: channel.send(message(stage, words)))
        assert words in stage.shown()
        assert stage.offered() == []

    def test_messages_keep_their_order(self, stage: Stage) -> None:
        async def act(channel: Channel) -> None:
            for number in range(5):
                await channel.send(message(stage, f"line {number}"))

        on(stage, act)
        places = [stage.shown().index(f"line {number}") for number in range(5)]
        assert places == sorted(places)

    def test_every_button_can_be_pressed(self, stage: Stage) -> None:
        sent = on(stage, lambda channel: channel.send(message(stage, QUESTION, BUTTONS)))
        assert sent
        assert sorted(stage.offered()) == ["Good", "Okay", "Skip"]

    def test_two_messages_have_two_ids(self, stage: Stage) -> None:
        async def act(channel: Channel) -> tuple[str, str]:
            return await channel.send(message(stage, "one")), await channel.send(message(stage, "two"))

        first, second = on(stage, act)
        assert first != second

    def test_a_mark_takes_the_buttons_away_and_shows_the_choice(self, stage: Stage) -> None:
        self.marked(stage, "Good")
        assert stage.offered() == []
        assert QUESTION in stage.shown()
        assert "✓ Good" in stage.shown()

    def test_a_mark_without_a_choice_only_takes_the_buttons_away(self, stage: Stage) -> None:
        self.marked(stage, "")
        assert stage.offered() == []
        assert QUESTION in stage.shown()
        assert "✓" not in stage.shown()

    def test_a_mark_that_comes_twice_does_no_harm(self, stage: Stage) -> None:
        self.marked(stage, "Good", times=2)
        assert stage.offered() == []

    def test_a_mark_on_what_nobody_has_does_no_harm(self, stage: Stage) -> None:
        original = message(stage, QUESTION, BUTTONS)
        on(stage, lambda channel: channel.send(mark(stage, original, "", "Good")))
        assert stage.offered() == []

    def test_closing_twice_does_no_harm(self, stage: Stage) -> None:
        async def act(channel: Channel) -> None:
            await channel.send(message(stage, "hello"))
            await channel.close()

        on(stage, act)

    def marked(self, stage: Stage, label: str, times: int = 1) -> None:
        original = message(stage, QUESTION, BUTTONS)

        async def act(channel: Channel) -> None:
            sent = await channel.send(original)
            for _ in range(times):
                await channel.send(mark(stage, original, sent, label))

        on(stage, act)
