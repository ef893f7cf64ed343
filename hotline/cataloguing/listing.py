"""A part of a version as a list to look through: rows with their numbers, found by name or code, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cataloguing.documents import Document, Row
from hotline.cataloguing.naming import Names
from hotline.models import Unit


class Numbered(NamedTuple):
    """A row with its number in its part, counted from 1."""

    number: int
    row: Row


class Listed(NamedTuple):
    """How many rows were found, and those of one page."""

    total: int
    rows: list[Numbered]


def names_of(session: Session, content: Document) -> Names:
    """The names of a document's codes, and of all units, retired ones too."""
    return Names(content, session.scalars(select(Unit).order_by(Unit.code)).all())


def listed(content: Document, names: Names, part: str, words: str, page: int, size: int) -> Listed:
    """The rows of a part in which each word occurs: in a code, a name, a phrase, an alias or the legal basis."""
    wanted = words.lower().split()
    found = [each for each in _numbered(content, part) if not wanted or _holds(each.row, names, wanted)]
    return Listed(len(found), found[(page - 1) * size : page * size])


def _numbered(content: Document, part: str) -> Iterator[Numbered]:
    return (Numbered(number, row) for number, row in enumerate(content.part(part), 1))


def _holds(row: Row, names: Names, wanted: list[str]) -> bool:
    text = " ".join(_texts(row, names)).lower()
    return all(word in text for word in wanted)


def _texts(row: Row, names: Names) -> Iterator[str]:
    for field, value in row.items():
        for each in value if isinstance(value, list) else [value]:
            if each:
                yield str(each)
                if field in ("matter", "place", "lead", "assisting"):
                    yield names.name(field, each)
    if "code" in row:
        yield names.name("place" if "level" in row else "matter", row["code"])
