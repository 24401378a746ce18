"""A flow file: plain words for a clinician, strict for the machine. Text in, `FlowFile` out; all mistakes at once."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from flows.model import Duration, Model, YesNo, check
from flows.yamltext import load

Kind = Literal["choices", "scale", "number", "text", "time", "zone", "country", "language", "phone"]
Importance = Literal["", "crisis", "consent", "instrument"]
END = "end"
LABEL_LIMIT = 40


def _choice(value: Any) -> Any:
    return {"label": value} if isinstance(value, str) else value


def _rules(value: Any) -> Any:
    return [{"go": value}] if isinstance(value, str) else value


class Choice(Model):
    """A button: its words and, where it leads elsewhere than the others, its next state."""

    label: str = Field(max_length=LABEL_LIMIT)
    next: str = ""
    note: str = ""


class Rule(Model):
    """One way on: to `go` when every condition holds. The last rule of a state has none."""

    when: Mapping[str, Any] = {}
    go: str


class Remind(Model):
    """Ask again once, gently, when nothing came for a while."""

    after: Duration
    say: str


class Expire(Model):
    """Stop waiting for an answer and go on."""

    after: Duration
    next: str


class StateFile(Model):
    """One state. Exactly one of `say`, `ask`, `run`, `do` stands in it."""

    say: str = ""
    ask: str = ""
    run: str = ""
    do: str = ""
    kind: Kind | Literal[""] = ""
    choices: Mapping[str, Annotated[Choice, BeforeValidator(_choice, json_schema_input_type=str | Choice)]] = {}
    save: str = ""
    sensitive: YesNo = False
    importance: Importance = ""
    note: str = ""
    remind: Remind | None = None
    expire: Expire | None = None
    skip: YesNo = True
    skip_to: str = ""  # where skipping leads, where that is elsewhere than an answer
    apart: YesNo = False
    min: Annotated[int, BeforeValidator(int)] = 0
    max: Annotated[int, BeforeValidator(int)] = 10
    args: Mapping[str, str] = Field(default={}, alias="with")
    on: Mapping[str, str] = {}
    next: Annotated[tuple[Rule, ...], BeforeValidator(_rules, json_schema_input_type=str | tuple[Rule, ...])] = ()

    @model_validator(mode="after")
    def _one_thing(self) -> "StateFile":
        given = [key for key in ("say", "ask", "run", "do") if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(f"a state has one of say, ask, run, do, not {' and '.join(given) or 'none'}")
        if not self.ask and (self.choices or self.kind or self.remind or self.expire or self.save or self.skip_to):
            raise ValueError("choices, kind, save, remind, expire and skip_to go with ask")
        if self.kind == "choices" and not self.choices:
            raise ValueError("a question of this kind needs choices")
        return self

    @property
    def asks_for(self) -> Kind:
        """The kind of the question: what stands there, else choices where there are any, else text."""
        return self.kind or ("choices" if self.choices else "text")


class FlowFile(Model):
    """The whole file."""

    flow: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    why: str
    importance: Importance = ""
    command: Annotated[str, Field(pattern=r"^([a-z][a-z0-9]*)?$")] = ""  # what a client sends to begin it
    menu: Mapping[str, Any] | YesNo = False  # listed in /menu; where it has conditions, while they hold
    start: str
    entries: tuple[str, ...] = ()
    states: Mapping[str, StateFile] = Field(min_length=1)
    examples: Mapping[str, tuple[Mapping[str, str], ...]] = {}


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of source text under its stable id. `label` texts are buttons and have their own limit."""

    id: str
    source: str
    note: str = ""
    importance: Importance = ""
    label: bool = False


def read_flow(text: str, file: str) -> FlowFile:
    """The checked flow file. Raises DefinitionError with every mistake, static checks of flows/lint.py excluded."""
    return check(FlowFile, load(text, file), file)


def version_of(text: str) -> str:
    """The content hash that pins a version: 16 hexadecimal digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def texts_of(flow: FlowFile) -> Iterator[Text]:
    """Every text of the flow with its id `flow.state.part`."""
    yield Text(f"{flow.flow}.title", flow.title, label=True)
    yield Text(f"{flow.flow}.why", flow.why, importance=flow.importance)
    for name, state in flow.states.items():
        base, weight = f"{flow.flow}.{name}", state.importance or flow.importance
        for part in ("say", "ask"):
            if source := getattr(state, part):
                yield Text(f"{base}.{part}", source, state.note, weight)
        for option, choice in state.choices.items():
            yield Text(f"{base}.choice.{option}", choice.label, choice.note or state.note, weight, label=True)
        if state.remind:
            yield Text(f"{base}.remind", state.remind.say, state.note, weight)
