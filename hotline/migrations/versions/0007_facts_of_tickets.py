"""What was true of each ticket, and from when to when: the figures' own rows; and the working minutes of met clocks.

Safe beside running work on tables of ten million rows: new tables, a nullable column, and on PostgreSQL indexes that
are built CONCURRENTLY. Broken off in the middle, it goes through when it is run again. A house that has tickets already
makes its facts by `hotline recount`; until then `uncounted` says so, and no report is given.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = UTCDateTime()
CODE = sa.String(length=64)
DUE, WARNED = "ix_clocks_due", "ix_clocks_warned"
DUE_KEPT = "name IN ('dispatch', 'accept', 'contact')"
WARNED_KEPT = (
    "met_at IS NULL AND stopped_at IS NULL AND known_until IS NULL AND (next_level IS NULL OR next_level != 'warn')"
)
INDEXES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "ix_facts_now": (
        "dispatched_at",
        "known_until IS NULL",
        ("ticket_id", "known_from", "flags", "due_at", "unit", "minutes_working", "minutes_natural"),
    ),
    "ix_facts_known_until": ("known_until", "known_until IS NOT NULL", ()),
    "ix_facts_undispatched": ("received_at", "dispatched_at IS NULL", ("known_from", "known_until", "flags")),
}
"""Partial indexes of facts: the column, of which rows, and what else they say."""


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("ticket_id", BIG, autoincrement=False, nullable=False),
        sa.Column("known_from", WHEN, nullable=False),
        sa.Column("known_until", WHEN, nullable=True),
        sa.Column("received_at", WHEN, nullable=False),
        *(sa.Column(name, WHEN, nullable=True) for name in ("dispatched_at", "answered_at", "ended_at", "due_at")),
        *(sa.Column(name, BIG, nullable=True) for name in ("minutes_working", "minutes_natural")),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("source", CODE, nullable=False),
        sa.Column("agent", CODE, nullable=False),
        sa.Column("unit", CODE, nullable=True),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("matter", CODE, nullable=True),
        sa.Column("place", CODE, nullable=True),
        sa.Column("urgency", CODE, nullable=False),
    ]


def upgrade() -> None:
    """Apply."""
    if not sa.inspect(op.get_bind()).has_table("facts"):
        _add()  # all of it or nothing, before the index
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(DUE, "clocks", ["name", "due_at"], sqlite_where=sa.text(DUE_KEPT))
        op.create_index(WARNED, "clocks", ["ticket_id"], sqlite_where=sa.text(WARNED_KEPT))
        return
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {DUE}")
        op.execute(
            f"CREATE INDEX CONCURRENTLY {DUE} ON clocks (name, due_at) "
            "INCLUDE (ticket_id, unit, met_at, stopped_at, known_from, known_until) "
            f"WHERE {DUE_KEPT}"
        )
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {WARNED}")
        op.execute(f"CREATE INDEX CONCURRENTLY {WARNED} ON clocks (ticket_id) WHERE {WARNED_KEPT}")


def _add() -> None:
    op.create_table(
        "facts",
        *_columns(),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_facts_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "known_from", name=op.f("pk_facts")),
    )
    everything = ("known_until", *INDEXES["ix_facts_now"][2])
    op.create_index("ix_facts_dispatched_at", "facts", ["dispatched_at"], postgresql_include=everything)
    for name, (column, where, includes) in INDEXES.items():
        kept = sa.text(where)
        op.create_index(
            name, "facts", [column], postgresql_where=kept, sqlite_where=kept, postgresql_include=includes or None
        )
    op.create_table(
        "bad_evaluations",
        sa.Column("ticket_id", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("mended_at", WHEN, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_bad_evaluations_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "seq", name=op.f("pk_bad_evaluations")),
    )
    op.create_index("ix_bad_evaluations_at", "bad_evaluations", ["at"])
    op.create_table(
        "kept_months",
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("unit", CODE, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("first", "unit", name=op.f("pk_kept_months")),
    )
    op.create_table(
        "uncounted",
        sa.Column("name", CODE, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_uncounted")),
    )
    op.execute("INSERT INTO uncounted (name) SELECT 'facts' WHERE EXISTS (SELECT 1 FROM tickets)")
    op.add_column("clocks", sa.Column("worked", BIG, nullable=True))


def downgrade() -> None:
    """Undo. The events have all of it still."""
    for index in (DUE, WARNED):
        op.drop_index(index, table_name="clocks")
    op.drop_column("clocks", "worked")
    for table in ("uncounted", "kept_months", "bad_evaluations", "facts"):
        op.drop_table(table)
