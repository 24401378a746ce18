"""Slack's Web API without Slack: the library builds every request as ever, and a workspace in memory answers it."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.slack import SlackChannel
from bot.web.demo_workspace import APP_USER, Json, Posted, Room, Workspace


class DemoDesk(SlackChannel):
    """The Slack channel, whose calls end in a workspace of this process. Make it inside the event loop."""

    def __init__(self, clinic: str, workspace: Workspace) -> None:
        super().__init__({})
        self.slack = DemoSlack(workspace)
        self.clients = {clinic: self.slack}


class DemoSlack(AsyncWebClient):
    """A client of Slack's Web API that reaches no further than its workspace. While `away`, no call gets through."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(proxy="")
        self.workspace = workspace
        self.away = False

    async def api_call(self, api_method: str, **request: Any) -> AsyncSlackResponse:
        """Answer a call as Slack would. Raises SlackApiError for what Slack refuses."""
        if self.away:
            raise aiohttp.ClientConnectionError
        body: Json = copy.deepcopy(request.get("json") or request.get("params") or {})
        data = METHODS[api_method](self.workspace, api_method, body)
        answer = AsyncSlackResponse(
            client=self, http_verb="POST", api_url=api_method, req_args={}, data=data, headers={}, status_code=200
        )
        answer.validate()  # type: ignore[no-untyped-call]  # as above
        return answer


def _post(workspace: Workspace, call: str, body: Json) -> Json:
    room = workspace.room(body["channel"])
    if room is None:
        return _refused("channel_not_found")
    thread = body.get("thread_ts", "")
    if thread and workspace.message(room.id, thread) is None:
        return _refused("thread_not_found")
    posted = _posted(workspace, room, call, body)
    workspace.put(replace(posted, thread=thread, broadcast=bool(body.get("reply_broadcast"))))
    return {"ok": True, "channel": room.id, "ts": posted.ts}


def _whisper(workspace: Workspace, call: str, body: Json) -> Json:
    room, user = workspace.room(body["channel"]), body["user"]
    if room is None or user not in room.members:
        return _refused("user_not_in_channel" if room else "channel_not_found")
    posted = workspace.put(replace(_posted(workspace, room, call, body), only_for=user))
    return {"ok": True, "message_ts": posted.ts}


def _posted(workspace: Workspace, room: Room, call: str, body: Json) -> Posted:
    blocks = tuple(body.get("blocks") or ())
    return Posted(
        room.id, workspace.ts(), APP_USER, body["text"], workspace.now(), blocks, call=call, request=dict(body)
    )


def _edit(workspace: Workspace, call: str, body: Json) -> Json:
    shown = workspace.message(body["channel"], body["ts"])
    if shown is None:
        return _refused("message_not_found")
    blocks = tuple(body.get("blocks") or ())
    workspace.put(replace(shown, text=body["text"], blocks=blocks, edited=True, call=call, request=dict(body)))
    return {"ok": True, "channel": shown.room, "ts": shown.ts}


def _open(workspace: Workspace, _call: str, body: Json) -> Json:
    """The trigger of the demo's own gestures is the person who made them, with a number behind."""
    user = str(body["trigger_id"]).partition(".")[0]
    view_id = workspace.open(user, body["view"])
    return {"ok": True, "view": workspace.dialogs[view_id].view}


def _fill(workspace: Workspace, _call: str, body: Json) -> Json:
    return {"ok": True} if workspace.fill(body["view_id"], body["view"]) else _refused("not_found")


def _refused(error: str) -> Json:
    return {"ok": False, "error": error}


METHODS: Mapping[str, Callable[[Workspace, str, Json], Json]] = {
    "chat.postMessage": _post,
    "chat.postEphemeral": _whisper,
    "chat.update": _edit,
    "views.open": _open,
    "views.update": _fill,
}
