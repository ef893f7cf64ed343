"""The figures of a scope beside each other: by unit, kind, matter, place, agent, day and the like, and their total.

A handful of statements whatever the number of rows. Every row, the periods' too, is judged at the scope's cut-off, so
that the rows are of one base and add up to the total; `course.rate_line` has each month as judged at its own end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.reports.due import due_clocks
from hotline.reports.facts import TABLE, tallied
from hotline.reports.grouping import Grouping, grouping
from hotline.reports.mending import bad_rows
from hotline.reports.metrics import COUNTS, METRICS, Metric, key_of
from hotline.reports.quantiles import WHOLE, Hours, hours_figures, quantiles_by_row
from hotline.reports.rates import Figure, Pair, count_columns, ratio_of
from hotline.reports.scope import Scope
from hotline.reports.targets import Targets, targets
from hotline.reports.undispatched import OUTCOMES, never_given

TOTAL = "合计"
JUDGED = "各组均按统计截止时刻的情况计算，相加等于合计；按日、周、月、年分组时，工单归入首次转办之日，时限归入到期之日"

Piece = tuple[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Group:
    """One row: `figures` by metric key, `counts` as in a report with due and overdue. `code` is '' where none is."""

    code: str
    name: str
    figures: dict[str, Figure]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The rows of one grouping in order, and the total of all of them. `judged` says how, for a table's foot.

    Of units and peer groups those with tickets and `none_due`, and those with `no_tickets`, stand apart from `rows`.
    """

    by: str
    judged: str
    rows: list[Group]
    none_due: list[Group]
    no_tickets: list[Group]
    total: Group

    @property
    def every(self) -> list[Group]:
        """All rows, whatever they have."""
        return [*self.rows, *self.none_due, *self.no_tickets]


def grouped(session: Session, scope: Scope, by: str, hours: bool = False) -> Grouped:
    """The figures of each group. `by`: unit, peer_group, kind, source, matter, place, agent, day, week, month or year.

    A ticket is counted at what it was at the cut-off, a clock at the unit that it ran for. `hours` adds the times of
    handling, which cost as much again. Raises InvalidInput (by).
    """
    of = grouping(session, scope, by)
    found = _Found(of, scope, targets(session))
    for said, counts in _pieces(session, scope, of):
        found.add(said, counts)
    if hours:
        found.hours = quantiles_by_row(session, scope, of, {said: of.row_of(said) for said in found.said})
    made = [found.group(code) for code in sorted({*of.listed, *found.tallies}, key=lambda code: (not code, code))]
    return Grouped(
        by=by,
        judged=JUDGED,
        rows=[row for row in made if row.counts["due"] or not of.apart],
        none_due=[row for row in made if of.apart and row.counts["dispatched"] and not row.counts["due"]],
        no_tickets=[row for row in made if of.apart and not row.counts["dispatched"]],
        total=found.total(),
    )


class _Found:
    """What was counted, row by row, on its way to be figures."""

    def __init__(self, of: Grouping, scope: Scope, wanted: Targets) -> None:
        self.of, self.scope, self.wanted = of, scope, wanted
        self.tallies: dict[str, Counter[str]] = defaultdict(Counter)
        self.said: set[str] = set()
        self.hours: Hours | None = None

    def add(self, said: str, counts: Mapping[str, int]) -> None:
        """A piece of what stands in the column."""
        self.said.add(said)
        self.tallies[self.of.row_of(said)].update(counts)

    def group(self, code: str) -> Group:
        """A row, held to its own target."""
        unit = code if self.of.by == "unit" else self.scope.unit
        peers = code if self.of.by == "peer_group" else self.scope.group
        day = self.of.days.get(code, self.scope.last)
        lines = [self.wanted.beside(each, day, unit, peers) for each in self._lines(code, self.tallies[code])]
        return _group(code, self.of.name_of(code), lines, self.tallies[code])

    def total(self) -> Group:
        """All rows added up, held to the target of the whole."""
        whole = sum(self.tallies.values(), Counter[str]())
        day, unit, peers = self.scope.last, self.scope.unit, self.scope.group
        lines = [self.wanted.beside(each, day, unit, peers) for each in self._lines(WHOLE, whole)]
        return _group("", TOTAL, lines, whole)

    def _lines(self, row: str, tally: Mapping[str, int]) -> Iterator[Figure]:
        for metric in metrics_of(self.of):
            yield ratio_of(metric, Pair(tally[f"{metric.key}/n"], tally[f"{metric.key}/d"]), self.scope)
        if self.hours is not None:
            yield from hours_figures(self.hours, row)


def _group(code: str, name: str, lines: Sequence[Figure], tally: Mapping[str, int]) -> Group:
    figures = {key_of(each.metric, each.part): each for each in lines}
    return Group(code, name, figures, {each: tally[each] for each in (*COUNTS, "due", "overdue")})


def metrics_of(of: Grouping) -> list[Metric]:
    """What can be said of a row: a unit does no dispatching."""
    kinds = ("tickets", "clocks", "evaluations")
    return [each for each in METRICS if each.source in kinds and not (of.units and each.id == "dispatch_on_time")]


def _pieces(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    """What stands in the column → counts, in several pieces to be added up."""
    yield from _of_tickets(session, scope, of)
    yield from _of_clocks(session, scope, of)
    yield from _of_evaluations(session, scope, of)
    yield from _of_undispatched(session, scope, of)


def _of_tickets(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    table = tallied(scope, said=of.said(session, TABLE))
    for row in session.execute(select(table.c.said, *count_columns(table)).group_by(table.c.said)):
        counts = dict(row._mapping)
        yield counts.pop("said"), counts


def _of_clocks(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    due: Any = due_clocks(scope, by=of.column).subquery()
    said = of.said(session, due, "due_at").label("said")
    query = select(said, due.c.name, func.count().filter(due.c.in_time), func.count())
    if of.units:
        query = query.where(due.c.name != "dispatch")
    keys = {metric.among: metric.key for metric in METRICS if metric.source == "clocks"}
    for code, name, in_time, count in session.execute(query.group_by("said", due.c.name)):
        yield code, {f"{keys[name]}/n": in_time, f"{keys[name]}/d": count}


def _of_evaluations(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    bad: Any = bad_rows(session, scope).subquery()
    said = of.said(session, bad).label("said")
    query = select(said, func.count().filter(bad.c.mended), func.count()).where(bad.c.judged).group_by("said")
    for code, mended, judged in session.execute(query):
        yield code, {"mended_rate/n": mended, "mended_rate/d": judged}


def _of_undispatched(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    """Tickets that no unit was given: none is in a row of units."""
    if scope.units or of.units:
        return
    never = never_given(scope).subquery()
    said = of.said(session, never, "received_at").label("said")
    outcomes = [func.count().filter(never.c[name]).label(name) for name in OUTCOMES]
    for row in session.execute(select(said, *outcomes).group_by("said")):
        counts = dict(row._mapping)
        yield counts.pop("said"), counts
