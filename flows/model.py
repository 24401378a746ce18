"""How a file that a person wrote becomes a checked value: pydantic over line-numbered YAML, all mistakes at once."""

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from flows.errors import DefinitionError, Problem
from flows.yamltext import Loaded, load

M = TypeVar("M", bound="Model")

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"(?:\d+[wdhms])+")


class Model(BaseModel):
    """The base of every file model: immutable, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


def duration(value: Any) -> Any:
    """`20h`, `2d`, `1d12h` as a timedelta."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError("write a length of time as 15m, 20h, 2d or 1d12h")
    return timedelta(**{_UNITS[unit]: int(count) for count, unit in re.findall(r"(\d+)([wdhms])", value)})


def clock_time(value: Any) -> Any:
    """`18:00` as a time of day; `24:00` is the end of the day."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", value) if isinstance(value, str) else None
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return time(int(match[1]), int(match[2]))
    if value == "24:00":
        return time.max
    raise ValueError("write a time of day as 09:00 or 18:30")


def truth(value: Any) -> Any:
    """`yes` or `no`, as people write it."""
    words = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    if isinstance(value, bool):
        return value
    raise ValueError("write yes or no")


# As people write them: what the published JSON Schema shows to editors, some of which read `yes` as true.
DurationText = Annotated[str, Field(pattern=r"^(\d+[wdhms])+$")]
ClockText = Annotated[str, Field(pattern=r"^(\d{1,2}:\d{2})$")]
YesNoText = bool | Literal["yes", "no", "true", "false", "on", "off"]

Duration = Annotated[timedelta, BeforeValidator(duration, json_schema_input_type=DurationText)]
ClockTime = Annotated[time, BeforeValidator(clock_time, json_schema_input_type=ClockText)]
YesNo = Annotated[bool, BeforeValidator(truth, json_schema_input_type=YesNoText)]


def parse(model: type[M], text: str, file: str) -> M:
    """The file's value. Raises DefinitionError naming every mistake with file, line and repair."""
    return check(model, load(text, file), file)


def check(model: type[M], loaded: Loaded, file: str) -> M:
    """The same for YAML that is read already."""
    try:
        return model.model_validate(loaded.data)
    except ValidationError as error:
        raise DefinitionError(_problem(loaded, file, item) for item in error.errors()) from None


def _problem(loaded: Loaded, file: str, item: Any) -> Problem:
    where = tuple(item["loc"])
    path = ".".join(str(part) for part in where if not str(part).startswith("function-")) or "the file"
    repairs = {
        "extra_forbidden": f"remove '{where[-1] if where else ''}', or check its spelling",
        "missing": f"add '{where[-1] if where else ''}'",
    }
    message = item["msg"].removeprefix("Value error, ")
    repair = repairs.get(item["type"], "write it as the documentation shows")
    return Problem(file, loaded.line(where), f"{path}: {message[0].lower()}{message[1:]}", repair)
