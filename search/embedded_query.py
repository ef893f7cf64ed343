"""The embedded index's half of a query: its tables, what of a document is written, and how it is asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from search.asking import MOST_CODES, Asked, Found, Row
from search.documents import Query
from search.projection import SHOWN, TIMES, YES, Projection, periods, wanted

SCHEMA = 2
"""The version of the form; an index of another one is built again."""

TABLES = """
DROP TABLE IF EXISTS documents;
DROP TABLE IF EXISTS facets;
DROP TABLE IF EXISTS texts;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, digest INTEGER NOT NULL,
    received_at INTEGER NOT NULL, due_at INTEGER NOT NULL, closed_at INTEGER NOT NULL,
    number TEXT NOT NULL, title TEXT NOT NULL, content TEXT NOT NULL, reply TEXT NOT NULL
);
CREATE INDEX documents_received ON documents (received_at, id);
CREATE INDEX documents_due ON documents (due_at, id);
CREATE TABLE facets (
    name TEXT NOT NULL, code TEXT NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (name, code, document)
) WITHOUT ROWID;
CREATE INDEX facets_document ON facets (document);
CREATE VIRTUAL TABLE texts USING fts5(number, title, body, words, files, tokenize = 'ascii');
"""
_PUT = """
INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, digest = excluded.digest,
    received_at = excluded.received_at, due_at = excluded.due_at, closed_at = excluded.closed_at,
    number = excluded.number, title = excluded.title, content = excluded.content, reply = excluded.reply
WHERE excluded.version >= documents.version RETURNING id
"""
_PUT_TEXTS = """
INSERT INTO texts (rowid, number, title, body, words, files) VALUES (:id, :number, :title, :body, :words, :files)
"""
_MATCHING = "SELECT rowid FROM texts WHERE texts MATCH ?"
_SCORED = "SELECT rowid AS found, -bm25(texts, 8, 3, 1, 2, 1) AS score FROM texts WHERE texts MATCH ?"
"""The weights of number, title, body, words and files: the same in the other engine."""
_RAISED = "SELECT found, score + {} AS score FROM ({})"
_PREFERRED = """
coalesce((SELECT 1 FROM facets WHERE name = ? AND code = ? AND document = found), 0) * ?
"""
_MOST = "SELECT rowid FROM ({}) GROUP BY rowid HAVING count(*) >= ?"
_FACET = "id IN (SELECT document FROM facets WHERE name = ? AND code IN (SELECT value FROM json_each(?)))"
_FACET_OF_ONE = (
    "EXISTS (SELECT 1 FROM facets WHERE name = ? AND code IN (SELECT value FROM json_each(?)) AND document = id)"
)
"""The same: the first where all documents are looked through, the second where few match the words."""
_PAGE = """
WITH hits AS MATERIALIZED (SELECT id, {key} AS at, {score} AS score FROM {source} WHERE {where})
SELECT id, at, score, (SELECT count(*) FROM hits), number, title, content, reply
FROM (SELECT id, at, score FROM hits WHERE {beyond} ORDER BY at {direction}, id {direction} LIMIT ?)
JOIN documents USING (id) ORDER BY at {direction}, id {direction}
"""
_COUNTED = """
WITH found AS MATERIALIZED (SELECT id FROM {source} WHERE {where})
SELECT name, code, count(*) FROM found CROSS JOIN facets ON facets.document = found.id
WHERE name IN (SELECT value FROM json_each(?)) GROUP BY name, code ORDER BY count(*) DESC, code
"""

Condition = tuple[str, list[Any]]
"""SQL of our own words, and the values that are bound in it."""


def put(database: sqlite3.Connection, one: Projection) -> None:
    """Write a projection, unless a newer version is there."""
    shown = (one.shown[name] for name in SHOWN)
    times = (one.times[name] for name in TIMES)
    if database.execute(_PUT, (one.id, one.version, one.digest, *times, *shown)).fetchone() is None:
        return
    forget(database, one.id)
    database.execute(_PUT_TEXTS, {"id": one.id} | one.texts)
    facets = [(name, code, one.id) for name, codes in one.facets.items() for code in codes]
    database.executemany("INSERT INTO facets VALUES (?, ?, ?)", facets)


def forget(database: sqlite3.Connection, one: int) -> None:
    """Take out what is searched in, not the document's row."""
    database.execute("DELETE FROM texts WHERE rowid = ?", (one,))
    database.execute("DELETE FROM facets WHERE document = ?", (one,))


def find(database: sqlite3.Connection, asked: Asked) -> Found:
    """What the query finds."""
    filters = _filters(asked)
    sql, values = _all([*filters.values(), *_texts(asked)])
    rows = _page(database, asked, (sql, values))
    found = [Row(one, at, rank, dict(zip(SHOWN, shown, strict=True))) for one, at, rank, _, *shown in rows]
    total = rows[0][3] if rows and rows[0][3] is not None else _total(database, asked, (sql, values), bool(rows))
    return Found(found, total, _counted(database, asked, filters))


def _page(database: sqlite3.Connection, asked: Asked, where: Condition) -> list[Any]:
    """(id, sort value, score, total or None, texts …) of the page. Where words are sought, what matches is looked
    through once; a list is read off its index, as far as the page goes.
    """
    source, sought = _source(asked)
    key, score = ("score", "score") if asked.sort == "relevance" else (asked.sort, "0.0")
    direction, beyond = ("DESC", "<") if asked.descends else ("ASC", ">")
    place = list(asked.after or ())
    if asked.question.ranks:
        further = f"(at, id) {beyond} (?, ?)" if place else "TRUE"
        parts = {"key": key, "score": score, "source": source, "where": where[0], "beyond": further}
        sql = _PAGE.format(**parts, direction=direction)
    else:
        further = f"{where[0]} AND ({key}, id) {beyond} (?, ?)" if place else where[0]
        columns = f"id, {key}, {score}, NULL, number, title, content, reply"
        sql = _select(columns, source, further, f"ORDER BY {key} {direction}, id {direction} LIMIT ?")
    return database.execute(sql, [*sought, *where[1], *place, asked.size + 1]).fetchall()


def _total(database: sqlite3.Connection, asked: Asked, where: Condition, some: bool) -> int:
    """The total where the page does not say it; nothing at all where a first page is empty."""
    if not some and asked.after is None:
        return 0
    source, sought = _source(asked)
    return int(database.execute(_select("count(*)", source, where[0]), [*sought, *where[1]]).fetchone()[0])


def _select(columns: str, source: str, where: str, page: str = "") -> str:
    """A statement of our own words only; every value of a person is bound."""
    return " ".join(("SELECT", columns, "FROM", source, "WHERE", where, page))


def _all(conditions: Iterable[Condition]) -> Condition:
    parts = [("TRUE", []), *conditions]
    return " AND ".join(sql for sql, _ in parts), [value for _, values in parts for value in values]


def _source(asked: Asked) -> Condition:
    """What is selected from: all documents, or those that match, with their score."""
    if asked.sort != "relevance":
        return "documents", []
    prefer = asked.query.like.prefer if asked.query.like else ()
    if not prefer:
        return f"({_SCORED}) JOIN documents ON id = found", [_match(asked)]
    raised = _RAISED.format(" + ".join(_PREFERRED for _ in prefer), _SCORED)
    return f"({raised}) JOIN documents ON id = found", [*(part for each in prefer for part in each), _match(asked)]


def _counted(database: sqlite3.Connection, asked: Asked, filters: dict[str, Condition]) -> dict[str, dict[str, int]]:
    """Each facet without its own filter: those that have none are counted in one statement."""
    counted: dict[str, dict[str, int]] = {name: {} for name in asked.query.facets}
    plain = [name for name in counted if name not in filters and name != "overdue"]
    groups = [plain] * bool(plain) + [[name] for name in counted if name in filters and name != "overdue"]
    for names in groups:
        source, values = _within(asked, filters, names)
        for name, code, count in database.execute(_COUNTED.format(**source), [*values, json.dumps(names)]):
            if len(counted[name]) < MOST_CODES:
                counted[name][code] = count
    if "overdue" in counted:
        source, values = _within(asked, filters | {"overdue": _overdue(asked)}, [])
        [count] = database.execute(_select("count(*)", **source), values).fetchone()
        counted["overdue"] = {YES: count} if count else {}
    return counted


def _within(asked: Asked, filters: dict[str, Condition], without: Sequence[str]) -> tuple[dict[str, str], list[Any]]:
    """Where to count: what matches, under all filters but those of `without`."""
    others = [condition for name, condition in filters.items() if name not in without]
    where, values = _all([*others, *_texts(replace(asked, sort="received_at"))])
    return {"source": "documents", "where": where}, values


def _match(asked: Asked) -> str:
    """FTS5's own language, built from quoted atoms alone."""
    question, together = asked.question, asked.least == len(asked.question.words)
    words = (" AND " if together else " OR ").join(
        f"({_anywhere(asked, word.atoms)} OR words : {_quoted(word.word)})" for word in question.words
    )
    return " AND ".join([f"({words})"] * bool(words) + [_anywhere(asked, phrase) for phrase in question.phrases])


def _anywhere(asked: Asked, atoms: Sequence[str]) -> str:
    """The atoms in a text, or in a file that the reader may read."""
    in_files = [f"files : {_quoted(' '.join(each))}" for each in asked.tagged(atoms)]
    return f"({' OR '.join([_phrase(atoms), *in_files])})" if in_files else _phrase(atoms)


def _phrase(atoms: Sequence[str]) -> str:
    return f"{{number title body}} : {_quoted(' '.join(atoms))}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _filters(asked: Asked) -> dict[str, Condition]:
    """Name → filter, the reader's right among them: all must hold."""
    query = replace(asked.query, overdue=False)
    filters = {name: _facet(asked, name, codes) for name, codes in wanted(query).items()}
    filters |= {name: _span(name, span) for name, span in periods(query).items()}
    return filters | ({"overdue": _overdue(asked)} if asked.query.overdue else {})


def _facet(asked: Asked, name: str, codes: Sequence[str]) -> Condition:
    return (_FACET_OF_ONE if asked.question.ranks else _FACET), [name, json.dumps(codes)]


def _span(name: str, span: tuple[int, int]) -> Condition:
    return f"{name} >= ? AND {name} < ?", list(span)


def _overdue(asked: Asked) -> Condition:
    """What runs and was due before now."""
    query = Query(overdue=True, now=asked.query.now)
    facets = [_facet(asked, name, codes) for name, codes in wanted(query).items()]
    return _all([*facets, *(_span(name, span) for name, span in periods(query).items())])


def _texts(asked: Asked) -> list[Condition]:
    """What the question asks of the texts, as far as the source does not ask it already."""
    question = asked.question
    parts: list[Condition] = [
        (f"id NOT IN ({_MATCHING})", [_anywhere(asked, excluded)]) for excluded in question.excluded
    ]
    if question.ranks and asked.sort != "relevance":
        parts.append((f"id IN ({_MATCHING})", [_match(asked)]))
    if asked.least < len(question.words):
        parts.append(_most(asked))
    return parts


def _most(asked: Asked) -> Condition:
    each = " UNION ALL ".join([_MATCHING] * len(asked.question.words))
    words = [_anywhere(asked, word.atoms) for word in asked.question.words]
    return f"id IN ({_MOST.format(each)})", [*words, asked.least]
