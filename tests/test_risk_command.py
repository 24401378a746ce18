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


def test_a_machine_gets_the_same_as_json_or_one_row_for_each_sentence(file: Path) -> None:
    told = json.loads(evaluate(file, "--json").output)
    assert told["whole"]["sensitivity"]["hits"] == 1
    assert [row["id"] for row in told["misses"]] == ["c"]
    assert evaluate(file, "--rows").output.splitlines()[::3] == ["id,tier,action", "c,none,none"]


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
