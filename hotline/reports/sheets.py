"""What may be exported of the figures: the list behind a number, and the table of a grouping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from hotline.intake.inquiry import SOURCES
from hotline.kinds import KINDS
from hotline.knowledge import Knowledge, knowledge
from hotline.reports.behind import Asked, listed_behind, size_of
from hotline.reports.exporting import Sheet, check_count, filters
from hotline.reports.facts import TABLE, flag, known_at
from hotline.reports.grouping import NAMES
from hotline.reports.groups import Group, Grouped, grouped
from hotline.reports.metrics import BY_KEY, COUNTS, Metric
from hotline.reports.printing import Cell
from hotline.reports.scope import Scope
from hotline.reports.tables import STATES

TIMES = {
    "received_at": "受理",
    "dispatched_at": "首次转办",
    "due_at": "办结时限",
    "answered_at": "答复",
    "ended_at": "结案",
}
FLAGS = {
    "closed": "已结案",
    "late": "超期",
    "returned": "申请退单",
    "extended": "延期",
    "reopened": "重办",
    "evaluated": "已评价",
    "solved": "已解决",
    "satisfied": "满意",
}
HEAD = ("编号", "单位", "类型", "来源", "事项", "区域", *TIMES.values(), "工作分钟", "自然分钟", *FLAGS.values())


def ticket_sheet(session: Session, asked: Asked) -> Sheet:
    """The list behind a number with what was true of each ticket at the cut-off; no text and nobody's data.

    Raises InvalidInput (metric, by, row; to, where there are too many).
    """
    behind = listed_behind(session, asked)
    check_count(size_of(session, behind))
    listed: Any = behind.subquery()
    fact, scope = TABLE.c, asked.scope
    ended_late, running, passed = flag(fact.flags, "late"), flag(fact.flags, "running"), fact.due_at <= scope.cut_off
    late = or_(ended_late, and_(running, func.coalesce(passed, False)))
    flags = [late if name == "late" else flag(fact.flags, name) for name in FLAGS]
    texts = (fact.number, fact.unit, fact.kind, fact.source, fact.matter, fact.place)
    query = select(*texts, *(fact[name] for name in TIMES), fact.minutes_working, fact.minutes_natural, *flags)
    query = query.join(listed, and_(listed.c.ticket_id == fact.ticket_id, known_at(fact, scope.cut_off)))
    know, found = knowledge(session), session.execute(query.order_by(listed.c.at, listed.c.nth))
    days = f"{scope.first}-{scope.last}"
    what = "-".join(filter(None, (asked.metric, asked.part)))
    row = {"by": asked.row.by, "row": asked.row.code} if asked.row else {}
    question = {"what": "tickets", "metric": asked.metric, "part": asked.part, **row, **filters(scope)}
    return Sheet(f"tickets-{what}-{days}", "工单", HEAD, [_ticket(know, each) for each in found], question)


def _ticket(know: Knowledge, row: Any) -> list[Cell]:
    number, unit, kind, source, matter, place, *rest = row
    names: list[Cell] = [number, know.unit_name(unit) or unit, KINDS.get(kind, kind), SOURCES.get(source, source)]
    plain = [("是" if each else "") if isinstance(each, bool) or each is None else each for each in rest]
    return [*names, know.matter_path(matter), know.place_name(place), *plain]


def group_sheet(session: Session, scope: Scope, by: str) -> Sheet:
    """The table of a grouping with its total: each figure with value, numerator, denominator and target.

    Raises InvalidInput (by).
    """
    found = grouped(session, scope, by, hours=True)
    metrics = [BY_KEY[key] for key in found.total.figures]
    counts = COUNTS | {"due": "应结", "overdue": "超期"}
    head = ["代码", NAMES[by], "情况", *counts.values(), *(name for each in metrics for name in _names(each))]
    rows = [_row(row, state, counts) for row, state in _states(found)]
    question = {"what": "groups", "by": by, **filters(scope)}
    return Sheet(f"groups-{by}-{scope.first}-{scope.last}", NAMES[by], head, rows, question)


def _names(metric: Metric) -> Iterator[str]:
    yield f"{metric.name}（{metric.unit}）"
    for part in ("分子", "分母", "目标"):
        yield f"{metric.name} {part}"


def _states(found: Grouped) -> Iterator[tuple[Group, str]]:
    for state, words in STATES.items():
        for row in getattr(found, state):
            yield row, words
    yield found.total, ""


def _row(row: Group, state: str, counts: Mapping[str, str]) -> list[Cell]:
    cells: list[Cell] = [row.code, row.name, state, *(row.counts[name] for name in counts)]
    for figure in row.figures.values():
        values = (figure.value, figure.target)
        value, target = (None if each is None else float(each) for each in values)
        cells += [value, figure.numerator, figure.denominator, target]
    return cells
