"""Filled-in questionnaires."""

import sqlalchemy as sa
from alembic import op

revision = "0003_measures"
down_revision = "0002_risk_candidates"


def upgrade() -> None:
    """Change the schema, and keep every row."""
    op.create_table(
        "measures",
        sa.Column("clinic_id", sa.String(31), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(63), nullable=False),
        sa.Column("instrument", sa.String(31), nullable=False),
        sa.Column("version", sa.String(15), nullable=False),
        sa.Column("locale", sa.String(31), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name="pk_measures"),
    )
    op.create_index("ix_measures_subject", "measures", ["clinic_id", "subject", "id"])
