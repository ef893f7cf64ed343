"""Questions and answers for the public, approved by a person: new tables alone, nothing that is there is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CODE = sa.String(64)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "answers",
        sa.Column("id", BIG, nullable=False),
        sa.Column("ticket_id", BIG, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("indexed", BIG, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("matter", CODE, nullable=True),
        sa.Column("unit", CODE, nullable=True),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("decided_by", CODE, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_answers_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_answers_ticket_id")),
    )
    op.create_index(op.f("ix_answers_state_published_at"), "answers", ["state", "published_at"])
    op.create_table(
        "answer_versions",
        sa.Column("answer_id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", CODE, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_answer_versions_answer_id_answers")),
        sa.PrimaryKeyConstraint("answer_id", "version", name=op.f("pk_answer_versions")),
    )


def downgrade() -> None:
    """Undo. Who published what and when stays in the events."""
    op.drop_table("answer_versions")
    op.drop_table("answers")
