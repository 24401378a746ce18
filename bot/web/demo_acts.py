"""What staff do at the demo's desk, as the payloads that Slack would send for it."""

import secrets
from dataclasses import replace
from typing import Any

from bot.desk.presses import Body
from bot.web.demo_workspace import APP, APP_USER, TEAM, Json, Member, Posted, Room, Workspace

COMMAND = "/rapport"


def press(workspace: Workspace, user: str, posted: Posted, action: str, value: str) -> Body:
    """A button under a message: `block_actions`."""
    pressed = {"type": "button", "action_id": action, "value": value, "action_ts": workspace.ts()}
    place: Json = {"type": "message", "message_ts": posted.ts, "channel_id": posted.room}
    place |= {"is_ephemeral": bool(posted.only_for)} | ({"thread_ts": posted.thread} if posted.thread else {})
    room = {"id": posted.room, "name": workspace.rooms[posted.room].name}
    return _interaction(workspace, user, "block_actions") | {"container": place, "channel": room, "actions": [pressed]}


def submit(workspace: Workspace, user: str, view: Json, given: dict[str, str]) -> Body:
    """A filled-in dialog: `view_submission`. `given` is what stands in each block's input."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    state = {block["block_id"]: _answer(block["element"], given.get(block["block_id"], "")) for block in inputs}
    return _interaction(workspace, user, "view_submission") | {"view": view | {"state": {"values": state}}}


def command(workspace: Workspace, user: str, room: Room, text: str) -> Body:
    """`/rapport …`."""
    where = {"channel_id": room.id, "channel_name": "directmessage" if room.is_direct else room.name}
    who = {"team_id": TEAM, "user_id": user, "user_name": workspace.members[user].name}
    return who | where | {"command": COMMAND, "text": text, "trigger_id": _trigger(user), "api_app_id": APP}


def reply(workspace: Workspace, user: str, room: Room, text: str, thread: str = "") -> Body:
    """A message of somebody's own, in a thread where `thread` says so: `message`. It is posted, too."""
    posted = workspace.put(Posted(room.id, workspace.ts(), user, text, workspace.now(), thread=thread))
    event = {
        "type": "message", "user": user, "text": text, "ts": posted.ts, "channel": room.id,
        "channel_type": "im" if room.is_direct else "group",
    }  # fmt: skip
    above = {"thread_ts": thread, "parent_user_id": _author(workspace, room.id, thread)} if thread else {}
    return _event(event | above)


def react(workspace: Workspace, user: str, posted: Posted, name: str) -> Body:
    """A reaction on a message: `reaction_added`. It is shown, too."""
    workspace.put(replace(posted, reactions=(*posted.reactions, (name, user))))
    item = {"type": "message", "channel": posted.room, "ts": posted.ts}
    return _event({"type": "reaction_added", "user": user, "reaction": name, "item": item, "item_user": posted.user})


def _author(workspace: Workspace, room: str, ts: str) -> str:
    posted = workspace.message(room, ts)
    return posted.user if posted else ""


def _interaction(workspace: Workspace, user: str, kind: str) -> Json:
    member: Member = workspace.members[user]
    who = {"id": user, "name": member.name, "team_id": TEAM}
    return {"type": kind, "user": who, "team": {"id": TEAM}, "api_app_id": APP, "trigger_id": _trigger(user)}


def _event(event: Json) -> Body:
    once = f"Ev{secrets.token_hex(6)}"
    bot = {"user_id": APP_USER, "team_id": TEAM, "is_bot": True}
    return {"type": "event_callback", "team_id": TEAM, "event_id": once, "event": event, "authorizations": [bot]}


def _trigger(user: str) -> str:
    return f"{user}.{secrets.token_hex(8)}"


def _answer(element: Json, given: str) -> dict[str, Any]:
    """An input's part of the state, by its action id."""
    if element["type"] != "static_select":
        return {element["action_id"]: {"type": element["type"], "value": given or None}}
    listed = [*element.get("options", ()), *(o for group in element.get("option_groups", ()) for o in group["options"])]
    chosen = next((option for option in listed if option["value"] == given), None)
    return {element["action_id"]: {"type": element["type"], "selected_option": chosen}}
