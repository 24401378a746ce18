"""From texts of files to values: the flows, phrases, translations, rules and regions of one layer, each file read once.

What many clinics share is remembered by its content, so that a second clinic costs little.
"""

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import PurePosixPath

from bot.book import compiled
from bot.gathering import Gathering
from bot.lookup import Words
from bot.pack_files import language_of_file
from bot.translations import Translations, read_translations
from flows.clinic import Clinic
from flows.compiler import Flow
from flows.definition import Text
from flows.lint import lint
from flows.phrases import read_phrases
from flows.regions import Region, read_region
from flows.risk import Screen
from flows.risk_adjust import Lowered
from flows.risk_rules import compile_rules, lowered_in


def flows_of(files: Mapping[str, str], found: Gathering) -> dict[str, Flow]:
    """The flows of these files by name."""
    flows: dict[str, Flow] = {}
    for file, text in files.items():
        if (flow := found.read(compiled, text, file)) is None:
            continue
        if flow.name in flows:
            found.wrong(file, f"the flow {flow.name} stands in {flows[flow.name].path} too", "keep one of the two")
        flows[flow.name] = flow
    return flows


def lint_own(own: Mapping[str, Flow], shipped: Mapping[str, Flow], texts: Collection[str], found: Gathering) -> None:
    """Note what is wrong with a clinic's own flows, among ours; one that stands in for ours keeps its promises.
    `texts` are the ids of phrases."""
    files = {flow.path for flow in own.values()}
    found.problems += [problem for problem in lint({**shipped, **own}, texts) if problem.file in files]
    for name in own.keys() & shipped.keys():
        mine, ours = own[name], shipped[name].file
        for entry in sorted(set(ours.entries) - mine.file.states.keys()):
            what = f"the state '{entry}' is missing, at which Rapport begins this flow"
            found.problems.append(mine.problem(what, "write it, and list it under entries", "states"))
        if ours.importance and mine.file.importance != ours.importance:
            repair = f"add importance: {ours.importance} below why"
            found.problems.append(
                mine.problem(f"our {name} is {ours.importance} text, and so is yours", repair, "flow")
            )


def texts_of(flows: Iterable[Flow], phrases: Mapping[str, str], found: Gathering) -> dict[str, Text]:
    """The source texts of flows and phrase files by id."""
    texts: dict[str, Text] = {}
    for flow in flows:
        texts |= flow.texts
    for file, text in phrases.items():
        texts |= found.read(_phrases, text, file) or {}
    return texts


def words_of(texts: Mapping[str, Text], files: Mapping[str, str], found: Gathering) -> Words:
    """A layer of words: its source texts, and its translations by language."""
    languages: dict[str, Translations] = {}
    for file, text in files.items():
        language = language_of_file(file)
        if language in languages:
            found.wrong(file, f"{languages[language].file} is {language} too", "keep one of the two")
        if read := found.read(read_translations, text, file, language):
            languages[language] = read
    return Words(texts, languages)


def regions_of(files: Mapping[str, str], found: Gathering) -> dict[str, Region]:
    """The countries' numbers by ISO 3166 code."""
    regions: dict[str, Region] = {}
    for file, text in files.items():
        if (region := found.read(_region, text, file)) is None:
            continue
        if region.region != PurePosixPath(file).stem:
            found.wrong(file, f"the file says region: {region.region}", "give file and region one code")
        regions[region.region] = region
    return regions


def screen_of(files: Mapping[str, str], nets: Mapping[str, str], found: Gathering) -> Screen | None:
    """The risk rules of these files, compiled together, with the learned weights."""
    return found.read(_screen, tuple(files.items()), tuple(nets.items()))


def lowered_of(
    shipped: Mapping[str, str], own: Mapping[str, str], clinic: Clinic | None, found: Gathering
) -> tuple[Lowered, ...]:
    """The shipped rules that the clinic's own file lowers; whoever is named there works at the clinic."""
    lowered = found.read(lowered_in, {**shipped, **own}) or () if own else ()
    for each in lowered:
        for who in filter(None, (each.by, each.second)):
            if clinic and not clinic.person(who):
                found.wrong("risk.yaml", f"adjust: {each.rule} names {who}, who is not in clinic.yaml", "add them")
    return lowered


@lru_cache(maxsize=64)
def _phrases(text: str, file: str) -> Mapping[str, Text]:
    return read_phrases(text, file)


@lru_cache(maxsize=512)
def _region(text: str, file: str) -> Region:
    return read_region(text, file)


@lru_cache(maxsize=64)
def _screen(files: tuple[tuple[str, str], ...], nets: tuple[tuple[str, str], ...]) -> Screen:
    with _collector_resting():
        return compile_rules(dict(files), dict(nets))


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Hundreds of thousands of small objects that all stay: looking for garbage among them takes a third of the time,
    while they are made and ever after."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
