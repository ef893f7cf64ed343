"""The tickets behind each number: as many as the number says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from hotline.intake.inquiry import InvalidInput
from hotline.reports.due import due_clocks
from hotline.reports.facts import facts, sets
from hotline.reports.mending import bad_evaluations
from hotline.reports.metrics import METRICS, Metric
from hotline.reports.scope import Scope


class Behind(NamedTuple):
    """One of the things behind a number: a ticket, or a clock or evaluation of it, so a ticket may stand twice."""

    ticket_id: int
    number: str


def tickets_behind(session: Session, metric: str, part: str, scope: Scope) -> list[Behind]:
    """What stands behind a number, oldest first: as many as the number says.

    `metric` as in Figure (handling_time for the tickets measured), `part` numerator or denominator. Raises
    InvalidInput for others.
    """
    known = next((each for each in METRICS if each.id == metric), None)
    if known is None or known.source == "calls" or part not in ("numerator", "denominator"):
        names = "、".join(dict.fromkeys(each.id for each in METRICS if each.source != "calls"))
        raise InvalidInput(
            "metric", f"没有指标“{metric}”的“{part}”清单，可用指标：{names}", f"no list of {part} behind {metric}"
        )
    return sorted(_BEHIND[known.source](session, scope, known, part == "numerator"))


def tickets_counted(session: Session, name: str, scope: Scope) -> list[Behind]:
    """The tickets of one of the counts that come from the cohort. Raises InvalidInput for another name."""
    table = facts(scope)
    members = sets(table)
    if name not in members:
        raise InvalidInput("metric", f"没有“{name}”的清单，可用：{'、'.join(members)}", f"there is no list {name}")
    return _listed(session, select(table.c.ticket_id, table.c.number).where(members[name]).order_by(table.c.ticket_id))


def _listed(session: Session, query: Any) -> list[Behind]:
    return [Behind(row.ticket_id, row.number) for row in session.execute(query)]


def _tickets_listed(session: Session, scope: Scope, metric: Metric, numerator: bool) -> list[Behind]:
    table = facts(scope)
    members = sets(table)
    condition = and_(members[metric.among], members[metric.counts]) if numerator else members[metric.among]
    return _listed(session, select(table.c.ticket_id, table.c.number).where(condition))


def _clocks_listed(session: Session, scope: Scope, metric: Metric, numerator: bool) -> list[Behind]:
    due = due_clocks(scope, metric.among).subquery()
    query = select(due.c.ticket_id, due.c.number)
    return _listed(session, query.where(due.c.in_time) if numerator else query)


def _bad_listed(session: Session, scope: Scope, _metric: Metric, numerator: bool) -> list[Behind]:
    bad, _ = bad_evaluations(session, scope)
    return [Behind(each.ticket_id, each.number) for each in bad if each.mended or not numerator]


_BEHIND: Mapping[str, Callable[[Session, Scope, Metric, bool], list[Behind]]] = {
    "tickets": _tickets_listed,
    "hours": _tickets_listed,
    "clocks": _clocks_listed,
    "evaluations": _bad_listed,
}
