"""A late answer to a question about safety. A Yes counts whenever it is tapped, and an old button never means anything
else: an answer can only raise a case or open one."""

from collections.abc import Collection

from flows import walking
from flows.answers import Answer, fold, typed
from flows.conversation import Asked, Frame
from flows.errors import FlowsError
from flows.escalation import Alert, tier_rank
from flows.events import ButtonPressed, TextReceived
from flows.step import Step


def tapped(step: Step, event: ButtonPressed) -> bool:
    """Take a tap on a closed question. Returns False for one that was not about safety or would change nothing."""
    asked = next((each for each in step.conversation.asked if each.step == event.step), None)
    if asked is None or event.option not in _choices(step, asked):
        return False
    return _take(step, asked, event.option, f"{asked.flow}.{asked.state}.choice.{event.option}")


def written(step: Step, event: TextReceived) -> bool:
    """The same for words that are such an answer, where nothing else was asked since."""
    asked = step.conversation.asked[-1] if step.conversation.asked else None
    if asked is None or asked.done or asked.step != step.conversation.step or step.conversation.question:
        return False
    if not _choices(step, asked):
        return False
    flow = step.world.book.pinned(asked.version)
    found = typed(step, flow, _frame(asked), flow.state(asked.state), event.text)
    return isinstance(found, Answer) and _take(step, asked, str(found.value), found.choice)


def begun(step: Step, text: str) -> bool:
    """Words that only begin like an answer to the open question ("yes, since yesterday") are that answer where it makes
    the case worse. Nothing else is read out of them: "no, but" is no No."""
    asked = next((each for each in step.conversation.asked if each.step == step.conversation.step), None)
    if asked is None:
        return False
    for option in _choices(step, asked):
        choice = f"{asked.flow}.{asked.state}.choice.{option}"
        label = step.world.words.label(choice, step.locale, {}, asked.version)
        if fold(text).startswith(f"{fold(label)} ") and _take(step, asked._replace(done=True), option, choice):
            return True
    return False


def _choices(step: Step, asked: Asked) -> Collection[str]:
    """The answers that the question had; none where its version is lost."""
    try:
        return step.world.book.pinned(asked.version).state(asked.state).choices
    except (KeyError, FlowsError):
        return ()


def _worse(step: Step, after: Alert) -> bool:
    return step.alert is None or tier_rank(after.tier) > tier_rank(step.alert.tier)


def _frame(asked: Asked) -> Frame:
    return Frame(asked.flow, asked.version, asked.state, aside=True)


def _take(step: Step, asked: Asked, option: str, choice: str) -> bool:
    """Go on from the question as if it had been answered at once, if that leaves a case for a person to look at; a
    question that was answered already is only taken anew if that makes the case worse."""
    trial = Step(step.subject, step.event, step.world)
    top = trial.conversation.top
    if top is None or (top.flow, top.state) != (asked.flow, asked.state):
        walking.close_question(trial)
        trial.converse(frames=(*walking.without(trial, asked.flow), _frame(asked)))
    walking.answer(trial, option, choice)
    if trial.alert is None or (asked.done and not _worse(step, trial.alert)):
        return False
    step.subject = trial.subject
    step.do(*trial.effects)
    return True
