"""Templates: `{name}` and `{name:type}`, nothing else. A text can name a value and read nothing more; parsed once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.errors import BotError
from bot.worded import FORMATS, kind_of

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}|\{[^{}]*\}?|\}")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
_BIDI_MARKS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_FSI, _PDI = "\u2068", "\u2069"


class TemplateError(BotError):
    """A text has braces that are no placeholder, or names a type that there is none of."""


class FillError(BotError):
    """A text cannot be filled: a value is missing or does not fit its type. Names the placeholder, never the value."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(f"the value of '{{{name}}}' {why}")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a text that a value goes into; `kind` "" goes by the value itself."""

    name: str
    kind: str = ""

    def __str__(self) -> str:
        return f"{{{self.name}:{self.kind}}}" if self.kind else f"{{{self.name}}}"


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text: words and slots in turn."""

    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> frozenset[Slot]:
        """The placeholders that the text has."""
        return frozenset(part for part in self.parts if isinstance(part, Slot))


@dataclass(frozen=True, slots=True)
class Setting:
    """For whom a text is filled: a CLDR locale, an IANA zone, and whether its language runs from right to left."""

    locale: str
    zone: str = "UTC"
    rtl: bool = False


@lru_cache(maxsize=65536)
def template(text: str) -> Template:
    """The parsed text. Raises TemplateError for anything in braces but `{name}` and `{name:type}`; `{{` is a brace."""
    parts: list[str | Slot] = []
    end = 0
    for found in _TOKEN.finditer(text):
        parts += [text[end : found.start()], _token(found)]
        end = found.end()
    return Template(_joined([*parts, text[end:]]))


def _token(found: re.Match[str]) -> str | Slot:
    name, kind = found.groups()
    if found[0] in ("{{", "}}"):
        return found[0][0]
    if name is None:
        raise TemplateError(f"'{found[0]}' is no placeholder; write {{name}} or {{name:type}}, double a plain brace")
    if kind is not None and kind not in FORMATS:
        raise TemplateError(f"'{found[0]}' has an unknown type; there are {', '.join(FORMATS)}")
    return Slot(name, kind or "")


def _joined(parts: list[str | Slot]) -> tuple[str | Slot, ...]:
    """Neighbouring pieces of words as one, empty ones gone."""
    joined: list[str | Slot] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return tuple(joined)


def fill(
    parsed: Template, values: Mapping[str, Any], setting: Setting, lost: Callable[[FillError], None] | None = None
) -> str:
    """The text with its values. Raises FillError; with `lost`, that is told instead and the place stays empty."""
    return "".join([part if isinstance(part, str) else _filled(part, values, setting, lost) for part in parsed.parts])


def _filled(slot: Slot, values: Mapping[str, Any], setting: Setting, lost: Callable[[FillError], None] | None) -> str:
    if lost is None:
        return _worded(slot, values, setting)
    try:
        return _worded(slot, values, setting)
    except FillError as error:
        lost(error)
    except Exception as error:  # noqa: BLE001  a crisis text must come out whatever is wrong with one of its values
        lost(FillError(slot.name, f"could not be worked out ({type(error).__name__})"))
    return ""


def _worded(slot: Slot, values: Mapping[str, Any], setting: Setting) -> str:
    try:
        value = values[slot.name]
    except KeyError:
        raise FillError(slot.name, "is missing") from None
    if value is None:
        raise FillError(slot.name, "is missing")
    if isinstance(value, str) and not slot.kind:
        return _apart(value, setting.rtl)
    try:
        if callable(value):  # words of the reader's own language, which need no standing apart
            return str(value(setting.locale))
        return _apart(FORMATS[slot.kind or kind_of(value)](value, setting.locale, setting.zone), setting.rtl)
    except (AttributeError, TypeError, ValueError, LookupError) as error:
        why = f"is a {type(value).__name__} and cannot be worded as '{slot.kind or 'text'}' ({type(error).__name__})"
        raise FillError(slot.name, why) from None


def _apart(worded: str, rtl: bool) -> str:
    """Isolated from the words around it (Unicode's FSI and PDI) where directions may differ; plain text stays plain.

    An isolate ends with its line, so each line has its own; marks inside a value could end it early and are dropped.
    """
    if not worded or (not rtl and (worded.isascii() or not _RTL.search(worded))):
        return worded
    lines = worded.translate(_BIDI_MARKS).split("\n")
    return "\n".join(f"{_FSI}{line}{_PDI}" if line else line for line in lines)
