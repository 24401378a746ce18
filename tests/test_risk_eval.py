"""Measuring the risk screen: the figures, what was missed by id, and no message told unless asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.risk_eval import EvalError, Report, evaluate
from bot.risk_figures import Share
from bot.risk_report import as_json, as_rows, as_text
from flows.risk import Screen
from flows.risk_rules import compile_rules

RULES = """\
language: en
author: Rapport authors
date: "2026-11-21"
rules:
  loud:
    tier: high
    category: abuse
    match: ["shouting"]
    yes: ["shouting", "he was shouting"]
    no: ["quiet"]
  soft:
    tier: concern
    category: distress
    match: ["murmur"]
    yes: ["murmur", "a murmur"]
    no: ["quiet"]
"""
ROWS = """\
id,text,lang,label,category,note
a,shouting,en,high,noise,x
b,"a murmur, perhaps",en,moderate,noise,x
c,quiet secret,en,imminent,silence,x
d,shouting gladly,en,none,joy,x
e,quiet,de,none,joy,x
f,murmur,en,low,grey,x
g,whatever,en,turn,grey,x
"""


@pytest.fixture
def rules() -> Screen:
    return compile_rules({"rules.yaml": RULES})


@pytest.fixture
def report(tmp_path: Path, rules: Screen) -> Report:
    return evaluate(written(tmp_path, ROWS), rules)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_figures_tell_alerts_from_questions(report: Report) -> None:
    whole = report.whole
    assert (whole.sensitivity, whole.sensitivity_with_asking) == (Share(3, 1), Share(3, 2))
    assert (whole.specificity, whole.left_alone, whole.grey_noticed) == (Share(2, 1), Share(2, 1), Share(1, 1))
    assert report.by_lang["de"].specificity.value == 1
    assert report.by_category["silence"].sensitivity.value == 0
    assert report.by_category["joy"].sensitivity.value is None


def test_misses_and_false_alerts_are_told_by_id_and_never_by_their_words(report: Report) -> None:
    assert [row.row for row in report.misses] == ["b", "c"]
    assert [row.row for row in report.false_alerts] == ["d"]
    for told in (as_text(report), as_json(report), as_rows(report), repr(report)):
        assert "secret" not in told
        assert "gladly" not in told
    assert "quiet secret" in as_text(report, show_text=True)
    assert json.loads(as_json(report, show_text=True))["misses"][1]["text"] == "quiet secret"


def test_labels_that_are_not_known_are_counted_and_named(report: Report) -> None:
    assert report.skipped == {"turn": 1}
    assert "skipped 1 rows labelled 'turn'" in as_text(report)


def test_the_report_says_that_it_is_no_clinical_judgement(report: Report) -> None:
    assert "clinical judgement" in as_text(report)
    assert "clinical judgement" in json.loads(as_json(report))["caution"]


def test_rows_come_out_with_tier_and_action(report: Report) -> None:
    assert as_rows(report).splitlines()[:4] == ["id,tier,action", "a,high,alert", "b,concern,ask", "c,none,none"]


def test_a_row_without_an_id_is_named_by_its_line(tmp_path: Path, rules: Screen) -> None:
    report = evaluate(written(tmp_path, 'text,lang,label\n"two\nlines",en,high\nquiet,en,high\n'), rules)
    assert [row.row for row in report.misses] == ["line 2", "line 4"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "rows.csv:1: there is no column text, lang, label"),
        ("text,lang\nx,en\n", "rows.csv:1: there is no column label"),
        ("text,lang,label\nx,en,none\ny,en\n", "rows.csv:3: 2 cells instead of 3"),
        ("text,lang,label\nx,en,none,more\n", "rows.csv:2: 4 cells instead of 3"),
        ('text,lang,label\n"x,en,none\n', "rows.csv:2: not valid CSV"),
        (b"text,lang,label\n\xff\xfe,en,none\n", "rows.csv: byte 16 is not UTF-8"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(tmp_path: Path, rules: Screen, text: str | bytes, told: str) -> None:
    with pytest.raises(EvalError) as caught:
        evaluate(written(tmp_path, text), rules)
    assert str(caught.value).startswith(told)


def test_a_missing_file_is_told(tmp_path: Path, rules: Screen) -> None:
    with pytest.raises(EvalError, match="check the path"):
        evaluate(tmp_path / "none.csv", rules)


def test_the_interval_is_wilson_s() -> None:
    low, high = Share(10, 10).interval or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.722, 1.0)
    low, high = Share(100, 50).interval or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.404, 0.596)
    assert Share(0, 0).interval is None
