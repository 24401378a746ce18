"""What can be wrong inside one state: where it leads, what its conditions ask, what its action is given."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from flows.actions import ACTIONS
from flows.compiler import Flow
from flows.definition import Rule, StateFile
from flows.errors import Problem
from flows.escalation import TIERS
from flows.guards import COMPARISONS
from flows.guards import mistakes as condition_mistakes
from flows.measures import last
from flows.model import duration
from flows.planning import days_of, hour_of
from flows.yamltext import Path

# What the engine puts into a frame of these flows before they begin.
GIVEN: Mapping[str, frozenset[str]] = {"contact": frozenset({"reason"})}
# Actions that can do without some of what they may be given, and what they need.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "record_consent": (),
    "note_for_staff": (),
    "keep": ("as",),
    "add": ("as",),
    "plan": ("flow",),
}
KEEPING = ("keep", "add")
ELSEWHERE = ("saved.", "kept.")  # a value that only the client knows


def targets(flow: Flow) -> Iterator[tuple[str, Path]]:
    """Every name of a state that the file mentions, and where."""
    yield flow.file.start, ("start",)
    yield from ((name, ("entries", place)) for place, name in enumerate(flow.file.entries))
    for name, state in flow.file.states.items():
        here: Path = ("states", name)
        led = {key: choice.next for key, choice in state.choices.items() if choice.next}
        yield from ((target, (*here, "choices", key, "next")) for key, target in led.items())
        yield from ((rule.go, (*here, "next", place, "go")) for place, rule in enumerate(state.next))
        yield from ((target, (*here, "on", outcome)) for outcome, target in state.on.items())
        if state.expire:
            yield state.expire.next, (*here, "expire", "next")
        if state.skip_to:
            yield state.skip_to, (*here, "skip_to")


def saved_in(flow: Flow, flows: Mapping[str, Flow]) -> frozenset[str]:
    """The names that conditions, actions and texts of a flow may use: saved in it, or in a flow that it runs."""
    found, seen, todo = set(GIVEN.get(flow.name, ())), {flow.name}, [flow]
    while todo:
        states = todo.pop().file.states.values()
        found |= {state.save for state in states if state.save}
        found |= {state.args.get("as", "") for state in states if state.do == "recall"}
        found |= {name for state in states if state.do == "score" for name in ("total", "answered")}
        runs = {state.run for state in states if state.run in flows} - seen
        seen |= runs
        todo += [flows[name] for name in runs]
    return frozenset(found)


def kept_in(flows: Mapping[str, Flow]) -> frozenset[str]:
    """The names that any flow keeps beyond its own conversation."""
    states = [state for flow in flows.values() for state in flow.file.states.values()]
    scored = {last(state.args.get("instrument", "")) for state in states if state.do == "score"}
    return frozenset({state.args.get("as", "") for state in states if state.do in KEEPING} | scored)


def ways_on(flow: Flow, name: str, state: StateFile) -> Iterator[Problem]:
    """Whether there is a way on, whatever the answer or the outcome."""
    here, always = ("states", name, "next"), any(not rule.when for rule in state.next)
    for place, rule in enumerate(state.next[:-1]):
        if not rule.when:
            what = "the rules after this one are never tried"
            yield flow.problem(what, "put the rule without when last", *here, place)
    if state.ask:
        yield from _answers(flow, name, state, always)
    elif not always and not state.on:
        what = f"'{name}' has no way on when no condition holds" if state.next else f"'{name}' leads nowhere"
        yield flow.problem(what, "add next, with a last rule that has no when", *here)


def _answers(flow: Flow, name: str, state: StateFile, always: bool) -> Iterator[Problem]:
    here = ("states", name, "next")
    lost = [key for key, choice in state.choices.items() if not choice.next and not _leads_on(state.next, key)]
    if lost:
        yield flow.problem(f"'{name}' has no way on for {', '.join(lost)}", "add next, for all or for each", *here)
    if not state.choices and not always:
        yield flow.problem(f"'{name}' has no way on for every answer", "add a last rule without when", *here)
    if state.next and state.choices and all(choice.next for choice in state.choices.values()):
        what = "no answer ever comes here, because every choice leads elsewhere"
        yield flow.problem(what, "write skip_to if it is meant for skipping, else remove it", *here)
    yield from _skipping(flow, name, state, always)


def _skipping(flow: Flow, name: str, state: StateFile, always: bool) -> Iterator[Problem]:
    if state.skip_to and not state.skip:
        yield flow.problem("skip: no and skip_to cannot both be", "remove one of the two", "states", name, "skip_to")
    elif state.skip and not state.skip_to and not always:
        what = f"skipping '{name}' leads nowhere"
        yield flow.problem(what, "add skip_to, or say skip: no", "states", name, "ask")


def _leads_on(rules: Collection[Rule], option: str) -> bool:
    return any(_holds_for(rule.when, option) for rule in rules)


def _holds_for(when: Mapping[str, Any], option: str) -> bool:
    """Whether a rule is open for an answer, whatever else is the case."""
    return all(
        name == "answer" and isinstance(tests, Mapping) and how in COMPARISONS and COMPARISONS[how](option, wanted)
        for name, tests in when.items()
        for how, wanted in (tests.items() if isinstance(tests, Mapping) else [("", "")])
    )


def conditions(flow: Flow, name: str, state: StateFile, saved: Collection[str]) -> Iterator[Problem]:
    """Whether each condition asks for something that there is."""
    for place, rule in enumerate(state.next):
        here = ("states", name, "next", place, "when")
        yield from (flow.problem(what, "correct the condition", *here) for what in condition_mistakes(rule.when))
        for fact, tests in rule.when.items():
            if fact.startswith("saved.") and (kept := fact.removeprefix("saved.")) not in saved:
                yield flow.problem(f"nothing is saved as '{kept}'", "correct the name", *here, fact)
            if fact == "answer" and not state.ask:
                yield flow.problem("there is no answer here", "use saved.NAME of the question before", *here, fact)
            elif fact == "answer" and isinstance(tests, Mapping) and state.asks_for == "choices":
                yield from _known_options(flow, state, tests, here)


def _known_options(flow: Flow, state: StateFile, tests: Mapping[str, Any], here: Path) -> Iterator[Problem]:
    wanted = [value for how in ("is", "is_not") if (value := tests.get(how))]
    listed = tests.get("one_of", ())
    for option in (*wanted, *(listed if isinstance(listed, list | tuple) else ())):
        if option not in state.choices:
            yield flow.problem(f"there is no choice '{option}'", "use the id of a choice", *here, "answer")


def actions(flow: Flow, saved: Collection[str], texts: Collection[str]) -> Iterator[Problem]:
    """Whether each action is known and is given what it needs."""
    for name, state in flow.file.states.items():
        here: Path = ("states", name)
        if state.do and state.do not in ACTIONS:
            known = ", ".join(sorted(ACTIONS))
            yield flow.problem(f"there is no action '{state.do}'", f"use one of {known}", *here, "do")
        elif state.do:
            yield from _given(flow, state, here)
            yield from _values(flow, state, here, saved, texts)
        elif state.args:
            yield flow.problem("with goes with do", "remove it", *here, "with")


def _given(flow: Flow, state: StateFile, here: Path) -> Iterator[Problem]:
    example = ACTIONS[state.do][2]
    known = set(re.findall(r"(\w+):", example.removeprefix("with:")))
    if extra := set(state.args) - known:
        yield flow.problem(f"'{state.do}' is given nothing like {', '.join(sorted(extra))}", "remove it", *here, "with")
    if lacking := set(NEEDED.get(state.do, known)) - set(state.args):
        what = f"'{state.do}' needs {', '.join(sorted(lacking))}"
        yield flow.problem(what, f"write {example}", *here, "do")


def _wrong(state: StateFile) -> Iterator[tuple[str, str, str]]:
    """What an action of plans and lists could only stumble over when it is too late: key, what, repair."""
    args = state.args
    when = {"after", "days", "every"} & args.keys()
    if state.do == "plan" and (not when or ("after" in when and len(when) > 1)):
        yield "flow", "a plan comes once, after a while, or again, by days or every", "say when, in one way"
    for key in ("after", "every"):
        if key in args and not _is(duration, args[key]):
            yield key, f"'{args[key]}' is no length of time", "write it as 20h, 2d or 4w"
    if "every" in args and _is(duration, args["every"]) and duration(args["every"]) < timedelta(days=1):
        yield "every", "a plan comes once a day at most", "write at least 1d"
    if (days := args.get("days")) and not days.startswith(ELSEWHERE) and not days_of(days):
        yield "days", f"'{days}' names no day", "write mon thu, daily, weekdays, weekend or twice"
    if state.do == "plan" and (at := args.get("at")) and not at.startswith(ELSEWHERE) and not _is(hour_of, at):
        yield "at", f"'{at}' is no hour", "write 18:30, morning, noon, afternoon or evening"
    if (most := args.get("most")) and not (most.isdecimal() and int(most)):
        yield "most", f"'{most}' is no number of entries", "write 7"


def _is(reader: Callable[[str], Any], value: str) -> bool:
    try:
        reader(value)
    except ValueError:
        return False
    return True


def _values(
    flow: Flow, state: StateFile, here: Path, saved: Collection[str], texts: Collection[str]
) -> Iterator[Problem]:
    args = state.args
    if state.do != "recall" and (source := args.get("from")) and source not in saved:
        yield flow.problem(f"nothing is saved as '{source}'", "correct the name", *here, "with", "from")
    if (tier := args.get("tier")) and tier not in TIERS[1:]:
        yield flow.problem(f"there is no tier '{tier}'", f"use one of {', '.join(TIERS[1:])}", *here, "with", "tier")
    if (given := args.get("given")) and given not in ("yes", "no"):
        yield flow.problem("given is yes or no", "correct it", *here, "with", "given")
    yield from (flow.problem(what, repair, *here, "with", key) for key, what, repair in _wrong(state))
    said = args.get({"note": "name", "tell_staff": "text"}.get(state.do, ""), "")
    if texts and said and f"desk.{said}" not in texts:
        yield flow.problem(f"there is no text 'desk.{said}'", "add it to the phrases", *here, "with")
