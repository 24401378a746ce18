"""What cannot be screened: a voice note, a picture, a sticker. The client is asked at once whether they are safe."""

from datetime import timedelta

from flows import walking
from flows.step import Step

FLOW = "unreadable"
HANDFUL = timedelta(seconds=30)  # the pictures of an album come as several messages within seconds


def ask_if_safe(step: Step) -> None:
    """Ask, once for a handful. While a case is open, silence counts for more."""
    last = step.conversation.unread_at
    step.converse(unread_at=step.at)
    if last and step.at - last < HANDFUL and _asked(step):
        return
    walking.enter(step, FLOW, "open_case" if step.alert else "", aside=True)


def _asked(step: Step) -> bool:
    top = step.conversation.top
    return bool(top and top.flow == FLOW and step.conversation.question)
