"""`rapport chat`: the demo's conversation in this terminal."""

import asyncio
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from bot import logs
from bot.app import build
from bot.clock import PushedClock
from bot.settings import Settings
from bot.web.chat import chat as talk
from storage.cipher import new_key


@click.command()
@click.option("--clinic", default="riverside", show_default=True, help="The clinic's slug; the example, or yours.")
def chat(clinic: str) -> None:
    """Talk to the bot as a client would, in this terminal; it can be fed from a file, too.

    The clinic's pack is looked for in RAPPORT_CLINICS, else among the examples. Nothing is sent, nothing is kept.
    """
    logs.configure("WARNING")
    folder, clock = os.environ.get("RAPPORT_CLINICS"), PushedClock()
    with TemporaryDirectory(prefix="rapport-chat-") as place:
        database = f"sqlite:///{Path(place) / 'rapport.sqlite'}"
        settings = Settings(Path(folder) if folder else None, (new_key(),), database)
        app = build(settings, clock, drafts=True)
        asyncio.run(talk(app, clock, clinic, sys.stdin, click.echo, _prompt if sys.stdin.isatty() else _repeat))
        app.store.database.close()


def _prompt(line: str) -> None:
    """Where lines are typed: they stand there already."""
    if not line:
        click.echo("> ", nl=False)


def _repeat(line: str) -> None:
    """Where lines are piped in: they are shown as if they had been typed."""
    if line:
        click.echo(f"> {line}")
