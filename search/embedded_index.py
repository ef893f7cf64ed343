"""One embedded index: a SQLite file with FTS5, for many threads and processes at once.

Each call opens its own connection, so that nothing is shared between threads or across a fork. The file is reached
through a pointer, a symbolic link; whoever opened it before the pointer was turned goes on with the file it has.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from search import embedded_query
from search.ahead import ahead
from search.digests import BLOCK, Stamp, Tally
from search.documents import Document, Unavailable
from search.life import Damaged
from search.projection import Projection, batches, project

_GONE = "CREATE TABLE IF NOT EXISTS gone (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)"
"""What was taken out, and up to which version: nothing so old comes back."""

_TAKE_OUT = """
INSERT INTO gone VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET version = max(version, excluded.version)
"""
_BATCH = 500
_STEPS = 10_000
_PATIENCE = 12
"""What reads the whole index may take this many times the timeout of a search."""


class EmbeddedIndex:
    """`search.life.Index` over the file to which `path` points; `timeout` in seconds bounds each call, waiting too."""

    def __init__(self, path: Path, timeout: float = 5.0) -> None:
        """Opens nothing."""
        self.path, self.timeout = path, timeout

    def put(self, documents: Iterable[Document]) -> None:
        """Write in transactions of 500, so that no other writer waits long."""
        ahead(self.write, batches(map(project, documents), _BATCH))

    def remove(self, versions: Mapping[int, int]) -> None:
        """See `Index.remove`."""
        with self._writing() as database:
            database.executemany(_TAKE_OUT, versions.items())
            for one in versions:
                embedded_query.forget(database, one)
                database.execute("DELETE FROM documents WHERE id = ?", (one,))

    def versions(self, ids: Sequence[int]) -> dict[int, int]:
        """See `Index.versions`."""
        with self._open() as database:
            rows = (database.execute("SELECT version FROM documents WHERE id = ?", (one,)).fetchone() for one in ids)
            return {one: row[0] for one, row in zip(ids, rows, strict=True) if row}

    def tallies(self) -> dict[int, Tally]:
        """See `Index.tallies`."""
        sums = "SELECT id / ?, count(*), sum(digest) FROM documents GROUP BY 1"
        with self._open(self.timeout * _PATIENCE) as database:
            return {block: Tally(count, total) for block, count, total in database.execute(sums, (BLOCK,))}

    def stamps(self, block: int) -> dict[int, Stamp]:
        """See `Index.stamps`."""
        within = "SELECT id, version, digest FROM documents WHERE id >= ? AND id < ?"
        with self._open() as database:
            rows = database.execute(within, (block * BLOCK, (block + 1) * BLOCK))
            return {one: Stamp(version, digest) for one, version, digest in rows}

    def refresh(self) -> None:
        """Nothing to do: what is committed is found."""

    def count(self) -> int:
        """See `Index.count`."""
        with self._open() as database:
            return int(database.execute("SELECT count(*) FROM documents").fetchone()[0])

    def furnish(self) -> bool:
        """Make the file to which the path points (readable by its owner alone) and its tables, where they are missing
        or of another form; True where they were.
        """
        try:
            file = self._file()
            file.touch(mode=0o600)
        except OSError as error:
            raise Unavailable(f"the index {self.path} cannot be made: {error}") from error
        with self._open() as database:
            if schema(database) == embedded_query.SCHEMA:
                return False
            database.execute("PRAGMA journal_mode = WAL")
            _make(database)
        return True

    def empty(self) -> None:
        """Take everything out, tombstones too."""
        with self._open() as database:
            _make(database, again=True)

    def write(self, batch: Sequence[Projection]) -> None:
        """Write them in one transaction."""
        with self._writing() as database:
            for one in batch:
                _put(database, one)

    def _file(self) -> Path:
        """The file itself. OSError where the path is no pointer."""
        return self.path.parent / self.path.readlink()

    def _connected(self) -> sqlite3.Connection:
        while True:
            file = self._file()
            try:
                address = f"{file.absolute().as_uri()}?mode=rw"
                return sqlite3.connect(address, self.timeout, isolation_level=None, uri=True)
            except sqlite3.OperationalError:
                if self._file() == file:  # else it was dropped after the pointer was turned: read that again
                    raise

    @contextmanager
    def _open(self, timeout: float = 0.0) -> Iterator[sqlite3.Connection]:
        end = time.monotonic() + (timeout or self.timeout)
        try:
            with closing(self._connected()) as database:
                database.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
                database.execute("PRAGMA synchronous = NORMAL")
                yield database
        except (sqlite3.Error, OSError) as error:
            kind = Damaged if _is_damage(error) else Unavailable
            raise kind(f"the index {self.path} cannot be used: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")


def schema(database: sqlite3.Connection) -> int:
    """The version of the form of a file; 0 of an empty one."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _make(database: sqlite3.Connection, again: bool = False) -> None:
    """All tables anew in one transaction, unless another process has just made them."""
    database.execute("BEGIN IMMEDIATE")
    if again or schema(database) != embedded_query.SCHEMA:
        tables = f"DROP TABLE IF EXISTS gone; {_GONE}; {embedded_query.TABLES}"
        for statement in filter(str.strip, tables.split(";")):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {embedded_query.SCHEMA}")
    database.execute("COMMIT")


def _is_damage(error: BaseException) -> bool:
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in codes


def _put(database: sqlite3.Connection, one: Projection) -> None:
    gone = database.execute("SELECT version FROM gone WHERE id = ?", (one.id,)).fetchone()
    if gone is None or gone[0] < one.version:
        embedded_query.put(database, one)
