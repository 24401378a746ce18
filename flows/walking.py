"""Walking a flow: into a state, through what needs no answer, up to the next question, and back out again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flows import holding
from flows.actions import act
from flows.answers import options_for
from flows.compiler import ANSWERED, DONE, EXPIRED, SKIPPED, Flow
from flows.conversation import BEGAN, Asked, Frame
from flows.definition import END, StateFile
from flows.effects import CancelTimer, Class, MarkAnswered, Option, SaveAnswer
from flows.errors import FlowsError
from flows.quiet import awake
from flows.silence import WATCHED
from flows.step import Step, StepError

MAX_MOVES = 100  # a chain of states without a question longer than this is a fault of the flow
MAX_FRAMES = 12
REMEMBERED = 3  # questions about safety to which a late answer is taken
ANSWER_TIMERS = ("remind", "expire")


def flow_of(step: Step, frame: Frame) -> Flow:
    """The pinned version of a frame's flow."""
    return step.world.book.pinned(frame.version)


def playable(step: Step, frame: Frame) -> bool:
    """Whether the frame's version is still there, can be read by this release, and has the state."""
    try:
        return frame.state == END or frame.state in flow_of(step, frame).file.states
    except (KeyError, FlowsError):
        return False


def drop_lost(step: Step) -> None:
    """Leave what can never go on: a person's act, or the client's next word, must not fail because of it."""
    kept = tuple(frame for frame in step.conversation.frames if playable(step, frame))
    if kept != step.conversation.frames:
        close_question(step)
        step.converse(frames=kept)


Data = Mapping[str, Any]


def _saved(frame: Frame) -> dict[str, Any]:
    """What was saved in a frame, without what belongs to the frame itself."""
    return {name: value for name, value in frame.data.items() if name != BEGAN}


def enter(step: Step, name: str, state: str = "", *, aside: bool = False, data: Data | None = None) -> None:
    """Begin a flow (at `state`, else at its start) and walk to its first question."""
    push(step, name, state, aside=aside, data=data)
    arrive(step)


def push(step: Step, name: str, state: str = "", *, aside: bool = False, data: Data | None = None) -> None:
    """Put a new frame on the stack. A flow that waits below as an interruption already is not stacked twice."""
    flow = step.world.book.current(name)
    close_question(step)
    kept = without(step, name)[1 - MAX_FRAMES :] if aside else step.conversation.frames
    if len(kept) >= MAX_FRAMES:
        raise StepError(f"{name} would be frame {len(kept) + 1}; no conversation nests deeper than {MAX_FRAMES}")
    frame = Frame(name, flow.version, state or flow.file.start, {BEGAN: step.at.timestamp(), **(data or {})}, aside)
    step.converse(frames=(*kept, frame))


def without(step: Step, name: str) -> tuple[Frame, ...]:
    """The frames, without an interruption by this flow and the flows that it runs."""
    kept: list[Frame] = []
    dropping = False
    for frame in step.conversation.frames:
        dropping = frame.flow == name if frame.aside else dropping
        if not dropping:
            kept.append(frame)
    return tuple(kept)


def arrive(step: Step) -> None:
    """Go on until a question is asked or no flow is left."""
    for _ in range(MAX_MOVES):
        frame = step.conversation.top
        if frame is None:
            return
        if frame.state == END:
            if leave(step):
                continue
            return
        flow = flow_of(step, frame)
        state = flow.state(frame.state)
        if state.ask:
            ask(step, flow, frame, state)
            return
        _pass(step, flow, frame, state)
    raise StepError(f"{step.frame.flow} moves in a circle without a question")


def _pass(step: Step, flow: Flow, frame: Frame, state: StateFile) -> None:
    if state.run:
        push(step, state.run)
        return
    outcome = DONE
    if state.say:
        say_text(step, flow, f"{flow.name}.{frame.state}.say", apart=state.apart)
    else:
        outcome = act(step, state.do, state.args) or DONE
        outcome = outcome if flow.has_way(frame.state, outcome) else DONE
    if step.conversation.frames and step.frame is not frame and step.frame.flow != frame.flow:
        return  # the action opened another flow; this state goes on when that one ends
    move(step, outcome)


def move(step: Step, trigger: str, answer: Any = None) -> None:
    """Take the table's way on from the active state."""
    frame = step.frame
    step.top(state=flow_of(step, frame).walk(frame.state, trigger, step.facts(answer)))


def leave(step: Step) -> bool:
    """Leave a finished flow, with what was saved in it. Returns whether the walk goes on in the one below."""
    done, below = step.frame, step.conversation.frames[:-1]
    step.converse(frames=below)
    if not below:
        return False
    if done.aside:
        offer_resume(step)
        return False
    if flow_of(step, below[-1]).state(below[-1].state).ask:
        return False
    step.top(data={**below[-1].data, **_saved(done)})
    move(step, DONE)
    return True


def offer_resume(step: Step) -> None:
    """Offer to go on where an interruption cut in (F06). What nobody goes on with expires as it would have."""
    drop_lost(step)
    if step.conversation.top is None:
        return
    wait_on(step)
    flow = flow_of(step, step.frame)
    state = flow.state(step.frame.state)
    if step.conversation.mode == "handoff" or (step.alert and weight(flow, state) != "safety"):
        return  # everything but the risk itself waits until a person closes the case
    options = (Option("!resume", "client.go_on"), Option("!drop", "client.not_now"))
    step.say("client.resume_offer", options=options, kind="reply", apart=True)


def wait_on(step: Step) -> None:
    """Wait for the answer to the question on top once more, as long as when it was asked."""
    flow = flow_of(step, step.frame)
    state = flow.state(step.frame.state)
    if state.expire:
        _timed(step, flow, state, "expire", state.expire.after)


def ask(step: Step, flow: Flow, frame: Frame, state: StateFile) -> None:
    """Ask the state's question and set its timers."""
    number = step.conversation.step + 1
    step.converse(step=number, question=0)
    if flow.name in WATCHED:
        step.converse(asked=(*step.conversation.asked[1 - REMEMBERED :], Asked(number, *frame[:3])))
    options = options_for(step, flow, frame, state, number)
    until = step.at + state.expire.after if state.expire and step.kind == "reminder" else None
    text = f"{flow.name}.{frame.state}.ask"
    say_text(step, flow, text, options=options, asks=True, apart=state.apart, not_after=until)
    for name, timing in zip(ANSWER_TIMERS, (state.remind, state.expire), strict=True):
        if timing:
            _timed(step, flow, state, name, timing.after)


def _timed(step: Step, flow: Flow, state: StateFile, name: str, after: timedelta) -> None:
    """Set a timer of the open question; only what is about risk comes in the quiet hours."""
    urgent = weight(flow, state) == "safety"
    due = step.at + after
    step.timer(name, due if urgent else awake(step, due), step.conversation.step, ladder=urgent)


def weight(flow: Flow, state: StateFile) -> Class | None:
    """The class in which a state's words are sent; None leaves it to the step."""
    return "safety" if (state.importance or flow.file.importance) == "crisis" else None


def say_text(step: Step, flow: Flow, text: str, **more: Any) -> None:
    """Say one of the flow's own texts, with what was saved on the way at hand."""
    kind = weight(flow, flow.state(step.frame.state))
    step.say(text, values=step.frame.data, kind=kind, source=flow.version, **more)


def answer(step: Step, value: Any, choice: str = "") -> None:
    """Take the answer to the open question and go on. `choice` is the text id of the button."""
    _keep(step, value)
    _answered(step)
    close_question(step, choice)
    move(step, ANSWERED, value)
    arrive(step)


def _answered(step: Step) -> None:
    """The question about safety, and every older copy of it, has an answer."""
    here = (step.frame.flow, step.frame.state)
    if asked := step.conversation.asked:
        step.converse(asked=tuple(e._replace(done=True) if (e.flow, e.state) == here else e for e in asked))


def _keep(step: Step, value: Any) -> None:
    frame, flow = step.frame, flow_of(step, step.frame)
    state = flow.state(frame.state)
    if state.save:
        step.top(data={**frame.data, state.save: value})
        if step.subject.client:  # of somebody we do not know, only what they leave for the front desk is kept
            step.do(SaveAnswer(frame.flow, frame.version, frame.state, value, state.sensitive))
            if state.sensitive and state.asks_for == "text":
                holding.answered(step, value)


def skip(step: Step) -> bool:
    """Skip the open question. Returns False where it cannot be skipped."""
    flow = flow_of(step, step.frame)
    if not flow.has_way(step.frame.state, SKIPPED):
        return False
    _answered(step)
    close_question(step, "client.skip")
    if flow.state(step.frame.state).sensitive and not step.alert:
        holding.skipped(step)
    move(step, SKIPPED)
    arrive(step)
    return True


def expire(step: Step) -> None:
    """Stop waiting for the answer to the open question."""
    close_question(step)
    move(step, EXPIRED)
    arrive(step)


def ask_again(step: Step) -> None:
    """Put the open question once more, with fresh buttons."""
    close_question(step)
    frame = step.frame
    flow = flow_of(step, frame)
    ask(step, flow, frame, flow.state(frame.state))


def close_question(step: Step, choice: str = "") -> None:
    """Take the buttons off the question on the screen and stop its timers."""
    frame = step.conversation.top
    if frame is None or not step.conversation.question:
        return
    step.do(MarkAnswered(step.conversation.question, choice, frame.version), *map(CancelTimer, ANSWER_TIMERS))
    step.converse(question=0)


def drop_all(step: Step) -> None:
    """Leave every flow, the open question included."""
    close_question(step)
    step.converse(frames=())
