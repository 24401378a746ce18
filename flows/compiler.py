"""A flow file becomes one shared, read-only `transitions.Machine`; drawing, lint and coverage read the same table."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from transitions import Machine

from flows.definition import END, FlowFile, StateFile, Text, texts_of, version_of
from flows.errors import Problem
from flows.guards import Facts, holds
from flows.model import check
from flows.yamltext import Loaded, load

ANSWERED, SKIPPED, EXPIRED, DONE = "answered", "skipped", "expired", "done"


@dataclass(frozen=True, slots=True)
class Way:
    """One row of the table: from a state, on a trigger, where every condition holds, to another state."""

    trigger: str
    source: str
    dest: str
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Walker:
    """The throwaway model that one step of the machine moves."""

    state: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Flow:
    """A version of a flow, compiled. `texts` are its source words by id; `path` and `loaded` say where parts stand."""

    name: str
    version: str
    file: FlowFile
    ways: tuple[Way, ...]
    machine: Machine
    texts: Mapping[str, Text]
    path: str
    loaded: Loaded

    def problem(self, what: str, repair: str, *part: str | int) -> Problem:
        """A mistake in this flow, at the line of `part` (`"states", "mood", "next"`)."""
        return Problem(self.path, self.loaded.line(part), what, repair)

    def state(self, name: str) -> StateFile:
        """What the file says of a state."""
        return self.file.states[name]

    def walk(self, state: str, trigger: str, facts: Facts) -> str:
        """The next state's name, `end` at the end. Raises KeyError where the table has no way on."""
        walker = _Walker(state, facts)
        if trigger not in self.machine.events or not self.machine.events[trigger].trigger(walker):
            raise KeyError(f"{self.name}.{state} has no way on for '{trigger}'")
        return walker.state

    def has_way(self, state: str, trigger: str) -> bool:
        """Whether anything leads out of the state on this trigger."""
        return trigger in self.machine.events and state in self.machine.events[trigger].transitions


def commands_of(flows: Iterable[Flow]) -> dict[str, str]:
    """The names of flows by the command that begins them, in the order of the names."""
    return {flow.file.command: flow.name for flow in sorted(flows, key=lambda flow: flow.name) if flow.file.command}


class Book(Protocol):
    """The flows of one clinic, current and pinned."""

    @property
    def commands(self) -> Mapping[str, str]:
        """The names of the current flows by the command that begins them."""

    def current(self, name: str) -> Flow:
        """The published version. Raises KeyError where the clinic has no such flow."""

    def pinned(self, version: str) -> Flow:
        """The version with this content hash. Raises KeyError where it was never published here."""


def compile_flow(text: str, file: str) -> Flow:
    """Read, check and compile a flow file. Raises DefinitionError."""
    loaded = load(text, file)
    parsed = check(FlowFile, loaded, file)
    ways = tuple(ways_of(parsed))
    texts = {item.id: item for item in texts_of(parsed)}
    return Flow(parsed.flow, version_of(text), parsed, ways, _machine(parsed, ways), texts, file, loaded)


def ways_of(flow: FlowFile) -> Iterator[Way]:
    """The transition table, in the order in which the ways are tried."""
    for name, state in flow.states.items():
        yield from _answer_ways(name, state) if state.ask else _done_ways(name, state)


def _rules(name: str, trigger: str, state: StateFile) -> Iterator[Way]:
    for rule in state.next:
        yield Way(trigger, name, rule.go, rule.when)


def _answer_ways(name: str, state: StateFile) -> Iterator[Way]:
    for option, choice in state.choices.items():
        if choice.next:
            yield Way(ANSWERED, name, choice.next, {"answer": {"is": option}})
    yield from _rules(name, ANSWERED, state)
    if state.skip_to:
        yield Way(SKIPPED, name, state.skip_to)
    elif state.skip:
        yield from _rules(name, SKIPPED, state)
    if state.expire:
        yield Way(EXPIRED, name, state.expire.next)


def _done_ways(name: str, state: StateFile) -> Iterator[Way]:
    for outcome, target in state.on.items():
        yield Way(outcome, name, target)
    yield from _rules(name, DONE, state)


def _condition(when: Mapping[str, Any]) -> Callable[..., bool]:
    return lambda event: holds(when, event.model.facts)


def _machine(flow: FlowFile, ways: tuple[Way, ...]) -> Machine:
    machine = Machine(
        model=None, states=[*flow.states, END], initial=flow.start, auto_transitions=False, send_event=True
    )
    for way in ways:
        condition = _condition(way.when) if way.when else None
        machine.add_transition(way.trigger, way.source, way.dest, conditions=condition)
    return machine
