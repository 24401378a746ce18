"""Somebody without a link: a kind answer, the emergency number; nothing is kept, unless they leave details (F25)."""

from flows import walking
from flows.answers import Answer, typed
from flows.effects import Forget
from flows.events import ButtonPressed, Event, LinkRefused, TextReceived, UnscreenableReceived
from flows.safety import STRANGER_OPTIONS, stranger_reply
from flows.step import Step

DOORS = {"!client_here": "client_here", "!appointment": "appointment"}


def met(step: Step, event: Event, *, risk: bool) -> None:
    """Answer a chat that belongs to nobody we know."""
    if isinstance(event, ButtonPressed) and event.option in DOORS:
        walking.drop_all(step)  # a second tap begins again; two at once would leave one open for ever
        walking.enter(step, "contact", data={"reason": DOORS[event.option]})
    elif isinstance(event, ButtonPressed) and event.option == "!alone":
        stranger_reply(step)
    elif risk:
        return  # the reply was given; words of this kind are no name and no number
    elif step.conversation.frames and isinstance(event, ButtonPressed | TextReceived):
        _in_contact(step, event)
    else:
        _greet(step, event)
    if not step.conversation.frames:
        step.do(Forget())


def _in_contact(step: Step, event: ButtonPressed | TextReceived) -> None:
    frame = step.frame
    flow = walking.flow_of(step, frame)
    state = flow.state(frame.state)
    if isinstance(event, TextReceived):
        found = typed(step, flow, frame, state, event.text)
        if isinstance(found, Answer):
            walking.answer(step, found.value, found.choice)
        else:
            step.say(found.hint)
    elif event.step == step.conversation.step and event.option == "!skip":
        walking.skip(step)
    elif event.step == step.conversation.step and event.option in state.choices:
        walking.answer(step, event.option, f"{flow.name}.{frame.state}.choice.{event.option}")


def _greet(step: Step, event: Event) -> None:
    if isinstance(event, LinkRefused):
        step.say("client.link_refused")
    elif isinstance(event, UnscreenableReceived):
        step.say("client.cannot_read")
    step.say("client.stranger", options=STRANGER_OPTIONS)
