"""A table of a bulletin in Word: rules instead of boxes, the head repeated on each page, no row torn apart."""

from __future__ import annotations

from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from hotline.bulletins.shapes import Json, beneath, is_number, shown

SOFT = RGBColor(0x56, 0x5E, 0x68)
GROUND = "F3F5F7"
WIDE = frozenset({"matter", "lost", "why", "where", "was", "now", "units"})
"""Columns of long texts, which take what the others leave."""

NARROW_MM = {"count": 15, "rate": 19, "share": 16, "change": 20, "points": 16, "text": 24}
"""Millimetres by the kind of a column."""

OF_A_LINE_MM = {"number": 30, "due": 41, "list": 13}
"""Millimetres of the columns whose texts are not to be broken."""


def add_table(made: Any, each: Json, width: float) -> Any:
    """Append a table of `width` millimetres to a document."""
    heads = each["columns"]
    size = 7 if len(heads) > 9 else 8 if len(heads) > 6 else 9
    grid = made.add_table(rows=1, cols=len(heads))
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _rules(grid)
    for cell, column in zip(grid.rows[0].cells, heads, strict=True):
        _write(cell, column["name"], size, right=is_number(column), bold=True)
    _repeat(grid.rows[0])
    for line in each["rows"]:
        _add_row(grid, heads, line, size)
    for column, broad in zip(grid.columns, _widths(heads, width), strict=True):
        column.width = Mm(broad)
        for cell in column.cells:
            cell.width = Mm(broad)
    return grid


def _add_row(grid: Any, heads: list[Json], line: Json, size: float) -> None:
    made = grid.add_row()
    made._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    cells = made.cells
    if line["level"] == "group":
        cells = [cells[0].merge(cells[-1])]
    total = bool(line["level"])
    for cell, column, value in zip(cells, heads, line["cells"], strict=False):
        _write(cell, shown(value), size, right=is_number(column), bold=total, under=beneath(column, value))
        if total:
            _ground(cell)


def _write(cell: Any, text: str, size: float, *, right: bool, bold: bool = False, under: str = "") -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(text)
    _font(run, size, bold=bold)
    if under:
        run.add_break()
        small = paragraph.add_run(under)
        _font(small, size - 1)
        small.font.color.rgb = SOFT


def _font(run: Any, size: float, *, bold: bool = False) -> None:
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, "Times New Roman"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")


def _widths(heads: list[Json], width: float) -> list[float]:
    """Millimetres of each column: what its kind needs, the rest to the long texts, or else to all alike."""
    needed = [float(OF_A_LINE_MM.get(each["code"], NARROW_MM[each["kind"]])) for each in heads]
    long = [n for n, each in enumerate(heads) if each["code"] in WIDE and each["kind"] == "text"]
    rest = width - sum(needed)
    if long and rest > 0:
        return [each + (rest / len(long) if n in long else 0) for n, each in enumerate(needed)]
    return [each * width / sum(needed) for each in needed]


def _rules(grid: Any) -> None:
    borders = OxmlElement("w:tblBorders")
    for side, size, colour in (("top", "8", "auto"), ("bottom", "8", "auto"), ("insideH", "4", "D7DCE1")):
        rule = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", colour)):
            rule.set(qn(f"w:{name}"), value)
        borders.append(rule)
    grid._tbl.tblPr.append(borders)


def _repeat(line: Any) -> None:
    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    line._tr.get_or_add_trPr().append(head)


def _ground(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", GROUND)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)
