"""A bulletin as HTML: the sections as the managers' page shows them, and a file that stands alone."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hotline.bulletins import pictures
from hotline.bulletins.fonts import NoChineseFont
from hotline.bulletins.shapes import Cell, Json, beneath, is_number, shown


def sections(document: Json) -> str:
    """The sections as escaped HTML; where there is no Chinese font, a sentence stands in each picture's place."""
    drawn, missing = {}, ""
    try:
        drawn = {each["code"]: _drawing(each) for part in document["sections"] for each in part["pictures"]}
    except NoChineseFont as error:
        missing = error.message["zh"]
    page = _templates().get_template("sections.html")
    return page.render(document=document, drawn=drawn, missing=missing)


def file(document: Json, sha256: str) -> bytes:
    """A whole page in one file, with its pictures and its own style; it prints on A4."""
    version = f"第 {document['version']} 版" if document["version"] else "草稿，未发布"
    page = _templates().get_template("file.html")
    return page.render(document=document, sections=sections(document), sha256=sha256, version=version).encode()


def _drawing(picture: Json) -> Markup:
    """The picture as the browser's width asks for it; its numbers stand in the tables, so its title names it."""
    wide, narrow = (_inline(pictures.svg(picture, narrow=each)) for each in (False, True))
    width, height = pictures.size(picture)
    image = Markup('<img src="{}" width="{}" height="{}" alt="{}">').format(wide, width, height, picture["title"])
    small = Markup('<source media="(max-width: 720px)" srcset="{}" width="{}" height="{}">')
    return Markup("<picture>{}{}</picture>").format(small.format(narrow, *pictures.size(picture, narrow=True)), image)


def _inline(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "letterhead")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["shown"] = shown
    made.filters["beneath"] = _beneath
    made.tests["number_column"] = is_number
    return made


def _beneath(cell: Cell, column: Json) -> str:
    return beneath(column, cell)
