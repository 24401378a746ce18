"""`rapport run`: the product, on real input."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click

from bot import logs
from bot.app import App, build
from bot.errors import BotError
from bot.plan import mistakes
from bot.settings import Settings
from bot.web.serve import serve


@click.command()
def run() -> None:
    """Run the bot for the clinics in RAPPORT_CLINICS."""
    settings = Settings.read(os.environ)
    logs.configure(settings.log_level, lenient=True)
    app = build(settings)
    for mistake in mistakes(settings, tuple(app.shelf.packs), app.shelf.blocked):
        raise BotError(mistake)
    with ExitStack() as stack:
        stack.enter_context(only_process(app))
        asyncio.run(serve(app, lambda port: click.echo(f"Rapport runs; http://{settings.host}:{port}/ready", err=True)))


@contextmanager
def only_process(app: App) -> Iterator[None]:
    """Hold the lock beside the SQLite file: one `run` process writes it. PostgreSQL needs none."""
    file = app.store.database.file
    if file is None:
        yield
        return
    with file.with_name(file.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BotError(f"another `rapport run` uses {file.name}; stop it, or use PostgreSQL for several") from None
        yield
