"""What happened, in the past tense. Every event carries its own time (aware, UTC); the core has no clock.

Events travel through the inbox as JSON, so every field but `at` is a JSON value. `write` and `read` are the two ways.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The root. `id` is the inbox row that carries it; `chat` the id of the chat that it came from, 0 for none."""

    at: datetime
    id: int = 0
    chat: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReceived(Event):
    """Somebody wrote. A caption and an edit are texts too: they are screened like any other.

    `sent` says when (epoch seconds) if that was long before it came, as after hours without power; else 0.
    """

    text: str
    kind: Literal["text", "caption", "edit"] = "text"
    language: str = ""
    sent: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed(Event):
    """A tap. `step` is the question that the button belonged to; `!name` options are commands and belong to none."""

    option: str
    step: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnscreenableReceived(Event):
    """A voice note, picture, sticker or anything else that no rule can read."""

    kind: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOpened(Event):
    """Somebody opened a joining link. The event's subject is the invited client; `holder` is the client whom the chat
    was linked to already, "" for nobody."""

    holder: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRefused(Event):
    """Somebody opened a link that is unknown, used or expired. Its subject is the chat."""

    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatBlocked(Event):
    """The client blocked the bot, or the platform says that the chat is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatUnblocked(Event):
    """The client let the bot back in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(Event):
    """A timer came due. A token other than the one expected makes it a no-op."""

    timer: str
    token: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInvited(Event):
    """Staff invited a client; the row exists, the link is printed, nobody has opened it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAdmitted(Event):
    """Somebody of the clinic let in a client who was held at joining. `by` is their slug, or `operator`."""

    by: str = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDelivered(Event):
    """The vendor took a message about alert `alert` for `recipient`. `posted` says when it was written (epoch seconds,
    0 for not known): it may be older than what the client said last."""

    alert: int
    recipient: str
    posted: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertUndelivered(Event):
    """A message about an alert could not be delivered. `final`: it never will be; else it is being tried again."""

    alert: int
    recipient: str
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUndelivered(Event):
    """A message to the client was refused for good (other than by a block, which is `ChatBlocked`)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffActed(Event):
    """A press, reaction, reply, command or dialog in Slack. `by` is the Slack user id; `case` the alert's number.

    `dialog` is the id of the loading dialog that waits for its content, "" where none could be opened; `channel` and
    `thread` say where it happened, so that an answer can go there.
    """

    action: str
    by: str
    case: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    dialog: str = ""
    channel: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed(Event):
    """An event of this subject was given up after its last retry; a person has to look. `event` is its inbox row,
    `kind` the name of its class."""

    event: int
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReported(Event):
    """What came of an effect that the transaction decided (`booked`, `slot_gone`)."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateUnreadable(Event):
    """The platform sent something that nobody understands. It is kept; somebody may be waiting for an answer."""

    kind: str = "unreadable"


EVENTS: Mapping[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        TextReceived, ButtonPressed, UnscreenableReceived, LinkOpened, LinkRefused, ChatBlocked, ChatUnblocked,
        TimerFired, ClientInvited, ClientAdmitted, AlertDelivered, AlertUndelivered, MessageUndelivered, StaffActed,
        StepFailed, OutcomeReported, UpdateUnreadable,
    )
}  # fmt: skip

_BODIES: Mapping[str, tuple[str, ...]] = {
    name: tuple(f.name for f in fields(kind) if f.name not in ("at", "id", "chat")) for name, kind in EVENTS.items()
}


def write(event: Event) -> tuple[str, dict[str, Any]]:
    """The event's kind and its body, ready for the inbox."""
    kind = type(event).__name__
    return kind, {name: getattr(event, name) for name in _BODIES[kind]}


def read(kind: str, body: Mapping[str, Any], *, at: datetime, id: int, chat: int) -> Event:  # noqa: A002 - the field's name
    """The event of an inbox row. Raises KeyError for a kind that this version does not know."""
    return EVENTS[kind](at=at, id=id, chat=chat, **body)
