"""What tickets may be told apart by: units, kinds, matters, places, people, days; as SQL sees it and as rows are named.

SQL groups by what stands in a ticket's facts (a unit's own code, a matter's, a day); those are added up to the rows
that people read, a few hundred of them: a township's tickets to its district, a day's to its month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal_column, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.kinds import KINDS
from hotline.knowledge import Tree, knowledge, midnight
from hotline.models import Unit
from hotline.reports.scope import Scope, agents

HOTLINE = "热线（已退回，待转办）"
UNSAID = "未定"
AGENTS = {"system": "系统", "citizen": "来件人（网上提交）", "": UNSAID}


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to tell tickets apart. `column` is the column of their facts, or day; `row_of` leads from what stands
    there ('' for nothing) to the code of its row, and `name_of` from that to its name.

    `known` is what may stand in the column, `listed` are the rows that stand there with nothing in them too. `apart`
    when rows without tickets and rows with none due are listed apart from the others; `units` when rows are units,
    which do no dispatching; `days` the last day of each row that is a period.
    """

    by: str
    column: str
    row_of: Callable[[str], str]
    name_of: Callable[[str], str]
    known: Iterable[str]
    listed: Sequence[str] = ()
    apart: bool = False
    units: bool = False
    days: Mapping[str, date] = field(default_factory=dict)

    def said(self, session: Session, table: Any, day: str = "dispatched_at") -> ColumnElement[str]:
        """What stands in the rows of `table`; for periods the day in Asia/Shanghai of its column `day`."""
        if self.column == "day":
            return local_day(session, table.c[day], ends=day == "due_at")
        return func.coalesce(table.c[self.column], "")

    def inside(self, row: str) -> list[str]:
        """All that may stand in the column and is counted in a row. Raises InvalidInput (row) for one there is not."""
        found = [each for each in self.known if self.row_of(each) == row]
        if not found:
            raise InvalidInput("row", f"没有“{row[:40]}”这一行，请从表中打开", f"there is no row {row[:40]!r}")
        return found


def grouping(session: Session, scope: Scope, by: str) -> Grouping:
    """The way named `by`, for a scope. Raises InvalidInput (by) for another name."""
    if by not in BY:
        names = "、".join(BY)
        raise InvalidInput("by", f"不能按“{by[:40]}”分组，可选：{names}", f"by is one of {', '.join(BY)}")
    return BY[by](session, scope)


def local_day(session: Session, column: Any, ends: bool = False) -> ColumnElement[str]:
    """The instant's day in Asia/Shanghai, as text YYYY-MM-DD; the city has kept UTC+8 since 1991.

    With `ends`, midnight is 24:00 of the day before: a deadline belongs to the day it ends. SQLite would round parts of
    a second, so that they are cut off before.
    """
    if db.is_postgres(session):
        at = column - literal_column("interval '1 microsecond'") if ends else column
        return cast(func.date(func.timezone("Asia/Shanghai", at)), String)
    second = func.substr(column, 1, 19)
    day: ColumnElement[str] = func.date(second, "+8 hours")
    whole = func.substr(column, 20).in_(("", ".000000"))
    return case((whole, func.date(second, "+8 hours", "-1 second")), else_=day) if ends else day


def row_above(tree: Tree, code: str, parent: str | None) -> str:
    """The row that a code is counted in: what it lies in right under `parent` (or the root), or itself."""
    chain = tree.ancestors(code)
    above = [each for each in chain if tree.parents[each] == parent] if parent else chain[-2:-1]
    return above[0] if above else code


def _by_unit(session: Session, scope: Scope) -> Grouping:
    units = _units(session)
    row_of = _unit_row(units, scope)
    listed = [code for code, unit in units.items() if _stands(units, unit, scope) and row_of(code) == code]
    names = {code: unit.name for code, unit in units.items()} | {"": HOTLINE}
    return Grouping("unit", "unit", row_of, _named(names), [*units, ""], listed, apart=True, units=True)


def _by_peer_group(session: Session, scope: Scope) -> Grouping:
    units = _units(session)
    row_of = _unit_row(units, scope)

    def group_of(code: str) -> str:
        row = units.get(row_of(code))
        return (row.peer_group if row else None) or ""

    standing = (group_of(code) for code, unit in units.items() if _stands(units, unit, scope))
    listed = list(dict.fromkeys(filter(None, standing)))
    names = _named({"": "其他（热线及未分组单位）"})
    return Grouping("peer_group", "unit", group_of, names, [*units, ""], listed, apart=True, units=True)


def _units(session: Session) -> dict[str, Unit]:
    """All units, those too that are no longer active, by code in order."""
    return {row.code: row for row in session.scalars(select(Unit).order_by(Unit.code))}


def _unit_row(units: Mapping[str, Unit], scope: Scope) -> Callable[[str], str]:
    tree = Tree({code: unit.parent for code, unit in units.items()})

    def of_group(code: str) -> str:
        heads = [each for each in tree.ancestors(code) if units[each].peer_group == scope.group]
        return heads[-1] if heads else code

    def of_tree(code: str) -> str:
        return row_above(tree, code, scope.unit)

    rows = {code: of_group(code) if scope.group else of_tree(code) for code in units}
    return lambda code: rows.get(code, code)


def _stands(units: Mapping[str, Unit], unit: Unit, scope: Scope) -> bool:
    """It works, had joined by the end of the period, and lies in what is asked for; the city itself is no row."""
    inside = unit.code in scope.units if scope.units else unit.parent is not None
    return unit.active and unit.onboarded_on <= scope.last and inside


def _by_matter(session: Session, scope: Scope) -> Grouping:
    know = knowledge(session)
    names = {code: matter.name for code, matter in know.matters.items()} | {"": UNSAID}
    return Grouping("matter", "matter", _tree_row(know.matter_tree, scope.matter, roots=True), _named(names), names)


def _by_place(session: Session, scope: Scope) -> Grouping:
    know = knowledge(session)
    names = {code: place.name for code, place in know.places.items()} | {"": UNSAID}
    return Grouping("place", "place", _tree_row(know.place_tree, scope.place), _named(names), names)


def _tree_row(tree: Tree, asked: str | None, roots: bool = False) -> Callable[[str], str]:
    def row_of(code: str) -> str:
        chain = tree.ancestors(code)
        return chain[-1] if roots and chain and not asked else row_above(tree, code, asked)

    return row_of


def _by_kind(_session: Session, _scope: Scope) -> Grouping:
    return Grouping("kind", "kind", str, _named(KINDS), KINDS)


def _by_source(_session: Session, _scope: Scope) -> Grouping:
    return Grouping("source", "source", str, _named(SOURCES), SOURCES)


def _by_agent(session: Session, _scope: Scope) -> Grouping:
    names = AGENTS | {code: name for code, (_, name) in agents(session).items()}
    return Grouping("agent", "agent", str, _named(names), names)


def _named(names: Mapping[str, str]) -> Callable[[str], str]:
    return lambda code: names.get(code, code)


def _periods(by: str, code_of: Callable[[date], str], name_of: Callable[[date], str]) -> Any:
    def made(_session: Session, scope: Scope) -> Grouping:
        days = list(_days(scope))
        names = {code_of(day): name_of(day) for day in reversed(days)}
        last = {code_of(day): day for day in days}

        def row_of(day: str) -> str:
            return code_of(date.fromisoformat(day))

        return Grouping(by, "day", row_of, _named(names), [*map(str, days)], [*last], days=last)

    return made


def _days(scope: Scope) -> Iterator[date]:
    """The days of the scope that have begun before its cut-off."""
    for number in range((scope.last - scope.first).days + 1):
        day = scope.first + timedelta(days=number)
        if midnight(day) < scope.cut_off:
            yield day


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _week_name(day: date) -> str:
    monday = day - timedelta(days=day.weekday())
    sunday = monday + timedelta(days=6)
    return f"{monday:%Y}年{monday.month}月{monday.day}日至{sunday.month}月{sunday.day}日"


BY: Mapping[str, Callable[[Session, Scope], Grouping]] = {
    "unit": _by_unit,
    "peer_group": _by_peer_group,
    "kind": _by_kind,
    "source": _by_source,
    "matter": _by_matter,
    "place": _by_place,
    "agent": _by_agent,
    "day": _periods("day", date.isoformat, lambda day: f"{day:%Y}年{day.month}月{day.day}日"),
    "week": _periods("week", _week, _week_name),
    "month": _periods("month", lambda day: f"{day:%Y-%m}", lambda day: f"{day:%Y}年{day.month}月"),
    "year": _periods("year", lambda day: f"{day:%Y}", lambda day: f"{day:%Y}年"),
}
"""Ways to tell tickets apart, by name: in a unit, a matter or a place those right below it."""

NAMES = {
    "unit": "单位",
    "peer_group": "单位分组",
    "kind": "类型",
    "source": "来源",
    "matter": "事项",
    "place": "区域",
    "agent": "坐席",
    "day": "日",
    "week": "周",
    "month": "月",
    "year": "年",
}
