"""A Slack workspace as it stands: people, channels, what is posted in them, open dialogs, and Slack's ids."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fakes import blocks as kit
from fakes.faults import Json

if TYPE_CHECKING:
    from fakes.clinician import SlackUser
    from fakes.slack import FakeSlack
    from fakes.slack_delivery import Courier


class SlackError(Exception):
    """An answer of Slack's with ok=false, under the error's own name."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Posted:
    """One message as it stood when you asked. An edit makes a new one under the same ts; an old one stays pressable."""

    channel: str
    ts: str
    text: str
    blocks: tuple[Json, ...] = ()
    user: str = ""
    from_bot: bool = True
    thread_ts: str | None = None
    reply_broadcast: bool = False
    edited: bool = False
    reactions: tuple[tuple[str, str], ...] = ()
    metadata: Json | None = None
    files: tuple[Json, ...] = ()
    only_for: str | None = None

    @property
    def words(self) -> str:
        """What a person reads: the blocks' texts and buttons, or the plain text where there are no blocks."""
        return "\n".join(kit.words(list(self.blocks))) if self.blocks else self.text

    @property
    def buttons(self) -> list[str]:
        return kit.buttons(list(self.blocks))

    def holds(self, fragment: str) -> bool:
        return fragment in self.text or fragment in self.words


@dataclass(eq=False)
class Channel:
    """kind: "im", "mpim", "private" or "public"."""

    id: str
    name: str
    kind: str
    members: list[str] = field(default_factory=list)
    bot_in: bool = True
    archived: bool = False
    by_ts: dict[str, Posted] = field(default_factory=dict)

    @property
    def messages(self) -> list[Posted]:
        """Everything posted here, replies included, oldest first."""
        return list(self.by_ts.values())

    def thread(self, message: Posted) -> list[Posted]:
        """The replies under a message."""
        root = message.thread_ts or message.ts
        return [m for m in self.messages if m.thread_ts == root and m.ts != root]


@dataclass(eq=False, slots=True)
class Trigger:
    user: "SlackUser"
    usable: bool = True


@dataclass(eq=False)
class Workspace:
    """One team that has installed the app, known by its bot token."""

    server: "FakeSlack"
    team: str
    bot_token: str
    app_token: str
    signing_secret: str
    clock: Callable[[], datetime]
    echo: bool = False
    bot_user: str = "UBOT"
    bot_id: str = "BBOT"
    app: str = "A1"
    users: dict[str, "SlackUser"] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    views: dict[str, Json] = field(default_factory=dict)
    owners: dict[str, "SlackUser"] = field(default_factory=dict)
    uploads: dict[str, Json] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    courier: "Courier" = field(init=False)

    # -- ids and time -------------------------------------------------------------------------------------------

    def ts(self) -> str:
        return f"{int(self.clock().timestamp())}.{next(self.numbers):06d}"

    def new_id(self, prefix: str = "") -> str:
        return f"{prefix}{next(self.numbers)}{secrets.token_hex(3)}"

    def trigger(self, user: "SlackUser") -> str:
        trigger_id = f"{next(self.numbers)}.{secrets.token_hex(8)}"
        self.triggers[trigger_id] = Trigger(user)
        return trigger_id

    def take_trigger(self, trigger_id: str | None) -> "SlackUser":
        """The person behind a trigger id, which works once."""
        trigger = self.triggers.get(trigger_id or "")
        if trigger is None or not trigger.usable:
            raise SlackError("expired_trigger_id")
        trigger.usable = False
        return trigger.user

    # -- people and channels ------------------------------------------------------------------------------------

    def person(self, user_id: str) -> "SlackUser":
        if user_id not in self.users:
            raise SlackError("user_not_found")
        return self.users[user_id]

    def channel_of(self, channel_id: str, *, to_post: bool = False) -> Channel:
        """The channel the bot may see. A person's id means the direct message with them."""
        if channel_id in self.users and to_post:
            return self.direct(self._reachable(channel_id, "channel_not_found"))
        channel = self.channels.get(channel_id)
        if channel is None or (channel.kind == "private" and not channel.bot_in):
            raise SlackError("channel_not_found")
        if to_post and channel.archived:
            raise SlackError("is_archived")
        if to_post and not channel.bot_in:
            raise SlackError("not_in_channel")
        if channel.kind == "im" and to_post:
            self._reachable(channel.members[0], "channel_not_found")
        return channel

    def direct(self, user: "SlackUser") -> Channel:
        """The direct message between a person and the bot."""
        channel_id = f"D{user.id}"
        return self.channels.setdefault(channel_id, Channel(channel_id, "directmessage", "im", [user.id]))

    def _reachable(self, user_id: str, error: str) -> "SlackUser":
        user = self.person(user_id)
        if user.deleted:
            raise SlackError(error)
        return user

    # -- messages -----------------------------------------------------------------------------------------------

    def post(self, channel: Channel, text: str, blocks: list[Json] | None = None, **details: Any) -> Posted:
        """Put a message of the bot's into a channel."""
        thread_ts = details.get("thread_ts")
        if thread_ts is not None and thread_ts not in channel.by_ts:
            raise SlackError("thread_not_found")
        kept = tuple(kit.with_ids(blocks or [], self.new_id))
        message = Posted(channel.id, self.ts(), text, kept, self.bot_user, **details)
        return self.keep(channel, message)

    def keep(self, channel: Channel, message: Posted) -> Posted:
        known = message.ts in channel.by_ts
        channel.by_ts[message.ts] = message
        if self.echo and message.from_bot:
            self.courier.echo(message, changed=known)
        return message

    def edit(self, channel: Channel, ts: str, text: str | None, blocks: list[Json] | None) -> Posted:
        """chat.update's rule: blocks stay only where neither text nor blocks are given anew."""
        old = self.message(channel, ts)
        if not old.from_bot:
            raise SlackError("cant_update_message")
        kept = old.blocks if blocks is None and text is None else tuple(kit.with_ids(blocks or [], self.new_id))
        return self.keep(channel, replace(old, text=old.text if text is None else text, blocks=kept, edited=True))

    def message(self, channel: Channel, ts: str) -> Posted:
        if ts not in channel.by_ts:
            raise SlackError("message_not_found")
        return channel.by_ts[ts]

    def as_json(self, message: Posted) -> Json:
        """The message object of Slack's own shape."""
        body: Json = {
            "type": "message",
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "team": self.team,
        }
        if message.from_bot:
            body |= {"bot_id": self.bot_id, "app_id": self.app}
        if message.blocks:
            body["blocks"] = list(message.blocks)
        if message.thread_ts:
            body |= {"thread_ts": message.thread_ts}
        if message.edited:
            body["edited"] = {"user": message.user, "ts": message.ts}
        names = dict.fromkeys(name for name, _ in message.reactions)
        if names:
            body["reactions"] = [self._reaction(message, name) for name in names]
        return body | {k: v for k, v in (("metadata", message.metadata), ("files", list(message.files))) if v}

    def _reaction(self, message: Posted, name: str) -> Json:
        users = [user for n, user in message.reactions if n == name]
        return {"name": name, "users": users, "count": len(users)}
