"""`rapport client invite`, `list` and `admit`: who may join, who is there, who was let in."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot.admission import admit as let_in
from bot.app import App, build
from bot.channels.base import SendError
from bot.channels.telegram import bot_name
from bot.errors import BotError
from bot.invite import invite as make
from bot.plan import plan
from bot.roster import Listed, roster
from bot.settings import Settings


@click.command()
@click.option("--clinic", required=True, help="The clinic's slug.")
@click.option("--clinician", required=True, help="The slug of the clinician who is alerted.")
@click.option("--name", required=True, help="What the client likes to be called.")
@click.option("--language", default="", help="The language to begin in; the clinic's first unless told.")
def invite(clinic: str, clinician: str, name: str, language: str) -> None:
    """Print a link that lets one client join, once. It works for seven days."""
    with opened() as app:
        bot = _bot(app, clinic)
        invited = make(app, clinic, clinician, name, language)
    click.echo(f"https://t.me/{bot}?start={invited.token}")
    click.echo(f"Works once, until {invited.expires_at:%Y-%m-%d %H:%M} UTC. Send it to the client only.", err=True)


@click.command("list")
@click.option("--clinic", required=True, help="The clinic's slug.")
@click.option("--names", is_flag=True, help="Full names too. That somebody looked is written down.")
def list_clients(clinic: str, names: bool) -> None:
    """List a clinic's clients: initials, status, id. Full names only with --names."""
    with opened() as app:
        for client in roster(app, clinic, names=names):
            click.echo(_line(client))


def _line(client: Listed) -> str:
    return "  ".join(filter(None, (f"{client.alias:<7}", f"{client.status:<8}", client.id, client.name)))


@click.command()
@click.option("--clinic", required=True, help="The clinic's slug.")
@click.option("--by", default="", help="The slug of the clinician who decided it, for the record.")
@click.argument("client")
def admit(clinic: str, by: str, client: str) -> None:
    """Let in a client who was held at joining, such as a minor, after a person has talked with them.

    CLIENT is the id that `rapport client list` shows. The client is told by `rapport run`, at once where it runs.
    """
    with opened() as app:
        let_in(app, clinic, client, by)
    click.echo(f"{client} is let in; `rapport run` tells them.", err=True)


@contextmanager
def opened() -> Iterator[App]:
    """The app that the environment describes, without anything running."""
    app = build(Settings.read(os.environ))
    try:
        yield app
    finally:
        app.store.database.close()


def _bot(app: App, clinic: str) -> str:
    token = plan(app.settings, tuple(app.shelf.packs), app.shelf.blocked).telegram.get(clinic)
    if not token:
        raise BotError(f"{clinic} has no Telegram bot; set RAPPORT_TELEGRAM_TOKEN__{clinic.upper()}")
    try:
        return asyncio.run(bot_name(token, app.settings.telegram_api))
    except SendError as error:
        repair = "check the token with BotFather" if error.code == "token" else "try again when Telegram can be reached"
        raise BotError(f"Telegram does not say what {clinic}'s bot is called ({error.code}); {repair}") from error
