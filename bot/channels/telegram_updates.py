"""An update as Telegram sends it, read into an `Inbound`. Pure and total: whatever JSON comes, nothing is raised.

What cannot be understood still comes in, as `UpdateUnreadable`; only what no client of ours can have meant is let go.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.channels.base import (
    ButtonPressed,
    ChatBlocked,
    ChatUnblocked,
    Event,
    Inbound,
    LinkOpened,
    UpdateUnreadable,
)
from bot.channels.telegram_content import read_content

# What Telegram is asked for, by polling and by webhook alike.
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
# The other kinds of Bot API 10.1. They come only while an older setting lasts, and none of them is written to the bot.
IRRELEVANT = (
    "channel_post", "edited_channel_post", "business_connection", "business_message", "edited_business_message",
    "deleted_business_messages", "guest_message", "message_reaction", "message_reaction_count", "inline_query",
    "chosen_inline_result", "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer",
    "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost", "managed_bot",
)  # fmt: skip
# The bot talks to one person at a time: in a group others would read what is meant for one.
SHARED = ("group", "supergroup", "channel")
BIGGEST = 2**63
START = re.compile(r"/start(?:@\w{1,32})?\s+([A-Za-z0-9_-]{1,64})\s*")
PRESS = re.compile(r"(?:([0-9]{1,9}):|(?=!.))([^\x00-\x1f\ud800-\udfff]{1,64})")
LANGUAGE = re.compile(r"[A-Za-z0-9-]{2,35}")

Reader = Callable[[Mapping[str, Any], datetime, str], Event | None]


def read_update(raw: object, clinic: str, bot: str, now: datetime) -> Inbound | None:
    """The update as it comes in through the door; None for one that is nobody's message to the bot.

    `now` (UTC) becomes the event's time. `address` is the private chat's id, "" where none can be made out.
    """
    number = update_id(raw)
    if number is None or not isinstance(raw, Mapping):
        return None
    kind = next((name for name in ALLOWED if name in raw), "")
    if not kind and any(name in raw for name in IRRELEVANT):
        return None
    content = _mapping(raw.get(kind))
    chat = _chat(content)
    if chat.get("type") in SHARED:
        return None
    address = _address(chat)
    token = _joining_token(content) if kind == "message" and address else ""
    event = _event(kind, content, address, now, token)
    return Inbound(clinic, "telegram", bot, str(number), event, address, token) if event else None


def update_id(raw: object) -> int | None:
    """The update's number, by which it is confirmed; None for what is no update."""
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    return number if _is_id(number) else None


def query_id(raw: object) -> str:
    """The id by which a button press is answered, so that the phone stops waiting; "" for anything else."""
    query = raw.get("callback_query") if isinstance(raw, Mapping) else None
    found = _mapping(query).get("id")
    return found if isinstance(found, str) else ""


def _event(kind: str, content: Mapping[str, Any], address: str, now: datetime, token: str) -> Event | None:
    language = _language(content)
    if token:
        return LinkOpened(at=now, language=language)
    if not address:
        return UpdateUnreadable(at=now, kind=kind or "unreadable")
    return _READERS[kind](content, now, language)


def _message(content: Mapping[str, Any], now: datetime, language: str) -> Event | None:
    return read_content(content, now, language, edited=False)


def _edited(content: Mapping[str, Any], now: datetime, language: str) -> Event | None:
    return read_content(content, now, language, edited=True)


def _press(content: Mapping[str, Any], now: datetime, language: str) -> Event:
    data = content.get("data")
    found = PRESS.fullmatch(data) if isinstance(data, str) else None
    if not found:
        return UpdateUnreadable(at=now, kind="callback_query")
    return ButtonPressed(at=now, option=found[2], step=int(found[1] or 0), language=language)


def _membership(content: Mapping[str, Any], now: datetime, _language: str) -> Event:
    match _mapping(content.get("new_chat_member")).get("status"):
        case "kicked":
            return ChatBlocked(at=now)
        case "member":
            return ChatUnblocked(at=now)
    return UpdateUnreadable(at=now, kind="my_chat_member")


_READERS: Mapping[str, Reader] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _press,
    "my_chat_member": _membership,
}


def _chat(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The chat it happened in. A press may come without its message: then the one who pressed is the private chat."""
    chat = content.get("chat") or _mapping(content.get("message")).get("chat")
    if chat is None and "chat_instance" in content:
        return {"type": "private", "id": _mapping(content.get("from")).get("id")}
    return _mapping(chat)


def _address(chat: Mapping[str, Any]) -> str:
    """Private chats have the person's own id, which is positive; a group's is not."""
    return str(chat["id"]) if _is_id(chat.get("id")) and chat.get("type") not in SHARED else ""


def _joining_token(content: Mapping[str, Any]) -> str:
    text = content.get("text")
    found = START.fullmatch(text) if isinstance(text, str) else None
    return found[1] if found else ""


def _language(content: Mapping[str, Any]) -> str:
    code = _mapping(content.get("from")).get("language_code")
    return code if isinstance(code, str) and LANGUAGE.fullmatch(code) else ""


def _is_id(value: object) -> bool:
    return type(value) is int and 0 < value < BIGGEST


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
