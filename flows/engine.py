"""advance(): one event, one subject, one step. Commands, interruptions, a person taking over; else the flow goes on."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flows import (
    admission,
    casework,
    commands,
    handoff,
    late,
    links,
    safety,
    silence,
    staff,
    strangers,
    timers,
    unread,
    walking,
)
from flows.answers import Answer, tapped, typed
from flows.conversation import Heard, Subject
from flows.crisis import numbers
from flows.effects import Audit, Effect, Forget, Refile, RefreshCards, TellFrontDesk
from flows.events import (
    AlertDelivered,
    AlertUndelivered,
    ButtonPressed,
    ChatBlocked,
    ChatUnblocked,
    ClientAdmitted,
    Event,
    LinkOpened,
    LinkRefused,
    MessageUndelivered,
    OutcomeReported,
    StaffActed,
    StepFailed,
    TextReceived,
    TimerFired,
    UnscreenableReceived,
    UpdateUnreadable,
    write,
)
from flows.risk import Verdict
from flows.step import Step
from flows.world import World

NOTHING = Verdict("none", "")
HEARD = 3  # texts that the screen looks at together
HEARD_FOR = timedelta(hours=1)
THEIR_OWN = ("", *(kind.__name__ for kind in (TextReceived, ButtonPressed, UnscreenableReceived, LinkOpened)))
AWAY = timedelta(days=7)  # after this long the client is told again that this is a program (F13)


def receive(subject: Subject, event: Event, world: World, verdict: Verdict) -> tuple[Subject, list[Effect]]:
    """The part that must not fail: the alert, the fixed reply, the ladder; before and apart from the step."""
    if links.stray(subject, event):
        return subject, []
    step = Step(subject, event, world)
    safety.receive(step, verdict)
    if verdict.action != "alert" and subject.client and commands.asks_for_help(step):
        commands.take_call(step)
    if isinstance(event, TextReceived):
        casework.attach(step)
        if event.kind != "edit" and not commands.slashed(event.text):
            _hear(step, event)
    return step.subject, step.effects


def advance(subject: Subject, event: Event, world: World, verdict: Verdict = NOTHING) -> tuple[Subject, list[Effect]]:
    """The step: what the event does to where the subject stands."""
    if links.stray(subject, event):
        return subject, [Refile(*write(event))]
    step = Step(subject, event, world)
    _HANDLERS[type(event)](step, event, verdict)
    if isinstance(event, TextReceived | ButtonPressed | UnscreenableReceived):
        silence.watch(step)
    return step.subject, step.effects


def _hear(step: Step, event: TextReceived) -> None:
    recent = [heard for heard in step.conversation.heard if event.at - heard.at <= HEARD_FOR]
    step.converse(heard=tuple([*recent, Heard(event.at, event.text, event.id)][-HEARD:]))


def _text(step: Step, event: TextReceived, verdict: Verdict) -> None:
    if step.subject.client is None:
        strangers.met(step, event, risk=verdict.action == "alert")
        return
    _seen(step)
    command = commands.recognise(step, event.text) if event.kind == "text" else ""
    if handoff.active(step):
        _to_the_person(step, event, command)
    elif verdict.action == "alert":
        safety.talk(step, verdict)
    elif verdict.action == "ask" and not commands.stands_alone(event.text, command) and _worth_asking(step, verdict):
        _grey(step, verdict, command)
    elif command:
        commands.run(step, command)
    elif event.kind == "edit":
        return  # screened; the answer it corrects stands as it was given
    elif event.kind == "caption":
        unread.ask_if_safe(step)  # the words were screened, what they stand under was not
    elif late.written(step, event):
        return
    elif step.alert and not step.conversation.question:
        casework.said_more(step)  # everything but the risk itself waits until a person closes the case
        step.say("crisis.attached", kind="safety", apart=True)
    elif step.conversation.frames:
        _typed_answer(step, event.text)
    else:
        step.say("client.nothing_asked")


def _grey(step: Step, verdict: Verdict, command: str) -> None:
    """A note and a direct question. Words such as "emergency", which ask for the numbers, get those first."""
    casework.note_for_next_session(step, verdict.category)
    if command == "crisis":
        numbers(step)
    safety.talk(step, verdict)


def _worth_asking(step: Step, verdict: Verdict) -> bool:
    """What only the learned net noticed leaves a note, and does not ask the same client twice within a day (H05)."""
    if not (verdict.learned and safety.asked_lately(step)):
        return True
    casework.note_for_next_session(step, verdict.category)
    return False


def _to_the_person(step: Step, event: TextReceived, command: str) -> None:
    handoff.replied(step, event.text)
    if command and not commands.silenced(step, command):
        commands.run(step, command)


def _seen(step: Step) -> None:
    last = step.conversation.seen_at
    step.converse(seen_at=step.at)
    _reachable(step)
    if last is not None and step.at - last >= AWAY and not handoff.active(step):
        step.say("client.disclosure")


def _typed_answer(step: Step, text: str) -> None:
    frame = step.frame
    flow = walking.flow_of(step, frame)
    state = flow.state(frame.state)
    if not state.ask:
        walking.arrive(step)
        return
    found = typed(step, flow, frame, state, text)
    if isinstance(found, Answer):
        walking.answer(step, found.value, found.choice)
    elif not late.begun(step, text):
        step.say(found.hint)
        walking.ask_again(step)


def _button(step: Step, event: ButtonPressed, _verdict: Verdict) -> None:
    if step.subject.client is None:
        strangers.met(step, event, risk=False)
        return
    _seen(step)
    command = event.option.removeprefix("!")
    if event.option.startswith("!") and not event.step and commands.known(step, command):
        if not commands.silenced(step, command):
            commands.run(step, command)
    elif event.step != step.conversation.step or not step.conversation.question or step.conversation.top is None:
        if not late.tapped(step, event) and not handoff.active(step):
            _stale(step, event)
    elif command == "skip" and event.option == "!skip":
        walking.skip(step)
    else:
        _tapped_answer(step, event.option)


def _tapped_answer(step: Step, option: str) -> None:
    frame = step.frame
    flow = walking.flow_of(step, frame)
    found = tapped(step, flow, frame, flow.state(frame.state), option)
    if found:
        walking.answer(step, found.value, found.choice)
    else:
        step.say("client.stale_button")


def _stale(step: Step, event: ButtonPressed) -> None:
    """An old button. A second tap on the question just answered changes nothing and says nothing."""
    if event.step < step.conversation.step - 1 or step.conversation.top is None:
        step.say("client.stale_button")


def _unscreenable(step: Step, event: Event, _verdict: Verdict) -> None:
    if step.subject.client is None:
        strangers.met(step, event, risk=False)
        return
    _seen(step)
    if handoff.active(step):
        handoff.replied(step, "")
    else:
        unread.ask_if_safe(step)


def _unreadable(step: Step, event: UpdateUnreadable, verdict: Verdict) -> None:
    if step.subject.client or step.subject.chat:
        _unscreenable(step, event, verdict)
    else:  # it names nobody whom anything could be said to
        step.do(Audit("unreadable_update", "rapport", {"kind": event.kind}))


def _blocked(step: Step, _event: Event, _verdict: Verdict) -> None:
    if step.subject.client is None:
        step.do(Forget())
    else:
        _out_of_reach(step)


def _out_of_reach(step: Step) -> None:
    """Told once: until the client lets the bot in again, or writes, there is nothing new about it."""
    if step.client.reachable:
        step.alter(reachable=False)
        casework.unreachable(step, "unreachable")


def _unblocked(step: Step, _event: Event, _verdict: Verdict) -> None:
    if step.subject.client is None:
        step.do(Forget())
    else:
        _reachable(step)


def _reachable(step: Step) -> None:
    """Whoever lets the bot in again, or writes, can be written to."""
    if step.client.reachable:
        return
    step.alter(reachable=True)
    if step.alert:
        step.do(RefreshCards())


def _timer(step: Step, event: TimerFired, _verdict: Verdict) -> None:
    timers.fired(step, event)


def _alert_delivered(step: Step, event: AlertDelivered, _verdict: Verdict) -> None:
    if step.alert and step.alert.id == event.alert:
        casework.delivered(step, event.recipient, event.posted)


def _alert_undelivered(step: Step, event: AlertUndelivered, _verdict: Verdict) -> None:
    if step.alert and step.alert.id == event.alert:
        casework.undelivered(step, event.recipient, final=event.final)


def _message_undelivered(step: Step, _event: Event, _verdict: Verdict) -> None:
    if step.subject.client:
        _out_of_reach(step)


def _staff(step: Step, event: StaffActed, _verdict: Verdict) -> None:
    staff.acted(step, event)


def _outcome(step: Step, event: OutcomeReported, _verdict: Verdict) -> None:
    if step.conversation.top:
        walking.move(step, event.outcome)
        walking.arrive(step)


def _step_failed(step: Step, event: StepFailed, _verdict: Verdict) -> None:
    if step.subject.client is None:
        return
    walking.drop_lost(step)  # else whatever the client does next would fail as well
    if event.kind in THEIR_OWN:
        step.say("client.went_wrong")
    step.do(TellFrontDesk("desk.step_failed", {"alias": step.client.alias}))


_HANDLERS: Mapping[type[Event], Callable[[Step, Any, Verdict], None]] = {
    TextReceived: _text,
    ButtonPressed: _button,
    UnscreenableReceived: _unscreenable,
    UpdateUnreadable: _unreadable,
    LinkOpened: lambda step, event, _verdict: links.opened(step, event),
    LinkRefused: lambda step, event, _verdict: links.refused(step, event),
    ClientAdmitted: lambda step, event, _verdict: admission.admitted(step, event),
    ChatBlocked: _blocked,
    ChatUnblocked: _unblocked,
    TimerFired: _timer,
    AlertDelivered: _alert_delivered,
    AlertUndelivered: _alert_undelivered,
    MessageUndelivered: _message_undelivered,
    StaffActed: _staff,
    OutcomeReported: _outcome,
    StepFailed: _step_failed,
}
