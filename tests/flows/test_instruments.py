"""Questionnaires: published words under lock, published arithmetic, no total where one answer is missing."""

from __future__ import annotations

from itertools import product

import pytest

from flows.errors import DefinitionError
from flows.instruments import Instrument, read_instruments
from flows.questionnaire import flow_text
from support.catalog import catalogue, instruments, world
from support.source import ROOT

FILES = {
    path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "flows" / "instruments").glob("*.yaml"))
}
SCORES = ("not_at_all", "several_days", "more_than_half", "nearly_every_day")


def answers(instrument: Instrument, *scores: int) -> dict[str, str]:
    return {item: SCORES[score] for item, score in zip(instrument.items, scores, strict=True)}


@pytest.mark.parametrize(
    ("name", "scores", "total", "band"),
    [
        ("phq9", (0,) * 9, 0, "none or minimal"),
        ("phq9", (1, 1, 1, 1, 0, 0, 0, 0, 0), 4, "none or minimal"),
        ("phq9", (1, 1, 1, 1, 1, 0, 0, 0, 0), 5, "mild"),
        ("phq9", (1,) * 9, 9, "mild"),
        ("phq9", (2, 1, 1, 1, 1, 1, 1, 1, 1), 10, "moderate"),
        ("phq9", (2, 2, 2, 2, 2, 1, 1, 1, 1), 14, "moderate"),
        ("phq9", (2, 2, 2, 2, 2, 2, 1, 1, 1), 15, "moderately severe"),
        ("phq9", (3, 2, 2, 2, 2, 2, 2, 2, 2), 19, "moderately severe"),
        ("phq9", (3, 3, 2, 2, 2, 2, 2, 2, 2), 20, "severe"),
        ("phq9", (3,) * 9, 27, "severe"),
        ("phq8", (3,) * 8, 24, "severe"),
        ("phq2", (2, 1), 3, "positive"),
        ("phq2", (1, 1), 2, "negative"),
        ("gad7", (0,) * 7, 0, "minimal"),
        ("gad7", (1, 1, 1, 1, 1, 0, 0), 5, "mild"),
        ("gad7", (2, 2, 2, 1, 1, 1, 1), 10, "moderate"),
        ("gad7", (3, 2, 2, 2, 2, 2, 2), 15, "severe"),
        ("gad7", (3,) * 7, 21, "severe"),
        ("gad2", (3, 0), 3, "positive"),
    ],
)
def test_S60_answers_are_added_up_as_published(name: str, scores: tuple[int, ...], total: int, band: str) -> None:
    instrument = instruments()[name]
    assert instrument.total(answers(instrument, *scores)) == total
    assert instrument.band(total) == band


@pytest.mark.parametrize("name", ["phq2", "gad2"])
def test_S60_every_way_to_answer_two_questions_is_the_sum_of_both(name: str) -> None:
    instrument = instruments()[name]
    for first, second in product(range(4), repeat=2):
        assert instrument.total(answers(instrument, first, second)) == first + second


@pytest.mark.parametrize("name", sorted(instruments()))
def test_H18_one_missing_answer_means_no_total(name: str) -> None:
    instrument = instruments()[name]
    whole = answers(instrument, *(1,) * len(instrument.items))
    for item in instrument.items:
        less = {each: option for each, option in whole.items() if each != item}
        assert instrument.total(less) is None
        assert instrument.answered(less) == len(instrument.items) - 1
        assert instrument.total({**less, item: "no such answer"}) is None


@pytest.mark.parametrize(
    ("name", "before", "after", "change"),
    [
        ("phq9", 15, 9, "better"), ("phq9", 15, 10, "same"), ("phq9", 9, 14, "same"), ("phq9", 9, 15, "worse"),
        ("gad7", 12, 8, "better"), ("gad7", 12, 9, "same"), ("gad7", 8, 11, "same"), ("gad7", 8, 12, "worse"),
        ("phq2", 0, 6, ""), ("gad2", 6, 0, ""),
    ],
)  # fmt: skip
def test_F12_only_a_change_as_large_as_the_published_reliable_change_counts(
    name: str, before: int, after: int, change: str
) -> None:
    assert instruments()[name].change(before, after) == change


def test_S60_the_code_of_a_total_is_never_the_code_of_its_panel() -> None:
    for instrument in instruments().values():
        codes = [code for code in instrument.file.codes.values() if code]
        assert len(codes) == len(set(codes)), instrument.name
    assert instruments()["phq9"].file.codes == {"panel": "44249-1", "total": "44261-6"}
    assert instruments()["gad7"].file.codes == {"panel": "69737-5", "total": "70274-6"}
    assert "total" not in instruments()["gad2"].file.codes  # none is verified; 70272-0 is PHQ-4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Trouble relaxing", "Trouble to relax"),
        ("Not at all", "Not at all sure"),
        ("nervous: {", "tense: {"),
        ("score: 3", "score: 4"),
        ("Over the last 2 weeks", "Over the last two weeks"),
    ],
)
def test_S60_a_changed_word_order_or_score_is_refused_with_its_file_and_a_repair(old: str, new: str) -> None:
    with pytest.raises(DefinitionError, match=r"gad7.yaml:\d+: the wording of GAD-7 is not the locked one; put the"):
        read_instruments({"gad7.yaml": FILES["gad7.yaml"].replace(old, new, 1)})


def test_S60_an_instrument_of_another_one_names_items_that_there_are() -> None:
    broken = FILES["phq2.yaml"].replace("[interest, mood]", "[interest, moods]")
    with pytest.raises(DefinitionError, match=r"phq2.yaml:\d+: phq9 has no item moods; correct the names"):
        read_instruments({"phq2.yaml": broken, "phq9.yaml": FILES["phq9.yaml"]})


def test_S60_an_instrument_without_words_is_never_put_to_anybody() -> None:
    skeleton = FILES["gad7.yaml"].replace("Trouble relaxing", '""')
    made = read_instruments({"gad7.yaml": skeleton})
    assert not made["gad7"].worded


def test_S60_published_words_are_asked_as_they_stand() -> None:
    for instrument in instruments().values():
        texts = catalogue()[instrument.name].texts
        for name, item in {**instrument.items, **instrument.also}.items():
            assert texts[f"{instrument.name}.{name}.ask"].source.endswith(item.text)
            assert texts[f"{instrument.name}.{name}.ask"].importance == "instrument"
    assert flow_text(instruments()["phq9"]) == flow_text(instruments()["phq9"])


def test_S60_a_questionnaire_is_only_offered_in_the_language_of_its_words() -> None:
    assert world().asks("phq9", "en_GB")
    assert not world().asks("phq9", "es")
    assert not world().asks("wsas", "en")


def test_S61_the_client_reads_a_plain_sentence_and_a_direction_and_no_diagnosis() -> None:
    shown = [text.source for name in instruments() for text in catalogue()[name].texts.values() if ".say" in text.id]
    bands = {band for each in instruments().values() for band in each.file.bands.values()}
    assert not [text for text in shown for band in bands if band in text.split()]
    assert any("Lower is better." in text for text in shown)
