"""The second path in the demo: e-mails and phone calls that go nowhere, kept so that they can be seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.base import Outbound


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail or a call that would have gone out. `to` is an address, or whom the phone webhook was to call."""

    channel: str
    to: str
    subject: str
    text: str
    at: datetime
    request: Mapping[str, Any]


class DemoMail:
    """Takes what would be mailed (`name="email"`) or posted to the phone webhook (`name="webhook"`)."""

    def __init__(self, name: str, now: Callable[[], datetime]) -> None:
        self.name = name
        self.letters: list[Letter] = []
        self._now = now
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this whenever something would have gone out."""
        self._listeners.append(listener)

    async def send(self, message: Outbound) -> str:
        """Keep it. Never fails."""
        self.keep(message.address, message.body, self._now())
        return f"{self.name}-{len(self.letters)}"

    def keep(self, address: str, body: Mapping[str, Any], at: datetime) -> None:
        """Keep what would have gone out at that moment (UTC)."""
        to = str(body.get("to") or body.get("person") or address.partition(":")[2])
        subject, text = str(body.get("subject", "")), str(body.get("text", ""))
        self.letters.append(Letter(self.name, to, subject, text, at, dict(body)))
        for listener in self._listeners:
            listener()

    async def close(self) -> None:
        """Nothing is open."""
