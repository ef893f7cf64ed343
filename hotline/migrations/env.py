"""Run by Alembic: one transaction for the whole upgrade, batch mode for SQLite, an advisory lock on PostgreSQL."""

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
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
