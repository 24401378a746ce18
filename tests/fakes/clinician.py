"""A person's side of Slack: what they see, and everything they can press, write, react with and fill in."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fakes import blocks as kit
from fakes import slack_views
from fakes.faults import Json
from fakes.slack_delivery import Delivery
from fakes.workspace import Channel, Posted

if TYPE_CHECKING:
    from fakes.workspace import Workspace

CHOOSERS = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
INITIAL = {"datepicker": "initial_date", "timepicker": "initial_time", "users_select": "initial_user"}
SINGLE, MULTIPLE = ("static_select", "radio_buttons", "overflow"), ("checkboxes", "multi_static_select")


@dataclass(frozen=True, slots=True)
class View:
    """A dialog or home tab as it stood when you asked. errors: block id -> the message shown under that input."""

    raw: Json
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def title(self) -> str:
        return str((self.raw.get("title") or {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        return str(self.raw["callback_id"])

    @property
    def private_metadata(self) -> str:
        return str(self.raw["private_metadata"])

    @property
    def blocks(self) -> list[Json]:
        return list(self.raw["blocks"])

    @property
    def words(self) -> str:
        return "\n".join(kit.words(self.blocks))

    @property
    def buttons(self) -> list[str]:
        return kit.buttons(self.blocks)


class SlackUser:
    """One person in one workspace. dnd: False, True (do not disturb right now) or the window's (start, end)."""

    def __init__(self, ws: "Workspace", user_id: str, name: str, email: str, tz: str) -> None:
        self.ws, self.id, self.name, self.email, self.tz = ws, user_id, name, email, tz
        self.deleted = False
        self.dnd: bool | tuple[datetime, datetime] = False
        self.ephemerals: list[Posted] = []
        self.stack: list[Json] = []
        self.errors: dict[str, dict[str, str]] = {}
        self.published: Json | None = None

    # -- what they see ----------------------------------------------------------------------------------------------

    @property
    def dms(self) -> list[Posted]:
        """Everything in the direct message with the bot, oldest first."""
        with self.ws.server.changed:
            return self.ws.direct(self).messages

    def channel(self, channel_id: str) -> Channel:
        channel = self.ws.channels[channel_id]
        assert self.id in channel.members, f"{self.id} is not in {channel_id} and can't see it"
        return channel

    @property
    def modal(self) -> View | None:
        """The dialog on top, or None."""
        with self.ws.server.changed:
            top = self.stack[-1] if self.stack else None
            return View(top, self.errors.get(top["id"], {})) if top else None

    @property
    def home(self) -> View | None:
        return View(self.published) if self.published else None

    def sees(self, fragment: str, where: str | None = None, timeout: float = 10) -> Posted:
        """Wait for a message with this fragment, in the direct message or in a channel; the newest such."""

        def found() -> Posted | None:
            shown = self.dms if where is None else self.channel(where).messages
            return next((m for m in reversed(shown) if m.holds(fragment)), None)

        return self.ws.server.wait_for(found, timeout)

    def sees_modal(self, fragment: str = "", timeout: float = 10) -> View:
        """Wait until the dialog on top is there and holds the fragment in its title or body."""

        def found() -> View | None:
            modal = self.modal
            return modal if modal and fragment in f"{modal.title}\n{modal.words}" else None

        return self.ws.server.wait_for(found, timeout)

    def screen(self) -> str:
        """All they can read now: direct messages, channels, whispers, home and the dialog on top."""
        with self.ws.server.changed:
            channels = [c for c in self.ws.channels.values() if self.id in c.members]
            seen = [m.words for c in channels for m in c.messages] + [m.words for m in self.ephemerals]
            views = [f"{v.title}\n{v.words}" for v in (self.home, self.modal) if v]
            return "\n".join(seen + views)

    # -- what they do -----------------------------------------------------------------------------------------------

    def presses(self, where: Posted | View, what: str, *, option: str | None = None, times: int = 1) -> Delivery:
        """Press a button (by label, action id or value) or choose an option. times: a nervous finger, one press each.

        Gives the last press's delivery.
        """
        block, element = _find(where, what)
        chosen: Json = _chosen(element, option) if option is not None else {}
        return [self._press(where, block, element, chosen) for _ in range(times)][-1]

    def submits(self, view: View | None = None, values: Json | None = None) -> Delivery:
        """Fill in a dialog and submit it. values: block id, action id or label -> text, option(s), date, user …"""
        shown = view or self.modal
        assert shown is not None, f"{self.id} has no dialog open"
        raw = {**shown.raw, "state": {"values": _filled(shown.blocks, dict(values or {}))}}
        self.errors.pop(shown.id, None)
        payload = self._interaction("view_submission") | {"view": raw, "response_urls": []}
        return self._send(Delivery("interactive", payload, lambda answer: self._submitted(raw, answer)))

    def closes(self, view: View | None = None) -> Delivery | None:
        """Close the dialog on top; the app hears of it only if it asked to."""
        shown = view or self.modal
        assert shown is not None, f"{self.id} has no dialog open"
        with self.ws.server.changed:
            slack_views.close(self.ws, self, shown.raw)
        if not shown.raw["notify_on_close"]:
            return None
        payload = self._interaction("view_closed") | {"view": shown.raw, "is_cleared": False}
        return self._send(Delivery("interactive", payload))

    def commands(self, command: str, text: str = "", channel: str | None = None) -> Delivery:
        """Type a slash command. What the app answers shows up in `ephemerals`."""
        channel_id = channel or self.ws.direct(self).id
        where = {"channel_id": channel_id, "channel_name": self.ws.channels[channel_id].name}
        who = {"team_id": self.ws.team, "team_domain": self.ws.team.lower(), "user_id": self.id, "user_name": self.name}
        address = self.ws.server.new_response_url(self, channel_id, None)
        rest = {"token": "verification", "api_app_id": self.ws.app, "is_enterprise_install": "false"}
        payload = {**rest, **who, **where, "command": command, "text": text, "response_url": address}
        payload["trigger_id"] = self.ws.trigger(self)
        delivery = Delivery("slash_commands", payload)
        delivery.on_answer = lambda answer: self.ws.server.respond(self, channel_id, None, answer) if answer else None
        return self._send(delivery)

    def reacts(self, message: Posted, name: str) -> Delivery:
        return self._react(message, name, "reaction_added")

    def unreacts(self, message: Posted, name: str) -> Delivery:
        return self._react(message, name, "reaction_removed")

    def replies(self, message: Posted, text: str) -> Delivery:
        """Write in the thread of a message."""
        return self.says(text, message.channel, thread_ts=message.thread_ts or message.ts)

    def says(self, text: str, channel: str | None = None, thread_ts: str | None = None) -> Delivery:
        """Write a message, to the bot directly or in a channel."""
        with self.ws.server.changed:
            place = self.ws.channels[channel] if channel else self.ws.direct(self)
            message = Posted(place.id, self.ws.ts(), text, (), self.id, from_bot=False, thread_ts=thread_ts)
            self.ws.keep(place, message)
        kind = {"private": "group", "public": "channel"}.get(place.kind, place.kind)
        event = self.ws.as_json(message) | {"channel": place.id, "channel_type": kind, "event_ts": message.ts}
        if thread_ts:
            event["parent_user_id"] = place.by_ts[thread_ts].user
        return self._send(self.ws.courier.event(event | {"client_msg_id": self.ws.new_id("m")}))

    def opens_home(self) -> Delivery:
        channel = self.ws.direct(self).id
        event = {"type": "app_home_opened", "user": self.id, "channel": channel, "tab": "home"}
        return self._send(self.ws.courier.event(event | {"event_ts": self.ws.ts()}))

    # -- Slack's own shapes -----------------------------------------------------------------------------------------

    def as_json(self) -> Json:
        """The user object of users.info."""
        profile = {"real_name": self.name, "display_name": self.name, "email": self.email, "team": self.ws.team}
        head = {"id": self.id, "team_id": self.ws.team, "name": self.name, "real_name": self.name}
        flags = {"deleted": self.deleted, "is_bot": False, "is_admin": False, "is_app_user": False}
        return {**head, **flags, "tz": self.tz, "profile": profile, "updated": 1}

    def _interaction(self, kind: str) -> Json:
        user = {"id": self.id, "username": self.name, "name": self.name, "team_id": self.ws.team}
        team = {"id": self.ws.team, "domain": self.ws.team.lower()}
        head = {"type": kind, "user": user, "team": team, "api_app_id": self.ws.app, "token": "verification"}
        return {**head, "enterprise": None, "is_enterprise_install": False, "trigger_id": self.ws.trigger(self)}

    def _press(self, where: Posted | View, block: Json, element: Json, chosen: Json) -> Delivery:
        told: Json = {k: element[k] for k in ("action_id", "type", "text", "value", "style") if k in element}
        action = {**told, "block_id": block["block_id"], **chosen, "action_ts": self.ws.ts()}
        place = _in_view(where) if isinstance(where, View) else self._in_message(where)
        return self._send(Delivery("interactive", {**self._interaction("block_actions"), **place, "actions": [action]}))

    def _in_message(self, message: Posted) -> Json:
        ids = {"message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": bool(message.only_for)}
        channel = {"id": message.channel, "name": self.ws.channels[message.channel].name}
        address = self.ws.server.new_response_url(self, message.channel, message.ts)
        place = {"container": {"type": "message", **ids}, "channel": channel, "response_url": address}
        shown: Json = {} if message.only_for else {"message": self.ws.as_json(message)}
        return {**place, **shown, "state": {"values": {}}}

    def _react(self, message: Posted, name: str, kind: str) -> Delivery:
        with self.ws.server.changed:
            channel = self.ws.channels[message.channel]
            marks = [m for m in channel.by_ts[message.ts].reactions if m != (name, self.id)]
            if kind == "reaction_added":
                marks.append((name, self.id))
            channel.by_ts[message.ts] = replace(channel.by_ts[message.ts], reactions=tuple(marks))
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        event = {"type": kind, "user": self.id, "reaction": name, "item": item, "item_user": message.user}
        return self._send(self.ws.courier.event(event | {"event_ts": self.ws.ts()}))

    def _submitted(self, raw: Json, answer: Json) -> None:
        for problem in slack_views.answer_problems(raw, answer):
            self.ws.server.violate(f"acknowledgement of view_submission: {problem}")
        slack_views.apply_answer(self.ws, self, raw, answer)

    def _send(self, delivery: Delivery) -> Delivery:
        return self.ws.courier.send(delivery)


def _find(where: Posted | View, what: str) -> tuple[Json, Json]:
    """The element with this label, action id or value; a label that only contains the word comes last."""
    found = list(kit.interactive(list(where.blocks)))

    def label(element: Json) -> str:
        return str((element.get("text") or {}).get("text", ""))

    exact = [(b, e) for b, e in found if what in (label(e), e.get("action_id"), e.get("value"))]
    hits = exact or [(b, e) for b, e in found if what in label(e)]
    assert hits, f"nothing to press called {what!r}; there are {[label(e) or e.get('action_id') for _, e in found]}"
    return hits[0]


def _chosen(element: Json, given: Any) -> Json:
    """An element's part of the payload once a value is chosen or typed."""
    kind = element["type"]
    if kind in SINGLE:
        return {"type": kind, "selected_option": _option(element, given)}
    if kind in MULTIPLE:
        return {"type": kind, "selected_options": [_option(element, one) for one in given]}
    if kind.startswith("multi_"):
        return {"type": kind, CHOOSERS[kind.removeprefix("multi_")] + "s": list(given)}
    return {"type": kind, CHOOSERS.get(kind, "value"): given}


def _option(element: Json, wanted: str) -> Json:
    found = kit.options(element)
    hit = next((o for o in found if wanted in (o.get("value"), o["text"]["text"])), None)
    assert hit is not None, f"no option {wanted!r}; there are {[o['text']['text'] for o in found]}"
    return hit


def _filled(blocks: list[Json], values: Json) -> Json:
    """state.values of a submission: what was given, else what was there from the start. Fails on a required gap."""
    state: Json = {}
    for block, element in kit.interactive(blocks):
        if block["type"] != "input":
            continue
        names = (block["block_id"], element["action_id"], block["label"]["text"])
        given = next((values.pop(name) for name in names if name in values), None)
        part = _chosen(element, given) if given not in (None, "") else _untouched(element)
        empty = not [v for k, v in part.items() if k != "type" and v]
        assert block.get("optional") or not empty, f"Slack won't send the dialog: {names[2]!r} is required"
        state.setdefault(block["block_id"], {})[element["action_id"]] = part
    assert not values, f"no input in the dialog for {sorted(values)}"
    return state


def _untouched(element: Json) -> Json:
    """An element's part of the payload when nobody touched it."""
    kind = element["type"]
    if kind in SINGLE:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MULTIPLE:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in CHOOSERS:
        return {"type": kind, CHOOSERS[kind]: element.get(INITIAL.get(kind, ""))}
    return {"type": kind, "value": element.get("initial_value")}


def _in_view(view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": view.raw}
