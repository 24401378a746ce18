"""What to do, in the imperative. The core only names effects; `bot/perform` turns each into rows of the transaction.

State (the client, the conversation, the alert) is not an effect: it is returned as values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Class = Literal["alert", "safety", "reply", "reminder", "bulk"]
CLASSES: tuple[Class, ...] = ("alert", "safety", "reply", "reminder", "bulk")  # the order of delivery
HELD: tuple[Class, ...] = ("reminder", "bulk")  # withdrawn when an alert opens


@dataclass(frozen=True, slots=True)
class Effect:
    """The root."""


@dataclass(frozen=True, slots=True)
class Option:
    """A button: `data` comes back with the press (at most 64 bytes); `text` is a text id."""

    data: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say(Effect):
    """Say a text to the client, or to `chat` where it is not the client's own. `asks` marks the open question.

    `source` is the version of the flow that the text comes from, so that a pinned flow keeps its own words. Texts of
    one turn, class and chat become one message; `apart` keeps one alone.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    kind: Class = "reply"
    source: str = ""
    asks: bool = False
    apart: bool = False
    chat: int = 0
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class MarkAnswered(Effect):
    """Take the buttons off the answered question and show the choice (a text id; "" shows none)."""

    message: int
    choice: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class SetTimer(Effect):
    """Fire `TimerFired(name, token)` at `due`. One timer per (subject, name): setting it again moves it."""

    name: str
    due: datetime
    token: int = 0
    ladder: bool = False  # claimed with what people sent, before other timers


@dataclass(frozen=True, slots=True)
class CancelTimer(Effect):
    """Cancel a timer. A name that ends in `*` cancels all that begin so."""

    name: str


@dataclass(frozen=True, slots=True)
class SaveAnswer(Effect):
    """Keep an answer: option ids where there are options, the client's words where not."""

    flow: str
    version: str
    state: str
    value: Any
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class SaveMeasure(Effect):
    """Keep a filled-in questionnaire (option ids by item) and tell the clinician that it is there. `change` compares it
    with the last one; `total` is None where an answer is missing."""

    instrument: str
    version: str
    locale: str
    answers: Mapping[str, str]
    total: int | None
    change: str


@dataclass(frozen=True, slots=True)
class RecordConsent(Effect):
    """Keep that the client agreed (or declined): which text, which version of it, in which language."""

    text: str
    version: str
    locale: str
    given: bool = True


@dataclass(frozen=True, slots=True)
class RedeemInvitation(Effect):
    """The invited client's link is used up, and the chat it was opened in becomes the client's."""

    chat: int


@dataclass(frozen=True, slots=True)
class NotifyStaff(Effect):
    """Tell `recipient` (`slack:U…`, `slack:C…`, `email:slug`, `webhook:slug`) about the open alert, as a *new* message.

    The first one for a recipient is the card; later ones go into its thread, broadcast.
    """

    recipient: str
    why: str


@dataclass(frozen=True, slots=True)
class RefreshCards(Effect):
    """Bring every card of the alert up to date, in place."""


@dataclass(frozen=True, slots=True)
class PostToThread(Effect):
    """A line on the alert's time line: posted in the thread of every card. `text` is a text id."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    quote: str = ""  # the client's words; only shown where the clinic's pack allows quotes in Slack


@dataclass(frozen=True, slots=True)
class TellStaff(Effect):
    """Answer the one person who acted, visible to them only. `user` is the Slack user id."""

    user: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    channel: str = ""
    dialog: str = ""  # the answer goes into this dialog instead


@dataclass(frozen=True, slots=True)
class FillDialog(Effect):
    """Put the content into a loading dialog: `reveal`, `resolve`, `false_alarm`, `hand_over`, `write`; or a paper."""

    dialog: str
    what: str
    case: int
    channel: str = ""  # where the press was made; a submission counts as made there


@dataclass(frozen=True, slots=True)
class ListAlerts(Effect):
    """Answer `/rapport alerts`: the clinic's open alerts, to the one who asked."""

    user: str
    channel: str


@dataclass(frozen=True, slots=True)
class LogAlert(Effect):
    """One line of the alert's history. `by` is a clinician's slug, `client`, or `rapport`."""

    action: str
    by: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeaveNote(Effect):
    """A note for the next session, to the assigned clinician. `text` is the inbox row with what was said."""

    why: str
    text: int


@dataclass(frozen=True, slots=True)
class KeepCandidate(Effect):
    """Messages that may teach the screen: inbox rows (`events`), or the one that a note (`paper`) is about."""

    kind: Literal["false_alarm", "missed"]
    by: str
    reason: str = ""
    events: tuple[int, ...] = ()
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Audit(Effect):
    """An entry in the append-only log of who saw or changed what. `detail` holds no words of the client."""

    action: str
    by: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Withdraw(Effect):
    """Take back what was queued for this subject and not sent yet, in these classes."""

    classes: tuple[Class, ...] = HELD


@dataclass(frozen=True, slots=True)
class TellFrontDesk(Effect):
    """A line to the front desk's channel (the team's where there is none). `values` hold no name and no words."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeepContact(Effect):
    """Somebody who is no linked client left a name and phone for the front desk, with consent (F25)."""

    reason: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Forget(Effect):
    """Nothing of this chat (`chat` for another than the subject's own) is kept: texts and the address go when its last
    reply is settled, at once where there is none."""

    chat: int = 0


@dataclass(frozen=True, slots=True)
class SendRecord(Effect):
    """Send the client a page with everything that is kept about them."""


@dataclass(frozen=True, slots=True)
class SendProgress(Effect):
    """Send the client a picture of their last weeks, with its meaning in words."""


@dataclass(frozen=True, slots=True)
class EraseChat(Effect):
    """What the client wrote and was written is kept no longer, except what belongs to a case or a note for staff."""


@dataclass(frozen=True, slots=True)
class Refile(Effect):
    """The event came from another chat than this client's: it belongs to that chat and is taken there."""

    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report(Effect):
    """Come back to this subject with `OutcomeReported(outcome)`, in the same transaction."""

    outcome: str
