"""The catalogue as open data: codes and names of matters, units, places and who is responsible, for anybody.

What is published is the version in force, with its licence, its day and its SHA-256; nothing of a ticket or a person
is in it. docs/codes.md tells the scheme of the codes.
"""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.cataloguing.documents import document, number_in_force
from hotline.cataloguing.shapes import LEVELS
from hotline.intake.inquiry import SOURCES
from hotline.intake.sheets import neutral
from hotline.kinds import KINDS
from hotline.knowledge import Knowledge, knowledge, today
from hotline.lifecycle import REJECT_REASONS, STATUS_NAMES
from hotline.models import Unit
from hotline.rulemaking.rights import digest
from hotline.settings import settings
from routing.catalogue import parent_of
from routing.decision import URGENCIES

LISTS = ("matters", "units", "places", "responsibilities")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "matters": ("code", "name", "parent", "level", "path", "phrases", "kind", "urgency"),
    "units": ("code", "name", "short_name", "aliases", "kind", "parent", "place"),
    "places": ("code", "name", "level", "parent", "aliases"),
    "responsibilities": ("matter", "place", "lead", "assisting", "legal_basis", "effective_from", "effective_to"),
}
UNIT_KINDS = {
    "city": "热线",
    "district": "区县、开发区",
    "department": "部门",
    "enterprise": "企业",
    "township": "乡镇街道",
    "community": "村社区",
}

_kept: tuple[Knowledge, dict[str, bytes]] | None = None
_making = threading.Lock()


def dataset(session: Session) -> dict[str, Any]:
    """The whole of it: what it is, the closed lists of codes, and LISTS of rows."""
    know = knowledge(session)
    version, content = number_in_force(session), document(session)
    units = session.scalars(select(Unit).where(Unit.active).order_by(Unit.code))
    lists: dict[str, Any] = {
        "matters": [
            {field: row.get(field) for field in ("code", "name", "kind", "urgency")}
            | {"parent": parent_of(row["code"]), "level": row["code"].count("-") + 1}
            | {"path": know.matter_path(row["code"]), "phrases": [*row["phrases"], *row.get("shared", [])]}
            for row in content.matters
        ],
        "units": [{field: getattr(unit, field) for field in FIELDS["units"]} for unit in units],
        "places": list(content.places),
        "responsibilities": list(content.responsibilities),
    }
    return {
        "title": f"{settings().city}政务热线事项目录、权责清单与编码",
        "publisher": settings().hotline_name,
        "licence": settings().open_data_licence,
        "version": version,
        "generated_on": today(datetime.now(UTC)).isoformat(),
        "sha256": digest(lists),
        "codes": codes(),
        **lists,
    }


def codes() -> dict[str, dict[str, str]]:
    """The closed lists: codes with their Chinese names."""
    return {
        "kinds": dict(KINDS),
        "urgencies": dict(URGENCIES),
        "sources": dict(SOURCES),
        "statuses": {str(code): name for code, name in STATUS_NAMES.items()},
        "reject_reasons": dict(REJECT_REASONS),
        "place_levels": dict(LEVELS),
        "unit_kinds": dict(UNIT_KINDS),
    }


def files(found: Mapping[str, Any]) -> dict[str, bytes]:
    """The dataset as files by name: catalogue.json, and a CSV for each list."""
    made = {"catalogue.json": json.dumps(found, ensure_ascii=False).encode()}
    return made | {f"{name}.csv": _table(FIELDS[name], found[name]) for name in LISTS}


def published(session: Session) -> dict[str, bytes]:
    """The files as the public gets them; made again when the rules or the day change."""
    global _kept  # noqa: PLW0603  one per process, as the knowledge that it is made of
    know = knowledge(session)
    with _making:
        if _kept is None or _kept[0] is not know:
            _kept = know, files(dataset(session))
        return _kept[1]


def _table(fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(fields)
    writer.writerows([_cell(row.get(field)) for field in fields] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    return neutral("|".join(value) if isinstance(value, list) else "" if value is None else str(value))
