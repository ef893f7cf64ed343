"""The rates of every unit beside each other: those without tickets and those with none due listed apart."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.models import Unit
from hotline.reports.groups import Group, grouped
from hotline.reports.metrics import COUNTS, METRICS
from hotline.reports.rates import Figure
from hotline.reports.scope import Scope

UNIT_METRICS = tuple(
    metric
    for metric in METRICS
    if metric.source in ("tickets", "clocks", "evaluations") and metric.id != "dispatch_on_time"
)
"""What can be said of a unit: the dispatching is the hotline's own."""

_COUNTED = tuple(name for name in COUNTS if name not in ("answered_at_once", "waiting"))


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit with all below it: `figures` by metric id, `counts` as in a report. `code` is empty for the hotline."""

    code: str
    name: str
    short_name: str
    peer_group: str
    figures: dict[str, Figure]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class UnitTable:
    """Units in the order of their codes: with something due; with tickets but `none_due`; with `no_tickets`.

    `hotline` holds the tickets that are with no unit (taken back from one): with it the rows add up to the report.
    """

    rows: list[UnitRow]
    none_due: list[UnitRow]
    no_tickets: list[UnitRow]
    hotline: UnitRow | None


def by_unit(session: Session, scope: Scope) -> UnitTable:
    """The units right under the city, or under the unit asked for (itself standing for what it keeps), with rates.

    A ticket is counted at the unit that leads it at the cut-off, a clock at the unit that it ran for.
    """
    found = grouped(session, scope, "unit")
    units = {row.code: row for row in session.scalars(select(Unit))}
    rows, none_due, no_tickets = (
        [_unit_row(units.get(row.code), row) for row in part if row.code]
        for part in (found.rows, found.none_due, found.no_tickets)
    )
    hotline = next((_unit_row(None, row) for row in found.every if not row.code), None)
    return UnitTable(rows, none_due, no_tickets, hotline)


def _unit_row(unit: Unit | None, row: Group) -> UnitRow:
    return UnitRow(
        code=row.code,
        name=row.name,
        short_name=unit.short_name if unit else "热线",
        peer_group=(unit.peer_group if unit else None) or "",
        figures=row.figures,
        counts={name: row.counts[name] for name in (*_COUNTED, "due", "overdue")},
    )
