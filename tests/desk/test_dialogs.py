"""What opens over a card: Reveal, and the questions behind the buttons that end in dots."""

from __future__ import annotations

import json

import pytest
from slack_sdk.models.blocks import Block

from bot.desk import dialogs
from bot.desk.blocks import View
from bot.desk.case import Revealed
from fakes import blocks as kit
from flows.clinic import Person
from flows.conversation import Client
from flows.escalation import Away
from flows.staff import DIALOGS, OUTCOMES, REASONS
from support.cases import CONTACT, NAME, PHONE, SAID, SECRETS, all_texts, case, clinic, pack, revealed

LONG = "Ł<!channel>&🙂 " * 400


def good(view: View) -> View:
    """A view that Slack takes."""
    assert kit.view_problems(view) == []
    assert len(json.dumps(view)) < 250_000
    return view


def words(view: View) -> str:
    return "\n".join(kit.words(view["blocks"]))


def options(view: View) -> list[str]:
    return [option["value"] for _, element in kit.interactive(view["blocks"]) for option in kit.options(element)]


@pytest.mark.parametrize("what", DIALOGS)
def test_every_dialog_is_one_that_slack_takes_and_knows_its_case(what: str) -> None:
    for mode in ("bot", "handoff"):
        view = good(dialogs.dialog(what, case(mode=mode), revealed(), "CTEAM"))
        assert json.loads(view["private_metadata"]) == {"case": 12, "channel": "CTEAM"}


@pytest.mark.parametrize("what", [what for what in DIALOGS if what != "reveal"])
def test_only_reveal_shows_who_it_is_and_what_was_said(what: str) -> None:
    shown = all_texts(dialogs.dialog(what, case(), revealed()))
    assert [secret for secret in SECRETS if secret in shown] == []


def test_the_loading_dialog_holds_nothing_yet() -> None:
    for view in (dialogs.loading(pack()), dialogs.failed(pack())):
        shown = all_texts(good(view))
        assert "12" not in shown
        assert [secret for secret in SECRETS if secret in shown] == []


def test_reveal_shows_everything_that_is_needed_to_reach_the_client_together() -> None:
    shown = words(good(dialogs.dialog("reveal", case(), revealed())))
    for part in (
        NAME, PHONE, CONTACT, "Language: English", "*Age:* 34", "it is Monday 2 March, 12:01 (Athens)",
        "Safety plan:* none written down here yet", f"0: {SAID}", f"1: {SAID}",
        "Monday 2 March, 10:00 · opened · the client",
        "delivered (team channel) · Rapport", "outcome (Session booked) · Dr Amari", "handed over (Dr Bell) · Dr Amari",
        "something new · nobody_known",
    ):  # fmt: skip
        assert part in shown, part
    assert shown.index(f"0: {SAID}") < shown.index(f"1: {SAID}")


def test_reveal_says_what_was_not_given() -> None:
    bare = Client("c1", "", "amari", locale="ar", interpreter=True)
    shown = words(good(dialogs.dialog("reveal", case(who=bare), Revealed())))
    assert shown.count("not given") == 4
    assert "Needs an interpreter: \u2068العربية\u2069" in shown
    assert "nothing is kept with this case" in shown


def test_words_are_shown_exactly_as_written() -> None:
    tricky = "*not bold* _or this_ <!channel> &amp; :smile:"
    view = dialogs.dialog("reveal", case(), revealed(1, tricky))
    block = next(block for block in view["blocks"] if tricky in all_texts(block))
    assert block["text"] == {"type": "plain_text", "text": f"0: {tricky}", "emoji": False}


def test_very_many_and_very_long_texts_fit_the_newest_and_say_what_is_missing() -> None:
    long = replace_history(revealed(50, "🙂 long words " * 300), 200)
    view = good(dialogs.dialog("reveal", case(), long))
    shown = words(view)
    assert "49: 🙂" in shown
    assert "0: 🙂 long" not in shown.split("\n")[0]
    assert "earlier texts do not fit here" in shown
    assert len(view["blocks"]) <= 100
    many = good(dialogs.dialog("reveal", case(), revealed(60, "short")))
    assert "59: short" in words(many)
    assert "earlier texts do not fit here" in words(many)


def replace_history(shown: Revealed, times: int) -> Revealed:
    return Revealed(shown.texts, shown.history * times)


@pytest.mark.parametrize(
    ("what", "act", "known"),
    [("resolve", "resolved", OUTCOMES), ("false_alarm", "false_alarmed", REASONS)],
    ids=["resolve", "false_alarm"],
)
def test_a_case_is_closed_with_one_of_the_listed_reasons(what: str, act: str, known: tuple[str, ...]) -> None:
    view = dialogs.dialog(what, case(), Revealed())
    assert view["callback_id"] == act
    assert options(view) == list(known)


def test_H03_a_case_can_only_be_handed_to_somebody_who_is_there_and_may_have_it() -> None:
    assert options(dialogs.dialog("hand_over", case(), Revealed())) == ["amari", "bell", "chen"]
    one = case(pack(away=Away(gone=frozenset({"chen"}))), status="acknowledged", owner="amari")
    assert options(dialogs.dialog("hand_over", one, Revealed())) == ["bell"]
    alone = case(pack(clinic(clinicians={"amari": Person(name="Dr Amari", slack="UAMARI")})), owner="amari")
    view = good(dialogs.dialog("hand_over", alone, Revealed()))
    assert "submit" not in view
    assert "Nobody else" in words(view)


def test_a_clinic_of_hundreds_can_hand_over_too() -> None:
    people = {f"p{n}": Person(name=f"{LONG}{n}", slack=f"U{n}") for n in range(250)}
    view = dialogs.dialog("hand_over", case(pack(clinic(clinicians=people))), Revealed())
    assert len(options(view)) == 250
    (groups,) = [element["option_groups"] for _, element in kit.interactive(view["blocks"])]
    assert all(len(group["options"]) <= 100 for group in groups)  # Slack's limit holds for each group by itself
    for block in view["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        assert parsed.to_dict()


def test_H01_reveal_always_shows_how_a_case_began() -> None:
    many = dialogs.dialog("reveal", case(), revealed(50, LONG))
    assert f"0: {LONG[:40]}" in words(many)
    assert f"49: {LONG[:40]}" in words(many)


def test_writing_says_to_whom_it_goes_and_that_the_thread_stays_with_staff() -> None:
    view = dialogs.dialog("write", case(), Revealed())
    assert view["callback_id"] == "wrote"
    assert "you take over" in words(view)
    talking = dialogs.dialog("write", case(mode="handoff"), Revealed())
    for each in (view, talking):
        assert "From (your name)" in words(each)
        assert "Nothing that staff write in a thread is ever passed on" in words(each)
    assert "you take over" not in words(talking)


def test_an_answer_of_any_length_fits_a_dialog() -> None:
    for text in ("No.", LONG * 3):
        good(dialogs.answer(text))
    assert words(dialogs.answer("a < b")) == "a &lt; b"


def test_titles_and_names_beyond_every_limit_are_cut() -> None:
    who = Client("c1", LONG, "amari", phone=LONG, emergency_contact=LONG)
    one = case(who=who, number=999_999_999, category=LONG, notes=(LONG,), owner="bell")
    for what in DIALOGS:
        good(dialogs.dialog(what, one, revealed(3, LONG), "C" * 30))
