"""What happens when a timer comes due. A stale one, known by its token, changes nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from flows import casework, handoff, planning, safety, silence, walking
from flows.actions import CHECK_IN, plan_check_in, unpause
from flows.definition import StateFile
from flows.events import TimerFired
from flows.quiet import awake
from flows.step import Step

TRY_AGAIN = timedelta(hours=2)  # while the client is in the middle of something else


def fired(step: Step, event: TimerFired) -> None:
    """Do what the timer was set for. Raises KeyError for a name that nobody sets."""
    if event.timer.startswith(planning.PLAN):
        _planned(step, event.timer.removeprefix(planning.PLAN))
    else:
        TIMERS[event.timer](step, event.token)


def _remind(step: Step, token: int) -> None:
    frame = step.conversation.top
    if frame is None or token != step.conversation.step or handoff.active(step):
        return
    if step.alert and not safety.in_safety(step):
        return
    flow = walking.flow_of(step, frame)
    if not walking.weight(flow, flow.state(frame.state)) and _later(step, "remind", token):
        return
    if flow.state(frame.state).remind:
        until = _until(step, flow.state(frame.state))
        walking.say_text(step, flow, f"{flow.name}.{frame.state}.remind", not_after=until)
    elif flow.state(frame.state).ask:  # put off by the client, who was told that it would come again
        walking.ask_again(step)


def _until(step: Step, state: StateFile) -> datetime | None:
    """A reminder that could not be sent before its question expired is not worth sending."""
    return step.at + state.expire.after - state.remind.after if state.expire and state.remind else None


def _expire(step: Step, token: int) -> None:
    if step.conversation.top and token == step.conversation.step and not handoff.active(step):
        walking.expire(step)


def _silence(step: Step, _token: int) -> None:
    """The client turned to something else, and from there nothing more came: back to the question, which expires."""
    place = silence.interrupted(step)
    if place < 0 or handoff.active(step):
        return
    walking.close_question(step)
    step.converse(frames=step.conversation.frames[: place + 1])
    walking.expire(step)


def _check_in(step: Step, _token: int) -> None:
    if CHECK_IN in step.client.plans:
        return  # the client has days and an hour of their own
    plan_check_in(step)
    if _later(step, CHECK_IN):
        return
    if planning.nudged_today(step):
        step.timer(CHECK_IN, planning.tomorrow(step))  # first thing, before what comes every day
    elif _free(step):
        planning.nudge(step)
        walking.enter(step, "check_in")


def _planned(step: Step, flow: str) -> None:
    """The hour of a plan has come. Where it does not suit, the plan waits, and is never dropped."""
    made = step.client.plans.get(flow)
    if made is None:
        return
    if again := _not_now(step):
        step.timer(planning.PLAN + flow, again)
        return
    if made.get("once"):
        planning.unplan(step, {"flow": flow})
    else:
        step.timer(planning.PLAN + flow, planning.next_of(step, made))
    planning.nudge(step)
    walking.enter(step, flow)


def _not_now(step: Step) -> datetime | None:
    """When to look again, None where now is right."""
    if (due := awake(step, step.at)) > step.at:
        return due
    if planning.nudged_today(step):
        return planning.tomorrow(step)
    if _free(step):
        return None
    busy = step.conversation.frames and step.client.status == "active" and not step.alert
    return awake(step, step.at + TRY_AGAIN) if busy else planning.tomorrow(step)


def _free(step: Step) -> bool:
    """Whether something planned may begin now."""
    reached = step.client.status == "active" and step.client.reachable
    return reached and not step.alert and not step.conversation.frames and not handoff.active(step)


def _pause_over(step: Step, _token: int) -> None:
    if step.client.status != "paused" or _later(step, "pause_over"):
        return
    unpause(step, {})
    if not step.alert:
        step.say("client.pause_over")


def _later(step: Step, name: str, token: int = 0) -> bool:
    """Whether it has become quiet hours meanwhile, as after hours without power: then it comes when they end (H11)."""
    due = awake(step, step.at)
    if due > step.at:
        step.timer(name, due, token)
    return bool(due > step.at)


# the timer's name -> what it does
TIMERS: Mapping[str, Callable[[Step, int], None]] = {
    casework.LADDER: casework.ladder_fired,
    casework.UNREACHED: casework.unreached,
    handoff.UNANSWERED: lambda step, _token: handoff.unanswered(step),
    silence.SILENCE: _silence,
    "remind": _remind,
    "expire": _expire,
    CHECK_IN: _check_in,
    "pause_over": _pause_over,
}
