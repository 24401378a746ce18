"""`rapport risk eval`: figures for a file of labelled sentences, which stay where they are unless asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import cli

SENTENCES = """id,text,lang,label
a,I want to kill myself,en,high
b,the weather is nice,en,none
c,the quick brown fox,en,imminent
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    path.write_text(SENTENCES, "utf-8")
    return path


def evaluate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.rapport, ["risk", "eval", *map(str, arguments)])


def test_it_says_what_was_caught_what_was_missed_and_by_which_id(file: Path) -> None:
    told = evaluate(file)
    assert told.exit_code == 0
    assert "labelled.csv: 3 rows" in told.output
    assert "missed (must alert, did not): 1\n  c  en  imminent -> none (no rule)" in told.output


def test_the_sentences_are_shown_only_when_asked_for(file: Path) -> None:
    assert "fox" not in evaluate(file).output + evaluate(file, "--json").output
    assert "the quick brown fox" in evaluate(file, "--show-text").output


def test_a_machine_gets_the_same_as_json_or_one_row_for_each_sentence(file: Path, tmp_path: Path) -> None:
    told = json.loads(evaluate(file, "--json").output)
    assert told["whole"]["sensitivity"]["hits"] == 1
    assert [row["id"] for row in told["misses"]] == ["c"]
    assert evaluate(file, "--rows", tmp_path / "out.csv").exit_code == 0
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines()[::3] == ["id,tier,action", "c,none,none"]


def test_a_clinic_s_own_words_count_too(file: Path, tmp_path: Path) -> None:
    pack = tmp_path / "oakfield"
    pack.mkdir()
    (pack / "clinic.yaml").write_text("", "utf-8")
    (pack / "risk.yaml").write_text(
        "language: en\nauthor: us\ndate: '2026-11-21'\nrules:\n  oakfield-fox:\n    tier: high\n"
        "    category: distress\n    match: [brown fox]\n    yes: [a brown fox, brown fox]\n    no: [a red fox]\n",
        "utf-8",
    )
    assert "missed (must alert, did not): 0" in evaluate(file, "--clinic", pack).output


def test_a_file_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("sentence\nhello\n", "utf-8")
    told = evaluate(path)
    assert told.exit_code == 2
    assert told.stderr.startswith("rapport: other.csv:1: there is no column text, lang, label")


def told(*arguments: str, lines: str = "") -> Result:
    return CliRunner().invoke(cli.rapport, ["risk", *arguments], input=lines)


def test_single_lines_are_judged_with_rules_and_spans() -> None:
    found = [
        json.loads(line) for line in told("screen", lines="I want to kill myself\nnice weather\n").output.splitlines()
    ]
    assert [(each["tier"], each["action"]) for each in found] == [("high", "alert"), ("none", "none")]
    assert "en-kill-self" in found[0]["rules"]
    assert found[0]["spans"][0]["end"] > found[0]["spans"][0]["start"]


def test_what_only_the_second_net_notices_is_explained_by_its_strongest_ngrams() -> None:
    said = "i have sorted everything out and feel strangely calm, nobody will have to worry about me"
    found = json.loads(told("screen", lines=said).output)
    assert found["action"] == "ask"
    assert len(found["ngrams"]) == 5 or found["rules"] != ["en-second-net"]


def test_a_language_can_be_looked_at_alone_and_an_unknown_one_is_told() -> None:
    assert json.loads(told("screen", "--lang", "es", lines="quiero matarme").output)["action"] == "alert"
    assert json.loads(told("screen", "--lang", "es", lines="ich will mich umbringen").output)["action"] == "none"
    refused = told("screen", "--lang", "xx", lines="")
    assert refused.exit_code == 2
    assert "there are no rules for 'xx'" in refused.output


def test_each_language_says_what_its_screen_is_worth_and_that_nobody_has_reviewed_it() -> None:
    found = json.loads(told("languages", "--json").output)
    assert found["en"]["rules"] > 50
    assert found["en"]["reviewed_by"] == ""
    assert "reviewed by nobody yet" in told("languages").output


def test_what_a_clinic_would_change_is_shown_before_it_is_in_use(tmp_path: Path) -> None:
    pack = tmp_path / "oakfield"
    pack.mkdir()
    (pack / "clinic.yaml").write_text("", "utf-8")
    head = "language: en\nauthor: us\ndate: '2026-11-21'\nadjust:\n  en-end-it: "
    (pack / "risk.yaml").write_text(head + "{tier: none, why: x, by: amari, second: castro}\n", "utf-8")
    assert "examples: alert -> " in told("try", str(pack)).output
    (pack / "risk.yaml").write_text(head + "{tier: none, why: x}\n", "utf-8")
    refused = told("try", str(pack))
    assert refused.exit_code == 2
    assert "lowering it takes two people" in refused.output
