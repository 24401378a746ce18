"""The whole schema on one page. Every tenant table has `clinic_id` first in its key, so that it can be split by clinic.

Encrypted columns are named `*_sealed`: texts, names, addresses, answers, frame data. Times are UTC.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)
# A statement repeats these, so as to be given the index that is made of such rows only.
STRANGER = text("substr(subject, 1, 5) = 'chat:'")
IN_SLACK = text("channel = 'slack'")


class Instant(TypeDecorator[datetime]):
    """An aware datetime, in UTC on both databases. A naive time is a fault of ours: ValueError.

    SQLite knows neither times nor zones. It gets the text that SQLAlchemy would write, made and read several times as
    fast: every turn carries a dozen of them.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Aware in."""
        return _as_text if dialect.name == "sqlite" else _as_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002 the signature is theirs
        """Aware out."""
        return _from_text if dialect.name == "sqlite" else _as_utc


def _as_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored; give it one (UTC)")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    utc = _as_utc(value)
    return None if utc is None else utc.isoformat(" ", "microseconds")[:26]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _clinic() -> Column[str]:
    return Column("clinic_id", String(31), primary_key=True)


def _id() -> Column[int]:
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


def _when(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Instant, nullable=null)


clinics = Table(
    "clinics",
    metadata,
    _clinic(),
    Column("cases", Integer, nullable=False, server_default="0"),  # the newest case number
    Column("strangers", Integer, nullable=False, server_default="0"),  # how many wrote without a link
    Column("pack", Text, nullable=False, server_default="{}"),  # the last good pack: {path: text}
    Column("pack_hash", String(16), nullable=False, server_default=""),
    _when("pack_at", null=True),
)

flow_versions = Table(
    "flow_versions",
    metadata,
    _clinic(),
    Column("version", String(16), primary_key=True),
    Column("flow", String(63), nullable=False),
    Column("text", Text, nullable=False),
    _when("stored_at"),
)

inbox = Table(
    "inbox",
    metadata,
    _clinic(),
    _id(),
    Column("source", String(15), nullable=False),  # telegram, slack, web, timer, delivery, rapport
    Column("origin", String(63), nullable=False),  # the bot, the workspace; for a timer its subject
    Column("external_id", String(127), nullable=False),  # the platform's id; for a timer its name
    Column("subject", String(63), nullable=False),
    Column("chat_id", BigInteger, nullable=False, server_default="0"),
    Column("kind", String(31), nullable=False),
    Column("class", Integer, nullable=False),  # 0: what people sent and ladder timers; 1: other timers
    _when("received_at"),
    _when("due_at"),
    Column("token", Integer, nullable=False, server_default="0"),
    Column("body_sealed", LargeBinary),
    _when("screened_at", null=True),
    _when("done_at", null=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(63), nullable=False, server_default=""),
    UniqueConstraint("clinic_id", "source", "origin", "external_id"),
)
Index("ix_inbox_due", inbox.c["class"], inbox.c.due_at, inbox.c.clinic_id, inbox.c.subject,
      sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL"))  # fmt: skip
Index("ix_inbox_subject_due", inbox.c.clinic_id, inbox.c.subject, inbox.c["class"], inbox.c.due_at, inbox.c.id,
      sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL"))  # fmt: skip
Index("ix_inbox_stranger", inbox.c.clinic_id, inbox.c.subject,
      sqlite_where=STRANGER, postgresql_where=STRANGER)  # fmt: skip

outbox = Table(
    "outbox",
    metadata,
    _clinic(),
    _id(),
    Column("subject", String(63), nullable=False),
    Column("channel", String(15), nullable=False),
    Column("chat", String(127), nullable=False),  # what keeps order: a chat's id, or a staff address (slack:U…)
    Column("chat_id", BigInteger, nullable=False, server_default="0"),
    Column("class", Integer, nullable=False),  # the place in flows.effects.CLASSES
    Column("kind", String(15), nullable=False),  # message, mark, card, refresh, thread, private, dialog, mail, call
    Column("body_sealed", LargeBinary),
    Column("refers_to", BigInteger, nullable=False, server_default="0"),  # the row that this one edits or answers
    Column("alert_id", BigInteger, nullable=False, server_default="0"),
    Column("forget", Boolean, nullable=False, server_default=text("false")),
    _when("created_at"),
    _when("due_at"),
    _when("not_after", null=True),
    _when("claimed_until", null=True),
    Column("claimed_by", String(31), nullable=False, server_default=""),  # the process, see Database.process
    _when("settled_at", null=True),
    Column("status", String(15), nullable=False, server_default="pending"),  # sent, failed, withdrawn, expired
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(63), nullable=False, server_default=""),
    Column("vendor_id", String(127), nullable=False, server_default=""),
)
Index("ix_outbox_due", outbox.c.channel, outbox.c["class"], outbox.c.id,
      sqlite_where=text("settled_at IS NULL"), postgresql_where=text("settled_at IS NULL"))  # fmt: skip
Index("ix_outbox_order", outbox.c.clinic_id, outbox.c.chat, outbox.c["class"], outbox.c.id,
      sqlite_where=text("settled_at IS NULL"), postgresql_where=text("settled_at IS NULL"))  # fmt: skip
Index("ix_outbox_subject", outbox.c.clinic_id, outbox.c.subject,
      sqlite_where=text("settled_at IS NULL"), postgresql_where=text("settled_at IS NULL"))  # fmt: skip
Index("ix_outbox_stranger", outbox.c.clinic_id, outbox.c.subject,
      sqlite_where=STRANGER, postgresql_where=STRANGER)  # fmt: skip
Index("ix_outbox_vendor", outbox.c.clinic_id, outbox.c.vendor_id,
      sqlite_where=IN_SLACK, postgresql_where=IN_SLACK)  # fmt: skip

conversations = Table(
    "conversations",
    metadata,
    _clinic(),
    Column("subject", String(63), primary_key=True),
    Column("client_id", String(32), nullable=False, server_default=""),
    Column("version", Integer, nullable=False),
    Column("state_sealed", LargeBinary),
    _when("changed_at"),
)

clients = Table(
    "clients",
    metadata,
    _clinic(),
    Column("id", String(32), primary_key=True),
    Column("clinician", String(31), nullable=False),
    Column("status", String(15), nullable=False),
    Column("locale", String(31), nullable=False),
    Column("zone", String(63), nullable=False),
    Column("country", String(2), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("reachable", Boolean, nullable=False),
    Column("interpreter", Boolean, nullable=False),
    _when("paused_until", null=True),
    Column("profile_sealed", LargeBinary, nullable=False),  # name, phone, emergency contact, age
    Column("counters", Text, nullable=False),
    _when("created_at"),
)

chats = Table(
    "chats",
    metadata,
    _clinic(),
    _id(),
    Column("channel", String(15), nullable=False),
    Column("bot", String(63), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("address_sealed", LargeBinary),
    Column("client_id", String(32), nullable=False, server_default=""),
    _when("created_at"),
    UniqueConstraint("clinic_id", "channel", "bot", "address_hash"),
)

invitations = Table(
    "invitations",
    metadata,
    _clinic(),
    Column("token_hash", String(64), primary_key=True),
    Column("client_id", String(32), nullable=False),
    _when("created_at"),
    _when("expires_at"),
    _when("used_at", null=True),
)

alerts = Table(
    "alerts",
    metadata,
    _clinic(),
    _id(),
    Column("number", Integer, nullable=False),
    Column("subject", String(63), nullable=False),
    Column("status", String(15), nullable=False),
    Column("tier", String(15), nullable=False),
    Column("category", String(63), nullable=False),
    _when("opened_at"),
    _when("next_at", null=True),
    _when("closed_at", null=True),
    Column("state", Text, nullable=False),  # the rest of flows.escalation.Alert: no words of the client
    UniqueConstraint("clinic_id", "number"),
)
Index("ix_alerts_open", alerts.c.clinic_id, alerts.c.subject,
      sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL"), unique=True)  # fmt: skip

alert_events = Table(
    "alert_events",
    metadata,
    _clinic(),
    _id(),
    Column("alert_id", BigInteger, nullable=False),
    _when("at"),
    Column("action", String(31), nullable=False),
    Column("by", String(63), nullable=False),
    Column("detail", Text, nullable=False),
)
Index("ix_alert_events_alert", alert_events.c.clinic_id, alert_events.c.alert_id)

answers = Table(
    "answers",
    metadata,
    _clinic(),
    _id(),
    Column("subject", String(63), nullable=False),
    Column("flow", String(63), nullable=False),
    Column("version", String(16), nullable=False),
    Column("state", String(63), nullable=False),
    Column("sensitive", Boolean, nullable=False),
    _when("at"),
    Column("value_sealed", LargeBinary, nullable=False),
)
Index("ix_answers_subject", answers.c.clinic_id, answers.c.subject, answers.c.at)

consents = Table(
    "consents",
    metadata,
    _clinic(),
    _id(),
    Column("subject", String(63), nullable=False),
    Column("text", String(63), nullable=False),
    Column("version", String(16), nullable=False),
    Column("locale", String(31), nullable=False),
    Column("given", Boolean, nullable=False),
    _when("at"),
)

notes = Table(
    "notes",
    metadata,
    _clinic(),
    _id(),
    Column("subject", String(63), nullable=False),
    Column("why", String(63), nullable=False),
    Column("inbox_id", BigInteger, nullable=False),
    _when("at"),
    _when("read_at", null=True),
)

measures = Table(
    "measures",
    metadata,
    _clinic(),
    _id(),
    Column("subject", String(63), nullable=False),
    Column("instrument", String(31), nullable=False),
    Column("version", String(15), nullable=False),
    Column("locale", String(31), nullable=False),
    _when("at"),
    Column("result_sealed", LargeBinary, nullable=False),  # answers by item, total, change
)
Index("ix_measures_subject", measures.c.clinic_id, measures.c.subject, measures.c.id)

contacts = Table(
    "contacts",
    metadata,
    _clinic(),
    _id(),
    Column("reason", String(31), nullable=False),
    Column("details_sealed", LargeBinary, nullable=False),  # name, phone
    _when("at"),
    _when("done_at", null=True),
)

risk_candidates = Table(
    "risk_candidates",
    metadata,
    _clinic(),
    _id(),
    Column("inbox_id", BigInteger, nullable=False),
    Column("kind", String(31), nullable=False),
    Column("reason", String(31), nullable=False),
    Column("by", String(63), nullable=False),
    _when("at"),
    Column("label", String(15), nullable=False),
    Column("reviewed_by", String(63), nullable=False),
    _when("reviewed_at", null=True),
)

audit = Table(
    "audit",
    metadata,
    _clinic(),
    _id(),
    _when("at"),
    Column("subject", String(63), nullable=False),
    Column("action", String(63), nullable=False),
    Column("by", String(63), nullable=False),
    Column("detail", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(127), primary_key=True),
    Column("holder", String(63), nullable=False),
    _when("until"),
)
