"""An alert and its ladder: what moves a case, whom it reaches next, and when. Pure arithmetic over the clinic's file.

Source of the rules: the safety document's "How soon" and "The alert". Only a person lowers or closes a case.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from flows.clinic import Clinic, Rung

Soon = Literal["now", "today", "next_session"]
Status = Literal["open", "acknowledged", "taken_over", "contact_made", "no_answer", "resolved", "false_alarm"]

TIERS = ("none", "concern", "moderate", "high", "imminent")
SOON: dict[str, Soon] = {"concern": "next_session", "moderate": "today", "high": "now", "imminent": "now"}
CLOSED: tuple[Status, ...] = ("resolved", "false_alarm")
UNREACHED_AFTER = timedelta(seconds=60)  # then the client is told that nobody has been reached


@dataclass(frozen=True, slots=True)
class Told:
    """A recipient of the case: its first message (the card) is outbox row `card`."""

    recipient: str
    at: datetime
    card: int = 0
    delivered: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """One risk case of one client. `id` is the inbox row that opened it; `number` what people call it.

    `rung` is the last rung climbed (-1: none yet), `next_at` when the ladder moves again (UTC; None: it rests because
    the case is closed). `token` makes an older ladder timer a no-op. `texts` are the inbox rows with what was said.
    """

    id: int
    number: int
    tier: str
    category: str
    soon: Soon
    opened_at: datetime
    urgent_at: datetime
    status: Status = "open"
    owner: str = ""
    assigned: str = ""
    rung: int = -1
    repeats: int = 0
    next_at: datetime | None = None
    token: int = 0
    told: tuple[Told, ...] = ()
    texts: tuple[int, ...] = ()
    reached: bool = False
    since: float = 0.0  # epoch seconds of the newest urgency; what was sent before it says nothing of its arrival
    alone: bool = False  # the client was asked to read alone and has not tapped yet: no word of it on their screen
    callback: bool = False
    notes: tuple[str, ...] = ()
    outcome: str = ""  # what a person closed it with

    @property
    def closed(self) -> bool:
        """Whether a person has closed it."""
        return self.status in CLOSED

    def card(self, recipient: str) -> Told | None:
        """How far this recipient has been told."""
        return next((told for told in self.told if told.recipient == recipient), None)


def tier_rank(tier: str) -> int:
    """0 for `none` up to 4 for `imminent`."""
    return TIERS.index(tier)


@dataclass(frozen=True, slots=True)
class Away:
    """What Slack says of the staff (slugs) now: who is deactivated, who does not want to be disturbed, who is in the
    team channel."""

    gone: frozenset[str] = frozenset()
    undisturbed: frozenset[str] = frozenset()
    team: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Climb:
    """A move of the ladder: the case after it, and the recipients to notify now (second paths among them)."""

    alert: Alert
    recipients: tuple[str, ...]
    skipped: tuple[str, ...] = ()


def slack_of(clinic: Clinic, slug: str, away: Away) -> str:
    """`slack:U…` for somebody who can be told there, "" for a rung that is empty, unmapped or deactivated."""
    person = clinic.person(slug)
    if person is None or not person.active or not person.slack or slug in away.gone:
        return ""
    return f"slack:{person.slack}"


def second_paths(clinic: Clinic, slug: str) -> tuple[str, ...]:
    """The ways to somebody beside Slack: e-mail, phone webhook."""
    person = clinic.person(slug)
    if person is None or not person.active:
        return ()
    return tuple(
        path for path, there in ((f"email:{slug}", person.email), (f"webhook:{slug}", person.phone_webhook)) if there
    )


def staff_on(clinic: Clinic, rung: Rung, assigned: str) -> tuple[str, ...]:
    """The slugs that a rung means for a client of `assigned`; empty for the team channel."""
    person = clinic.person(assigned)
    named = {
        "assigned": (assigned,),
        "cover": (person.cover,) if person and person.cover else (),
        "on_call": clinic.on_call,
        "supervisor": (clinic.supervisor,) if clinic.supervisor else (),
        "team": (),
    }
    return named[rung.tell]


def _reach(clinic: Clinic, alert: Alert, index: int, away: Away) -> tuple[tuple[str, ...], bool]:
    """Whom rung `index` reaches, and whether somebody there will be disturbed (else the next rung goes with it)."""
    rung = clinic.ladder.rungs[index]
    if rung.tell == "team" and clinic.team_channel:
        return (f"slack:{clinic.team_channel}",), True
    people = staff_on(clinic, rung, alert.assigned) if rung.tell != "team" else clinic.staff
    reached = tuple(address for slug in people if (address := slack_of(clinic, slug, away)))
    beside = tuple(path for slug in people if rung.tell == "on_call" for path in second_paths(clinic, slug))
    awake = any(slack_of(clinic, slug, away) and slug not in away.undisturbed for slug in people)
    return reached + beside, awake or bool(beside)


def climb(clinic: Clinic, alert: Alert, at: datetime, away: Away) -> Climb:
    """Climb to the next rung that reaches anybody. An empty rung is passed at once; a rung that does not want to be
    disturbed is told and the next one with it (a `today` case in closed hours wakes nobody: it waits for opening); the
    last rung repeats."""
    waits = alert.soon == "today" and not clinic.timetable.is_open(at)
    last = len(clinic.ladder.rungs) - 1
    index, recipients, skipped = alert.rung, [], []
    while True:
        index = min(index + 1, last)
        found, awake = _reach(clinic, alert, index, away)
        recipients += [r for r in found if r not in recipients]
        if not found:
            skipped.append(clinic.ladder.rungs[index].tell)
        if (found and (awake or waits)) or index == last:
            break
    repeats = alert.repeats + 1 if alert.rung == last else 0
    moved = replace(alert, rung=index, repeats=repeats, token=alert.token + 1)
    return Climb(replace(moved, next_at=_next_climb(clinic, moved, at)), tuple(recipients), tuple(skipped))


def _next_climb(clinic: Clinic, alert: Alert, at: datetime) -> datetime:
    rungs = clinic.ladder.rungs
    if alert.rung == len(rungs) - 1:
        return waiting(clinic, alert, at, clinic.ladder.repeat)
    return waiting(clinic, alert, at, rungs[alert.rung + 1].after - rungs[max(alert.rung, 0)].after)


def waiting(clinic: Clinic, alert: Alert, at: datetime, wait: timedelta) -> datetime:
    """`wait` from `at`: of real time for `now`, of the clinic's open hours for `today`."""
    if alert.soon == "now":
        return at + wait
    return clinic.timetable.after_open_time(at, wait) or at + wait


def rest(clinic: Clinic, alert: Alert, at: datetime) -> Alert:
    """The case after a person acted: the ladder rests until the step's deadline (a closed case: for good)."""
    deadlines = clinic.ladder.deadlines
    wait = {
        "acknowledged": deadlines.take_over,
        "taken_over": deadlines.contact,
        "contact_made": deadlines.outcome,
        "no_answer": deadlines.contact,
    }.get(alert.status)
    due = None if wait is None else waiting(clinic, alert, at, wait)
    return replace(alert, next_at=due, token=alert.token + 1, rung=min(alert.rung, 0), repeats=0)


def worse(alert: Alert, tier: str, category: str, at: datetime) -> Alert:
    """The case raised to a higher tier; never lowered. The ladder starts again from its foot."""
    if tier_rank(tier) <= tier_rank(alert.tier):
        return alert
    return replace(
        alert, tier=tier, category=category, soon=SOON[tier], urgent_at=at, rung=-1, repeats=0, token=alert.token + 1
    )
