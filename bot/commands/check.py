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


@click.command()
def check() -> None:
    """Say everything that is wrong with the settings, the packs and the database; start nothing."""
    found = list(problems(os.environ))
    for line in found:
        click.echo(f"✗ {line}")
    if found:
        sys.exit(2)
    click.echo("Everything is in order; `rapport run` can start.")


def problems(environment: Mapping[str, str]) -> Iterator[str]:
    """Each mistake in a line (a pack's own: one for each file and line)."""
    wrong = list(settings.mistakes(environment))
    yield from wrong
    if wrong:
        return
    try:
        app = build(settings.Settings.read(environment))
    except (BotError, FlowsError, StorageError) as error:
        yield str(error)
        return
    yield from _of_packs(app)
    app.store.database.close()


def _of_packs(app: App) -> Iterator[str]:
    for name, mistake in app.shelf.mistakes.items():
        yield from (f"{name}: {line}" for line in mistake.splitlines())
    for clinic in app.shelf.packs:
        if gaps := app.shelf(clinic).world.gaps:
            yield f"{clinic}: {gaps}"
    yield from plan_mistakes(app.settings, tuple(app.shelf.packs))
