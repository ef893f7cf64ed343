"""A small year, replayed once per run in each database and only read afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy.orm import Session

from hotline import db, replaying
from hotline.knowledge import Knowledge, knowledge
from hotline.replaying import Asked, Replayed, Scenario
from tests.hotline_fixtures import KEYS, forget

TICKETS = 110
"""Few, for the suite's sake; the whole year is replayed by `make bench`, with its time and its figures."""


class Year(NamedTuple):
    """Where the replayed year lies, and what the replay said of itself."""

    home: Path
    url: str
    done: Replayed


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The shipped one."""
    return replaying.read_scenario("guiyang-2020")


def played(patch: pytest.MonkeyPatch, asked: Asked, home: Path, url: str = "") -> Year:
    """Replay in a house of its own."""
    settle(patch, home, url)
    done = replaying.replay(asked)
    forget()
    return Year(home, url, done)


def settle(patch: pytest.MonkeyPatch, home: Path, url: str) -> None:
    """The environment of a house in `home`."""
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        patch.delenv(name)
    database = {"HOTLINE_DATABASE_URL": url} if url else {}
    for name, value in {"HOTLINE_HOME": str(home), **KEYS, **database}.items():
        patch.setenv(name, value)
    forget()


@pytest.fixture(scope="session")
def sqlite_year(tmp_path_factory: pytest.TempPathFactory, scenario: Scenario) -> Year:
    """The small year in SQLite."""
    with pytest.MonkeyPatch.context() as patch:
        return played(patch, Asked(scenario, TICKETS), tmp_path_factory.mktemp("year"))


@pytest.fixture(scope="session")
def postgres_year(
    postgres_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory, scenario: Scenario
) -> Year:
    """The small year in PostgreSQL, by one process."""
    with pytest.MonkeyPatch.context() as patch:
        return played(patch, Asked(scenario, TICKETS), tmp_path_factory.mktemp("year"), postgres_database())


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def year(request: pytest.FixtureRequest) -> Iterator[Year]:
    """The small year in each database in turn, with its environment."""
    made: Year = request.getfixturevalue(f"{request.param}_year")
    with pytest.MonkeyPatch.context() as patch:
        settle(patch, made.home, made.url)
        yield made
    forget()


@pytest.fixture
def session(year: Year) -> Iterator[Session]:
    """A session to read the year with."""
    with db.reading() as made:
        yield made


@pytest.fixture(scope="session")
def know(sqlite_year: Year) -> Knowledge:
    """The demo city as the engines know it."""
    with pytest.MonkeyPatch.context() as patch:
        settle(patch, sqlite_year.home, sqlite_year.url)
        with db.reading() as made:
            found = knowledge(made)
        forget()
    return found
