"""Invitations: single use, expiring. Only the token's keyed hash is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.cipher import Cipher
from storage.dialect import given, insert, keys
from storage.tables import invitations


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was handed out. Times are UTC."""

    client: str
    expires_at: datetime
    used: bool

    def good(self, at: datetime) -> bool:
        """Whether opening it now still counts."""
        return not self.used and at < self.expires_at


def _hashes(cipher: Cipher, clinic: str, token: str) -> list[str]:
    return cipher.hashes(f"{clinic}|invitations", token)


def add(
    connection: Connection, cipher: Cipher, clinic: str, client: str, token: str, at: datetime, expires: datetime
) -> None:
    """Store a new invitation."""
    insert(connection, invitations, [{
        "clinic_id": clinic, "token_hash": _hashes(cipher, clinic, token)[0], "client_id": client, "created_at": at,
        "expires_at": expires,
    }])  # fmt: skip


def find(
    connection: Connection, cipher: Cipher, tokens: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Invitation]:
    """The invitations of these (clinic, token)."""
    wanted = {(c, digest): (c, token) for c, token in tokens for digest in _hashes(cipher, c, token)}
    if not wanted:
        return {}
    dialect = connection.dialect.name
    table, match = keys(dialect, (invitations.c.clinic_id, invitations.c.token_hash))
    rows = connection.execute(select(invitations).join_from(table, invitations, match), given(dialect, list(wanted)))
    return {
        wanted[row.clinic_id, row.token_hash]: Invitation(row.client_id, row.expires_at, row.used_at is not None)
        for row in rows
    }


def redeem(connection: Connection, clinic: str, client: str, at: datetime) -> None:
    """The client's invitations are used up."""
    connection.execute(
        update(invitations)
        .where(invitations.c.clinic_id == clinic, invitations.c.client_id == client, invitations.c.used_at.is_(None))
        .values(used_at=at)
    )
