"""Migrations: one head, reversible, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from hotline.settings import settings


def config(url: str | None = None) -> Config:
    """Alembic's configuration for `url`, or for the database of the settings; no ini file beside the code."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("sqlalchemy.url", (url or settings().database_url).replace("%", "%%"))
    return made


def migrate(url: str | None = None, to: str = "head") -> None:
    """Bring the database to revision `to`; works on an empty HOTLINE_HOME."""
    command.upgrade(config(url), to)


def undo(url: str | None = None, to: str = "base") -> None:
    """Take the database back to revision `to`."""
    command.downgrade(config(url), to)
