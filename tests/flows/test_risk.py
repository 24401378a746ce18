"""The risk screen's frame: what is found, what takes the edge off it, and that nothing hides or breaks it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

import pytest

from flows.errors import DefinitionError
from flows.risk import COULD_NOT_BE_CHECKED, NOTHING_FOUND, TIERS, Screen, Verdict, screen
from flows.risk_rules import check_examples, compile_rules
from flows.verdict import rank

RULES = """\
language: en
author: Rapport authors
date: "2026-11-21"
common: i a the my is was want went were hello today went work better
spelling: {kil: kill}
macros:
  want: "{want|need|plan|thinking}"
guards:
  negators: not dont never no
  negation:
    - {pattern: "{not|dont|never|no}", reach: "6", until: i but, through: going to want thoughts of about any have}
    - {pattern: "{nahi}", reach: "3", backward: "yes"}
  not_negation: ["not gonna lie", "no {i|im}", "cant stop"]
  third: [{pattern: "{she|he|my sister}", reach: "5", until: i me}]
  past: ["years ago", "used to"]
  present: ["{again|still}"]
  recovered: ["{better now|glad}"]
  title: ["{film|song|called}"]
  idioms: ["{killed|killing} myself laughing"]
rules:
  t-kill:
    tier: high
    category: suicidal_thoughts
    match: ["{kill|killing|killed} myself"]
    yes: ["I want to kill myself", "killing myself is on my mind"]
    no: ["I don't want to kill myself", "killed myself laughing"]
  t-not-live:
    tier: moderate
    category: suicidal_wish
    match: ["{dont|not} @want to live"]
    yes: ["I don't want to live", "not thinking to live"]
    no: ["I want to live"]
  t-plan:
    tier: imminent
    category: suicide_plan
    match: ["kill myself ~ tonight"]
    yes: ["I'll kill myself. Tonight.", "kill myself tonight"]
    no: ["tonight is fine"]
  t-word:
    tier: concern
    category: suicidal_thoughts
    guards: [negation, title]
    match: ["suicide"]
    yes: ["suicide", "I think about suicide"]
    no: ["a film about suicide"]
  t-took-all:
    tier: imminent
    category: overdose
    match: ["took {them|the pills} [_] all of them"]
    unless: ["as usual"]
    yes: [["i took them", "all of them"], "took them, all of them"]
    no: [["i took them all of them", "as usual"]]
  t-roof:
    tier: high
    category: other_person
    guards: [negation, past]
    match: ["on the roof"]
    context: ["{jump|pills}"]
    yes: ["my sister is on the roof and will jump", "on the roof with pills"]
    no: ["lunch on the roof"]
"""


@pytest.fixture(scope="module")
def rules() -> Screen:
    return compile_rules({"rules.yaml": RULES})


def tier(rules: Screen, *texts: str) -> str:
    return screen(rules, texts).tier


def test_a_verdict_names_rule_tier_category_and_place_but_no_words(rules: Screen) -> None:
    verdict = screen(rules, ["Hello, I want to KILL myself"])
    (finding,) = verdict.findings
    assert (finding.rule, finding.tier, finding.category, finding.lang) == ("t-kill", "high", "suicidal_thoughts", "en")
    assert "hello i want to kill myself"[finding.start : finding.end] == "kill myself"
    assert (verdict.tier, verdict.category, verdict.action, verdict.failed) == (
        "high",
        "suicidal_thoughts",
        "alert",
        False,
    )
    assert "kill" not in repr(verdict).replace("t-kill", "")


@pytest.mark.parametrize(
    ("tier", "action"),
    [("none", "none"), ("concern", "ask"), ("moderate", "alert"), ("high", "alert"), ("imminent", "alert")],
)
def test_each_tier_has_its_action(tier: str, action: str) -> None:
    found = next(each for each in TIERS if each == tier)
    assert Verdict(found, "").action == action


@pytest.mark.parametrize("text", ["", "   ", "\n", "?!", "🙂", "Feeling fine today, went to work"])
def test_small_talk_is_nothing(rules: Screen, text: str) -> None:
    assert screen(rules, [text]) == NOTHING_FOUND
    assert screen(rules, []) == NOTHING_FOUND


@pytest.mark.parametrize(
    "text",
    [
        "KILL MYSELF",
        "kill\u200b my\u00adself",
        "\u202ekill myself\u202c",
        "killlll myselfff",
        "k i l l m y s e l f",
        "k.i.l.l myself",
        "k-i-l-l m-y-s-e-l-f",
        "k!ll mys3lf",
        "k*ll myself",
        "kіll mуself",  # Cyrillic letters within
        "ｋｉｌｌ ｍｙｓｅｌｆ",
        "𝐤𝐢𝐥𝐥 𝐦𝐲𝐬𝐞𝐥𝐟",
        "k̷i̷l̷l̷ m̷y̷self",
        "kil myself",
        "kill myslef",
        "kill myslf",
        "kill mysselff",
        "kíll mysélf",
        "so kill, myself 😔",
        "😂😂 kill myself 🙂",
        "kill myself... whatever",
        "“kill myself”",
    ],
)
def test_H01_a_disguise_does_not_hide_a_statement(rules: Screen, text: str) -> None:
    assert screen(rules, [text]).action == "alert"


@pytest.mark.parametrize("text", ["20mg today", "7/10", "the bill was 5.50", "wow!great", "e.g. work", "k. i. went"])
def test_numbers_and_signs_in_small_talk_are_no_disguise(rules: Screen, text: str) -> None:
    assert tier(rules, text) == "none"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't want to kill myself", "none"),
        ("no thoughts of killing myself", "none"),
        ("never, I will kill myself", "high"),
        ("no, I want to kill myself", "high"),
        ("no I want to kill myself", "high"),
        ("I don't know what to do I want to kill myself", "high"),
        ("not sleeping want to kill myself", "high"),
        ("I don't want to live", "moderate"),
        ("not gonna lie want to kill myself", "high"),
        ("can't stop thinking about killing myself", "high"),
        ("I don't want to kill myself. I don't want to live.", "moderate"),
        ("kill myself nahi", "none"),
    ],
)
def test_a_negation_holds_in_its_own_clause_only(rules: Screen, text: str, expected: str) -> None:
    assert tier(rules, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("years ago I wanted to kill myself", "concern"),
        ("years ago I wanted to kill myself, so glad I did not", "none"),
        ("years ago I wanted to kill myself and now again", "high"),
        ("I used to paint. I will kill myself", "high"),
    ],
)
def test_the_past_is_asked_about_and_a_return_is_not_the_past(rules: Screen, text: str, expected: str) -> None:
    assert tier(rules, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("she said killing myself", "concern"),
        ("my sister thinks I will kill myself", "high"),
        ("my sister is on the roof and will jump", "high"),
        ("my sister had lunch on the roof", "none"),
    ],
)
def test_somebody_else_is_asked_about_but_an_act_in_progress_alerts(rules: Screen, text: str, expected: str) -> None:
    assert tier(rules, text) == expected


def test_a_title_cancels_a_bare_noun_but_no_statement(rules: Screen) -> None:
    assert tier(rules, "a song called suicide") == "none"
    assert tier(rules, "saw a film and want to kill myself") == "high"


def test_a_cancelled_match_never_hides_another(rules: Screen) -> None:
    assert tier(rules, "nearly killed myself laughing but I still want to kill myself") == "high"
    assert tier(rules, "I don't want to kill myself... but I will kill myself") == "high"


def test_a_statement_sent_in_pieces_is_seen_together(rules: Screen) -> None:
    assert tier(rules, "i took them") == "none"
    assert tier(rules, "i took them", "all of them") == "imminent"
    assert tier(rules, "i took them", "sorry", "all of them") == "imminent"
    finding = screen(rules, ["i took them", "all of them"]).findings[0]
    assert finding.start < 0 < finding.end == len("all of them")


def test_H05_an_old_message_does_not_alert_again_and_the_fourth_is_forgotten(rules: Screen) -> None:
    assert tier(rules, "I want to kill myself", "I went to work today") == "none"
    assert tier(rules, "took them", "a", "b", "all of them") == "none"


def test_what_went_before_never_lowers_the_newest_message(rules: Screen) -> None:
    assert tier(rules, "this was years ago", "I will kill myself") == "high"
    assert tier(rules, "as usual", "took them, all of them") == "imminent"
    assert tier(rules, "no", "kill myself") == "high"


@pytest.mark.parametrize(
    "around", ["ok thanks, talk next week. {}", "{} anyway how was your day", "so like {}, lol", "{}!!!"]
)
def test_small_talk_around_a_statement_does_not_lower_it(rules: Screen, around: str) -> None:
    assert rank(screen(rules, [around.format("I want to kill myself")]).tier) >= rank("high")


@pytest.mark.parametrize("length", [3_000, 4_090, 9_000, 50_000])
def test_nothing_is_skipped_in_a_long_message(rules: Screen, length: int) -> None:
    filler = "I went to work today and it was fine. " * (length // 38)
    for text in (
        filler + "I want to kill myself",
        "I want to kill myself. " + filler,
        filler * 2 + "kill myself " + filler,
    ):
        assert tier(rules, text) == "high"


@pytest.mark.parametrize(
    "text",
    [
        "i want to kill myself and not kill myself tonight " * 90,
        "not no never dont " * 250,
        "k i l l " * 500,
        "a" * 4096,
        "é" + "a" * 4096,
        "h\u0337" * 2048,
        "k*l.l!" * 680,
        "💊🔪" * 1000,
        "((((((" * 600,
    ],
)
def test_a_hostile_message_takes_no_longer_than_its_length(rules: Screen, text: str) -> None:
    def spent(message: str) -> float:
        began = time.process_time()
        screen(rules, [message])
        return time.process_time() - began

    spent(text)
    assert min(spent(text * 4) for _ in range(3)) < 12 * min(spent(text) for _ in range(5)) + 0.02


def test_a_screen_that_fails_is_an_alert(rules: Screen) -> None:
    def broken(texts: Sequence[str]) -> Verdict:
        raise RuntimeError("anything at all")

    verdict = screen(cast("Screen", broken), ["hello"])
    assert verdict is COULD_NOT_BE_CHECKED
    assert (verdict.action, verdict.tier, verdict.failed) == ("alert", "high", True)
    assert screen(rules, cast("list[str]", [None])) is COULD_NOT_BE_CHECKED


def test_a_screen_is_a_value(rules: Screen) -> None:
    with pytest.raises(AttributeError):
        rules.index = rules.index  # type: ignore[misc]  # that it cannot be set is what is tested
    assert rules.languages == ("en",)


def problems(*files: str) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        compile_rules({f"{number}.yaml": text for number, text in enumerate(files)})
    return [str(problem) for problem in caught.value.problems]


BROKEN = """\
language: en
author: Rapport authors
date: "2026-11-21"
macros:
  me: "{i|@me}"
rules:
  one:
    tier: high
    category: abuse
    match: ["kill {me|", "@nobody died", "[perhaps]", "fo* x", "kill } me", "_ x ...", "kill me [now]"]
    yes: ["a", "b"]
    no: ["c"]
"""


def test_every_mistake_in_the_patterns_is_told_at_once_with_line_and_repair() -> None:
    assert problems(BROKEN) == [
        "0.yaml:5: the macro @me contains itself; remove the circle",
        "0.yaml:10: there is an empty pattern or alternative; write a word or remove it",
        "0.yaml:10: there is no macro @nobody; define it under 'macros' or correct the name",
        "0.yaml:10: the pattern ends with something that may be missing; remove it, or make it necessary",
        "0.yaml:10: the prefix 'fo*' is too short; give it at least 3 letters",
        "0.yaml:10: '}' stands outside of brackets; put alternatives into { }",
        "0.yaml:10: the pattern ends with something that may be missing; remove it, or make it necessary",
        "0.yaml:10: the pattern ends with something that may be missing; remove it, or make it necessary",
    ]


FORM = """\
language: English
author: Rapport authors
rules:
  one:
    tier: low
    match: []
    yes: ["a"]
    no: ["b"]
    regex: ".*"
"""


def test_every_mistake_of_form_is_told_at_once() -> None:
    told = problems(FORM)
    assert [line.split(": ")[1] for line in told] == [
        "language", "date", "rules.one.tier", "rules.one.category", "rules.one.match", "rules.one.yes",
        "rules.one.regex",
    ]  # fmt: skip
    assert [line.split(":")[1] for line in told] == ["1", "1", "5", "4", "6", "7", "9"]


def test_an_empty_rule_set_is_refused() -> None:
    assert problems() == ["risk.yaml:1: there is no rule; add one or restore the file"]
    assert problems('language: en\nauthor: a\ndate: "2026-11-21"\n') == [
        "0.yaml:1: there is no rule; add one or restore the file"
    ]


def test_a_category_that_nobody_knows_is_refused() -> None:
    assert "0.yaml:9: the category of one is not known" in problems(BROKEN.replace("abuse", "mood"))[0]


OWN = """\
language: en
author: Riverside
date: "2026-11-21"
rules:
  riverside-weir:
    tier: high
    category: suicide_plan
    match: ["@want to see the weir"]
    yes: ["I want to see the weir", "need to see the weir"]
    no: ["I don't want to see the weir"]
"""


def test_a_clinic_adds_rules_that_use_the_shipped_macros_and_guards() -> None:
    both = {"rules.yaml": RULES, "riverside.yaml": OWN}
    assert check_examples(both) == ()
    assert tier(compile_rules(both), "I want to see the weir") == "high"
    assert "is used twice" in problems(RULES, RULES)[0]


def test_examples_that_do_not_hold_are_told() -> None:
    wrong = RULES.replace('no: ["tonight is fine"]', 'no: ["kill myself tonight"]').replace(
        'yes: ["suicide", ', 'yes: ["hello", '
    )
    assert [str(problem).split("; ")[0] for problem in check_examples({"r.yaml": wrong})] == [
        "r.yaml:38: t-plan finds its 1. 'no' example",
        "r.yaml:44: t-word does not find its 1. 'yes' example at its tier",
    ]
