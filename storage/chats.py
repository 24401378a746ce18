"""Chats: where somebody can be reached. Found by a keyed hash of the address, which itself is sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select, update

from storage import inbox, outbox
from storage.cipher import Cipher
from storage.dialect import given, insert_new, keys
from storage.ids import Ids
from storage.tables import STRANGER, chats, clinics, conversations
from storage.tables import inbox as inbox_table
from storage.tables import outbox as outbox_table

UNIQUE = (chats.c.clinic_id, chats.c.channel, chats.c.bot, chats.c.address_hash)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a platform reaches somebody."""

    clinic: str
    channel: str
    bot: str
    address: str


@dataclass(frozen=True, slots=True)
class Chat:
    """A known chat. `client` is "" for one that belongs to nobody we know."""

    id: int
    client: str

    @property
    def subject(self) -> str:
        """Whose conversation it is."""
        return f"client:{self.client}" if self.client else f"chat:{self.id}"


def hash_of(cipher: Cipher, a: Address) -> str:
    """The hash that an address is stored under."""
    return cipher.hash(f"{a.clinic}|chats|{a.channel}|{a.bot}", a.address)


def find(connection: Connection, cipher: Cipher, addresses: Sequence[Address]) -> dict[Address, Chat]:
    """The chats of these addresses, whichever of the keys they were stored with.

    Until the transaction ends nobody can link or forget them (PostgreSQL): what is stored for them now must be theirs.
    """
    if not addresses:
        return {}
    wanted = {
        (a.clinic, a.channel, a.bot, digest): a
        for a in addresses
        for digest in cipher.hashes(f"{a.clinic}|chats|{a.channel}|{a.bot}", a.address)
    }
    dialect = connection.dialect.name
    table, match = keys(dialect, UNIQUE)
    found = select(*UNIQUE, chats.c.id, chats.c.client_id).join_from(table, chats, match)
    rows = connection.execute(found.with_for_update(read=True, of=chats), given(dialect, list(wanted)))
    return {wanted[row.clinic_id, row.channel, row.bot, row.address_hash]: Chat(row.id, row.client_id) for row in rows}


def find_or_add(
    connection: Connection, cipher: Cipher, ids: Ids, addresses: Sequence[Address], at: datetime
) -> Mapping[Address, Chat]:
    """The chats of these addresses; one that is new is stored."""
    if not addresses:
        return {}
    known = find(connection, cipher, addresses)
    fresh = [a for a in dict.fromkeys(addresses) if a not in known]
    if not fresh:
        return known
    rows = [_row(cipher, ids.new(), a, at) for a in fresh]
    insert_new(connection, chats, rows, [column.name for column in UNIQUE])
    return {**known, **find(connection, cipher, fresh)}


def _row(cipher: Cipher, chat: int, a: Address, at: datetime) -> dict[str, object]:
    return {
        "clinic_id": a.clinic, "id": chat, "channel": a.channel, "bot": a.bot, "address_hash": hash_of(cipher, a),
        "address_sealed": cipher.seal(f"{a.clinic}|chats|address|{chat}", a.address), "client_id": "", "created_at": at,
    }  # fmt: skip


def link(connection: Connection, clinic: str, chat: int, client: str) -> None:
    """The chat is this client's from now on."""
    connection.execute(update(chats).where(chats.c.clinic_id == clinic, chats.c.id == chat).values(client_id=client))


def channels(connection: Connection, wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The channel of each (clinic, chat)."""
    if not wanted:
        return {}
    dialect = connection.dialect.name
    table, match = keys(dialect, (chats.c.clinic_id, chats.c.id))
    found = select(chats.c.clinic_id, chats.c.id, chats.c.channel).join_from(table, chats, match)
    return {(row.clinic_id, row.id): row.channel for row in connection.execute(found, given(dialect, wanted))}


def drop_unused(connection: Connection, clinic: str, chat: int) -> None:
    """Take back a chat that was stored just now, where nothing that came from it is kept."""
    subject = f"chat:{chat}"
    used = exists().where(inbox_table.c.clinic_id == clinic, inbox_table.c.subject == subject, STRANGER)
    if not connection.execute(select(used)).scalar():
        connection.execute(
            delete(chats).where(chats.c.clinic_id == clinic, chats.c.id == chat, chats.c.client_id == "")
        )
        connection.execute(
            delete(conversations).where(conversations.c.clinic_id == clinic, conversations.c.subject == subject)
        )


def forget(connection: Connection, clinic: str, chat: int) -> None:
    """Keep nothing of a chat that is nobody's: words and address go; a count and the updates' ids (for doubles) stay.

    Does nothing while another of its messages waits to be answered or sent: the last one to be settled does it. The
    chat is locked first, so that no message can arrive between the look and the end (PostgreSQL).
    """
    subject = f"chat:{chat}"
    connection.execute(select(chats.c.id).where(chats.c.clinic_id == clinic, chats.c.id == chat).with_for_update())
    waiting = select(
        exists().where(
            inbox_table.c.clinic_id == clinic, inbox_table.c.subject == subject, inbox_table.c.done_at.is_(None)
        )
        | exists().where(
            outbox_table.c.clinic_id == clinic,
            outbox_table.c.subject == subject,
            outbox_table.c.chat == str(chat),
            outbox_table.c.settled_at.is_(None),
        )
    )
    if connection.execute(waiting).scalar():
        return
    inbox.erase_bodies(connection, clinic, subject)
    outbox.erase(connection, clinic, subject, str(chat))
    connection.execute(
        delete(conversations).where(conversations.c.clinic_id == clinic, conversations.c.subject == subject)
    )
    gone = delete(chats).where(chats.c.clinic_id == clinic, chats.c.id == chat, chats.c.client_id == "")
    if connection.execute(gone).rowcount:
        connection.execute(
            update(clinics).where(clinics.c.clinic_id == clinic).values(strangers=clinics.c.strangers + 1)
        )
