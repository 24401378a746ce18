"""Opening hours, quiet hours and the client's own clock: arithmetic over zones that survives both clock changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[time, time]
HORIZON = 60  # days looked ahead before a clinic counts as closed for good


def at_local(day: date, clock: time, zone: str) -> datetime:
    """That hour of that day in the zone, as UTC. An hour that the clocks skip moves on by the gap; one that comes twice
    is its first."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a clinic is open: seven tuples of spans (Monday first) in its zone, and closed dates."""

    zone: str
    week: tuple[tuple[Span, ...], ...]
    closed: frozenset[date] = frozenset()

    @property
    def usually(self) -> "Hours":
        """The same without its closed dates: what the week's hours alone make people expect."""
        return replace(self, closed=frozenset())

    def _spans(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        first = at.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)
        for day in (first + timedelta(days=n) for n in range(HORIZON)):
            if day in self.closed:
                continue
            for start, end in self.week[day.weekday()]:
                last = at_local(day + timedelta(days=1), time(0), self.zone) if end == time.max else None
                if end <= start and last is None:
                    last = at_local(day + timedelta(days=1), end, self.zone)
                yield at_local(day, start, self.zone), last or at_local(day, end, self.zone)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at this moment (UTC)."""
        return any(start <= at < end for start, end in self._spans(at))

    def opens_at(self, at: datetime) -> datetime | None:
        """`at` itself while open, else the next opening (UTC); None where none comes within sixty days."""
        for start, end in self._spans(at):
            if at < end:
                return max(start, at)
        return None

    def closes_at(self, at: datetime) -> datetime | None:
        """The end of the span that `at` stands in; None while closed."""
        return next((end for start, end in self._spans(at) if start <= at < end), None)

    def after_open_time(self, at: datetime, wait: timedelta) -> datetime | None:
        """The moment at which `wait` of open time has passed since `at`; None where the hours never add up."""
        for start, end in self._spans(at):
            if end <= at:
                continue
            begin = max(start, at)
            if begin + wait < end or not wait:
                return begin + wait
            wait -= end - begin
        return None


def in_span(clock: time, spans: Sequence[Span]) -> Span | None:
    """The span that a time of day falls into; a span may run over midnight."""
    for start, end in spans:
        if (start <= clock < end) if start <= end else (clock >= start or clock < end):
            return (start, end)
    return None


def after_quiet(at: datetime, spans: Sequence[Span], zone: str) -> datetime:
    """`at`, or the end of the quiet hours that it falls into on the client's clock (UTC)."""
    local = at.astimezone(ZoneInfo(zone))
    span = in_span(local.time(), spans)
    if span is None:
        return at
    later = span[0] > span[1] and local.time() >= span[0]
    return at_local(local.date() + timedelta(days=1 if later else 0), span[1], zone)


def next_at(after: datetime, days: Sequence[str], clock: time, zone: str) -> datetime:
    """The first moment after `after` (UTC) at which it is `clock` on one of `days` in the zone."""
    today = after.astimezone(ZoneInfo(zone)).date()
    candidates = (today + timedelta(days=n) for n in range(9))
    return next(
        due for day in candidates if DAYS[day.weekday()] in days and (due := at_local(day, clock, zone)) > after
    )
