"""The API's tests meet the house as its callers do: over HTTP, on both databases."""

from tests.hotline_fixtures import database, postgres_template, sqlite_template, web

__all__ = ["database", "postgres_template", "sqlite_template", "web"]
