"""What is wrong with a set of flows that can each be read: everything an author should hear before a client does.

Static only: nothing is run. Each check is one function; all problems are told at once, with file, line and repair.
"""

from collections.abc import Callable, Collection, Iterator, Mapping

from flows import graph
from flows.answers import fold
from flows.commands import COMMANDS as RESERVED
from flows.compiler import Flow
from flows.definition import END, LABEL_LIMIT, StateFile, Text
from flows.errors import Problem
from flows.guards import mistakes as condition_mistakes
from flows.lint_states import actions, conditions, kept_in, saved_in, targets, ways_on
from flows.placeholders import ALWAYS_THERE, mistakes, names_in
from flows.yamltext import Path

Flows = Mapping[str, Flow]

CALLBACK_BYTES = 64  # Telegram's limit for what a button sends back
STEP_DIGITS = 12  # room for the number of the question before the option


def lint(flows: Flows, texts: Collection[str] = ()) -> tuple[Problem, ...]:
    """Every problem of the flows, by file and line. With the ids of all phrases as `texts`, what actions say is checked
    too. An empty answer means that they may be published."""
    found = {problem for flow in flows.values() for check in CHECKS for problem in check(flow, flows)}
    found |= {problem for flow in flows.values() for problem in actions(flow, saved_in(flow, flows), texts)}
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line, problem.what)))


def asking(flow: Flow, flows: Flows) -> frozenset[str]:
    """The states that wait for the client: questions, and flows that ask one."""
    return frozenset(name for name, state in flow.file.states.items() if state.ask or _asks(state.run, flows, ()))


def _asks(run: str, flows: Flows, above: tuple[str, ...]) -> bool:
    if run not in flows or run in above:
        return False
    states = flows[run].file.states.values()
    return any(state.ask or _asks(state.run, flows, (*above, run)) for state in states)


def _targets(flow: Flow, _flows: Flows) -> Iterator[Problem]:
    for name, part in targets(flow):
        if name not in flow.file.states and name != END:
            yield flow.problem(f"there is no state '{name}'", "correct the name, or write the state", *part)
    if END in flow.file.states:
        yield flow.problem(f"'{END}' means the end of a flow", "give the state another name", "states", END)


def _map(flow: Flow, _flows: Flows) -> Iterator[Problem]:
    reached, finishing = graph.reached(flow), graph.finishing(flow)
    for name in flow.file.states:
        if name not in reached:
            repair = "lead to it, list it under entries, or remove it"
            yield flow.problem(f"nobody can come to '{name}'", repair, "states", name)
        elif name not in finishing:
            yield flow.problem(f"from '{name}' no way leads to the end", "add a way to 'end'", "states", name)


def _circles(flow: Flow, flows: Flows) -> Iterator[Problem]:
    for circle in graph.circles(flow, asking(flow, flows)):
        turn = " to ".join((*circle, circle[0]))
        yield flow.problem(f"a circle without a question: {turn}", "ask something on the way", "states", circle[0])


def _runs(flow: Flow, flows: Flows) -> Iterator[Problem]:
    for name, state in flow.file.states.items():
        if state.run and state.run not in flows:
            yield flow.problem(f"there is no flow '{state.run}'", "correct the name", "states", name, "run")
        elif state.run and flow.name in _below(state.run, flows):
            what = f"'{state.run}' comes back to this flow, which would never end"
            yield flow.problem(what, "let only one of the two run the other", "states", name, "run")


def _below(run: str, flows: Flows) -> frozenset[str]:
    """The flows that a flow runs, itself among them, as deep as it goes."""
    found, todo = {run}, [run]
    while todo:
        flow = flows.get(todo.pop())
        new = {state.run for state in flow.file.states.values() if state.run} - found if flow else set()
        found |= new
        todo += new
    return frozenset(found)


def _states(flow: Flow, flows: Flows) -> Iterator[Problem]:
    saved = saved_in(flow, flows)
    for name, state in flow.file.states.items():
        yield from ways_on(flow, name, state)
        yield from conditions(flow, name, state, saved)
        if state.ask:
            yield from _waiting(flow, name, state)
            yield from _buttons(flow, name, state)


def _waiting(flow: Flow, name: str, state: StateFile) -> Iterator[Problem]:
    if not state.expire:
        what = f"'{name}' waits for ever, and nothing else is planned for the client while it does"
        yield flow.problem(what, "add expire: {after: 2d, next: end}", "states", name, "ask")
    elif state.remind and state.remind.after >= state.expire.after:
        what = f"'{name}' expires before its reminder comes"
        yield flow.problem(what, "let remind come earlier, or expire later", "states", name, "remind")


def _buttons(flow: Flow, name: str, state: StateFile) -> Iterator[Problem]:
    said: dict[str, str] = {}
    for option, choice in state.choices.items():
        part = ("states", name, "choices", option)
        if STEP_DIGITS + 1 + len(option.encode()) > CALLBACK_BYTES or not option.replace("_", "").isalnum():
            what = f"the option '{option}' is too long for a button, or has signs other than letters, digits and _"
            yield flow.problem(what, "use a short plain word; clients never see it", *part)
        if first := said.get(fold(choice.label)):
            what = f"'{option}' and '{first}' read alike, so a typed answer could mean both"
            yield flow.problem(what, "use other words", *part)
        said[fold(choice.label)] = option
        if option == "skip":
            yield flow.problem("'skip' is the standard button", "leave it to skip: yes, or use another word", *part)
    if state.choices and state.asks_for != "choices":
        what = f"a question of kind '{state.kind}' shows no choices"
        yield flow.problem(what, "remove choices, or the kind", "states", name, "kind")
    if state.asks_for == "scale" and not 0 < state.max - state.min <= 10:
        yield flow.problem("a scale has 2 to 11 points", "correct min and max", "states", name, "kind")


def _words(flow: Flow, flows: Flows) -> Iterator[Problem]:
    saved, kept = saved_in(flow, flows), {f"kept_{name}" for name in kept_in(flows)}
    for text in flow.texts.values():
        part = place_of(text.id)
        yield from (flow.problem(what, "correct the braces", *part) for what in mistakes(text.source, saved | kept))
        yield from _placed(flow, text, part)


def _placed(flow: Flow, text: Text, part: tuple[str, ...]) -> Iterator[Problem]:
    names = names_in(text.source)
    if text.label and names:
        yield flow.problem("a button or title cannot hold a placeholder", "use fixed words", *part)
    if text.label and len(text.source) > LABEL_LIMIT:
        yield flow.problem(f"more than {LABEL_LIMIT} characters on a button or title", "shorten it", *part)
    if text.importance == "crisis" and (unsure := names - ALWAYS_THERE):
        what = f"crisis text must come out whole, and {{{min(unsure)}}} can be empty"
        yield flow.problem(what, "say it without", *part)


def place_of(text_id: str) -> tuple[str, ...]:
    """Where a flow's text stands in its file, as a path of keys."""
    _flow, *rest = text_id.split(".")
    if len(rest) == 1:
        return (rest[0],)
    parts = {"choice": ("choices", *rest[2:]), "remind": ("remind", "say")}
    return ("states", rest[0], *parts.get(rest[1], (rest[1],)))


def _importance(flow: Flow, _flows: Flows) -> Iterator[Problem]:
    """Words at a risky moment and words that somebody agrees to have a sign-off of their own."""
    words = [state for state in flow.file.states.values() if state.ask or state.say]
    weights = {state.importance or flow.file.importance for state in words}
    for name, state in flow.file.states.items():
        if state.do == "raise_alert" and flow.file.importance != "crisis":
            what = "a flow that raises an alert is crisis text from end to end"
            yield flow.problem(what, "add importance: crisis below why", "states", name, "do")
        if state.do == "record_consent" and "consent" not in weights:
            what = "what somebody agrees to is consent text"
            yield flow.problem(what, "add importance: consent to the question", "states", name, "do")


def _others(flow: Flow, flows: Flows) -> Iterator[Problem]:
    """What one flow takes from others: their names, and what they keep."""
    kept = kept_in(flows)
    for name, state in flow.file.states.items():
        if state.do in ("plan", "unplan") and (other := state.args.get("flow")) not in flows:
            yield flow.problem(f"there is no flow '{other}'", "correct the name", "states", name, "with")
        if state.do == "recall" and state.args.get("from") not in kept:
            what = f"nothing is kept as '{state.args.get('from')}'"
            yield flow.problem(what, "correct the name, or keep it in a flow", "states", name, "with")
    for fact, part in _facts(flow):
        if fact.startswith("kept.") and fact.removeprefix("kept.") not in kept:
            yield flow.problem(f"nothing is kept as '{fact[5:]}'", "correct the name, or keep it in a flow", *part)
        if fact.startswith("planned.") and fact.removeprefix("planned.") not in flows:
            yield flow.problem(f"there is no flow '{fact[8:]}'", "correct the name", *part)


def _facts(flow: Flow) -> Iterator[tuple[str, Path]]:
    """Every condition of the flow, and where it stands."""
    if isinstance(flow.file.menu, Mapping):
        yield from ((fact, ("menu", fact)) for fact in flow.file.menu)
    for name, state in flow.file.states.items():
        for place, rule in enumerate(state.next):
            yield from ((fact, ("states", name, "next", place, "when", fact)) for fact in rule.when)


def _command(flow: Flow, flows: Flows) -> Iterator[Problem]:
    command, menu = flow.file.command, flow.file.menu
    if command in RESERVED:
        yield flow.problem(f"/{command} means something else everywhere", "choose another word", "command")
    if command and any(other.file.command == command and other.name < flow.name for other in flows.values()):
        yield flow.problem(f"/{command} begins another flow too", "choose another word", "command")
    if menu and not command:
        yield flow.problem("what stands in the menu is begun by a command", "add command: one plain word", "menu")
    if isinstance(menu, Mapping):
        yield from (flow.problem(what, "correct the condition", "menu") for what in condition_mistakes(menu))


def _whole(flow: Flow, _flows: Flows) -> Iterator[Problem]:
    if not flow.file.examples:
        yield flow.problem("a flow without an example", "write one conversation under examples", "flow")
    if not flow.file.why.strip():
        yield flow.problem("nobody is told why this is asked", "write one line under why", "why")


CHECKS: tuple[Callable[[Flow, Flows], Iterator[Problem]], ...] = (
    _targets, _map, _circles, _runs, _states, _words, _importance, _others, _command, _whole,
)  # fmt: skip
