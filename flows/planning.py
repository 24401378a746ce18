"""What is planned for a client: flows that begin by themselves at an hour of the client's own clock (F05, F10).

A plan is one entry of `Client.plans`, by its flow: an hour (`at`), and `days` of the week, or `every` so many days, or
`once`. Its timer is `plan:FLOW`. At most one planned contact a day, none in quiet hours, none while a case is open.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.effects import CancelTimer
from flows.hours import DAYS, at_local, next_at
from flows.model import clock_time, duration
from flows.quiet import awake, zone_of
from flows.step import Step

PLAN = "plan:"  # the timers' names begin so
HOURS: Mapping[str, str] = {"morning": "09:00", "noon": "12:30", "afternoon": "16:00", "evening": "18:30"}
DAY_SETS: Mapping[str, tuple[str, ...]] = {
    "daily": DAYS,
    "weekdays": DAYS[:5],
    "twice": ("mon", "thu"),
    "weekend": DAYS[5:],
}
Args = Mapping[str, str]


def plan(step: Step, args: Args) -> None:
    """Plan a flow, in place of what was planned of it before.

    `after: 20h` once; `days: mon thu` or `days: saved.days` each week; `every: 4w` again and again. `at:` is an hour
    (`18:30`, `evening`, `saved.hour`). Where a saved day or hour was skipped, it is that of the clinic's check-ins.
    """
    flow = args["flow"]
    made: dict[str, Any] = {"at": _hour(step, args.get("at", "")).isoformat("minutes")}
    if "after" in args:
        due = awake(step, step.at + duration(args["after"]))
        made["once"] = True
    else:
        made |= _rhythm(step, args)
        due = next_of(step, made)
    step.alter(plans={**step.client.plans, flow: made})
    step.timer(PLAN + flow, due)


def begin(step: Step, flow: str, every: int, first: int) -> None:
    """Plan a flow every so many days, for the first time in `first` days, at the clinic's hour of check-ins."""
    made = {"at": step.world.clinic.check_in.at.isoformat("minutes"), "every": every}
    step.alter(plans={**step.client.plans, flow: made})
    step.timer(PLAN + flow, next_of(step, {**made, "every": first}))


def unplan(step: Step, args: Args) -> None:
    """Plan it no longer."""
    flow = args["flow"]
    step.alter(plans={name: made for name, made in step.client.plans.items() if name != flow})
    step.do(CancelTimer(PLAN + flow))


def resume(step: Step) -> None:
    """After a pause the plans go on from now."""
    for flow, made in step.client.plans.items():
        due = awake(step, step.at + timedelta(days=1)) if made.get("once") else next_of(step, made)
        step.timer(PLAN + flow, due)


def rest(step: Step) -> None:
    """While the client pauses, nothing planned comes."""
    step.do(CancelTimer(PLAN + "*"))


def nudge(step: Step) -> None:
    """The day's one planned contact."""
    step.converse(nudged_at=step.at)


def nudged_today(step: Step) -> bool:
    """Whether something planned came already today, on the client's own calendar (F05)."""
    last = step.conversation.nudged_at
    return last is not None and _day(step, last) == _day(step, step.at)


def tomorrow(step: Step) -> datetime:
    """The first hour of the client's next day that is not quiet: what had to wait comes before what is new."""
    zone = zone_of(step)
    day = step.at.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return awake(step, at_local(day, clock_time(HOURS["morning"]), zone))


def next_of(step: Step, made: Mapping[str, Any]) -> datetime:
    """When a repeated plan comes next (UTC)."""
    clock = clock_time(made["at"])
    if "days" in made:
        return next_at(step.at, made["days"], clock, zone_of(step))
    day = step.at.astimezone(ZoneInfo(zone_of(step))).date() + timedelta(days=max(1, made.get("every", 1)))
    return at_local(day, clock, zone_of(step))


def _hour(step: Step, given: str) -> time:
    value = _told(step, given)
    return hour_of(value) if value else step.world.clinic.check_in.at


def _rhythm(step: Step, args: Args) -> dict[str, Any]:
    """The days that are given or were saved; where there are none, every so often; else the clinic's days."""
    days = days_of(_told(step, args.get("days", "")))
    if not days and "every" in args:
        return {"every": duration(args["every"]).days}
    return {"days": list(days or step.world.clinic.check_in.days)}


def hour_of(value: str) -> time:
    """An hour by its name or its figures. Raises ValueError for what is none."""
    clock: time = clock_time(HOURS.get(value, value))
    return clock


def days_of(value: str) -> tuple[str, ...]:
    """The days of the week in a list or under a name; none where it names none."""
    return DAY_SETS.get(value, tuple(day for day in DAYS if day in value.split()))


def _told(step: Step, given: str) -> str:
    """The text itself, or the value that `saved.NAME` or `kept.NAME` stands for."""
    where, _, name = given.partition(".")
    known: Mapping[str, Any] = {"saved": step.frame.data, "kept": step.client.kept}.get(where, {})
    return str(known.get(name) or "") if where in ("saved", "kept") else given


def _day(step: Step, at: datetime) -> Any:
    return at.astimezone(ZoneInfo(zone_of(step))).date()
