"""build(): the only wiring. Settings in; a store, packs, channels and a worker out. Nothing runs yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import locales
from bot.channels.base import Channel
from bot.clock import Clock, SystemClock
from bot.errors import BotError
from bot.pace import Pace
from bot.packs import read_catalogue
from bot.settings import Settings
from bot.shelf import Shelf, stock
from bot.worker import POLL, Worker
from storage import keys
from storage.cipher import Cipher
from storage.database import Database
from storage.ids import Ids
from storage.schema import is_current, migrate
from storage.store import Store

EXAMPLES = Path(locales.__file__).parent / "clinics"
OUTDATED = "the database's tables are not up to date; run `rapport db migrate`"


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command needs."""

    settings: Settings
    clock: Clock
    store: Store
    shelf: Shelf


def build(settings: Settings, clock: Clock | None = None, *, drafts: bool = False) -> App:
    """Open the memory and read the packs. Raises BotError or StorageError with one clear line."""
    clock = clock or SystemClock()
    store = open_store(settings)
    with store.database.transaction() as connection:
        lacking = keys.unreadable(connection, store.cipher)
    if lacking:
        store.database.close()
        raise BotError(lacking)
    folder = settings.clinics or EXAMPLES
    return App(settings, clock, store, stock(store, read_catalogue(), folder, clock.now(), drafts=drafts))


def open_store(settings: Settings) -> Store:
    """The database with its schema in place, and the cipher."""
    if not settings.keys:
        raise BotError(
            "RAPPORT_KEYS is not set; `rapport key` makes a key, keep it safe: without it nothing can be read"
        )
    cipher = Cipher(settings.keys)
    database = Database(settings.database_url)
    if database.is_sqlite:
        migrate(database)
    elif not is_current(database):
        raise BotError(OUTDATED)
    return Store(database, cipher, Ids())


def employ(
    app: App,
    channels: Mapping[str, Channel],
    pace: Pace | None = None,
    poll: float = POLL,
    ticks: Callable[[], float] = monotonic,
) -> Worker:
    """A worker over the app's store; `ticks` is the clock that its alarm goes by. Call it inside the event loop."""
    return Worker(app.store, app.shelf, channels, app.clock, pace or Pace(monotonic), poll, ticks)
