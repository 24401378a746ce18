"""A conversation played in memory: one subject, a clock that is pushed, timers that fire, and everything that was said.

The engine is the real one. What the worker does with rows is done here with a few attributes of one local object.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flows import walking
from flows.answers import fold
from flows.conversation import Subject
from flows.definition import Text
from flows.effects import CancelTimer, Effect, Report, Say, SetTimer
from flows.engine import advance, receive
from flows.events import ButtonPressed, Event, OutcomeReported, TextReceived, TimerFired
from flows.step import Step
from flows.verdict import NOTHING_FOUND, Verdict
from flows.world import World

MAX_TIMERS = 20_000  # fired in one wait; more is a circle

Screen = Callable[[str], Verdict]


def calm(_text: str) -> Verdict:
    """A screen that finds nothing, for flows whose examples are not about risk."""
    return NOTHING_FOUND


@dataclass(frozen=True, slots=True)
class SourceWords:
    """The source language as `flows.world.Words`: the words as they stand in the files, their braces unfilled."""

    texts: Mapping[str, Text]

    def label(self, text: str, _locale: str, _values: Mapping[str, Any] | None = None, _source: str = "") -> str:
        """The words of a button. Raises KeyError for an id that no file has."""
        return self.texts[text].source

    def vocabulary(self, _locale: str) -> Mapping[str, str]:
        """Typed words and the command that each means."""
        lists = {name: text.source for name, text in self.texts.items() if name.startswith("words.")}
        return {fold(word): name.removeprefix("words.") for name, said in lists.items() for word in said.split(";")}


@dataclass(slots=True)
class Rehearsal:
    """The state of one rehearsal. `said` is every text since the beginning, in order."""

    world: World
    subject: Subject
    at: datetime
    screen: Screen = calm
    said: list[Say] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    timers: dict[str, SetTimer] = field(default_factory=dict)
    events: int = 0

    def enter(self, flow: str, state: str = "", data: Mapping[str, Any] | None = None) -> None:
        """Begin a flow, as the engine does when a command or a timer asks for it."""
        self.act(lambda step: walking.enter(step, flow, state, data=data))

    def act(self, what: Callable[[Step], None]) -> None:
        """Do something to the subject in a step of its own."""
        step = Step(self.subject, TextReceived(at=self.at, id=self._next(), text=""), self.world)
        what(step)
        self.subject = step.subject
        self._perform(step.effects)

    def writes(self, text: str) -> None:
        """The client writes."""
        self.happens(TextReceived(at=self.at, id=self._next(), text=text), self.screen(text))

    def taps(self, name: str) -> bool:
        """The client taps a button by its option, `skip` or a command. Returns False for one that is not there."""
        press = self.buttons().get(name)
        if press:
            self.happens(replace(press, at=self.at, id=self._next()))
        return press is not None

    def waits(self, length: timedelta) -> None:
        """Time passes; whatever comes due on the way fires in its order."""
        until = self.at + length
        for _ in range(MAX_TIMERS):
            due = min((timer for timer in self.timers.values() if timer.due <= until), key=_due, default=None)
            if due is None:
                break
            self.at = max(self.at, due.due)
            del self.timers[due.name]
            self.happens(TimerFired(at=self.at, id=self._next(), timer=due.name, token=due.token))
        self.at = until

    def happens(self, event: Event, verdict: Verdict = NOTHING_FOUND) -> None:
        """One event through the engine: the part that must not fail, then the step."""
        for move in (receive, advance):
            subject, effects = move(self.subject, event, self.world, verdict)
            self.subject = subject
            self._perform(effects)

    def buttons(self) -> dict[str, ButtonPressed]:
        """The buttons on the screen by option: those of the last question, and of whatever was said after it."""
        asked = max((place for place, say in enumerate(self.said) if say.asks), default=0)
        data = [option.data for say in self.said[asked:] for option in say.options]
        return {
            name.removeprefix("!"): ButtonPressed(at=self.at, option=name, step=int(step or 0))
            for step, _, name in (each.rpartition(":") for each in data)
        }

    def _perform(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            match effect:
                case Say():
                    self.said.append(effect)
                    if effect.asks:
                        asked = self.subject.conversation._replace(question=len(self.said))
                        self.subject = self.subject._replace(conversation=asked)
                case SetTimer():
                    self.timers[effect.name] = effect
                case CancelTimer():
                    self._cancel(effect.name)
                case Report():
                    self.happens(OutcomeReported(at=self.at, id=self._next(), outcome=effect.outcome))

    def _cancel(self, name: str) -> None:
        for known in list(self.timers):
            if known == name or (name.endswith("*") and known.startswith(name[:-1])):
                del self.timers[known]

    def _next(self) -> int:
        self.events += 1
        return self.events


def _due(timer: SetTimer) -> datetime:
    return timer.due
