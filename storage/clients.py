"""Clients: who they are to the clinic. Name, phone, emergency contact and age are sealed together."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from flows.conversation import Client
from storage.cipher import Cipher
from storage.dialect import insert
from storage.tables import clients, conversations

SEALED = ("name", "phone", "emergency_contact", "age")
PLAIN = ("clinician", "status", "locale", "zone", "country", "reachable", "paused_until", "interpreter")


def _place(clinic: str, client: str) -> str:
    return f"{clinic}|clients|profile|{client}"


def read(cipher: Cipher, row: Mapping[Any, Any], prefix: str = "") -> Client:
    """The client of a row."""
    clinic, client = row[f"{prefix}clinic_id"], row[f"{prefix}id"]
    profile = cipher.open(_place(clinic, client), row[f"{prefix}profile_sealed"])
    return Client(
        id=client,
        chat=row[f"{prefix}chat_id"],
        counters=json.loads(row[f"{prefix}counters"]),
        **{name: row[prefix + name] for name in PLAIN},
        **profile,
    )


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
    if not changed:
        return
    rows = [
        {"b_clinic": clinic, "b_id": client.id} | {f"b_{k}": v for k, v in _row(cipher, clinic, client).items()}
        for clinic, client in changed
    ]
    names = [name.removeprefix("b_") for name in rows[0] if name not in ("b_clinic", "b_id")]
    statement = (
        update(clients)
        .where(clients.c.clinic_id == bindparam("b_clinic"), clients.c.id == bindparam("b_id"))
        .values({name: bindparam(f"b_{name}") for name in names})
    )
    connection.execute(statement, rows)


def get(connection: Connection, cipher: Cipher, clinic: str, client: str) -> Client | None:
    """One client, None where there is none."""
    found = select(clients).where(clients.c.clinic_id == clinic, clients.c.id == client)
    row = connection.execute(found).mappings().first()
    return read(cipher, row) if row else None
