"""A client's phone in a browser: the demo's channel. What was said stands in memory, as on a screen."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from bot.channels.base import Outbound, SendError

Side = Literal["bot", "client", "note"]
Listener = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the screen. `at` is UTC. `buttons` are (label, data); `mark` is the choice that took their place.

    `kind` is `text`, or what a client sent instead of one: `voice`, `photo`, `sticker`.
    """

    id: str
    side: Side
    text: str
    at: datetime
    kind: str = "text"
    buttons: tuple[tuple[str, str], ...] = ()
    mark: str = ""
    file: tuple[str, str] = ("", "")  # a name, and a data: address to open it by
    edited: bool = False


@dataclass(slots=True)
class _Screen:
    bubbles: dict[str, Bubble] = field(default_factory=dict)
    blocked: bool = False


class WebChannel:
    """Sends to the screens of phones. `now` gives the time (UTC); listeners hear of every change."""

    name = "web"

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._screens: dict[str, _Screen] = {}
        self._listeners: list[Listener] = []

    async def send(self, message: Outbound) -> str:
        """Show a `message`, or `mark` one. Returns the bubble's id. Raises SendError while the phone blocks the bot."""
        if self.is_blocked(message.address):
            raise SendError("blocked", retryable=False, blocked=True)
        if message.kind == "mark":
            self.mark(message.address, message.vendor_id, str(message.body.get("mark", "")))
            return message.vendor_id
        buttons = tuple((str(label), str(data)) for label, data in message.body.get("buttons", ()))
        file = _file(message.body)
        bubble = Bubble(new_id(), "bot", message.body["text"], self._now(), buttons=buttons, file=file)
        return self.show(message.address, bubble)

    async def close(self) -> None:
        """Nothing is open."""

    def listen(self, listener: Listener) -> None:
        """Call this whenever something on a screen has changed."""
        self._listeners.append(listener)

    def bubbles(self, address: str) -> Sequence[Bubble]:
        """What the phone shows, the oldest first."""
        return tuple(self._screen(address).bubbles.values())

    def show(self, address: str, bubble: Bubble) -> str:
        """Put a message on the screen, or a changed one in its place. Returns its id."""
        self._screen(address).bubbles[bubble.id] = bubble
        for listener in self._listeners:
            listener()
        return bubble.id

    def is_blocked(self, address: str) -> bool:
        """Whether this phone takes nothing from the bot."""
        return self._screen(address).blocked

    def mark(self, address: str, bubble: str, choice: str) -> None:
        """Take a message's buttons off and show the choice. What the screen does not hold cannot be marked."""
        if shown := self._screen(address).bubbles.get(bubble):
            self.show(address, replace(shown, buttons=(), mark=choice))

    def block(self, address: str, *, blocked: bool, at: datetime | None = None) -> None:
        """The phone's owner stops the bot, or lets it back in; now, or at a moment that is recalled."""
        self._screen(address).blocked = blocked
        text = "You blocked the bot." if blocked else "You let the bot back in."
        self.show(address, Bubble(new_id(), "note", text, at or self._now()))

    def last_text(self, address: str) -> Bubble | None:
        """The newest text of the phone's owner, which can still be edited."""
        own = [b for b in self.bubbles(address) if b.side == "client" and b.kind == "text"]
        return own[-1] if own else None

    def _screen(self, address: str) -> _Screen:
        return self._screens.setdefault(address, _Screen())


def _file(body: Mapping[str, Any]) -> tuple[str, str]:
    file = body.get("file")
    return (file["name"], f"data:{file['type']};base64,{file['data']}") if file else ("", "")


def new_id() -> str:
    """An id that no bubble of this or an earlier run has."""
    return secrets.token_hex(8)
