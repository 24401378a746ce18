"""The demo's page in its parts: each part is drawn on the server, and put in place again when it has changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.core import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.channels.telegram_keyboard import rows
from bot.languages import language_of
from bot.web import mrkdwn
from bot.web.demo_workspace import APP_USER, Member, Posted, Room
from bot.web.demo_world import CLIENT, Demo
from flows.commands import MENU

HERE = Path(__file__).parent
OUTSIDE = Room("outside", "E-mail and phone", frozenset())
PARTS = ("clock", "phone", "menu", "side", "room", "dialog")
MOST = 80  # messages of a room that are drawn


@dataclass(frozen=True, slots=True)
class Look:
    """Where the visitor looks: as whom in Slack, and into which room."""

    user: str
    room: str

    @property
    def query(self) -> str:
        """The same, for a link."""
        return urlencode({"as": self.user, "room": self.room})


class Pages:
    """Draws. It also remembers what each member of staff has seen of each room."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.workspace = demo.workspace
        self._seen: dict[tuple[str, str], int] = {}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters |= {"clock": self._clock, "mrkdwn": self._mrkdwn, "dotted": mrkdwn.dotted}
        self._templates.filters |= {"request": _request, "words": mrkdwn.plain}
        self._templates.globals |= {"rows": rows, "initials": _initials, "app_user": APP_USER}

    def look(self, params: Mapping[str, str]) -> Look:
        """What a page's address asks for; what nobody knows or may see is put right."""
        asked = params.get("as", "")
        user = asked if asked in self.workspace.members else next(iter(self.workspace.members))
        rooms = [room.id for room in self.rooms(user)]
        return Look(user, params["room"] if params.get("room") in rooms else rooms[0])

    def rooms(self, user: str) -> list[Room]:
        """The rooms that somebody sees, the log of the second path behind them."""
        return [*self.workspace.rooms_of(user), OUTSIDE]

    def page(self, look: Look, upcoming: datetime | None) -> str:
        """The whole page."""
        return self._draw("demo.html", look, upcoming, parts=self.parts(look, upcoming))

    def parts(self, look: Look, upcoming: datetime | None) -> dict[str, str]:
        """Each part of the page. What it shows counts as seen."""
        self._seen[look.user, look.room] = self._count(look.user, look.room)
        return {name: self._draw(f"{name}.html", look, upcoming) for name in PARTS}

    def _draw(self, template: str, look: Look, upcoming: datetime | None, **more: Any) -> str:
        shown = {"page": self, "demo": self.demo, "look": look, "upcoming": upcoming}
        return self._templates.get_template(template).render(shown, **more)

    # -- what the templates ask for ---------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Which state of the world is drawn."""
        return self.demo.hub.version

    @property
    def now(self) -> datetime:
        """The pushed moment, on the clinic's clock."""
        return self._local(self.demo.clock.now())

    def until(self, moment: datetime) -> str:
        """How long it is until then, in words."""
        return _span(max(0, round((moment - self.demo.clock.now()) / timedelta(minutes=1))))

    @property
    def client(self) -> str:
        """Whose phone it is."""
        return CLIENT

    def languages(self) -> list[tuple[str, str]]:
        """Each language that somebody can be invited in: its names, and what is missing where something is."""
        screened = self.demo.app.shelf(self.demo.slug).screen.languages
        return [(code, _language(code, language_of(code) in screened)) for code in self.demo.languages]

    def commands(self) -> list[tuple[str, str]]:
        """Telegram's menu for this phone: each command and what it does, in the phone's language."""
        wording, language = self.demo.app.shelf(self.demo.slug).wording, self.demo.phone.language
        return [(name, wording.say(f"client.command_{name}", language, {}).text) for name in MENU]

    def people(self) -> Sequence[Member]:
        """Everybody in Slack."""
        return tuple(self.workspace.members.values())

    def messages(self, look: Look) -> list[Posted]:
        """The newest messages of the room."""
        return self.workspace.shown(look.room, look.user)[-MOST:]

    def author(self, posted: Posted) -> str:
        """Who wrote a message."""
        return self.workspace.members[posted.user].name if posted.user in self.workspace.members else "Rapport"

    def unread(self, user: str, room: str = "") -> int:
        """How many messages of a room (of all rooms) somebody has not seen."""
        rooms = [room] if room else [each.id for each in self.workspace.rooms_of(user)]
        return sum(max(0, self._count(user, each) - self._seen.get((user, each), 0)) for each in rooms)

    def letters(self) -> list[Any]:
        """What went the second way, in order."""
        return sorted((letter for path in self.demo.outside for letter in path.letters), key=lambda letter: letter.at)

    def _count(self, user: str, room: str) -> int:
        if room == OUTSIDE.id:
            return len(self.letters())
        return self.workspace.count(room, user)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.demo.clinic.zone))

    def _clock(self, moment: datetime) -> str:
        """The clinic's time of day, with the day where that is not today."""
        local = self._local(moment)
        day = "" if local.date() == self.now.date() else f"{local:%a} {local.day} {local:%b}, "
        return f"{day}{local:%H:%M}"

    def _mrkdwn(self, text: str) -> str:
        return mrkdwn.draw(text, self._named)

    def _named(self, mentioned: str) -> str:
        known = self.workspace.members.get(mentioned) or self.workspace.rooms.get(mentioned)
        return known.name if known else mentioned


def _request(body: Mapping[str, Any]) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False)


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()


def _span(minutes: int) -> str:
    """Minutes as `2 days 3 h`, `45 min`."""
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} day{'s' if days > 1 else ''}" if days else "", f"{hours} h" if hours else ""]
    parts += [f"{minutes} min"] if minutes and not days else []
    return " ".join(filter(None, parts)) or "less than a minute"


def _language(code: str, screened: bool) -> str:
    locale = Locale.parse(code)
    own, english = locale.get_display_name() or code, locale.get_display_name("en") or code
    name = english if own == english else f"{english} · {own}"
    return name if screened else f"{name} (risk is not heard yet)"
