"""What a new house begins with: the shipped catalogue, calendar and policies, and a city's own units and places."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from hotline import boundaries, db, journal
from hotline.assessment.drafts import ship
from hotline.models import CalendarYear, Matter, Place, PolicyVersion, Responsibility, Target, Unit, WorkingHours
from hotline.rulebook import CITY
from hotline.settings import settings
from routing import catalogue, decision
from sla.policy import Policy

HERE = Path(__file__).parent
DEMO = HERE / "demo"


def seed_rules(session: Session) -> None:
    """The shipped catalogue, calendar, policies, targets and schemes of assessment, where there are none; run twice it
    adds nothing.
    """
    at = db.now(session)
    if _empty(session, Matter):
        session.execute(insert(Matter), [_matter_row(matter) for matter in catalogue.read(HERE / "catalogue")])
    if _empty(session, CalendarYear):
        years = read_json(HERE / "calendar.json")["years"]
        rows = [
            {"year": int(y), "version": 1, "source": days["notice"], "days": days, "published_at": at, "edition": 1}
            for y, days in years.items()
        ]
        session.execute(insert(CalendarYear), rows)
    if _empty(session, WorkingHours):
        session.execute(insert(WorkingHours), [_city_hours() | {"published_at": at}])
    if _empty(session, PolicyVersion):
        files = sorted((HERE / "policies").glob("*.json"))
        session.execute(insert(PolicyVersion), [_policy_row(read_json(file)) | {"published_at": at} for file in files])
        _note(session, "shipped rules")
    if _empty(session, Target):
        session.execute(insert(Target), [_target_row(row) for row in read_json(HERE / "targets.json")])
    ship(session, [read_json(file) for file in sorted((HERE / "schemes").glob("*.json"))])


def seed_city(session: Session, folder: Path) -> None:
    """A city's places.json, units.json and responsibilities.json, and outlines.json if there is one, where it has none
    yet. ValueError for a place without its parent, InvalidInput or ValueError for outlines that cannot be taken.
    """
    if not _empty(session, Unit):
        return
    places, units = read_json(folder / "places.json"), read_json(folder / "units.json")
    session.execute(insert(Place), list(_parents_first(places, ("code", "name", "level", "parent", "aliases"))))
    columns = ("code", "name", "short_name", "aliases", "kind", "parent", "peer_group", "batch", "place")
    rows = [
        row | {"onboarded_on": date.fromisoformat(row.pop("onboarded_on"))}
        for row in _parents_first(units, (*columns, "onboarded_on"))
    ]
    session.execute(insert(Unit), rows)
    session.execute(
        insert(Responsibility), [_responsibility(row) for row in read_json(folder / "responsibilities.json")]
    )
    if (folder / "outlines.json").exists():
        loaded = boundaries.load(session, "system", boundaries.read_document(folder / "outlines.json"))
        if loaded.refused:
            raise ValueError(f"outlines.json: {'; '.join(loaded.refused)}")
    _note(session, f"city of {len(units)} units and {len(places)} places")


def read_json(path: Path) -> Any:
    """The JSON document in a file."""
    return json.loads(path.read_text("utf-8"))


def _empty(session: Session, table: type[Any]) -> bool:
    return not session.scalar(select(func.count()).select_from(table))


def _note(session: Session, what: str) -> None:
    """Each change of the rules is an event, by which running processes see that they must read them again."""
    entry = journal.Entry("rules", "edit_rules", "system", db.now(session), {"what": what})
    journal.record(session, entry)


def _matter_row(matter: decision.Matter) -> dict[str, Any]:
    return {
        "code": matter.code,
        "name": matter.name,
        "parent": matter.parent,
        "level": len(matter.path),
        "phrases": list(matter.phrases),
        "examples": list(matter.examples),
        "kind": matter.kind,
        "urgency": matter.urgency,
    }


def _city_hours() -> dict[str, Any]:
    """The setting becomes a row of the first edition: changed later, it would move every deadline ever counted."""
    data = {"hours": [list(span) for span in settings().working_hours]}
    return {"unit": CITY, "version": 1, "source": "HOTLINE_WORKING_HOURS", "data": data, "edition": 1}


def _policy_row(document: Mapping[str, Any]) -> dict[str, Any]:
    policy = Policy.parse(document)
    return {
        "set_code": policy.code,
        "version": int(policy.version),
        "effective_from": policy.effective_from,
        "data": document,
    }


def _target_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "metric": row["metric"],
        "peer_group": row.get("peer_group", ""),
        "unit": row.get("unit", ""),
        "effective_from": date.fromisoformat(row["effective_from"]),
        "hundredths": int(Decimal(row["value"]) * 100),
        "source": row["source"],
    }


def _responsibility(row: Mapping[str, Any]) -> dict[str, Any]:
    ends = row.get("effective_to")
    return {
        "matter": row["matter"],
        "place": row["place"],
        "lead": row["lead"],
        "assisting": row.get("assisting", []),
        "legal_basis": row.get("legal_basis", ""),
        "effective_from": date.fromisoformat(row["effective_from"]),
        "effective_to": date.fromisoformat(ends) if ends else None,
    }


def _parents_first(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """Rows in an order in which each parent stands before its children, with these columns only."""
    waiting, known = list(rows), {None}
    while waiting:
        ready = [row for row in waiting if row.get("parent") in known]
        if not ready:
            raise ValueError(f"no parent for {waiting[0]['code']}: {waiting[0].get('parent')!r}")
        known |= {row["code"] for row in ready}
        waiting = [row for row in waiting if row["code"] not in known]
        yield from ({column: row.get(column) for column in columns} for row in ready)
