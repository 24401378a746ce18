"""A client's phone in a terminal: texts are printed, and buttons have numbers to type."""

from collections.abc import Callable, Sequence
from itertools import count

import click

from bot.channels.base import Outbound

Button = tuple[str, str]  # label, data
Keys = dict[int, Button]


class ConsoleChannel:
    """Prints what is sent, line by line, with `echo`. Typing is read elsewhere; `pressed` says what a number means."""

    name = "console"

    def __init__(self, echo: Callable[[str], object] = click.echo) -> None:
        self._echo = echo
        self._ids = count(1)
        self._shown: dict[str, dict[str, Keys]] = {}

    async def send(self, message: Outbound) -> str:
        """Print a `message`, or the choice of a `mark`. Returns the message's number."""
        if message.kind == "mark":
            return self._mark(message)
        number, keys = str(next(self._ids)), _keys([(label, data) for label, data in message.body.get("buttons", ())])
        if keys:
            self._shown.setdefault(message.address, {})[number] = keys
        self._echo(f"\n{message.body['text']}")
        for key, (label, _data) in keys.items():
            self._echo(f"  [{key}]" if _is_number(label) else f"  [{key}] {label}")
        return number

    async def close(self) -> None:
        """Nothing is open."""

    def offered(self, address: str) -> Keys:
        """The buttons that can be pressed now, by their number: those of the newest message that still has some."""
        return next(reversed(self._shown.get(address, {}).values()), {})

    def pressed(self, address: str, typed: str) -> str:
        """The data of the button whose number was typed; "" for a text."""
        button = self.offered(address).get(int(typed)) if _is_number(typed) else None
        return button[1] if button else ""

    def _mark(self, message: Outbound) -> str:
        """A terminal cannot take buttons back; they stop working."""
        self._shown.get(message.address, {}).pop(message.vendor_id, None)
        if label := message.body.get("mark", ""):
            self._echo(f"  ✓ {label}")
        return message.vendor_id


def _keys(buttons: Sequence[Button]) -> Keys:
    """A number of a scale is typed as it is; the other buttons get the numbers that are left, from 1."""
    own = {int(label): (label, data) for label, data in buttons if _is_number(label)}
    free = (number for number in count(1) if number not in own)
    return own | {next(free): button for button in buttons if not _is_number(button[0])}


def _is_number(text: str) -> bool:
    return text.strip().isdecimal() and len(text) < 10
