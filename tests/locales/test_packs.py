"""A clinic's pack over what is shipped: what stands in for what, what is refused, and who may be invited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.formatting import template
from bot.gate import GUARDED
from bot.packs import Catalogue, Pack, PackFiles, build, read_catalogue, read_pack
from bot.worded import FORMATS
from flows.definition import LABEL_LIMIT, version_of
from flows.errors import DefinitionError
from flows.placeholders import TYPES

CLINIC = """\
clinic: hill
name: Hill Counselling
region: GB
zone: Europe/London
phone: "+44 20 7946 0001"
languages: [en, es]
hours: {open: {mon-fri: 09:00-17:00}}
clinicians:
  ann: {name: Dr Ann, slack: U1, email: ann@hill.example}
team_channel: C1
ladder: {rungs: [{tell: assigned}, {tell: team, after: 10m}]}
check_in: {at: "18:00"}
"""
FLOW = """\
flow: hello
title: Hello
why: It is polite.
start: first
states:
  first: {say: "Hello {client_name}.", next: second}
  second: {ask: "Shall I stay?", importance: consent, expire: {after: 1d, next: end}, next: end}
examples:
  short: [{bot: first}]
"""
PHRASES = {
    "flows/phrases/client.yaml": 'skip: {text: Skip, label: yes}\nhelp: "Here is help."\n',
    "flows/phrases/crisis.yaml": 'thanks: "Thank you."\n',
    "flows/phrases/words.yaml": 'help: "help; menu"\n',
}
RISK = """\
language: {language}
author: nobody
date: "2026-01-01"
rules:
  {language}-example:
    tier: high
    category: suicidal_thoughts
    match: ["{word}"]
    yes: ["{word}", "{word} now"]
    no: ["nothing"]
"""
REGION = """\
region: GB
emergency: "999"
lines: [{name: Somebody, call: "116 123"}]
sources: ["made up for this test"]
checked: 2026-01-01
"""
SHIPPED = Catalogue(
    flows={"flows/catalog/hello.yaml": FLOW},
    phrases=PHRASES,
    risk={
        "locales/en/risk.yaml": RISK.format(language="en", word="zzdanger"),
        "locales/es/risk.yaml": RISK.format(language="es", word="zzpeligro"),
    },
    regions={"locales/regions/GB.yaml": REGION},
)
HELLO = ("hello.first.say", "Hello {client_name}.", "Hola, {client_name}.")
STAY = ("hello.second.ask", "Shall I stay?", "¿Me quedo?")
THANKS = ("crisis.thanks", "Thank you.", "Gracias.")


def po(*entries: tuple[str, str, str], status: str = "reviewed", language: str = "es") -> str:
    by = '"X-Rapport-Reviewed-By: A Test\\n"\n' if status == "reviewed" else ""
    head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"X-Rapport-Status: {status}\\n"\n{by}\n'
    return head + "".join(f'msgctxt "{i}"\nmsgid "{source}"\nmsgstr "{said}"\n\n' for i, source, said in entries)


def pack(files: PackFiles | None = None, *, shipped: Catalogue = SHIPPED, drafts: bool = False) -> Pack:
    return build(shipped, {"clinic.yaml": CLINIC, **(files or {})}, {}, allow_drafts=drafts)


def mistakes(files: PackFiles) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        pack(files)
    return [str(problem) for problem in refused.value.problems]


def with_spanish(text: str) -> Catalogue:
    return replace(SHIPPED, translations={"locales/es/LC_MESSAGES/rapport.po": text})


def test_a_pack_of_one_file_takes_the_rest_from_what_is_shipped() -> None:
    one = pack()
    assert one.world.clinic.name == "Hill Counselling"
    assert one.world.book.current("hello").version == version_of(FLOW)
    assert one.versions == {version_of(FLOW): ("hello", FLOW)}
    assert one.screen(["zzdanger"]).tier == "high"
    assert one.world.crisis_regions == {"GB"}
    assert one.gaps == ""
    assert one.world.zones["londres" if "es" in one.world.languages else "london"] == "Europe/London"


def test_a_clinic_s_flow_stands_in_for_the_shipped_one_words_and_all() -> None:
    own = FLOW.replace("Hello {client_name}.", "Welcome {client_name}.")
    one = pack({"flows/hello.yaml": own})
    assert one.world.book.current("hello").version == version_of(own)
    assert one.wording.say("hello.first.say", "en", {"client_name": "Sam"}).text == "Welcome Sam."
    assert one.wording.say("hello.first.say", "en", {"client_name": "Sam"}).layer == "clinic"
    assert pack().wording.say("hello.first.say", "en", {"client_name": "Sam"}).text == "Hello Sam."


def test_H20_an_older_version_is_read_when_somebody_is_still_in_it() -> None:
    old = FLOW.replace("Hello", "Good day")
    one = build(SHIPPED, {"clinic.yaml": CLINIC}, {version_of(old): old})
    assert one.world.book.pinned(version_of(old)).texts["hello.first.say"].source == "Good day {client_name}."
    said = one.wording.say("hello.first.say", "en", {"client_name": "Sam"}, source=version_of(old))
    assert said.text == "Good day Sam."
    with pytest.raises(KeyError):
        one.world.book.pinned("0" * 16)


def test_H17_two_clinics_in_one_process_keep_their_own_words_flows_and_rules() -> None:
    hill = pack({"locales/en.po": po(("client.help", "Here is help.", "Hill helps."), language="en")})
    dale = pack({
        "clinic.yaml": CLINIC.replace("hill", "dale"),
        "flows/extra.yaml": FLOW.replace("flow: hello", "flow: extra"),
        "risk.yaml": RISK.format(language="en", word="zzdale").replace("en-example", "dale-example"),
    })  # fmt: skip
    assert hill.wording.say("client.help", "en", {}).text == "Hill helps."
    assert dale.wording.say("client.help", "en", {}).text == "Here is help."
    assert [each.screen(["zzdale"]).tier for each in (hill, dale)] == ["none", "high"]
    assert dale.screen(["zzdanger"]).tier == "high"
    with pytest.raises(KeyError):
        hill.world.book.current("extra")


def test_every_mistake_of_a_pack_is_told_at_once() -> None:
    told = mistakes({
        "clinic.yaml": CLINIC.replace("region: GB", "region: Britain"),
        "flows/hello.yaml": FLOW.replace("{client_name}", "{client_name.__class__}"),
        "flows/two.yaml": "flow: two\n",
        "locales/es.po": po(HELLO)[:-5],
        "regions/FR.yaml": REGION,
        "risk.yaml": "language: en\n",
    })  # fmt: skip
    for expected in (
        "clinic.yaml:3: region",
        "flows/hello.yaml:6: '{client_name.__class__}' is no placeholder",
        "flows/two.yaml:1: title",
        "locales/es.po:9: this line breaks off",
        "regions/FR.yaml:1: the file says region: GB",
        "risk.yaml:1:",
    ):
        assert [line for line in told if line.startswith(expected)], expected


def test_two_files_for_one_language_are_a_mistake() -> None:
    (told,) = mistakes({"locales/es.po": po(HELLO), "locales/es/LC_MESSAGES/rapport.po": po(HELLO)})
    assert "keep one of the two" in told


def test_a_flow_that_stands_in_for_ours_keeps_its_doors_and_its_weight() -> None:
    shipped = FLOW.replace("start: first", "importance: crisis\nstart: first\nentries: [second]")
    own = FLOW.replace("second", "other")
    with pytest.raises(DefinitionError) as refused:
        pack({"flows/hello.yaml": own}, shipped=replace(SHIPPED, flows={"flows/catalog/hello.yaml": shipped}))
    told = " ".join(map(str, refused.value.problems))
    assert "the state 'second' is missing" in told
    assert "add importance: crisis" in told


def test_a_wrong_translation_is_reported_and_keeps_no_clinic_from_working() -> None:
    one = pack({"locales/es.po": po(("hello.first.say", "Hello {client_name}.", "Hola."))})
    assert any(line.startswith("locales/es.po:7: hello.first.say lacks {client_name}") for line in one.report)


# --- languages -------------------------------------------------------------------------------------------------------


def test_F17_a_language_is_offered_when_crisis_and_consent_text_is_complete_and_reviewed() -> None:
    one = pack(shipped=with_spanish(po(HELLO, STAY, THANKS)))
    assert one.world.languages == ("en", "es")


@pytest.mark.parametrize(
    ("spanish", "why"),
    [
        (po(HELLO, THANKS), "hello.second.ask"),
        (po(HELLO, STAY), "crisis.thanks"),
        (po(HELLO, STAY, ("crisis.thanks", "Thank you.", "")), "not translated"),
        (po(HELLO, THANKS, ("hello.second.ask", "Do I stay?", "¿Me quedo?")), "out of date"),
        (po(HELLO, STAY, THANKS, status="draft"), "not reviewed"),
    ],
)
def test_F17_a_language_with_a_hole_is_not_offered_and_the_clinic_is_told(spanish: str, why: str) -> None:
    one = pack(shipped=with_spanish(spanish))
    assert one.world.languages == ("en",)
    assert one.report[0].startswith("es is not offered")
    assert why in one.report[0]
    assert one.gaps == ""


def test_F17_accepted_drafts_do_not_reach_crisis_and_consent_text() -> None:
    accepts = {"clinic.yaml": CLINIC + "accept_drafts: yes\n"}
    draft = with_spanish(po(HELLO, STAY, THANKS, status="draft"))
    assert pack(accepts, shipped=draft).world.languages == ("en",)
    signed = {**accepts, "locales/es.po": po(STAY, THANKS)}
    assert pack(signed, shipped=draft).world.languages == ("en", "es")
    unaccepted = {"locales/es.po": po(STAY, THANKS)}
    assert "accept_drafts" in pack(unaccepted, shipped=draft).report[0]


def test_F17_the_demo_shows_drafts() -> None:
    draft = with_spanish(po(HELLO, STAY, THANKS, status="draft"))
    assert pack(shipped=draft, drafts=True).world.languages == ("en", "es")


def test_H01_a_language_whose_screen_was_not_measured_is_offered_and_counts_as_not_screened() -> None:
    english = {name: text for name, text in read_catalogue().figures.items() if "/en/" in name}
    one = pack(shipped=replace(with_spanish(po(HELLO, STAY, THANKS)), figures=english))
    assert one.world.languages == ("en", "es")
    assert one.world.screens("en_GB")
    assert not one.world.screens("es")


def test_a_pack_without_a_language_to_offer_takes_no_new_clients() -> None:
    one = pack({"clinic.yaml": CLINIC.replace("[en, es]", "[es]")})
    assert one.world.languages == ("en",)
    assert "no language" in one.gaps


# --- gaps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        ("region: GB", "region: NZ", "no crisis numbers for NZ"),
        ("slack: U1, ", "", "rung 1 of the ladder tells ann"),
        ("{tell: assigned},", "{tell: assigned}, {tell: on_call, after: 5m},", "whoever is on call"),
        ("{tell: assigned},", "{tell: assigned}, {tell: supervisor, after: 5m},", "the supervisor"),
        ("{tell: assigned},", "{tell: assigned}, {tell: cover, after: 5m},", "the cover of ann"),
    ],
)
def test_H03_H07_a_gap_takes_no_new_clients_and_says_how_to_close_it(old: str, new: str, gap: str) -> None:
    one = pack({"clinic.yaml": CLINIC.replace(old, new)})
    assert gap in one.world.gaps == one.gaps


def test_H07_a_clinic_brings_the_numbers_of_its_own_country() -> None:
    zealand = REGION.replace("GB", "NZ").replace("999", "111")
    one = pack({"clinic.yaml": CLINIC.replace("region: GB", "region: NZ"), "regions/NZ.yaml": zealand})
    assert one.gaps == ""
    assert one.world.regions["NZ"].emergency == "111"


# --- folders ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a pack, with one flow."""
    root = tmp_path / "hill"
    (root / "flows").mkdir(parents=True)
    (root / "clinic.yaml").write_text(CLINIC, encoding="utf-8")
    (root / "flows" / "hello.yaml").write_text(FLOW, encoding="utf-8")
    return root


def test_a_folder_is_read_as_paths_and_texts(folder: Path) -> None:
    (folder / "LICENCE.txt").write_text("free", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yaml").write_text("hidden", encoding="utf-8")
    assert read_pack(folder) == {"clinic.yaml": CLINIC, "flows/hello.yaml": FLOW}


def refused(folder: Path) -> str:
    with pytest.raises(DefinitionError) as error:
        read_pack(folder)
    return str(error.value)


def test_a_file_in_a_place_that_nobody_reads_is_a_mistake(folder: Path) -> None:
    (folder / "flow.yaml").write_text("", encoding="utf-8")
    assert refused(folder).startswith("flow.yaml:1: a pack has no file of this name")


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("secret words", encoding="utf-8")
    (folder / "flows" / "secret.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "elsewhere").mkdir()
    (folder / "locales").symlink_to(tmp_path / "elsewhere")
    told = refused(folder)
    assert "flows/secret.yaml:1: this is a link" in told
    assert "locales:1: this is a link" in told
    assert "secret words" not in told


def test_a_file_that_is_too_large_or_no_text_is_refused(folder: Path) -> None:
    (folder / "flows" / "large.yaml").write_text("#" * 1_000_001, encoding="utf-8")
    (folder / "risk.yaml").write_bytes(b"\xff\xfe")
    told = refused(folder)
    assert "flows/large.yaml:1: the file is larger" in told
    assert "risk.yaml:1: byte 0 is not UTF-8" in told


def test_a_folder_without_a_clinic_is_refused(tmp_path: Path) -> None:
    assert "has no clinic.yaml" in refused(tmp_path)


# --- what is shipped -------------------------------------------------------------------------------------------------


def test_the_shipped_files_make_a_pack_and_the_example_clinic_has_no_gap() -> None:
    shipped = read_catalogue()
    riverside = next(path for path in Path(__file__).parents[2].glob("locales/clinics/riverside"))
    one = build(shipped, read_pack(riverside), {})
    assert one.gaps == ""
    assert {"join", "check_in", "safety", "crisis", "unreadable"} <= {name for name, _text in one.versions.values()}
    assert one.wording.vocabulary("en")["help"] == "help"
    wrong = [str(problem) for problem in one.wording.report() if "older source" not in problem.what]
    assert wrong == [], "refused or left over"


@pytest.mark.parametrize("language", ["ar", "es"])
def test_F17_a_shipped_language_has_words_for_all_that_weighs_and_says_that_it_is_a_draft(language: str) -> None:
    base = build(read_catalogue(), {"clinic.yaml": CLINIC}, {}).wording.lookup.base
    weighty = {name for name, text in base.texts.items() if text.importance in GUARDED}
    words = base.languages[language]
    assert weighty - words.entries.keys() == set()
    assert words.status == "draft"
    labels = {name for name in words.entries.keys() & base.texts.keys() if base.texts[name].label}
    too_long = {name for name in labels if len(words.entries[name].text) > LABEL_LIMIT}
    assert too_long == set()


def test_every_shipped_text_has_placeholders_that_can_be_read() -> None:
    one = build(read_catalogue(), {"clinic.yaml": CLINIC}, {})
    assert all(template(text.source) for text in one.wording.lookup.texts.values())


def test_every_type_of_placeholder_that_lint_knows_can_be_worded() -> None:
    assert set(TYPES) == FORMATS.keys() - {"text"}
