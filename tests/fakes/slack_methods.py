"""What each Web API method does to the workspace: a table of plain functions (workspace, arguments) -> answer."""

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from slack_sdk.web.async_client import AsyncWebClient

from fakes import blocks as kit
from fakes.faults import Json
from fakes.server import Upload
from fakes.slack_views import VIEW_METHODS
from fakes.workspace import Channel, Posted, SlackError, Workspace

if TYPE_CHECKING:
    from fakes.clinician import SlackUser

Method = Callable[[Workspace, Json], Json]
ALWAYS_ALLOWED = frozenset(("token", "team_id", "client_msg_id"))  # slack-bolt adds team_id to every call
SENT_ELSEWHERE = frozenset(("app_token",))
AS_JSON = frozenset(("blocks", "attachments", "view", "metadata", "files"))
LONGEST_TEXT = {"chat.postMessage": 40_000, "chat.postEphemeral": 40_000, "chat.update": 4_000}


def decoded(values: Json) -> Json:
    """Arguments with the ones that forms carry as JSON text taken apart."""
    return {k: _parsed(v) if k in AS_JSON and isinstance(v, str) else v for k, v in values.items()}


def problems(method: str, params: Json) -> list[str]:
    """What is wrong with a call: unknown or missing arguments (by slack_sdk's signatures), texts, blocks and views."""
    call = getattr(AsyncWebClient, method.replace(".", "_"), None)
    if method not in METHODS or call is None:
        return [f"{method}: the fake plays no such method"]
    declared = [p for n, p in inspect.signature(call).parameters.items() if n not in ("self", "kwargs")]
    names = {p.name for p in declared} | ALWAYS_ALLOWED
    required = {p.name for p in declared if p.default is inspect.Parameter.empty} - SENT_ELSEWHERE
    found = [f"{method}.{name}: unknown argument" for name in sorted(params.keys() - names)]
    found += [f"{method}.{name}: required argument is missing" for name in sorted(required - params.keys())]
    if method in LONGEST_TEXT:
        found += [f"{method}: {p}" for p in content_problems(params, LONGEST_TEXT[method], method == "chat.update")]
    if _yes(params.get("reply_broadcast")) and method == "chat.postMessage" and not params.get("thread_ts"):
        found.append("chat.postMessage.reply_broadcast: needs thread_ts")
    if "view" in params:
        found += [f"{method}: {p}" for p in kit.view_problems(params["view"])]
    return found


def content_problems(content: Json, longest: int = 40_000, may_be_empty: bool = False) -> list[str]:
    """What is wrong with a message: its blocks, and a missing or overlong text to fall back on."""
    text, blocks = content.get("text"), content.get("blocks")
    found = kit.block_problems(blocks) if blocks is not None else []
    if not (isinstance(text, str) and text.strip()) and not (may_be_empty and blocks is None and text is None):
        found.append("text: required, notifications show it instead of the blocks")
    if isinstance(text, str) and len(text) > longest:
        found.append(f"text: at most {longest} characters, is {len(text)}")
    return found


def auth_test(ws: Workspace, params: Json) -> Json:
    ids = {"team_id": ws.team, "user_id": ws.bot_user, "bot_id": ws.bot_id, "is_enterprise_install": False}
    return {"url": f"https://{ws.team.lower()}.slack.com/", "team": "Riverside", "user": "rapport", **ids}


def team_info(ws: Workspace, params: Json) -> Json:
    return {"team": {"id": ws.team, "name": "Riverside", "domain": ws.team.lower()}}


def post_message(ws: Workspace, params: Json) -> Json:
    channel = ws.channel_of(params["channel"], to_post=True)
    details = {"thread_ts": params.get("thread_ts"), "metadata": params.get("metadata")}
    broadcast = _yes(params.get("reply_broadcast"))
    message = ws.post(channel, params["text"], params.get("blocks"), reply_broadcast=broadcast, **details)
    return {"channel": channel.id, "ts": message.ts, "message": ws.as_json(message)}


def update_message(ws: Workspace, params: Json) -> Json:
    channel = ws.channel_of(params["channel"])
    message = ws.edit(channel, params["ts"], params.get("text"), params.get("blocks"))
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": ws.as_json(message)}


def delete_message(ws: Workspace, params: Json) -> Json:
    channel = ws.channel_of(params["channel"])
    if not ws.message(channel, params["ts"]).from_bot:
        raise SlackError("cant_delete_message")
    del channel.by_ts[params["ts"]]
    return {"channel": channel.id, "ts": params["ts"]}


def post_ephemeral(ws: Workspace, params: Json) -> Json:
    channel, user = ws.channel_of(params["channel"], to_post=True), ws.person(params["user"])
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    return {"message_ts": ephemeral(ws, channel.id, user, params).ts}


def ephemeral(ws: Workspace, channel_id: str, user: "SlackUser", content: Json) -> Posted:
    """Show one person a message that nobody else sees and that is in no channel's history."""
    kept = tuple(kit.with_ids(content.get("blocks") or [], ws.new_id))
    message = Posted(channel_id, ws.ts(), content.get("text") or "", kept, ws.bot_user, only_for=user.id)
    user.ephemerals.append(message)
    return message


def permalink(ws: Workspace, params: Json) -> Json:
    message = ws.message(ws.channel_of(params["channel"]), params["message_ts"])
    address = f"https://{ws.team.lower()}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return {"channel": message.channel, "permalink": address}


def open_conversation(ws: Workspace, params: Json) -> Json:
    if params.get("channel"):
        return {"channel": {"id": ws.channel_of(params["channel"]).id}}
    users = [ws.person(user_id) for user_id in _list(params.get("users"))]
    if not users:
        raise SlackError("users_list_not_supplied")
    if any(user.deleted for user in users):
        raise SlackError("user_disabled")
    if len(users) == 1:
        return {"channel": {"id": ws.direct(users[0]).id}}
    ids = sorted(user.id for user in users)
    channel_id = "G" + "".join(ids)
    return {"channel": {"id": ws.channels.setdefault(channel_id, Channel(channel_id, "group", "mpim", ids)).id}}


def members(ws: Workspace, params: Json) -> Json:
    channel = ws.channel_of(params["channel"])
    bot = [ws.bot_user] if channel.bot_in else []
    return _page("members", [*channel.members, *bot], params)


def conversation_info(ws: Workspace, params: Json) -> Json:
    return {"channel": _channel(ws, ws.channel_of(params["channel"]))}


def conversation_list(ws: Workspace, params: Json) -> Json:
    seen = [c for c in ws.channels.values() if c.kind == "public" or c.bot_in]
    return _page("channels", [_channel(ws, c) for c in seen], params)


def replies(ws: Workspace, params: Json) -> Json:
    channel = ws.channel_of(params["channel"])
    if params["ts"] not in channel.by_ts:
        raise SlackError("thread_not_found")
    root = channel.by_ts[params["ts"]]
    return _page("messages", [ws.as_json(m) for m in (root, *channel.thread(root))], params)


def history(ws: Workspace, params: Json) -> Json:
    top = [m for m in ws.channel_of(params["channel"]).messages if not m.thread_ts or m.reply_broadcast]
    return _page("messages", [ws.as_json(m) for m in reversed(top)], params)


def user_info(ws: Workspace, params: Json) -> Json:
    return {"user": ws.person(params["user"]).as_json()}


def user_list(ws: Workspace, params: Json) -> Json:
    return _page("members", [user.as_json() for user in ws.users.values()], params)


def lookup_by_email(ws: Workspace, params: Json) -> Json:
    found = next((u for u in ws.users.values() if u.email.lower() == params["email"].lower() and not u.deleted), None)
    if found is None:
        raise SlackError("users_not_found")
    return {"user": found.as_json()}


def dnd_info(ws: Workspace, params: Json) -> Json:
    return _dnd(ws, ws.person(params["user"]), snooze=True) if params.get("user") else {"dnd_enabled": False}


def dnd_team(ws: Workspace, params: Json) -> Json:
    return {"users": {user_id: _dnd(ws, ws.person(user_id)) for user_id in _list(params["users"])}}


def add_reaction(ws: Workspace, params: Json) -> Json:
    channel = ws.channel_of(params["channel"])
    message = ws.message(channel, params["timestamp"])
    mark = (params["name"].strip(":"), ws.bot_user)
    if mark in message.reactions:
        raise SlackError("already_reacted")
    channel.by_ts[message.ts] = replace(message, reactions=(*message.reactions, mark))
    return {}


def get_reactions(ws: Workspace, params: Json) -> Json:
    message = ws.message(ws.channel_of(params["channel"]), params["timestamp"])
    return {"type": "message", "channel": message.channel, "message": ws.as_json(message)}


def upload_url(ws: Workspace, params: Json) -> Json:
    file_id = ws.new_id("F")
    ws.uploads[file_id] = {"id": file_id, "name": params["filename"], "length": int(params["length"]), "content": None}
    return {"upload_url": f"{ws.server.origin}/upload/{file_id}", "file_id": file_id}


def complete_upload(ws: Workspace, params: Json) -> Json:
    files = []
    for given in params["files"]:
        kept = ws.uploads.get(given["id"])
        if kept is None or kept["content"] is None:
            raise SlackError("file_not_found")
        title = given.get("title") or kept["name"]
        files.append({"id": kept["id"], "name": kept["name"], "title": title, "size": kept["length"]})
    for channel_id in _list(params.get("channel_id") or params.get("channels")):
        channel, details = ws.channel_of(channel_id, to_post=True), {"thread_ts": params.get("thread_ts")}
        ws.post(channel, params.get("initial_comment") or "", files=tuple(files), **details)
    return {"files": files}


def take_upload(ws: Workspace, file_id: str, upload: Upload) -> None:
    """Keep the bytes that were sent to an upload address."""
    kept = ws.uploads[file_id]
    if len(upload.content) != kept["length"]:
        raise SlackError("length_mismatch")
    kept["content"] = upload.content


METHODS: dict[str, Method] = {
    "auth.test": auth_test,
    "team.info": team_info,
    "apps.connections.open": lambda ws, params: {"url": ws.courier.new_address()},
    "chat.postMessage": post_message,
    "chat.update": update_message,
    "chat.delete": delete_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.getPermalink": permalink,
    "conversations.open": open_conversation,
    "conversations.members": members,
    "conversations.info": conversation_info,
    "conversations.list": conversation_list,
    "conversations.replies": replies,
    "conversations.history": history,
    "users.info": user_info,
    "users.list": user_list,
    "users.lookupByEmail": lookup_by_email,
    "dnd.info": dnd_info,
    "dnd.teamInfo": dnd_team,
    "reactions.add": add_reaction,
    "reactions.get": get_reactions,
    "files.getUploadURLExternal": upload_url,
    "files.completeUploadExternal": complete_upload,
    **VIEW_METHODS,
}


def _channel(ws: Workspace, channel: Channel) -> Json:
    kinds = {"is_im": "im", "is_mpim": "mpim", "is_private": "private", "is_channel": "public"}
    flags = {flag: channel.kind == kind for flag, kind in kinds.items()}
    head = {"id": channel.id, "name": channel.name, "is_archived": channel.archived, "is_member": channel.bot_in}
    return head | flags | ({"user": channel.members[0]} if channel.kind == "im" else {})


def _dnd(ws: Workspace, user: "SlackUser", snooze: bool = False) -> Json:
    """A person's do-not-disturb window: the one given, or for True one that is on now, or none."""
    now = int(ws.clock().timestamp())
    window = user.dnd if not isinstance(user.dnd, bool) else (now - 3600, now + 3600)
    start, end = (int(t.timestamp()) if isinstance(t, datetime) else t for t in window)
    body = {"dnd_enabled": bool(user.dnd), "next_dnd_start_ts": start, "next_dnd_end_ts": end}
    if not user.dnd:
        body |= {"next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    return body | ({"snooze_enabled": False} if snooze else {})


def _page(key: str, items: list[Any], params: Json) -> Json:
    """One page of a list, under Slack's cursors."""
    start, limit = int(params.get("cursor") or 0), int(params.get("limit") or 1000)
    following = str(start + limit) if len(items) > start + limit else ""
    more = {"has_more": bool(following)} if key == "messages" else {}
    return {key: items[start : start + limit], "response_metadata": {"next_cursor": following}, **more}


def _list(value: Any) -> list[str]:
    return [v for v in value.split(",") if v] if isinstance(value, str) else list(value or [])


def _yes(value: Any) -> bool:
    return str(value).lower() in ("true", "1")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
