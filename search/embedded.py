"""The embedded index: SQLite's FTS5 in a file of its own, for many threads and processes at once.

Each call opens its own connection, so that nothing is shared between threads or across a fork, and a file that was
replaced is seen at once.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from search.asking import Asked, Row, answer
from search.documents import Document, Page, Query, Unavailable
from search.projection import SHOWN, Projection, batches, microseconds, project, wanted
from search.words import Question

_SCHEMA = 1
_TABLES = """
DROP TABLE IF EXISTS documents;
DROP TABLE IF EXISTS facets;
DROP TABLE IF EXISTS texts;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, received_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
    number TEXT NOT NULL, title TEXT NOT NULL, content TEXT NOT NULL, reply TEXT NOT NULL
);
CREATE INDEX documents_received ON documents (received_at, id);
CREATE INDEX documents_due ON documents (due_at, id);
CREATE TABLE facets (
    name TEXT NOT NULL, code TEXT NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (name, code, document)
) WITHOUT ROWID;
CREATE INDEX facets_document ON facets (document);
CREATE VIRTUAL TABLE texts USING fts5(number, title, body, words, tokenize = 'ascii');
"""
_PUT = """
INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, received_at = excluded.received_at,
    due_at = excluded.due_at, number = excluded.number, title = excluded.title, content = excluded.content,
    reply = excluded.reply
WHERE excluded.version >= documents.version RETURNING id
"""
_MATCHING = "SELECT rowid FROM texts WHERE texts MATCH ?"
_SCORED = "SELECT rowid AS found, -bm25(texts, 8, 3, 1, 2) AS score FROM texts WHERE texts MATCH ?"
"""The weights of number, title, body and words: the same in the other engine."""
_MOST = "SELECT rowid FROM ({}) GROUP BY rowid HAVING count(*) >= ?"
_FACET = "id IN (SELECT document FROM facets WHERE name = ? AND code IN (SELECT value FROM json_each(?)))"

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
            if _schema(database) != _SCHEMA:
                database.execute("PRAGMA journal_mode = WAL")
                _make(database)

    def put(self, documents: Iterable[Document]) -> None:
        """Write in transactions of 500, so that no other writer waits long."""
        self.prepare()
        for batch in batches(map(project, documents), _BATCH):
            with self._writing() as database:
                for projection in batch:
                    _put(database, projection)

    def search(self, query: Query) -> Page:
        """See `Engine.search`."""
        with self._open() as database:
            database.execute("BEGIN")
            return answer(query, lambda asked: _find(database, asked))

    def versions(self, ids: Sequence[int]) -> dict[int, int]:
        """See `Engine.versions`."""
        with self._open() as database:
            rows = (database.execute("SELECT version FROM documents WHERE id = ?", (one,)).fetchone() for one in ids)
            return {one: row[0] for one, row in zip(ids, rows, strict=True) if row}

    def remove(self, ids: Sequence[int]) -> None:
        """See `Engine.remove`."""
        with self._writing() as database:
            for one in ids:
                _forget(database, one)
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
    if again or _schema(database) != _SCHEMA:
        for statement in filter(str.strip, _TABLES.split(";")):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {_SCHEMA}")
    database.execute("COMMIT")


def _is_damage(error: BaseException | None) -> bool:
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in codes


def _put(database: sqlite3.Connection, one: Projection) -> None:
    shown = (one.shown[name] for name in SHOWN)
    if database.execute(_PUT, (one.id, one.version, one.received, one.due, *shown)).fetchone() is None:
        return
    _forget(database, one.id)
    database.execute(
        "INSERT INTO texts (rowid, number, title, body, words) VALUES (:id, :number, :title, :body, :words)",
        {"id": one.id} | one.texts,
    )
    facets = [(name, code, one.id) for name, codes in one.facets.items() for code in codes]
    database.executemany("INSERT INTO facets VALUES (?, ?, ?)", facets)


def _forget(database: sqlite3.Connection, one: int) -> None:
    database.execute("DELETE FROM texts WHERE rowid = ?", (one,))
    database.execute("DELETE FROM facets WHERE document = ?", (one,))


def _find(database: sqlite3.Connection, asked: Asked) -> tuple[list[Row], int]:
    source, sought = _source(asked)
    where, values = _where(asked)
    total = database.execute(_select("count(*)", source, where), [*sought, *values]).fetchone()[0]
    key, score = ("score", "score") if asked.sort == "relevance" else (asked.sort, "0.0")
    direction, beyond = ("DESC", "<") if asked.descends else ("ASC", ">")
    if asked.after is not None:
        where, values = [*where, f"({key}, id) {beyond} (?, ?)"], [*values, *asked.after]
    page = f"ORDER BY {key} {direction}, id {direction} LIMIT ?"
    columns = f"id, {key}, {score}, number, title, content, reply"
    rows = database.execute(_select(columns, source, where, page), [*sought, *values, asked.size + 1])
    found = [Row(one, at, rank, dict(zip(SHOWN, shown, strict=True))) for one, at, rank, *shown in rows]
    return found, int(total)


def _select(columns: str, source: str, where: Sequence[str], page: str = "") -> str:
    """A statement of our own words only; every value of a person is bound."""
    return " ".join(("SELECT", columns, "FROM", source, "WHERE", " AND ".join(where), page))


def _source(asked: Asked) -> tuple[str, list[str]]:
    """What is selected from: all documents, or those that match, with their score."""
    if asked.sort == "relevance":
        return f"({_SCORED}) JOIN documents ON id = found", [_match(asked.question, asked.relaxed)]
    return "documents", []


def _match(question: Question, relaxed: bool) -> str:
    """FTS5's own language, built from quoted atoms alone."""
    words = (" OR " if relaxed else " AND ").join(
        f"({_phrase(word.atoms)} OR words : {_quoted(word.word)})" for word in question.words
    )
    return " AND ".join([f"({words})"] * bool(words) + [_phrase(phrase) for phrase in question.phrases])


def _phrase(atoms: Sequence[str]) -> str:
    return f"{{number title body}} : {_quoted(' '.join(atoms))}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _where(asked: Asked) -> tuple[list[str], list[Any]]:
    """The filters, the reader's right among them: all must hold."""
    query, question = asked.query, asked.question
    parts: list[tuple[str, list[Any]]] = [("TRUE", [])]
    parts += [(_FACET, [name, json.dumps(codes)]) for name, codes in wanted(query).items()]
    parts += [(f"id NOT IN ({_MATCHING})", [_phrase(excluded)]) for excluded in question.excluded]
    if query.received_from:
        parts.append(("received_at >= ?", [microseconds(query.received_from)]))
    if query.received_to:
        parts.append(("received_at < ?", [microseconds(query.received_to)]))
    if question.ranks and asked.sort != "relevance":
        parts.append((f"id IN ({_MATCHING})", [_match(question, asked.relaxed)]))
    if asked.relaxed:
        parts.append(_most(question))
    return [sql for sql, _ in parts], [value for _, values in parts for value in values]


def _most(question: Question) -> tuple[str, list[Any]]:
    each = " UNION ALL ".join([_MATCHING] * len(question.words))
    words = [_phrase(word.atoms) for word in question.words]
    return f"id IN ({_MOST.format(each)})", [*words, question.most]
