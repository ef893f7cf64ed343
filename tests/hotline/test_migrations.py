"""Migrations: one head, there and back on both databases, and what they make is what the models say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from hotline import migrations
from hotline.db import make_engine
from hotline.models.model import Model
from tests.hotline.city import House


@pytest.fixture
def empty(database: str, home: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine on an empty database."""
    if database == "sqlite":
        url = f"sqlite:///{home}/empty.db"
    else:
        make: Callable[..., str] = request.getfixturevalue("postgres_database")
        url = make()
    engine = make_engine(url)
    yield engine
    engine.dispose()


def _address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def _triggers(engine: Engine) -> set[str]:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with engine.connect() as connection:
        return set(connection.scalars(text(query[engine.dialect.name])))


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(migrations.config("sqlite://")).get_heads()) == 1


def test_up_down_and_up_again_leaves_what_the_first_time_made(empty: Engine) -> None:
    migrations.migrate(_address(empty))
    first = (_tables(empty), _triggers(empty))
    assert first[0] == {table.name for table in Model.metadata.sorted_tables}
    migrations.undo(_address(empty))
    assert (_tables(empty), _triggers(empty)) == (set(), set())
    migrations.migrate(_address(empty))
    migrations.migrate(_address(empty))
    assert (_tables(empty), _triggers(empty)) == first


def test_the_migrated_schema_is_what_the_models_say(empty: Engine) -> None:
    migrations.migrate(_address(empty))
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_the_comparison_would_see_a_column_that_is_missing(empty: Engine) -> None:
    migrations.migrate(_address(empty))
    with empty.begin() as connection:
        connection.execute(text("ALTER TABLE citizens ADD COLUMN stray TEXT"))
    with empty.connect() as connection:
        [difference] = compare_metadata(MigrationContext.configure(connection), Model.metadata)
    assert difference[0] == "remove_column"


@pytest.mark.parametrize(
    "column", ["id", "subject", "seq", "ticket_id", "at", "action", "actor", "unit", "data", "previous", "hash"]
)
def test_no_part_of_an_event_can_be_changed(lived: House, column: str) -> None:
    with pytest.raises(DBAPIError, match="events are only added"), lived.transaction() as session:
        session.execute(text(f"UPDATE events SET {column} = {column} WHERE seq = 1"))
    assert not lived.faults()


@pytest.mark.parametrize("statement", ["DELETE FROM events", "DELETE FROM events WHERE seq = 3"])
def test_no_event_can_be_deleted(lived: House, statement: str) -> None:
    with pytest.raises(DBAPIError, match="events are only added"), lived.transaction() as session:
        session.execute(text(statement))
    assert not lived.faults()


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_nor_can_all_of_them_be_truncated(lived: House) -> None:
    with pytest.raises(DBAPIError, match="events are only added"), lived.transaction() as session:
        session.execute(text("TRUNCATE events"))
    assert not lived.faults()


def test_its_delivery_and_its_seal_are_filled_in_later(lived: House) -> None:
    with lived.transaction() as session:
        session.execute(text("UPDATE events SET delivered_at = at WHERE seq = 1"))
    lived.seal()
    assert lived.verify().unsealed == 0
    assert not lived.faults()
