"""Clients: who they are to the clinic. Name, phone, what is kept and what is planned are sealed together."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from flows.conversation import Client
from storage.cipher import Cipher, Opener
from storage.dialect import insert, rewrite
from storage.tables import clients, conversations

SEALED = ("name", "phone", "emergency_contact", "age", "kept", "plans")
PLAIN = ("clinician", "status", "locale", "zone", "country", "reachable", "paused_until", "interpreter")


READ = tuple(clients.c[name] for name in ("clinic_id", "id", "chat_id", "counters", "profile_sealed", *PLAIN))


def _place(clinic: str, client: str) -> str:
    return f"{clinic}|clients|profile|{client}"


def read(cipher: Opener, row: Sequence[Any]) -> Client:
    """The client of a row of READ; one whose profile stays closed has no name."""
    clinic, client, chat, counters, sealed, *plain = row
    known = {"name": "", **dict(zip(PLAIN, plain, strict=True)), **cipher.open(_place(clinic, client), sealed)}
    return Client(id=client, chat=chat, counters=json.loads(counters), **known)


def _row(cipher: Cipher, clinic: str, client: Client) -> dict[str, Any]:
    return {
        **{name: getattr(client, name) for name in PLAIN},
        "chat_id": client.chat,
        "counters": json.dumps(dict(client.counters), sort_keys=True),
        "profile_sealed": cipher.seal(_place(clinic, client.id), {name: getattr(client, name) for name in SEALED}),
    }


def add(connection: Connection, cipher: Cipher, clinic: str, client: Client, at: datetime) -> None:
    """A new client, with the empty conversation that its turns lock."""
    row = {"clinic_id": clinic, "id": client.id, "created_at": at, **_row(cipher, clinic, client)}
    insert(connection, clients, [row])
    insert(connection, conversations, [{
        "clinic_id": clinic, "subject": f"client:{client.id}", "client_id": client.id, "version": 0, "changed_at": at,
    }])  # fmt: skip


def save(connection: Connection, cipher: Cipher, changed: Sequence[tuple[str, Client]]) -> None:
    """Write clients back."""
    rows = [((clinic, client.id), _row(cipher, clinic, client)) for clinic, client in changed]
    rewrite(connection, clients, ("clinic_id", "id"), rows)


def all_of(connection: Connection, cipher: Cipher, clinic: str) -> list[Client]:
    """Every client of a clinic, in the order in which they were invited."""
    found = select(*READ).where(clients.c.clinic_id == clinic).order_by(clients.c.created_at, clients.c.id)
    return [read(cipher, row) for row in connection.execute(found).all()]


def get(connection: Connection, cipher: Cipher, clinic: str, client: str) -> Client | None:
    """One client, None where there is none."""
    found = select(*READ).where(clients.c.clinic_id == clinic, clients.c.id == client)
    row = connection.execute(found).first()
    return read(cipher, row) if row else None
