"""Unique keys of clocks and escalations with the party: several assisting units have a clock each.

On PostgreSQL the new index is built CONCURRENTLY before it takes the old key's place, so no writer waits for longer
than a moment and there is never no key; broken off in the middle, it goes through when it is run again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEYS = {
    "clocks": (
        ("ticket_id", "name", "opened_by", "known_from"),
        ("ticket_id", "name", "opened_by", "party", "known_from"),
    ),
    "escalations": (
        ("ticket_id", "clock", "cycle", "opened_by", "level"),
        ("ticket_id", "clock", "cycle", "opened_by", "party", "level"),
    ),
}
"""Table → the columns of its unique key before and after."""


def _name(table: str, columns: tuple[str, ...]) -> str:
    return f"uq_{table}_{'_'.join(columns)}"


def _change(table: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    name = _name(table, new)
    if op.get_bind().dialect.name != "postgresql":
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(_name(table, old), type_="unique")
            batch.create_unique_constraint(name, list(new))
        return
    if name in {key["name"] for key in sa.inspect(op.get_bind()).get_unique_constraints(table)}:
        return  # done before it was broken off at the other table
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({', '.join(new)})")
    op.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {_name(table, old)}, "
        f"ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"
    )


def upgrade() -> None:
    """Apply."""
    for table, (old, new) in KEYS.items():
        _change(table, old, new)


def downgrade() -> None:
    """Undo. Rows of assisting units go: the narrow key has no room for them, and events can make them again."""
    for table, (old, new) in KEYS.items():
        op.execute(sa.delete(sa.table(table, sa.column("party"))).where(sa.column("party") != ""))
        _change(table, new, old)
