"""What each update means, and that no update, however odd, is lost or breaks the reader."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import (
    ButtonPressed,
    ChatBlocked,
    ChatUnblocked,
    Event,
    Inbound,
    LinkOpened,
    TextReceived,
    UnscreenableReceived,
    UpdateUnreadable,
)
from bot.channels.telegram_content import KINDS, SERVICE
from bot.channels.telegram_updates import ALLOWED, IRRELEVANT, query_id, read_update, update_id
from fakes import spec
from flows.events import write

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SAM = {"id": 5, "is_bot": False, "first_name": "Sam", "language_code": "pt-br"}
CHAT = {"id": 5, "type": "private", "first_name": "Sam"}
GROUP = {"id": -100, "type": "supergroup", "title": "Friends"}
HEAD = {"message_id": 1, "date": 0, "chat": CHAT, "from": SAM}
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 90, "height": 67}]
FILE = {"file_id": "f", "file_unique_id": "u"}
LOOKS = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
POINT = {"latitude": 51.0, "longitude": 0.1}


def read(raw: object) -> Inbound | None:
    return read_update(raw, "riverside", "riverside_bot", NOW)


def event_of(content: dict[str, Any], kind: str = "message") -> Event | None:
    """The event of an update that Telegram could send."""
    update = {"update_id": 70, kind: content}
    assert spec.load().problems(update, "Update") == []
    inbound = read(update)
    if inbound is None:
        return None
    assert (inbound.clinic, inbound.channel, inbound.bot) == ("riverside", "telegram", "riverside_bot")
    assert (inbound.external_id, inbound.address, inbound.at) == ("70", "5", NOW)
    return inbound.event


def written(**content: Any) -> Event | None:
    return event_of(HEAD | content)


def edited(**content: Any) -> Event | None:
    return event_of(HEAD | {"edit_date": 1} | content, "edited_message")


def pressed(data: str | None, **more: Any) -> Event | None:
    query = {"id": "9", "from": SAM, "chat_instance": "c", "message": HEAD, **({"data": data} if data else {}), **more}
    return event_of(query, "callback_query")


def unreadable(raw: object) -> str:
    """The address of an update that came in, though nobody understands it."""
    inbound = read(raw)
    assert inbound
    assert isinstance(inbound.event, UpdateUnreadable)
    return inbound.address


# -- what people send ----------------------------------------------------------------------------------------------


def test_a_text_a_caption_and_an_edit_are_words_for_the_screen() -> None:
    assert written(text="I am fine") == TextReceived(at=NOW, text="I am fine", kind="text", language="pt-br")
    assert written(photo=PHOTO, caption="look") == TextReceived(at=NOW, text="look", kind="caption", language="pt-br")
    assert edited(text="I am not", edit_date=0) == TextReceived(at=NOW, text="I am not", kind="edit", language="pt-br")
    assert edited(photo=PHOTO, caption="see", edit_date=0).kind == "edit"


def test_H15_a_text_that_was_long_on_its_way_says_when_it_was_written() -> None:
    now = int(NOW.timestamp())
    assert written(text="late", date=now - 3600).sent == now - 3600
    assert written(text="just now", date=now - 5).sent == 0
    assert edited(text="late", date=now - 9000, edit_date=now - 7200).sent == now - 7200


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("voice", {"voice": FILE | {"duration": 4}}),
        ("photo", {"photo": PHOTO}),
        ("video", {"video": FILE | {"width": 1, "height": 1, "duration": 1}}),
        ("video_note", {"video_note": FILE | {"length": 1, "duration": 1}}),
        ("audio", {"audio": FILE | {"duration": 1}}),
        ("document", {"document": FILE}),
        ("animation", {"animation": FILE | {"width": 1, "height": 1, "duration": 1}, "document": FILE}),
        ("sticker", {"sticker": FILE | LOOKS}),
        ("location", {"location": POINT}),
        ("venue", {"venue": {"location": POINT, "title": "Bridge", "address": "River"}, "location": POINT}),
        ("contact", {"contact": {"phone_number": "+1555", "first_name": "Sam"}}),
        ("dice", {"dice": {"emoji": "🎲", "value": 3}}),
        ("story", {"story": {"chat": CHAT, "id": 1}}),
        ("other", {}),
    ],
)
def test_what_nobody_can_read_comes_in_by_its_kind(kind: str, content: dict[str, Any]) -> None:
    assert written(**content) == UnscreenableReceived(at=NOW, kind=kind, language="pt-br")


def test_a_photo_changed_afterwards_comes_in_but_a_moving_location_only_once() -> None:
    assert edited(photo=PHOTO) == UnscreenableReceived(at=NOW, kind="photo", language="pt-br")
    assert edited(location=POINT | {"live_period": 60}) is None


def test_a_sticker_is_the_emoji_it_stands_for() -> None:
    assert written(sticker=FILE | LOOKS | {"emoji": "🔪"}) == TextReceived(
        at=NOW, text="🔪", kind="text", language="pt-br"
    )


def test_words_in_polls_checklists_and_rich_messages_are_screened_too() -> None:
    option = {"persistent_id": "1", "text": "No", "voter_count": 0}
    flags = dict.fromkeys(("is_closed", "is_anonymous", "allows_multiple_answers", "allows_revoting"), False)
    poll = {"id": "1", "question": "Should I?", "options": [option], "total_voter_count": 0, "type": "regular"}
    asked = written(poll=poll | flags | {"members_only": False})
    assert asked == TextReceived(at=NOW, text="Should I?\nNo", kind="caption", language="pt-br")
    listed = written(checklist={"title": "Tonight", "tasks": [{"id": 1, "text": "write the letter"}]})
    assert listed == TextReceived(at=NOW, text="Tonight\nwrite the letter", kind="caption", language="pt-br")
    runs = ["I want to ", {"type": "bold", "text": "d"}, {"type": "italic", "text": ["i", "e"]}]
    blocks = [{"type": "paragraph", "text": runs}, {"type": "divider"}, {"type": "footer", "text": "Sam"}]
    rich = written(rich_message={"blocks": blocks})
    assert rich == TextReceived(at=NOW, text="I want to die\nSam", kind="caption", language="pt-br")


def test_what_the_app_itself_notes_is_nobody_s_message() -> None:
    assert written(pinned_message=HEAD | {"text": "old"}) is None
    assert written(message_auto_delete_timer_changed={"message_auto_delete_time": 60}) is None


def test_half_an_emoji_can_be_stored() -> None:
    inbound = read({"update_id": 1, "message": HEAD | {"text": "\ud83d broken \ude00 😀"}})
    assert inbound
    assert isinstance(inbound.event, TextReceived)
    assert inbound.event.text == "\ufffd broken \ufffd 😀"
    inbound.event.text.encode()


# -- joining -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/start abc-DEF_123", "/start@riverside_bot abc-DEF_123", "/start  abc-DEF_123 "])
def test_a_joining_link_is_opened_with_its_token(text: str) -> None:
    inbound = read({"update_id": 1, "message": HEAD | {"text": text}})
    assert inbound == Inbound(
        "riverside", "telegram", "riverside_bot", "1", LinkOpened(at=NOW, language="pt-br"), "5", "abc-DEF_123"
    )


@pytest.mark.parametrize(
    "text", ["/start", "/start ", "/start two words", "/start " + "x" * 65, "/start ü", "/started x"]
)
def test_a_start_without_a_good_token_is_a_text(text: str) -> None:
    inbound = read({"update_id": 1, "message": HEAD | {"text": text}})
    assert inbound
    assert inbound.token == ""
    assert inbound.event == TextReceived(at=NOW, text=text, language="pt-br")


def test_a_token_that_was_edited_in_opens_nothing() -> None:
    assert isinstance(edited(text="/start abc"), TextReceived)


# -- buttons, blocking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "step", "option"),
    [
        ("12:good", 12, "good"),
        ("12:!skip", 12, "!skip"),
        ("!help", 0, "!help"),
        ("3:Europe/London", 3, "Europe/London"),
        ("3:10", 3, "10"),
        ("3:a:b", 3, "a:b"),
        ("0:x", 0, "x"),
    ],
)
def test_a_press_names_its_question_and_its_option(data: str, step: int, option: str) -> None:
    assert pressed(data) == ButtonPressed(at=NOW, option=option, step=step, language="pt-br")


@pytest.mark.parametrize(
    "data", ["good", "12:", ":good", "!", "-1:good", "1.5:good", "1234567890:good", "1:a\nb", "١:good"]
)
def test_a_press_that_no_button_of_ours_gives_is_kept_as_unreadable(data: str) -> None:
    assert pressed(data) == UpdateUnreadable(at=NOW, kind="callback_query")


def test_a_press_is_understood_though_its_message_is_gone() -> None:
    gone = {"chat": CHAT, "message_id": 1, "date": 0}
    assert pressed("1:a", message=gone) == ButtonPressed(at=NOW, option="a", step=1, language="pt-br")
    query = {"id": "9", "from": SAM, "chat_instance": "c", "data": "1:a"}
    assert event_of(query, "callback_query") == ButtonPressed(at=NOW, option="a", step=1, language="pt-br")
    assert pressed(None, game_short_name="chess") == UpdateUnreadable(at=NOW, kind="callback_query")


def test_a_press_says_what_to_answer() -> None:
    assert query_id({"update_id": 1, "callback_query": {"id": "9"}}) == "9"
    others: tuple[object, ...] = (
        {"update_id": 1},
        {"callback_query": 9},
        {"callback_query": {"id": 9}},
        None,
        [],
        "callback_query",
    )
    for other in others:
        assert query_id(other) == ""


def test_blocking_and_unblocking_are_noticed() -> None:
    def membership(status: str, **more: Any) -> Event | None:
        bot = {"id": 111, "is_bot": True, "first_name": "Riverside"}
        old, new = {"status": "left", "user": bot}, {"status": status, "user": bot, **more}
        return event_of(
            {"chat": CHAT, "from": SAM, "date": 0, "old_chat_member": old, "new_chat_member": new}, "my_chat_member"
        )

    assert membership("kicked", until_date=0) == ChatBlocked(at=NOW)
    assert membership("member") == ChatUnblocked(at=NOW)
    assert membership("left") == UpdateUnreadable(at=NOW, kind="my_chat_member")


# -- what is nobody's message to the bot ---------------------------------------------------------------------------


def test_groups_and_channels_are_left_alone() -> None:
    in_group = HEAD | {"chat": GROUP, "text": "hello"}
    bot_added = {"chat": GROUP, "from": SAM, "date": 0, "new_chat_member": {"status": "member"}}
    assert read({"update_id": 1, "message": in_group}) is None
    assert read({"update_id": 1, "edited_message": in_group}) is None
    assert (
        read({"update_id": 1, "callback_query": {"id": "1", "from": SAM, "message": in_group, "data": "1:a"}}) is None
    )
    assert read({"update_id": 1, "my_chat_member": bot_added}) is None
    assert read({"update_id": 1, "channel_post": in_group}) is None
    assert read({"update_id": 1, "poll": {"id": "1"}}) is None


def test_every_kind_of_update_that_telegram_knows_was_thought_of() -> None:
    if not spec.load().present:
        pytest.skip("../shared/specs/telegram-bot-api.json is not beside the project")
    assert set(ALLOWED) | set(IRRELEVANT) == spec.load().updates


def test_every_kind_of_content_that_telegram_knows_comes_in() -> None:
    document = spec_document()
    fields = {field["name"] for field in document["types"]["Message"]["fields"] if not field["required"]}
    for name in fields - set(SERVICE) - {"from", "text", "caption"}:
        inbound = read({"update_id": 1, "message": HEAD | {name: {}}})
        assert inbound, name
        assert isinstance(inbound.event, UnscreenableReceived)
        assert inbound.event.kind == (name if name in KINDS else "other")
    assert fields >= {*KINDS, *SERVICE}


# -- what cannot be understood -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ({"update_id": 1}, ""),
        ({"update_id": 1, "something_new": {"chat": CHAT}}, ""),
        ({"update_id": 1, "message": None}, ""),
        ({"update_id": 1, "message": "hello"}, ""),
        ({"update_id": 1, "message": {}}, ""),
        ({"update_id": 1, "message": {"chat": {"id": "5", "type": "private"}, "text": "hello"}}, ""),
        ({"update_id": 1, "message": {"chat": {"id": True, "type": "private"}, "text": "hello"}}, ""),
        ({"update_id": 1, "message": {"chat": {"id": 2**70, "type": "private"}, "text": "hello"}}, ""),
        ({"update_id": 1, "message": HEAD | {"text": 7}}, "5"),
        ({"update_id": 1, "message": HEAD | {"photo": PHOTO, "caption": ["a"]}}, "5"),
        ({"update_id": 1, "callback_query": {"id": "1", "from": SAM, "message": HEAD, "data": {}}}, "5"),
        ({"update_id": 1, "my_chat_member": {"chat": CHAT, "new_chat_member": []}}, "5"),
    ],
)
def test_a_malformed_update_still_comes_in(raw: object, address: str) -> None:
    assert unreadable(raw) == address


def test_a_private_chat_without_its_type_is_still_heard() -> None:
    inbound = read({"update_id": 1, "message": {"chat": {"id": 5}, "text": "help"}})
    assert inbound
    assert inbound.event == TextReceived(at=NOW, text="help")


@pytest.mark.parametrize("raw", [None, 1, "x", [], {}, {"update_id": "1"}, {"update_id": True}, {"update_id": 1.0}])
def test_what_has_no_number_is_no_update(raw: object) -> None:
    assert update_id(raw) is None
    assert read(raw) is None


@pytest.mark.parametrize("code", [None, 7, "", "x" * 36, "en\n", "<b>", ["en"]])
def test_a_language_that_is_none_is_left_out(code: object) -> None:
    inbound = read({"update_id": 1, "message": HEAD | {"from": SAM | {"language_code": code}, "text": "hi"}})
    assert inbound
    assert inbound.event == TextReceived(at=NOW, text="hi")


# -- whatever comes ------------------------------------------------------------------------------------------------

ODD: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 2**63, 10**400, 0.5, float("nan"), float("inf"), "", "x", "5", "private", "\ud83d",
    "\x00", "/start \ud83d", "12:\ud83d", [], {}, [[]], [None], {"id": 5}, {"id": []}, {"chat": {"id": 5}}, "x" * 5000,
)  # fmt: skip


def holds(raw: object) -> None:
    """What must be true of any JSON: nothing raised, nothing with a number lost, and what comes in can be stored."""
    inbound = read(raw)
    query_id(raw)
    if update_id(raw) is None:
        assert inbound is None
        return
    assert isinstance(raw, dict)
    if inbound is None:
        assert groups_or_notes(raw), raw
        return
    assert inbound.external_id == str(raw["update_id"])
    assert inbound.address == "" or int(inbound.address) > 0
    assert bool(inbound.token) == isinstance(inbound.event, LinkOpened)
    json.dumps([inbound.address, inbound.token, *write(inbound.event)], ensure_ascii=False).encode()


def groups_or_notes(raw: dict[str, Any]) -> bool:
    """Whether an update may be let go: of a kind that we never ask for, from a group, or a note of the app's."""
    said = json.dumps(raw)
    shared = any(f'"type": "{kind}"' in said for kind in ("group", "supergroup", "channel"))
    asked = [name for name in ALLOWED if name in raw]
    return not asked or shared or any(f'"{name}"' in said for name in (*SERVICE, "location"))


def spec_document() -> dict[str, Any]:
    if not spec.load().present:
        pytest.skip("../shared/specs/telegram-bot-api.json is not beside the project")
    document: dict[str, Any] = json.loads(spec.PATH.read_text("utf-8"))
    return document


class Maker:
    """Makes values of the spec's types by chance, the same ones for the same seed."""

    def __init__(self, document: dict[str, Any], chance: random.Random) -> None:
        self.types, self.chance = document["types"], chance

    def make(self, kinds: list[str], depth: int) -> Any:
        kind = self.chance.choice(kinds)
        if kind.startswith("Array of "):
            return [self.make([kind.removeprefix("Array of ")], depth - 1) for _ in range(self.chance.randint(0, 2))]
        if kind in PLAIN:
            return PLAIN[kind](self.chance)
        if subtypes := self.types.get(kind, {}).get("subtypes"):
            return self.make(subtypes, depth)
        return self.thing(kind, depth)

    def thing(self, kind: str, depth: int) -> dict[str, Any]:
        often = 0.15 if depth > 0 else 0.0
        fields = [f for f in self.types[kind].get("fields", ()) if f["required"] or self.chance.random() < often]
        return {f["name"]: self.make(f["types"], depth - 1) for f in fields} if depth > -6 else {}

    def spoilt(self, value: Any) -> Any:
        """The value with one part of it, anywhere, replaced by something odd or left out."""
        if self.chance.random() < 0.2 or not isinstance(value, dict | list) or not value:
            return self.chance.choice(ODD)
        key = self.chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        copy = dict(value) if isinstance(value, dict) else list(value)
        if self.chance.random() < 0.1:
            del copy[key]
        else:
            copy[key] = self.spoilt(copy[key])
        return copy


PLAIN: dict[str, Callable[[random.Random], Any]] = {
    "Integer": lambda chance: chance.choice((0, 1, 5, -100, 2**40)),
    "Float": lambda chance: chance.random(),
    "Boolean": lambda chance: chance.random() < 0.5,
    "String": lambda chance: chance.choice(("x", "private", "group", "kicked", "/start abc", "1:a", "!help", "😀")),
    "True": lambda _chance: True,
}


def test_any_update_of_the_spec_is_read_whole_or_spoilt() -> None:
    chance = random.Random(20260302)
    maker = Maker(spec_document(), chance)
    for number in range(2_000):
        kind = chance.choice(ALLOWED if number % 4 else (*ALLOWED, *IRRELEVANT))
        type_name = next(f["types"] for f in maker.types["Update"]["fields"] if f["name"] == kind)
        update = {"update_id": number, kind: maker.make(type_name, 3)}
        holds(update)
        for _ in range(3):
            update = maker.spoilt(update)
            holds(update)


def test_any_json_is_read() -> None:
    chance = random.Random(20260303)
    keys = (
        *ALLOWED,
        "update_id",
        "chat",
        "from",
        "id",
        "type",
        "text",
        "caption",
        "data",
        "message",
        "sticker",
        "poll",
    )

    def anything(depth: int) -> Any:
        if depth == 0 or chance.random() < 0.3:
            return chance.choice(ODD)
        if chance.random() < 0.2:
            return [anything(depth - 1) for _ in range(chance.randint(0, 3))]
        return {chance.choice(keys): anything(depth - 1) for _ in range(chance.randint(0, 5))}

    for number in range(5_000):
        holds(anything(5))
        holds({"update_id": number + 1, chance.choice(ALLOWED): anything(4)})


def test_words_nested_without_end_are_given_up_not_followed() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"text": [deep]}
    inbound = read({"update_id": 1, "message": HEAD | {"rich_message": {"blocks": [deep]}}})
    assert inbound
    assert inbound.event == UnscreenableReceived(at=NOW, kind="rich_message", language="pt-br")
