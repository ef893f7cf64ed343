"""Hot topics, alerts about them and what became of the alerts; likes of imported messages.

New tables alone: nothing that is there is read or locked.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = sa.DateTime(timezone=True)
CODE = sa.String(64)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "topics",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("basis", CODE, nullable=False),
        sa.Column("matter", CODE, nullable=True),
        sa.Column("place", CODE, nullable=True),
        sa.Column("first_at", WHEN, nullable=False),
        sa.Column("last_at", WHEN, nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.Column("callers", BIG, nullable=False),
        sa.Column("units", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topics"),
    )
    op.create_index("ix_topics_last_at", "topics", ["last_at"])
    op.create_table(
        "topic_tickets",
        sa.Column("ticket_id", BIG, nullable=False, autoincrement=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("caller", CODE, nullable=False),
        sa.Column("topic_id", BIG, nullable=True),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_topic_tickets"),
    )
    op.create_index("ix_topic_tickets_at", "topic_tickets", ["at"])
    some = sa.text("topic_id IS NOT NULL")
    op.create_index(
        "ix_topic_tickets_topic_id_at", "topic_tickets", ["topic_id", "at"], postgresql_where=some, sqlite_where=some
    )
    _create_alerts()
    op.create_table(
        "likes",
        sa.Column("ticket_id", BIG, nullable=False, autoincrement=False),
        sa.Column("likes", BIG, nullable=False),
        sa.Column("dislikes", BIG, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_likes"),
    )


def _create_alerts() -> None:
    op.create_table(
        "topic_alerts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("topic_id", BIG, nullable=False),
        sa.Column("level", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("matter", CODE, nullable=True),
        sa.Column("place", CODE, nullable=True),
        sa.Column("family", CODE, nullable=False),
        sa.Column("raised_at", WHEN, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("seen", BIG, nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("over_at", WHEN, nullable=True),
        sa.Column("verdict", CODE, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("judged_by", CODE, nullable=True),
        sa.Column("judged_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_topic_alerts"),
    )
    op.create_index("ix_topic_alerts_topic_id", "topic_alerts", ["topic_id"])
    op.create_index("ix_topic_alerts_family", "topic_alerts", ["family"])


def downgrade() -> None:
    """Undo. Alerts and what was said of them stay in the events."""
    for table in ("likes", "topic_alerts", "topic_tickets", "topics"):
        op.drop_table(table)
