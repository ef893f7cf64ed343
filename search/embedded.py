"""The embedded index: SQLite's FTS5 in a file of its own, for many threads and processes at once.

Each call opens its own connection, so that nothing is shared between threads or across a fork, and a file that was
replaced is seen at once.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from search import embedded_query
from search.asking import answer
from search.documents import Document, Page, Query, Unavailable
from search.projection import batches, project

_BATCH = 500
_STEPS = 10_000


class EmbeddedEngine:
    """`search.documents.Engine` over one SQLite file; `timeout` in seconds bounds each call, waiting included."""

    def __init__(self, path: Path, timeout: float = 5.0) -> None:
        self.path, self.timeout = path, timeout

    def prepare(self) -> None:
        """Make the file (readable by its owner alone) and its tables where they are missing or of an old form."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
        except OSError as error:
            raise Unavailable(f"the index {self.path} cannot be made: {error}") from error
        with self._open() as database:
            if _schema(database) != embedded_query.SCHEMA:
                database.execute("PRAGMA journal_mode = WAL")
                _make(database)

    def put(self, documents: Iterable[Document]) -> None:
        """Write in transactions of 500, so that no other writer waits long."""
        self.prepare()
        for batch in batches(map(project, documents), _BATCH):
            with self._writing() as database:
                for projection in batch:
                    embedded_query.put(database, projection)

    def search(self, query: Query) -> Page:
        """See `Engine.search`."""
        with self._open() as database:
            database.execute("BEGIN")
            return answer(query, lambda asked: embedded_query.find(database, asked))

    def versions(self, ids: Sequence[int]) -> dict[int, int]:
        """See `Engine.versions`."""
        with self._open() as database:
            rows = (database.execute("SELECT version FROM documents WHERE id = ?", (one,)).fetchone() for one in ids)
            return {one: row[0] for one, row in zip(ids, rows, strict=True) if row}

    def remove(self, ids: Sequence[int]) -> None:
        """See `Engine.remove`."""
        with self._writing() as database:
            for one in ids:
                embedded_query.forget(database, one)
                database.execute("DELETE FROM documents WHERE id = ?", (one,))

    def clear(self) -> None:
        """Empty the index; where the file is damaged, put a new one in its place."""
        try:
            self.prepare()
            with self._open() as database:
                _make(database, again=True)
        except Unavailable as error:
            if not _is_damage(error.__cause__):
                raise
            for ending in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
            self.prepare()

    def refresh(self) -> None:
        """Nothing to do: what is committed is found."""

    def count(self) -> int:
        """See `Engine.count`."""
        with self._open() as database:
            return int(database.execute("SELECT count(*) FROM documents").fetchone()[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        end = time.monotonic() + self.timeout
        try:
            address = f"{self.path.absolute().as_uri()}?mode=rw"
            with closing(sqlite3.connect(address, self.timeout, isolation_level=None, uri=True)) as database:
                database.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
                database.execute("PRAGMA synchronous = NORMAL")
                yield database
        except sqlite3.Error as error:
            raise Unavailable(f"the index {self.path} cannot be used: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")


def _schema(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _make(database: sqlite3.Connection, again: bool = False) -> None:
    """All tables anew in one transaction, unless another process has just made them."""
    database.execute("BEGIN IMMEDIATE")
    if again or _schema(database) != embedded_query.SCHEMA:
        for statement in filter(str.strip, embedded_query.TABLES.split(";")):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {embedded_query.SCHEMA}")
    database.execute("COMMIT")


def _is_damage(error: BaseException | None) -> bool:
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in codes
