"""The words outside the flows: every id that the code says exists, and every text keeps to the house's manners."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from flows.answers import fold
from flows.commands import COMMANDS, MENU, STANDING
from flows.definition import Text
from flows.errors import DefinitionError
from flows.phrases import read_phrases
from flows.placeholders import ALWAYS_THERE, mistakes, names_in
from flows.regions import worded
from support.catalog import catalogue, phrases, regions, riverside
from support.source import modules

FAMILIES = ("client", "crisis", "desk", "operator", "words")
LITERAL = re.compile(r"""["']((?:client|crisis|desk|operator)\.[a-z_]+)["']""")
STATUSES = ("acknowledged", "taken_over", "contact_made", "no_answer", "resolved", "false_alarm")
REASONS = ("client_here", "appointment")

# What an effect gives to its text beside the standard values.
GIVEN_TO_CLIENTS = {"message", "number", "language", "zone", "country", "good", "okay", "low"}
GIVEN_TO_STAFF = {"alias", "number", "who", "to", "slack_user"}
GIVEN_TO_LINES = {"name", "number", "word", "address"}


def _family(name: str) -> list[Text]:
    return [text for text in phrases().values() if text.id.startswith(f"{name}.")]


def _everything_that_a_client_may_read() -> list[Text]:
    flows = [text for flow in catalogue().values() for text in flow.texts.values()]
    ours = [text for text in flows if text.importance != "instrument"]  # published words are not ours to change
    return [*_family("client"), *_family("crisis"), *ours]


def _said_by_flows() -> Iterator[str]:
    for flow in catalogue().values():
        for state in flow.file.states.values():
            if name := {"note": state.args.get("name"), "tell_staff": state.args.get("text")}.get(state.do):
                yield f"desk.{name}"


def _said() -> set[str]:
    """Every id that stands in the code, in a flow's action, or is put together from one of a few words."""
    said = {found for module in modules("flows", "bot") for found in LITERAL.findall(module.text)}
    said |= {f"desk.did_{status}" for status in STATUSES} | {f"desk.contact_{reason}" for reason in REASONS}
    said |= {f"desk.contact_is_{reason}" for reason in REASONS}
    said |= (
        {option.text for option in STANDING}
        | {f"client.command_{name}" for name in MENU}
        | {text for text, _ in _lines()}
        | set(_said_by_flows())
    )
    return said | {"client.bot_description", "client.bot_short_description"}


def test_every_text_that_the_code_says_has_words() -> None:
    assert _said() - phrases().keys() == set()


def test_no_phrase_is_left_over() -> None:
    kept = {text.id for family in ("client", "crisis", "desk", "operator") for text in _family(family)}
    assert kept - _said() == set()


def test_every_command_of_the_menu_has_a_short_description_and_typed_words() -> None:
    for name in MENU:
        assert len(phrases()[f"client.command_{name}"].source) <= 60
        assert f"words.{name}" in phrases()


def test_a_typed_word_means_one_command_that_there_is() -> None:
    meant: dict[str, set[str]] = {}
    for text in _family("words"):
        for word in text.source.split(";"):
            meant.setdefault(fold(word), set()).add(text.id.removeprefix("words."))
    assert "" not in meant
    assert {word: names for word, names in meant.items() if len(names) > 1} == {}
    assert {name for names in meant.values() for name in names} <= COMMANDS.keys()


def test_the_bot_s_profile_fits_and_holds_no_placeholder() -> None:
    long, short = phrases()["client.bot_description"], phrases()["client.bot_short_description"]
    assert len(long.source) <= 512
    assert len(short.source) <= 120
    assert not names_in(long.source + short.source)


@pytest.mark.parametrize(
    ("family", "given"),
    [("client", GIVEN_TO_CLIENTS), ("words", set()), ("desk", GIVEN_TO_STAFF), ("operator", {"clinic"})],
)
def test_every_placeholder_is_known(family: str, given: set[str]) -> None:
    assert [(text.id, wrong) for text in _family(family) for wrong in mistakes(text.source, given)] == []


def test_every_placeholder_at_a_risky_moment_is_known_and_cannot_be_empty() -> None:
    # The hours are looked at before these two are said: the clinic is open, or it opens again.
    sure = ALWAYS_THERE | {"closes_at", "opens_at"}
    for text in _family("crisis"):
        given = GIVEN_TO_LINES if text.id.startswith("crisis.line_") else set()
        assert list(mistakes(text.source, given)) == [], text.id
        assert names_in(text.source) <= sure | given, text.id
    assert "closes_at" not in names_in(phrases()["crisis.passing_closed"].source)
    assert "opens_at" in names_in(phrases()["crisis.passing_next_opening"].source)


def test_every_word_at_a_risky_moment_waits_for_its_own_sign_off() -> None:
    assert {text.importance for text in _family("crisis")} == {"crisis"}
    assert phrases()["client.need_help"].importance == "crisis"


def test_H17_no_line_for_staff_can_carry_a_client_s_name_or_words() -> None:
    for text in _family("desk"):
        assert names_in(text.source) <= GIVEN_TO_STAFF, text.id


PUSHY = r"must|failed|you have to|you should|you need to|you ought|calm down|don't worry|just try"
UNTRUE = r"is watching|are watching|help is coming|on (?:its|the|their) way|you will be fine|I promise"
HUMAN = r"I feel|I'm sorry|I am sorry|I understand how|I care|as a person|I am here for you|your friend"
SCORES = r"low risk|high risk|your score|diagnos|disorder|commit suicide"


@pytest.mark.parametrize("manners", [PUSHY, UNTRUE, HUMAN, SCORES])
def test_S26_no_text_is_pushy_untrue_or_acts_human(manners: str) -> None:
    pattern = re.compile(rf"\b(?:{manners})\b", re.IGNORECASE)
    assert [text.id for text in _everything_that_a_client_may_read() if pattern.search(text.source)] == []


def test_S27_sentences_are_short_enough_to_be_read_by_somebody_of_eleven() -> None:
    long = {
        text.id: sentence
        for text in _everything_that_a_client_may_read()
        for sentence in re.split(r"[.?!:]\s|\n", text.source)
        if len(sentence.split()) > 20
    }
    assert long == {}


def test_S27_the_words_are_short_too() -> None:
    texts = " ".join(text.source.lower() for text in _everything_that_a_client_may_read())
    words = re.findall(r"[a-z’']+", texts)
    assert sum(len(word) for word in words) / len(words) < 4.5


def _lines() -> list[tuple[str, object]]:
    return [found for region in regions().values() for line in region.lines for found in worded(line)]


@pytest.mark.parametrize("code", sorted(regions()))
def test_H07_a_country_s_numbers_say_where_they_come_from_and_when_they_were_checked(code: str) -> None:
    region = regions()[code]
    assert region.region == code
    assert region.sources
    assert region.confirmed_by == ""  # nobody has signed; when somebody has, this line goes
    assert re.fullmatch(r"\d+( / \d+)?", region.emergency)
    assert all(re.fullmatch(r"[\d +]+", line.call) for line in region.lines if line.call)


def test_H07_the_example_clinic_has_numbers_for_its_country() -> None:
    assert riverside().region in regions()


def test_a_phrase_file_with_mistakes_names_each_with_its_line() -> None:
    with pytest.raises(DefinitionError) as told:
        read_phrases('help: ""\nskip: {text: "x", lable: yes}\n', "phrases/client.yaml")
    assert [(problem.file, problem.line) for problem in told.value.problems] == [
        ("phrases/client.yaml", 1),
        ("phrases/client.yaml", 2),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Help: x", "'Help' is no id; use small letters and _"),
        (f"skip: {{text: {'x' * 41}, label: yes}}", "a button has at most 40 characters; this has 41"),
    ],
)
def test_a_phrase_s_mistake_comes_with_its_repair(text: str, told: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(told)):
        read_phrases(text, "client.yaml")
