"""Silence after a question about safety counts, also where the client turned to something else in between."""

from flows.compiler import EXPIRED
from flows.conversation import Frame
from flows.errors import FlowsError
from flows.step import Step

SILENCE = "silence"  # the timer's name
WATCHED = ("safety", "unreadable")  # flows in which no answer is an answer


def counts(step: Step, frame: Frame) -> bool:
    """Whether the frame stands at a question whose silence counts."""
    if frame.flow not in WATCHED:
        return False
    try:
        return step.world.book.pinned(frame.version).has_way(frame.state, EXPIRED)
    except (KeyError, FlowsError):
        return False  # its version is lost; nothing can expire there


def waiting(step: Step) -> tuple[Frame, ...]:
    """The frames at which silence counts: they are never dropped unanswered."""
    return tuple(frame for frame in step.conversation.frames if counts(step, frame))


def interrupted(step: Step) -> int:
    """The place of the question about safety that another flow lies upon, -1 for none."""
    frames = step.conversation.frames
    if not frames or frames[-1].flow in WATCHED:
        return -1
    return next((n for n in reversed(range(len(frames) - 1)) if counts(step, frames[n])), -1)


def watch(step: Step) -> None:
    """From whatever the client does while such a question lies below, its time begins again."""
    place = interrupted(step)
    if place < 0:
        return
    frame = step.conversation.frames[place]
    expire = step.world.book.pinned(frame.version).state(frame.state).expire
    if expire:
        step.timer(SILENCE, step.at + expire.after, ladder=True)
