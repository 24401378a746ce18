"""What people see of a bot before they write: its menu of commands, its name and what it says about itself."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from bot import logs
from bot.channels.telegram_api import call

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Profile:
    """Texts by language code; "" is for whoever has another language.

    `commands` are (command, description) in the order shown. Telegram's limits in characters: the description of a
    command 256, `names` 64, `descriptions` (shown in the empty chat) 512, `abouts` (shown on the profile) 120.
    """

    commands: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    abouts: Mapping[str, str] = field(default_factory=dict)


async def set_profile(bot: Bot, clinic: str, profile: Profile) -> int:
    """Change what differs, since Telegram limits changes strictly. Returns how many changes were made.

    A refusal is logged and ends it until the next start: an old menu keeps nobody from being heard.
    """
    count = 0
    try:
        async for method, wanted in _changes(bot, profile):
            await call(bot, method, wanted)
            count += 1
    except TelegramError as error:
        log.warning("profile_not_set", channel="telegram", clinic=clinic, count=count, error=error)
    return count


async def _changes(bot: Bot, profile: Profile) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    for code, commands in _by_code(profile.commands).items():
        menu = [{"command": command, "description": description} for command, description in commands]
        if await call(bot, "getMyCommands", {"language_code": code}) != menu:
            yield "setMyCommands", {"language_code": code, "commands": menu}
    for thing, key, texts in (
        ("MyName", "name", profile.names),
        ("MyDescription", "description", profile.descriptions),
        ("MyShortDescription", "short_description", profile.abouts),
    ):
        for code, text in _by_code(texts).items():
            if await call(bot, f"get{thing}", {"language_code": code}) != {key: text}:
                yield f"set{thing}", {"language_code": code, key: text}


def _by_code(texts: Mapping[str, Any]) -> dict[str, Any]:
    """By Telegram's codes, which have two letters: of `pt_BR` and `pt_PT` the first one given speaks for both."""
    by_code: dict[str, Any] = {}
    for language, text in texts.items():
        code = language.replace("_", "-").split("-")[0].lower()
        if len(code) in (0, 2):
            by_code.setdefault(code, text)
    return by_code
