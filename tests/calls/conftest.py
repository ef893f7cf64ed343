"""A house with the demo city in it, on either database."""

from tests.hotline_fixtures import database, postgres_template, sqlite_template, web

__all__ = ["database", "postgres_template", "sqlite_template", "web"]
