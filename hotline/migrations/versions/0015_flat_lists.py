"""What work lists are sorted by, kept on the row; and the indexes by which a list is read from any place in it.

The column comes with a constant default, which rewrites nothing; the tickets that are open, some hundred thousand at
most, are filled in afterwards, and any act fills in its own. On PostgreSQL the indexes are built CONCURRENTLY, before
those that they replace are dropped; broken off in the middle, it goes through when it is run again.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from hotline.db import UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_tickets_status_nearest_at_id": "(status, nearest_at, id)",
    "ix_tickets_received_at_id": "(received_at, id)",
    "ix_tickets_due_at_id": "(due_at, id)",
    "ix_tickets_undue": "(id) WHERE due_at IS NULL",
}
REPLACED = {"ix_tickets_received_at": "(received_at)", "ix_tickets_due_at": "(due_at)"}

_NEAREST = """
UPDATE tickets SET nearest_at = (
    SELECT min(clocks.due_at) FROM clocks
    WHERE clocks.ticket_id = tickets.id AND clocks.known_until IS NULL
    AND clocks.met_at IS NULL AND clocks.stopped_at IS NULL
    AND clocks.name IN ('dispatch', 'accept', 'contact', 'resolve', 'review', 'follow_up')
)
WHERE EXISTS (
    SELECT 1 FROM clocks
    WHERE clocks.ticket_id = tickets.id AND clocks.known_until IS NULL
    AND clocks.met_at IS NULL AND clocks.stopped_at IS NULL
    AND clocks.name IN ('dispatch', 'accept', 'contact', 'resolve', 'review', 'follow_up')
) AND status NOT IN ('closed', 'rejected', 'withdrawn')
"""


def _build(indexes: dict[str, str], instead: dict[str, str]) -> None:
    if op.get_bind().dialect.name != "postgresql":
        for name, columns in indexes.items():
            op.execute(f"CREATE INDEX {name} ON tickets {columns}")
        for name in instead:
            op.execute(f"DROP INDEX {name}")
        return
    with op.get_context().autocommit_block():
        for name, columns in indexes.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON tickets {columns}")
        for name in instead:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def upgrade() -> None:
    """Apply."""
    if "nearest_at" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("tickets")}:
        column: sa.Column[Any] = sa.Column(
            "nearest_at", UTCDateTime(), nullable=False, server_default="9999-01-01 00:00:00.000000"
        )
        op.add_column("tickets", column)
    op.execute(_NEAREST)
    _build(INDEXES, REPLACED)


def downgrade() -> None:
    """Undo."""
    _build(REPLACED, INDEXES)
    op.drop_column("tickets", "nearest_at")
