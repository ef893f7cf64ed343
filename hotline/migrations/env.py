"""Run by Alembic: a transaction for each migration, batch mode for SQLite, an advisory lock on PostgreSQL.

A migration may leave its transaction to build an index beside running work (CREATE INDEX CONCURRENTLY), so the lock is
the session's, and each migration is written to go through again where it broke off.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from hotline.db import make_engine
from hotline.models import Model

MIGRATION_LOCK = 12345


def run() -> None:
    """Connect and migrate."""
    engine = make_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            transaction_per_migration=True,
        )
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
            connection.commit()
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
