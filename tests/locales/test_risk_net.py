"""The learned second net: only ever a gentle question, explained, small, and made from the corpus beside it."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.risk_net import LOCALES, corpus_hash, writers
from bot.catalogue import read_catalogue
from flows.errors import DefinitionError
from flows.risk import Screen, screen
from flows.risk_net import nets_of, read_net
from flows.risk_rules import compile_rules

NETS = sorted(path.parent.name for path in LOCALES.glob("*/risk_net.tsv"))
HOSTILE = {
    "one word again and again": "die " * 1024,
    "ever new words": " ".join(f"w{n}x" for n in range(700)),
    "no space": "kill" * 1024,
    "letters apart": "k i l l " * 512,
    "signs": "k!ll.my-self|" * 315,
    "wishes": "i want to i want to " * 204,
    "emoji": "🔪💊" * 2048,
}
TINY = "!language\txx\n!bias\t0\n!threshold\t500\n!words\t2\n!corpus\tabc\nviaduct\t900\nat the\t100\nnice\t-900\n"


@pytest.fixture(scope="module")
def rules() -> Screen:
    shipped = read_catalogue()
    return compile_rules(shipped.risk, shipped.nets)


def test_every_language_with_rules_has_a_net() -> None:
    assert sorted(path.parent.name for path in LOCALES.glob("*/risk.yaml") if path.parent.parent == LOCALES) == NETS


@pytest.mark.parametrize("lang", NETS)
def test_a_net_is_small_and_made_from_the_corpus_beside_it(lang: str) -> None:
    path = LOCALES / lang / "risk_net.tsv"
    assert path.stat().st_size < 2_000_000
    assert read_net(path.read_text("utf-8"), path.name).corpus == corpus_hash(lang, writers(lang)["train"])


@pytest.mark.parametrize("lang", NETS)
def test_whoever_trains_neither_tunes_nor_tests(lang: str) -> None:
    parts = writers(lang)
    everybody = [writer for part in parts.values() for writer in part]
    assert len(everybody) == len(set(everybody)) == len(list((LOCALES / lang / "risk_corpus").glob("*.csv")))


@pytest.mark.parametrize("lang", NETS)
def test_the_corpus_is_whole_and_no_line_stands_in_it_twice(lang: str) -> None:
    rows = list(_corpus(LOCALES / lang / "risk_corpus"))
    assert len({row["text"] for row in rows}) == len(rows)
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["lang"] for row in rows} == {lang}
    assert {row["label"] for row in rows} == {"none", "low", "moderate", "high", "imminent"}


def _corpus(folder: Path) -> Iterator[dict[str, str]]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def test_H05_what_the_net_alone_notices_is_asked_about_and_never_alerted(rules: Screen) -> None:
    said = "i have sorted everything out, everybody will be fine without me from tomorrow"
    quiet = compile_rules({"xx/risk.yaml": QUIET}, {"en": (LOCALES / "en" / "risk_net.tsv").read_text("utf-8")})
    verdict = screen(quiet, [said])
    assert (verdict.tier, verdict.action, verdict.learned) == ("concern", "ask", True)
    assert 0 < len(quiet.explain(said)) <= 5
    assert screen(rules, ["I want to kill myself"]).action == "alert"
    assert not screen(rules, ["I want to kill myself"]).learned


QUIET = """
language: xx
author: a test
date: "2026-11-21"
rules:
  never: {tier: high, category: distress, match: [abracadabra], yes: [abracadabra, oh abracadabra], no: [nothing]}
"""


def test_the_net_looks_at_parts_of_a_long_message_so_that_one_sentence_does_not_drown() -> None:
    nets = nets_of({"xx": read_net(TINY, "xx")})
    assert nets.caught(["viaduct"]) == "xx"
    assert nets.caught(["nice", "viaduct"]) == ""
    assert nets.caught([*["nice"] * 100, *["other"] * 30, "viaduct", *["other"] * 30]) == "xx"


def test_a_broken_file_of_weights_is_told_with_its_line() -> None:
    with pytest.raises(DefinitionError, match=r"net.tsv:7: this line is no n-gram with its weight; make it anew"):
        read_net(TINY.replace("100", "much"), "net.tsv")
    with pytest.raises(DefinitionError, match="the head of the file lacks 'bias'"):
        read_net(TINY.replace("!bias\t0\n", ""), "net.tsv")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_message_with_the_net_takes_no_longer_than_its_length(rules: Screen, text: str) -> None:
    """Four times the text may take some eight times as long, not sixteen; the best of several tries counts."""
    quarter, whole = text[: len(text) // 4], text
    assert _best(rules, whole) < 8 * _best(rules, quarter) + 0.002


def _best(rules: Screen, text: str) -> float:
    def once() -> float:
        begin = time.process_time()
        screen(rules, [text])
        return time.process_time() - begin

    return min(once() for _try in range(5))
