"""A flow as a Mermaid state diagram, drawn from the same table that runs it."""

from collections.abc import Iterator, Mapping

from flows.compiler import ANSWERED, DONE, EXPIRED, SKIPPED, Flow, Way
from flows.definition import END
from flows.graph import beginnings

_TRIGGERS = {DONE: "", SKIPPED: "skipped", EXPIRED: "no answer"}


def mermaid(flow: Flow) -> str:
    """The `stateDiagram-v2` text. Questions, actions and sub-flows are told apart by a word on each state."""
    lines = ["stateDiagram-v2", *_states(flow), *(f"    [*] --> {name}" for name in beginnings(flow)), *_arrows(flow)]
    return "\n".join(lines) + "\n"


def _states(flow: Flow) -> Iterator[str]:
    for name, state in flow.file.states.items():
        does = f"does {state.do}" if state.do else f"runs {state.run}" if state.run else "asks" if state.ask else "says"
        yield f"    {name} : {name} ({does})"


def _arrows(flow: Flow) -> Iterator[str]:
    """One arrow for each pair of states, with all that leads along it."""
    found: dict[tuple[str, str], list[str]] = {}
    for way in flow.ways:
        found.setdefault((way.source, way.dest), []).append(_why(way))
    for (source, dest), reasons in found.items():
        told = ", ".join(dict.fromkeys(filter(None, reasons)))
        yield f"    {source} --> {'[*]' if dest == END else dest}{f' : {told}' if told else ''}"


def _why(way: Way) -> str:
    trigger = "" if way.when and way.trigger == ANSWERED else _TRIGGERS.get(way.trigger, way.trigger)
    return " ".join(filter(None, (trigger, " and ".join(_conditions(way.when)))))


def _conditions(when: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for name, tests in when.items():
        for how, wanted in tests.items():
            words = wanted if isinstance(wanted, list | tuple) else [wanted]
            said = " or ".join(str(word) for word in words)
            yield said if (name, how) == ("answer", "is") else f"{name} {how.replace('_', ' ')} {said}"
