"""What every channel speaks: updates come in as `Inbound`, messages go out as `Outbound`, failures are `SendError`.

A channel knows its vendor and this file; it never touches the database and decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flows.events import (
    ButtonPressed,
    ChatBlocked,
    ChatUnblocked,
    Event,
    LinkOpened,
    StaffActed,
    TextReceived,
    UnscreenableReceived,
    UpdateUnreadable,
)

__all__ = [
    "ButtonPressed", "Channel", "ChatBlocked", "ChatUnblocked", "Event", "Inbound", "LinkOpened", "Outbound",
    "SendError", "StaffActed", "TextReceived", "UnscreenableReceived", "UpdateUnreadable",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inbound:
    """An update as it came, once: `external_id` is unique for (clinic, channel, bot).

    `address` is where the sender can be reached ("" for staff). `token` is the joining link's, with `LinkOpened`.
    """

    clinic: str
    channel: str
    bot: str
    external_id: str
    event: Event
    address: str = ""
    token: str = ""

    @property
    def at(self) -> datetime:
        """When it came (UTC)."""
        return self.event.at


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message to send. `body` for a client: `{"text", "buttons": [[label, data], …]}`.

    `kind` is `message` or, for a client, `mark` (take the buttons off the message `vendor_id` and show the choice,
    `{"mark": label}`; `original` is that message's body). Staff kinds stand in bot/desk.
    """

    kind: str
    address: str
    body: Mapping[str, Any]
    bot: str = ""
    vendor_id: str = ""
    original: Mapping[str, Any] = field(default_factory=dict)


class SendError(Exception):
    """The vendor did not take a message. `retryable`: it may later, after `retry_after` seconds where it said so.

    `code` is a short word for the log (`blocked`, `rate`, `network`); never what was to be sent.
    """

    def __init__(self, code: str, *, retryable: bool, retry_after: float = 0, blocked: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.retry_after = retry_after
        self.blocked = blocked


class Channel(Protocol):
    """A way to people."""

    name: str

    async def send(self, message: Outbound) -> str:
        """Send one message. Returns the vendor's id for it ("" where there is none). Raises SendError."""

    async def close(self) -> None:
        """Let go of connections."""
