"""The document of a version: the rows of its three parts, whichever way they are kept.

Until a version is published the tables matters, places and responsibilities hold, as they were seeded. Afterwards the
document in force on a day is that of the newest publication whose `effective_from` has come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.errors import NotFound
from hotline.intake.fields import CITY_TIME
from hotline.models import CatalogueVersion, Matter, Place, Responsibility
from routing.catalogue import DECISIVE

PARTS = {"matters": "事项", "places": "地点", "responsibilities": "权责清单"}
"""The parts of a document by code."""

MOST_VERSIONS = 2**31
"""No number is as large: what asks for one is answered without the database, which may know no such integer."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """Rows as in seeds/*.json, each part in the order of its codes.

    A matter has code, name, phrases and, where they apply, shared, examples, kind, urgency; a place code, name, level,
    parent, aliases; a responsibility matter, place, lead, assisting, legal_basis, effective_from, effective_to (days in
    ISO 8601).
    """

    matters: Sequence[Row]
    places: Sequence[Row]
    responsibilities: Sequence[Row]

    def part(self, name: str) -> Sequence[Row]:
        """The rows of one of PARTS."""
        rows: Sequence[Row] = getattr(self, name)
        return rows

    def as_json(self) -> dict[str, list[Row]]:
        """The three lists by name."""
        return {name: list(self.part(name)) for name in PARTS}


def document(session: Session, version: int | None = None, day: date | None = None) -> Document:
    """The document of a version; without a number the one in force on `day`, today where none is given.

    Raises NotFound for a number that was never given.
    """
    if version is None:
        version = number_in_force(session, day)
    return seeded(session) if version is None else _of_version(session, version)


def number_in_force(session: Session, day: date | None = None) -> int | None:
    """The number of the version in force on `day` (today where None); None before the first one."""
    table, day = CatalogueVersion, day or datetime.now(CITY_TIME).date()
    begun = table.published_at.is_not(None) & (table.effective_from <= day)
    return session.scalar(select(table.version).where(begun).order_by(*newest_first()).limit(1))


def newest_first() -> tuple[Any, ...]:
    """The order of publications: no later one begins earlier, and of one day's the last published holds."""
    table = CatalogueVersion
    return (table.effective_from.desc(), table.published_at.desc(), table.version.desc())


def _of_version(session: Session, version: int) -> Document:
    table = CatalogueVersion
    columns = select(table.matters, table.places, table.responsibilities)
    known = 0 < version < MOST_VERSIONS
    found = session.execute(columns.where(table.version == version)).first() if known else None
    if found is None:
        raise no_version(version)
    return Document(*found)


def no_version(version: int) -> NotFound:
    """What is said of a number that was never given."""
    shown = str(version)[:12]
    return NotFound(f"没有第 {shown} 版目录，请核对版本号", f"there is no version {shown} of the catalogue")


def seeded(session: Session) -> Document:
    """What the tables hold."""
    matters = session.scalars(select(Matter).where(Matter.active).order_by(Matter.code)).all()
    places = session.scalars(select(Place).where(Place.active).order_by(Place.code))
    rows = session.scalars(select(Responsibility).order_by(Responsibility.id))
    common = _common_phrases(matters)
    return Document(
        [_matter_row(each, common) for each in matters],
        [
            {"code": p.code, "name": p.name, "level": p.level, "parent": p.parent, "aliases": list(p.aliases)}
            for p in places
        ],
        sorted((_responsibility_row(row) for row in rows), key=order_of),
    )


def order_of(row: Row) -> tuple[str, ...]:
    """Where a row of any part stands: by its code, or by matter, place and first day."""
    if "code" in row:
        return (row["code"],)
    return (row["matter"], row["place"], row["effective_from"], row["lead"])


def _common_phrases(matters: Sequence[Matter]) -> frozenset[str]:
    """The phrases, without the sign of the decisive, that stand under several matters."""
    spoken = (phrase for each in matters for phrase in {p.removesuffix(DECISIVE) for p in each.phrases})
    return frozenset(phrase for phrase, count in Counter(spoken).items() if count > 1)


def _matter_row(matter: Matter, common: frozenset[str]) -> Row:
    shared = [phrase for phrase in matter.phrases if phrase.removesuffix(DECISIVE) in common]
    own = [phrase for phrase in matter.phrases if phrase not in shared]
    usual = {"shared": shared, "examples": list(matter.examples), "kind": matter.kind, "urgency": matter.urgency}
    return {"code": matter.code, "name": matter.name, "phrases": own} | {k: v for k, v in usual.items() if v}


def _responsibility_row(row: Responsibility) -> Row:
    return {
        "matter": row.matter,
        "place": row.place,
        "lead": row.lead,
        "assisting": list(row.assisting),
        "legal_basis": row.legal_basis,
        "effective_from": row.effective_from.isoformat(),
        "effective_to": row.effective_to.isoformat() if row.effective_to else None,
    }
