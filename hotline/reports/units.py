"""The rates of every unit beside each other: those without tickets and those with none due listed apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.knowledge import Tree
from hotline.models import Unit
from hotline.reports.due import due_clocks
from hotline.reports.facts import TABLE, tallied
from hotline.reports.mending import bad_evaluations
from hotline.reports.metrics import COUNTS, METRICS, Metric
from hotline.reports.rates import Figure, Pair, count_columns, ratio_figure
from hotline.reports.scope import Scope, unit_tree

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
    units = {row.code: row for row in session.scalars(select(Unit).order_by(Unit.code))}
    tree = unit_tree(session)
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    for code, counts in _tallies(session, scope):
        tallies[_row_of(tree, code, scope.unit)].update(counts)
    listed = {code for code, unit in units.items() if unit.active and _row_of(tree, code, scope.unit) == code}
    listed = {code for code in listed if units[code].onboarded_on <= scope.last and not _is_root(tree, code, scope)}
    made = {code: _unit_row(units.get(code), tallies[code]) for code in sorted(listed | tallies.keys())}
    hotline = made.pop("", None)
    return UnitTable(
        rows=[row for row in made.values() if row.counts["due"]],
        none_due=[row for row in made.values() if row.counts["dispatched"] and not row.counts["due"]],
        no_tickets=[row for row in made.values() if not row.counts["dispatched"]],
        hotline=hotline,
    )


def _row_of(tree: Tree, code: str | None, parent: str | None) -> str:
    """The row that a unit is counted in: what it lies in right under `parent` (or the city), or itself."""
    chain = tree.ancestors(code)
    above = [each for each in chain if tree.parents[each] == parent] if parent else chain[-2:-1]
    return above[0] if above else (code or "")


def _is_root(tree: Tree, code: str, scope: Scope) -> bool:
    """The city itself, and what lies outside the unit asked for, has no row unless it has tickets."""
    if scope.unit:
        return scope.unit not in tree.ancestors(code)
    return tree.parents[code] is None


def _tallies(session: Session, scope: Scope) -> list[tuple[str | None, dict[str, int]]]:
    """Unit → counts, in several pieces to be added up."""
    table = tallied(scope, unit=TABLE.c.unit)
    grouped = select(table.c.unit, *count_columns(table)).group_by(table.c.unit)
    pieces = [(row[0], dict(row._mapping)) for row in session.execute(grouped)]
    due = due_clocks(scope).subquery()
    clocks = (
        select(due.c.unit, due.c.name, func.count().filter(due.c.in_time), func.count())
        .where(due.c.name != "dispatch")
        .group_by(due.c.unit, due.c.name)
    )
    names = {metric.among: metric.key for metric in METRICS if metric.source == "clocks"}
    for unit, name, in_time, count in session.execute(clocks):
        pieces.append((unit, {f"{names[name]}/n": in_time, f"{names[name]}/d": count}))
    for bad in bad_evaluations(session, scope)[0]:
        pieces.append((bad.unit, {"mended_rate/n": int(bad.mended), "mended_rate/d": 1}))
    return [(unit, {name: n for name, n in counts.items() if name != "unit"}) for unit, counts in pieces]


def _unit_row(unit: Unit | None, tally: Mapping[str, int]) -> UnitRow:
    counts = {name: tally[name] for name in (*_COUNTED, "due", "overdue")}
    return UnitRow(
        code=unit.code if unit else "",
        name=unit.name if unit else "热线（已退回，待转办）",
        short_name=unit.short_name if unit else "热线",
        peer_group=(unit.peer_group if unit else None) or "",
        figures={metric.id: _figure(metric, tally) for metric in UNIT_METRICS},
        counts=counts,
    )


def _figure(metric: Metric, tally: Mapping[str, int]) -> Figure:
    return ratio_figure(metric, Pair(tally[f"{metric.key}/n"], tally[f"{metric.key}/d"]))
