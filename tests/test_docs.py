"""The documentation is true: settings, commands, flow keys, links and schemas are those of the program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from bot import cli
from bot.settings import VARIABLES
from flows.actions import ACTIONS
from flows.clinic import Clinic, Deadlines, Ladder, Person
from flows.compiler import compile_flow
from flows.definition import FlowFile, Kind, StateFile
from flows.examples import STEPS, rehearse
from flows.guards import COMPARISONS, FACTS
from flows.lint import lint
from flows.placeholders import STANDARD
from support.catalog import Book, world
from support.schemas import FOLDER, schemas
from support.source import ROOT, files

DOCS = [name for name in files() if name.endswith(".md") and (name.startswith("docs/") or name == "README.md")]
COMMAND = re.compile(r"(?:(?<![\w/`.-])|(?<=`)|(?<=bin/))rapport ([a-z]+)(?: ([a-z]+))?")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_column(name: str, heading: str) -> set[str]:
    """The code words that begin the rows of the tables under a heading."""
    sections = re.split(r"^#+ (.+)$", text(name), flags=re.MULTILINE)
    content = dict(zip(sections[1::2], sections[2::2], strict=True))[heading]
    return set(re.findall(r"^\| `([^`]+)` \|", content, re.MULTILINE))


def keys(model: type[BaseModel]) -> set[str]:
    """The keys that people write for a model."""
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_setting_is_documented_and_no_other() -> None:
    assert first_column("docs/settings.md", "Every setting") == set(VARIABLES)


@pytest.mark.parametrize("name", [name for name in files() if name.endswith((".md", ".yaml", "Dockerfile"))])
def test_every_setting_that_is_named_exists(name: str) -> None:
    known = {each.rstrip("*") for each in VARIABLES} | {"RAPPORT_CLINICS_FOLDER", "RAPPORT_PUBLISHED_PORT"}
    named = re.findall(r"\bRAPPORT_[A-Z][A-Z_]*[A-Z]", text(name))
    assert {each.split("__")[0] for each in named} <= known


@pytest.mark.parametrize("name", DOCS)
def test_every_link_leads_somewhere(name: str) -> None:
    missing = [target for target in links(name) if not _there(name, target)]
    assert missing == []


def links(name: str) -> list[str]:
    """The relative links of a page: code holds none."""
    found = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text(name), flags=re.DOTALL))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def _there(name: str, target: str) -> bool:
    path, _, anchor = target.partition("#")
    page = (ROOT / name).parent / path if path else ROOT / name
    return page.exists() and (not anchor or anchor in anchors(page))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings: small letters, hyphens for spaces, no other signs."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCS)
def test_every_command_that_is_named_exists(name: str) -> None:
    unknown = [said for said, known in commands(name) if not known]
    assert unknown == []


def commands(name: str) -> Iterator[tuple[str, bool]]:
    """Each `rapport …` in the code of a page, and whether there is such a command."""
    for code in CODE.findall(text(name)):
        for command, below in COMMAND.findall(code):
            row = cli.COMMANDS.get(command)
            yield f"{command} {below}", row is not None and (isinstance(row, cli.Entry) or below in row.table)


def test_every_command_is_documented() -> None:
    said = {command for name in DOCS for command, _known in commands(name)}
    first = {each.split()[0] for each in said}
    for name, row in cli.COMMANDS.items():
        wanted = {f"{name} {below}" for below in row.table} if isinstance(row, cli.Branch) else set()
        assert wanted <= said
        assert name in first


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("Keys of a flow", keys(FlowFile)),
        ("Keys of a state", keys(StateFile)),
        ("Kinds of question", set(get_args(Kind))),
        ("Conditions", {*FACTS, *COMPARISONS}),
        ("Actions", set(ACTIONS)),
        ("Examples", {"given", "enter", *STEPS}),
    ],
)
def test_the_flow_format_is_documented_whole_and_nothing_else(heading: str, known: set[str]) -> None:
    assert first_column("docs/flows.md", heading) == known


def test_the_flow_that_is_shown_has_no_mistake_and_its_examples_hold() -> None:
    shown = re.search(r"```yaml\n(flow: .*?)```", text("docs/flows.md"), re.DOTALL)
    assert shown
    flow = compile_flow(shown[1], "docs/flows.md")
    assert lint({flow.name: flow}) == ()
    report = rehearse(flow, replace(world(), book=Book({flow.name: flow})))
    assert (report.mismatches, report.unvisited) == ((), ())


def test_every_placeholder_is_documented_as_it_is_written() -> None:
    for name, kind in STANDARD.items():
        assert f"`{{{name}{':' if kind else ''}{kind}}}`" in text("docs/flows.md")


def test_every_key_of_a_clinic_is_documented() -> None:
    assert first_column("docs/clinics.md", "clinic.yaml") == keys(Clinic)
    assert first_column("docs/clinics.md", "People") == keys(Person)
    assert all(f"{key}:" in text("docs/clinics.md") for key in keys(Ladder) | keys(Deadlines))


@pytest.mark.parametrize("name", schemas())
def test_the_published_schema_is_current(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == schemas()[name], "run tests/support/schemas.py"


@pytest.mark.parametrize("name", [n for n in files() if re.fullmatch(r"flows/catalog/\w+\.yaml|.*/clinic\.yaml", n)])
def test_an_editor_finds_nothing_wrong_with_what_is_shipped(name: str) -> None:
    schema = schemas()["clinic.schema.json" if name.endswith("clinic.yaml") else "flow.schema.json"]
    content = yaml.load(text(name), Loader=Editor)
    assert [error.message for error in jsonschema.Draft202012Validator(json.loads(schema)).iter_errors(content)] == []


def test_an_editor_finds_what_is_wrong() -> None:
    schema: dict[str, Any] = json.loads(schemas()["flow.schema.json"])
    state = {"do": "fly", "next": [{"when": {"moon": {"is": "full"}}, "go": "end"}]}
    flow = {"flow": "wrong", "title": "W", "why": "W", "start": "one", "states": {"one": state}, "sates": {}}
    told = " ".join(error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(flow))
    assert "'fly' is not one of" in told
    assert "sates" in told


class Editor(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors read by: `yes` and `on` are words, a date is text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 the library's attribute


for _tag, _pattern, _first in (("bool", "true|false", "tf"), ("int", "[-+]?[0-9]+", "-+0123456789")):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
