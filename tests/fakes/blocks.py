"""Block Kit as Slack takes it: what is wrong with blocks and views, and what a person reads and can press in them.

Three judges: Slack's own models (slack_sdk.models), the JSON Schema ../shared/specs/slack-blocks.schema.json when it is
beside the project, and the limits that both leave to prose.
"""

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from fakes.faults import Json

PATH = Path(__file__).resolve().parents[3] / "shared" / "specs" / "slack-blocks.schema.json"
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
OPTION_LIMITS = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}
LENGTHS = {
    "section.text": 3000,
    "section.fields": 2000,
    "header.text": 150,
    "button.text": 75,
    "input.label": 2000,
    "input.hint": 2000,
    "option.text": 75,
    "option.description": 75,
    "confirm.title": 100,
    "confirm.text": 300,
    "confirm.confirm": 30,
    "confirm.deny": 30,
    "placeholder": 150,
    "view.title": 24,
    "view.submit": 24,
    "view.close": 24,
}
STRINGS = {"block_id": 255, "action_id": 255, "callback_id": 255, "external_id": 255, "private_metadata": 3000}
BUTTON_STRINGS = {"value": 2000, "url": 3000, "accessibility_label": 75}
OPTION_VALUE = 150
PICKED = {
    "static_select": "initial_option",
    "radio_buttons": "initial_option",
    "checkboxes": "initial_options",
    "multi_static_select": "initial_options",
}


def schema_is_present() -> bool:
    return PATH.is_file()


def block_problems(blocks: Any, surface: str = "message") -> list[str]:
    """Everything Slack would refuse in a list of blocks. surface: "message", "modal" or "home"."""
    if not isinstance(blocks, list):
        return ["blocks: must be a list"]
    problems = (
        [] if len(blocks) <= MOST_BLOCKS[surface] else [f"blocks: at most {MOST_BLOCKS[surface]}, has {len(blocks)}"]
    )
    ids = [b["block_id"] for b in blocks if isinstance(b, dict) and b.get("block_id")]
    problems += [f"blocks: block_id {i!r} stands twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
    for number, block in enumerate(blocks):
        problems += [f"blocks[{number}]: {p}" for p in _one_block(block)]
    return problems


def view_problems(view: Any) -> list[str]:
    """Everything Slack would refuse in a modal or a home tab."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["view: must be an object of type modal or home"]
    kind = view["type"]
    problems = [
        f"view: {p}" for p in _by_schema("ModalView" if kind == "modal" else "HomeView", {**view, "blocks": []})
    ]
    problems += block_problems(view.get("blocks"), kind)
    problems += _too_long(view, "view", ("title", "submit", "close"))
    problems += _strings(view, STRINGS, "view")
    if kind == "modal" and not view.get("title"):
        problems.append("view.title: required")
    has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in view.get("blocks") or [])
    if kind == "modal" and has_input and not view.get("submit"):
        problems.append("view.submit: required, since the view has an input block")
    return problems


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """(block, element) of everything that can be pressed, chosen or filled in."""
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        if block["type"] in ("section", "actions", "input", "context_actions"):
            yield from ((block, e) for e in inside if isinstance(e, dict) and e.get("type") not in ("image", None))


def buttons(blocks: list[Json]) -> list[str]:
    """The labels of all buttons, in reading order."""
    return [e["text"]["text"] for _, e in interactive(blocks) if e["type"] == "button"]


def words(node: Any) -> Iterator[str]:
    """Every text a person reads in blocks or a view, in order; a button's label in brackets."""
    if isinstance(node, list):
        for item in node:
            yield from words(item)
    elif isinstance(node, dict):
        if node.get("type") == "button":
            yield f"[{node['text']['text']}]"
        elif isinstance(node.get("text"), str):
            yield node["text"]
        else:
            for key, value in node.items():
                if key not in ("confirm", "initial_option", "initial_options"):
                    yield from words(value)


def with_ids(blocks: list[Json], new_id: Callable[[], str]) -> list[Json]:
    """The blocks as Slack keeps them: every block and every element has an id."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", new_id())
    for _, element in interactive(blocks):
        element.setdefault("action_id", new_id())
    return blocks


def options(element: Json) -> list[Json]:
    """The options of a select, radio buttons, check boxes or an overflow menu."""
    groups = [g["options"] for g in element.get("option_groups", [])]
    return [o for group in [element.get("options", []), *groups] for o in group]


def _one_block(block: Any) -> list[str]:
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return ["must be an object with a type"]
    misshapen = _by_schema(_definitions().get(block["type"]), block)
    return misshapen or [*_by_models(block), *_by_prose(block)]


def _by_models(block: Json) -> list[str]:
    try:
        parsed = Block.parse(copy.deepcopy(block))
        if parsed is None:
            return [f"type {block['type']!r} is unknown to slack_sdk.models"]
        parsed.to_dict()
    except (SlackObjectFormationError, TypeError, AttributeError, KeyError, ValueError) as error:
        return [f"slack_sdk.models refuses it: {error}"]
    return []


def _by_schema(name: str | None, value: Json) -> list[str]:
    if not schema_is_present():
        return []
    if name is None:
        return [f"type {value['type']!r} is not in the schema"]
    error = best_match(_validator(name).iter_errors(value))
    return [f"{error.json_path}: {error.message[:200]}"] if error else []


def _by_prose(block: Json) -> Iterator[str]:
    yield from _strings(block, STRINGS, block["type"])
    if block["type"] in ("section", "header", "input"):
        yield from _too_long(block, block["type"], ("text", "label", "hint"))
    if block["type"] == "section":
        if not block.get("text") and not block.get("fields"):
            yield "section: needs text or fields"
        for text in block.get("fields") or []:
            yield from _too_long({"fields": text}, "section", ("fields",))
    ids = [str(e["action_id"]) for _, e in interactive([block]) if e.get("action_id")]
    yield from (f"action_id {i!r} stands twice" for i in sorted({i for i in ids if ids.count(i) > 1}))
    for _, element in interactive([block]):
        yield from _element(element)


def _element(element: Json) -> Iterator[str]:
    kind = element["type"]
    yield from _strings(element, STRINGS, kind)
    if kind == "button":
        yield from _too_long(element, "button", ("text",))
        yield from _strings(element, BUTTON_STRINGS, "button")
    yield from _too_long(element, "", ("placeholder",))
    yield from _too_long(element.get("confirm") or {}, "confirm", ("title", "text", "confirm", "deny"))
    found = options(element)
    if len(found) > OPTION_LIMITS.get(kind, 100):
        yield f"{kind}.options: at most {OPTION_LIMITS.get(kind, 100)}, has {len(found)}"
    for option in found:
        yield from _too_long(option, "option", ("text", "description"))
        yield from _strings(option, {"value": OPTION_VALUE}, "option")
    chosen = element.get(PICKED.get(kind, "")) or []
    for option in chosen if isinstance(chosen, list) else [chosen]:
        if option not in found:
            yield f"{kind}: the initial option is not one of the options"


def _too_long(owner: Json, name: str, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        where = f"{name}.{key}" if name else key
        value = owner.get(key)
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            continue
        if not 1 <= len(value["text"]) <= LENGTHS[where]:
            yield f"{where}: must be 1-{LENGTHS[where]} characters, is {len(value['text'])}"


def _strings(owner: Json, limits: dict[str, int], where: str) -> Iterator[str]:
    for key, most in limits.items():
        if isinstance(owner.get(key), str) and len(owner[key]) > most:
            yield f"{where}.{key}: at most {most} characters, is {len(owner[key])}"


@cache
def _schema() -> Json:
    loaded: Json = json.loads(PATH.read_text("utf-8"))
    return loaded


@cache
def _definitions() -> dict[str, str]:
    """Block type -> the schema's definition of it."""
    if not schema_is_present():
        return {}
    names = [ref["$ref"].rpartition("/")[2] for ref in _schema()["definitions"]["KnownBlock"]["anyOf"]]
    found = {}
    for name in names:
        definition = _schema()["definitions"][name]
        for shape in definition.get("anyOf", [definition]):
            found[shape["properties"]["type"]["const"]] = name
    return found


@cache
def _validator(name: str) -> Draft7Validator:
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": _schema()["definitions"]})
