"""`rapport check`: everything that is wrong, at once, without starting anything."""

import os
import sys
from collections.abc import Iterator, Mapping

import click

from bot import settings
from bot.app import App, build
from bot.errors import BotError
from bot.plan import mistakes as plan_mistakes
from flows.errors import FlowsError
from storage.errors import StorageError

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
    yield from ((WRONG, line) for line in wrong)
    if wrong:
        return
    try:
        app = build(settings.Settings.read(environment))
    except (BotError, FlowsError, StorageError) as error:
        yield WRONG, str(error)
        return
    yield from ((WRONG, line) for line in _of_packs(app))
    yield from ((NOTE, f"{clinic}: {line}") for clinic, pack in app.shelf.packs.items() for line in pack.report)
    app.store.database.close()


def _of_packs(app: App) -> Iterator[str]:
    for name, mistake in app.shelf.mistakes.items():
        yield from (f"{name}: {line}" for line in mistake.splitlines())
    for clinic in app.shelf.packs:
        if gaps := app.shelf(clinic).world.gaps:
            yield f"{clinic}: {gaps}"
    yield from plan_mistakes(app.settings, tuple(app.shelf.packs))
