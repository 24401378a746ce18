"""Texts that belong to no flow. One file is one family of ids: `client.yaml` holds `client.help`."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from flows.definition import LABEL_LIMIT, Importance, Text
from flows.errors import DefinitionError, Problem
from flows.model import Model, YesNo, check
from flows.yamltext import Loaded, load


def _phrase(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class Phrase(Model):
    """One text: `key: "words"`, or its words with a note for translators, an importance, and whether it is a button."""

    text: str = Field(min_length=1)
    note: str = ""
    importance: Importance = ""
    label: YesNo = False

    @model_validator(mode="after")
    def _fits_a_button(self) -> "Phrase":
        if self.label and len(self.text) > LABEL_LIMIT:
            raise ValueError(f"a button has at most {LABEL_LIMIT} characters; this has {len(self.text)}")
        return self


class _File(Model):
    """The whole file: a key for each text."""

    phrases: Mapping[str, Annotated[Phrase, BeforeValidator(_phrase)]]


def read_phrases(text: str, file: str) -> dict[str, Text]:
    """The texts of a phrase file by id, which begins with the file's own name. In `crisis.yaml` all are crisis text.

    Raises DefinitionError with every mistake.
    """
    family = file.rpartition("/")[2].removesuffix(".yaml")
    loaded = load(text, file)
    phrases = check(_File, _under(loaded, "phrases"), file).phrases
    if wrong := [key for key in phrases if not key.replace("_", "").isalnum() or not key.islower()]:
        problems = (Problem(file, loaded.line((key,)), f"'{key}' is no id", "use small letters and _") for key in wrong)
        raise DefinitionError(problems)
    weight: Importance = "crisis" if family == "crisis" else ""
    return {
        f"{family}.{key}": Text(f"{family}.{key}", each.text, each.note, each.importance or weight, each.label)
        for key, each in phrases.items()
    }


def _under(loaded: Loaded, key: str) -> Loaded:
    """The same content as the value of one key, every part at the line where it stands."""
    return Loaded({key: loaded.data}, {(): 1, (key,): 1} | {(key, *path): line for path, line in loaded.lines.items()})
