"""Messages that may teach the risk screen."""

import sqlalchemy as sa
from alembic import op

revision = "0002_risk_candidates"
down_revision = "0001_first"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Change the schema, and keep every row."""
    op.create_table(
        "risk_candidates",
        sa.Column("clinic_id", sa.String(31), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inbox_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(31), nullable=False),
        sa.Column("reason", sa.String(31), nullable=False),
        sa.Column("by", sa.String(63), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("label", sa.String(15), nullable=False),
        sa.Column("reviewed_by", sa.String(63), nullable=False),
        sa.Column("reviewed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_risk_candidates"),
    )
