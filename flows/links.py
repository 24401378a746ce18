"""A joining link was opened: by whom it was meant for, or by somebody else, who learns nothing of whose it is."""

from flows import commands, strangers, walking
from flows.conversation import Subject
from flows.effects import Audit, Forget, RedeemInvitation, TellFrontDesk
from flows.events import ButtonPressed, Event, LinkOpened, LinkRefused, TextReceived, UnscreenableReceived
from flows.step import Step


def stray(subject: Subject, event: Event) -> bool:
    """Whether something came from a chat that is not this client's: two people opened one link at the same moment, and
    the second wrote on before hearing that it was not theirs."""
    client = subject.client
    known = isinstance(event, TextReceived | ButtonPressed | UnscreenableReceived)
    return known and client is not None and bool(event.chat and client.chat) and event.chat != client.chat


def opened(step: Step, event: LinkOpened) -> None:
    """A good link, or the client's own once more. The subject is the client whom it invites."""
    if event.holder and event.holder != step.client.id:
        step.do(Audit("link_in_linked_chat", "rapport"))
        step.say("client.link_not_here", chat=event.chat)
        step.do(TellFrontDesk("desk.link_in_linked_chat", {"alias": step.client.alias}))
    elif step.client.status != "invited":
        _again(step, event)
    else:
        _join(step, event)


def _join(step: Step, event: LinkOpened) -> None:
    step.do(RedeemInvitation(event.chat))
    language = event.language if event.language in step.world.languages else step.client.locale
    step.alter(status="joining", chat=event.chat, reachable=True, locale=language)
    step.converse(seen_at=step.at)
    walking.enter(step, "join")


def _again(step: Step, event: LinkOpened) -> None:
    """The client once more; or somebody who was a moment too late, and of whom nothing is kept."""
    if event.chat == step.client.chat:
        commands.run(step, "start")
    else:
        step.say("client.link_refused", chat=event.chat)
        step.do(Forget(event.chat))


def refused(step: Step, event: LinkRefused) -> None:
    """An unknown, used or expired link. The subject is the chat that it was opened in."""
    if step.subject.client is None:
        strangers.met(step, event, risk=False)
    else:
        commands.run(step, "start")
