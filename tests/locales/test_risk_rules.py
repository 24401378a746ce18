"""The shipped risk rules: their examples hold, and they do what they must on the labelled messages where those are."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.risk_eval import Report, evaluate
from flows.risk import Screen, screen
from flows.risk_rules import check_examples, compile_rules

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "id", "pt", "ru", "zh")
LABELLED = ROOT.parent / "shared" / "risk"
ALERTS_PER_THOUSAND, ASKS_PER_HUNDRED = 3, 10  # of natural client talk
MEDIAN_SECONDS = 300e-6


def shipped() -> Mapping[str, str]:
    return {
        f"locales/{lang}/risk.yaml": (ROOT / "locales" / lang / "risk.yaml").read_text(encoding="utf-8")
        for lang in LANGUAGES
    }


@pytest.fixture(scope="module")
def rules() -> Screen:
    return compile_rules(shipped())


@pytest.fixture(scope="module")
def labelled() -> Path:
    if not LABELLED.is_dir():
        pytest.skip("the labelled messages are not here; they lie beside the project as ../shared/risk")
    return LABELLED


@pytest.fixture(scope="module")
def dev(rules: Screen, labelled: Path) -> Report:
    return evaluate(labelled / "dev.csv", rules)


def test_every_example_of_every_rule_holds() -> None:
    assert [str(problem) for problem in check_examples(shipped())] == []


def test_every_language_with_rules_is_shipped_and_loaded(rules: Screen) -> None:
    found = {path.parent.name for path in (ROOT / "locales").glob("*/risk.yaml")}
    loaded = set(rules.languages)
    assert found == set(LANGUAGES) == loaded


SAID = {
    "ar": ("أريد أن أقتل نفسي", "بلعت كل الحبوب", "زوجي ضربني", "وداعا يا أهلي"),
    "de": ("ich will mich umbringen", "ich habe alle Tabletten geschluckt", "er hat mich geschlagen", "lebt wohl"),
    "en": ("I want to kill myself", "I took all my pills", "he hit me last night", "goodbye everyone, forgive me"),
    "es": ("quiero matarme", "me tomé todas las pastillas", "mi marido me pegó", "adiós a todos, perdón"),
    "fr": ("je veux me tuer", "j'ai avalé tous les cachets", "il m'a frappée", "adieu à tous"),
    "hi": ("मैं आत्महत्या करना चाहता हूँ", "maine saari goliyan kha li", "पति ने मुझे मारा", "अलविदा सबको"),
    "id": ("aku mau bunuh diri", "aku minum semua obat", "suamiku mukul aku", "selamat tinggal semuanya"),
    "pt": ("quero me matar", "tomei todos os comprimidos", "ele me bateu", "adeus a todos, me perdoem"),
    "ru": ("хочу убить себя", "выпила все таблетки", "муж меня ударил", "прощайте все"),
    "zh": ("我想自杀", "我把药全吃了", "我老公打我", "永别了各位"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_H01_plain_statements_alert_in_every_language(rules: Screen, lang: str) -> None:
    quiet = [number for number, text in enumerate(SAID[lang]) if screen(rules, [text]).action != "alert"]
    assert quiet == []


@pytest.mark.parametrize(
    "text",
    [
        "estoy fine but honestly me quiero morir",
        "yaar mera life khatam karne ka mann hai, marna chahta hu",
        "je suis ok lol but I want to kill myself",
        "aku capek banget, I want to die",
        "mujhe suicidal thoughts aa rahe hain",
    ],
)
def test_H01_every_message_is_screened_in_every_language(rules: Screen, text: str) -> None:
    assert screen(rules, [text]).action == "alert"


@pytest.mark.parametrize(
    "text",
    [
        "this homework is killing me",
        "dead tired after the night shift",
        "our dog died on Sunday",
        "took my tablets at eight as usual",
        "cut my finger chopping onions",
        "No, I'm not suicidal, just exhausted",
        "I won't be here next week, on holiday",
        "thanks for everything, see you Tuesday",
        "me muero de hambre",
        "ich lach mich tot",
        "умираю со смеху",
        "ميت من الجوع",
    ],
)
def test_H05_ordinary_talk_does_not_alert(rules: Screen, text: str) -> None:
    assert screen(rules, [text]).action != "alert"


@pytest.mark.parametrize("lang", LANGUAGES[:-1])  # there are no labelled messages in Chinese
def test_H01_the_labelled_messages_that_must_alert_do(dev: Report, lang: str) -> None:
    share = dev.by_lang[lang].sensitivity.value
    assert share is not None
    assert share >= (0.95 if lang == "en" else 0.85), [row.row for row in dev.misses if row.lang == lang]


def test_H05_harmless_labelled_messages_seldom_alert(dev: Report) -> None:
    share = dev.whole.specificity.value
    assert share is not None
    assert share >= 0.98, [row.row for row in dev.false_alerts]


def natural_talk(folder: Path) -> list[str]:
    with (folder / "benign_chat_en.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def test_H05_natural_client_talk_seldom_alerts_and_is_not_always_asked_about(rules: Screen, labelled: Path) -> None:
    actions = [screen(rules, [text]).action for text in natural_talk(labelled)]
    assert actions.count("alert") <= ALERTS_PER_THOUSAND * len(actions) / 1000
    assert actions.count("ask") <= ASKS_PER_HUNDRED * len(actions) / 100


def test_screening_fits_into_a_turn(rules: Screen, labelled: Path) -> None:
    spent = []
    for text in natural_talk(labelled)[:500]:
        began = time.process_time()
        screen(rules, [text])
        spent.append(time.process_time() - began)
    assert statistics.median(spent) < MEDIAN_SECONDS
