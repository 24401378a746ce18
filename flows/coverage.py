"""Which states and ways of a flow were taken while it ran: a book of flows that keeps a trace."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

from flows.compiler import Book, Flow, Way
from flows.errors import Problem
from flows.guards import Facts, holds
from flows.yamltext import Path

Taken = tuple[str, int]  # a flow's version, and the place of a way in its table


@dataclass(slots=True)
class Trace:
    """What was taken so far."""

    ways: set[Taken] = field(default_factory=set)

    def unvisited(self, flow: Flow) -> Iterator[Problem]:
        """Each state and each way of the flow that nothing came along, with its line."""
        taken = [way for place, way in enumerate(flow.ways) if (flow.version, place) in self.ways]
        seen = {name for way in taken for name in (way.source, way.dest)}
        for name in flow.file.states:
            if name not in seen:
                yield flow.problem(f"no example visits '{name}'", "write one that does", "states", name)
        for place, way in enumerate(flow.ways):
            if (flow.version, place) not in self.ways and way.source in seen:
                what = f"no example goes from '{way.source}' to '{way.dest}' when {told(way)}"
                yield flow.problem(what, "write one that does", *_place(flow, way))


def told(way: Way) -> str:
    """A way's trigger and conditions in a few words."""
    conditions = [f"{name} {how} {wanted}" for name, tests in way.when.items() for how, wanted in tests.items()]
    return " and ".join([way.trigger, *conditions])


def _place(flow: Flow, way: Way) -> Path:
    state, here = flow.state(way.source), ("states", way.source)
    for option, choice in state.choices.items():
        if way.when == {"answer": {"is": option}} and choice.next == way.dest:
            return (*here, "choices", option)
    if way.trigger == "expired":
        return (*here, "expire")
    rule = next((n for n, rule in enumerate(state.next) if rule.go == way.dest and rule.when == way.when), 0)
    return (*here, "next", rule)


@dataclass(frozen=True, slots=True)
class TracedFlow(Flow):
    """A flow that writes down each way that is taken in it."""

    trace: Trace

    def walk(self, state: str, trigger: str, facts: Facts) -> str:
        """As any flow walks; the way is remembered."""
        dest = Flow.walk(self, state, trigger, facts)
        for place, way in enumerate(self.ways):
            if (way.source, way.trigger, way.dest) == (state, trigger, dest) and holds(way.when, facts):
                self.trace.ways.add((self.version, place))
                break
        return dest


@dataclass(frozen=True, slots=True)
class TracedBook:
    """A book whose flows keep a trace."""

    book: Book
    trace: Trace

    @property
    def commands(self) -> Mapping[str, str]:
        """The flows by what a client sends."""
        return self.book.commands

    def current(self, name: str) -> Flow:
        """The published version. Raises KeyError where there is no such flow."""
        return self._traced(self.book.current(name))

    def pinned(self, version: str) -> Flow:
        """The version with this content hash. Raises KeyError where it is not known."""
        return self._traced(self.book.pinned(version))

    def _traced(self, flow: Flow) -> Flow:
        return TracedFlow(**{each.name: getattr(flow, each.name) for each in fields(Flow)}, trace=self.trace)


def traced(book: Book, trace: Trace) -> Book:
    """The same book, kept track of."""
    return TracedBook(book, trace)
