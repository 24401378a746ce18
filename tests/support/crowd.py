"""Clients and staff who go on as if nothing had happened while the bot is killed under them.

Everything anybody says is numbered, so that one effect of each can be counted afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from fakes.phone import FakeUser, Shown
from fakes.slack import FakeSlack
from fakes.telegram import FakeTelegram
from fakes.workspace import Posted

TYPED, TAPPED = 5, 2  # questions that are answered in words, and then by buttons
BEFORE_RISK = 3  # answers of those who then say risky things
MARK = "marmalade"  # stands in everything clients write, and may stand in no log
FAMILY = "Quillfeather"  # their family name
TICK = 0.01  # seconds between two looks of the crowd
AT_MOST = 8  # things that one client says beyond the plan: each is answered, and a chat takes one message a second
AT_ONCE = 2  # cards that are pressed as soon as they are there; the others when `press_one` says so
# who presses Acknowledge how often, on the cards in turn
PRESSES = ((("U0AMARI", 2),), (("U0AMARI", 1),), (("U0AMARI", 1), ("U0BELLO", 1)), (("U0BELLO", 1),), ())

_CLINIC = """\
clinic: harbour
name: Harbour Clinic (a fictional example)
region: GB
zone: Europe/London
phone: "+44 20 7946 0000"
languages: [en]
hours:
  open:
    mon-fri: "09:00-17:00"
clinicians:
  amari: {name: Dr Amari, slack: U0AMARI}
  bello: {name: Dr Bello, slack: U0BELLO}
team_channel: C0TEAM
ladder:
  rungs:
    - {tell: assigned, after: 0m}
    - {tell: team, after: 30m}
check_in: {days: [mon], at: "18:00"}
"""


def pack_files() -> dict[str, str]:
    """A pack whose join flow is nothing but numbered questions."""
    return {"clinic.yaml": _CLINIC, "flows/join.yaml": _flow()}


def pack_folder(folder: Path) -> Path:
    """A folder with that pack in it."""
    (folder / "harbour" / "flows").mkdir(parents=True)
    for name, text in pack_files().items():
        (folder / "harbour" / name).write_text(text)
    return folder


def question(number: int) -> str:
    """How the question begins, on the phone."""
    return f"Question {number}: "


def _flow() -> str:
    lines = ["flow: join", "title: Questions", "why: For a test.", "start: q1", "states:"]
    for number in range(1, TYPED + TAPPED + 1):
        after = f"q{number + 1}" if number < TYPED + TAPPED else "end"
        lines += [f"  q{number}:", f'    ask: "{question(number)}how has it been?"']
        if number > TYPED:
            lines += ['    choices: {good: "Good", low: "Low"}']
        lines += [f"    save: a{number}", "    expire: {after: 2d, next: end}", f"    next: {after}"]
    return "\n".join([*lines, "examples:", "  all: [{bot: q1}]", ""])


@dataclass
class Client:
    """One client: what is left to do, and what was said so far. Whoever has nothing left to do goes on talking."""

    phone: FakeUser
    id: str
    token: str
    in_danger: bool
    answers: list[str] = field(default_factory=list)
    risky: list[str] = field(default_factory=list)
    chat: list[str] = field(default_factory=list)
    to_do: list[Callable[[], bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        typed = BEFORE_RISK if self.in_danger else TYPED
        self.to_do = [self._open, *(partial(self._answer, number) for number in range(1, typed + 1))]
        if self.in_danger:
            self.to_do += [self._say_something_risky, self._say_something_risky]
        else:
            self.to_do += [partial(self._tap, number) for number in range(TYPED + 1, TYPED + TAPPED + 1)]

    def act(self) -> bool:
        """Do the next thing, if it can be done already."""
        done = bool(self.to_do) and self.to_do[0]()
        if done:
            self.to_do.pop(0)
        return done

    def talk_on(self) -> bool:
        """Say one thing more, once everything is done."""
        if self.to_do or len(self.risky) + len(self.chat) == AT_MOST:
            return False
        return self._say_something_risky() if self.in_danger else self._chat()

    def _open(self) -> bool:
        self.phone.opens(self.token)
        return True

    def _answer(self, number: int) -> bool:
        """Once the bot has asked the first question a client does not wait for the next one."""
        if not self._shown(question(1)):
            return False
        self.answers.append(f"Answer {number} of {self.phone.id}: a walk and some {MARK}.")
        self.phone.says(self.answers[-1])
        return True

    def _say_something_risky(self) -> bool:
        self.risky.append(f"I am going to kill myself tonight, {MARK} {len(self.risky)} of {self.phone.id}")
        self.phone.says(self.risky[-1])
        return True

    def _chat(self) -> bool:
        """Nothing was asked; the bot says so, once for each."""
        self.chat.append(f"By the way {len(self.chat)}: {MARK} again, from {self.phone.id}.")
        self.phone.says(self.chat[-1])
        return True

    def _tap(self, number: int) -> bool:
        """Some tap twice: the second tap on a question that another one followed changes nothing and says nothing."""
        shown = self._shown(question(number))
        data = dict(shown.data).get("Good") if shown else None
        if not shown or not data:
            return False
        for _ in range(2 if self.phone.id % 2 and number < TYPED + TAPPED else 1):
            self.phone.presses_data(shown.message_id, data)
        self.answers.append("good")
        return True

    def _shown(self, start: str) -> Shown | None:
        return next((each for each in reversed(self.phone.messages) if each.text.startswith(start)), None)


@dataclass(frozen=True)
class Press:
    """A press of Acknowledge."""

    user: str
    case: int
    trigger: str


@dataclass
class Crowd:
    """Everybody, in a thread of their own. They do as many things as `allow` gave leave for, and talk on when asked."""

    telegram: FakeTelegram
    slack: FakeSlack
    clients: list[Client]
    random: Random
    presses: list[Press] = field(default_factory=list)
    _leave: int = 0
    _talk: int = 0
    _presses_left: int = AT_ONCE
    _dealt_with: set[str] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name="crowd")

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.fall_silent()

    @property
    def left(self) -> int:
        """How many things the clients have still to do."""
        return sum(len(client.to_do) for client in self.clients)

    @property
    def cases(self) -> int:
        return sum(client.in_danger for client in self.clients)

    def done(self) -> bool:
        """Whether everybody has said and pressed everything."""
        return not self.left and len(self._dealt_with) == self.cases

    def allow(self, count: int) -> None:
        self._leave += count

    def talk_on(self) -> None:
        """Somebody does or says one thing more."""
        self._talk += 1

    def fall_silent(self) -> None:
        """Nobody says anything that was not said yet."""
        self._over.set()
        self._thread.join(20)

    def press_one(self) -> None:
        """One more card is pressed, as soon as there is one."""
        self._presses_left += 1

    def press_all(self) -> None:
        self._presses_left = self.cases

    def _run(self) -> None:
        while not self._over.wait(TICK):
            everybody = self.random.sample(self.clients, len(self.clients))
            if self._leave > 0 and any(client.act() for client in everybody):
                self._leave -= 1
            elif self._talk > 0 and any(client.act() or client.talk_on() for client in everybody):
                self._talk -= 1
            self._press_what_is_new()

    def _press_what_is_new(self) -> None:
        """On each case's card, once both the assigned clinician and the team have it, the presses that are its turn."""
        team = _cards(self.slack.channel("C0TEAM").messages)
        for case, card in _cards(self.slack.user("U0AMARI").dms).items():
            if case in team and case not in self._dealt_with and self._presses_left > 0:
                self._presses_left -= 1
                for user, times in PRESSES[len(self._dealt_with) % len(PRESSES)]:
                    self._press(user, card if user == "U0AMARI" else team[case], case, times)
                self._dealt_with.add(case)

    def _press(self, user: str, card: Posted, case: str, times: int) -> None:
        for _ in range(times):
            delivery = self.slack.user(user).presses(card, "acknowledge")
            self.presses.append(Press(user, int(case), str(delivery.payload["trigger_id"])))


def _cards(messages: list[Posted]) -> dict[str, Posted]:
    """The cards that wait for somebody, by the case's number."""
    found: dict[str, Posted] = {}
    for message in messages:
        for block in message.blocks if not message.thread_ts else ():
            for element in block.get("elements", ()):
                if element.get("action_id") == "acknowledge":
                    found.setdefault(element["value"], message)
    return found
