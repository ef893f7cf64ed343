"""Bulletins, frozen when published.

Safe beside running work on tables of ten million rows: a new table alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = UTCDateTime()
CODE = sa.String(length=64)

POSTGRES_GUARD = """
CREATE FUNCTION bulletins_are_frozen() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'bulletins are frozen'; END $$;
CREATE TRIGGER bulletins_no_edit BEFORE UPDATE ON bulletins
FOR EACH ROW EXECUTE FUNCTION bulletins_are_frozen();
CREATE TRIGGER bulletins_no_delete BEFORE DELETE ON bulletins
FOR EACH ROW EXECUTE FUNCTION bulletins_are_frozen();
CREATE TRIGGER bulletins_no_truncate BEFORE TRUNCATE ON bulletins
FOR EACH STATEMENT EXECUTE FUNCTION bulletins_are_frozen()
"""
SQLITE_GUARD = (
    "CREATE TRIGGER bulletins_no_edit BEFORE UPDATE ON bulletins"
    " BEGIN SELECT RAISE(ABORT, 'bulletins are frozen'); END",
    "CREATE TRIGGER bulletins_no_delete BEFORE DELETE ON bulletins"
    " BEGIN SELECT RAISE(ABORT, 'bulletins are frozen'); END",
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bulletins",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("published_at", WHEN, nullable=False),
        sa.Column("published_by", CODE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletins")),
        sa.UniqueConstraint("kind", "first", "version", name=op.f("uq_bulletins_kind_first_version")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRES_GUARD)
        return
    for statement in SQLITE_GUARD:
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION bulletins_are_frozen CASCADE")
    op.drop_table("bulletins")
