"""The demo in a thread of its own, on a Monday at ten, and a visitor who reads its pages and sends its forms."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx

from bot.app import build
from bot.clock import PushedClock
from bot.web.demo_home import Home
from bot.web.demo_serve import listen, run_until
from bot.web.demo_world import Demo

AMARI, BELLO, ERIKSEN, DOGAN, STRANGER = "U0AMARI", "U0BELLO", "U0ERIKSEN", "U0DOGAN", "U0STRANGER"
TEAM, OUTSIDE = "C0TEAM", "outside"
# On the way through joining: of the buttons of a question the first of these that there is.
JOINING = ("Yes, I agree", "Yes, that's right", "English", "Show me", "Next", "No", "London", "United Kingdom", "Skip")


def joining(labels: list[str]) -> str:
    """What somebody who joins presses next, "" once nothing is asked any more."""
    return next((label for label in JOINING if label in labels), "")


def monday_ten(now: datetime) -> datetime:
    """The next Monday that is not before tomorrow, at 10:00 UTC."""
    days = 7 - now.weekday()
    return (now + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """A demo whose files are in `folder`: its address. One that was there goes on; a new one begins on a Monday."""
    clock, home = PushedClock(), Home(folder)
    if home.load() is None:
        now = datetime.now(UTC)
        clock.push(monday_ten(now) - now)
    app = build(home.settings(), clock, drafts=True)
    started, faults, ends, url = threading.Event(), [], [], []

    async def main() -> None:
        stop = asyncio.Event()
        ends.append((asyncio.get_running_loop(), stop))

        def ready(address: str) -> None:
            url.append(address)
            started.set()

        await run_until(Demo(app, clock, home), listen(0), stop, ready)

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            faults.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=run, name="demo")
    thread.start()
    try:
        assert started.wait(30), "the demo did not start within 30 seconds"
        if url:
            yield url[0]
    finally:
        for loop, stop in ends:
            if thread.is_alive():
                loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        app.store.database.close()
        if faults:
            raise faults[0]


@dataclass(slots=True)
class Form:
    """A form as a person sees it: where it goes, its fields with what stands in them, its buttons."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # label, name, value


class _Reader(HTMLParser):
    """Collects a page's words and forms."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._button: list[str] | None = None
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given["action"])
            self.forms.append(self._form)
        elif tag == "button":
            self._button = [given.get("aria-label", ""), given.get("name", ""), given.get("value", "")]
        elif self._form and tag in ("input", "textarea", "select"):
            self._form.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button:
            label, name, value = self._button
            if self._form:
                self._form.buttons.append((" ".join(label.split()), name, value))
            self._button = None
        elif tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._button and data.strip():
            self._button[0] = self._button[0] or data
        elif data.strip():
            self.words.append("\n")


class Visitor:
    """Somebody at the demo's page whose browser runs no script. `who` and `room` say what they look at in Slack."""

    def __init__(self, url: str, who: str = AMARI, room: str = "") -> None:
        self.web = httpx.Client(base_url=url, follow_redirects=True, timeout=30)
        self.who, self.room = who, room

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_gone: object) -> None:
        self.web.close()

    @property
    def _look(self) -> dict[str, str]:
        return {"as": self.who, **({"room": self.room} if self.room else {})}

    def parts(self) -> dict[str, str]:
        """The page's parts as they are now."""
        answer = self.web.get("/parts", params={"since": "0", **self._look})
        assert answer.status_code == 200
        return answer.json()["parts"]

    def reads(self, part: str) -> str:
        """The words of a part."""
        reader = _Reader()
        reader.feed(self.parts()[part])
        return re.sub(r"[ \t]+", " ", "".join(reader.words))

    def sees(self, part: str, fragment: str) -> str:
        """All the words of a part, which hold this one."""
        shown = self.reads(part)
        assert fragment in shown, f"{fragment!r} is not in the part {part!r}"
        return shown

    def forms(self) -> list[Form]:
        """Every form of the whole page."""
        reader = _Reader()
        answer = self.web.get("/", params=self._look)
        assert answer.status_code == 200
        reader.feed(answer.text)
        return reader.forms

    def presses(self, label: str, **fields: str) -> None:
        """Press the newest button with this label, the form's fields filled in."""
        found = [(f, b) for f in self.forms() for b in f.buttons if b[0] == label]
        assert found, f"nothing to press called {label!r}"
        form, (_label, name, value) = found[-1]
        body = form.fields | fields | ({name: value} if name else {})
        answer = self.web.post(form.action, data=body)
        assert answer.status_code == 200, answer.text

    def joins(self) -> None:
        """Go through joining."""
        self.presses("Open your invitation")
        while label := joining(self.offered()):
            self.presses(label)

    def offered(self) -> list[str]:
        """The labels of the newest question's buttons."""
        asked = [form for form in self.forms() if form.action.startswith("/phone/press")]
        return [label for label, _name, _value in asked[-1].buttons] if asked else []

    def writes(self, text: str) -> None:
        """Write from the phone."""
        self.presses("Send", text=text)

    def labels(self) -> list[str]:
        """What can be pressed anywhere on the page."""
        return [label for form in self.forms() for label, _name, _value in form.buttons]
