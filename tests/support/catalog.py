"""The shipped flows and words as the core takes them: read once a run, with the example clinic around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.places import countries, zones
from flows.clinic import Clinic, read_clinic
from flows.compiler import Flow, commands_of, compile_flow
from flows.definition import Text
from flows.instruments import Instrument, read_instruments
from flows.phrases import read_phrases
from flows.questionnaire import questionnaires
from flows.regions import Region, read_region
from flows.rehearsal import SourceWords
from flows.world import World
from support.source import ROOT


@dataclass(frozen=True)
class Book:
    """`flows.compiler.Book` over flows by name."""

    flows: Mapping[str, Flow]

    @property
    def commands(self) -> Mapping[str, str]:
        return commands_of(self.flows.values())

    def current(self, name: str) -> Flow:
        return self.flows[name]

    def pinned(self, version: str) -> Flow:
        return next(flow for flow in self.flows.values() if flow.version == version)


@cache
def catalogue() -> dict[str, Flow]:
    """Every shipped flow by name."""
    paths = sorted((ROOT / "flows" / "catalog").glob("*.yaml"))
    read = (compile_flow(path.read_text(encoding="utf-8"), f"flows/catalog/{path.name}") for path in paths)
    asked = (compile_flow(text, path) for path, text in questionnaires(instruments()).items())
    return {flow.name: flow for flow in (*read, *asked)}


@cache
def instruments() -> dict[str, Instrument]:
    """Every shipped instrument by name."""
    paths = sorted((ROOT / "flows" / "instruments").glob("*.yaml"))
    return read_instruments({f"flows/instruments/{path.name}": path.read_text(encoding="utf-8") for path in paths})


@cache
def phrases() -> dict[str, Text]:
    """Every shipped phrase by id."""
    paths = sorted((ROOT / "flows" / "phrases").glob("*.yaml"))
    read = (read_phrases(path.read_text(encoding="utf-8"), f"flows/phrases/{path.name}") for path in paths)
    return {name: text for file in read for name, text in file.items()}


@cache
def regions() -> dict[str, Region]:
    """Every shipped country by its code."""
    paths = sorted((ROOT / "locales" / "regions").glob("*.yaml"))
    return {path.stem: read_region(path.read_text(encoding="utf-8"), f"locales/regions/{path.name}") for path in paths}


@cache
def riverside() -> Clinic:
    """The example clinic."""
    path = ROOT / "locales" / "clinics" / "riverside" / "clinic.yaml"
    return read_clinic(path.read_text(encoding="utf-8"), "clinic.yaml")


@cache
def world() -> World:
    """The example clinic with all that is shipped."""
    texts = phrases() | {name: text for flow in catalogue().values() for name, text in flow.texts.items()}
    return World(
        clinic=riverside(),
        book=Book(catalogue()),
        words=SourceWords(texts),
        zones=zones(("en",)),
        countries=countries(("en",)),
        crisis_regions=frozenset(regions()),
        regions=regions(),
        instruments=instruments(),
    )
