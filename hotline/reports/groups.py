"""The figures of a scope beside each other: by unit, kind, matter, place, agent, day and the like, and their total.

A handful of statements whatever the number of rows. Every row, the periods' too, is judged at the scope's cut-off, so
that the rows are of one base and add up to the total; `course.rate_line` has each month as judged at its own end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.models import Evaluation
from hotline.reports.due import due_clocks
from hotline.reports.facts import facts
from hotline.reports.grouping import Grouping, grouping
from hotline.reports.mending import BAD_TO, bad_evaluations
from hotline.reports.metrics import COUNTS, METRICS, Metric
from hotline.reports.rates import Figure, Pair, count_columns, ratio_figure
from hotline.reports.scope import Scope

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


def grouped(session: Session, scope: Scope, by: str) -> Grouped:
    """The figures of each group. `by`: unit, peer_group, kind, source, matter, place, agent, day, week, month or year.

    A ticket is counted at what it was at the cut-off, a clock at the unit that it ran for. Raises InvalidInput (by).
    """
    of = grouping(session, scope, by)
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    for said, counts in _pieces(session, scope, of):
        tallies[of.row_of(said)].update(counts)
    whole = sum(tallies.values(), Counter())
    made = [_group(of, code, tallies[code]) for code in _in_order(of, tallies)]
    return Grouped(
        by=by,
        judged=JUDGED,
        rows=[row for row in made if row.counts["due"] or not of.apart],
        none_due=[row for row in made if of.apart and row.counts["dispatched"] and not row.counts["due"]],
        no_tickets=[row for row in made if of.apart and not row.counts["dispatched"]],
        total=_group(of, "", whole, "合计"),
    )


def metrics_of(of: Grouping) -> list[Metric]:
    """What can be said of a row: a unit does no dispatching."""
    kinds = ("tickets", "clocks", "evaluations")
    return [each for each in METRICS if each.source in kinds and not (of.units and each.id == "dispatch_on_time")]


def _in_order(of: Grouping, tallies: Mapping[str, Counter[str]]) -> list[str]:
    return sorted({*of.listed, *tallies}, key=lambda code: (not code, code))


def _group(of: Grouping, code: str, tally: Mapping[str, int], name: str = "") -> Group:
    pairs = {each: Pair(tally[f"{each.key}/n"], tally[f"{each.key}/d"]) for each in metrics_of(of)}
    return Group(
        code=code,
        name=name or of.name_of(code),
        figures={metric.key: ratio_figure(metric, pair) for metric, pair in pairs.items()},
        counts={each: tally[each] for each in (*COUNTS, "due", "overdue")},
    )


def _pieces(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    """What stands in the column → counts, in several pieces to be added up."""
    yield from _of_tickets(session, scope, of)
    yield from _of_clocks(session, scope, of)
    yield from _of_evaluations(session, scope, of)


def _of_tickets(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    table = facts(scope)
    said = of.said(session, table).label("said")
    for row in session.execute(select(said, *count_columns(table)).group_by("said")):
        counts = dict(row._mapping)
        yield counts.pop("said"), counts


def _of_clocks(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    due: Any = due_clocks(scope, by_unit=True).subquery()
    said = of.said(session, due, "due_at").label("said")
    query = select(said, due.c.name, func.count().filter(due.c.in_time), func.count())
    if of.units:
        query = query.where(due.c.name != "dispatch")
    keys = {metric.among: metric.key for metric in METRICS if metric.source == "clocks"}
    for code, name, in_time, count in session.execute(query.group_by("said", due.c.name)):
        yield code, {f"{keys[name]}/n": in_time, f"{keys[name]}/d": count}


def _of_evaluations(session: Session, scope: Scope, of: Grouping) -> Iterator[Piece]:
    bad, _ = bad_evaluations(session, scope)
    said = {} if of.column == "unit" else _said_of_bad(session, scope, of)
    for each in bad:
        where = each.unit or "" if of.column == "unit" else said[each.ticket_id]
        yield where, {"mended_rate/n": int(each.mended), "mended_rate/d": 1}


def _said_of_bad(session: Session, scope: Scope, of: Grouping) -> dict[int, str]:
    """What stands in the column for each ticket that ever had a bad evaluation."""
    table = facts(scope, select(Evaluation.ticket_id).where(Evaluation.answered, Evaluation.level <= BAD_TO))
    return {row[0]: row[1] for row in session.execute(select(table.c.ticket_id, of.said(session, table)))}
