"""The houses of tests/hotline, for the catalogue's tests too."""

from tests.hotline.conftest import city_knowledge, database, house, move_in, postgres_city, sqlite_city

__all__ = ["city_knowledge", "database", "house", "move_in", "postgres_city", "sqlite_city"]
