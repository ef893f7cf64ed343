"""Versions of the catalogue, outlines of places, trained classifiers; and where on earth a ticket's matter is.

Safe beside running work on tables of ten million rows: new tables, and one nullable column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = UTCDateTime()
CODE = sa.String(length=64)
DIGEST = sa.String(length=64)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "catalogue_versions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("matters", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("responsibilities", sa.JSON(), nullable=False),
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("author", CODE, nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("published_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_versions")),
        sa.UniqueConstraint("version", name=op.f("uq_catalogue_versions_version")),
    )
    op.create_table(
        "boundaries",
        sa.Column("place", CODE, nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["place"], ["places.code"], name=op.f("fk_boundaries_place")),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_boundaries")),
    )
    op.create_table(
        "classifiers",
        sa.Column("id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("trained_at", WHEN, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("examples", BIG, nullable=False),
        sa.Column("data_digest", DIGEST, nullable=False),
        sa.Column("catalogue_digest", DIGEST, nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("promoted_at", WHEN, nullable=True),
        sa.Column("retired_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classifiers")),
        sa.UniqueConstraint("version", name=op.f("uq_classifiers_version")),
    )
    op.add_column("tickets", sa.Column("point", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("tickets", "point")
    for table in ("classifiers", "boundaries", "catalogue_versions"):
        op.drop_table(table)
