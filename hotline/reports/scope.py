"""What a report is about: two days, both included, perhaps one unit, kind or source; and its cut-off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.kinds import KINDS
from hotline.knowledge import Tree, midnight, today
from hotline.models import Unit

LONGEST = timedelta(days=3660)
EARLIEST = date(1949, 10, 1)


@dataclass(frozen=True, slots=True)
class Scope:
    """A checked question. `start` and `cut_off` in UTC; events before `cut_off` are seen, nothing after.

    `units` is the unit asked for (or the peer group's units) and all below it, empty for the whole city; `matters` and
    `places` likewise. `agent` is the actor who opened the ticket. `assessed` leaves out tickets that a manager has
    excluded from assessment (不计入考核).
    """

    first: date
    last: date
    start: datetime
    cut_off: datetime
    unit: str | None = None
    units: tuple[str, ...] = ()
    kind: str | None = None
    source: str | None = None
    matters: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    agent: str | None = None
    assessed: bool = False


def scope_of(
    session: Session,
    first: date,
    last: date,
    unit: str | None = None,
    kind: str | None = None,
    source: str | None = None,
) -> Scope:
    """The checked question. Raises InvalidInput naming from, to, unit, kind or source.

    The cut-off is 24:00 of the last day in Asia/Shanghai; while that day is not over it is this moment: a deadline
    that lies ahead is not missed yet.
    """
    now = db.now(session)
    _check_days(first, last, now)
    _check_code("kind", kind, KINDS.keys(), "类型")
    _check_code("source", source, SOURCES.keys(), "来源")
    tree = unit_tree(session) if unit else Tree({})
    _check_code("unit", unit, tree.parents.keys(), "单位")
    return Scope(
        first=first,
        last=last,
        start=midnight(first),
        cut_off=min(midnight(last + timedelta(days=1)), now + timedelta(microseconds=1)),
        unit=unit,
        units=tuple(sorted(tree.below(unit))) if unit else (),
        kind=kind,
        source=source,
    )


def read_day(text: str | None, field: str) -> date:
    """The date of the option or parameter `field` (from or to). Raises InvalidInput for anything but YYYY-MM-DD."""
    name = {"from": "起始日期", "to": "截止日期"}[field]
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        said = f"您写的是“{text[:40]}”" if text else "现在没有写"
        raise InvalidInput(
            field, f"{name}({field})应写成 2026-10-01 这样的日期，{said}", f"{field} must be a date such as 2026-10-01"
        ) from None


def unit_tree(session: Session) -> Tree:
    """All units, those too that are no longer active: the past was theirs."""
    return Tree({row.code: row.parent for row in session.execute(select(Unit.code, Unit.parent))})


def _check_days(first: date, last: date, now: datetime) -> None:
    if first > last:
        raise InvalidInput(
            "from",
            f"起始日期(from){first} 晚于截止日期(to){last}，请对调或改正",
            f"from {first} is after to {last}; swap them",
        )
    if first < EARLIEST:
        raise InvalidInput(
            "from",
            f"起始日期(from)最早是 {EARLIEST}，您写的是 {first}，请核对年份",
            f"from is {EARLIEST} at the earliest; check the year",
        )
    if last - first > LONGEST:
        raise InvalidInput(
            "from", "统计期最长十年，请缩短起止日期(from、to)", "a period is ten years at most; make it shorter"
        )
    present = today(now)
    if first > present:
        raise InvalidInput(
            "from",
            f"起始日期(from){first} 还没有到，今天是 {present}，请改为今天或更早",
            f"from {first} lies in the future; today is {present}",
        )


def _check_code(field: str, code: str | None, known: object, name: str) -> None:
    if code is not None and code not in known:  # type: ignore[operator]
        raise InvalidInput(field, f"{name}代码“{code}”不存在，请从列表中选择", f"there is no {field} {code!r}")
