"""What staff do in Slack becomes an event, once, and nothing that they write in a thread is kept."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.base import Inbound, StaffActed
from bot.desk import presses
from flows.papers import READ
from flows.staff import ACTS, DIALOGS
from support.clock import MONDAY_TEN

HEAD: dict[str, Any] = {
    "type": "block_actions",
    "team": {"id": "T1"},
    "user": {"id": "UAMARI"},
    "trigger_id": "1.2.abc",
}
BOTS = [{"user_id": "UBOT", "is_bot": True}]


def press(action: str, value: str = "12", **more: Any) -> dict[str, Any]:
    place = {"type": "message", "message_ts": "17.1", "channel_id": "CTEAM"}
    body = HEAD | {"container": place, "channel": {"id": "CTEAM"}, "actions": [{"action_id": action, "value": value}]}
    return body | more


def submission(callback: str, state: Any, metadata: str = '{"case": 12, "channel": "CTEAM"}') -> dict[str, Any]:
    view = {"id": "V1", "hash": "h1", "callback_id": callback, "private_metadata": metadata, "state": {"values": state}}
    return HEAD | {"type": "view_submission", "view": view}


def chosen(name: str, value: str) -> dict[str, Any]:
    return {name: {name: {"type": "static_select", "selected_option": {"value": value}}}}


def event(inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": inner, "authorizations": BOTS}


def reaction(name: str = "white_check_mark", **more: Any) -> dict[str, Any]:
    item = {"type": "message", "channel": "CTEAM", "ts": "17.1"}
    return event(
        {"type": "reaction_added", "user": "UBELL", "reaction": name, "item": item, "item_user": "UBOT"} | more
    )


def reply(text: str, **more: Any) -> dict[str, Any]:
    said = {"type": "message", "user": "UBELL", "text": text, "channel": "CTEAM", "channel_type": "group", "ts": "18.1"}
    return event(said | {"thread_ts": "17.1", "parent_user_id": "UBOT"} | more)


def acted(inbound: Inbound | None) -> StaffActed:
    assert inbound is not None
    assert isinstance(inbound.event, StaffActed)
    assert (inbound.clinic, inbound.channel, inbound.bot, inbound.address) == ("riverside", "slack", "T1", "")
    assert len(inbound.external_id) <= 127
    return inbound.event


@pytest.mark.parametrize("action", [act for act in presses.PRESSED if act not in presses.ON_PAPERS])
def test_a_press_says_what_who_where_and_which_case(action: str) -> None:
    found = presses.pressed("riverside", press(action), MONDAY_TEN, "V7" if action in DIALOGS else "")
    assert acted(found) == StaffActed(
        at=MONDAY_TEN, action=action, by="UAMARI", case=12, channel="CTEAM", thread="17.1",
        dialog="V7" if action in DIALOGS else "",
    )  # fmt: skip


@pytest.mark.parametrize("action", presses.ON_PAPERS)
def test_reading_a_paper_names_the_paper_and_no_case(action: str) -> None:
    body = press(action)
    body["actions"][0]["value"] = "note:117"
    event = acted(presses.pressed("riverside", body, MONDAY_TEN, "V7"))
    assert (event.action, event.case, event.values, event.dialog) == (action, 0, {"paper": "note:117"}, "V7")


def test_presses_and_dialogs_together_are_all_that_staff_can_do() -> None:
    assert {*presses.PRESSED, *presses.SUBMITTED} == {*ACTS, *presses.ON_PAPERS}


def test_a_press_in_a_thread_or_in_a_private_list_is_understood() -> None:
    place = {"type": "message", "message_ts": "18.1", "thread_ts": "17.1", "channel_id": "D1", "is_ephemeral": True}
    assert acted(presses.pressed("riverside", press("acknowledge", container=place), MONDAY_TEN)).thread == "17.1"
    bare = press("acknowledge", container=place)
    del bare["channel"]
    assert acted(presses.pressed("riverside", bare, MONDAY_TEN)).channel == "D1"


def test_only_dialog_buttons_ask_for_a_dialog() -> None:
    assert [act for act in presses.PRESSED if presses.wants_dialog(press(act))] == [*DIALOGS, READ]


@pytest.mark.parametrize("value", ["", "x", "-1", "1e3", "9" * 30, "12; drop"])
def test_a_button_without_a_case_s_number_belongs_to_no_case(value: str) -> None:
    assert acted(presses.pressed("riverside", press("acknowledge", value), MONDAY_TEN)).case == 0


def test_a_button_that_is_not_ours_is_nothing() -> None:
    assert presses.pressed("riverside", press("open_website"), MONDAY_TEN) is None
    assert presses.pressed("riverside", press("resolved"), MONDAY_TEN) is None
    assert presses.pressed("riverside", press("acknowledge", actions=[]), MONDAY_TEN) is None


def test_H12_the_same_press_brought_twice_has_one_id_and_a_second_press_another() -> None:
    ids = [presses.pressed("riverside", press("acknowledge", trigger_id=t), MONDAY_TEN) for t in ("1.1", "1.1", "1.2")]
    assert [found.external_id for found in ids if found] == ["press:1.1", "press:1.1", "press:1.2"]


@pytest.mark.parametrize(
    ("callback", "state", "values"),
    [
        ("resolved", chosen("outcome", "session_booked"), {"outcome": "session_booked"}),
        ("false_alarmed", chosen("reason", "idiom"), {"reason": "idiom"}),
        ("handed_over", chosen("to", "bell"), {"to": "bell"}),
        ("wrote", {"text": {"text": {"type": "plain_text_input", "value": "Hello,\nhow are you?"}}},
         {"text": "Hello,\nhow are you?"}),
    ],
)  # fmt: skip
def test_a_submitted_dialog_says_what_was_chosen_or_written(callback: str, state: Any, values: dict[str, str]) -> None:
    body = submission(callback, state)
    found = acted(presses.submitted("riverside", body, MONDAY_TEN))
    assert (found.action, found.case, found.channel, found.values) == (callback, 12, "CTEAM", values)
    assert presses.mistakes(body) == {}


def test_a_dialog_that_is_sent_again_because_our_answer_was_lost_means_it_once() -> None:
    def sent(text: str, trigger: str) -> str:
        words = {"text": {"text": {"type": "plain_text_input", "value": text}}}
        found = presses.submitted("riverside", {**submission("wrote", words), "trigger_id": trigger}, MONDAY_TEN)
        assert found is not None
        return found.external_id

    assert sent("I am calling you now.", "1") == sent("I am calling you now.", "2")
    assert sent("I am calling you now.", "1") != sent("I am calling you at ten.", "3")


@pytest.mark.parametrize("metadata", ["", "no json", "[]", "{}", '{"case": "twelve"}'])
def test_a_dialog_that_has_lost_its_case_belongs_to_none(metadata: str) -> None:
    assert acted(presses.submitted("riverside", submission("wrote", {}, metadata), MONDAY_TEN)).case == 0


def test_empty_submissions_are_sent_back_and_other_dialogs_are_nothing() -> None:
    blank = {"text": {"text": {"type": "plain_text_input", "value": " \n"}}}
    assert presses.mistakes(submission("wrote", blank)) == {"text": "card.write_something"}
    assert presses.mistakes(submission("resolved", {"outcome": {"outcome": {"selected_option": None}}})) == {
        "outcome": "card.choose_one"
    }
    assert presses.submitted("riverside", submission("reveal", {}), MONDAY_TEN) is None
    assert presses.mistakes(submission("reveal", {})) == {}


@pytest.mark.parametrize(
    ("text", "action", "case"),
    [
        ("alerts", "alerts", 0), ("", "alerts", 0), (" ALERTS ", "alerts", 0), ("ack", "alerts", 0),
        ("ack 12", "acknowledge", 12), ("Ack #12", "acknowledge", 12), ("ack case 12", "acknowledge", 12),
        ("help", "help", 0), ("ack Sam", "help", 0), ("my client says help", "help", 0), ("ack 1 2", "help", 0),
    ],
)  # fmt: skip
def test_the_command_lists_acknowledges_or_explains(text: str, action: str, case: int) -> None:
    body = {"team_id": "T1", "user_id": "UAMARI", "channel_id": "D1", "text": text, "trigger_id": "1.3"}
    found = acted(presses.commanded("riverside", body, MONDAY_TEN))
    assert (found.action, found.case, found.by, found.channel, found.values) == (action, case, "UAMARI", "D1", {})


@pytest.mark.parametrize("name", presses.CHECK_MARKS)
def test_a_check_mark_on_a_card_acknowledges(name: str) -> None:
    found = acted(presses.happened("riverside", reaction(name), MONDAY_TEN))
    assert (found.action, found.case, found.by, found.channel) == ("acknowledge", 0, "UBELL", "CTEAM")
    assert found.values == {"card": "CTEAM|17.1"}


@pytest.mark.parametrize("text", ["ack", "Ack.", " ACK! ", "acknowledged", ":white_check_mark:", "✅", "✔️"])
def test_ack_in_a_card_s_thread_acknowledges(text: str) -> None:
    found = acted(presses.happened("riverside", reply(text), MONDAY_TEN))
    assert (found.action, found.values, found.thread) == ("acknowledge", {"card": "CTEAM|17.1"}, "17.1")


def test_ack_with_a_number_means_that_case_wherever_it_is_written() -> None:
    for said in (reply("ack 7"), reply("ack case 7", thread_ts=None, channel_type="im")):
        found = acted(presses.happened("riverside", said, MONDAY_TEN))
        assert (found.action, found.case, found.values) == ("acknowledge", 7, {})


def test_ack_alone_to_the_bot_lists_what_there_is_to_acknowledge() -> None:
    alone = reply("ack", thread_ts=None, parent_user_id=None, channel="D1", channel_type="im")
    assert acted(presses.happened("riverside", alone, MONDAY_TEN)).action == "alerts"


@pytest.mark.parametrize(
    "body",
    [
        reaction("eyes"), reaction(item_user="USOMEBODY"), reaction(item={"type": "file", "file": "F1"}),
        reply("I have phoned her mother, she is safe"), reply("ack, she told me that she is safe"), reply("back"),
        reply("ack", subtype="message_changed"), reply("ack", bot_id="BBOT"), reply("ack", user=None),
        reply("ack", parent_user_id="USOMEBODY"), reply("ack", thread_ts=None, parent_user_id=None),
        event({"type": "app_home_opened", "user": "UBELL", "tab": "home", "channel": "D1"}),
    ],
)  # fmt: skip
def test_nothing_else_that_happens_in_slack_is_kept(body: dict[str, Any]) -> None:
    assert presses.happened("riverside", body, MONDAY_TEN) is None


def test_where_slack_does_not_say_who_wrote_the_message_it_may_be_ours() -> None:
    assert presses.happened("riverside", reaction(item_user=None), MONDAY_TEN)
    assert presses.happened("riverside", reaction() | {"authorizations": []}, MONDAY_TEN)
