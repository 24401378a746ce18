"""One step in the making: the subject as it changes and the effects as they are named. Local to one call, then gone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flows.conversation import Client, Conversation, Frame, Subject
from flows.definition import END
from flows.effects import Class, Effect, Option, Say, SetTimer
from flows.errors import FlowsError
from flows.escalation import Alert
from flows.events import Event, TimerFired
from flows.guards import Facts
from flows.world import World


class StepError(FlowsError):
    """A step cannot go on: the flow and the conversation do not fit together. Names flow and state, never words."""


class Step:
    """Collects what one event does to one subject."""

    __slots__ = ("effects", "event", "kind", "subject", "world")

    def __init__(self, subject: Subject, event: Event, world: World) -> None:
        self.subject = subject
        self.event = event
        self.world = world
        self.effects: list[Effect] = []
        self.kind: Class = "reminder" if isinstance(event, TimerFired) else "reply"

    @property
    def at(self) -> datetime:
        """When it happens: the event's own time."""
        return self.event.at

    @property
    def client(self) -> Client:
        """The client. Raises StepError for a subject that is none."""
        if self.subject.client is None:
            raise StepError(f"{self.subject.id} is no client")
        return self.subject.client

    @property
    def conversation(self) -> Conversation:
        """Where the subject stands by now."""
        return self.subject.conversation

    @property
    def alert(self) -> Alert | None:
        """The open case, None where there is none."""
        alert = self.subject.alert
        return None if alert is None or alert.closed else alert

    @property
    def frame(self) -> Frame:
        """The active frame. Raises StepError without one."""
        frame = self.conversation.top
        if frame is None:
            raise StepError(f"{self.subject.id} is in no flow")
        return frame

    @property
    def locale(self) -> str:
        """The language that this subject is spoken to in."""
        client = self.subject.client
        return client.locale if client else spoken(self.event, self.world)

    def do(self, *effects: Effect) -> None:
        """Name effects."""
        self.effects.extend(effects)

    def say(
        self,
        text: str,
        values: Mapping[str, Any] | None = None,
        options: tuple[Option, ...] = (),
        kind: Class | None = None,
        **more: Any,
    ) -> None:
        """Say a text to the subject's chat (`chat=` another one)."""
        self.effects.append(Say(text, values or {}, options, kind or self.kind, **more))

    def timer(self, name: str, due: datetime, token: int = 0, *, ladder: bool = False) -> None:
        """Set a timer of this subject."""
        self.effects.append(SetTimer(name, due, token, ladder))

    def converse(self, **changes: Any) -> None:
        """Change the conversation."""
        self.subject = self.subject._replace(conversation=self.subject.conversation._replace(**changes))

    def alter(self, **changes: Any) -> None:
        """Change the client."""
        self.subject = self.subject._replace(client=replace(self.client, **changes))

    def case(self, alert: Alert) -> None:
        """Change the case."""
        self.subject = self.subject._replace(alert=alert)

    def count(self, name: str) -> None:
        """Raise one of the client's counters."""
        counters = self.client.counters
        self.alter(counters={**counters, name: counters.get(name, 0) + 1})

    def top(self, **changes: Any) -> None:
        """Change the active frame."""
        self.converse(frames=(*self.conversation.frames[:-1], self.frame._replace(**changes)))

    def facts(self, answer: Any = None) -> Facts:
        """What conditions look at now."""
        frame = self.conversation.top or Frame("", "", END)
        return Facts(self.subject, self.world, frame, self.at, answer)


def spoken(event: Event, world: World) -> str:
    """The language for somebody who has chosen none: what their app says if the clinic offers it, else the first."""
    wanted = getattr(event, "language", "").replace("-", "_")
    offered = world.languages
    exact = [lang for lang in offered if lang == wanted]
    close = [lang for lang in offered if wanted and lang.split("_")[0] == wanted.split("_")[0]]
    return (exact or close or list(offered))[0]
