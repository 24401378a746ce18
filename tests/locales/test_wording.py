"""The words of a clinic: which are used, which are refused, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import pytest

from bot.formatting import TemplateError, template
from bot.lookup import Lookup, UnknownTextError, Words
from bot.translations import read_translations
from bot.wording import UnfilledError, Wording
from flows.definition import Text
from flows.errors import DefinitionError

OPENING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BASE = {
    "client.hello": Text("client.hello", "Hello {client_name}."),
    "client.open": Text("client.open", "We open on {opens_at:datetime}, until {closes_at:time}."),
    "client.language": Text("client.language", "{language:language}", label=True),
    "client.number": Text("client.number", "{number}", label=True),
    "client.zone": Text("client.zone", "{zone:zone}", label=True),
    "client.country": Text("client.country", "{country:country}", label=True),
    "client.both": Text("client.both", "{things:list}"),
    "crisis.numbers": Text("crisis.numbers", "Call {emergency_number} now.\n{crisis_lines}", importance="crisis"),
    "privacy.what.say": Text("privacy.what.say", "We keep your answers.", importance="consent"),
    "words.help": Text("words.help", "help; Menu; ?"),
    "words.stop": Text("words.stop", "stop"),
}


def po(language: str, *entries: tuple[str, str, str], header: str = "", flags: Mapping[str, str] | None = None) -> str:
    """A PO file with these entries: id, source, translation."""
    head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n{header}\n'
    quoted = [[part.replace("\n", "\\n") for part in entry] for entry in entries]
    return head + "".join(
        f'{(flags or {}).get(text_id, "")}msgctxt "{text_id}"\nmsgid "{source}"\nmsgstr "{words}"\n\n'
        for text_id, source, words in quoted
    )


def words(texts: Mapping[str, Text], files: Mapping[str, str]) -> Words:
    return Words(texts, {lang: read_translations(text, f"{lang}.po", lang) for lang, text in files.items()})


def wording(base: Mapping[str, str] | None = None, clinic: Mapping[str, str] | None = None, **more: Any) -> Wording:
    """A wording over the texts above, with PO files by language."""
    own: Mapping[str, Text] = more.pop("own", {})
    return Wording(Lookup(words(own, clinic or {}), words(BASE, base or {}), **more))


def test_the_source_stands_in_where_a_language_has_no_words() -> None:
    said = wording().say("client.hello", "fr", {"client_name": "Sam"})
    assert (said.text, said.locale, said.layer, said.direction) == ("Hello Sam.", "en", "base", "ltr")


def test_S30_a_mexican_reads_mexican_then_latin_american_then_spanish_words() -> None:
    files = {
        "es": po("es", ("client.hello", "Hello {client_name}.", "Hola, {client_name}.")),
        "es_419": po("es_419", ("client.hello", "Hello {client_name}.", "Qué tal, {client_name}.")),
        "es_MX": po("es_MX", ("client.hello", "Hello {client_name}.", "Quihubo, {client_name}.")),
    }
    asked = {"client_name": "Sam"}
    assert wording(files).say("client.hello", "es_MX", asked).text == "Quihubo, Sam."
    del files["es_MX"]
    assert wording(files).say("client.hello", "es_MX", asked).locale == "es_419"
    del files["es_419"]
    assert wording(files).say("client.hello", "es_MX", asked).text == "Hola, Sam."


def test_the_clinic_s_words_go_before_the_base_in_each_language_and_a_parent_s_before_english() -> None:
    base = {"es_MX": po("es_MX", ("client.hello", "Hello {client_name}.", "base mx {client_name}"))}
    clinic = {"es": po("es", ("client.hello", "Hello {client_name}.", "clinic es {client_name}"))}
    both = wording(base, clinic)
    assert both.say("client.hello", "es_MX", {"client_name": "x"}).text == "base mx x"
    assert both.say("client.hello", "es_AR", {"client_name": "x"}).layer == "clinic"


def test_a_clinic_rewords_english_too() -> None:
    own = wording(clinic={"en": po("en", ("client.hello", "Hello {client_name}.", "Hiya {client_name}."))})
    said = own.say("client.hello", "de", {"client_name": "Sam"})
    assert (said.text, said.layer, said.locale) == ("Hiya Sam.", "clinic", "en")


def test_H17_two_clinics_in_one_process_never_see_each_other_s_words() -> None:
    shared = {"es": po("es", ("client.hello", "Hello {client_name}.", "Hola {client_name}"))}
    hill = wording(shared, {"es": po("es", ("client.hello", "Hello {client_name}.", "Monte {client_name}"))})
    dale = wording(shared, {"es": po("es", ("words.help", "help; Menu; ?", "valle"))})
    plain = wording(shared)
    said = [each.say("client.hello", "es", {"client_name": "x"}).text for each in (hill, dale, plain, hill)]
    assert said == ["Monte x", "Hola x", "Hola x", "Monte x"]
    assert "valle" in dale.vocabulary("es")
    assert "valle" not in hill.vocabulary("es")


def test_a_fuzzy_or_empty_translation_does_not_count() -> None:
    flags = {"client.hello": "#, fuzzy\n"}
    entries = (("client.hello", "Hello {client_name}.", "¿{client_name}?"), ("words.stop", "stop", ""))
    files = po("es", *entries, flags=flags)
    one = wording({"es": files})
    assert one.say("client.hello", "es", {"client_name": "x"}).locale == "en"
    assert one.say("words.stop", "es", {}).locale == "en"


@pytest.mark.parametrize(
    ("text_id", "source", "kept"),
    [
        ("words.stop", "halt", True),
        ("crisis.numbers", "Ring {emergency_number}.\n{crisis_lines}", True),
        ("privacy.what.say", "We keep all your answers.", False),
    ],
)
def test_F17_changed_source_keeps_ordinary_and_crisis_words_but_not_consent(
    text_id: str, source: str, kept: bool
) -> None:
    translated = "Ya {emergency_number} {crisis_lines}" if "crisis" in text_id else "viejo"
    one = wording({"es": po("es", (text_id, source, translated))})
    said = one.say(text_id, "es", {"emergency_number": "112", "crisis_lines": "-"})
    assert (said.locale, said.stale) == (("es", True) if kept else ("en", False))
    (problem,) = one.report()
    assert (problem.file, problem.line) == ("es.po", 5)
    assert "older source" in problem.what


def test_H20_a_pinned_version_keeps_its_own_words() -> None:
    old = {"privacy.what.say": Text("privacy.what.say", "We keep nothing.", importance="consent")}
    current = ("privacy.what.say", "We keep your answers.", "Guardamos tus respuestas.")
    one = wording({"es": po("es", current)}, pinned=lambda version: old if version == "abc" else {})
    assert one.say("privacy.what.say", "es", {}).text == "Guardamos tus respuestas."
    assert one.say("privacy.what.say", "es", {}, source="abc").text == "We keep nothing."
    assert one.say("privacy.what.say", "es", {}, source="other").text == "Guardamos tus respuestas."
    assert one.say("words.stop", "es", {}, source="abc").text == "stop"


def test_a_clinic_s_own_flow_text_replaces_the_base() -> None:
    one = wording(own={"client.hello": Text("client.hello", "Welcome {client_name}.")})
    said = one.say("client.hello", "en", {"client_name": "Sam"})
    assert (said.text, said.layer) == ("Welcome Sam.", "clinic")


@pytest.mark.parametrize(
    ("translated", "told"),
    [
        ("Hola.", "lacks {client_name}"),
        ("Hola {client_name} {phone}.", "has {phone}"),
        ("Hola {client_name.__class__}", "'{client_name.__class__}' is no placeholder"),
        ("Hola {client_name!r}", "'{client_name!r}' is no placeholder"),
        ("Hola {0}", "'{0}' is no placeholder"),
        ("Hola {client_name[0]}", "is no placeholder"),
        ("Hola {client_name:>9999999}", "is no placeholder"),
        ("Hola {client_name", "is no placeholder"),
        ("Hola {client_name:pickle}", "unknown type"),
    ],
)
def test_a_translation_with_wrong_placeholders_is_refused_with_file_and_line(translated: str, told: str) -> None:
    one = wording({"es": po("es", ("client.hello", "Hello {client_name}.", translated))})
    assert one.say("client.hello", "es", {"client_name": "Sam"}).text == "Hello Sam."
    (problem,) = one.report()
    assert (problem.file, problem.line) == ("es.po", 5)
    assert told in problem.what
    assert problem.repair


def test_a_translation_of_an_unknown_text_is_reported() -> None:
    (problem,) = wording({"es": po("es", ("client.gone", "Gone", "Ido"))}).report()
    assert "client.gone" in problem.what


def test_a_client_s_own_words_are_never_read_as_a_template() -> None:
    assert wording().say("client.hello", "en", {"client_name": "{clinic_name}"}).text == "Hello {clinic_name}."


def test_braces_are_doubled_to_stand_for_themselves() -> None:
    assert template("{{x}} {y}").parts[0] == "{x} "
    with pytest.raises(TemplateError, match="no placeholder"):
        template("}")


def test_dates_and_times_are_worded_in_the_reader_s_language_and_zone() -> None:
    one = wording(
        {"es": po("es", ("client.open", BASE["client.open"].source, "{opens_at:datetime}; {closes_at:time}"))},
        region="GB",
    )
    values = {"opens_at": OPENING, "closes_at": time(17)}
    said = one.say("client.open", "en", values, zone="Europe/London").text
    assert said == "We open on Monday 2 March, 09:00, until 17:00."
    assert one.say("client.open", "en_US", values, zone="America/New_York").text.startswith(
        "We open on Monday, March 2, 4:00"
    )
    assert one.say("client.open", "es", values, zone="Europe/Madrid").text == "lunes, 2 de marzo, 10:00; 17:00"


def test_english_standing_in_has_english_dates() -> None:
    said = wording(region="GB").say("client.open", "es", {"opens_at": OPENING, "closes_at": time(17)})
    assert "Monday 2 March" in said.text


def test_labels_are_worded_with_their_values() -> None:
    one = wording()
    assert one.label("client.number", "en", {"number": 7}) == "7"
    assert one.label("client.zone", "es", {"zone": "Europe/London"}) == "London"
    assert one.label("client.country", "en", {"country": "GB"}) == "United Kingdom"
    assert [one.label("client.language", "en", {"language": code}) for code in ("es", "de")] == ["Español", "Deutsch"]


def test_arabic_runs_from_right_to_left_and_values_stand_apart() -> None:
    one = wording({"ar": po("ar", ("client.hello", "Hello {client_name}.", "مرحبًا {client_name}."))})
    said = one.say("client.hello", "ar", {"client_name": "Sam"})
    assert said.direction == "rtl"
    assert said.text == "مرحبًا \u2068Sam\u2069."


def test_a_command_in_an_arabic_text_keeps_its_slash_in_front() -> None:
    one = wording({"ar": po("ar", ("words.stop", "stop", "أرسل /crisis، أو https://a.example/b"))})
    assert one.say("words.stop", "ar", {}).text == "أرسل \u2066/crisis\u2069، أو https://a.example/b"


def test_an_arabic_name_in_an_english_sentence_stands_apart_and_plain_english_stays_plain() -> None:
    assert wording().say("client.hello", "en", {"client_name": "سمر"}).text == "Hello \u2068سمر\u2069."
    assert wording().say("client.hello", "en", {"client_name": "Zoë"}).text == "Hello Zoë."


def test_a_value_cannot_break_out_of_its_isolation() -> None:
    said = wording().say("client.hello", "en", {"client_name": "سمر\u2069\u202e\nرام"})
    assert said.text == "Hello \u2068سمر\u2069\n\u2068رام\u2069."


def test_a_missing_value_names_id_and_placeholder_and_no_value() -> None:
    with pytest.raises(UnfilledError, match=r"client\.open: the value of '\{opens_at\}' is missing"):
        wording().say("client.open", "en", {"closes_at": "secret words"})
    with pytest.raises(UnfilledError, match=r"\{opens_at\}") as refused:
        wording().say("client.open", "en", {"opens_at": "secret words", "closes_at": time(17)})
    assert "secret" not in str(refused.value)
    with pytest.raises(UnknownTextError, match=r"client\.nowhere"):
        wording().say("client.nowhere", "en", {})


class Broken(dict[str, Any]):
    """Values of which one cannot even be worked out."""

    def __getitem__(self, name: str) -> Any:
        raise RuntimeError("secret words") if name == "crisis_lines" else KeyError(name)


def test_H07_a_crisis_text_comes_out_whatever_is_wrong_with_its_values() -> None:
    said = wording().say("crisis.numbers", "en", Broken())
    assert said.text == "Call  now.\n"
    assert said.missing == ("emergency_number", "crisis_lines")


def test_typed_words_work_in_the_client_s_language_and_always_in_english() -> None:
    one = wording({"es": po("es", ("words.help", "help; Menu; ?", "ayuda; ¿Qué?; menú"))})
    spanish = one.vocabulary("es")
    assert {word: spanish[word] for word in ("ayuda", "menú", "help", "menu", "stop")} == {
        "ayuda": "help", "menú": "help", "help": "help", "menu": "help", "stop": "stop",
    }  # fmt: skip
    assert "" not in spanish
    assert "ayuda" not in one.vocabulary("en")


@pytest.mark.parametrize("cut", range(3, 50))
def test_a_file_that_breaks_off_is_refused(cut: int) -> None:
    whole = po("es", ("client.hello", "Hello {client_name}.", "Hola {client_name}"), ("words.stop", "stop", "parar"))
    part = whole[:-cut]
    with pytest.raises(DefinitionError) as refused:
        read_translations(part, "es.po", "es")
    assert all(problem.file == "es.po" and problem.line and problem.repair for problem in refused.value.problems)


def test_a_text_translated_twice_is_a_mistake() -> None:
    twice = po("es", ("words.stop", "stop", "parar"), ("words.stop", "stop", "alto"))
    with pytest.raises(DefinitionError, match=r"es\.po:9: words\.stop stands twice"):
        read_translations(twice, "es.po", "es")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ('"X-Rapport-Status: final\\n"', "X-Rapport-Status"),
        ('"X-Rapport-Status: reviewed\\n"', "not by whom"),
    ],
)
def test_F17_a_review_needs_a_name(header: str, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        read_translations(po("es", header=header), "es.po", "es")


def test_a_file_in_the_wrong_place_is_a_mistake() -> None:
    with pytest.raises(DefinitionError, match="Language: fr"):
        read_translations(po("fr"), "es.po", "es")


def test_taiwan_never_reads_simplified_words() -> None:
    one = wording({"zh": po("zh", ("words.stop", "stop", "停"))})
    assert one.say("words.stop", "zh_TW", {}).locale == "en"
    assert one.say("words.stop", "zh_Hans", {}).text == "停"
