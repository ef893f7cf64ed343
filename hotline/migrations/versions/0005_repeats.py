"""Repeats find each other: traces of texts, scored likenesses with what people said of them, senders by digest.

Safe beside running work on tables of ten million rows: new tables, columns that are nullable or have a constant
default, and on PostgreSQL an index that is built CONCURRENTLY. Broken off in the middle, it goes through when it is
run again. Tickets of before get their traces from `hotline retrace`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CODE = sa.String(length=64)
SENDERS = "ix_citizens_sender_digest"


def upgrade() -> None:
    """Apply."""
    if "sender_digest" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("citizens")}:
        _add()  # all of it or nothing, before the index
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(SENDERS, "citizens", ["sender_digest"])
        return
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {SENDERS}")
        op.execute(f"CREATE INDEX CONCURRENTLY {SENDERS} ON citizens (sender_digest)")


def _add() -> None:
    op.create_table(
        "traces",
        sa.Column("feature", BIG, autoincrement=False, nullable=False),
        sa.Column("ticket_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("feature", "ticket_id", name=op.f("pk_traces")),
    )
    op.create_index(op.f("ix_traces_ticket_id"), "traces", ["ticket_id"])
    op.create_table(
        "untraced",
        sa.Column("ticket_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_untraced")),
    )
    op.add_column("likenesses", sa.Column("score", sa.Float(), nullable=False, server_default="1"))
    op.add_column("likenesses", sa.Column("reasons", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("likenesses", sa.Column("verdict", CODE, nullable=True))
    op.add_column("likenesses", sa.Column("decided_by", CODE, nullable=True))
    op.add_column("citizens", sa.Column("sender_digest", CODE, nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_index(SENDERS, table_name="citizens")
    op.drop_column("citizens", "sender_digest")
    for column in ("decided_by", "verdict", "reasons", "score"):
        op.drop_column("likenesses", column)
    for table in ("untraced", "traces"):
        op.drop_table(table)
