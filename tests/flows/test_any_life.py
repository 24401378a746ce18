"""Whatever a client does, in whatever order: nobody gets stuck, nothing but crisis at night, one contact a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from flows.conversation import Client, Subject
from flows.events import Event
from flows.hours import in_span
from flows.planning import PLAN
from flows.rehearsal import Rehearsal
from flows.timers import CHECK_IN
from flows.verdict import NOTHING_FOUND, Verdict
from support.catalog import catalogue, riverside, world

BEGIN = datetime(2026, 3, 26, 12, tzinfo=UTC)  # the clocks change three days later
ZONES = ("Europe/London", "Asia/Kolkata", "America/Los_Angeles")
COMMANDS = sorted({"checkin", "menu", "pause", *(flow.file.command for flow in catalogue().values())} - {""})
WORDS = ("fine", "7", "18:30", "skip", "not today", "later", "yes", "a walk with the dog")
LEFT_ALONE = timedelta(days=40)

DOES = some.one_of(
    some.tuples(some.just("taps"), some.integers(0, 6)),
    some.tuples(some.just("says"), some.sampled_from(WORDS)),
    some.tuples(some.just("sends"), some.sampled_from(COMMANDS)),
    some.tuples(some.just("lets pass"), some.sampled_from((1, 7, 20, 30, 50, 100))),
)


@dataclass(slots=True)
class Life(Rehearsal):
    """One client with the whole catalogue, and when anything came unasked."""

    nudges: list[datetime] = field(default_factory=list)
    unasked: list[datetime] = field(default_factory=list)

    def happens(self, event: Event, verdict: Verdict = NOTHING_FOUND) -> None:
        said, before = len(self.said), self.subject.conversation.nudged_at
        Rehearsal.happens(self, event, verdict)
        after = self.subject.conversation.nudged_at
        if after and after != before:
            self.nudges.append(after)
        if any(say.kind == "reminder" for say in self.said[said:]):
            self.unasked.append(self.at)

    def does(self, what: str, how: int | str) -> None:
        if what == "lets pass":
            self.waits(timedelta(hours=int(how)))
        elif what == "says":
            self.writes(str(how))
        elif what == "sends":
            self.writes(f"/{how}")
        elif buttons := [name for name in self.buttons() if name != "need_help"]:
            self.taps(buttons[int(how) % len(buttons)])

    @property
    def client(self) -> Client:
        assert self.subject.client is not None
        return self.subject.client

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.client.zone))


def begun(zone: str) -> Life:
    client = Client("example", "Sam", "amari", status="active", zone=zone, country="GB", chat=1)
    life = Life(world(), Subject("client:example", client, chat=1), BEGIN)
    life.act(lambda step: step.timer(CHECK_IN, BEGIN + timedelta(hours=6)))
    return life


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(zone=some.sampled_from(ZONES), acts=some.lists(DOES, min_size=3, max_size=25))
def test_F05_F06_nothing_that_a_client_does_leaves_them_stuck_or_disturbed(
    zone: str, acts: list[tuple[str, int | str]]
) -> None:
    life = begun(zone)
    for what, how in acts:
        life.does(what, how)
    life.waits(LEFT_ALONE)
    days: list[date] = [life.local(at).date() for at in life.nudges]
    assert len(days) == len(set(days)), "two planned contacts on one day"
    quiet = riverside().quiet_hours
    assert not [at for at in life.unasked if in_span(life.local(at).time(), quiet)], "something came at night"
    talk, timers = life.subject.conversation, set(life.timers)
    assert not [frame for frame in talk.frames if frame.flow == "safety"], "a question about safety waits for ever"
    assert talk.question == 0 or timers & {"expire", "silence"}, "a question waits for ever"
    planned = {PLAN + name for name in life.client.plans}
    assert life.client.status != "active" or planned <= timers, "a plan has lost its timer"
