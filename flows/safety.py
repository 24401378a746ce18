"""What the client is told at a risky moment. Fixed texts only; every sentence is true at the moment it is said.

Source: the safety document, "The reply must" and "The reply must not".
"""

from flows.casework import raise_case
from flows.crisis import numbers, recently, reply
from flows.effects import Forget, Option
from flows.risk import Verdict
from flows.step import Step
from flows.walking import ask_again, close_question, enter, offer_resume

ALONE_FIRST = ("abuse", "violence", "coercive", "child")  # beginnings of the categories that somebody else may read
STRANGER_OPTIONS = (Option("!client_here", "client.client_here"), Option("!appointment", "client.appointment"))


def receive(step: Step, verdict: Verdict) -> None:
    """Alert first, then the fixed reply. Nothing here can depend on the flow that the client is in."""
    if verdict.action != "alert":
        return
    if step.subject.client is None:
        stranger_reply(step)
        return
    worse = raise_case(step, verdict.tier, verdict.category)
    if not worse and recently(step):
        step.say("crisis.attached", kind="safety", apart=True)
    elif discreet(verdict.category):
        step.say("crisis.read_alone", options=(Option("!alone", "crisis.can_read"),), kind="safety", apart=True)
    else:
        reply(step)


def discreet(category: str) -> bool:
    """Whether somebody who does harm may be looking at the same phone."""
    return category.startswith(ALONE_FIRST)


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
    if verdict.action == "alert" and discreet(verdict.category):
        return  # the questions come after the tap
    if not in_safety(step):
        enter(step, "safety", _entry(verdict), aside=True)
    elif verdict.action == "ask":  # nothing was said yet; an alert has had its reply
        step.say("crisis.heard", kind="safety")
        ask_again(step)


def _entry(verdict: Verdict) -> str:
    """Where the questions begin: grey talk gently, harm to others with the question whether anybody is in danger."""
    if verdict.action == "ask":
        return "gentle"
    return verdict.category if verdict.category == "harm_to_others" else ""


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
    if step.conversation.frames:
        offer_resume(step)


def can_read_now(step: Step) -> None:
    """The client is alone: now the reply, the numbers, the questions; after the case was closed, only the numbers."""
    if step.alert is None:
        numbers(step)
        enter(step, "crisis", aside=True)
        return
    reply(step)
    if not in_safety(step):
        enter(step, "safety", "harm_by_others", aside=True)

