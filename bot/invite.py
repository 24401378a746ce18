"""Inviting a client: a row, and a single-use link that expires."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import App
from bot.errors import BotError
from flows.conversation import Client
from storage import clients, invitations
from storage.ids import new_client_id

LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invited:
    """What the invitation made: the client's id, the secret token of the link, and when it stops working (UTC)."""

    client: str
    token: str
    expires_at: datetime


def invite(app: App, clinic: str, clinician: str, name: str, locale: str = "") -> Invited:
    """Invite somebody. Raises BotError where the clinic has a gap, or the clinician cannot be alerted."""
    pack = app.shelf(clinic)
    if gaps := app.shelf.gaps(clinic):
        raise BotError(f"nobody can be invited to {clinic} yet: {gaps}")
    person = pack.world.clinic.person(clinician)
    if person is None or person.role == "front_desk" or not person.active:
        known = ", ".join(slug for slug, who in pack.world.clinic.clinicians.items() if who.role != "front_desk")
        raise BotError(f"'{clinician}' is no clinician of {clinic}; known are {known}")
    if not name.strip():
        raise BotError("a client needs a name: what they like to be called")
    languages = pack.world.languages
    if locale and locale not in languages:
        raise BotError(f"{clinic} does not offer '{locale}'; it offers {', '.join(languages)}")
    client = Client(new_client_id(), name.strip(), clinician, locale=locale or languages[0])
    return _store(app, clinic, client)


def _store(app: App, clinic: str, client: Client) -> Invited:
    now, token = app.clock.now(), secrets.token_urlsafe(24)
    with app.store.database.transaction() as connection:
        clients.add(connection, app.store.cipher, clinic, client, now)
        invitations.add(connection, app.store.cipher, clinic, client.id, token, now, now + LASTS)
    return Invited(client.id, token, now + LASTS)
