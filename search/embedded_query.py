"""The embedded index's half of a query: its tables, what of a document is written, and how it is asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from search.asking import Asked, Row
from search.projection import SHOWN, Projection, microseconds, wanted
from search.words import Question

SCHEMA = 1
"""The version of the form; an index of another one is built again."""

TABLES = """
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


def put(database: sqlite3.Connection, one: Projection) -> None:
    """Write a projection, unless a newer version is there."""
    shown = (one.shown[name] for name in SHOWN)
    if database.execute(_PUT, (one.id, one.version, one.received, one.due, *shown)).fetchone() is None:
        return
    forget(database, one.id)
    database.execute(
        "INSERT INTO texts (rowid, number, title, body, words) VALUES (:id, :number, :title, :body, :words)",
        {"id": one.id} | one.texts,
    )
    facets = [(name, code, one.id) for name, codes in one.facets.items() for code in codes]
    database.executemany("INSERT INTO facets VALUES (?, ?, ?)", facets)


def forget(database: sqlite3.Connection, one: int) -> None:
    """Take out what is searched in, not the document's row."""
    database.execute("DELETE FROM texts WHERE rowid = ?", (one,))
    database.execute("DELETE FROM facets WHERE document = ?", (one,))


def find(database: sqlite3.Connection, asked: Asked) -> tuple[list[Row], int]:
    """Rows and total."""
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
