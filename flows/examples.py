"""The conversations that a flow's author wrote down, played through the real engine (F15); what they never visit (F16).

examples:
  a low day:
    - given: check_ins_done is 3      # NAME is VALUE, before anything else
    - enter: mood                     # begin at this state instead of the start
    - bot: mood                       # the bot says this state's text; another flow's as flow.state, a phrase by id
    - tap: low                        # an option, skip, or a command's button
    - client: Walking the dog         # what the client writes
    - wait: 20h
    - alert: none                     # or the tier of the open case
    - bot: end                        # the flow is over
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flows.compiler import Flow
from flows.coverage import Trace, traced
from flows.errors import FlowsError, Problem
from flows.given import EXAMPLE_DAY, Given, read_given
from flows.model import duration
from flows.rehearsal import Rehearsal, Screen, calm
from flows.world import World

START_HOUR = 18  # on the clinic's clock: twenty hours later nobody's quiet hours have begun


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a flow's examples: where they and the flow disagree, and what no example visits."""

    mismatches: tuple[Problem, ...]
    unvisited: tuple[Problem, ...]


def rehearse(flow: Flow, world: World, screen: Screen = calm) -> Report:
    """Play every example of a flow. `world` has all flows that it runs, and the words of its buttons."""
    trace = Trace()
    watched = replace(world, book=traced(world.book, trace))
    mismatches = [wrong for name in flow.file.examples for wrong in _Player(flow, name, watched, screen).play()]
    return Report(tuple(mismatches), tuple(trace.unvisited(flow)))


class _Player:
    """Plays one example, and stops at the first step at which the flow does something else."""

    def __init__(self, flow: Flow, name: str, world: World, screen: Screen) -> None:
        self.flow, self.name, self.world, self.screen = flow, name, world, screen
        self.heard = 0

    def play(self) -> Iterator[Problem]:
        steps = self.flow.file.examples[self.name]
        given, first = Given(replace(self.world, screened=None)), 0
        for place, step in enumerate(steps):
            verb, value = _only(step)
            if verb not in ("given", "enter"):
                break
            first = place + 1
            if mistake := read_given(given, verb, value, self.flow):
                yield self._problem(mistake, "correct it as the documentation shows", place)
                return
        self.scene = self._begin(given)
        for place in range(first, len(steps)):
            if wrong := self._step(*_only(steps[place])):
                yield self._problem(*wrong, place)
                return

    def _begin(self, given: Given) -> Rehearsal:
        clinic = given.world.clinic
        at = datetime.combine(EXAMPLE_DAY, given.clock(START_HOUR), ZoneInfo(clinic.zone))
        scene = Rehearsal(given.world, given.subject(), at.astimezone(UTC), self.screen)
        given.prepare(scene)
        scene.enter(self.flow.name, given.entry, given.saved)
        return scene

    def _step(self, verb: str, value: str) -> tuple[str, str] | None:
        """What is wrong at a step and how to mend it, None where all is well."""
        try:
            return STEPS[verb](self, value) if verb in STEPS else (f"'{verb}' is no step", f"use {', '.join(STEPS)}")
        except (FlowsError, KeyError) as error:
            return f"the flow breaks here: {error}", "mend the flow; run the static checks"

    def _bot(self, value: str) -> tuple[str, str] | None:
        if value == "end":
            return self._ended()
        wanted = {f"{name}{part}" for name in (value, f"{self.flow.name}.{value}") for part in ("", ".say", ".ask")}
        while self.heard < len(self.scene.said):
            said = self.scene.said[self.heard].text
            self.heard += 1
            if said in wanted:
                return None
            if self._of_a_flow(said):
                return f"the bot says {said} here, not {value}", "correct the example or the flow"
        return f"the bot does not say {value} here", "correct the example or the flow"

    def _ended(self) -> tuple[str, str] | None:
        if wrong := self._quiet():
            return wrong
        where = [frame.state for frame in self.scene.subject.conversation.frames if frame.flow == self.flow.name]
        return (f"the flow still stands at '{where[-1]}'", "go on in the example, or end the flow") if where else None

    def _quiet(self) -> tuple[str, str] | None:
        """Before the client acts, everything that a flow said has been written down."""
        more = [said.text for said in self.scene.said[self.heard :] if self._of_a_flow(said.text)]
        self.heard = len(self.scene.said)
        return (f"the bot also says {more[0]}", f"add '- bot: {more[0]}' before this step") if more else None

    def _of_a_flow(self, text: str) -> bool:
        return text.count(".") >= 2

    def _tap(self, value: str) -> tuple[str, str] | None:
        if wrong := self._quiet():
            return wrong
        if self.scene.taps(value):
            return None
        there = ", ".join(self.scene.buttons()) or "none"
        return f"there is no button '{value}' here", f"the buttons are: {there}"

    def _client(self, value: str) -> tuple[str, str] | None:
        wrong = self._quiet()
        if not wrong:
            self.scene.writes(value)
        return wrong

    def _wait(self, value: str) -> tuple[str, str] | None:
        if wrong := self._quiet():
            return wrong
        try:
            length = duration(value)
        except ValueError as error:
            return f"'{value}' is no length of time", str(error)
        self.scene.waits(length)
        return None

    def _alert(self, value: str) -> tuple[str, str] | None:
        alert = self.scene.subject.alert
        tier = alert.tier if alert and not alert.closed else "none"
        return None if tier == value else (f"the open case is {tier}, not {value}", "correct the example or the flow")

    def _problem(self, what: str, repair: str, place: int) -> Problem:
        return self.flow.problem(f"example '{self.name}': {what}", repair, "examples", self.name, place)


STEPS: Mapping[str, Callable[[_Player, str], tuple[str, str] | None]] = {
    "bot": _Player._bot,
    "tap": _Player._tap,
    "client": _Player._client,
    "wait": _Player._wait,
    "alert": _Player._alert,
}


def _only(step: Mapping[str, str]) -> tuple[str, str]:
    """A step's one key and its value; a step with more or fewer is told as unknown."""
    return next(iter(step.items())) if len(step) == 1 else (", ".join(step), "")
