"""The shipped flows: no mistake in them, every written example holds, nothing in them is never visited (F15, F16)."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from flows.compiler import Flow, compile_flow
from flows.drawing import mermaid
from flows.examples import rehearse
from flows.lint import lint
from flows.placeholders import names_in
from support.catalog import Book, catalogue, phrases, world

FLOWS = sorted(catalogue())


def test_every_shipped_flow_passes_the_static_checks() -> None:
    assert lint(catalogue(), set(phrases())) == ()


@pytest.mark.parametrize("name", FLOWS)
def test_F15_every_example_of_a_flow_holds(name: str) -> None:
    assert not rehearse(catalogue()[name], world()).mismatches


@pytest.mark.parametrize("name", FLOWS)
def test_F16_every_state_and_every_way_of_a_flow_is_visited_by_an_example(name: str) -> None:
    assert not rehearse(catalogue()[name], world()).unvisited


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_is_drawn_with_every_state_and_its_way_out(name: str) -> None:
    drawn = mermaid(catalogue()[name])
    assert drawn.startswith("stateDiagram-v2\n")
    assert all(f"    {state} : {state} (" in drawn for state in catalogue()[name].file.states)
    assert "--> [*]" in drawn
    assert "    end " not in drawn


def test_a_drawing_says_why_each_way_is_taken() -> None:
    drawn = mermaid(catalogue()["check_in"])
    assert "    mood --> low_mood : low\n" in drawn
    assert "    mood --> remember : answered, skipped\n" in drawn
    assert "    greeting --> first_time : check_ins_done at most 0\n" in drawn


@pytest.mark.parametrize("name", ["safety", "grounding", "safety_plan", "crisis", "unreadable"])
def test_H07_no_flow_at_a_risky_moment_repeats_the_numbers_that_the_engine_gives(name: str) -> None:
    flow = catalogue()[name]
    assert flow.file.importance == "crisis"
    repeated = [text.id for text in flow.texts.values() if names_in(text.source) & {"emergency_number", "crisis_lines"}]
    assert repeated == []


def test_H06_somebody_who_joins_reads_that_nobody_watches_round_the_clock_and_is_asked_whether_it_was_clear() -> None:
    texts = {name: text.source for name, text in catalogue()["confidentiality"].texts.items()}
    assert "Nobody watches this chat around the clock" in texts["confidentiality.watched.ask"]
    assert "three in the night" in texts["confidentiality.check.ask"]


def test_F13_the_first_words_that_a_client_reads_say_that_this_is_a_program() -> None:
    assert "I am a program, not a person" in catalogue()["join"].texts["join.hello.say"].source


def test_S29_every_question_of_a_check_in_can_be_skipped() -> None:
    flow = catalogue()["check_in"]
    assert all(flow.has_way(name, "skipped") for name, state in flow.file.states.items() if state.ask)


def test_the_safety_questions_are_at_most_four_before_something_is_offered() -> None:
    flow = catalogue()["safety"]
    for begin, offered in (("start", "next_step"), ("gentle", "next_step"), ("harm_by_others", "harm_step")):
        assert _most_questions(flow, begin, offered, frozenset()) <= 4


def _most_questions(flow: Flow, state: str, until: str, seen: frozenset[str]) -> int:
    if state in (until, "end", *seen):
        return 0
    onward = {way.dest for way in flow.ways if way.source == state}
    below = max((_most_questions(flow, dest, until, seen | {state}) for dest in onward), default=0)
    return bool(flow.state(state).ask) + below


BROKEN = """
    flow: broken
    title: Broken
    why: To see what is told.
    start: one
    states:
      one:
        ask: How are you?
        choices:
          good: "Good"
          low: {label: "Low", next: two}
        expire: {after: 1d, next: end}
        next: three
      two:
        say: Thank you.
        next: end
      three:
        say: Fine.
        next: end
    examples:
      a low day:
        - bot: one
        - tap: low
        - bot: three
"""


def _broken(old: str = "", new: str = "") -> Flow:
    return compile_flow(dedent(BROKEN).replace(old, new), "broken.yaml")


def _played(flow: Flow) -> list[str]:
    return [str(problem) for problem in rehearse(flow, replace(world(), book=Book({flow.name: flow}))).mismatches]


def test_F15_an_example_that_the_flow_does_not_follow_is_told_with_file_line_and_repair() -> None:
    assert _played(_broken()) == [
        "broken.yaml:24: example 'a low day': the bot says broken.two.say here, not three; "
        "correct the example or the flow"
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("tap: low", "tap: lower", "there is no button 'lower' here; the buttons are: good, low, skip, need_help"),
        ("bot: three", "bot: end", "the bot also says broken.two.say"),
        ("- tap: low\n    - bot: three", "- bot: end", "the flow still stands at 'one'"),
        ("bot: three", "alert: high", "the open case is none, not high"),
        ("bot: three", "wait: soon", "the bot also says broken.two.say"),
        ("tap: low", "wait: soon", "'soon' is no length of time"),
        ("tap: low", "shrug: low", "'shrug' is no step"),
        ("- bot: one", "- enter: nowhere", "there is no state 'nowhere'"),
        ("- bot: one", "- given: mood is low", "nothing is known as 'mood'"),
        ("- bot: one", "- given: happy", "'happy' is not of the form NAME is VALUE"),
    ],
)
def test_F15_whatever_is_wrong_with_an_example_is_said_in_words(old: str, new: str, told: str) -> None:
    (found,) = _played(_broken(old, new))
    assert found.startswith("broken.yaml:2")
    assert told in found


def test_F16_what_no_example_visits_is_named_with_its_line() -> None:
    flow = _broken("bot: three", "bot: two")
    report = rehearse(flow, replace(world(), book=Book({flow.name: flow})))
    assert report.mismatches == ()
    assert [str(problem) for problem in report.unvisited] == [
        "broken.yaml:17: no example visits 'three'; write one that does",
        "broken.yaml:13: no example goes from 'one' to 'three' when answered; write one that does",
        "broken.yaml:13: no example goes from 'one' to 'three' when skipped; write one that does",
        "broken.yaml:12: no example goes from 'one' to 'end' when expired; write one that does",
    ]
