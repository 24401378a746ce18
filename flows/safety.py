"""What the client is told at a risky moment. Fixed texts only; every sentence is true at the moment it is said.

Source: the safety document, "The reply must" and "The reply must not".
"""

from dataclasses import replace
from datetime import timedelta

from flows.casework import raise_case
from flows.crisis import numbers, read_alone, recently, reply, standing
from flows.effects import Forget, Option
from flows.risk import Verdict, rank
from flows.step import Step
from flows.walking import ask_again, close_question, drop_lost, enter, flow_of, offer_resume

ASKED_LATELY = timedelta(days=1)
ALONE_FIRST = ("abuse", "violence", "coercive", "child")  # beginnings of the categories that somebody else may read
STRANGER_OPTIONS = (Option("!client_here", "client.client_here"), Option("!appointment", "client.appointment"))


def receive(step: Step, verdict: Verdict) -> None:
    """Alert first, then the fixed reply. Nothing here can depend on the flow that the client is in."""
    if verdict.action != "alert":
        return
    if step.subject.client is None:
        if discreet(verdict):
            read_alone(step)
        else:
            stranger_reply(step)
        return
    worse = raise_case(step, verdict.tier, verdict.category)
    if not worse and step.conversation.mode == "handoff":
        return  # the bot has said that it stays quiet; whoever took over is told
    if discreet(verdict):
        _when_alone(step, worse=worse)
    elif not worse and recently(step):
        step.say("crisis.attached", kind="safety", apart=True)
    else:
        reply(step)


def _when_alone(step: Step, *, worse: bool) -> None:
    """Nothing on the screen says what it is about until the client has tapped; what comes meanwhile waits for that."""
    alert = step.subject.alert
    assert alert is not None
    if alert.alone and not worse:
        step.say("crisis.heard", kind="safety", apart=True)
        return
    read_alone(step)


def discreet(verdict: Verdict) -> bool:
    """Whether somebody who does harm may be looking at the same phone: what the message is about, or one thing among
    several that it says plainly. A vague word beside plain talk of suicide must not keep the numbers back."""
    plain = (finding.category for finding in verdict.findings if rank(finding.tier) > rank("concern"))
    return any(category.startswith(ALONE_FIRST) for category in (verdict.category, *plain))


def stranger_reply(step: Step) -> None:
    """Somebody without a link who may be in danger: numbers, and the truth that no clinician was told."""
    step.say("crisis.thanks", kind="safety")
    step.say("crisis.nobody_told", kind="safety")
    numbers(step)
    step.say("client.who_are_you", options=STRANGER_OPTIONS, kind="safety")
    if not step.conversation.frames:
        step.do(Forget())


def talk(step: Step, verdict: Verdict) -> None:
    """After the reply: the safety questions. Already in them, they stay where they are."""
    if verdict.action == "alert" and discreet(verdict):
        return  # the questions come after the tap
    if verdict.action == "ask":
        step.converse(gentle_at=step.at)
    if not in_safety(step):
        enter(step, "safety", _entry(verdict), aside=True)
    elif verdict.action == "ask":  # nothing was said yet; an alert has had its reply
        step.say("crisis.heard", kind="safety")
        ask_again(step)


def _entry(verdict: Verdict) -> str:
    """Where the questions begin: grey talk gently, harm to others with the question whether anybody is in danger."""
    if verdict.action == "ask":
        return "gentle_alone" if discreet(verdict) else "gentle"
    return verdict.category if verdict.category == "harm_to_others" else ""


def asked_lately(step: Step) -> bool:
    """Whether grey talk was asked about within a day."""
    last = step.conversation.gentle_at
    return last is not None and step.at - last < ASKED_LATELY


def in_safety(step: Step) -> bool:
    """Whether the safety questions are being asked now."""
    frame = step.conversation.top
    return frame is not None and frame.flow == "safety"


def over(step: Step) -> None:
    """A person has closed the case: the safety questions are left, and what waited below is offered again."""
    frames = step.conversation.frames
    first = next((n for n, frame in enumerate(frames) if frame.flow == "safety"), len(frames))
    if first < len(frames):
        close_question(step)
        step.converse(frames=frames[:first])
        drop_lost(step)
        while step.conversation.frames and not flow_of(step, step.frame).state(step.frame.state).ask:
            step.converse(frames=step.conversation.frames[:-1])  # it had only run the questions
    if step.conversation.frames:
        offer_resume(step)


def can_read_now(step: Step) -> None:
    """The client is alone: now the reply, the numbers, the questions; after the case was closed, only the numbers."""
    if step.alert is None:
        numbers(step)
        enter(step, "crisis", aside=True)
        return
    step.case(replace(step.alert, alone=False))
    step.say("crisis.thanks", kind="safety")
    standing(step)
    numbers(step)
    if not in_safety(step):
        enter(step, "safety", "harm_by_others", aside=True)
