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

KINDS = ("voice", "photo", "sticker")  # what can be sent beside words


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
        self._show("note", "You opened the invitation.")
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
        step, _, option = data.rpartition(":")
        number = int(step) if step.isdecimal() else 0
        return self._inbound(ButtonPressed(at=self.now(), option=option, step=number, language=self.language))

    def blocks(self, *, blocked: bool) -> Inbound:
        """Block the bot, or let it back in."""
        self.channel.block(self.address, blocked=blocked)
        return self._inbound((ChatBlocked if blocked else ChatUnblocked)(at=self.now()))

    def last_text(self) -> Bubble | None:
        """The newest text of the client's own, which can still be edited."""
        own = [b for b in self.channel.bubbles(self.address) if b.side == "client" and b.kind == "text"]
        return own[-1] if own else None

    def _bubble(self, bubble: str) -> Bubble | None:
        return next((shown for shown in self.channel.bubbles(self.address) if shown.id == bubble), None)

    def _show(self, side: Side, text: str, kind: str = "text") -> None:
        self.channel.show(self.address, Bubble(new_id(), side, text, self.now(), kind))

    def _inbound(self, event: Event, token: str = "") -> Inbound:
        return Inbound(self.clinic, self.channel.name, self.clinic, new_id(), event, self.address, token)
