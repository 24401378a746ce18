"""`rapport check`: everything that is wrong, at once, without starting anything."""

import os
import sys
from collections.abc import Iterator, Mapping

import click

from bot import settings
from bot.app import EXAMPLES, OUTDATED
from bot.catalogue import read_catalogue
from bot.errors import BotError
from bot.plan import mistakes as plan_mistakes
from bot.plan import unserved
from bot.shelf import Shelf, inspect
from storage import keys
from storage.cipher import Cipher
from storage.database import Database
from storage.errors import StorageError
from storage.schema import is_current

WRONG, NOTE = "✗", "·"


@click.command()
def check() -> None:
    """Say everything that is wrong with the settings, the packs and the database; start nothing.

    A line with ✗ keeps `rapport run` or an invitation back; one with · is worth knowing.
    """
    found = list(findings(os.environ))
    for mark, line in found:
        click.echo(f"{mark} {line}")
    if any(mark == WRONG for mark, _line in found):
        sys.exit(2)
    click.echo("Everything is in order; `rapport run` can start.")


def findings(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A mark and a line for each mistake (a pack's own: one for each file and line), then for what is worth knowing."""
    wrong = list(settings.mistakes(environment))
    named = {line.split()[0] for line in wrong}  # each begins with the setting that it is about
    usable = settings.Settings.read({name: value for name, value in environment.items() if name not in named})
    shelf = Shelf(read_catalogue())
    try:
        shelf = inspect(shelf.catalogue, usable.clinics or EXAMPLES)
    except BotError as error:
        wrong.append(str(error))
    yield from ((WRONG, line) for line in (*wrong, *_of_memory(usable), *_of_packs(shelf)))
    yield from ((WRONG, line) for line in plan_mistakes(usable, tuple(shelf.packs), shelf.blocked))
    for clinic, pack in shelf.packs.items():
        notes = (*pack.report, *unserved(usable, pack.world.clinic))
        yield from ((NOTE, f"{clinic}: {line}") for line in notes)


def _of_memory(usable: settings.Settings) -> Iterator[str]:
    """The keys and the database, which is only looked at."""
    cipher = None
    try:
        cipher = Cipher(usable.keys)
    except StorageError as error:
        yield str(error)
    try:
        database = Database(usable.database_url)
    except StorageError as error:
        yield str(error)
        return
    try:
        yield from _of_database(database, cipher)
    except StorageError as error:
        yield str(error)
    finally:
        database.close()


def _of_database(database: Database, cipher: Cipher | None) -> Iterator[str]:
    if database.file and not database.file.exists():  # `rapport run` makes it
        if not database.file.absolute().parent.is_dir():
            yield f"RAPPORT_DATABASE_URL: there is no folder {database.file.parent}; make it"
    elif not is_current(database):
        if not database.is_sqlite:
            yield OUTDATED
    elif cipher:
        with database.transaction() as connection:
            lacking = keys.unreadable(connection, cipher)
        if lacking:
            yield lacking


def _of_packs(shelf: Shelf) -> Iterator[str]:
    for name, mistake in shelf.mistakes.items():
        yield from (f"{name}: {line}" for line in mistake.splitlines())
    for clinic, pack in shelf.packs.items():
        if pack.gaps:
            yield f"{clinic}: {pack.gaps}"
