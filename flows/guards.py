"""The closed vocabulary of conditions: which facts a flow may ask about, and how they may be compared.

next:
  - when: {answer: {is: low}, check_ins_done: {at_most: 2}}
    go: early_days
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flows.conversation import Frame, Subject

if TYPE_CHECKING:  # a world holds flows, and flows hold conditions
    from flows.world import World


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conditions of one step look at."""

    subject: Subject
    world: "World"
    frame: Frame
    at: datetime
    answer: Any = None


def _counter(name: str) -> Callable[[Facts], int]:
    return lambda facts: facts.subject.client.counters.get(name, 0) if facts.subject.client else 0


def _field(name: str) -> Callable[[Facts], Any]:
    return lambda facts: getattr(facts.subject.client, name, None)


# name -> what it tells, an example condition
FACTS: Mapping[str, tuple[Callable[[Facts], Any], str]] = {
    "answer": (lambda facts: facts.answer, "answer: {is: low}"),
    "languages_offered": (lambda facts: len(facts.world.languages), "languages_offered: {at_least: 2}"),
    "known_client": (lambda facts: facts.subject.client is not None, "known_client: {is: yes}"),
    "status": (_field("status"), "status: {is: joining}"),
    "age": (_field("age"), "age: {at_most: 17}"),
    "is_minor": (
        lambda facts: (_field("age")(facts) or 200) < facts.world.clinic.adult_age,
        "is_minor: {is: yes}",
    ),
    "zone": (_field("zone"), "zone: {known: yes}"),
    "country": (_field("country"), "country: {known: yes}"),
    "phone": (_field("phone"), "phone: {known: yes}"),
    "alert_open": (
        lambda facts: facts.subject.alert is not None and not facts.subject.alert.closed,
        "alert_open: {is: yes}",
    ),
    "clinic_open": (lambda facts: facts.world.clinic.timetable.is_open(facts.at), "clinic_open: {is: no}"),
    "language_screened": (
        lambda facts: facts.world.screens(_field("locale")(facts) or ""),
        "language_screened: {is: no}",
    ),
    "asks_about_safety": (
        lambda facts: (
            facts.world.clinic.check_in.safety_question or not facts.world.screens(_field("locale")(facts) or "")
        ),
        "asks_about_safety: {is: yes}",
    ),
    "check_ins_done": (_counter("check_ins_done"), "check_ins_done: {at_most: 2}"),
}

# where.NAME -> the value of that name
NAMED: Mapping[str, Callable[[Facts, str], Any]] = {
    "saved": lambda facts, key: facts.frame.data.get(key),
    "kept": lambda facts, key: facts.subject.client.kept.get(key) if facts.subject.client else None,
    "planned": lambda facts, key: bool(facts.subject.client and key in facts.subject.client.plans),
    "counter": lambda facts, key: _counter(key)(facts),
    "asked_in": lambda facts, key: facts.world.asks(key, _field("locale")(facts) or ""),
}

_WORDS = {"yes": True, "no": False}


def _same(value: Any, wanted: Any) -> bool:
    return value is _WORDS[wanted] if isinstance(value, bool) else str(value) == str(wanted)


# comparison -> how it is decided
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": _same,
    "is_not": lambda value, wanted: not _same(value, wanted),
    "one_of": lambda value, wanted: any(_same(value, item) for item in wanted),
    "contains": lambda value, wanted: wanted in (value or ()),
    "at_most": lambda value, wanted: value is not None and float(value) <= float(wanted),
    "at_least": lambda value, wanted: value is not None and float(value) >= float(wanted),
    "known": lambda value, wanted: (value not in (None, "")) is _WORDS[wanted],
}


def holds(when: Mapping[str, Any], facts: Facts) -> bool:
    """Whether every condition holds. The file was checked, so an unknown name is a fault of ours: KeyError."""
    return all(
        COMPARISONS[comparison](_value(name, facts), wanted)
        for name, tests in when.items()
        for comparison, wanted in tests.items()
    )


def _value(name: str, facts: Facts) -> Any:
    where, _, key = name.partition(".")
    return NAMED[where](facts, key) if where in NAMED else FACTS[name][0](facts)


def mistakes(when: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a condition, in words for its author."""
    for name, tests in when.items():
        if name not in FACTS and name.partition(".")[0] not in NAMED:
            yield f"unknown condition '{name}'; known are {', '.join(sorted(FACTS))} and saved.NAME"
        elif not isinstance(tests, Mapping) or not tests:
            yield f"'{name}' needs a comparison, as in {FACTS.get(name, ('', 'saved.mood: {is: low}'))[1]}"
        else:
            yield from (f"'{name}' cannot be compared by '{how}'" for how in tests if how not in COMPARISONS)
            yield from (
                f"'{name}: {{{how}: {wanted}}}' compares with yes or no"
                for how, wanted in tests.items()
                if how == "known" and wanted not in _WORDS
            )
