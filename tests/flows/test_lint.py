"""Every kind of mistake that a flow can hold although it reads well is told, with its line and how to mend it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from flows.compiler import Flow, compile_flow
from flows.lint import lint

GOOD = """
    flow: good
    title: Good
    why: It is good.
    importance: crisis
    start: one
    states:
      one:
        ask: How are you?
        choices:
          well: "Well"
          badly: {label: "Badly", next: two}
        save: mood
        remind: {after: 1h, say: "How are you?"}
        expire: {after: 1d, next: end}
        next: two
      two:
        do: raise_alert
        with: {tier: high, category: unreadable}
        next: three
      three:
        run: other
        next: four
      four:
        say: Call {emergency_number}.
        next: end
    examples:
      well:
        - bot: one
"""
OTHER = """
    flow: other
    title: Other
    why: It is run.
    start: ask
    states:
      ask:
        ask: What is your name?
        save: name
        expire: {after: 1d, next: end}
        next: end
    examples:
      named:
        - bot: ask
"""


def _flow(text: str, name: str = "good.yaml") -> Flow:
    return compile_flow(dedent(text), name)


def _told(old: str, new: str) -> list[str]:
    assert old in GOOD
    flows = {"good": _flow(GOOD.replace(old, new)), "other": _flow(OTHER, "other.yaml")}
    return [str(problem) for problem in lint(flows)]


def test_a_good_flow_has_no_problem() -> None:
    assert _told("flow", "flow") == []


RAISE = "do: raise_alert\n        with: {tier: high, category: unreadable}"
LAST = "Call {emergency_number}.\n        next: end"
ROUND = "Hello.\n        next: four"


def _rules(*rules: str) -> str:
    return f"next: [{', '.join(rules)}]\n"


def _when(condition: str) -> str:
    return _rules(f"{{when: {{{condition}}}, go: three}}", "{go: three}")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("start: one", "start: none", "6: there is no state 'none'; correct the name, or write the state"),
        ("next: two}", "next: too}", "12: there is no state 'too'"),
        ("next: end}\n        next: two", "next: fin}\n        next: two", "15: there is no state 'fin'"),
        ("      two:\n", "      end:\n", "'end' means the end of a flow; give the state another name"),
        ("next: four", "next: end", "24: nobody can come to 'four'; lead to it, list it under entries, or remove it"),
        (LAST, ROUND, "from 'four' no way leads to the end"),
        (LAST, ROUND, "a circle without a question: four to four"),
        ("run: other", "run: another", "22: there is no flow 'another'; correct the name"),
        ("run: other", "run: good", "'good' comes back to this flow, which would never end"),
        ("        next: three\n", "", "17: 'two' leads nowhere; add next, with a last rule that has no when"),
        (
            "next: three\n",
            "next: [{when: {saved.mood: {is: well}}, go: three}]\n",
            "20: 'two' has no way on when no condition holds",
        ),
        (
            "next: three\n",
            "next: [{go: three}, {when: {saved.mood: {is: well}}, go: four}]\n",
            "20: the rules after this one are never tried; put the rule without when last",
        ),
        (
            "next: end}\n        next: two",
            "next: end}\n        next: [{when: {answer: {is: badly}}, go: two}]",
            "16: 'one' has no way on for well; add next, for all or for each",
        ),
        (
            "next: end}\n        next: two",
            "next: end}\n        next: [{when: {answer: {is: well}}, go: two}]",
            "9: skipping 'one' leads nowhere; add skip_to, or say skip: no",
        ),
        (
            "next: end}\n        next: two",
            "next: end}\n        next: [{when: {answer: {is: sad}}, go: two}, {go: two}]",
            "16: there is no choice 'sad'; use the id of a choice",
        ),
        ('well: "Well"', 'well: {label: "Well", next: two}', "16: no answer ever comes here, because every choice"),
        ("save: mood", "save: mood\n        skip: no\n        skip_to: two", "skip: no and skip_to cannot both be"),
        ("next: three\n", _when("moood: {is: well}"), "unknown condition 'moood'"),
        ("next: three\n", _when("saved.mod: {is: well}"), "nothing is saved as 'mod'"),
        ("next: three\n", _when("saved.name: {is: x}"), ""),
        ("next: three\n", _when("answer: {is: well}"), "there is no answer here"),
        ("do: raise_alert", "do: raise_alarm", "18: there is no action 'raise_alarm'; use one of add, call_back"),
        ("tier: high", "tier: huge", "19: there is no tier 'huge'; use one of concern, moderate, high, imminent"),
        ("tier: high, ", "", "18: 'raise_alert' needs tier; write with:"),
        ("tier: high", "tier: high, colour: red", "19: 'raise_alert' is given nothing like colour; remove it"),
        ("with: {tier: high, category: unreadable}", "", "'raise_alert' needs category, tier"),
        (RAISE, "do: set_phone\n        with: {from: tel}", "nothing is saved as 'tel'"),
        ("{emergency_number}", "{clinic_nam}", "25: nothing is known as {clinic_nam}; correct the braces"),
        ("{emergency_number}", "{opens_at}", "25: {opens_at} is written {opens_at:datetime}"),
        ("{emergency_number}", "{clinic name}", "25: '{clinic name}' is no placeholder"),
        ("{emergency_number}", "{opens_at:datetime}", "25: crisis text must come out whole, and {opens_at}"),
        ("{emergency_number}", "{name}", "25: crisis text must come out whole, and {name} can be empty"),
        ('"Well"', '"Well {clinic_name}"', "11: a button or title cannot hold a placeholder; use fixed words"),
        ("title: Good", f"title: {'Good ' * 9}", "3: more than 40 characters on a button or title; shorten it"),
        ('well: "Well"', f'{"well" * 14}: "Well"', "11: the option 'wellwell"),
        ('well: "Well"', 'we ll: "Well"', "11: the option 'we ll' is too long for a button, or has signs"),
        ('well: "Well"', 'skip: "Well"', "11: 'skip' is the standard button"),
        ('"Badly"', '"well!"', "12: 'badly' and 'well' read alike, so a typed answer could mean both; use other words"),
        ("save: mood", "save: mood\n        kind: number", "a question of kind 'number' shows no choices"),
        ("expire: {after: 1d, next: end}", "sensitive: yes", "9: 'one' waits for ever"),
        ("after: 1h", "after: 1d", "14: 'one' expires before its reminder comes; let remind come earlier"),
        ("importance: crisis", "importance: consent", "18: a flow that raises an alert is crisis text from end to end"),
        (RAISE, "do: plan\n        with: {flow: good}", "a plan comes once, after a while, or again, by days or every"),
        (RAISE, "do: plan\n        with: {flow: good, after: 1d, every: 2d}", "a plan comes once, after a while"),
        (RAISE, "do: plan\n        with: {flow: good, after: soon}", "'soon' is no length of time"),
        (RAISE, "do: plan\n        with: {flow: good, every: 3h}", "a plan comes once a day at most"),
        (RAISE, "do: plan\n        with: {flow: good, days: Montag}", "'Montag' names no day; write mon thu, daily"),
        (RAISE, "do: plan\n        with: {flow: good, days: mon, at: dawn}", "'dawn' is no hour; write 18:30, morning"),
        (RAISE, "do: plan\n        with: {flow: gone, days: mon}", "there is no flow 'gone'; correct the name"),
        (RAISE, "do: add\n        with: {as: x, value: y, most: few}", "'few' is no number of entries; write 7"),
        (RAISE, "do: recall\n        with: {from: never, as: x}", "nothing is kept as 'never'; correct the name"),
        ("next: three\n", _when("kept.never: {is: x}"), "nothing is kept as 'never'; correct the name"),
        ("next: three\n", _when("planned.gone: {is: yes}"), "there is no flow 'gone'; correct the name"),
        ("why: It is good.", "why: It is good.\n    command: pause", "/pause means something else everywhere"),
        ("why: It is good.", "why: It is good.\n    menu: yes", "what stands in the menu is begun by a command"),
        (RAISE, "do: record_consent", "what somebody agrees to is consent text"),
        ("why: It is good.", 'why: ""', "4: nobody is told why this is asked; write one line under why"),
        ("    examples:\n      well:\n        - bot: one\n", "", "2: a flow without an example"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_its_repair(old: str, new: str, told: str) -> None:
    problems = _told(old, new)
    if told:
        assert any(told in problem and problem.startswith("good.yaml:") for problem in problems), problems
    else:
        assert problems == []


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace("tier: high", "tier: huge").replace("{emergency", "{emergenci")
    problems = lint({"good": _flow(text)})  # and there is no flow called other
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert len(problems) >= 3


def test_a_line_for_staff_needs_its_text() -> None:
    text = GOOD.replace(RAISE, "do: note\n        with: {name: says_hello}")
    flows = {"good": _flow(text), "other": _flow(OTHER, "other.yaml")}
    assert lint(flows) == ()
    assert "there is no text 'desk.says_hello'" in str(lint(flows, {"desk.says_safe"})[0])
