"""Reading answers: which buttons a question has, and what a tap or a typed text means to it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number
from phonenumbers import parse as parse_phone

from flows.compiler import SKIPPED, Flow
from flows.conversation import Frame
from flows.definition import StateFile
from flows.effects import Option
from flows.step import Step

_TIME = re.compile(r"(\d{1,2})(?:\s*[:.h]\s*(\d{2})?)?\s*(?:([ap])\.?\s?m\.?|uhr|h|oclock|o'clock)?")
MAX_TEXT = 4000  # characters of an answer that are kept; Telegram's own limit is 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """An understood answer: the value to keep and the text id of the button that says the same, "" for none."""

    value: Any
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Misread:
    """The text does not answer the question; `hint` is the text id of what to say about it."""

    hint: str


def fold(text: str) -> str:
    """Typed words as they are compared: lower case, only letters, digits and single spaces."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def options_for(step: Step, flow: Flow, frame: Frame, state: StateFile, number: int) -> tuple[Option, ...]:
    """The buttons of a question: its own, then skip, then help. Data is `step:option` (64 bytes at most)."""
    own = [Option(f"{number}:{o.data}", o.text, o.values) for o in _own_options(step, flow, frame, state)]
    if flow.has_way(frame.state, SKIPPED):
        own.append(Option(f"{number}:!skip", "client.skip"))
    if step.subject.client and (state.importance or flow.file.importance) != "crisis":
        own.append(Option("!need_help", "client.need_help"))
    return tuple(own)


def _own_options(step: Step, flow: Flow, frame: Frame, state: StateFile) -> list[Option]:
    clinic = step.world.clinic
    match state.asks_for:
        case "choices":
            return [Option(name, f"{flow.name}.{frame.state}.choice.{name}") for name in state.choices]
        case "scale":
            return [Option(str(n), "client.number", {"number": n}) for n in range(state.min, state.max + 1)]
        case "language":
            return [Option(code, "client.language", {"language": code}) for code in step.world.languages]
        case "zone":
            return [Option(clinic.zone, "client.zone", {"zone": clinic.zone})]
        case "country":
            return [Option(clinic.region, "client.country", {"country": clinic.region})]
    return []


def tapped(step: Step, flow: Flow, frame: Frame, state: StateFile, option: str) -> Answer | None:
    """The answer that a button of the open question stands for; None for a button that it does not have."""
    for own in _own_options(step, flow, frame, state):
        if own.data == option:
            value = int(option) if state.asks_for == "scale" else option
            return Answer(value, own.text if state.asks_for == "choices" else "")
    return None


def typed(step: Step, flow: Flow, frame: Frame, state: StateFile, text: str) -> Answer | Misread:
    """What a typed text means to the open question."""
    if state.asks_for in ("choices", "scale", "language", "zone", "country"):
        for own in _own_options(step, flow, frame, state):
            words = step.world.words.label(own.text, step.locale, own.values, flow.version)
            if fold(text) in {fold(words), fold(own.data)} - {""}:
                return tapped(step, flow, frame, state, own.data) or Misread("client.tap_one")
    return _READERS[state.asks_for](step, state, text.strip())


def _no_reader(_step: Step, _state: StateFile, _text: str) -> Answer | Misread:
    return Misread("client.tap_one")


def _read_text(_step: Step, _state: StateFile, text: str) -> Answer | Misread:
    return Answer(text[:MAX_TEXT]) if text else Misread("client.tap_one")


def _read_number(_step: Step, state: StateFile, text: str) -> Answer | Misread:
    if text.isdecimal() and len(text) <= 6 and state.min <= int(text) <= state.max:
        return Answer(int(text))
    return Misread("client.number_please")


def _read_time(_step: Step, _state: StateFile, text: str) -> Answer | Misread:
    """An hour of the day as people type it: 18:30, 6.30 pm, 7pm, 18h, 19 Uhr."""
    found = _TIME.fullmatch(text.casefold().strip())
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    if found and found[3] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if found[3].startswith("p") else 0)
    return Answer(f"{hour:02}:{minute:02}") if hour < 24 and minute < 60 else Misread("client.time_please")


def _read_zone(step: Step, _state: StateFile, text: str) -> Answer | Misread:
    zone = step.world.zones.get(fold(text))
    return Answer(zone) if zone else Misread("client.zone_unknown")


def _read_country(step: Step, _state: StateFile, text: str) -> Answer | Misread:
    code = step.world.countries.get(fold(text))
    return Answer(code) if code else Misread("client.country_unknown")


def _read_phone(step: Step, _state: StateFile, text: str) -> Answer | Misread:
    region = (step.subject.client.country if step.subject.client else "") or step.world.clinic.region
    try:
        number = parse_phone(text, region)
    except NumberParseException:
        return Misread("client.phone_unknown")
    if not is_possible_number(number):
        return Misread("client.phone_unknown")
    return Answer(format_number(number, PhoneNumberFormat.INTERNATIONAL))


_READERS: Mapping[str, Callable[[Step, StateFile, str], Answer | Misread]] = {
    "choices": _no_reader,
    "scale": _read_number,
    "number": _read_number,
    "text": _read_text,
    "time": _read_time,
    "zone": _read_zone,
    "country": _read_country,
    "language": _no_reader,
    "phone": _read_phone,
}
