"""Dialogs and home tabs: views.open, push, update, publish, and what an acknowledged submission does to the stack."""

from typing import TYPE_CHECKING

from fakes import blocks as kit
from fakes.faults import Json
from fakes.workspace import SlackError, Workspace

if TYPE_CHECKING:
    from fakes.clinician import SlackUser
    from fakes.slack_methods import Method

DEEPEST_STACK = 3


def open_view(ws: Workspace, params: Json) -> Json:
    _modal(params["view"])
    user = ws.take_trigger(params.get("trigger_id"))
    _forget(ws, user.stack)
    user.stack[:] = [new_view(ws, user, params["view"])]
    return {"view": user.stack[-1]}


def push_view(ws: Workspace, params: Json) -> Json:
    _modal(params["view"])
    user = ws.take_trigger(params.get("trigger_id"))
    return {"view": push(ws, user, params["view"])}


def push(ws: Workspace, user: "SlackUser", content: Json) -> Json:
    if len(user.stack) >= DEEPEST_STACK:
        raise SlackError("push_limit_reached")
    user.stack.append(new_view(ws, user, content, user.stack[-1] if user.stack else None))
    return user.stack[-1]


def update_view(ws: Workspace, params: Json) -> Json:
    view = _known(ws, params)
    if params.get("hash") and params["hash"] != view["hash"]:
        raise SlackError("hash_conflict")
    return {"view": replace_view(ws, view, params["view"])}


def replace_view(ws: Workspace, old: Json, content: Json) -> Json:
    """Put new content into an open view. Its ids stay, its hash and what was typed do not."""
    user = ws.owners[old["id"]]
    new = new_view(ws, user, content, keep=old)
    user.stack[:] = [new if v["id"] == old["id"] else v for v in user.stack]
    user.errors.pop(old["id"], None)
    return new


def publish_view(ws: Workspace, params: Json) -> Json:
    user = ws.person(params["user_id"])
    if params["view"]["type"] != "home":
        raise SlackError("invalid_arguments")
    if params.get("hash") and user.home and params["hash"] != user.home.raw["hash"]:
        raise SlackError("hash_conflict")
    user.published = new_view(ws, user, params["view"])
    return {"view": user.published}


def new_view(
    ws: Workspace, user: "SlackUser", content: Json, previous: Json | None = None, keep: Json | None = None
) -> Json:
    """A view as Slack keeps it: with ids (those of `keep`, if it replaces that one), a hash and empty state."""
    view_id = keep["id"] if keep else ws.new_id("V")
    root, before = (previous["root_view_id"], previous["id"]) if previous else (view_id, None)
    if keep:
        root, before = keep["root_view_id"], keep["previous_view_id"]
    ids = {"id": view_id, "root_view_id": root, "previous_view_id": before, "hash": ws.new_id("h")}
    owners = {"team_id": ws.team, "app_id": ws.app, "bot_id": ws.bot_id}
    defaults = {"callback_id": "", "external_id": "", "private_metadata": "", "state": {"values": {}}}
    flags = {"clear_on_close": False, "notify_on_close": False, "close": None, "submit": None}
    kept = {**content, "blocks": kit.with_ids(content["blocks"], ws.new_id)}
    ws.views[view_id], ws.owners[view_id] = {**defaults, **flags, **kept, **ids, **owners}, user
    return ws.views[view_id]


def close(ws: Workspace, user: "SlackUser", view: Json, whole_stack: bool = False) -> None:
    gone = list(user.stack) if whole_stack else [v for v in user.stack if v["id"] == view["id"]]
    user.stack[:] = [v for v in user.stack if v not in gone]
    _forget(ws, gone)


def apply_answer(ws: Workspace, user: "SlackUser", view: Json, answer: Json) -> None:
    """What an acknowledgement of view_submission does: close, show errors, replace, push or clear."""
    action = answer.get("response_action")
    if action == "errors":
        user.errors[view["id"]] = answer.get("errors", {})
    elif action == "update":
        replace_view(ws, view, answer["view"])
    elif action == "push":
        push(ws, user, answer["view"])
    else:
        close(ws, user, view, whole_stack=action == "clear")


def answer_problems(view: Json, answer: Json) -> list[str]:
    """What Slack would not understand in an acknowledgement of view_submission."""
    action = answer.get("response_action")
    if not answer:
        return []
    if action in ("update", "push"):
        return kit.view_problems(answer.get("view"))
    if action == "errors":
        inputs = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
        wrong = answer.get("errors", {}).keys() - inputs
        return [f"errors: no input block {sorted(wrong)}"] if wrong or not answer.get("errors") else []
    return [] if action == "clear" else [f"response_action: {action!r} is none of Slack's"]


VIEW_METHODS: "dict[str, Method]" = {
    "views.open": open_view,
    "views.push": push_view,
    "views.update": update_view,
    "views.publish": publish_view,
}


def _modal(view: Json) -> None:
    if view["type"] != "modal":
        raise SlackError("invalid_arguments")


def _known(ws: Workspace, params: Json) -> Json:
    if params.get("view_id"):
        found = ws.views.get(params["view_id"])
    else:
        found = next((v for v in ws.views.values() if v["external_id"] == params.get("external_id")), None)
    if found is None:
        raise SlackError("not_found")
    return found


def _forget(ws: Workspace, views: list[Json]) -> None:
    for view in views:
        ws.views.pop(view["id"], None)
        ws.owners.pop(view["id"], None)
