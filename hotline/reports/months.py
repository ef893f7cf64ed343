"""Months that are over: counted once, as they stood at their end, and kept for the lines of the managers' pages.

Nothing that happens later changes them: an act is an event of its own time, and so is the publication of a calendar.
What is kept can be emptied at any moment; whoever asks before it is filled again waits a little longer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from hotline import db, facts, lease
from hotline.knowledge import midnight, today
from hotline.models import KeptMonth
from hotline.reports.due import due_clocks
from hotline.reports.facts import TABLE, tallied
from hotline.reports.metrics import METRICS
from hotline.reports.rates import count_columns
from hotline.reports.remembering import SETTLED
from hotline.reports.scope import Scope

KEPT = 25
"""Two years and a month: what is compared with the year before."""

KEEP_SECONDS = 3600.0
LEASE_SECONDS = 600.0
"""So long one process counts alone; a month takes a second or so."""

CITY = "*"

Counts = Mapping[str, int]


def kept(session: Session, scopes: Iterable[Scope]) -> dict[date, Counts]:
    """By first day the counts of those of the scopes, alike but for their days, that are whole months and are kept."""
    whole = {scope.first: scope for scope in scopes if _is_month(scope) and not _narrowed(scope)}
    if not whole:
        return {}
    units = next(iter(whole.values())).units
    mine = or_(KeptMonth.unit == CITY, KeptMonth.unit.in_(units))
    rows = session.execute(
        select(KeptMonth.first, KeptMonth.unit, KeptMonth.counts).where(KeptMonth.first.in_(whole), mine)
    )
    found: dict[date, Counter[str]] = defaultdict(Counter)
    for first, unit, numbers in rows:
        found[first].update(numbers if (unit == CITY) != bool(units) else {})
    return dict(found)


def keep_round() -> int:
    """Count the months that are over and not kept yet; how many. One process at a time."""
    with db.reading() as session:
        missing = _missing(session)
    ours = lease.Holder("keep", LEASE_SECONDS)
    if not missing or not ours.holds():
        return 0
    try:
        for month in missing:
            with db.transaction() as session:
                keep(session, month)
    finally:
        ours.let_go()
    return len(missing)


def keep(session: Session, month: Scope) -> None:
    """Count a month that is over, and keep what there is to count of it."""
    by_unit = _by_unit(session, month)
    by_unit[CITY] = sum(by_unit.values(), Counter[str]())
    rows = [{"first": month.first, "unit": unit, "counts": dict(numbers)} for unit, numbers in by_unit.items()]
    session.execute(insert(KeptMonth), rows)


def _missing(session: Session) -> list[Scope]:
    if not facts.is_counted(session):
        return []
    known = set(session.scalars(select(KeptMonth.first).where(KeptMonth.unit == CITY)))
    return [month for month in months_over(db.now(session)) if month.first not in known]


def _is_month(scope: Scope) -> bool:
    """Judged at its end, not before."""
    return scope.first.day == 1 and scope.last == _last_of(scope.first) and scope.cut_off == _end(scope.first)


def _narrowed(scope: Scope) -> bool:
    """By anything but units."""
    return bool(scope.kind or scope.source or scope.matters or scope.places or scope.agent or scope.assessed)


def _last_of(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _end(first: date) -> datetime:
    return midnight(_last_of(first) + timedelta(days=1))


def months_over(now: datetime) -> list[Scope]:
    """The months before the present one, as far back as they are kept."""
    first, months = today(now - SETTLED).replace(day=1), []
    for _ in range(KEPT):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(Scope(first, _last_of(first), midnight(first), _end(first)))
    return months


def _by_unit(session: Session, scope: Scope) -> dict[str, Counter[str]]:
    """Counts by unit; '' is the hotline."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    table = tallied(scope, unit=TABLE.c.unit)
    for row in session.execute(select(table.c.unit.label("of"), *count_columns(table)).group_by(table.c.unit)):
        numbers = dict(row._mapping)
        found[numbers.pop("of") or ""].update(numbers)
    due = due_clocks(scope).subquery()
    grouped = select(due.c.unit, due.c.name, func.count().filter(due.c.in_time), func.count())
    keys = {metric.among: metric.key for metric in METRICS if metric.source == "clocks"}
    for unit, name, in_time, count in session.execute(grouped.group_by(due.c.unit, due.c.name)):
        found[unit or ""].update({f"{keys[name]}/n": in_time, f"{keys[name]}/d": count})
    return found
