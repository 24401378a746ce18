"""Commands: typed with a slash, typed as a word, or tapped. They work in every state, and never lose the place."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from flows import handoff, silence, walking
from flows.actions import unpause
from flows.answers import fold
from flows.casework import raise_case
from flows.compiler import Flow
from flows.crisis import numbers, reply
from flows.effects import Option
from flows.events import ButtonPressed, TextReceived
from flows.guards import holds
from flows.quiet import awake
from flows.safety import can_read_now, in_safety
from flows.step import Step

# What Telegram's menu shows, in its order; each has a description `client.command_NAME`.
MENU = ("menu", "help", "checkin", "privacy", "pause", "stop", "language", "crisis")

SHORT = 6  # conversations that the menu lists at once
MORE = Option("!more", "client.menu_more")
STANDING = (
    Option("!checkin", "client.menu_checkin"),
    Option("!privacy", "client.menu_privacy"),
    Option("!need_help", "client.need_help"),
)


def recognise(step: Step, text: str) -> str:
    """The command that a text asks for, "" for none. A word counts only when it stands alone."""
    if text.startswith("/"):
        name = text[1:].strip().partition(" ")[0].split("@")[0].lower()
        return name if known(step, name) else "unknown"
    return step.world.words.vocabulary(step.locale).get(fold(text), "")


def stands_alone(text: str, command: str) -> bool:
    """Whether a text is this command and no grey talk: "I need help now", or a known /command without a word more."""
    return command == "need_help" or (slashed(text) and command not in ("", "unknown"))


def slashed(text: str) -> bool:
    """Whether a text is a slash and one word: nothing that somebody says."""
    return text.startswith("/") and len(text.split()) == 1


def known(step: Step, name: str) -> bool:
    """Whether there is such a command: one of ours, or of a flow."""
    return name in COMMANDS or name in step.world.book.commands


def run(step: Step, name: str) -> None:
    """Do what the command says."""
    if flow := step.world.book.commands.get(name):
        _begin(step, flow)
    else:
        COMMANDS.get(name, _unknown)(step)


def _begin(step: Step, flow: str) -> None:
    """Begin a flow that has a command. Who has not agreed to anything yet joins first."""
    top = step.conversation.top
    if step.client.status == "joining":
        _start(step)
    elif top and top.flow == flow:
        walking.ask_again(step)
    else:
        walking.enter(step, flow, aside=bool(top))


def _menu(step: Step) -> None:
    """What can be done now, as buttons."""
    if step.client.status == "joining":
        _start(step)
        return
    listed = _listed(step)
    more = (MORE,) if len(listed) > SHORT else ()
    step.say("client.menu", options=(*listed[:SHORT], *more, *STANDING), apart=True)


def _more(step: Step) -> None:
    """The rest of it."""
    rest = _listed(step)[SHORT:]
    if rest and step.client.status != "joining":
        step.say("client.menu_rest", options=rest, apart=True)
    else:
        _menu(step)


def _listed(step: Step) -> tuple[Option, ...]:
    """What is offered now: first what is not always there."""
    flows = [step.world.book.current(name) for name in step.world.book.commands.values()]
    there = [flow for flow in flows if flow.file.menu and _offered(step, flow)]
    there.sort(key=lambda flow: flow.file.menu is True)
    return tuple(Option(f"!{flow.file.command}", f"{flow.name}.title") for flow in there)


def _offered(step: Step, flow: Flow) -> bool:
    return flow.file.menu is True or holds(cast("Mapping[str, Any]", flow.file.menu), step.facts())


def _unknown(step: Step) -> None:
    step.say("client.unknown_command")
    _help(step)


def _start(step: Step) -> None:
    if step.client.status in ("stopped", "paused"):
        unpause(step, {})
        step.say("client.welcome_back")
    elif step.conversation.frames:
        _resume(step)
    elif step.client.status == "joining":
        walking.enter(step, "join")
    else:
        step.say("client.disclosure")
        _help(step)


def _help(step: Step) -> None:
    step.say("client.help")


def _hide(step: Step) -> None:
    step.say("client.hide")


def _who(step: Step) -> None:
    step.say("client.disclosure")


def _aside(flow: str) -> Callable[[Step], None]:
    return lambda step: walking.enter(step, flow, aside=True)


def _check_in(step: Step) -> None:
    top = step.conversation.top
    if step.client.status == "joining":
        _start(step)
    elif top and top.flow == "check_in":
        walking.ask_again(step)
    else:
        walking.enter(step, "check_in", aside=bool(top))


def _crisis(step: Step) -> None:
    numbers(step)
    walking.enter(step, "crisis", aside=True)


def asks_for_help(step: Step) -> bool:
    """Whether the event is "I need help now", tapped or typed."""
    event = step.event
    if isinstance(event, ButtonPressed):
        return event.option == "!need_help"
    return isinstance(event, TextReceived) and event.kind == "text" and recognise(step, event.text) == "need_help"


def take_call(step: Step) -> None:
    """The part of it that must not fail: the case, and the fixed reply with the numbers."""
    raise_case(step, "high", "asked_for_help")
    reply(step)


def _need_help(step: Step) -> None:
    """The questions. The case was opened, and the reply given, before any flow was asked."""
    if not in_safety(step):
        walking.enter(step, "safety", aside=True)


def _resume(step: Step) -> None:
    if step.conversation.top:
        walking.ask_again(step)
    else:
        step.say("client.nothing_open")


def _drop(step: Step) -> None:
    kept = silence.waiting(step)
    if step.conversation.top not in kept:
        walking.drop_all(step)
    step.converse(frames=kept)
    if kept:
        walking.wait_on(step)  # silence about safety still counts
    step.say("client.dropped")


def _skip(step: Step) -> None:
    if step.conversation.top is None:
        step.say("client.nothing_open")
    elif not walking.skip(step):
        step.say("client.cannot_skip")


def _go_on(step: Step) -> None:
    if step.client.status in ("stopped", "paused"):
        _start(step)
    else:
        _resume(step)


def _snooze(step: Step) -> None:
    if step.conversation.top is None:
        step.say("client.nothing_open")
        return
    if step.conversation.top in silence.waiting(step):
        step.say("client.dropped")  # it is not asked again: its silence counts
        return
    step.say("client.snoozed")
    step.timer("remind", awake(step, step.at + timedelta(hours=3)), step.conversation.step)


COMMANDS: Mapping[str, Callable[[Step], None]] = {
    "start": _start,
    "menu": _menu,
    "more": _more,
    "help": _help,
    "hide": _hide,
    "who": _who,
    "checkin": _check_in,
    "privacy": _aside("privacy"),
    "pause": _aside("pause"),
    "stop": _aside("stop"),
    "language": _aside("language"),
    "crisis": _crisis,
    "need_help": _need_help,
    "alone": can_read_now,
    "resume": _go_on,
    "drop": _drop,
    "skip": _skip,
    "later": _snooze,
}

HANDOFF_TOO = ("crisis", "need_help", "stop", "privacy", "help", "hide", "alone")


def silenced(step: Step, name: str) -> bool:
    """While a person talks to the client, only what the client may need at any moment is answered by the bot."""
    return handoff.active(step) and name not in HANDOFF_TOO
