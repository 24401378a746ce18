"""What may stand in a risk rule file, and every mistake in it told with line and repair."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.errors import DefinitionError, Problem
from flows.verdict import CATEGORIES
from flows.yamltext import Loaded, load

Guard = Literal["negation", "third", "past", "title"]
Patterns = Annotated[list[str], Field(min_length=1)]
Example = str | list[str]  # a message, or up to three of one conversation, newest last
DATE = r"^\d{4}-\d\d-\d\d$"

REPAIRS = {
    "missing": "add it",
    "extra_forbidden": "remove it or correct its name",
    "too_short": "add to the list",
    "literal_error": "choose one of these",
    "string_type": "write text here",
    "list_type": "write a list here, one item a line",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpreadEntry(_Strict):
    """Where a guard's effect begins, how many words it reaches and what ends it."""

    pattern: str
    reach: Annotated[int, Field(ge=1, le=20)]
    until: str = ""
    through: str = ""
    backward: bool = False


class GuardsEntry(_Strict):
    """The guards of a language; see flows/risk_guards.py."""

    negators: str = ""
    negation: list[SpreadEntry] = []
    not_negation: list[str] = []
    third: list[SpreadEntry] = []
    past: list[str] = []
    present: list[str] = []
    recovered: list[str] = []
    title: list[str] = []
    idioms: list[str] = []


class RuleEntry(_Strict):
    """One rule: what it means, how it may be worded, and examples that hold."""

    tier: Literal["concern", "moderate", "high", "imminent"]
    category: str
    match: Patterns
    guards: list[Guard] = ["negation", "third", "past"]
    context: list[str] = []
    unless: list[str] = []
    yes: Annotated[list[Example], Field(min_length=2)]
    no: Annotated[list[Example], Field(min_length=1)]
    author: str = ""
    date: Annotated[str, Field(pattern=DATE)] | None = None


class AdjustEntry(_Strict):
    """A shipped rule's new tier in a clinic; `none` switches it off. `by` and `second` are short names of people."""

    tier: Literal["none", "concern", "moderate", "high", "imminent"]
    why: Annotated[str, Field(min_length=1)]
    by: str = ""
    second: str = ""


class RuleFile(_Strict):
    """A whole file. Author and date hold for every rule that does not name its own."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    author: Annotated[str, Field(min_length=1)]
    date: Annotated[str, Field(pattern=DATE)]
    reviewed_by: str = ""  # the clinician who has read all of it, and when
    common: str = ""
    spelling: dict[str, str] = {}  # a way of writing -> the word that is meant
    repair_from: Annotated[int, Field(ge=4, le=20)] = 4  # letters: misspellings of shorter words are not repaired
    macros: dict[str, str] = {}
    guards: GuardsEntry | None = None
    adjust: dict[str, AdjustEntry] = {}  # a clinic's own: shipped rules raised or lowered
    rules: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")], RuleEntry] = {}


def read(text: str, name: str) -> tuple[RuleFile, Loaded]:
    """Read one rule file. Raises DefinitionError with every mistake of form."""
    loaded = load(text, name)
    try:
        content = RuleFile.model_validate(loaded.data)
    except ValidationError as error:
        raise DefinitionError(_problem(each, loaded, name) for each in error.errors()) from None
    unknown = [rule for rule, entry in content.rules.items() if entry.category not in CATEGORIES]
    if unknown:
        raise DefinitionError(_unknown_category(rule, loaded, name) for rule in unknown)
    return content, loaded


def _problem(error: Mapping[str, Any], loaded: Loaded, name: str) -> Problem:
    path = ".".join(map(str, error["loc"])) or "the file"
    repair = REPAIRS.get(error["type"], "see the keys of a rule file in the documentation")
    return Problem(name, loaded.line(error["loc"]), f"{path}: {error['msg'].lower()}", repair)


def _unknown_category(rule: str, loaded: Loaded, name: str) -> Problem:
    line = loaded.line(("rules", rule, "category"))
    return Problem(name, line, f"the category of {rule} is not known", f"choose one of {', '.join(CATEGORIES)}")
