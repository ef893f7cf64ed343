"""The Word file of a bulletin: A4 as official papers have it, or in the city's own letterhead.

A city's letterhead is `bulletin.docx` in HOTLINE_BULLETIN_FOLDER: its page, header, footer and any of the words
{{ office }}, {{ title }}, {{ issue }}, {{ kind }}, {{ period }}, {{ published }}, {{ cut_off }}, {{ version }} and
{{ hash }} where it wants them, and a paragraph {{ body }} where the bulletin goes. The same document gives the same
bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docxtpl import DocxTemplate

from hotline.bulletins import pictures
from hotline.bulletins.pdf import stamp
from hotline.bulletins.shapes import Json
from hotline.bulletins.tables_in_word import add_table
from hotline.settings import settings

SOFT = RGBColor(0x56, 0x5E, 0x68)
TEXT_WIDTH = 156
"""Millimetres between the margins of an official paper."""

MARK = "\ue000body\ue000"
NAME = "bulletin.docx"
CENTRE, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT


def word(document: Json, sha256: str) -> bytes:
    """The document as docx. Raises NoChineseFont, since its pictures need one."""
    own = settings().bulletin_folder
    template = own / NAME if own and (own / NAME).is_file() else None
    made = _of_template(template, document, sha256) if template else _plain(document, sha256)
    _name(made, document)
    out = io.BytesIO()
    made.save(out)
    return steady(out.getvalue())


def steady(archive: bytes) -> bytes:
    """The same archive with one time for all its files, so that equal content is equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename), old.read(entry), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _name(made: Any, document: Json) -> None:
    about, at = made.core_properties, stamp(document).replace(tzinfo=None)
    about.title, about.author, about.last_modified_by = document["title"], document["office"], document["office"]
    about.created = about.modified = at
    about.revision, about.language, about.comments = max(1, document["version"]), "zh-CN", ""


def _words(document: Json, sha256: str) -> dict[str, str]:
    names = {"office": "office", "title": "title", "issue": "issue", "kind": "kind_name", "period": "period"}
    words = {name: str(document[key]) for name, key in names.items()}
    version = "草稿，未发布" if not document["version"] else f"第 {document['version']} 版"
    more = {"published": document["published"], "cut_off": document["cut_off_words"], "version": version}
    return words | more | {"hash": sha256, "body": MARK}


def _of_template(path: Path, document: Json, sha256: str) -> Any:
    template = DocxTemplate(str(path))
    template.render(_words(document, sha256), autoescape=True)
    out = io.BytesIO()
    template.save(out)
    made = Document(io.BytesIO(out.getvalue()))
    mark = next((each for each in made.paragraphs if MARK in each.text), None)
    before = set(made.element.body)
    _fill(made, document, sha256)
    if mark is not None:
        for element in [each for each in made.element.body if each not in before]:
            mark._p.addprevious(element)
        mark._p.getparent().remove(mark._p)
    return made


def _plain(document: Json, sha256: str) -> Any:
    made = Document()
    _page(made, document)
    said(made, document["office"], "黑体", 22, align=CENTRE, bold=True, after=6)
    version = _words(document, sha256)["version"]
    day = document["published"].partition(" ")[0]
    line = said(made, f"{document['issue']}\t{document['kind_name']}　{version}\t{day}", "仿宋", 11, after=20)
    _tabs_and_rule(line)
    said(made, document["title"], "黑体", 18, align=CENTRE, bold=True, after=4)
    span = f"统计期 {document['first']} 至 {document['last']}，数据截止 {document['cut_off_words']}"
    span += "" if document["over"] else "（本期尚未结束）"
    said(made, span, "宋体", 9, align=CENTRE, after=12, soft=True)
    _fill(made, document, sha256)
    return made


def _page(made: Any, document: Json) -> None:
    made.styles.element.find(f".//{qn('w:lang')}").set(qn("w:eastAsia"), "zh-CN")  # else its signs may be another's
    page = made.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm((210 - TEXT_WIDTH) / 2)
    page.top_margin, page.bottom_margin = Mm(30), Mm(28)
    page.header_distance = page.footer_distance = Mm(15)
    page.different_first_page_header_footer = True
    head = page.header.paragraphs[0]
    _run(head, f"{document['office']}{document['title']}　{document['issue']}", "宋体", 8, soft=True)
    for footer in (page.footer, page.first_page_footer):
        foot = footer.paragraphs[0]
        foot.alignment, foot.style.font.size = CENTRE, Pt(8)  # what a field gives is set in the paragraph's own style
        for part in ("— ", "PAGE", " / ", "NUMPAGES", " —"):
            _run(foot, "" if part.isupper() else part, "宋体", 8, soft=True, field=part if part.isupper() else "")


def _fill(made: Any, document: Json, sha256: str) -> None:
    for part in document["sections"]:
        said(made, part["title"], "黑体", 14, bold=True, before=16, after=6, level=1)
        for sentence in [*part["text"], *filter(None, [part["why"]])]:
            said(made, sentence, "仿宋", 12, indent=True, after=4)
        drawn_first = part["code"] != "closure"
        for picture in part["pictures"] if drawn_first else ():
            _picture(made, picture)
        for each in part["tables"]:
            said(made, each["title"], "黑体", 11, bold=True, before=10, after=2, level=2)
            said(made, each["base"], "宋体", 8, after=2, soft=True, keep=True)
            add_table(made, each, TEXT_WIDTH)
            said(made, each["note"], "宋体", 8, before=4, after=6, soft=True)
        for picture in () if drawn_first else part["pictures"]:
            _picture(made, picture)
    _colophon(made, document, sha256)


def _colophon(made: Any, document: Json, sha256: str) -> None:
    said(made, "“—”表示没有可算的数（分母为零）。比率下的小字是分子/分母。", "宋体", 8, before=16, soft=True)
    if not document["version"]:
        said(made, "草稿，未发布，数字以正式发布的为准。", "宋体", 8, soft=True)
        return
    who = f"{document['office']}，{document['issue']}，第 {document['version']} 版，{document['published']} 发布。"
    said(made, f"{who}内容指纹（SHA-256）{sha256}", "宋体", 8, soft=True)


def _picture(made: Any, picture: Json) -> None:
    said(made, picture["title"], "黑体", 11, bold=True, before=10, after=2, level=2)
    width = min(TEXT_WIDTH, pictures.size(picture)[0] * 0.24375)
    drawn = made.add_paragraph().add_run().add_picture(io.BytesIO(pictures.png(picture)), width=Mm(width))
    drawn._inline.docPr.set("descr", picture["title"])


def said(made: Any, text: str, font: str, size: float, **how: Any) -> Any:
    """A paragraph in a font and size (points). `how`: align, bold, soft, before and after (points), indent (two
    characters), keep (with the next), level (of a heading in the outline).
    """
    paragraph = made.add_paragraph()
    _run(paragraph, text, font, size, bold=how.get("bold", False), soft=how.get("soft", False))
    shape, level = paragraph.paragraph_format, how.get("level")
    shape.alignment = how.get("align")
    shape.space_before, shape.space_after = Pt(how.get("before", 0)), Pt(how.get("after", 0))
    shape.line_spacing = 1.5 if how.get("indent") else 1.2
    shape.first_line_indent = Pt(2 * size) if how.get("indent") else None
    shape.keep_with_next = bool(level or how.get("keep"))
    if level:
        outline = OxmlElement("w:outlineLvl")
        outline.set(qn("w:val"), str(level - 1))
        paragraph._p.get_or_add_pPr().append(outline)
    return paragraph


def _run(paragraph: Any, text: str, font: str, size: float, **how: Any) -> Any:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.name = Pt(size), how.get("bold", False), "Times New Roman"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if how.get("soft"):
        run.font.color.rgb = SOFT
    for kind, words in (("begin", ""), ("", how.get("field", "")), ("end", "")) if how.get("field") else ():
        run._r.append(_field("w:fldChar", {"w:fldCharType": kind}) if kind else _field("w:instrText", {}, words))
    return run


def _field(tag: str, attributes: Mapping[str, str], text: str = "") -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(name), value)
    if text:
        element.text = text
    return element


def _tabs_and_rule(paragraph: Any) -> None:
    """The middle and the right of the line under the office's name, and a rule below."""
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Mm(TEXT_WIDTH / 2), 1)
    stops.add_tab_stop(Mm(TEXT_WIDTH), 2)
    borders = OxmlElement("w:pBdr")
    borders.append(_field("w:bottom", {"w:val": "single", "w:sz": "10", "w:space": "4", "w:color": "auto"}))
    paragraph._p.get_or_add_pPr().append(borders)
