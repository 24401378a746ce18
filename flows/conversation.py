"""Where one client stands: the values that a step takes and gives back.

Frame, Conversation and Subject are named tuples: a step changes them some twenty times, and `_replace` costs a fifth of
`dataclasses.replace` (docs/decisions/0002).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from flows.escalation import Alert

NOTHING: Mapping[str, Any] = MappingProxyType({})
BEGAN = "_began"  # in a frame's data: when it began (epoch seconds)


class Frame(NamedTuple):
    """One flow in progress. `version` pins the content hash; `data` holds what was saved on the way, by name.

    `aside` marks an interruption: what lies below it waits, and is offered again afterwards.
    """

    flow: str
    version: str
    state: str
    data: Mapping[str, Any] = NOTHING
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A text of the client that the screen may look at again together with the next ones."""

    at: datetime
    text: str
    event: int = 0  # the inbox row that carried it


class Asked(NamedTuple):
    """A question about safety that was asked; `step` is the number on its buttons, `done` whether it was answered."""

    step: int
    flow: str
    version: str
    state: str
    done: bool = False


class Conversation(NamedTuple):
    """A stack of frames, the top one active (the last of the tuple).

    `step` rises with every question; a button carries the step that it belongs to. `question` is the outbox row of the
    open question. `mode` is `handoff` while a person writes to the client through the bot.
    """

    frames: tuple[Frame, ...] = ()
    step: int = 0
    question: int = 0
    mode: Literal["bot", "handoff"] = "bot"
    heard: tuple[Heard, ...] = ()
    seen_at: datetime | None = None
    numbers_at: datetime | None = None  # when the crisis numbers were last given
    gentle_at: datetime | None = None  # when grey talk was last asked about
    nudged_at: datetime | None = None  # when something planned last came
    unread_at: datetime | None = None  # when something last came that cannot be screened
    asked: tuple[Asked, ...] = ()  # the last ones: a late answer still counts
    channel: str = ""  # the platform that the client last wrote on
    waiting_since: datetime | None = None  # the first message to the person that nobody has answered yet
    last_message: int = 0  # the newest outbox row of this subject: ids never go backwards within a chat

    @property
    def top(self) -> Frame | None:
        """The active frame."""
        return self.frames[-1] if self.frames else None


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody in therapy. Times are UTC; `zone` is an IANA name; `country` an ISO 3166 code, "" if not told."""

    id: str
    name: str
    clinician: str
    status: Literal["invited", "joining", "active", "paused", "stopped", "ended"] = "invited"
    locale: str = "en"
    zone: str = ""
    country: str = ""
    chat: int = 0
    reachable: bool = True
    phone: str = ""
    emergency_contact: str = ""
    age: int | None = None
    paused_until: datetime | None = None
    interpreter: bool = False
    counters: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)  # by name, from one conversation to the next
    plans: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by flow, see flows/planning.py

    @property
    def alias(self) -> str:
        """Initials: all that Slack is told without Reveal."""
        return "".join(word[0].upper() + "." for word in self.name.split()[:3] if word) or "?"


class Subject(NamedTuple):
    """Everything that a step may look at: a client, or a chat that belongs to nobody we know, or a member of staff.

    `id` is `client:…`, `chat:…` or `staff:…`.
    """

    id: str
    client: Client | None = None
    conversation: Conversation = Conversation()
    alert: Alert | None = None
    chat: int = 0
