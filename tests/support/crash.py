"""`rapport run` as a process of its own that can be killed, and the moments at which to kill it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakes.faults import Call
from fakes.slack import Delivery, FakeSlack
from fakes.telegram import FakeTelegram
from support.crowd import Crowd

ROOT = Path(__file__).parents[2]
PATIENCE = 10.0  # seconds for a moment to come; then the child is killed all the same
LOOK = 0.002  # seconds
MORE_TALK = 0.25  # seconds, after which somebody says one more thing


@dataclass
class Lives:
    """The process of `support.lives`, and how to speak with it."""

    process: subprocess.Popen[str]

    def order(self, **order: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def lives() -> Iterator[Lives]:
    """Ready to begin lives; none outlives it."""
    command = [sys.executable, "-m", "support.lives"]
    surroundings = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    with subprocess.Popen(
        command, cwd=ROOT, env=surroundings, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Lives(process)


@dataclass
class Child:
    """The product as a process. Each life writes its log into a file of its own."""

    lives: Lives
    environment: Mapping[str, str]
    folder: Path
    name: str = "life"
    logs: list[Path] = field(default_factory=list)
    process: int = 0

    def start(self) -> None:
        """Begin a life; returns at once."""
        assert not self.process, "it runs already"
        self.logs.append(self.folder / f"{self.name}-{len(self.logs)}.log")
        self.logs[-1].touch()
        self.process = self.lives.order(log=str(self.logs[-1]), environment=self.environment)

    def check(self) -> None:
        """It runs."""
        log = self.logs[-1]
        assert not self.lives.order(poll=self.process), f"the child has ended by itself:\n{log.read_text()}"

    def kill(self) -> None:
        """SIGKILL: nothing of it gets to say goodbye. Does nothing where no child runs."""
        if self.process:
            self._end(signal.SIGKILL)

    def kill_after_commits(self, count: int, url: str) -> bool:
        """SIGKILL, as soon as the database at `url` has seen so many commits more. Returns whether it has."""
        seen = self.lives.order(kill=self.process, commits=count, url=url, seconds=PATIENCE)
        self.lives.order(wait=self.process)
        self.process = 0
        return bool(seen)

    def stop(self) -> int:
        """SIGTERM, as a deployment would. Returns the exit status."""
        assert self.process, "it does not run"
        return self._end(signal.SIGTERM)

    def _end(self, by: signal.Signals) -> int:
        process, self.process = self.process, 0
        os.kill(process, by)
        return int(self.lives.order(wait=process))


@contextmanager
def child_of(lives: Lives, environment: Mapping[str, str], folder: Path, name: str = "life") -> Iterator[Child]:
    """A child that does not outlive the test, whatever becomes of it."""
    child = Child(lives, environment, folder, name)
    try:
        yield child
    finally:
        child.kill()


@dataclass
class Scene:
    """One life as the moments see it: the world around it, and how many requests came before it began."""

    child: Child
    telegram: FakeTelegram
    slack: FakeSlack
    crowd: Crowd
    url: str
    before: int = 0
    began: float = 0

    def begin(self) -> None:
        """The next life."""
        self.before, self.began = self.seen(), time.monotonic()
        self.child.start()

    def seen(self) -> int:
        return len(self.telegram.requests) + len(self.slack.requests)

    def until(self, happened: Callable[[], object], seconds: float = PATIENCE) -> bool:
        """Wait, looking often, so that the kill comes within a few milliseconds; the crowd talks on meanwhile.

        Returns whether it happened.
        """
        start, look, said = time.monotonic(), threading.Event(), 0
        while not happened():
            waited = time.monotonic() - start
            if waited > seconds:
                return False
            if waited > (said + 1) * MORE_TALK:
                said += 1
                self.child.check()
                self.crowd.talk_on()
            look.wait(LOOK)
        return True


Moment = Callable[[Scene], bool]


def at_start(seconds: float) -> Moment:
    """So soon that it may not have read its settings yet."""
    return lambda scene: not scene.until(lambda: False, seconds)


def after_requests(count: int) -> Moment:
    """When the fakes have seen so many requests of this life."""
    return lambda scene: scene.until(lambda: scene.seen() - scene.before >= count)


def after_updates(seconds: float) -> Moment:
    """So long after updates were delivered to it: before, while or after it stores them."""

    def moment(scene: Scene) -> bool:
        if not scene.until(lambda: _waiting_polls(scene)):
            return False
        poll = _waiting_polls(scene)[-1]
        came = scene.until(lambda: poll.outcome == "ok")
        scene.until(lambda: False, seconds)
        return came

    return moment


def after_commits(count: int) -> Moment:
    """At the very moment at which its database has seen so many commits: between those of intake, turn, claim and
    settling. Here others run; the process that made the child is quicker."""

    def moment(scene: Scene) -> bool:
        came = scene.until(lambda: _waiting_polls(scene))
        for _ in range(count):
            scene.crowd.talk_on()
        return came and scene.child.kill_after_commits(count, scene.url)

    return moment


def on_a_confirmation() -> Moment:
    """As soon as it has told Telegram that the updates have arrived."""

    def moment(scene: Scene) -> bool:
        came = scene.until(lambda: _waiting_polls(scene)) and scene.until(lambda: scene.telegram.waiting())
        return came and scene.until(lambda: not scene.telegram.waiting())

    return moment


def _waiting_polls(scene: Scene) -> list[Call]:
    calls = scene.telegram.calls("getUpdates")[-1:]
    return [call for call in calls if call.at > scene.began and call.outcome == "pending"]


def in_telegram(method: str, *, accepted: bool) -> Moment:
    """While Telegram has the request in hand, before or (`accepted`) after it took effect; no answer has come."""
    return lambda scene: _held(scene, scene.telegram, method, accepted)


def in_slack(method: str, *, accepted: bool) -> Moment:
    """The same in Slack."""
    return lambda scene: _held(scene, scene.slack, method, accepted)


def _held(scene: Scene, server: FakeTelegram | FakeSlack, method: str, accepted: bool) -> bool:
    start = len(server.calls(method))
    server.slow_next(method, accepted=accepted)
    return scene.until(lambda: len(server.calls(method)) > start)


def after_a_lost_answer(method: str, seconds: float) -> Moment:
    """Telegram took the request and the connection broke before the answer; the child may be about to try again."""

    def moment(scene: Scene) -> bool:
        scene.telegram.drop_next(method, accepted=True)
        came = scene.until(lambda: any(call.outcome == "dropped" for call in scene.telegram.calls(method)))
        scene.until(lambda: False, seconds)
        return came

    return moment


def on_a_press(*, confirmed: bool) -> Moment:
    """As soon as a press was put on the child's web socket, or (`confirmed`) as it has told Slack that it arrived."""

    def moment(scene: Scene) -> bool:
        scene.crowd.press_one()
        known = {id(each) for each in scene.slack.deliveries if each.envelopes}

        def new() -> list[Delivery]:
            return [each for each in scene.slack.deliveries if each.envelopes and id(each) not in known]

        return scene.until(lambda: any(each.acked or not confirmed for each in new()))

    return moment
