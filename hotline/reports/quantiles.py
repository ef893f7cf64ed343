"""Median and p90 of the times of handling row by row, exactly, without a time of any ticket leaving the database.

SQL counts how many tickets of each row took so many minutes, runs the counts up, and answers only with the few minutes
between which a quantile lies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, String, and_, column, func, or_, select, values
from sqlalchemy.orm import Session

from hotline.reports.facts import facts, sets
from hotline.reports.grouping import Grouping
from hotline.reports.metrics import METRICS
from hotline.reports.rates import PERCENTS, Figure, hours_figure
from hotline.reports.scope import Scope

WHOLE = "*"
"""The row that all tickets are in; no code has a star."""

Step = tuple[int, int, int]
"""(minutes, how many took at most so long, how many there are)."""

Hours = Mapping[tuple[str, str], Sequence[Step]]
"""(row, working or natural) → the steps around its quantiles, in order."""


def quantiles_by_row(session: Session, scope: Scope, of: Grouping, rows: Mapping[str, str]) -> Hours:
    """The steps of each row, and of WHOLE. `rows`: what stands in the column → its row."""
    found: dict[tuple[str, str], list[Step]] = defaultdict(list)
    if not rows:
        return found
    table = facts(scope)
    for which in ("working", "natural"):
        minutes = table.c[f"minutes_{which}"]
        said = of.said(session, table).label("said")
        each = select(said, minutes.label("minutes"), func.count().label("n")).where(sets(table)["closed"])
        counted = each.group_by("said", "minutes").cte("counted")
        for row, taken, upto, count in session.execute(_around(_run_up(counted, rows))):
            found[row, which].append((taken, int(upto), int(count)))
    return found


def _run_up(counted: CTE, rows: Mapping[str, str]) -> CTE:
    """(row, minutes, n, upto, total): each row's minutes in order, with the counts up to there and in all."""
    pairs = [(said, row) for said, code in rows.items() for row in (code, WHOLE)]
    names = values(column("said", String), column("row_code", String), name="names").data(pairs).cte("names")
    joined = (
        select(names.c.row_code, counted.c.minutes, func.sum(counted.c.n).label("n"))
        .join(names, names.c.said == counted.c.said)
        .group_by(names.c.row_code, counted.c.minutes)
        .cte("joined")
    )
    row = joined.c
    upto = func.sum(row.n).over(partition_by=row.row_code, order_by=row.minutes).label("upto")
    total = func.sum(row.n).over(partition_by=row.row_code).label("total")
    return select(row.row_code, row.minutes, row.n, upto, total).cte("run_up")


def _around(run: CTE) -> Select[Any]:
    """The steps that a quantile lies in, and the one after each."""
    beginning = run.c.upto - run.c.n

    def near(percent: int) -> ColumnElement[bool]:
        place = (run.c.total - 1) * percent / 100
        return and_(run.c.upto > place - 1, beginning <= place + 1)

    wanted = or_(*map(near, PERCENTS.values()))
    return select(run.c.row_code, run.c.minutes, run.c.upto, run.c.total).where(wanted).order_by("row_code", "minutes")


def hours_figures(hours: Hours, row: str) -> Iterator[Figure]:
    """The lines of handling_time of a row, empty where it has none."""
    for metric in METRICS:
        if metric.source == "hours":
            quantile, _, which = metric.part.partition("_")
            steps = hours.get((row, which), ())
            count = steps[-1][2] if steps else 0
            yield hours_figure(metric, count, _value(steps, count, PERCENTS[quantile]))


def _value(steps: Sequence[Step], count: int, percent: int) -> Decimal | None:
    """As figures.quantile: linear between two neighbours."""
    if not count:
        return None
    place, rest = divmod((count - 1) * percent, 100)
    low, high = _at(steps, place), _at(steps, min(place + 1, count - 1))
    return low + Decimal((high - low) * rest) / 100


def _at(steps: Sequence[Step], place: int) -> int:
    return next(minutes for minutes, upto, _ in steps if upto > place)
