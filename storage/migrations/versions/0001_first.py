"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001_first"
down_revision = None

TIME = sa.DateTime(timezone=True)
WAITING = sa.text("done_at IS NULL")
STRANGER = sa.text("substr(subject, 1, 5) = 'chat:'")
UNSENT = sa.text("settled_at IS NULL")
IN_SLACK = sa.text("channel = 'slack'")
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Create every table."""
    for create in (
        _clinics, _flow_versions, _inbox, _outbox, _conversations, _clients, _chats, _invitations, _alerts,
        _alert_events, _answers, _consents, _notes, _contacts, _audit, _leases,
    ):  # fmt: skip
        create()


def _row_key() -> tuple[sa.Column[str], sa.Column[int]]:
    clinic = sa.Column("clinic_id", sa.String(31), nullable=False)
    return clinic, sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False)


def _index_part(name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    """An index of those rows only that are still looked for."""
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _clinics() -> None:
    op.create_table(
        "clinics",
        sa.Column("clinic_id", sa.String(31), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("strangers", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("pack", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("pack_hash", sa.String(16), nullable=False, server_default=""),
        sa.Column("pack_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("clinic_id", name="pk_clinics"),
    )


def _flow_versions() -> None:
    op.create_table(
        "flow_versions",
        sa.Column("clinic_id", sa.String(31), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("flow", sa.String(63), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stored_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "version", name="pk_flow_versions"),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        *_row_key(),
        sa.Column("source", sa.String(15), nullable=False),
        sa.Column("origin", sa.String(63), nullable=False),
        sa.Column("external_id", sa.String(127), nullable=False),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("kind", sa.String(31), nullable=False),
        sa.Column("class", sa.Integer(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("token", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("screened_at", TIME, nullable=True),
        sa.Column("done_at", TIME, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("error", sa.String(63), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_inbox"),
        sa.UniqueConstraint(
            "clinic_id", "source", "origin", "external_id", name="uq_inbox_clinic_id_source_origin_external_id"
        ),
    )
    _index_part("ix_inbox_due", "inbox", ["class", "due_at", "clinic_id", "subject"], WAITING)
    _index_part("ix_inbox_stranger", "inbox", ["clinic_id", "subject"], STRANGER)
    _index_part("ix_inbox_subject_due", "inbox", ["clinic_id", "subject", "class", "due_at", "id"], WAITING)


def _outbox() -> None:
    op.create_table(
        "outbox",
        *_row_key(),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("channel", sa.String(15), nullable=False),
        sa.Column("chat", sa.String(127), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("class", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(15), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("refers_to", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("alert_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("forget", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("not_after", TIME, nullable=True),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("claimed_by", sa.String(31), nullable=False, server_default=""),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("status", sa.String(15), nullable=False, server_default="pending"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("error", sa.String(63), nullable=False, server_default=""),
        sa.Column("vendor_id", sa.String(127), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_outbox"),
    )
    _index_part("ix_outbox_due", "outbox", ["channel", "class", "id"], UNSENT)
    _index_part("ix_outbox_order", "outbox", ["clinic_id", "chat", "class", "id"], UNSENT)
    _index_part("ix_outbox_stranger", "outbox", ["clinic_id", "subject"], STRANGER)
    _index_part("ix_outbox_subject", "outbox", ["clinic_id", "subject"], UNSENT)
    _index_part("ix_outbox_vendor", "outbox", ["clinic_id", "vendor_id"], IN_SLACK)


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("clinic_id", sa.String(31), nullable=False),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False, server_default=""),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "subject", name="pk_conversations"),
    )


def _clients() -> None:
    op.create_table(
        "clients",
        sa.Column("clinic_id", sa.String(31), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("clinician", sa.String(31), nullable=False),
        sa.Column("status", sa.String(15), nullable=False),
        sa.Column("locale", sa.String(31), nullable=False),
        sa.Column("zone", sa.String(63), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("paused_until", TIME, nullable=True),
        sa.Column("profile_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("counters", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_clients"),
    )


def _chats() -> None:
    op.create_table(
        "chats",
        *_row_key(),
        sa.Column("channel", sa.String(15), nullable=False),
        sa.Column("bot", sa.String(63), nullable=False),
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.String(32), nullable=False, server_default=""),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_chats"),
        sa.UniqueConstraint(
            "clinic_id", "channel", "bot", "address_hash", name="uq_chats_clinic_id_channel_bot_address_hash"
        ),
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("clinic_id", sa.String(31), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("clinic_id", "token_hash", name="pk_invitations"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        *_row_key(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("status", sa.String(15), nullable=False),
        sa.Column("tier", sa.String(15), nullable=False),
        sa.Column("category", sa.String(63), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("next_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_alerts"),
        sa.UniqueConstraint("clinic_id", "number", name="uq_alerts_clinic_id_number"),
    )
    _index_part("ix_alerts_open", "alerts", ["clinic_id", "subject"], OPEN, unique=True)


def _alert_events() -> None:
    op.create_table(
        "alert_events",
        *_row_key(),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("action", sa.String(31), nullable=False),
        sa.Column("by", sa.String(63), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_alert_events"),
    )
    op.create_index("ix_alert_events_alert", "alert_events", ["clinic_id", "alert_id"])


def _answers() -> None:
    op.create_table(
        "answers",
        *_row_key(),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("flow", sa.String(63), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("state", sa.String(63), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_answers"),
    )
    op.create_index("ix_answers_subject", "answers", ["clinic_id", "subject", "at"])


def _consents() -> None:
    op.create_table(
        "consents",
        *_row_key(),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("text", sa.String(63), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("locale", sa.String(31), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_consents"),
    )


def _notes() -> None:
    op.create_table(
        "notes",
        *_row_key(),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("why", sa.String(63), nullable=False),
        sa.Column("inbox_id", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_notes"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        *_row_key(),
        sa.Column("reason", sa.String(31), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("done_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_contacts"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        *_row_key(),
        sa.Column("at", TIME, nullable=False),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("action", sa.String(63), nullable=False),
        sa.Column("by", sa.String(63), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_audit"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(127), nullable=False),
        sa.Column("holder", sa.String(63), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
