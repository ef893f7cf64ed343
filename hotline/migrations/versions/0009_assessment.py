"""Schemes of assessment in versions.

A new table, empty at first: nothing waits for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

POSTGRES_GUARD = """
CREATE FUNCTION published_schemes_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'published schemes stay'; END $$;
CREATE TRIGGER schemes_stay BEFORE UPDATE OR DELETE ON schemes
FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION published_schemes_stay();
CREATE TRIGGER schemes_no_truncate BEFORE TRUNCATE ON schemes
FOR EACH STATEMENT EXECUTE FUNCTION published_schemes_stay()
"""
SQLITE_GUARD = tuple(
    f"CREATE TRIGGER schemes_no_{word} BEFORE {word.upper()} ON schemes WHEN OLD.published_at IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'published schemes stay'); END"
    for word in ("update", "delete")
)
"""A draft may be changed and thrown away; what is published stays as it is."""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "schemes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schemes")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_schemes_code_version")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRES_GUARD)
        return
    for statement in SQLITE_GUARD:
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    op.drop_table("schemes")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION published_schemes_stay")
