"""What staff are sent about a case: enough to act on, no name, phone or words of the client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from bot.desk import cards, facts
from bot.desk.case import Case, Message
from fakes import blocks as kit
from flows.clinic import Person
from flows.escalation import Away, Status, Told
from flows.staff import ACTS, OUTCOMES, REASONS
from flows.verdict import CATEGORIES
from support.cases import NAME, SAID, SECRETS, all_texts, case, client, clinic, pack
from support.clock import MONDAY_TEN

STATUSES: tuple[Status, ...] = get_args(Status)
LONG = "Å" + "w&<!channel>🙂 " * 900

EVERY: dict[str, Callable[[Case], Any]] = {
    "card": cards.card,
    "line": lambda one: cards.line(one, "desk.replied", {}, quote=SAID),
    "line_who": lambda one: cards.line(one, "desk.did_acknowledged", {"who": "Dr Amari"}),
    "list": lambda one: cards.case_list(one.pack, [one]),
}
OF_A_REASON: dict[str, Callable[[Case, str], Any]] = {"notice": cards.notice, "mail": cards.mail, "call": cards.call}


def good(message: Message) -> Message:
    """A message that Slack takes: by its own models, its schema where that is at hand, and its written limits."""
    assert set(message) == {"text", "blocks"}
    assert kit.block_problems(message["blocks"]) == []
    assert 0 < len(message["text"]) <= 4000
    return message


def words(message: Message) -> str:
    return "\n".join(kit.words(message["blocks"]))


@pytest.mark.parametrize("what", [*EVERY, *OF_A_REASON])
def test_nothing_that_goes_to_slack_mail_or_phone_names_the_client_or_quotes_them(what: str) -> None:
    for status in STATUSES:
        one = case(status=status, owner="amari", notes=("says_safe",), callback=True)
        for why in (*cards.WHYS, "unheard_of"):
            made = EVERY[what](one) if what in EVERY else OF_A_REASON[what](one, why)
            if "blocks" in made:
                good(made)
            assert [secret for secret in SECRETS if secret in all_texts(made)] == [], (status, why)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("mode", ["bot", "handoff"])
def test_the_card_has_the_colour_and_the_buttons_of_where_the_case_stands(status: Status, mode: str) -> None:
    one = case(status=status, owner="amari", mode=mode)
    message = good(cards.card(one))
    colour = {"open": "🔴", "resolved": "🟢", "false_alarm": "🟢"}.get(status, "🟠")
    assert colour in message["text"]
    assert colour in words(message)
    pressed = [(e["action_id"], e["value"]) for _, e in kit.interactive(message["blocks"])]
    acts = [act for act, _ in pressed]
    assert all(act in ACTS and value == "12" for act, value in pressed)
    assert bool(acts) is not one.alert.closed
    assert ("hand_back" in acts) is (mode == "handoff" and not one.alert.closed)
    assert "Reveal" in kit.buttons(message["blocks"]) or one.alert.closed


def test_a_new_case_can_be_acted_on_from_its_card() -> None:
    message = cards.card(case())
    assert kit.buttons(message["blocks"]) == [
        "Acknowledge", "Take over", "Reveal", "Write to client", "Resolve…", "False alarm…", "Hand over…",
    ]  # fmt: skip


def test_the_card_says_what_whose_how_soon_since_when_who_was_told_and_what_comes_next() -> None:
    text = words(cards.card(case()))
    for part in (
        "Case 12 · Z.Q.",
        "*wish to be dead* · *look now*",
        "Opened Monday 2 March, 10:00",
        "Nobody has acknowledged this yet.",
        "Dr Amari ✓",
        "team channel (on its way)",
        "Dr Bell (e-mail) ✗",
        "Next, if nobody acts: Dr Bell at 10:05.",
        "behind Reveal",
    ):
        assert part in text, part


def test_H03_the_next_step_passes_over_whoever_has_left() -> None:
    gone = pack(away=Away(gone=frozenset({"bell"})))
    assert "Next, if nobody acts: Dr Bell (e-mail) and Dr Bell (phone) at 10:05." in words(cards.card(case(gone)))
    assert "Next, if nobody acts: team channel at" in words(cards.card(case(rung=3)))


def test_the_next_step_of_a_case_that_somebody_has_is_its_deadline() -> None:
    one = case(status="acknowledged", owner="bell", next_at=MONDAY_TEN + timedelta(days=1))
    assert "If the case does not move on by Tuesday 3 March, 10:00, the ladder starts again." in words(cards.card(one))


def test_the_card_names_language_interpreter_call_back_notes_and_an_unreachable_client() -> None:
    spanish = case(
        who=client(locale="es_MX"), callback=True, notes=("says_safe", "call_unsafe", "new_note"), mode="handoff"
    )
    text = words(cards.card(spanish))
    for part in ("Language: Español", "called back", "Says: safe", "call is not safe", "new note", "bot is silent"):
        assert part in text, part
    text = words(cards.card(case(who=client(locale="ar", interpreter=True, reachable=False))))
    assert "Needs an interpreter: " in text
    assert "cannot reach this client: phone" in text
    assert "Language" not in words(cards.card(case()))


@pytest.mark.parametrize(
    ("status", "options"), [("resolved", OUTCOMES), ("false_alarm", REASONS)], ids=["resolved", "false_alarm"]
)
def test_a_closed_card_says_what_came_of_it_and_has_no_buttons(status: Status, options: tuple[str, ...]) -> None:
    for option in options:
        message = good(cards.card(case(status=status, owner="bell", next_at=None), option))
        assert kit.buttons(message["blocks"]) == []
        assert "by Dr Bell: " in words(message)
    assert "by Dr Bell." in words(cards.card(case(status=status, owner="bell")))


def test_every_category_has_words_and_an_unknown_one_does_not_keep_the_alert_back() -> None:
    for category in CATEGORIES:
        assert category in facts.WORDED
        assert "_" not in cards.card(case(category=category))["text"]
    assert "lost keys" in cards.card(case(category="lost_keys"))["text"]


def test_a_notification_is_enough_to_act_on() -> None:
    assert cards.card(case())["text"] == "🔴 Case 12 · Z.Q. · wish to be dead · look now"
    text = cards.notice(case(soon="today", category="self_harm"), "worse")["text"]
    assert text == "It has become worse: 🔴 Case 12 · Z.Q. · self-harm · look today"


def test_H02_the_last_rung_says_that_it_repeats() -> None:
    assert cards.notice(case(rung=3), "rung")["text"].startswith("Nobody has acted yet:")
    assert cards.notice(case(rung=3, repeats=2), "rung")["text"].startswith("Told again")


def test_a_line_shows_the_client_s_words_only_where_the_pack_allows_quotes() -> None:
    quoting = case(pack(clinic(content="quotes")))
    message = good(cards.line(quoting, "desk.replied", {}, quote=SAID))
    assert SAID in words(message)
    assert SAID not in message["text"]
    quoted = [block for block in message["blocks"] if SAID in all_texts(block)]
    assert [block["text"]["type"] for block in quoted] == ["plain_text"]
    assert words(cards.line(case(), "desk.replied", {}, quote=SAID)).startswith("10:01 · The client has *replied*.")


def test_a_very_long_quote_is_spread_over_blocks() -> None:
    quoting = case(pack(clinic(content="quotes")))
    message = good(cards.line(quoting, "desk.replied", {}, quote="🙂 word " * 1500))
    assert words(message).count("word") == 1500


def test_nobody_can_be_paged_through_a_name() -> None:
    evil = "<!channel> & <@U1> <https://evil.example|here>"
    people = {"amari": Person(name=evil, slack="UAMARI"), "bell": Person(name=evil, slack="UBELL")}
    risky = case(pack(clinic(clinicians=people, name=evil)), client(zone=""), status="acknowledged", owner="amari")
    for made in (
        cards.card(risky),
        cards.notice(risky, "worse"),
        cards.told(evil),
        cards.case_list(risky.pack, [risky]),
    ):
        marked = [*_marked(made["blocks"]), made["text"]]
        assert not [text for text in marked if "<" in text or ">" in text]
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in all_texts(cards.card(risky))


def _marked(blocks: list[dict[str, Any]]) -> list[str]:
    """The texts in which Slack would read marks."""
    texts = [text for block in blocks for text in (block.get("text"), *block.get("elements", [])) if text]
    return [text["text"] for text in texts if text["type"] == "mrkdwn"]


def test_texts_beyond_every_limit_are_cut_not_refused() -> None:
    people = {f"p{n}": Person(name=f"{n}{LONG}", slack=f"U{n}", email="a@b.example") for n in range(120)}
    told = tuple(Told(f"slack:U{n}", MONDAY_TEN, n + 1) for n in range(120))
    huge = clinic(clinicians=people, name=LONG, on_call=tuple(people), supervisor="p1")
    who = client(locale="es")
    for status in STATUSES:
        one = case(pack(huge), who, status=status, owner="p1", told=told, notes=(LONG,), category=LONG, number=10**8)
        for made in (
            cards.card(one),
            cards.notice(one, "rung"),
            cards.line(one, "desk.did_acknowledged", {"who": LONG}),
        ):
            good(made)
        many = [replace(one, alert=replace(one.alert, number=10**8 + n)) for n in range(120)]
        good(cards.case_list(one.pack, many))
        assert "\n" not in cards.mail(one, "rung")["subject"]
    assert len(good(cards.told(LONG))["blocks"]) > 1


def test_the_list_of_cases_shows_what_is_most_urgent_and_fits_one_message() -> None:
    later = [case(number=n, soon="today", opened_at=MONDAY_TEN - timedelta(minutes=n)) for n in range(20, 80)]
    message = good(cards.case_list(pack(), [*later, case(number=5), case(number=6, status="taken_over", owner="bell")]))
    assert len(message["blocks"]) <= 50
    shown = words(message)
    assert shown.index("Case 5 ") < shown.index("Case 6 ") < shown.index("Case 79 ")
    assert "There are 15 more." in shown
    acknowledging = [e["value"] for _, e in kit.interactive(message["blocks"])]
    assert "5" in acknowledging
    assert "6" not in acknowledging


def test_an_empty_list_says_where_cases_will_appear() -> None:
    assert "There are no open cases." in words(good(cards.case_list(pack(), [])))


def test_H04_the_second_path_says_how_soon_and_what_to_do_without_naming_anybody() -> None:
    mail = cards.mail(case(), "undelivered")
    assert mail["subject"] == "Rapport: case 12 at Riverside & Sons <Practice>, look now"
    assert "Slack could not deliver it." in mail["text"]
    assert "/rapport ack 12" in mail["text"]
    call = cards.call(case(), "undelivered")
    assert {"case": 12, "clinic": "riverside", "urgency": "now", "why": "undelivered"}.items() <= call.items()
    assert "Z.Q." not in all_texts(call)
    for what in (mail, call):
        assert "wish" not in all_texts(what)


def test_whoever_is_told_to_phone_reads_that_a_call_is_not_safe() -> None:
    unsafe = case(notes=("call_unsafe",), callback=True)
    for why in ("unreachable", "stopped", "call_back"):
        assert "A call is not safe" in words(cards.notice(unsafe, why))
        assert "a phone call is not safe" in cards.mail(unsafe, why)["text"]
        assert "a phone call is not safe" in cards.call(unsafe, why)["text"]
        assert "not safe" not in words(cards.notice(case(), why))


def test_a_client_without_a_name_or_no_client_at_all_still_makes_a_card() -> None:
    assert "Case 12 · ?" in words(cards.card(case(who=replace(client(), name=""))))
    assert NAME not in words(cards.card(case()))
