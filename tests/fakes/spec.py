"""Telegram's Bot API as a table, and the check of a value against it: fields, types, limits and enumerations.

The table is ../shared/specs/telegram-bot-api.json, beside the project; the limits are read out of its descriptions.
Where the file is absent, `load()` gives a spec that checks nothing and only turns form values into numbers.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fakes.entities import EntityError, plain, utf16
from fakes.faults import Json
from fakes.server import Upload

PATH = Path(__file__).resolve().parents[3] / "shared" / "specs" / "telegram-bot-api.json"
PRIMITIVES = {"String": (str,), "Integer": (int,), "Float": (int, float), "Boolean": (bool,), "InputFile": (Upload,)}
TEXT_FIELDS = frozenset(
    re.findall(r"\w+", "text caption name description short_description url secret_token callback_query_id")
)
PARSE_MODES = ("HTML", "Markdown", "MarkdownV2", "")
CHAT_ACTIONS = frozenset(
    re.findall(
        r"\w+",
        "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker "
        "find_location record_video_note upload_video_note",
    )
)
BUTTON_LOOKS = frozenset(("text", "icon_custom_emoji_id", "style"))
MOST_BUTTONS = 100
Check = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One field: its types and what its description demands. `parsed`: its limits count the parsed text."""

    types: tuple[str, ...]
    required: bool
    checks: tuple[Check, ...]
    parsed: bool


class Spec:
    """The Bot API's methods and types."""

    def __init__(self, document: Json) -> None:
        self._types = document["types"]
        self._methods = document["methods"]
        self.present = bool(self._methods)
        self.updates = frozenset(f["name"] for f in self._types.get("Update", {}).get("fields", ())) - {"update_id"}
        self._rules: dict[tuple[str, str], dict[str, Rule]] = {}

    def knows(self, method: str) -> bool:
        return not self.present or method in self._methods

    def returns(self, method: str) -> list[str]:
        """The types a method may answer with, in Telegram's words."""
        return list(self._methods[method]["returns"]) if self.present else ["Boolean"]

    def read(self, method: str, values: Json, files: dict[str, Upload], as_text: bool) -> tuple[Json, list[str]]:
        """A request's parameters with their real types, and everything that is wrong with them.

        as_text: the values come from a form or a query string, so a number is written in digits and an object as JSON.
        """
        if not self.present:
            return {**{k: _guess(k, v) for k, v in values.items()}, **files}, []
        rules = self._fields("methods", method)
        params = {k: _coerce(v, rules[k].types, as_text) if k in rules else v for k, v in values.items()}
        attached = {n for n in files if any(f"attach://{n}" in str(v) for v in values.values())}
        params |= {name: upload for name, upload in files.items() if name not in attached}
        problems = list(self._members(params, rules, method))
        problems += _method_problems(method, params, self.updates)
        return params | {n: files[n] for n in attached}, problems

    def problems(self, value: Any, type_name: str, where: str = "") -> list[str]:
        """Everything that is wrong with a value of a type; an update of the fake's own making, say."""
        return self._check(value, (type_name,), where or type_name) if self.present else []

    def _check(self, value: Any, types: tuple[str, ...], where: str) -> list[str]:
        found: list[list[str]] = []
        for type_name in types:
            problems = self._check_one(value, type_name, where)
            if not problems:
                return []
            found.append(problems)
        return min(found, key=lambda p: (_is_wrong_type(p, where), _is_other_kind(p), _misfits(p), len(p)))

    def _check_one(self, value: Any, type_name: str, where: str) -> list[str]:
        if type_name in PRIMITIVES:
            fits = isinstance(value, PRIMITIVES[type_name]) and isinstance(value, bool) == (type_name == "Boolean")
            return [] if fits else [f"{where}: must be {type_name}, is {type(value).__name__}"]
        if type_name.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where}: must be {type_name}, is {type(value).__name__}"]
            inner = (type_name.removeprefix("Array of "),)
            return [p for i, item in enumerate(value) for p in self._check(item, inner, f"{where}[{i}]")]
        if subtypes := self._types[type_name].get("subtypes"):
            return self._check(value, tuple(subtypes), where)
        if not isinstance(value, dict):
            return [f"{where}: must be {type_name}, is {type(value).__name__}"]
        return [
            *self._members(value, self._fields("types", type_name), where),
            *_object_problems(type_name, value, where),
        ]

    def _members(self, value: Json, rules: dict[str, Rule], where: str) -> Iterator[str]:
        for name in sorted(value.keys() - rules.keys()):
            yield f"{where}.{name}: unknown field"
        for name, rule in rules.items():
            if name not in value:
                if rule.required:
                    yield f"{where}.{name}: required field is missing"
                continue
            yield from self._member(value, name, rule, f"{where}.{name}")

    def _member(self, value: Json, name: str, rule: Rule, where: str) -> Iterator[str]:
        given = value[name]
        if problems := self._check(given, rule.types, where):
            yield from problems
            return
        if rule.parsed and isinstance(given, str):
            try:
                given = plain(given, value.get("parse_mode"))
            except EntityError as error:
                yield f"{where}: can't parse entities: {error}"
                return
        for check in rule.checks:
            if wrong := check(given):
                yield f"{where}: {wrong}"

    def _fields(self, section: str, name: str) -> dict[str, Rule]:
        key = section, name
        if key not in self._rules:
            owner = (self._methods if section == "methods" else self._types)[name]
            self._rules[key] = {f["name"]: _rule(f) for f in owner.get("fields", ())}
        return self._rules[key]


@cache
def load() -> Spec:
    if not PATH.is_file():
        return Spec({"types": {}, "methods": {}})
    return Spec(json.loads(PATH.read_text("utf-8")))


def _rule(declared: Json) -> Rule:
    types, text = tuple(declared["types"]), declared["description"]
    checks = tuple(_limits(declared["name"], types, text))
    return Rule(types, declared["required"], checks, bool(re.search("after entit(y|ies) pars", text)))


def _limits(name: str, types: tuple[str, ...], text: str) -> Iterator[Check]:
    if "String" in types:
        if m := re.search(r"\b(\d+)-(\d+) characters", text):
            yield _between(utf16, int(m[1]), int(m[2]), "characters")
        if m := re.search(r"\b(\d+)-(\d+) [Bb]ytes", text):
            yield _between(lambda value: len(value.encode()), int(m[1]), int(m[2]), "bytes")
        yield from _words(name, text)
    found = re.findall(r"\b(\d+)-(\d+)\b(?! (?:characters|[Bb]ytes))", text)
    ranges = [(int(low), int(high)) for low, high in found if int(low) <= int(high)]  # "ISO 3166-1" is no range
    if len(ranges) == 1 and {"Integer", "Float"}.intersection(types):
        yield _between(lambda value: value, *ranges[0], "")
    if types[0].startswith("Array of"):
        if len(ranges) == 1:
            yield _between(len, *ranges[0], "items")
        elif m := re.search(r"At most (\d+)", text):
            yield _between(len, 0, int(m[1]), "items")


def _words(name: str, text: str) -> Iterator[Check]:
    if name == "parse_mode":
        yield lambda value: None if value in PARSE_MODES else f"must be one of {PARSE_MODES}"
    elif re.search(r"\b(?:one of|can be|either|always|must be) [\"“]", text):
        allowed = frozenset(re.findall(r"[\"“]([^\"”]+)[\"”]", text))
        yield lambda value: None if value in allowed else f"must be one of {sorted(allowed)}"
    elif m := re.search(r", must be (\w+)$", text):
        only = m[1]
        yield lambda value: None if value == only else f"must be {only!r}"
    if "lowercase English letters, digits and underscores" in text:
        yield _pattern(r"[a-z0-9_]+")
    if "Only characters A-Z, a-z, 0-9, _ and - are allowed" in text:
        yield _pattern(r"[A-Za-z0-9_-]+")
    if text.startswith("A two-letter ISO 639-1 language code"):
        yield _pattern(r"(?:[a-z]{2})?")


def _between(measure: Callable[[Any], Any], low: int, high: int, unit: str) -> Check:
    def check(value: Any) -> str | None:
        size = measure(value)
        return None if low <= size <= high else f"must be {low}-{high} {unit}".rstrip() + f", is {size}"

    return check


def _pattern(pattern: str) -> Check:
    return lambda value: None if re.fullmatch(pattern, value) else f"must match {pattern}"


def _method_problems(method: str, params: Json, updates: frozenset[str]) -> list[str]:
    """Rules that the descriptions give in prose only."""
    problems = []
    if method == "sendChatAction" and params.get("action") not in CHAT_ACTIONS:
        problems.append(f"sendChatAction.action: must be one of {sorted(CHAT_ACTIONS)}")
    if unknown := {u for u in params.get("allowed_updates") or () if isinstance(u, str)} - updates:
        problems.append(f"{method}.allowed_updates: no such update {sorted(unknown)}")
    edits = method.startswith("editMessage") and "inline_message_id" not in params
    if edits and not {"chat_id", "message_id"} <= params.keys():
        problems.append(f"{method}: chat_id and message_id are required without inline_message_id")
    if method == "editMessageText" and not {"text", "rich_message"} & params.keys():
        problems.append("editMessageText: text is required without rich_message")
    if method in ("sendMessage", "editMessageText") and not str(params.get("text", "x")).strip():
        problems.append(f"{method}.text: message text is empty")
    return problems


def _object_problems(type_name: str, value: Json, where: str) -> list[str]:
    """Rules about an object as a whole, given in prose only."""
    if type_name == "InlineKeyboardButton":
        kinds = sorted(value.keys() - BUTTON_LOOKS)
        labelled = bool(str(value.get("text", "")).strip())
        problems = [] if labelled else [f"{where}.text: a button needs a label"]
        return (
            problems if len(kinds) == 1 else [*problems, f"{where}: must do exactly one thing, does {kinds or 'none'}"]
        )
    if type_name in ("InlineKeyboardMarkup", "ReplyKeyboardMarkup"):
        rows: list[Any] = value.get("inline_keyboard") or value.get("keyboard") or []
        total = sum(len(row) for row in rows if isinstance(row, list))
        return [f"{where}: at most {MOST_BUTTONS} buttons, has {total}"] if total > MOST_BUTTONS else []
    if type_name == "Update" and len(value) > 2:
        return [f"{where}: at most one of the optional fields, has {sorted(value)}"]
    return []


def _is_wrong_type(problems: list[str], where: str) -> bool:
    return problems[0].startswith(f"{where}: must be ")


def _misfits(problems: list[str]) -> int:
    return sum(p.endswith(("unknown field", "required field is missing")) for p in problems)


def _is_other_kind(problems: list[str]) -> bool:
    return any(re.search(r"\.(type|status|source): must be ", p) for p in problems)


def _coerce(value: Any, types: tuple[str, ...], as_text: bool) -> Any:
    if not isinstance(value, str):
        return value
    if "Integer" in types and (as_text or "String" in types) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if as_text and "Float" in types and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if as_text and "Boolean" in types and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    return value if PRIMITIVES.keys() & set(types) else _from_json(value)


def _guess(name: str, value: Any) -> Any:
    return _from_json(value) if isinstance(value, str) and name not in TEXT_FIELDS else value


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
