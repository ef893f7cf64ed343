"""The demo city on SQLite and on PostgreSQL: furnished once per run, copied for each test."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotline import db, seeds
from hotline import knowledge as knowing
from hotline.knowledge import Knowledge
from hotline.migrations import migrate
from hotline.settings import settings
from tests.hotline.city import KEYS, House, forget, live

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def _furnish(home: Path, **more: str) -> None:
    """Migrations, rules and the city, with nobody connected at the end."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"HOTLINE_HOME": str(home), **KEYS, **more}.items():
            patch.setenv(name, value)
        forget()
        migrate()
        with db.transaction() as session:
            seeds.seed_rules(session)
            seeds.seed_city(session, seeds.DEMO)
        forget()


@pytest.fixture(scope="session")
def sqlite_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The furnished SQLite file; it is only copied."""
    home = tmp_path_factory.mktemp("city")
    _furnish(home)
    return home / "hotline.db"


@pytest.fixture(scope="session")
def postgres_city(postgres_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the furnished PostgreSQL database; it is only copied."""
    url = postgres_database()
    _furnish(tmp_path_factory.mktemp("city"), HOTLINE_DATABASE_URL=url)
    return url


@pytest.fixture(scope="session")
def city_knowledge(sqlite_city: Path) -> Knowledge:
    """What the engines are made of, read once: every copy holds the same."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"HOTLINE_HOME": str(sqlite_city.parent), **KEYS}.items():
            patch.setenv(name, value)
        forget()
        with db.reading() as session:
            know = knowing.knowledge(session)
        forget()
    return know


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The name of each database in turn."""
    return str(request.param)


MoveIn = Callable[[str], House]


@pytest.fixture
def move_in(
    database: str,
    home: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    city_knowledge: Knowledge,
) -> Iterator[MoveIn]:
    """A function that makes a house out of a template: SQLite's file or PostgreSQL's address."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)

    def make(template: str) -> House:
        forget()
        for left in (*home.glob("hotline.db*"), home / "seals.log"):
            left.unlink(missing_ok=True)
        if database == "sqlite":
            shutil.copy(template, home / "hotline.db")
        else:
            monkeypatch.setenv("HOTLINE_DATABASE_URL", request.getfixturevalue("postgres_database")(template=template))
        forget()
        monkeypatch.setattr(knowing, "_kept", (math.inf, None, city_knowledge))
        return House(database, home, city_knowledge)

    yield make
    forget()


@pytest.fixture
def house(database: str, move_in: MoveIn, request: pytest.FixtureRequest) -> House:
    """A house of this test's own on either database; nothing has happened in it yet."""
    return move_in(str(request.getfixturevalue(f"{database}_city")))


@pytest.fixture(scope="session")
def lives() -> dict[str, tuple[str, House]]:
    """Database → a house with a history as a template, and its last state."""
    return {}


@pytest.fixture
def lived(database: str, move_in: MoveIn, lives: dict[str, tuple[str, House]], request: pytest.FixtureRequest) -> House:
    """A house with a history: two closed and one open ticket, texts, three seals, and two events not sealed yet."""
    if database not in lives:
        old = move_in(str(request.getfixturevalue(f"{database}_city")))
        live(old)
        address = settings().database_url
        forget()
        kept = Path(request.getfixturevalue("tmp_path_factory").mktemp("lived"))
        for file in ("hotline.db", "seals.log") if database == "sqlite" else ("seals.log",):
            shutil.copy(old.home / file, kept / file)
        old.home = kept
        lives[database] = (str(kept / "hotline.db") if database == "sqlite" else address, old)
    template, old = lives[database]
    house = move_in(template)
    house.now, house.opened = old.now, old.opened
    shutil.copy(old.seals, house.seals)
    return house
