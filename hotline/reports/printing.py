"""A report as people and programs take it: a table, JSON, a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter
from sqlalchemy import case, select
from sqlalchemy.orm import Session

from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.intake.sheets import neutral
from hotline.kinds import KINDS
from hotline.knowledge import ZONE, knowledge
from hotline.reports.facts import facts, sets
from hotline.reports.metrics import BY_KEY, COUNTS, key_of
from hotline.reports.rates import Figure, Report
from hotline.reports.scope import Scope
from hotline.reports.units import UNIT_METRICS, UnitRow, UnitTable, by_unit

_MEMBERS = {
    "due": "应结",
    "closed": "结案",
    "closed_in_time": "按时结案",
    "overdue": "超期",
    "closed_first_time": "一次办结",
    "evaluated": "已评价",
    "solved": "已解决",
    "satisfied": "满意",
    "returned": "申请退单",
    "extended": "延期",
    "reopened": "重办",
    "rejected": "不予受理",
    "withdrawn": "撤回",
    "merged": "并单",
}
"""The columns of the tickets' sheet that say of which sets a ticket is."""

Cell = str | int | float | datetime | None


def as_json(report: Report) -> dict[str, Any]:
    """{period, cut_off, metrics, counts}; a value is a number in its unit (90.4 for 90.4 %), null when empty."""
    first, last = report.period
    return {
        "period": {"from": first.isoformat(), "to": last.isoformat()},
        "cut_off": report.cut_off.isoformat(),
        "metrics": [figure_json(figure) for figure in report.metrics],
        "counts": report.counts,
    }


def figure_json(figure: Figure) -> dict[str, Any]:
    """A figure with all that is said of it."""
    return {
        "metric": figure.metric,
        "part": figure.part or None,
        "name": figure.name,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "value": None if figure.value is None else float(figure.value),
        "unit": figure.unit,
        "target": None if figure.target is None else float(figure.target),
        "falling": BY_KEY[key_of(figure.metric, figure.part)].falling,
        "definition": figure.definition,
        "exclusions": figure.exclusions,
        "note": figure.note,
    }


def as_table(report: Report) -> str:
    """The report for a person at a terminal."""
    first, last = report.period
    head = f"统计期 {first} 至 {last}（含），截止 {_clock_face(report)}"
    lines = [("指标", "分子/分母", "值", "目标", "说明"), *(_cells(figure) for figure in report.metrics)]
    counts = "  ".join(f"{name} {report.counts[key]}" for key, name in COUNTS.items())
    return "\n".join([head, "", *aligned(lines), "", counts])


def _clock_face(report: Report) -> str:
    """The cut-off in local time, midnight written as 24:00 of the day it ends."""
    local = report.cut_off.astimezone(ZONE)
    if local.time() == datetime.min.time():
        return f"{local.date() - timedelta(days=1)} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"


def _cells(figure: Figure) -> tuple[str, ...]:
    return (figure.name, fraction(figure), figure.shown(), target_words(figure), figure.note)


def fraction(figure: Figure) -> str:
    """25,783/29,186; of a quantile how many were measured."""
    if figure.denominator is None:
        return "空"
    if figure.numerator is None:
        return f"共 {figure.denominator:,} 件"
    return f"{figure.numerator:,}/{figure.denominator:,}"


def target_words(figure: Figure) -> str:
    """≥ 90 %, or ≤ 5 % where less is better; nothing without a target."""
    if figure.target is None:
        return ""
    sign = "≤" if BY_KEY[key_of(figure.metric, figure.part)].falling else "≥"
    return f"{sign} {figure.target.normalize():f} {figure.unit}"


def aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of cells as columns of a terminal."""
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)


@dataclass
class Book:
    """A workbook written row by row in constant memory; no cell is ever run as a formula."""

    book: Any

    def __post_init__(self) -> None:
        self.head = self.book.add_format({"bold": True, "bottom": 1})
        self.time = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def sheet(self, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
        """A page with its head; how many rows it has."""
        page, number = self.book.add_worksheet(name), 0
        page.freeze_panes(1, 1)
        page.set_column(0, len(head) - 1, 16)
        for column, text in enumerate(head):
            page.write_string(0, column, neutral(text), self.head)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                self.write(page, number, column, cell)
        return number

    def write(self, page: Any, row: int, column: int, cell: Cell) -> None:
        """One cell; text stays text."""
        if isinstance(cell, datetime):
            page.write_datetime(row, column, cell.astimezone(ZONE).replace(tzinfo=None), self.time)
        elif isinstance(cell, str):
            page.write_string(row, column, neutral(cell))
        elif cell is not None:
            page.write_number(row, column, cell)


def write_xlsx(session: Session, report: Report, scope: Scope, path: Path) -> int:
    """A workbook: 指标, 单位, and 工单 with every ticket of the cohort and the sets it is in; how many tickets.

    Raises InvalidInput (xlsx) where the file cannot be written.
    """
    if not path.parent.is_dir():
        raise InvalidInput(
            "xlsx", f"xlsx 的文件夹 {path.parent} 不存在，请先建好或另选位置", f"there is no folder {path.parent}"
        )
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        pages = Book(book)
        pages.sheet("指标", _FIGURE_HEAD, _figure_rows(report))
        pages.sheet("单位", _unit_head(), _unit_rows(by_unit(session, scope)))
        return pages.sheet("工单", _ticket_head(), _ticket_rows(session, scope))


_FIGURE_HEAD = ("指标", "名称", "分子", "分母", "值", "单位", "目标", "定义", "剔除", "说明")


def _figure_rows(report: Report) -> Iterator[list[Cell]]:
    for each in report.metrics:
        code = key_of(each.metric, each.part)
        numbers = (each.numerator, each.denominator, None if each.value is None else float(each.value))
        yield [code, each.name, *numbers, each.unit, target_words(each), each.definition, each.exclusions, each.note]
    for key, name in COUNTS.items():
        yield [key, name, report.counts[key]]


def _unit_head() -> list[str]:
    figures = [f"{metric.name}{part}" for metric in UNIT_METRICS for part in ("", " 分子", " 分母")]
    return ["代码", "单位", "分组", "情况", "转办", "结案", "应结", "超期", *figures]


def _unit_rows(table: UnitTable) -> Iterator[list[Cell]]:
    groups = (("", table.rows), ("无应结工单", table.none_due), ("无工单", table.no_tickets))
    for state, rows in groups:
        for row in rows:
            yield _unit_cells(row, state)
    if table.hotline:
        yield _unit_cells(table.hotline, "")


def _unit_cells(row: UnitRow, state: str) -> list[Cell]:
    cells: list[Cell] = [row.code, row.name, row.peer_group, state]
    cells += [row.counts[name] for name in ("dispatched", "closed", "due", "overdue")]
    for figure in row.figures.values():
        cells += [None if figure.value is None else float(figure.value), figure.numerator, figure.denominator]
    return cells


def _ticket_head() -> list[str]:
    return ["编号", "单位", "类型", "来源", "首次转办", "办结时限", "答复", "结案", *_MEMBERS.values()]


def _ticket_rows(session: Session, scope: Scope) -> Iterator[list[Cell]]:
    know, table = knowledge(session), facts(scope)
    members = sets(table)
    of = [members[name].label(f"in_{name}") for name in _MEMBERS]
    fact = table.c
    texts = (fact.number, fact.unit, fact.kind, fact.source)
    ended = case((fact.closed, fact.ended_at))
    query = select(*texts, fact.dispatched_at, fact.due_at, fact.answered_at, ended, *of)
    for row in session.execute(query.order_by(fact.ticket_id)):
        number, unit, kind, source, *times = row[:8]
        names: list[Cell] = [number, know.unit_name(unit) or unit, KINDS.get(kind, kind), SOURCES.get(source, source)]
        yield names + times + ["是" if each else "" for each in row[8:]]
