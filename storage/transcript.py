"""What was said, both ways, as it lies in inbox and outbox: for screens that begin empty. Only reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from storage.cipher import Cipher
from storage.inbox import _place as heard_place
from storage.outbox import _place as sent_place
from storage.tables import chats, inbox, outbox


@dataclass(frozen=True, slots=True)
class Said:
    """One message. In the order of `at`, `rank` and `id` both directions stand as they were seen on the screen.

    `address` is the client's, or a staff address. What came in has the event's kind. Of what went out, `vendor_id` is
    its own id and `edits` that of the message which it edits or answers.
    """

    at: datetime
    rank: int
    id: int
    channel: str
    address: str
    kind: str
    body: Mapping[str, Any]
    vendor_id: str = ""
    edits: str = ""


def sent(connection: Connection, cipher: Cipher, clinic: str) -> list[Said]:
    """Every message of a clinic that went out, oldest first. One whose words were erased is left out."""
    first = outbox.alias("first")
    there = and_(chats.c.clinic_id == outbox.c.clinic_id, chats.c.id == outbox.c.chat_id)
    edited = and_(first.c.clinic_id == outbox.c.clinic_id, first.c.id == outbox.c.refers_to)
    statement = (
        select(outbox, chats.c.address_sealed, first.c.vendor_id.label("edits"))
        .outerjoin(chats, there)
        .outerjoin(first, edited)
        .where(outbox.c.clinic_id == clinic, outbox.c.status == "sent", outbox.c.body_sealed.is_not(None))
        .order_by(outbox.c.id)
    )
    return [
        Said(
            row.settled_at, row._mapping["class"], row.id, row.channel, _address(cipher, row) or row.chat, row.kind,
            cipher.open(sent_place(clinic, row.id), row.body_sealed), row.vendor_id, row.edits or "",
        )
        for row in connection.execute(statement).all()
    ]  # fmt: skip


def heard(connection: Connection, cipher: Cipher, clinic: str, channel: str) -> list[Said]:
    """Everything of a clinic's clients that came in by a channel, oldest first. What was erased is left out."""
    there = and_(chats.c.clinic_id == inbox.c.clinic_id, chats.c.id == inbox.c.chat_id)
    statement = (
        select(inbox, chats.c.address_sealed)
        .join(chats, there)
        .where(inbox.c.clinic_id == clinic, inbox.c.source == channel, inbox.c.body_sealed.is_not(None))
        .order_by(inbox.c.id)
    )
    return [
        Said(
            row.received_at, 0, row.id, channel, _address(cipher, row), row.kind,
            cipher.open(heard_place(clinic, row.id), row.body_sealed),
        )
        for row in connection.execute(statement).all()
    ]  # fmt: skip


def _address(cipher: Cipher, row: Any) -> str:
    if row.address_sealed is None:
        return ""
    return str(cipher.open(f"{row.clinic_id}|chats|address|{row.chat_id}", row.address_sealed))
