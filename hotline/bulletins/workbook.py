"""The workbook of a bulletin: a sheet of real numbers for each table, one of the words, one of the pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter

from hotline.bulletins import pictures
from hotline.bulletins.pdf import stamp
from hotline.bulletins.shapes import Cell, Json, is_number, shown
from hotline.intake.sheets import neutral

LONGEST_NAME = 31
"""Units of UTF-16 in the name of a sheet, of which case makes no difference."""

NUMBERS, TEXTS = 12, (12, 44)
"""Characters of a column's width: of numbers, and of texts at least and at most."""

LINE = 15
"""Points of a line."""

SCREEN_DPI = 96
"""What a table program takes a pixel for."""

FORBIDDEN = str.maketrans("[]:*?/\\'", "（）：＊？／＼’")


def workbook(document: Json, sha256: str) -> bytes:
    """The document as xlsx. Raises NoChineseFont, since its pictures need one."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        about = {"title": document["title"], "author": document["office"]}
        book.set_properties(about | {"created": stamp(document).replace(tzinfo=None)})
        pages = _Book(book)
        pages.cover(document, sha256)
        for part in document["sections"]:
            for each in part["tables"]:
                pages.table(each, part["title"])
        pages.pictures([each for part in document["sections"] for each in part["pictures"]])
    return out.getvalue()


class _Book:
    """The workbook while it is written; no cell of it is ever run as a formula."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.names: set[str] = set()
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.soft = book.add_format({"font_color": "#565e68"})
        rules = {"bold": True, "bottom": 1, "top": 1, "text_wrap": True, "valign": "vcenter"}
        self.heads = {
            side: book.add_format(rules | {"align": side, "indent": indent})
            for side, indent in (("left", 1), ("right", 0))
        }
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.beside = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#565e68"})
        kinds: dict[str, Json] = {
            "count": {"num_format": "#,##0"},
            "rate": {"num_format": "0.00"},
            "none": {"align": "right"},
        }
        kinds["text"] = {"num_format": "@", "text_wrap": True, "indent": 1}
        self.formats = {
            (kind, bold): book.add_format(
                form | {"valign": "top", "bold": bold} | ({"bg_color": "#F3F5F7"} if bold else {})
            )
            for kind, form in kinds.items()
            for bold in (False, True)
        }

    def sheet(self, name: str) -> Any:
        """A sheet of that name, numbered where there is one already; prints on A4 across."""
        name = name.translate(FORBIDDEN)
        number, fresh = 2, _cut(name, LONGEST_NAME)
        while fresh.casefold() in self.names:
            fresh, number = f"{_cut(name, LONGEST_NAME - 4)} {number}", number + 1
        self.names.add(fresh.casefold())
        page = self.book.add_worksheet(fresh)
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_footer("&C— &P / &N —")
        return page

    def cover(self, document: Json, sha256: str) -> None:
        """Who says what of when, the words of the sections, and the hash."""
        page = self.sheet("说明")
        page.set_column(0, 0, 14)
        page.set_column(1, 1, 110)
        page.write_string(0, 0, neutral(document["title"]), self.title)
        for row, (name, text) in enumerate(_cover(document, sha256), 2):
            page.write_string(row, 0, name, self.soft)
            page.write_string(row, 1, neutral(text), self.wrap)

    def table(self, each: Json, of: str) -> None:
        """A table with a column for each figure, and for the numerator and denominator of each rate."""
        page = self.sheet(each["title"])
        heads = list(_heads(each))
        widths = list(_widths(each))
        for number, (name, side) in enumerate(heads):
            page.set_column(number, number, widths[number])
            page.write_string(3, number, name, self.heads[side])
        page.write_string(0, 0, neutral(f"{of}：{each['title']}"), self.title)
        self._along(page, 1, each["base"], widths)
        page.set_row(3, 2 * LINE)
        page.freeze_panes(4, 1)
        page.repeat_rows(3)
        for row, line in enumerate(each["rows"], 4):
            self._row(page, row, each["columns"], line)
        self._along(page, len(each["rows"]) + 5, each["note"], widths)

    def _along(self, page: Any, row: int, text: str, widths: list[int]) -> None:
        """A sentence over all columns, high enough for its lines: else it would widen what is printed."""
        if text:
            page.set_row(row, LINE * -(-_width(text) // sum(widths)))
            page.merge_range(row, 0, row, len(widths) - 1, "", self.beside)
            page.write_string(row, 0, neutral(text), self.beside)

    def _row(self, page: Any, row: int, columns: list[Json], line: Json) -> None:
        bold, place = bool(line["level"]), 0
        for column, cell in zip(columns, line["cells"], strict=False):
            self._cell(page, (row, place), cell, column["kind"], bold=bold)
            place += 1
            if column["kind"] == "rate":
                for offset, number in enumerate(_of(cell)):
                    page.write_number(row, place + offset, number, self.formats["count", bold])
                place += 2

    def _cell(self, page: Any, place: tuple[int, int], cell: Cell, kind: str, *, bold: bool) -> None:
        if isinstance(cell, int):
            page.write_number(*place, cell, self.formats["count", bold])
        elif isinstance(cell, dict):
            page.write_number(*place, float(cell["value"]), self.formats["rate", bold])
        else:
            form = "text" if kind == "text" else "none"
            page.write_string(*place, neutral(shown(cell)), self.formats[form, bold])

    def pictures(self, drawn: list[Json]) -> None:
        """All pictures below each other, each under its title."""
        page, row = self.sheet("图"), 0
        for each in drawn:
            page.write_string(row, 0, neutral(each["title"]), self.title)
            scale = dict.fromkeys(("x_scale", "y_scale"), pictures.PNG_DPI / SCREEN_DPI / pictures.PNG_SCALE)
            about = {"image_data": io.BytesIO(pictures.png(each)), "description": each["title"], **scale}
            page.insert_image(row + 1, 0, f"{each['code']}.png", about)
            row += pictures.size(each)[1] // 20 + 4


def _cover(document: Json, sha256: str) -> Iterator[tuple[str, str]]:
    yield "发文单位", document["office"]
    yield "期号", document["issue"]
    yield "统计期", f"{document['first']} 至 {document['last']}"
    yield "数据截止", document["cut_off_words"]
    yield (
        "版本",
        f"第 {document['version']} 版，{document['published']} 发布" if document["version"] else "草稿，未发布",
    )
    if sha256:
        yield "内容指纹", f"SHA-256 {sha256}"
    yield (
        "说明",
        "空格或“—”表示没有可算的数（分母为零）。比率、占比和增减的单位是 %，"
        "主要指标表里的增减是百分点；比率各附分子和分母。",
    )
    for part in document["sections"]:
        for sentence in [*part["text"], *filter(None, [part["why"]])]:
            yield part["title"], sentence


def _heads(each: Json) -> Iterator[tuple[str, str]]:
    """Name and side of each column of the sheet."""
    for column in each["columns"]:
        yield column["name"], "right" if is_number(column) else "left"
        if column["kind"] == "rate":
            yield f"{column['name']} 分子", "right"
            yield f"{column['name']} 分母", "right"


def _widths(each: Json) -> Iterator[int]:
    """Characters of each column of the sheet: texts as the longest of them needs, within bounds."""
    least, most = TEXTS
    for number, column in enumerate(each["columns"]):
        if is_number(column):
            yield from [NUMBERS] * (3 if column["kind"] == "rate" else 1)
        else:
            said = [shown(line["cells"][number]) for line in each["rows"] if len(line["cells"]) > number]
            yield max(least, min(most, 2 + max(map(_width, [column["name"], *said]))))


def _width(text: str) -> int:
    """How many narrow characters are as broad as the text."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _cut(text: str, most: int) -> str:
    """The beginning of a text, of so many units of UTF-16 at most."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def _of(cell: Cell) -> list[int]:
    return cell["of"] or [] if isinstance(cell, dict) else []
