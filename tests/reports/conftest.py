"""The demo city in both databases, made once per run at a fixed moment and only read afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from hotline import db, knowledge, migrations, seeds, vault
from hotline.seeds import city
from tests.hotline_fixtures import sqlite_template

__all__ = ["in_the_city", "postgres_city", "session", "sqlite_city", "sqlite_template"]

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""10:00 of a Friday in Shanghai."""


def _forget() -> None:
    db.forget()
    vault.forget()
    knowledge.forget()


def _made(patch: pytest.MonkeyPatch, home: Path, url: str | None) -> str:
    patch.setenv("HOTLINE_HOME", str(home))
    if url:
        patch.setenv("HOTLINE_DATABASE_URL", url)
    _forget()
    migrations.migrate()
    with db.transaction() as session:
        seeds.seed_rules(session)
        seeds.seed_city(session, seeds.DEMO)
    knowledge.forget()
    with db.transaction() as session:
        session.info["now"] = NOW
        city.load_demo(session)
        url = str(session.get_bind().engine.url.render_as_string(hide_password=False))
    _forget()
    return url


@pytest.fixture(scope="session")
def sqlite_city(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the demo city in SQLite."""
    with pytest.MonkeyPatch.context() as patch:
        return _made(patch, tmp_path_factory.mktemp("city"), None)


@pytest.fixture(scope="session")
def postgres_city(postgres_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the demo city in PostgreSQL."""
    with pytest.MonkeyPatch.context() as patch:
        return _made(patch, tmp_path_factory.mktemp("city"), postgres_database())


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def in_the_city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The environment of a house on the demo city, in each database in turn; kept for the tests of a module."""
    url = request.getfixturevalue(f"{request.param}_city")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
            patch.delenv(name)
        patch.setenv("HOTLINE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("HOTLINE_DATABASE_URL", url)
        _forget()
        yield
    _forget()


@pytest.fixture
def session(in_the_city: None) -> Iterator[Session]:
    """A session on the demo city at NOW; what a test does there is rolled back."""
    with Session(db.engine(), expire_on_commit=False) as made:
        made.info["now"] = NOW
        yield made
        made.rollback()
