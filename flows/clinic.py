"""A clinic: what its `clinic.yaml` says. Names, people, hours, ladder, languages, plan. No secret stands in it."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from flows.hours import DAYS, Hours, Span
from flows.model import ClockTime, Duration, Model, YesNo, parse

Role = Literal["clinician", "supervisor", "front_desk", "admin"]
Tell = Literal["assigned", "cover", "on_call", "supervisor", "team"]


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", value):
        raise ValueError("use 2 to 31 small letters, digits or _, beginning with a letter")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"'{value}' is not a time zone; write an IANA name such as Europe/London") from None
    return value


def _spans(value: Any) -> Any:
    parts = [value] if isinstance(value, str) else value
    return [tuple(part.split("-", 1)) if isinstance(part, str) else part for part in parts]


Slug = Annotated[str, AfterValidator(_slug)]
Zone = Annotated[str, AfterValidator(_zone)]
SpanText = Annotated[str, Field(pattern=r"^\d{1,2}:\d{2}-\d{1,2}:\d{2}$")]
Spans = Annotated[
    tuple[tuple[ClockTime, ClockTime], ...],
    BeforeValidator(_spans, json_schema_input_type=SpanText | tuple[SpanText, ...]),
]


class Person(Model):
    """A member of staff. `slack` is the member id (`U…`); `cover` the slug of who stands in."""

    name: str
    slack: str = ""
    email: str = ""
    phone_webhook: YesNo = False
    role: Role = "clinician"
    cover: str = ""
    active: YesNo = True


class Rung(Model):
    """One rung of the ladder: whom to tell, how long after the alert (for `today`: after opening) was raised."""

    tell: Tell
    after: Duration = timedelta(0)


class Deadlines(Model):
    """How long each step of a case may rest before the ladder climbs again."""

    take_over: Duration = timedelta(minutes=15)
    contact: Duration = timedelta(hours=1)
    outcome: Duration = timedelta(hours=24)


class Ladder(Model):
    """Whom an alert reaches, in which order. The last rung repeats until a person acts."""

    rungs: tuple[Rung, ...] = Field(min_length=1)
    repeat: Duration = timedelta(minutes=15)
    deadlines: Deadlines = Deadlines()

    @model_validator(mode="after")
    def _in_order(self) -> "Ladder":
        times = [rung.after for rung in self.rungs]
        if times != sorted(times) or times[0]:
            raise ValueError("the first rung has after: 0m, and every later one comes after the one before")
        if self.rungs[-1].tell != "team":
            raise ValueError("the last rung is team: somebody must be told when nobody named has answered")
        return self


class CheckInPlan(Model):
    """When the between-session check-in is offered: on which days, at which hour of the client's own clock; and whether
    it carries the question about safety with buttons, which needs no screen to be understood."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ("mon", "thu")
    at: ClockTime
    safety_question: YesNo = False


class OpeningHours(Model):
    """`open` maps `mon-fri` or `sat` to spans such as `09:00-17:00`; `closed` lists dates on which nobody is there."""

    open: Mapping[str, Spans]
    closed: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _known_days(self) -> "OpeningHours":
        for days in self.open:
            expand_days(days)
        return self


def expand_days(days: str) -> tuple[str, ...]:
    """`mon-fri` as its five days. Raises ValueError for a day that is none."""
    first, _, last = days.partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise ValueError(f"'{days}' is no day or run of days; write mon, sat or mon-fri")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return DAYS[start : end + 1] if start <= end else DAYS[start:] + DAYS[: end + 1]


class Clinic(Model):
    """The whole file."""

    clinic: Slug
    name: str
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    zone: Zone
    languages: tuple[str, ...] = Field(min_length=1)
    accept_drafts: YesNo = False
    phone: str = Field(min_length=3)  # several texts send people to it
    hours: OpeningHours
    quiet_hours: Spans = ()
    clinicians: Mapping[Slug, Person] = Field(min_length=1)
    on_call: tuple[str, ...] = ()
    supervisor: str = ""
    front_desk_channel: str = ""
    team_channel: str
    ladder: Ladder
    check_in: CheckInPlan
    measures: tuple[str, ...] = ()  # questionnaires put at the start and every four weeks
    adult_age: Annotated[int, Field(ge=12, le=21)] = 18
    content: Literal["minimal", "quotes"] = "minimal"

    @model_validator(mode="after")
    def _names_exist(self) -> "Clinic":
        named = {"supervisor": self.supervisor, **{f"on_call {n + 1}": who for n, who in enumerate(self.on_call)}}
        named |= {f"the cover of {slug}": person.cover for slug, person in self.clinicians.items()}
        for what, who in named.items():
            if who and who not in self.clinicians:
                raise ValueError(f"{what} is '{who}', who is not under clinicians")
        return self

    @property
    def timetable(self) -> Hours:
        """The opening hours, ready for arithmetic."""
        week: dict[str, list[Span]] = {day: [] for day in DAYS}
        for days, spans in self.hours.open.items():
            for day in expand_days(days):
                week[day].extend(spans)
        return Hours(self.zone, tuple(tuple(sorted(week[day])) for day in DAYS), frozenset(self.hours.closed))

    @property
    def staff(self) -> tuple[str, ...]:
        """The slugs of everybody who may act on an alert."""
        return tuple(slug for slug, who in self.clinicians.items() if who.active and who.role != "front_desk")

    def by_slack(self, user: str) -> str:
        """The slug of the clinician with this Slack member id, "" for nobody."""
        known = {who.slack: slug for slug, who in self.clinicians.items() if who.active and who.slack}
        return known.get(user, "")

    def person(self, slug: str) -> Person | None:
        """A member of staff, None where the pack names nobody so."""
        return self.clinicians.get(slug)


def read_clinic(text: str, file: str) -> Clinic:
    """The clinic of a `clinic.yaml`. Raises DefinitionError with every mistake."""
    return parse(Clinic, text, file)
