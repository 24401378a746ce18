"""The JSON Schemas of flow and clinic files, for editors. Run this file to write them anew:

.venv/bin/python tests/support/schemas.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flows.actions import ACTIONS
from flows.clinic import Clinic
from flows.definition import FlowFile
from flows.guards import COMPARISONS, FACTS, NAMED

FOLDER = Path(__file__).parents[2] / "docs" / "schema"


NAMES = rf"^({'|'.join(sorted(NAMED))})\.[a-z][a-z0-9_]*$"


def schemas() -> dict[str, str]:
    """Each schema's text by the name of its file."""
    found = {"flow.schema.json": _flow(), "clinic.schema.json": _plain(Clinic.model_json_schema())}
    return {name: _text(name, schema) for name, schema in found.items()}


def _flow() -> dict[str, Any]:
    """The model, with the closed vocabularies that the lint holds it to."""
    schema = _plain(FlowFile.model_json_schema())
    kinds = schema["$defs"]
    kinds["StateFile"]["properties"]["do"]["enum"] = sorted(ACTIONS)
    condition = {"type": "object", "minProperties": 1, "propertyNames": {"enum": sorted(COMPARISONS)}}
    kinds["Rule"]["properties"]["when"] |= {
        "properties": {fact: {"description": f"As in {example}"} for fact, (_, example) in sorted(FACTS.items())},
        "propertyNames": {"anyOf": [{"enum": sorted(FACTS)}, {"pattern": NAMES}]},
        "additionalProperties": condition,
    }
    for each in kinds["Rule"]["properties"]["when"]["properties"].values():
        each |= condition
    return schema


def _plain(node: Any) -> Any:
    """Without the defaults, which stand there as the program has them and not as people write them."""
    if isinstance(node, dict):
        return {name: _plain(value) for name, value in node.items() if name != "default"}
    return [_plain(each) for each in node] if isinstance(node, list) else node


def _text(name: str, schema: dict[str, Any]) -> str:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name.partition(".")[0]}
    return json.dumps(head | {k: v for k, v in schema.items() if k != "title"}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in schemas().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
