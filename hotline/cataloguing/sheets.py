"""The catalogue as a workbook of three sheets 事项, 地点, 权责清单 (or a CSV of one), out and in again.

What was written out is read in as the same document. Responsibilities may name matters, places and units by code or
by name; where both are given they must agree. A row that cannot be read is told with its sheet and line, all at once,
and nothing of the file is taken. No cell is ever run as a formula: an apostrophe stands before what could be, and one
apostrophe at the beginning of a cell is left out when it is read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from hotline.cataloguing import shapes
from hotline.cataloguing.documents import PARTS, Document, Row
from hotline.cataloguing.naming import Names
from hotline.intake.fields import instant
from hotline.intake.inquiry import InvalidInput
from hotline.intake.sheets import SHEETS, RawRow, named_sheets, neutral, raw_rows
from hotline.knowledge import today
from routing.decision import KINDS, URGENCIES

NUMBER = "序号"
TOO_LONG = (
    "有一格超过 32,767 字，表格软件放不下，请导出 .json 或 .csv",
    "a cell is over 32,767 characters: use JSON or CSV",
)
_MORE = "，每行一个"


def _by_name(names: Mapping[str, str]) -> Callable[[str], str]:
    """A code from its Chinese name; what is none stays as it is, to be told."""
    codes = {name: code for code, name in names.items()}
    return lambda text: codes.get(text, text)


def _day(text: str) -> str:
    """An ISO day from whatever way a day is written; what is none stays as it is, to be told."""
    moment = instant(text)
    return today(moment).isoformat() if moment else text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its head, the field it holds, and how a cell of it is read; without a field it is there for
    people to read, or a name beside a code (`names` is what it names).
    """

    head: str
    field: str = ""
    read: Callable[[str], Any] = str
    names: str = ""


COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "matters": (
        Column("编码", "code"),
        Column("名称", "name"),
        Column(f"说法{_MORE}", "phrases", _lines),
        Column(f"共用说法{_MORE}", "shared", _lines),
        Column(f"例句{_MORE}", "examples", _lines),
        Column("类型", "kind", _by_name(KINDS)),
        Column("紧急程度", "urgency", _by_name(URGENCIES)),
    ),
    "places": (
        Column("编码", "code"),
        Column("名称", "name"),
        Column("级别", "level", _by_name(shapes.LEVELS)),
        Column("上级编码", "parent"),
        Column(f"别名{_MORE}", "aliases", _lines),
    ),
    "responsibilities": (
        Column("事项编码", "matter"),
        Column("事项", names="matter"),
        Column("地点编码", "place"),
        Column("地点", names="place"),
        Column("主办单位编码", "lead"),
        Column("主办单位", names="lead"),
        Column(f"协办单位编码{_MORE}", "assisting", _lines),
        Column(f"协办单位{_MORE}", read=_lines, names="assisting"),
        Column("依据", "legal_basis"),
        Column("起始日期", "effective_from", _day),
        Column("截止日期", "effective_to", _day),
    ),
}
"""Part → its columns, after 序号, which is there for people and not read."""

_SHOWN = {"kind": KINDS, "urgency": URGENCIES, "level": shapes.LEVELS}


# Out


def workbook(content: Document, names: Names) -> bytes:
    """The document as an .xlsx file with a sheet for each part."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head, plain = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        for part in PARTS:
            page = book.add_worksheet(PARTS[part])
            page.freeze_panes(1, 2)
            page.set_column(0, 0, 6)
            page.set_column(1, len(COLUMNS[part]), 18, plain)
            for column, text in enumerate(_heads(part)):
                page.write_string(0, column, text, head)
            for number, cells in enumerate(_cells(part, content, names), 1):
                page.write_number(number, 0, number)
                for column, cell in enumerate(cells, 1):
                    if page.write_string(number, column, cell, plain):
                        raise shapes.wrong_at(part, number, "", *TOO_LONG)
    return out.getvalue()


def table(content: Document, part: str, names: Names) -> bytes:
    """One part as CSV in UTF-8 with its mark, as table programs like it."""
    shapes.check_part(part)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_heads(part))
    writer.writerows([number, *cells] for number, cells in enumerate(_cells(part, content, names), 1))
    return out.getvalue().encode("utf-8-sig")


def _heads(part: str) -> list[str]:
    return [NUMBER, *(column.head for column in COLUMNS[part])]


def _cells(part: str, content: Document, names: Names) -> Iterator[list[str]]:
    for row in content.part(part):
        yield [_guarded(_shown(column, row, names)) for column in COLUMNS[part]]


def _shown(column: Column, row: Row, names: Names) -> str:
    if column.names:
        codes = row[column.names]
        given = codes if isinstance(codes, list) else [codes]
        return "\n".join(names.name(column.names, code) or code for code in given)
    value = row.get(column.field)
    if isinstance(value, list):
        return "\n".join(value)
    return _SHOWN.get(column.field, {}).get(value or "", value or "")


def _guarded(text: str) -> str:
    """What `neutral` makes of it; a text that begins with an apostrophe gets one more, so that one can go again."""
    return "'" + text if text.startswith("'") else neutral(text)


# In


def read(path: Path, content: Document, names: Names) -> dict[str, list[Row]]:
    """The parts that a workbook or CSV holds, each whole; `names` are those of the document `content` that they are to
    change. Raises InvalidInput(s) with every line that cannot be read, and of what is no such file.
    """
    tables = dict(_tables(path))
    if not tables:
        known = "、".join(PARTS.values())
        raise InvalidInput(
            "file",
            f"文件里没有“{known}”这几张表，也没有它们的表头。请先导出一份，在它上面改",
            "the file has none of the three sheets; export one and change it",
        )
    wrong: list[InvalidInput] = []
    made: dict[str, list[Row]] = {}
    for part in sorted(tables, key=list(PARTS).index):
        try:
            made[part] = _rows(part, tables[part], names.also(_named(made)))
        except InvalidInput as error:
            wrong += error.problems
    shapes.raise_all(wrong)
    return made


def _named(made: Mapping[str, list[Row]]) -> Document:
    return Document(made.get("matters", []), made.get("places", []), [])


def _tables(path: Path) -> Iterator[tuple[str, list[RawRow]]]:
    """Part → its rows, the head first."""
    if path.suffix.lower() not in SHEETS:
        rows = list(raw_rows(path))
        if part := _part_of(rows):
            yield part, rows
        return
    parts = {name: part for part, name in PARTS.items()}
    for name, rows in named_sheets(path).items():
        if name.strip() in parts and rows:
            yield parts[name.strip()], rows


def _part_of(rows: Sequence[RawRow]) -> str | None:
    """Which part a CSV is, by its head."""
    head = set(rows[0].cells) if rows else set()
    telling = {"responsibilities": "依据", "places": "级别", "matters": "紧急程度"}
    return next((part for part, column in telling.items() if column in head), None)


def _rows(part: str, rows: Sequence[RawRow], names: Names) -> list[Row]:
    head = {text: place for place, text in reversed(list(enumerate(rows[0].cells)))}
    _check_head(part, rows[0].line, head)
    wrong: list[InvalidInput] = []
    made: list[Row] = []
    for raw in rows[1:]:
        try:
            made.append(_row(part, raw, head, names))
        except InvalidInput as error:
            wrong += error.problems
            made.append({})
    lines = [raw.line for raw in rows[1:]]
    readable = [(line, row) for line, row in zip(lines, made, strict=True) if row]
    try:
        kept = shapes.checked_rows(part, [row for _, row in readable], [line for line, _ in readable])
    except InvalidInput as error:
        shapes.raise_all([*wrong, *error.problems])
        raise
    shapes.raise_all(wrong)
    return kept


def _check_head(part: str, line: int, head: Mapping[str, int]) -> None:
    """A field must have its column, or one that names what it holds."""
    named = {column.names for column in COLUMNS[part] if column.names and column.head in head}
    missing = [c.head for c in COLUMNS[part] if c.field and c.head not in head and c.field not in named]
    if missing:
        columns = "、".join(f"“{head}”" for head in missing)
        raise shapes.wrong_at(part, line, "", f"表头里没有{columns}这一列，请补上", f"no column {', '.join(missing)}")


def _row(part: str, raw: RawRow, head: Mapping[str, int], names: Names) -> Row:
    if raw.broken:
        raise shapes.wrong_at(part, raw.line, "", *raw.broken)
    texts = {text: raw.cells[place] if place < len(raw.cells) else "" for text, place in head.items()}
    row: Row = {}
    said: dict[str, Any] = {}
    for column in COLUMNS[part]:
        text = texts.get(column.head, "").removeprefix("'").strip()
        (said if column.names else row)[column.names or column.field] = column.read(text) if text else None
    for field, given in said.items():
        row[field] = _agreed(part, raw.line, field, (row.get(field), given), names)
    return {field: value for field, value in row.items() if value is not None}


def _agreed(part: str, line: int, field: str, given: tuple[Any, Any], names: Names) -> Any:
    """The code or codes, from the codes or the names given; where both are, they must agree."""
    codes, said = given
    if not said:
        return codes
    if codes and names.agree(field, codes, said):
        return codes
    try:
        found = [names.code(field, name) for name in said] if isinstance(said, list) else names.code(field, said)
    except InvalidInput as error:
        raise shapes.wrong_at(part, line, field, f"：{error.message['zh']}", error.message["en"]) from error
    if codes and codes != found:
        shown = "、".join(codes) if isinstance(codes, list) else codes
        zh = f" {shown} 与旁边写的名称不是一回事，请改成一致，或只留编码"
        raise shapes.wrong_at(part, line, field, zh, f"{shown} and the name beside it do not agree")
    return found
