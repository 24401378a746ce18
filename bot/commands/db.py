"""`rapport db migrate`: PostgreSQL's schema changes only when somebody says so."""

import os

import click

from bot.settings import Settings
from storage.database import Database
from storage.schema import migrate as bring_up
from storage.schema import pending


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema.

    Make a backup first: there is no way back. Stop `rapport run` where the release notes say so.
    """
    database = Database(Settings.read(os.environ).database_url)
    try:
        steps = pending(database)
        bring_up(database)
    finally:
        database.close()
    for step in steps:
        click.echo(f"done: {step}")
    click.echo("The database is up to date.")
