"""What is in a message: words for the screen wherever there are any, else the kind of what nobody can read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.channels.base import Event, TextReceived, UnscreenableReceived, UpdateUnreadable

# In this order: an animation comes with a `document`, a venue with a `location`, a live photo with a `photo`.
KINDS = (
    "voice", "video_note", "animation", "live_photo", "photo", "video", "audio", "document", "sticker", "story",
    "paid_media", "venue", "location", "contact", "dice", "game", "gift", "unique_gift", "giveaway", "poll",
    "checklist", "rich_message",
)  # fmt: skip
# What the app or Telegram itself notes in a private chat; nobody wrote it.
SERVICE = (
    "pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "write_access_allowed",
    "connected_website", "users_shared", "chat_shared", "boost_added", "refunded_payment", "gift_upgrade_sent",
)  # fmt: skip
# Where words stand in a poll, a checklist or a rich message.
WORDS = (
    "title", "question", "description", "summary", "label", "text", "caption", "credit", "alternative_text",
    "expression", "options", "tasks", "items", "blocks", "cells", "explanation",
)  # fmt: skip
DEPTH = 40
LATE = 120  # seconds on its way, from which on it matters when something was written


def read_content(message: Mapping[str, Any], now: datetime, language: str, *, edited: bool) -> Event | None:
    """The event of a message; None for a service note, and for the steps of a location shared live."""
    for name in ("text", "caption"):
        if name in message:
            return _dated(_text(message[name], now, language, "edit" if edited else name), message)
    kind = next((name for name in KINDS if name in message), "other")
    if (edited and kind == "location") or (kind == "other" and any(name in message for name in SERVICE)):
        return None
    if words := _words_of(kind, message[kind]) if kind in message else "":
        plain = "text" if kind == "sticker" else "caption"  # a sticker says no more than its emoji
        return _dated(_text(words, now, language, "edit" if edited else plain), message)
    return UnscreenableReceived(at=now, kind=kind, language=language)


def _text(words: object, now: datetime, language: str, kind: Any) -> Event:
    if not isinstance(words, str):
        return UpdateUnreadable(at=now, kind="message")
    return TextReceived(at=now, text=_storable(words), kind=kind, language=language)


def _dated(event: Event, message: Mapping[str, Any]) -> Event:
    """With the time at which it was written, where that was long ago: an old text must not look new (H15)."""
    sent = message.get("edit_date", message.get("date"))
    if isinstance(event, TextReceived) and isinstance(sent, int) and 0 < sent < event.at.timestamp() - LATE:
        return replace(event, sent=float(sent))
    return event


def _words_of(kind: str, content: object) -> str:
    """The words in something that is no plain text. Of a sticker it is the emoji it stands for: emoji are screened."""
    if kind == "sticker":
        emoji = content.get("emoji") if isinstance(content, Mapping) else None
        return emoji if isinstance(emoji, str) else ""
    return _words(content, "\n", DEPTH).strip() if kind in ("poll", "checklist", "rich_message") else ""


def _words(value: object, glue: str, depth: int) -> str:
    """All words in a nested value. The runs of one line (`text`) are joined as they are, or bold would tear a word."""
    if isinstance(value, str):
        return value
    if depth == 0:
        return ""
    if isinstance(value, Mapping):
        found = [_words(value[name], "" if name == "text" else "\n", depth - 1) for name in WORDS if name in value]
        return "\n".join(filter(None, found))
    if isinstance(value, Sequence):
        return glue.join(filter(None, (_words(each, glue, depth - 1) for each in value)))
    return ""


def _storable(text: str) -> str:
    """Half a surrogate pair, which JSON can carry and UTF-8 cannot, becomes a question mark in a box."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
