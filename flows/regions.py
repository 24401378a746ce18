"""A country's emergency number and crisis lines: dated data with its sources, never translated text (H07).

The file says what was found, where, and when; `confirmed_by` stays empty until a named person has called the lines.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from flows.clinic import Spans
from flows.model import Model, parse

Hours = Literal["always"] | Mapping[str, Spans]


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("write the day as 2026-11-21") from None


Day = Annotated[date, BeforeValidator(_day)]


class Message(Model):
    """Where to send a text message: to `to`, with `word` as its only word where the line wants one."""

    to: str = Field(min_length=2)
    word: str = ""


class Line(Model):
    """A crisis line: at least one way to reach it. `hours` is `always`, days with spans, or absent where unknown."""

    name: str = Field(min_length=2)
    call: str = ""
    text: Message | None = None
    chat: str = Field(default="", pattern=r"^$|^https://\S+$")
    hours: Hours | None = None
    languages: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _reachable(self) -> "Line":
        if not (self.call or self.text or self.chat):
            raise ValueError("a line needs one of call, text, chat")
        return self


class Region(Model):
    """The whole file. `region` is an ISO 3166 code; `emergency` may hold two numbers, `112 / 15`."""

    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    emergency: str = Field(min_length=2)
    lines: tuple[Line, ...] = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)
    checked: Day
    confirmed_by: str = ""
    confirmed_on: Day | None = None

    @model_validator(mode="after")
    def _signed_whole(self) -> "Region":
        if bool(self.confirmed_by) != (self.confirmed_on is not None):
            raise ValueError("confirmed_by and confirmed_on belong together: who signed, and on which day")
        return self


def read_region(text: str, file: str) -> Region:
    """The region of a file. Raises DefinitionError with every mistake."""
    return parse(Region, text, file)


def worded(line: Line) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The line as texts, each a text id and its values: the ways in, then when somebody answers if that is known."""
    if line.call:
        yield "crisis.line_call", {"name": line.name, "number": line.call}
    if line.text and line.text.word:
        yield "crisis.line_text_word", {"name": line.name, "word": line.text.word, "number": line.text.to}
    elif line.text:
        yield "crisis.line_text", {"name": line.name, "number": line.text.to}
    if line.chat:
        yield "crisis.line_chat", {"name": line.name, "address": line.chat}
