"""The bot's menu, name and texts: set where they differ, and only there."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.channels.telegram import make_bot
from bot.channels.telegram_profile import Profile, set_profile
from fakes.telegram import FakeTelegram
from fixtures.logs import ExpectsLog

PROFILE = Profile(
    commands={"": [("help", "What I can do")], "pt_BR": [("help", "O que posso fazer")], "pt_PT": [("help", "Outro")]},
    names={"": "Riverside", "fil": "Riverside, sa Filipino"},
    descriptions={"": "I keep you and your clinic in touch."},
    abouts={"": "A program, not a person.", "es": "Un programa, no una persona."},
)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server
    assert server.violations == []


def changes(telegram: FakeTelegram, profile: Profile) -> int:
    async def run() -> int:
        bot = make_bot("111:AAA", telegram.url)
        try:
            return await set_profile(bot, "riverside", profile)
        finally:
            await bot.request.shutdown()

    return asyncio.run(run())


def test_each_language_gets_its_own_menu_and_texts(telegram: FakeTelegram) -> None:
    assert changes(telegram, PROFILE) == 6
    bot = telegram.bot()
    assert bot.commands["default", ""] == [{"command": "help", "description": "What I can do"}]
    assert bot.commands["default", "pt"] == [{"command": "help", "description": "O que posso fazer"}]
    assert bot.names == {"": "Riverside"}
    assert bot.descriptions == {"": "I keep you and your clinic in touch."}
    assert bot.short_descriptions["es"] == "Un programa, no una persona."


def test_nothing_is_set_again_that_stands_already(telegram: FakeTelegram) -> None:
    changes(telegram, PROFILE)
    assert changes(telegram, PROFILE) == 0
    assert changes(telegram, replace(PROFILE, names={"": "Riverside Clinic"})) == 1
    assert telegram.bot().names == {"": "Riverside Clinic"}


@pytest.mark.parametrize("status", [400, 429, 500])
def test_a_refusal_is_said_in_the_log_and_stops_nothing(
    telegram: FakeTelegram, expects_log: ExpectsLog, status: int
) -> None:
    expects_log("profile_not_set")
    telegram.fail_next("setMyName", status)
    assert changes(telegram, PROFILE) == 2
    assert changes(telegram, PROFILE) == 4
