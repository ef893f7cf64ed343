"""Migrations: one head, there and back on both databases, and what they make is what the models say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hotline import db, migrations
from hotline.db import make_engine
from hotline.models import Likeness, Ticket
from hotline.models.model import Model
from hotline.settings import settings
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


# Data that is there already


KEPT = ("tickets", "clocks", "escalations", "events", "cycles", "assists", "calendar_years", "policies")


def _rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of the tables that have been there from the first, as the database gives it."""
    found = {}
    with engine.connect() as connection:
        for table in KEPT:
            order = {"cycles": "ticket_id, number", "assists": "ticket_id, unit"}.get(table, "id")
            rows = connection.execute(text(f"SELECT * FROM {table} ORDER BY {order}")).mappings()
            found[table] = [dict(row) for row in rows]
    return found


def _common(rows: dict[str, list[dict[str, Any]]], like: dict[str, list[dict[str, Any]]]) -> Any:
    """The rows with the columns only that `like` has."""
    return {t: [{c: row[c] for c in like[t][0]} for row in found] for t, found in rows.items()}


@pytest.fixture
def old(lived: House) -> Iterator[Engine]:
    """A house with a history and escalations, as it was before the second migration."""
    lived.wait(days=40)
    lived.sweep()
    db.forget()
    engine = make_engine(settings().database_url)
    migrations.undo(_address(engine), to="0001")
    yield engine
    engine.dispose()


def test_what_was_written_before_the_migrations_is_there_after_them_and_after_their_undoing(old: Engine) -> None:
    before = _rows(old)
    assert all(before.values())
    migrations.migrate(_address(old))
    after = _rows(old)
    assert _common(after, before) == before
    assert {row["party"] for table in ("clocks", "escalations") for row in after[table]} == {""}
    assert {row["edition"] for row in after["calendar_years"]} == {1}
    assert {(row["calendar"], row["suspensions"], bool(row["supervised"])) for row in after["tickets"]} == {
        ("", 0, False)
    }
    migrations.undo(_address(old), to="0001")
    assert _rows(old) == before


def test_the_house_goes_on_where_it_was_and_is_whole(lived: House) -> None:
    db.forget()
    migrations.undo(to="0001")
    migrations.migrate()
    db.forget()
    lived.wait(days=1)
    with db.reading() as session:
        [number] = session.scalars(select(Ticket.number).where(Ticket.status == "dispatched"))
    ticket = lived.act(lived.ticket(number), "accept")
    parties = {row.party for row in lived.clocks(ticket, "assist")}
    assert parties == set(ticket.assisting) != set(), "the events give back what the narrow key had no room for"
    assert ticket.status == "accepted"


NEW_KEY = "uq_clocks_ticket_id_name_opened_by_party_known_from"
OLD_KEY = "uq_clocks_ticket_id_name_opened_by_known_from"
COLUMNS = "ticket_id, name, opened_by, party, known_from"
BROKEN_OFF = {
    "before anything": [],
    "between index and key": [f"CREATE UNIQUE INDEX CONCURRENTLY {NEW_KEY} ON clocks ({COLUMNS})"],
    "with half an index": [f"CREATE INDEX {NEW_KEY} ON clocks (ticket_id)"],
    "between the two tables": [
        f"CREATE UNIQUE INDEX CONCURRENTLY {NEW_KEY} ON clocks ({COLUMNS})",
        f"ALTER TABLE clocks DROP CONSTRAINT {OLD_KEY}, ADD CONSTRAINT {NEW_KEY} UNIQUE USING INDEX {NEW_KEY}",
    ],
}


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("where", BROKEN_OFF)
def test_the_change_of_keys_broken_off_goes_through_when_it_is_run_again(empty: Engine, where: str) -> None:
    migrations.migrate(_address(empty), to="0002")
    with empty.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in BROKEN_OFF[where]:
            connection.execute(text(statement))
    migrations.migrate(_address(empty))
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Model.metadata) == []
    assert {key["name"] for key in inspect(empty).get_unique_constraints("clocks")} == {NEW_KEY}
    migrations.undo(_address(empty), to="0002")
    assert {key["name"] for key in inspect(empty).get_unique_constraints("clocks")} == {OLD_KEY}


HALF_WAY = {
    "before the index": [],
    "with half an index": ["CREATE INDEX ix_citizens_sender_digest ON citizens (ticket_id)"],
}


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("where", HALF_WAY)
def test_room_for_repeats_broken_off_before_its_index_goes_through_when_it_is_run_again(
    empty: Engine, where: str
) -> None:
    migrations.migrate(_address(empty), to="0005")
    undone = ["DROP INDEX ix_citizens_sender_digest", "UPDATE alembic_version SET version_num = '0004'"]
    with empty.begin() as connection:
        for statement in (*undone, *HALF_WAY[where]):
            connection.execute(text(statement))
    migrations.migrate(_address(empty))
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Model.metadata) == []


def test_likenesses_of_before_are_sure_and_undecided(old: Engine) -> None:
    with old.begin() as connection:
        first, *_, last = connection.scalars(text("SELECT id FROM tickets ORDER BY id")).all()
        connection.execute(text("DELETE FROM likenesses"))
        connection.execute(text(f"INSERT INTO likenesses VALUES ({last}, {first}, 'same_text')"))
    migrations.migrate(_address(old))
    with Session(old) as session:
        [row] = session.scalars(select(Likeness))
        assert (row.score, row.reasons, row.verdict, row.decided_by) == (1.0, [], None, None)
