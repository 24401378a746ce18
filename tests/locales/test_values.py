"""What a text may say of client, clinic and moment: true at that moment, in the reader's language and zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from bot.hours import hours_text
from bot.lookup import Lookup, Words
from bot.places import countries, zones
from bot.translations import read_translations
from bot.values import STANDARD as WORKED_OUT
from bot.values import standard_values
from bot.worded import date_text, datetime_text, number_text, zone_text
from bot.wording import Wording
from flows.answers import fold
from flows.clinic import Clinic, read_clinic
from flows.conversation import Client, Subject
from flows.definition import Text
from flows.hours import Hours
from flows.placeholders import STANDARD
from flows.regions import read_region
from flows.world import World

CLINIC = """\
clinic: hill
name: Hill Counselling
region: GB
zone: Europe/London
phone: "+44 20 7946 0001"
languages: [en]
hours: {open: {mon-fri: 09:00-17:00, sat: 10:00-12:00}, closed: [2026-03-03]}
clinicians:
  ann: {name: Dr Ann, slack: U1}
team_channel: C1
ladder: {rungs: [{tell: team}]}
check_in: {at: "18:00"}
"""
REGIONS = {
    "GB": """\
region: GB
emergency: "999"
lines:
  - {name: Samaritans, call: "116 123"}
  - {name: Shout, text: {to: "85258", word: SHOUT}}
sources: [a test]
checked: 2026-01-01
""",
    "US": """\
region: US
emergency: "911"
lines: [{name: Lifeline, call: "988", text: {to: "988"}, chat: "https://lifeline.example"}]
sources: [a test]
checked: 2026-01-01
""",
}
LINES = {
    "crisis.line_call": "{name}: call {number}",
    "crisis.line_text": "{name}: send a text message to {number}",
    "crisis.line_text_word": "{name}: text the word {word} to {number}",
    "crisis.line_chat": "{name}: chat at {address}",
}
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)


@pytest.fixture
def clinic() -> Clinic:
    return read_clinic(CLINIC, "clinic.yaml")


@pytest.fixture
def world(clinic: Clinic) -> World:
    texts = {name: Text(name, source, importance="crisis") for name, source in LINES.items()}
    regions = {code: read_region(text, f"{code}.yaml") for code, text in REGIONS.items()}
    words = Wording(Lookup(Words(), Words(texts), region="GB"))
    return World(clinic, book=None, words=words, regions=regions, crisis_regions=frozenset(regions))  # type: ignore[arg-type]  # no value of a text looks into the flows


def client(**more: Any) -> Subject:
    return Subject("client:1", Client("client:1", "Sam", "ann", **more))


STRANGER = Subject("chat:1")


def test_every_value_that_authors_are_told_of_is_there() -> None:
    assert WORKED_OUT.keys() == STANDARD.keys()


def test_the_plain_values(world: World) -> None:
    values = standard_values(client(), world, MONDAY)
    assert [values[name] for name in ("client_name", "clinic_name", "clinician_name", "clinic_phone")] == [
        "Sam", "Hill Counselling", "Dr Ann", "+44 20 7946 0001",
    ]  # fmt: skip
    assert {**standard_values(client(), world, MONDAY, {"mood": "low"})}["mood"] == "low"


def test_a_stranger_hears_of_the_clinic_and_is_called_nothing(world: World) -> None:
    values = standard_values(STRANGER, world, MONDAY)
    assert values["clinician_name"] == "Hill Counselling"
    assert values["client_name"] is None
    assert values["emergency_number"] == "999"


def test_H06_opening_and_closing_are_those_of_this_moment(world: World) -> None:
    here = standard_values(client(), world, MONDAY)
    assert here["opens_at"] == MONDAY
    assert here["closes_at"] == time(17)
    away = standard_values(client(), world, NIGHT)
    assert away["closes_at"] is None
    assert away["opens_at"] == datetime(2026, 3, 4, 9, tzinfo=UTC)


def test_the_client_s_clock_and_zone(world: World) -> None:
    values = standard_values(client(zone="Asia/Kolkata"), world, MONDAY)
    assert values["local_time"] == time(15, 30)
    assert values["closes_at"] == time(22, 30)
    assert values["zone"] == "Asia/Kolkata"
    asked = standard_values(client(), world, MONDAY, {"zone": "America/New_York"})
    assert asked["local_time"] == time(5)


def test_hours_are_the_clinic_s_and_name_its_city_where_the_client_s_clock_differs(world: World) -> None:
    at_home = standard_values(client(zone="Europe/Lisbon"), world, MONDAY)["hours"]
    assert at_home("en_GB") == "Monday–Friday 09:00–17:00; Saturday 10:00–12:00"
    far = standard_values(client(zone="America/New_York"), world, MONDAY)["hours"]
    assert far("es").endswith("sábado 10:00–12:00 (Londres)")


def test_H07_numbers_are_those_of_the_client_s_country(world: World) -> None:
    values = standard_values(client(country="US"), world, MONDAY)
    assert (values["emergency_number"], values["country"], values["clinic_country"]) == ("911", "US", "GB")
    assert values["crisis_lines"]("en").splitlines() == [
        "Lifeline: call 988",
        "Lifeline: send a text message to 988",
        "Lifeline: chat at https://lifeline.example",
    ]


def test_H07_a_country_without_data_gets_the_clinic_s_numbers(world: World) -> None:
    values = standard_values(client(country="NZ"), world, MONDAY)
    assert (values["emergency_number"], values["country"]) == ("999", "NZ")
    assert values["crisis_lines"]("en") == "Samaritans: call 116 123\nShout: text the word SHOUT to 85258"


def test_H07_the_country_that_a_client_names_in_a_crisis_decides(world: World) -> None:
    assert standard_values(client(), world, MONDAY, {"country": "US"})["emergency_number"] == "911"


def test_H07_without_any_data_there_is_still_a_number(world: World) -> None:
    values = standard_values(client(), replace(world, regions={}), MONDAY)
    assert values["emergency_number"] == "112"
    assert values["crisis_lines"]("en") == ""


def test_crisis_lines_in_arabic_have_names_and_numbers_standing_apart(world: World) -> None:
    entries = {
        "crisis.line_call": "{name}: اتصل على {number}",
        "crisis.line_text_word": "{name}: أرسل {word} إلى {number}",
    }
    po = "".join(f'msgctxt "{name}"\nmsgid "{LINES[name]}"\nmsgstr "{said}"\n\n' for name, said in entries.items())
    arabic = read_translations(f'msgid ""\nmsgstr ""\n"Language: ar\\n"\n\n{po}', "ar.po", "ar")
    texts = {name: Text(name, source, importance="crisis") for name, source in LINES.items()}
    numbers = Text("crisis.numbers", "{emergency_number}\n{crisis_lines}", importance="crisis")
    words = Wording(Lookup(Words(), Words({**texts, "crisis.numbers": numbers}, {"ar": arabic})))
    values = standard_values(client(), replace(world, words=words), MONDAY)
    assert words.say("crisis.numbers", "en", values).text.splitlines()[1] == "Samaritans: call 116 123"
    assert values["crisis_lines"]("ar").splitlines()[0] == "\u2068Samaritans\u2069: اتصل على \u2068116 123\u2069"


def test_hours_of_a_clinic_without_any() -> None:
    assert hours_text(Hours("Europe/London", ((),) * 7), "en_GB") == "–"


@pytest.mark.parametrize(
    ("locale", "day"),
    [
        ("en_GB", "Monday 2 March, 10:00"),
        ("en_US", "Monday, March 2, 10:00\u202fAM"),
        ("es", "lunes, 2 de marzo, 10:00"),
        ("fr", "lundi 2 mars, 10:00"),
        ("de", "Montag, 2. März, 10:00"),
        ("ru", "понедельник, 2 марта, 10:00"),
        ("zh_Hans", "3月2日星期一 10:00"),
    ],
)
def test_a_moment_names_weekday_day_month_and_time(locale: str, day: str) -> None:
    assert datetime_text(MONDAY, locale, "UTC") == day


def test_numbers_dates_and_places_follow_the_language() -> None:
    assert number_text(1234.5, "de") == "1.234,5"
    assert date_text(MONDAY, "en_GB", "Asia/Tokyo") == "2 March 2026"
    assert zone_text("America/Argentina/Buenos_Aires", "es") == "Buenos Aires"


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("London", "Europe/London"),
        ("Londres", "Europe/London"),
        ("new york", "America/New_York"),
        ("Europe/Paris", "Europe/Paris"),
        ("France", "Europe/Paris"),
        ("EST", "America/New_York"),
        ("Etc/GMT+2", None),
        ("Spain", None),
    ],
)
def test_a_zone_is_found_by_what_people_type(typed: str, zone: str | None) -> None:
    assert zones(("en", "es")).get(fold(typed)) == zone


@pytest.mark.parametrize(
    ("typed", "code"),
    [("United Kingdom", "GB"), ("UK", "GB"), ("gb", "GB"), ("Reino Unido", "GB"), ("Scotland", "GB"), ("world", None)],
)
def test_a_country_is_found_by_what_people_type(typed: str, code: str | None) -> None:
    assert countries(("en", "es")).get(fold(typed)) == code
