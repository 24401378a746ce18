"""A flow seen as a map: what can be reached, what leads nowhere, what turns in circles. Reads the compiled table."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from flows.compiler import Flow
from flows.definition import END

Arrows = Mapping[str, frozenset[str]]


def arrows(flow: Flow) -> Arrows:
    """From each state to the states that a way leads to; the end is one of them."""
    found: dict[str, set[str]] = defaultdict(set)
    for way in flow.ways:
        found[way.source].add(way.dest)
    return {name: frozenset(found[name]) for name in flow.file.states}


def beginnings(flow: Flow) -> tuple[str, ...]:
    """Where somebody can come in: the start, and the entries that the engine uses."""
    return (flow.file.start, *flow.file.entries)


def reached(flow: Flow) -> frozenset[str]:
    """The states that somebody can come to, the beginnings among them."""
    return _closure(arrows(flow), beginnings(flow))


def finishing(flow: Flow) -> frozenset[str]:
    """The states from which some way leads to the end."""
    back: dict[str, set[str]] = defaultdict(set)
    for source, targets in arrows(flow).items():
        for target in targets:
            back[target].add(source)
    return _closure(back, [END])


def circles(flow: Flow, stops: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Every circle of states that passes none of `stops`, each once, beginning with its first state in the file."""
    open_arrows = {
        name: [to for to in sorted(targets) if to not in stops and to != END]
        for name, targets in arrows(flow).items()
        if name not in stops
    }
    order = {name: place for place, name in enumerate(open_arrows)}
    seen: set[frozenset[str]] = set()
    for start in open_arrows:
        path = _way_back(open_arrows, start)
        if path and frozenset(path) not in seen:
            seen.add(frozenset(path))
            yield min((path[n:] + path[:n] for n in range(len(path))), key=lambda turn: order[turn[0]])


def _way_back(open_arrows: Mapping[str, list[str]], start: str) -> tuple[str, ...]:
    """The shortest way from a state back to itself, empty where there is none."""
    paths: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for step in open_arrows.get(path[-1], []):
            if step == start:
                return path
            if step not in seen:
                seen.add(step)
                paths.append((*path, step))
    return ()


def _closure(steps: Mapping[str, Iterable[str]], begin: Iterable[str]) -> frozenset[str]:
    found, todo = set(begin), list(begin)
    while todo:
        new = set(steps.get(todo.pop(), ())) - found
        found |= new
        todo += new
    return frozenset(found)
