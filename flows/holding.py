"""When somebody seems to hold back, they are shown again who reads what (S34), kindly and seldom."""

from typing import Any

from flows.effects import Option
from flows.step import Step

BACK = "held_back"  # the counter's name
OFTEN = 2  # sensitive questions in a row, skipped or answered with a word
REST = -10  # where the counter begins again once the offer was made


def skipped(step: Step) -> None:
    """A sensitive question was skipped."""
    _count(step)


def answered(step: Step, value: Any) -> None:
    """A sensitive question was answered in the client's own words; one word alone may be holding back."""
    if isinstance(value, str) and len(value.split()) < OFTEN:
        _count(step)
    elif step.client.counters.get(BACK, 0) > 0:
        _set(step, 0)


def _count(step: Step) -> None:
    if step.subject.client is None or step.client.status != "active":
        return
    times = step.client.counters.get(BACK, 0) + 1
    _set(step, times if times < OFTEN else REST)
    if times >= OFTEN:
        step.say("client.who_reads", options=(Option("!privacy", "client.menu_privacy"),), apart=True)


def _set(step: Step, times: int) -> None:
    step.alter(counters={**step.client.counters, BACK: times})
