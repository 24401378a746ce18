"""The quiet hours of a clinic, on the client's own clock (H11)."""

from datetime import datetime

from flows.hours import after_quiet
from flows.step import Step


def awake(step: Step, due: datetime) -> datetime:
    """`due`, moved out of the quiet hours (UTC)."""
    return after_quiet(due, step.world.clinic.quiet_hours, zone_of(step))


def zone_of(step: Step) -> str:
    """The client's own zone, else the clinic's."""
    client = step.subject.client
    return (client.zone if client else "") or step.world.clinic.zone
