"""Fair clocks: editions of the calendar, suspension, assisting units' clocks, supervision, evidence, notices.

Safe beside running work on tables of ten million rows: columns are added with a constant default, which rewrites
nothing. The wider unique keys that go with `party` are the next migration's.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = UTCDateTime()
CODE = sa.String(length=64)

PARTIES = ("clocks", "escalations")


def _ticket_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("calendar", CODE, nullable=False, server_default=""),
        sa.Column("suspended_until", WHEN, nullable=True),
        sa.Column("suspensions", BIG, nullable=False, server_default="0"),
        sa.Column("supervised", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("excluded", CODE, nullable=True),
        sa.Column("assisted", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("details", sa.JSON(), nullable=True),
    ]


def _new_tables() -> None:
    op.create_table(
        "working_hours",
        sa.Column("id", BIG, nullable=False),
        sa.Column("unit", CODE, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("published_at", WHEN, nullable=True),
        sa.Column("edition", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
        sa.UniqueConstraint("unit", "version", name=op.f("uq_working_hours_unit_version")),
    )
    op.create_table(
        "leases",
        sa.Column("name", CODE, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "notices",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("role", CODE, nullable=False),
        sa.Column("unit", CODE, nullable=True),
        sa.Column("level", CODE, nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_unit_id", "notices", ["unit", "id"])
    op.create_table(
        "attachments",
        sa.Column("id", BIG, nullable=False),
        sa.Column("ticket_id", BIG, nullable=False),
        sa.Column("event_seq", BIG, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", CODE, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by", CODE, nullable=False),
        sa.Column("unit", CODE, nullable=True),
        sa.Column("at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_attachments_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_ticket_id", "attachments", ["ticket_id"])


def upgrade() -> None:
    """Apply."""
    for column in _ticket_columns():
        op.add_column("tickets", column)
    op.add_column("calendar_years", sa.Column("edition", BIG, nullable=True))
    op.execute("UPDATE calendar_years SET edition = 1 WHERE published_at IS NOT NULL")
    for table in PARTIES:
        op.add_column(table, sa.Column("party", CODE, nullable=False, server_default=""))
    _new_tables()


def downgrade() -> None:
    """Undo. What only the new columns could say is lost; the events have it still."""
    for name in ("attachments", "notices", "leases", "working_hours"):
        op.drop_table(name)
    op.drop_column("calendar_years", "edition")
    for column in reversed(_ticket_columns()):
        op.drop_column("tickets", column.name)
    for table in PARTIES:
        op.drop_column(table, "party")
