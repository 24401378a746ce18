"""`rapport client invite`: a link that lets one client join, once."""

import asyncio
import os

import click

from bot.app import App, build
from bot.channels.telegram import bot_name
from bot.errors import BotError
from bot.invite import invite as make
from bot.plan import plan
from bot.settings import Settings


@click.command()
@click.option("--clinic", required=True, help="The clinic's slug.")
@click.option("--clinician", required=True, help="The slug of the clinician who is alerted.")
@click.option("--name", required=True, help="What the client likes to be called.")
@click.option("--language", default="", help="The language to begin in; the clinic's first unless told.")
def invite(clinic: str, clinician: str, name: str, language: str) -> None:
    """Print a link that lets one client join, once. It works for seven days."""
    app = build(Settings.read(os.environ))
    bot = _bot(app, clinic)
    invited = make(app, clinic, clinician, name, language)
    click.echo(f"https://t.me/{bot}?start={invited.token}")
    click.echo(f"Works once, until {invited.expires_at:%Y-%m-%d %H:%M} UTC. Send it to the client only.", err=True)


def _bot(app: App, clinic: str) -> str:
    token = plan(app.settings, tuple(app.shelf.packs)).telegram.get(clinic)
    if not token:
        raise BotError(f"{clinic} has no Telegram bot; set RAPPORT_TELEGRAM_TOKEN__{clinic.upper()}")
    return asyncio.run(bot_name(token, app.settings.telegram_api))
