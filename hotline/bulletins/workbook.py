"""The workbook of a bulletin: a sheet of real numbers for each table, one of the words, one of the pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter

from hotline.bulletins import pictures
from hotline.bulletins.pdf import stamp
from hotline.bulletins.shapes import Cell, Json, shown
from hotline.intake.sheets import neutral

LONGEST_NAME = 31
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
        self.head = book.add_format({"bold": True, "bottom": 1, "top": 1, "text_wrap": True, "valign": "vcenter"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.formats = {
            (kind, bold): book.add_format(
                {"num_format": form, "bold": bold, **({"bg_color": "#F3F5F7"} if bold else {})}
            )
            for kind, form in (("count", "#,##0"), ("rate", "0.00"), ("text", "@"))
            for bold in (False, True)
        }

    def sheet(self, name: str) -> Any:
        """A sheet of that name, numbered where there is one already; prints on A4 across."""
        name = name.translate(FORBIDDEN)[:LONGEST_NAME]
        number, fresh = 2, name
        while fresh in self.names:
            fresh, number = f"{name[: LONGEST_NAME - 3]} {number}", number + 1
        self.names.add(fresh)
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
        page.set_column(0, len(heads) - 1, 13)
        page.set_column(0, 0, 24)
        page.write_string(0, 0, neutral(f"{of}：{each['title']}"), self.title)
        page.write_string(1, 0, neutral(each["base"]), self.soft)
        for number, name in enumerate(heads):
            page.write_string(3, number, name, self.head)
        page.freeze_panes(4, 1)
        page.repeat_rows(3)
        for row, line in enumerate(each["rows"], 4):
            self._row(page, row, each["columns"], line)
        page.write_string(len(each["rows"]) + 5, 0, neutral(each["note"]), self.soft)

    def _row(self, page: Any, row: int, columns: list[Json], line: Json) -> None:
        bold, place = bool(line["level"]), 0
        for column, cell in zip(columns, line["cells"], strict=False):
            self._cell(page, (row, place), cell, bold=bold)
            place += 1
            if column["kind"] == "rate":
                for offset, number in enumerate(_of(cell)):
                    page.write_number(row, place + offset, number, self.formats["count", bold])
                place += 2

    def _cell(self, page: Any, place: tuple[int, int], cell: Cell, *, bold: bool) -> None:
        if isinstance(cell, int):
            page.write_number(*place, cell, self.formats["count", bold])
        elif isinstance(cell, dict):
            page.write_number(*place, float(cell["value"]), self.formats["rate", bold])
        else:
            page.write_string(*place, neutral(shown(cell)), self.formats["text", bold])

    def pictures(self, drawn: list[Json]) -> None:
        """All pictures below each other, each under its title."""
        page, row = self.sheet("图"), 0
        for each in drawn:
            page.write_string(row, 0, neutral(each["title"]), self.title)
            scale = {"x_scale": 1 / pictures.PNG_SCALE, "y_scale": 1 / pictures.PNG_SCALE}
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


def _heads(each: Json) -> Iterator[str]:
    for column in each["columns"]:
        yield column["name"]
        if column["kind"] == "rate":
            yield f"{column['name']} 分子"
            yield f"{column['name']} 分母"


def _of(cell: Cell) -> list[int]:
    return cell["of"] or [] if isinstance(cell, dict) else []
