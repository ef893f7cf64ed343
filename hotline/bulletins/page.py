"""A bulletin as HTML: the sections as the managers' page shows them, and a file that stands alone."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hotline.bulletins import pictures
from hotline.bulletins.fonts import NoChineseFont
from hotline.bulletins.shapes import Cell, Json, beneath, is_number, shown


def sections(document: Json) -> Markup:
    """The sections with their pictures; where there is no Chinese font, a sentence in each picture's place."""
    drawn, missing = {}, ""
    try:
        drawn = {each["code"]: _drawing(each) for part in document["sections"] for each in part["pictures"]}
    except NoChineseFont as error:
        missing = error.message["zh"]
    page = _templates().get_template("sections.html")
    return Markup(page.render(document=document, drawn=drawn, missing=missing))  # noqa: S704  escaped by the template


def file(document: Json, sha256: str) -> bytes:
    """A whole page in one file, with its pictures and its own style; it prints on A4."""
    version = f"第 {document['version']} 版" if document["version"] else "草稿，未发布"
    page = _templates().get_template("file.html")
    return page.render(document=document, sections=sections(document), sha256=sha256, version=version).encode()


def _drawing(picture: Json) -> Markup:
    """The SVG, named for who cannot see it. What it says of us was escaped when it was drawn."""
    named = f'<svg role="img" aria-label="{escape(picture["title"])}" '
    return Markup(pictures.svg(picture).replace("<svg ", named, 1))  # noqa: S704


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
