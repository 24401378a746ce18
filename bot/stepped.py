"""One event on its way: through the screen, what must not fail, and the step. Nothing is read or written here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.packs import Pack
from flows import casework, engine
from flows.conversation import Subject
from flows.effects import Effect
from flows.escalation import Alert, tier_rank
from flows.events import (
    AlertDelivered,
    AlertUndelivered,
    Event,
    StaffActed,
    StepFailed,
    TextReceived,
    TimerFired,
    read,
)
from flows.risk import COULD_NOT_BE_CHECKED, NOTHING_FOUND, Verdict, screen
from storage.conversations import Loaded
from storage.inbox import Due

CLIENT_CHANNELS = ("telegram", "web", "console")
ABOUT_A_CASE = (StaffActed, AlertDelivered, AlertUndelivered, StepFailed)
CASE_TIMERS = (casework.LADDER, casework.UNREACHED)
Cases = Mapping[tuple[str, int], Alert]


@dataclass(frozen=True, slots=True)
class Turn:
    """One event and its subject, through the screen and the step. `received` is what must not fail, without the step;
    `failed` is what the step raised, if it did."""

    due: Due
    loaded: Loaded
    event: Event
    pack: Pack
    subject: Subject
    effects: list[Effect]
    received: tuple[Subject, list[Effect]]
    failed: Exception | None = None

    def without_step(self, error: Exception) -> "Turn":
        """The same turn without what the flow wanted: the alert, the reply and the ladder stand."""
        subject, effects = self.received
        return replace(self, subject=subject, effects=effects, failed=error)


def step(due: Due, loaded: Loaded, pack: Pack, now: datetime, cases: Cases) -> Turn:
    """Screen, alert and reply first; then the step, whose failure takes nothing of that away."""
    event = read(due.kind, due.body, at=now, id=due.id, chat=due.chat)
    subject = _prepared(due, loaded.subject, event, cases)
    verdict = _screened(subject, event, pack)
    effects: list[Effect] = []
    if not due.screened or _graver(verdict, subject):
        subject, effects = engine.receive(subject, event, pack.world, verdict)
    received = (subject, effects)
    if loaded.sealed and not _about_a_case(event):
        return Turn(due, loaded, event, pack, subject, effects, received, loaded.sealed)
    try:
        after, more = engine.advance(subject, event, pack.world, verdict)
    except Exception as error:  # noqa: BLE001 - any fault of a flow or of ours: the alert and the reply above stand
        return Turn(due, loaded, event, pack, subject, effects, received, error)
    return Turn(due, loaded, event, pack, after, [*effects, *more], received)


def _prepared(due: Due, subject: Subject, event: Event, cases: Cases) -> Subject:
    if due.source in CLIENT_CHANNELS and subject.conversation.channel != due.source:
        subject = subject._replace(conversation=subject.conversation._replace(channel=due.source))
    if isinstance(event, StaffActed) and subject.alert is None:
        return subject._replace(alert=cases.get((due.clinic, event.case)))
    return subject


def _screened(subject: Subject, event: Event, pack: Pack) -> Verdict:
    if not isinstance(event, TextReceived):
        return NOTHING_FOUND
    if event.kind == "edit":
        return screen(pack.screen, [event.text])
    recent = [h.text for h in subject.conversation.heard if event.at - h.at <= engine.HEARD_FOR]
    return screen(pack.screen, [*recent, event.text][-engine.HEARD :])


def _graver(verdict: Verdict, subject: Subject) -> bool:
    """Whether a text that was alerted unread turns out to be worse than the case it opened."""
    alert = subject.alert
    if alert is None or alert.closed or verdict.action != "alert":
        return False
    return tier_rank(verdict.tier) > tier_rank(alert.tier)


def _about_a_case(event: Event) -> bool:
    """Whether its step does without the conversation: a case goes on although its client's cannot be opened."""
    return isinstance(event, ABOUT_A_CASE) or (isinstance(event, TimerFired) and event.timer in CASE_TIMERS)


def unchecked(due: Due, loaded: Loaded, pack: Pack, now: datetime) -> Turn:
    """A text that the screen never got to, without its step: an alert all the same."""
    event = read(due.kind, due.body, at=now, id=due.id, chat=due.chat)
    subject = _prepared(due, loaded.subject, event, {})
    received = engine.receive(subject, event, pack.world, COULD_NOT_BE_CHECKED)
    return Turn(due, loaded, event, pack, *received, received)
