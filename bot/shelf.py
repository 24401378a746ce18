"""The packs in use, by clinic: what the folders say if they are in order, else the last good pack from the database.

A mistake in one clinic's pack blocks only that clinic's new invitations; its clients always get replies and alerts.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import logs
from bot.errors import BotError
from bot.pack_files import PackFiles, read_pack
from bot.packs import Catalogue, Pack, build
from flows.clinic import read_clinic
from flows.errors import DefinitionError
from flows.escalation import Away
from flows.risk_adjust import Lowered
from storage import audit, versions
from storage.store import Store

log = logs.get(__name__)

RISK = "risk.yaml"


@dataclass(slots=True)
class Shelf:
    """Packs by slug. Calling it gives a clinic's pack, whatever state its folder is in."""

    catalogue: Catalogue
    packs: dict[str, Pack] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)  # slug or folder -> what is wrong, for people

    def __call__(self, clinic: str) -> Pack:
        """The pack. Raises BotError for a clinic that never had a good one."""
        pack = self.packs.get(clinic)
        if pack is None:
            raise BotError(f"no pack of the clinic '{clinic}' is known; put its folder into RAPPORT_CLINICS")
        return pack

    def look(self, clinic: str, away: Away) -> None:
        """What Slack says of the clinic's staff now."""
        pack = self(clinic)
        self.packs[clinic] = replace(pack, world=replace(pack.world, away=away))

    @property
    def blocked(self) -> tuple[str, ...]:
        """Folders whose pack was never in order: nobody can be served there."""
        return tuple(name for name in self.mistakes if name not in self.packs)

    def gaps(self, clinic: str) -> str:
        """Why no new client may be invited to this clinic, "" where nothing is in the way."""
        return self.mistakes.get(clinic, "") or self(clinic).world.gaps


def stock(store: Store, catalogue: Catalogue, folder: Path, now: datetime, *, drafts: bool = False) -> Shelf:
    """Put every clinic's pack on the shelf: new and good ones are stored, for a broken one the last good is taken."""
    shelf = Shelf(catalogue)
    with store.database.transaction() as connection:
        good = versions.last_good(connection)
    for name, files in _folders(folder, shelf):
        try:
            pack = _build(store, catalogue, files, drafts)
        except DefinitionError as error:
            shelf.mistakes[name] = str(error)
            log.error("pack_refused", clinic=name if name.isidentifier() else "unnamed", count=len(error.problems))
        else:
            _keep(store, pack, files, good.get(pack.world.clinic.clinic, {}), now)
            shelf.packs[pack.world.clinic.clinic] = pack
    for clinic, files in good.items():
        if clinic not in shelf.packs:
            shelf.packs[clinic] = _build(store, catalogue, files, drafts)
            shelf.mistakes.setdefault(clinic, "its folder is gone or broken; the last good pack is in use")
            log.warning("last_good_pack_used", clinic=clinic)
    return shelf


def inspect(catalogue: Catalogue, folder: Path) -> Shelf:
    """What the folders say by themselves, for `rapport check`: nothing is stored, no last good pack is looked for."""
    shelf = Shelf(catalogue)
    for name, files in _folders(folder, shelf):
        try:
            pack = build(catalogue, files, {})
        except DefinitionError as error:
            shelf.mistakes[name] = str(error)
        else:
            shelf.packs[pack.world.clinic.clinic] = pack
    return shelf


def _folders(folder: Path, shelf: Shelf) -> Iterator[tuple[str, PackFiles]]:
    if not folder.is_dir():
        raise BotError(f"RAPPORT_CLINICS: {folder} is no folder; `rapport clinic new` writes a first pack")
    for each in sorted(folder.iterdir()):
        if each.is_dir() and not each.name.startswith("."):
            try:
                yield each.name, read_pack(each)
            except DefinitionError as error:
                shelf.mistakes[each.name] = str(error)
                log.error("pack_refused", clinic="unnamed", count=len(error.problems))


def _build(store: Store, catalogue: Catalogue, files: Mapping[str, str], drafts: bool) -> Pack:
    clinic = read_clinic(files["clinic.yaml"], "clinic.yaml").clinic
    with store.database.transaction() as connection:
        pinned = versions.flows_of(connection, clinic)
    return build(catalogue, files, pinned, allow_drafts=drafts)


def _keep(store: Store, pack: Pack, files: PackFiles, before: Mapping[str, str], now: datetime) -> None:
    clinic = pack.world.clinic.clinic
    with store.database.transaction() as connection:
        versions.keep_pack(connection, clinic, files, now)
        versions.keep_flows(connection, clinic, pack.versions, now)
        if files.get(RISK) != before.get(RISK):
            audit.write(connection, [_lowered(store, clinic, each, now) for each in pack.lowered])


def _lowered(store: Store, clinic: str, rule: Lowered, now: datetime) -> dict[str, Any]:
    """That two people lowered what a shipped rule does, as the audit keeps it."""
    detail = {"rule": rule.rule, "was": rule.was, "tier": rule.tier, "second": rule.second, "why": rule.why}
    return {
        "clinic_id": clinic, "id": store.ids.new(), "at": now, "subject": f"clinic:{clinic}",
        "action": "risk_rule_lowered", "by": rule.by, "detail": json.dumps(detail),
    }  # fmt: skip
