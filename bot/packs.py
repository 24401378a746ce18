"""A clinic's pack laid over what is shipped: one immutable value that says and knows everything about the clinic.

A pack with a mistake is no pack: every mistake is told with file, line and repair, and the last good one stays in use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import logs
from bot.book import shelf
from bot.catalogue import Catalogue, read_catalogue
from bot.gaps import gaps_of
from bot.gate import Offer, offer
from bot.gathering import Gathering
from bot.languages import SOURCE
from bot.lookup import Lookup
from bot.pack_files import PackFiles, files_in, language_of_file, read_pack
from bot.places import countries, zones
from bot.risk_languages import passing
from bot.sources import flows_of, lint_own, lowered_of, regions_of, screen_of, texts_of, words_of
from bot.values import NOTHING, standard_values
from bot.wording import Wording
from flows.clinic import Clinic, read_clinic
from flows.compiler import Flow
from flows.conversation import Subject
from flows.instruments import read_instruments
from flows.questionnaire import questionnaires
from flows.regions import Region
from flows.risk import Screen
from flows.risk_adjust import Lowered
from flows.world import World

__all__ = ["Catalogue", "Pack", "PackFiles", "build", "read_catalogue", "read_pack"]

log = logs.get(__name__)


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Pack:
    """One clinic in order. `versions` holds the current flows by content hash, each with its name and text; `report`
    the lines that the clinic should read, none of which keeps it from working."""

    world: World
    wording: Wording
    screen: Screen
    versions: Mapping[str, tuple[str, str]]
    report: tuple[str, ...] = ()
    lowered: tuple[Lowered, ...] = ()

    @property
    def gaps(self) -> str:
        """Why no new client may be invited, "" for a pack in order."""
        return self.world.gaps

    def say(
        self,
        text: str,
        subject: Subject,
        at: datetime,
        values: Mapping[str, Any] = NOTHING,
        source: str = "",
        locale: str = "",
    ) -> str:
        """A text to a client, or to a chat that is nobody's yet, at that moment (UTC): in the subject's language, or in
        `locale`. A crisis text comes out even where a value of it does not; that is logged as an error."""
        client = subject.client
        known = standard_values(subject, self.world, at, values)
        spoken = locale or (client.locale if client else self.world.languages[0])
        worded = self.wording.say(text, spoken, known, source=source, zone=known["zone"])
        for name in worded.missing:
            log.error("value_missing", flow=text, state=name)
        return worded.text

    def desk_words(self, text: str, values: Mapping[str, Any] = NOTHING) -> str:
        """A text to the clinic's staff, in their language and the clinic's zone."""
        return self.wording.say(text, self.world.languages[0], values, zone=self.world.clinic.zone).text


def build(
    catalogue: Catalogue, pack_files: PackFiles, pinned: Mapping[str, str], *, allow_drafts: bool = False
) -> Pack:
    """The pack of these files (path to text) over what is shipped. `pinned` maps content hashes to texts of flows that
    somebody may still be in; `allow_drafts` offers unreviewed languages, for the demo. Raises DefinitionError."""
    found = Gathering()
    clinic = found.read(read_clinic, pack_files.get("clinic.yaml", ""), "clinic.yaml")
    own = flows_of(dict(files_in(pack_files, "flows")), found)
    instruments = found.read(read_instruments, catalogue.instruments) or {}
    asked = questionnaires(instruments)
    shipped = flows_of({**catalogue.flows, **asked}, found)
    lookup = _lookup(catalogue, pack_files, own, shipped, found)
    if own:
        lint_own(own, shipped, lookup.base.texts, found)
    regions = regions_of(catalogue.regions, found) | regions_of(dict(files_in(pack_files, "regions")), found)
    rules = {name: text for name, text in pack_files.items() if name == "risk.yaml"}
    screen = screen_of({**catalogue.risk, **rules}, catalogue.nets, found)
    for name in clinic.measures if clinic else ():
        if name not in instruments:
            found.wrong("clinic.yaml", f"measures: there is no questionnaire {name}", f"use {', '.join(instruments)}")
    for flow in own.values():
        for name, state in flow.file.states.items():
            if state.do == "score" and (asked_for := state.args.get("instrument", "")) not in instruments:
                what = f"there is no questionnaire '{asked_for}'"
                found.problems.append(
                    flow.problem(what, f"use one of {', '.join(instruments)}", "states", name, "with")
                )
    lowered = lowered_of(catalogue.risk, rules, clinic, found)
    found.check()
    assert clinic is not None
    assert screen is not None
    book = shelf({**shipped, **own}.values(), pinned)
    wording = Wording(Lookup(lookup.clinic, lookup.base, book.texts, clinic.region))
    offered = offer(clinic, wording.lookup, allow_drafts=allow_drafts)
    well = found.read(passing, catalogue.figures) or frozenset()
    world = _world(clinic, regions, offered, book=book, words=wording, screened=well, instruments=instruments)
    texts = {**catalogue.flows, **asked, **pack_files}
    versions = {flow.version: (flow.name, texts[flow.path]) for flow in book.flows.values()}
    return Pack(world, wording, screen, versions, (*offered.left_out, *map(str, wording.report())), lowered)


def _lookup(
    catalogue: Catalogue, files: PackFiles, own: Mapping[str, Flow], shipped: Mapping[str, Flow], found: Gathering
) -> Lookup:
    """Both layers of words. A flow of the clinic takes the place of the shipped one of the same name, words and all."""
    kept = [flow for name, flow in shipped.items() if name not in own]
    translated = {name: text for name, text in files.items() if language_of_file(name)}
    return Lookup(
        words_of(texts_of(own.values(), {}, found), translated, found),
        words_of(texts_of(kept, catalogue.phrases, found), catalogue.translations, found),
    )


def _world(clinic: Clinic, regions: Mapping[str, Region], offered: Offer, **parts: Any) -> World:
    languages = offered.languages or (SOURCE,)
    return World(
        clinic,
        zones=zones(languages),
        countries=countries(languages),
        crisis_regions=frozenset(regions),
        regions=regions,
        languages=languages,
        gaps="; ".join(gaps_of(clinic, regions, offered.languages)),
        **parts,
    )
