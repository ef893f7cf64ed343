"""派单差错周报 as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from hotline import db
from hotline.knowledge import Knowledge, today
from hotline.learning import remedies
from hotline.learning.misdispatch import HOWS, Line, Misdispatch
from hotline.learning.remedies import Remedy
from hotline.learning.words import percent
from hotline.reports import Scope, read_day, scope_of

FLOWS_SHOWN = 20
UNKNOWN = "（未定事项）"
SIX_DAYS = timedelta(days=6)


def week_before(session: Session) -> tuple[date, date]:
    """Monday and Sunday of the last whole week."""
    now = today(db.now(session))
    monday = now - timedelta(days=now.weekday() + 7)
    return monday, monday + timedelta(days=6)


def read_scope(session: Session, first: str | None, last: str | None, unit: str | None = None) -> Scope:
    """The period asked for in words; without either day the last whole week. Raises InvalidInput."""
    begins, ends = (read_day(text, field) if text else None for text, field in ((first, "from"), (last, "to")))
    return scope_between(session, begins, ends, unit)


def scope_between(session: Session, first: date | None, last: date | None, unit: str | None = None) -> Scope:
    """The period between two days; one day alone is of a week, none the last whole week. Raises InvalidInput."""
    begins, ends = week_before(session)
    if first and not last:
        so_far = today(db.now(session)) - first
        begins, ends = first, first + max(timedelta(0), min(SIX_DAYS, so_far))
    elif last:
        begins, ends = first or last - min(SIX_DAYS, last - date.min), last
    return scope_of(session, begins, ends, unit)


def as_json(know: Knowledge, scope: Scope, report: Misdispatch, found: Sequence[Remedy] | None) -> dict[str, Any]:
    """The report; `remedies` null where they were not tried."""
    return {
        "period": {"from": str(scope.first), "to": str(scope.last)},
        "total": _line(know, report.total),
        "matters": [_line(know, line) for line in report.lines],
        "flows": [
            {"from": _unit(know, flow.unit), "to": _unit(know, flow.to), "count": flow.count} for flow in report.flows
        ],
        "remedies": None if found is None else [remedies.as_json(each, know) for each in found],
    }


def _line(know: Knowledge, line: Line) -> dict[str, Any]:
    return {
        "matter": {"code": line.matter, "name": know.matter_path(line.matter)} if line.matter else None,
        "dispatched": line.dispatched,
        "by_machine": line.by_machine,
        "corrected": line.corrected,
        **line.hows,
        "rate": None if line.rate is None else round(line.rate, 4),
    }


def _unit(know: Knowledge, code: str | None) -> dict[str, str] | None:
    return {"code": code, "name": know.unit_name(code)} if code else None


def lines(know: Knowledge, scope: Scope, report: Misdispatch, found: Sequence[Remedy]) -> Iterator[str]:
    """The report for a person."""
    yield f"派单差错  {scope.first} 至 {scope.last} 首次派出的工单，改派截至现在"
    yield f"{'派出':>6}{'机派':>6}{'差错':>6}" + "".join(f"{name:>7}" for name in HOWS.values()) + "    差错率  事项"
    for line in (report.total, *(line for line in report.lines if line.corrected)):
        name = "合计" if line is report.total else know.matter_path(line.matter) or UNKNOWN
        hows = "".join(f"{line.hows[how]:>9}" for how in HOWS)
        rate = f"{percent(line.rate):>7}"
        yield f"{line.dispatched:>8}{line.by_machine:>8}{line.corrected:>8}{hows}  {rate}  {name}"
    for flow in report.flows[:FLOWS_SHOWN]:
        to = know.unit_name(flow.to) or "（待重新派单）"
        yield f"{flow.count:>6} 件  {know.unit_name(flow.unit)} → {to}"
    yield "改进建议（已逐条试算）：" if found else "改进建议：没有能避免其中差错的权责行或关键词"
    for remedy in found:
        yield f"  {remedies.words(remedy, know)}"
