"""Saved searches, and the text of attachments.

Safe beside running work on tables of ten million rows: new tables, one nullable column, and on PostgreSQL an index
that is built CONCURRENTLY. Broken off in the middle, it goes through when it is run again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = UTCDateTime()
CODE = sa.String(length=64)
UNREAD, WHERE = "ix_attachments_unread", "read_at IS NULL AND event_seq IS NOT NULL"


def upgrade() -> None:
    """Apply."""
    if "read_at" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("attachments")}:
        _add()  # all of it or nothing, before the index
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(UNREAD, "attachments", ["id"], sqlite_where=sa.text(WHERE))
        return
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {UNREAD}")
        op.execute(f"CREATE INDEX CONCURRENTLY {UNREAD} ON attachments (id) WHERE {WHERE}")


def _add() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", BIG, nullable=False),
        sa.Column("owner", CODE, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("seen_at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_saved_searches_owner_name")),
    )
    op.create_table(
        "attachment_texts",
        sa.Column("attachment_id", BIG, autoincrement=False, nullable=False),
        sa.Column("ticket_id", BIG, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachments.id"],
            name=op.f("fk_attachment_texts_attachment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachment_texts")),
    )
    op.create_index(op.f("ix_attachment_texts_ticket_id"), "attachment_texts", ["ticket_id"])
    op.add_column("attachments", sa.Column("read_at", WHEN, nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_index(UNREAD, table_name="attachments")
    op.drop_column("attachments", "read_at")
    for table in ("attachment_texts", "saved_searches"):
        op.drop_table(table)
