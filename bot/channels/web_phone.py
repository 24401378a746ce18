"""What a client does with the phone in the browser: every gesture changes the screen and becomes an update."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.channels.base import (
    ButtonPressed,
    ChatBlocked,
    ChatUnblocked,
    Event,
    Inbound,
    LinkOpened,
    TextReceived,
    UnscreenableReceived,
)
from bot.channels.web import Bubble, Side, WebChannel, new_id

OPENED = "You opened the invitation."
KINDS = ("voice", "photo", "sticker")  # what can be sent beside words


def press(data: str, at: datetime, language: str = "") -> ButtonPressed:
    """The tap on a button that carries `data`: its question's number, a colon, the option; or the option alone."""
    step, _, option = data.rpartition(":")
    return ButtonPressed(at=at, option=option, step=int(step) if step.isdecimal() else 0, language=language)


@dataclass(frozen=True, slots=True)
class Phone:
    """One client's phone. `language` is what the app says that its owner speaks. Gestures give the update to store."""

    channel: WebChannel
    clinic: str
    address: str
    now: Callable[[], datetime]
    language: str = ""

    def opens(self, token: str) -> Inbound:
        """Open an invitation's link."""
        self._show("note", OPENED)
        return self._inbound(LinkOpened(at=self.now(), language=self.language), token=token)

    def writes(self, text: str) -> Inbound:
        """Send a text."""
        self._show("client", text)
        return self._inbound(TextReceived(at=self.now(), text=text, language=self.language))

    def edits(self, bubble: str, text: str) -> Inbound | None:
        """Change a text that was sent. None where the phone has no such text."""
        shown = self._bubble(bubble)
        if shown is None or shown.side != "client" or shown.kind != "text":
            return None
        self.channel.show(self.address, replace(shown, text=text, edited=True))
        return self._inbound(TextReceived(at=self.now(), text=text, kind="edit", language=self.language))

    def sends(self, kind: str, caption: str = "") -> Inbound:
        """Send a voice note, photo or sticker; a caption is a text that comes with it."""
        self._show("client", caption, kind)
        if caption:
            return self._inbound(TextReceived(at=self.now(), text=caption, kind="caption", language=self.language))
        return self._inbound(UnscreenableReceived(at=self.now(), kind=kind, language=self.language))

    def presses(self, data: str) -> Inbound:
        """Tap a button."""
        return self._inbound(press(data, self.now(), self.language))

    def blocks(self, *, blocked: bool) -> Inbound:
        """Block the bot, or let it back in."""
        self.channel.block(self.address, blocked=blocked)
        return self._inbound((ChatBlocked if blocked else ChatUnblocked)(at=self.now()))

    def _bubble(self, bubble: str) -> Bubble | None:
        return next((shown for shown in self.channel.bubbles(self.address) if shown.id == bubble), None)

    def _show(self, side: Side, text: str, kind: str = "text") -> None:
        self.channel.show(self.address, Bubble(new_id(), side, text, self.now(), kind))

    def _inbound(self, event: Event, token: str = "") -> Inbound:
        return Inbound(self.clinic, self.channel.name, self.clinic, new_id(), event, self.address, token)
