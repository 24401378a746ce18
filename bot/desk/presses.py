"""What staff do in Slack as events: presses, submitted dialogs, commands, reactions, replies. Nothing they write in a
thread is kept, but for the one word that acknowledges.

`external_id` is the same however often Slack brings the same thing. A reaction and a reply name a message, not a case:
they carry `values["card"]` (`channel|ts`, the vendor id of an outbox row) and case 0, and intake looks the case up.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zlib import crc32

from bot.channels.base import Inbound, StaffActed
from flows.papers import MISSED, READ
from flows.staff import ACTS, DIALOGS

Body = Mapping[str, Any]

CHANNEL = "slack"
CHECK_MARKS = ("white_check_mark", "heavy_check_mark")
SUBMITTED = ("resolved", "false_alarmed", "handed_over", "wrote")
ON_PAPERS = (READ, MISSED)
PRESSED = (*(act for act in ACTS if act not in SUBMITTED), *ON_PAPERS)
ASKED: Mapping[str, str] = {"resolved": "outcome", "false_alarmed": "reason", "handed_over": "to", "wrote": "text"}
_ACK = re.compile(
    r"\W*(?:ack|acknowledged?|:(?:white|heavy)_check_mark:|[✅✔]\ufe0f?)\W*(?:(?:case)?\W*(\d{1,9})\W*)?", re.IGNORECASE
)


def pressed(clinic: str, body: Body, at: datetime, dialog: str = "") -> Inbound | None:
    """A button on a card or in a list. `dialog` is the loading dialog opened for it, "" where none could be."""
    action = _action(body)
    if action.get("action_id") not in PRESSED:
        return None
    place = body.get("container") or {}
    event = StaffActed(
        at=at, action=action["action_id"], by=_user(body), case=_number(action.get("value")), dialog=dialog,
        values={"paper": str(action.get("value", ""))} if action["action_id"] in ON_PAPERS else {},
        channel=_channel(body), thread=place.get("thread_ts") or place.get("message_ts") or "",
    )  # fmt: skip
    return _inbound(clinic, body, f"press:{body['trigger_id']}", event)


def wants_dialog(body: Body) -> str:
    """The dialog that a press asks for, "" for one that needs none."""
    what = str(_action(body).get("action_id", ""))
    return what if what in (*DIALOGS, READ) else ""


def opened_from(body: Body) -> str:
    """What a dialog remembers of the press that opened it: its `private_metadata`."""
    return json.dumps({"case": _number(_action(body).get("value")), "channel": _channel(body)})


def submitted(clinic: str, body: Body, at: datetime) -> Inbound | None:
    """A submitted dialog."""
    view = body["view"]
    act = view.get("callback_id", "")
    if act not in SUBMITTED:
        return None
    opened = _metadata(view)
    event = StaffActed(
        at=at, action=act, by=_user(body), case=_number(opened.get("case")), channel=str(opened.get("channel", "")),
        values={ASKED[act]: _given(view, ASKED[act])},
    )  # fmt: skip
    return _inbound(clinic, body, f"view:{view['id']}:{_checksum(event.values)}", event)


def _checksum(values: Mapping[str, str]) -> int:
    """Whoever sends the same dialog again, because Slack lost our answer, means it once; other words are meant anew."""
    return crc32(json.dumps(values, sort_keys=True).encode())


def mistakes(body: Body) -> dict[str, str]:
    """What is wrong with a submission by itself: the block, and the text id of what to say under it."""
    asked = ASKED.get(body["view"].get("callback_id", ""), "")
    if not asked or _given(body["view"], asked).strip():
        return {}
    return {asked: "card.write_something" if asked == "text" else "card.choose_one"}


def commanded(clinic: str, body: Body, at: datetime) -> Inbound:
    """`/rapport alerts`, `/rapport ack 12`; anything else asks for help."""
    action, case = _asked_for(str(body.get("text", "")))
    channel = str(body.get("channel_id", ""))
    event = StaffActed(at=at, action=action, by=str(body["user_id"]), case=case, channel=channel)
    return _inbound(clinic, body, f"command:{body['trigger_id']}", event)


def happened(clinic: str, body: Body, at: datetime) -> Inbound | None:
    """A check-mark on a message of ours, or "ack" in its thread or directly to the bot. Nothing else is kept."""
    event = body["event"]
    acted = _reacted(body, event, at) if event.get("type") == "reaction_added" else _replied(body, event, at)
    return _inbound(clinic, body, f"event:{body['event_id']}", acted) if acted else None


def _reacted(body: Body, event: Body, at: datetime) -> StaffActed | None:
    item = event.get("item") or {}
    if event.get("reaction") not in CHECK_MARKS or item.get("type") != "message":
        return None
    if not _ours(body, event.get("item_user")):
        return None
    return _acknowledged(event, at, item["channel"], item["ts"])


def _replied(body: Body, event: Body, at: datetime) -> StaffActed | None:
    if event.get("type") != "message" or event.get("subtype") or event.get("bot_id") or not event.get("user"):
        return None
    said = _ACK.fullmatch(str(event.get("text", "")).strip())
    thread = event.get("thread_ts")
    if said is None or (thread and not _ours(body, event.get("parent_user_id"))):
        return None
    if said[1]:
        return StaffActed(at=at, action="acknowledge", by=event["user"], case=int(said[1]), channel=event["channel"])
    if thread:
        return _acknowledged(event, at, event["channel"], thread)
    if event.get("channel_type") != "im":
        return None
    return StaffActed(at=at, action="alerts", by=event["user"], channel=event["channel"])


def _acknowledged(event: Body, at: datetime, channel: str, ts: str) -> StaffActed:
    card = {"card": f"{channel}|{ts}"}
    return StaffActed(at=at, action="acknowledge", by=str(event["user"]), values=card, channel=channel, thread=ts)


def _ours(body: Body, author: str | None) -> bool:
    """Whether the app wrote the message. Where Slack does not say, it may be."""
    bots = {each.get("user_id") for each in body.get("authorizations") or ()}
    return not author or not bots or author in bots


def _asked_for(text: str) -> tuple[str, int]:
    word, _, rest = text.strip().lower().partition(" ")
    if word in ("alerts", "") or (word == "ack" and not rest.strip()):
        return "alerts", 0
    number = re.fullmatch(r"\D{0,6}(\d{1,9})\W*", rest)
    return ("acknowledge", int(number[1])) if word == "ack" and number else ("help", 0)


def _inbound(clinic: str, body: Body, once: str, event: StaffActed) -> Inbound:
    return Inbound(clinic, CHANNEL, _team(body), once, event)


def _team(body: Body) -> str:
    team = body.get("team") or {}
    return str(body.get("team_id") or team.get("id") or (body.get("user") or {}).get("team_id") or "")


def _user(body: Body) -> str:
    return str(body["user"]["id"])


def _channel(body: Body) -> str:
    channel, place = body.get("channel") or {}, body.get("container") or {}
    return str(channel.get("id") or place.get("channel_id") or "")


def _action(body: Body) -> Body:
    return next(iter(body.get("actions") or ()), {})


def _number(value: object) -> int:
    """A case's number; 0, which is nobody's, for anything else."""
    return int(str(value)) if re.fullmatch(r"\d{1,9}", str(value)) else 0


def _metadata(view: Body) -> Body:
    try:
        opened = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return opened if isinstance(opened, dict) else {}


def _given(view: Body, name: str) -> str:
    """What was written or chosen in the block `name`."""
    return next((given for given in _answers(view, name) if given), "")


def _answers(view: Body, name: str) -> Iterator[str]:
    for answer in view.get("state", {}).get("values", {}).get(name, {}).values():
        yield str((answer.get("selected_option") or {}).get("value") or answer.get("value") or "")
