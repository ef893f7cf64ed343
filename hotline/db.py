"""The engine, the session and the one transaction per act.

SQLite: WAL, foreign keys on, BEGIN IMMEDIATE for writers (a deferred one fails at the upgrade under two writers).
PostgreSQL: psycopg with SQLAlchemy's pool; a statement may not run for ever. One clock: the database's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, TypeDecorator, create_engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from hotline.settings import settings

STATEMENT_TIMEOUT_MS = 15_000
_making = threading.Lock()


class UTCDateTime(TypeDecorator[datetime]):
    """An instant, aware and in UTC on the Python side; timestamptz in PostgreSQL, naive UTC text in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: an hour of doubt is a deadline of doubt."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def make_engine(url: str) -> Engine:
    """An engine for `url` with the house's pragmas or timeouts set on each connection."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_size=settings().web_threads + 2,
        max_overflow=0,
        pool_use_lifo=True,  # the few connections at work keep their plans and catalogue warm
        pool_recycle=1800,
        connect_args={
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c TimeZone=UTC",
            "connect_timeout": 5,
        },
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "busy_timeout=30000", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get("read_only") else "BEGIN IMMEDIATE")


@cache
def _made() -> Engine:
    return make_engine(settings().database_url)


def engine() -> Engine:
    """The engine of this process; made at the first use, so after a fork, and once, however many threads begin."""
    if _made.cache_info().currsize:
        return _made()
    with _making:
        return _made()


@cache
def _factory() -> sessionmaker[Session]:
    return sessionmaker(engine(), expire_on_commit=False)


@contextmanager
def transaction() -> Iterator[Session]:
    """One act: commits at the end, rolls everything back at an error."""
    with _factory().begin() as session:
        yield session


@cache
def _reader() -> Engine:
    """The same connections without a transaction around each SELECT: on PostgreSQL every statement sees its own
    moment anyway, and BEGIN and ROLLBACK would cost as much as the reading.
    """
    options = {} if engine().dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    return engine().execution_options(read_only=True, **options)


@contextmanager
def reading() -> Iterator[Session]:
    """A session to read with; it takes no write lock and keeps nothing."""
    with Session(_reader(), expire_on_commit=False) as session:
        yield session


def forget(close: bool = True) -> None:
    """Drop the engine and the settings, when the environment changed; after a fork with `close` false, since the
    connections are the parent's, which goes on using them.
    """
    if _made.cache_info().currsize:
        _made().dispose(close=close)
    for cached in (_made, _factory, _reader, settings):
        cached.cache_clear()


def is_postgres(session: Session) -> bool:
    """True on PostgreSQL; SQLite has neither SKIP LOCKED nor sequences."""
    return session.get_bind().dialect.name == "postgresql"


def now(session: Session) -> datetime:
    """The time of this transaction: the database's clock, or the simulated one that a demo or replay has set.

    Workers' clocks that are wrong by minutes change no verdict.
    """
    simulated = session.info.get("now")
    if simulated is not None:
        return simulated  # type: ignore[no-any-return]
    if not is_postgres(session):
        return datetime.now(UTC)
    return session.scalars(select(func.now())).one().astimezone(UTC)
