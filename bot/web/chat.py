"""`rapport chat`: the demo's conversation in a terminal. A line is what the client writes, or a :command."""

import asyncio
import re
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.app import App
from bot.channels.base import Event, Inbound, LinkOpened, TextReceived, UnscreenableReceived
from bot.channels.console import ConsoleChannel
from bot.channels.web_phone import press
from bot.clock import PushedClock
from bot.invite import invite
from bot.web import mrkdwn
from bot.web.demo_engine import Engine
from bot.web.demo_workspace import Posted, direct_id
from bot.web.race import race

ADDRESS, CLIENT = "terminal", "Sam"
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
HELP = """\
Write what a client would write, or the number of a button.
  :push 1h     let time pass (15m, 1h, 2d)
  :next        let time pass until the next timer
  :desk        what the clinic's people were sent since you last looked
  :ack 1       the clinician acknowledges case 1
  :voice       send a voice note, which nobody can screen
  :quit        leave (so does the end of the input)"""

Echo = Callable[[str], object]
Ask = Callable[[str], object]


async def chat(app: App, clock: PushedClock, slug: str, lines: Iterable[str], echo: Echo, ask: Ask) -> None:
    """Invite a client, open the link, and talk until the lines end or one of them is `:quit`.

    `ask` is called with "" when the next line may come, and with the line when it is taken. Raises BotError.
    """
    talk = Talk(Engine(app, clock, slug, console := ConsoleChannel(echo)), console, echo)
    try:
        await race(talk.engine.worker.run(), talk.run(lines, ask))
    finally:
        await talk.engine.worker.stop()


class Talk:
    """One client in a terminal, and the clinician who is alerted."""

    def __init__(self, engine: Engine, console: ConsoleChannel, echo: Echo) -> None:
        self.engine, self.console, self.echo = engine, console, echo
        self._looked: set[tuple[str, str, str]] = set()
        self._mailed = 0

    async def run(self, lines: Iterable[str], ask: Ask) -> None:
        """Talk to the end."""
        await self.begin()
        ask("")
        async for line in _arriving(lines):
            ask(line)
            if line == ":quit":
                return
            await self.take(line)
            ask("")

    async def begin(self) -> None:
        """Invite somebody and open the invitation."""
        engine = self.engine
        clinician, language = engine.clinician, engine.languages[0]
        invited = await engine.worker.do(invite, engine.app, engine.slug, clinician, CLIENT, language)
        self.echo(f"{engine.clinic.name}. Nothing is sent anywhere, nothing is kept. :help says what you can do.")
        await self._arrive(LinkOpened(at=engine.clock.now()), invited.token)

    async def take(self, line: str) -> None:
        """One line of the terminal. An unknown command is explained."""
        word, _, rest = line.strip().partition(" ")
        if word.startswith(":"):
            command = COMMANDS.get(word)
            await (command(self, rest.strip()) if command else self._help(""))
        elif word:
            await self._say(line.strip())
        if fresh := len(self._unseen()):
            self.echo(f"  (the desk has {fresh} new; :desk shows)")

    async def _say(self, text: str) -> None:
        now = self.engine.clock.now()
        data = self.console.pressed(ADDRESS, text)
        await self._arrive(press(data, now) if data else TextReceived(at=now, text=text))

    async def _voice(self, _rest: str) -> None:
        await self._arrive(UnscreenableReceived(at=self.engine.clock.now(), kind="voice"))

    async def _arrive(self, event: Event, token: str = "") -> None:
        slug, once = self.engine.slug, secrets.token_hex(8)
        await self.engine.take_in(Inbound(slug, self.console.name, slug, once, event, ADDRESS, token))

    async def _push(self, rest: str) -> None:
        wanted = re.fullmatch(r"(\d{1,3})\s*([mhd])", rest)
        if wanted is None:
            self.echo("  :push wants a time such as 15m, 1h or 2d")
            return
        await self.engine.push(int(wanted[1]) * UNITS[wanted[2]])
        self._tell_time()

    async def _next(self, _rest: str) -> None:
        await self.engine.push_to_next()
        self._tell_time()

    async def _acknowledge(self, rest: str) -> None:
        engine = self.engine
        user = engine.clinic.clinicians[engine.clinician].slack
        await engine.staff.write(user, direct_id(user), f"/rapport ack {rest}")
        await engine.settle()

    async def _desk(self, _rest: str) -> None:
        unseen = self._unseen()
        self.echo("\n".join(unseen.values()) if unseen else "  nothing new at the desk")
        self._looked |= unseen.keys()

    async def _help(self, _rest: str) -> None:
        self.echo(HELP)

    def _tell_time(self) -> None:
        local = self.engine.clock.now().astimezone(ZoneInfo(self.engine.clinic.zone))
        self.echo(f"  it is {local:%A} {local.day} {local:%B}, {local:%H:%M} at the clinic")

    def _unseen(self) -> dict[tuple[str, str, str], str]:
        """What staff were sent and nobody listed yet, and cards that have changed, by place and text."""
        posted = {(p.room, p.ts, p.text): self._line(p) for p in self.engine.workspace.everything() if p.call}
        mailed = {
            (path.name, str(n), ""): f"  {path.name} to {letter.to}: {letter.subject or letter.text}"
            for path in self.engine.outside
            for n, letter in enumerate(path.letters)
        }
        return {key: line for key, line in (posted | mailed).items() if key not in self._looked}

    def _line(self, posted: Posted) -> str:
        room = self.engine.workspace.rooms[posted.room]
        to = next(iter(room.members)) if room.is_direct else ""
        name = self.engine.workspace.members[to].name if to else f"#{room.name}"
        return f"  {name}: {mrkdwn.plain(posted.text)}"


COMMANDS: Mapping[str, Callable[[Talk, str], Awaitable[None]]] = {
    ":push": Talk._push,
    ":next": Talk._next,
    ":desk": Talk._desk,
    ":ack": Talk._acknowledge,
    ":voice": Talk._voice,
    ":help": Talk._help,
}


async def _arriving(lines: Iterable[str]) -> AsyncIterator[str]:
    """The lines as they come. They are read in a thread that keeps nobody from leaving."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def read() -> None:
        for line in lines:
            loop.call_soon_threadsafe(arrived.put_nowait, line.rstrip("\n"))
        loop.call_soon_threadsafe(arrived.put_nowait, None)

    threading.Thread(target=read, name="terminal", daemon=True).start()
    while (line := await arrived.get()) is not None:
        yield line
