"""What an example takes for granted before it begins: `given: status is joining`, `enter: mood`."""

import re
from dataclasses import dataclass, field, fields, replace
from datetime import date, time
from typing import Any

from flows.casework import open_case
from flows.compiler import Flow
from flows.conversation import Client, Subject
from flows.escalation import TIERS
from flows.guards import FACTS
from flows.model import clock_time
from flows.rehearsal import Rehearsal
from flows.world import World

EXAMPLE_DAY = date(2026, 3, 2)  # a Monday
LANGUAGES = ("en", "es", "fr", "de", "pt")  # offered in this order after the clinic's own
NUMBERS = ("age",)
_GIVEN = re.compile(r"([a-z][a-z0-9_.]*) is (.+)")
_CLIENT = frozenset(each.name for each in fields(Client)) - {"id", "counters", "kept", "plans", "paused_until"}


@dataclass(slots=True)
class Given:
    """Collected from the first steps of an example."""

    world: World
    entry: str = ""
    known: bool = True
    tier: str = ""
    hour: time | None = None
    client: dict[str, Any] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)

    def clock(self, hour: int) -> time:
        """The time of day at which the example begins, `hour` where it says nothing."""
        return self.hour or time(hour)

    def subject(self) -> Subject:
        """Somebody called Sam, in therapy with the clinic's first clinician; or a chat that nobody knows."""
        if not self.known:
            return Subject("chat:1", chat=1)
        clinician = next(iter(self.world.clinic.clinicians))
        ours = Client("example", "Sam", clinician, status="active", zone=self.world.clinic.zone, chat=1)
        ours = replace(ours, country=self.world.clinic.region)
        return Subject(
            "client:example",
            replace(ours, **self.client, counters=self.counters, kept=self.kept, plans=self.plans),
            chat=1,
        )

    def prepare(self, scene: Rehearsal) -> None:
        """What has to happen before the flow begins: a case that is open already."""
        if self.tier:
            scene.act(lambda step: open_case(step, self.tier, "asked_for_help"))
            scene.said.clear()
            scene.timers.clear()


def read_given(given: Given, verb: str, value: str, flow: Flow) -> str:
    """Take one `given:` or `enter:` into account. Returns what is wrong with it, "" for nothing."""
    if verb == "enter":
        given.entry = value
        return "" if value in flow.file.states else f"there is no state '{value}'"
    found = _GIVEN.fullmatch(value)
    if not found:
        return f"'{value}' is not of the form NAME is VALUE"
    return _take(given, found[1], found[2])


def _take(given: Given, name: str, value: str) -> str:
    where, _, key = name.partition(".")
    if where in ("saved", "kept", "counter") and key:
        at = {"saved": given.saved, "kept": given.kept, "counter": given.counters}[where]
        at[key] = int(value) if where == "counter" else value
    elif where == "planned" and key:
        given.plans[key] = {"once": True}
    elif name in SPECIAL:
        return SPECIAL[name](given, value)
    elif name in _CLIENT:
        given.client[name] = int(value) if name in NUMBERS and value.isdecimal() else value
    elif name in FACTS and value.isdecimal():
        given.counters[name] = int(value)
    else:
        return f"nothing is known as '{name}'"
    return ""


def _languages(given: Given, value: str) -> str:
    offered = tuple(dict.fromkeys((*given.world.clinic.languages, *LANGUAGES)))
    given.world = replace(given.world, languages=offered[: int(value) if value.isdecimal() else 1])
    return ""


def _known(given: Given, value: str) -> str:
    given.known = value == "yes"
    return "" if value in ("yes", "no") else "known_client is yes or no"


def _alert(given: Given, value: str) -> str:
    given.tier = value
    return "" if value in TIERS[1:] else f"there is no tier '{value}'"


def _time(given: Given, value: str) -> str:
    try:
        given.hour = clock_time(value)
    except ValueError as error:
        return str(error)
    return ""


def _screened(given: Given, value: str) -> str:
    given.world = replace(given.world, screened=None if value == "yes" else frozenset())
    return "" if value in ("yes", "no") else "language_screened is yes or no"


SPECIAL = {
    "languages_offered": _languages,
    "known_client": _known,
    "alert": _alert,
    "time": _time,
    "language_screened": _screened,
}
