"""Targets that stand beside figures, as rows of the city: a new table that is filled by the ordinary seeding."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CODE = sa.String(length=64)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "targets",
        sa.Column("id", BIG, nullable=False),
        sa.Column("metric", CODE, nullable=False),
        sa.Column("peer_group", CODE, nullable=False),
        sa.Column("unit", CODE, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("hundredths", BIG, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_targets")),
        sa.UniqueConstraint(
            "metric",
            "peer_group",
            "unit",
            "effective_from",
            name=op.f("uq_targets_metric_peer_group_unit_effective_from"),
        ),
    )


def downgrade() -> None:
    """Undo. The events have every target still."""
    op.drop_table("targets")
