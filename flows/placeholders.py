"""The names that a text may put into braces, `{clinic_name}` or `{opens_at:datetime}`, and what may be wrong there."""

import re
from collections.abc import Collection, Iterator, Mapping

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"([a-z][a-z0-9_]*)(?::([a-z]+))?")

TYPES = ("datetime", "date", "time", "zone", "country", "language", "list", "number")

# Values at hand for every text, and the type that each is written with ("" for none).
STANDARD: Mapping[str, str] = {
    "client_name": "",
    "clinic_name": "",
    "clinician_name": "",
    "opens_at": "datetime",
    "closes_at": "time",
    "hours": "",
    "clinic_phone": "",
    "emergency_number": "",
    "crisis_lines": "",
    "country": "country",
    "clinic_country": "country",
    "local_time": "time",
    "zone": "zone",
    "paused_until": "datetime",
}
# Those that are never empty, whoever is spoken to and whenever: all that crisis text may use.
ALWAYS_THERE = frozenset(
    {"clinic_name", "clinician_name", "hours", "clinic_phone", "emergency_number", "crisis_lines", "country"}
    | {"clinic_country"}
)


def names_in(source: str) -> frozenset[str]:
    """The names in a text's braces; what is malformed is passed over."""
    return frozenset(found[1] for found in map(_NAME.fullmatch, _contents(source)) if found)


def mistakes(source: str, also: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with a text's placeholders, in words for its author. `also` are names known beside STANDARD."""
    for whole in _BRACES.finditer(source):
        if whole[0] in ("{{", "}}"):
            continue
        found = _NAME.fullmatch(whole[1] or "")
        if not found:
            yield f"'{whole[0]}' is no placeholder; write {{name}} or {{name:type}}, and a brace itself twice"
            continue
        name, kind = found[1], found[2] or ""
        if name not in STANDARD and name not in also:
            yield f"nothing is known as {{{name}}}"
        elif kind and kind not in TYPES:
            yield f"{{{name}:{kind}}} has an unknown type; there are {', '.join(TYPES)}"
        elif name in STANDARD and name not in also and kind != STANDARD[name]:
            yield f"{{{name}}} is written {{{name}{':' if STANDARD[name] else ''}{STANDARD[name]}}}"


def _contents(source: str) -> Iterator[str]:
    return (whole[1] for whole in _BRACES.finditer(source) if whole[1])
