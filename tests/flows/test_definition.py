"""A flow file that cannot be used says what is wrong, where, and how to mend it; everything at once."""

from __future__ import annotations

from datetime import timedelta
from textwrap import dedent

import pytest

from flows.compiler import compile_flow
from flows.definition import read_flow, texts_of, version_of
from flows.errors import DefinitionError

GOOD = """\
flow: check
title: Check
why: To see how you are.
start: mood
states:
  mood:
    ask: How are you, {client_name}?
    note: Warm.
    choices:
      good: "Good"
      low: {label: "Low", next: thanks, note: Not sad.}
    save: mood
    remind: {after: 1d12h, say: No rush.}
    expire: {after: 2d, next: end}
    next: thanks
  thanks:
    say: Thank you.
    importance: crisis
    next: end
examples:
  good: [{bot: mood}]
"""


def told(text: str) -> list[str]:
    with pytest.raises(DefinitionError) as error:
        read_flow(dedent(text), "check.yaml")
    assert str(error.value) == "\n".join(map(str, error.value.problems))
    return [str(problem) for problem in error.value.problems]


def test_a_good_file_is_read_as_it_was_meant() -> None:
    flow = read_flow(GOOD, "check.yaml")
    mood = flow.states["mood"]
    assert mood.choices["good"].label == "Good"
    assert mood.choices["low"].next == "thanks"
    assert mood.remind is not None
    assert mood.remind.after == timedelta(days=1, hours=12)
    assert [rule.go for rule in mood.next] == ["thanks"]
    assert mood.asks_for == "choices"
    assert flow.examples["good"] == ({"bot": "mood"},)


def test_every_text_has_its_id_its_note_and_its_importance() -> None:
    texts = {text.id: text for text in texts_of(read_flow(GOOD, "check.yaml"))}
    assert set(texts) == {
        "check.title", "check.why", "check.mood.ask", "check.mood.choice.good", "check.mood.choice.low",
        "check.mood.remind", "check.thanks.say",
    }  # fmt: skip
    assert texts["check.mood.choice.low"].note == "Not sad."
    assert texts["check.mood.choice.good"].note == "Warm."
    assert texts["check.mood.choice.good"].label
    assert texts["check.thanks.say"].importance == "crisis"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("    ask: How", "    asks: How", "check.yaml:7: states.mood.asks: extra inputs are not permitted; remove"),
        ("    say: Thank you.\n", "", "check.yaml:16: states.thanks: a state has one of say, ask, run, do"),
        ("    save: mood", "    save: mood\n    say: Hi", "check.yaml:6: states.mood: a state has one of say"),
        ("    say: Thank you.", "    say: Thank you.\n    save: it", "check.yaml:16: states.thanks: choices, kind,"),
        ("    save: mood", "    saved: mood", "check.yaml:12: states.mood.saved: extra inputs are not permitted"),
        ("after: 2d", "after: 2 days", "check.yaml:14: states.mood.expire.after: write a length of time as 15m, 20h"),
        ("    importance: crisis", "    importance: high", "check.yaml:18: states.thanks.importance: input should be"),
        ('"Good"', f'"{"Good" * 11}"', "check.yaml:10: states.mood.choices.good.label: string should have at most 40"),
        ("    save: mood", "    sensitive: perhaps", "check.yaml:12: states.mood.sensitive: write yes or no"),
        ("flow: check", "flow: Check In", "check.yaml:1: flow: string should match pattern"),
        ("why: To see how you are.\n", "", "check.yaml:1: why: field required; add 'why'"),
        ("start: mood", "start: [mood]", "check.yaml:4: start: input should be a valid string"),
        ("    note: Warm.", "    note: Warm.\n    note: Cold.", "'note' stands twice, first in line 8; keep one"),
        ("    note: Warm.", "    note: &warm Warm.", "check.yaml:8: the anchor &warm is not allowed; write"),
        ("    note: Warm.", "    note: 'Warm.", "check.yaml:"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_repair(old: str, new: str, problem: str) -> None:
    assert old in GOOD
    found = told(GOOD.replace(old, new, 1))
    assert any(problem in each for each in found), found


def test_all_mistakes_are_told_at_once() -> None:
    text = GOOD.replace("after: 2d", "after: soon").replace("importance: crisis", "importance: high")
    assert [line.split(":")[1] for line in told(text.replace("flow: c", "flow: C"))] == ["1", "14", "18"]


def test_a_question_of_a_kind_that_needs_choices_says_so() -> None:
    begin, end = GOOD.index("    choices:"), GOOD.index("    save:")
    text = f"{GOOD[:begin]}    kind: choices\n{GOOD[end:]}"
    assert "a question of this kind needs choices" in told(text)[0]


def test_words_such_as_yes_no_and_on_stay_words() -> None:
    flow = read_flow(GOOD.replace("  good:", "  yes:").replace("  low:", "  no:"), "check.yaml")
    assert list(flow.states["mood"].choices) == ["yes", "no"]


def test_F04_a_version_is_the_content_and_nothing_else() -> None:
    assert version_of(GOOD) == compile_flow(GOOD, "elsewhere.yaml").version
    assert version_of(GOOD) != version_of(GOOD.replace("Thank you", "Thanks"))


def test_a_place_in_the_file_is_found_again_from_the_compiled_flow() -> None:
    flow = compile_flow(GOOD, "check.yaml")
    assert str(flow.problem("too long", "shorten it", "states", "mood", "choices", "low")) == (
        "check.yaml:11: too long; shorten it"
    )
