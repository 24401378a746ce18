"""The demo's folder: its database, its key, and which phone is on the page. Nothing of it is anybody's real data."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

from bot.app import EXAMPLES
from bot.catalogue import read_catalogue
from bot.errors import BotError
from bot.languages import SOURCE
from bot.settings import Settings
from storage.cipher import new_key

CLINIC = "riverside"
DATABASE, KEY, PHONE, CLINICS = "rapport.sqlite", "key", "phone.json", "clinics"
FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", KEY, PHONE)


@dataclass(frozen=True, slots=True)
class Saved:
    """Whose phone is on the page: its address, the token of its invitation, the language of the app on it.

    `ahead` says how many seconds the clock was pushed: what was planned on it would else lie in the future again.
    """

    address: str
    token: str
    language: str
    ahead: float = 0.0


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that the demo owns. Made where it is missing."""

    folder: Path

    def start_afresh(self) -> None:
        """Forget an earlier run. Other files in the folder are left alone."""
        for name in FILES:
            (self.folder / name).unlink(missing_ok=True)

    def settings(self) -> Settings:
        """A database file, a key and a pack of the demo's own; the environment is not looked at. Raises BotError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            key, clinics = self._key(), self._pack()
        except OSError as error:
            raise BotError(f"the demo cannot write to {self.folder} ({error.strerror}); start it elsewhere") from error
        return Settings(clinics, (key,), database_url=f"sqlite:///{(self.folder / DATABASE).resolve()}")

    def load(self) -> Saved | None:
        """The phone of the last run, None for a first one."""
        file = self.folder / PHONE
        if not file.exists():
            return None
        try:
            saved: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
            return Saved(saved["address"], saved["token"], saved["language"], float(saved["ahead"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BotError(f"{file} is damaged; start over with: rapport demo --fresh") from error

    def save(self, saved: Saved) -> None:
        """Remember the phone for the next run."""
        (self.folder / PHONE).write_text(json.dumps(asdict(saved)), "utf-8")

    def _pack(self) -> Path:
        """The example's pack, which offers every language that anybody has begun to translate into. Written anew."""
        clinics = self.folder / CLINICS
        copytree(EXAMPLES / CLINIC, clinics / CLINIC, dirs_exist_ok=True)
        file = clinics / CLINIC / "clinic.yaml"
        begun = sorted({path.split("/")[1] for path in read_catalogue().translations} - {SOURCE})
        offered = f"languages: [{', '.join([SOURCE, *begun])}]"
        file.write_text(re.sub(r"^languages: \[.*?\]", offered, file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
        return clinics

    def _key(self) -> str:
        file = self.folder / KEY
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(new_key(), "utf-8")
        return file.read_text("utf-8").strip()
