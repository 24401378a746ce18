"""Questionnaires as published: locked wording, published arithmetic, codes. Text in, a checked `Instrument` out.

Source of items, bands, changes and codes: the instruments document. A missing answer means no total; an instrument
whose words are not ours to ship is a skeleton, and is offered where a clinic's pack brings wording and permission.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from flows.errors import DefinitionError, Problem
from flows.model import Model, check
from flows.yamltext import Loaded, load

Direction = Literal["lower", "higher"]
Number = Annotated[int, BeforeValidator(int)]


class Option(Model):
    """An answer: its words, what it scores, its code (LOINC)."""

    label: str = Field(default="", max_length=40)
    score: Number = 0
    code: str = ""


class Item(Model):
    """A question. Options of its own stand in place of the instrument's."""

    text: str = ""
    code: str = ""
    options: Mapping[str, Option] = {}


class InstrumentFile(Model):
    """The whole file. With `of:` the words are those of another instrument, and `items` lists some of its items."""

    instrument: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$")]
    title: str
    version: str
    language: str
    licence: str = ""
    permission: str = ""  # how a clinic may use words that are not ours to ship
    of: str = ""
    direction: Direction = "lower"
    stem: str = ""
    options: Mapping[str, Option] = {}
    items: Mapping[str, Item] | tuple[str, ...]
    risk_item: str = ""
    also: Mapping[str, Item] = {}
    bands: Mapping[Number, str] = {}
    caseness: Number | None = None
    reliable_change: Number | None = None
    whole: str = ""
    codes: Mapping[Literal["panel", "total"], str] = {}
    lock: str = ""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire with all its words. `file` holds the rest; `also` are asked and not scored."""

    name: str
    file: InstrumentFile
    stem: str
    options: Mapping[str, Option]
    items: Mapping[str, Item]
    also: Mapping[str, Item]
    risk_item: str
    direction: Direction
    licence: str

    @property
    def worded(self) -> bool:
        """Whether every question has its words: else it is a skeleton, and nobody can be asked."""
        return bool(self.options) and all(item.text for item in (*self.items.values(), *self.also.values()))

    @property
    def highest(self) -> int:
        """The highest possible total."""
        return sum(max(option.score for option in self.choices(item).values()) for item in self.items)

    def choices(self, item: str) -> Mapping[str, Option]:
        """The options of an item."""
        return ({**self.items, **self.also}[item].options) or self.options

    def total(self, answers: Mapping[str, Any]) -> int | None:
        """The sum of the scored items; None where one has no answer."""
        if any(answers.get(item) not in self.choices(item) for item in self.items):
            return None
        return sum(self.choices(item)[answers[item]].score for item in self.items)

    def answered(self, answers: Mapping[str, Any]) -> int:
        """How many of the scored items have an answer."""
        return sum(answers.get(item) in self.choices(item) for item in self.items)

    def band(self, total: int) -> str:
        """The published name of the range that a total lies in, "" where there is none."""
        reached = [least for least in self.file.bands if total >= least]
        return self.file.bands[max(reached)] if reached else ""

    def change(self, before: int, after: int) -> str:
        """`better`, `worse` or `same`: a difference smaller than the reliable change is none (F12). Where no reliable
        change is published, nothing can be said: ""."""
        if self.file.reliable_change is None:
            return ""
        difference = (after - before) * (-1 if self.direction == "lower" else 1)
        if abs(difference) < self.file.reliable_change:
            return "same"
        return "better" if difference > 0 else "worse"


def read_instruments(files: Mapping[str, str]) -> dict[str, Instrument]:
    """The instruments of these files by name. Raises DefinitionError with every mistake, a broken lock among them."""
    loaded = {name: load(text, name) for name, text in files.items()}
    parsed = {name: check(InstrumentFile, each, name) for name, each in loaded.items()}
    known = {file.instrument: file for file in parsed.values()}
    problems: list[Problem] = []
    made: dict[str, Instrument] = {}
    for name, file in parsed.items():
        wrong = list(_mistakes(file, known))
        problems += [Problem(name, loaded[name].line((key,)), what, repair) for key, what, repair in wrong]
        if not wrong:
            made[file.instrument] = _whole(file, known)
            problems += _unlocked(made[file.instrument], loaded[name], name)
    if problems:
        raise DefinitionError(problems)
    return made


def wording_hash(instrument: Instrument) -> str:
    """The hash of everything that a client reads and that is scored: 16 hexadecimal digits of SHA-256."""
    said = [instrument.stem, instrument.risk_item, instrument.direction]
    for name, item in {**instrument.items, **instrument.also}.items():
        said += [name, item.text, *(f"{key} {o.label} {o.score}" for key, o in instrument.choices(name).items())]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _mistakes(file: InstrumentFile, known: Mapping[str, InstrumentFile]) -> Iterator[tuple[str, str, str]]:
    parent = known.get(file.of)
    if file.of and parent is None:
        yield "of", f"there is no instrument '{file.of}'", "correct the name"
        return
    items = parent.items if parent else file.items
    if isinstance(items, tuple):
        yield "items", "the items have no words", "write a text and a code for each, or say of:"
    elif parent and (lost := [item for item in file.items if item not in items]):
        yield "items", f"{file.of} has no item {', '.join(lost)}", "correct the names"
    if file.risk_item and file.risk_item not in file.items:
        yield "risk_item", f"there is no item '{file.risk_item}'", "correct the name"


def _whole(file: InstrumentFile, known: Mapping[str, InstrumentFile]) -> Instrument:
    words = known[file.of] if file.of else file
    assert not isinstance(words.items, tuple)
    return Instrument(
        file.instrument,
        file,
        stem=words.stem,
        options=words.options,
        items={name: words.items[name] for name in file.items},
        also=file.also,
        risk_item=file.risk_item,
        direction=words.direction,
        licence=words.licence,
    )


def _unlocked(instrument: Instrument, loaded: Loaded, name: str) -> Iterator[Problem]:
    """A lock that does not fit: somebody has changed a word, a score or an order."""
    if instrument.worded and not instrument.file.permission and instrument.file.lock != wording_hash(instrument):
        what = f"the wording of {instrument.file.title} is not the locked one"
        yield Problem(name, loaded.line(("lock",)), what, "put the published words back; they may not be changed")
