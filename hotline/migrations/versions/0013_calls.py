"""Call records: a table of its own, nothing that is there is touched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "calls",
        sa.Column("id", BIG, nullable=False),
        sa.Column("uniqueid", sa.String(length=150), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=False),
        sa.Column("wait_seconds", BIG, nullable=False),
        sa.Column("talk_seconds", BIG, nullable=False),
        sa.Column("disposition", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("uniqueid", name=op.f("uq_calls_uniqueid")),
    )
    op.create_index(op.f("ix_calls_started_at"), "calls", ["started_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("calls")
