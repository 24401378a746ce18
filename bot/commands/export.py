"""`rapport export fhir`: a client's record in a form that other systems read."""

import json

import click

from bot.app import App
from bot.commands.client import opened
from bot.errors import BotError
from bot.fhir import Consented, Resource, Sent, bundle
from storage import answers, audit, clients, measures, outbox


@click.command("fhir")
@click.option("--clinic", required=True, help="The clinic's slug.")
@click.option("--client", required=True, help="The id that `rapport client list` shows.")
@click.option("--by", default="operator", help="The short name of whoever asked for it, for the record.")
def fhir(clinic: str, client: str, by: str) -> None:
    """Print a client's record as a FHIR R4 bundle. It holds what they told: keep it as you keep the record itself."""
    with opened() as app:
        made = _bundle(app, clinic, client, by)
    click.echo(json.dumps(made, indent=2, ensure_ascii=False))


def _bundle(app: App, clinic: str, client: str, by: str) -> Resource:
    """The bundle; that somebody took it is written down before it is handed out."""
    world, now, subject = app.shelf(clinic).world, app.clock.now(), f"client:{client}"
    cipher = app.store.cipher
    with app.store.database.transaction() as connection:
        person = clients.get(connection, cipher, clinic, client)
        if person is None:
            raise BotError(f"{clinic} has no client {client}; see `rapport client list --clinic {clinic}`")
        said = [Consented(*each) for each in answers.consents_of(connection, clinic, subject)]
        filled = measures.of(connection, cipher, clinic, subject)
        sent = [Sent(*each) for each in outbox.delivered_to(connection, clinic, subject)]
        audit.write(connection, [{
            "clinic_id": clinic, "id": app.store.ids.new(), "at": now, "subject": subject, "action": "exported_fhir",
            "by": by, "detail": "{}",
        }])  # fmt: skip
    return bundle(person, filled, world.instruments, said, sent, now)
