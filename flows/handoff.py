"""A person has taken over (F08): automation is silent, screening and alerts go on, nobody waits without being told."""

from datetime import timedelta

from flows.casework import resume_ladder
from flows.crisis import QUIET_AFTER, numbers
from flows.effects import CancelTimer, LogAlert, PostToThread
from flows.step import Step
from flows.walking import close_question, offer_resume

UNANSWERED = "unanswered"
WAIT: timedelta = QUIET_AFTER


def active(step: Step) -> bool:
    """Whether a person writes to the client through the bot."""
    return step.conversation.mode == "handoff"


def begin(step: Step) -> None:
    """Automation falls silent and puts its question away; the client is told who writes now."""
    close_question(step)
    step.converse(mode="handoff")
    step.say("crisis.taken_over", {"clinician_name": owner_name(step)}, kind="safety", apart=True)


def owner_name(step: Step) -> str:
    """The name of whoever has the case, as the client knows it."""
    person = step.world.clinic.person(step.alert.owner) if step.alert else None
    return person.name if person else step.world.clinic.name


def replied(step: Step, text: str) -> None:
    """The client answered the person: announced in the thread. The ten minutes begin with the first of several."""
    step.do(LogAlert("replied", "client"), PostToThread("desk.replied", quote=text))
    if step.conversation.waiting_since is None:
        step.converse(waiting_since=step.at)
        step.timer(UNANSWERED, step.at + WAIT, ladder=True)


def wrote(step: Step, by: str, text: str) -> None:
    """The person wrote to the client."""
    person = step.world.clinic.person(by)
    name = person.name if person else step.world.clinic.name
    step.say("client.from_clinician", {"clinician_name": name, "message": text}, kind="safety", apart=True)
    step.converse(waiting_since=None)
    step.do(CancelTimer(UNANSWERED), LogAlert("wrote", by), PostToThread("desk.wrote", {"who": name}))


def unanswered(step: Step) -> None:
    """Ten minutes and nobody has answered: an honest line with the numbers, and the ladder again."""
    if not active(step):
        return
    step.converse(waiting_since=None)
    step.say("crisis.unanswered", {"clinician_name": owner_name(step)}, kind="safety")
    numbers(step)
    resume_ladder(step, "unanswered")


def end(step: Step, *, say: bool = True) -> None:
    """The bot speaks again, and offers to go on where it was."""
    if not active(step):
        return
    step.converse(mode="bot", waiting_since=None)
    step.do(CancelTimer(UNANSWERED))
    if not say:
        return
    step.say("client.bot_again", kind="reply", apart=True)
    if step.conversation.frames:
        offer_resume(step)
