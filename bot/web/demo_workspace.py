"""A Slack workspace in memory: rooms, what is posted in them, and the dialogs that people have open."""

import copy
import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Json = dict[str, Any]

APP, TEAM, APP_USER = "A0DEMO", "T0DEMO", "U0RAPPORT"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in Slack. `part` says what they are to the clinic, in a few words."""

    id: str
    name: str
    part: str


@dataclass(frozen=True, slots=True)
class Room:
    """A channel, or one person's direct message with the app (`D…`)."""

    id: str
    name: str
    members: frozenset[str]

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct message."""
        return self.id.startswith("D")


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as it stands. `call` and `request` are what Slack was sent last: the method and the very JSON.

    `only_for` is the one person who sees it, "" for everybody in the room.
    """

    room: str
    ts: str
    user: str
    text: str
    at: datetime
    blocks: tuple[Json, ...] = ()
    thread: str = ""
    broadcast: bool = False
    only_for: str = ""
    edited: bool = False
    reactions: tuple[tuple[str, str], ...] = ()
    call: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """A dialog on one person's screen. `errors` are shown under the inputs, by block."""

    user: str
    view: Json
    errors: Mapping[str, str] = field(default_factory=dict)


class Workspace:
    """Everything that the clinic's people see. `now` gives the time (UTC)."""

    def __init__(self, members: Sequence[Member], rooms: Sequence[Room], now: Callable[[], datetime]) -> None:
        self.members = {member.id: member for member in members}
        self.rooms = {room.id: room for room in (*map(direct, members), *rooms)}
        self.dialogs: dict[str, Opened] = {}
        self._now = now
        self._posted: dict[tuple[str, str], Posted] = {}
        self._listeners: list[Callable[[], None]] = []
        self._again: tuple[str, datetime] | None = None
        self._numbers: Iterator[int] = itertools.count(secrets.randbelow(1000) * 1000 + 1)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this whenever something in the workspace has changed."""
        self._listeners.append(listener)

    def room(self, address: str) -> Room | None:
        """The room of a channel's id; of a person's id the direct message with them. None where Slack has neither."""
        return self.rooms.get(direct_id(address) if address in self.members else address)

    def rooms_of(self, user: str) -> list[Room]:
        """The rooms that somebody is in, the direct message first."""
        return [room for room in self.rooms.values() if user in room.members]

    def now(self) -> datetime:
        """This moment (UTC), or the one that is recalled."""
        return self._again[1] if self._again else self._now()

    @contextmanager
    def again(self, ts: str, at: datetime) -> Iterator[None]:
        """What is posted inside was posted before: under this id, at that moment."""
        self._again = (ts, at)
        yield
        self._again = None

    def ts(self) -> str:
        """A message's id as Slack makes them: seconds and a number."""
        if self._again and self._again[0]:
            return self._again[0]
        return f"{int(self.now().timestamp())}.{next(self._numbers):06d}"

    def put(self, posted: Posted) -> Posted:
        """Post a message, or put a changed one in its place."""
        self._posted[posted.room, posted.ts] = posted
        self._tell()
        return posted

    def message(self, room: str, ts: str) -> Posted | None:
        """One message."""
        return self._posted.get((room, ts))

    def shown(self, room: str, user: str) -> list[Posted]:
        """What somebody sees in a room, oldest first; of the replies in threads only those that were broadcast."""
        return [p for p in self._visible(room, user) if not p.thread or p.broadcast]

    def thread(self, room: str, ts: str, user: str) -> list[Posted]:
        """The replies under a message that somebody sees, oldest first."""
        return [p for p in self._visible(room, user) if p.thread == ts]

    def everything(self) -> list[Posted]:
        """Every message in every room, oldest first."""
        return list(self._posted.values())

    def count(self, room: str, user: str) -> int:
        """How many messages somebody sees there, threads and all."""
        return sum(1 for _ in self._visible(room, user))

    def _visible(self, room: str, user: str) -> Iterator[Posted]:
        return (p for p in self._posted.values() if p.room == room and p.only_for in ("", user))

    def open(self, user: str, view: Json) -> str:
        """Open a dialog, in place of one that is open. Returns its id."""
        self.close(user)
        view_id = f"V{secrets.token_hex(6)}"
        self.dialogs[view_id] = Opened(user, as_kept(view, view_id))
        self._tell()
        return view_id

    def fill(self, view_id: str, view: Json) -> bool:
        """Put new content into a dialog. Returns False where it was closed meanwhile."""
        known = self.dialogs.get(view_id)
        if known:
            self.dialogs[view_id] = Opened(known.user, as_kept(view, view_id))
            self._tell()
        return known is not None

    def refuse(self, view_id: str, errors: Mapping[str, str]) -> None:
        """Show what is wrong under a dialog's inputs."""
        self.dialogs[view_id] = replace(self.dialogs[view_id], errors=errors)
        self._tell()

    def close(self, user: str) -> None:
        """Close whatever dialog somebody has open."""
        self.dialogs = {key: opened for key, opened in self.dialogs.items() if opened.user != user}
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def dialog(self, user: str) -> Opened | None:
        """The dialog that somebody has open."""
        return next((opened for opened in self.dialogs.values() if opened.user == user), None)


def direct_id(user: str) -> str:
    """The id of somebody's direct message with the app."""
    return f"D{user.removeprefix('U')}"


def direct(member: Member) -> Room:
    """Somebody's direct message with the app."""
    return Room(direct_id(member.id), "Rapport", frozenset({member.id}))


def as_kept(view: Json, view_id: str) -> Json:
    """A view as Slack keeps it and sends it back: with its id, and what was left out as empty."""
    empty = {"callback_id": "", "private_metadata": "", "state": {"values": {}}, "hash": secrets.token_hex(4)}
    return {**empty, **copy.deepcopy(view), "id": view_id, "team_id": TEAM, "app_id": APP}
