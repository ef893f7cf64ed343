"""Each dress opens again, says what the content says, carries the hash, and is the same bytes every time."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from hotline import db
from hotline.bulletins import fonts, freezing, page, pictures
from hotline.bulletins.dresses import DRESSES, dressed, file_name
from hotline.bulletins.fonts import NoChineseFont
from hotline.bulletins.pdf import pdf
from hotline.bulletins.shapes import Json, said
from hotline.bulletins.word import word
from hotline.bulletins.workbook import workbook
from hotline.intake.inquiry import InvalidInput
from tests.assessment.conftest import Month
from tests.bulletins.conftest import drafted, section

pytestmark = pytest.mark.parametrize("database", ["sqlite"])


def squeezed(text: str) -> str:
    """The text without white space: where a line ends is the compositor's affair."""
    return "".join(text.split())


def all_pictures(document: Json) -> list[Json]:
    return [each for part in document["sections"] for each in part["pictures"]]


def hostile(document: Json) -> Json:
    """The document with a unit whose name is a formula, a tag and a template."""
    text = json.dumps(document, ensure_ascii=False).replace("花溪区", "=1+1<b>{{ hash }}#sys</b>")
    changed: Json = json.loads(text)
    return changed


def test_the_pdf_holds_chinese_text_the_figures_and_the_hash(document: Json) -> None:
    sha256 = freezing.digest(document)
    made = pdf(document, sha256)
    assert made == pdf(document, sha256)
    read = PdfReader(io.BytesIO(made))
    text = squeezed("".join(each.extract_text() for each in read.pages))
    assert len(read.pages) >= 4
    for words in (
        "诉求办理情况的通报",
        "三、办理情况",
        "乌当区",
        "按时结案率",
        "6/8",
        f"—1/{len(read.pages)}—",
        sha256,
        "第1版",
    ):
        assert squeezed(words) in text, words
    assert read.metadata is not None
    assert read.metadata.title == document["office"] + document["title"]
    used = {str(font["/BaseFont"]) for each in read.pages for font in _fonts(each)}
    assert all("CJK" in name or "Noto" in name for name in used), used


def _fonts(sheet: Any) -> list[Any]:
    return [each.get_object() for each in sheet["/Resources"]["/Font"].values()]


def test_the_word_file_repeats_its_heads_and_holds_every_table_and_picture(document: Json) -> None:
    sha256 = freezing.digest(document)
    made = word(document, sha256)
    assert made == word(document, sha256)
    read = docx.Document(io.BytesIO(made))
    tables = [each for part in document["sections"] for each in part["tables"]]
    assert len(read.tables) == len(tables)
    for drawn, each in zip(read.tables, tables, strict=True):
        assert drawn.rows[0]._tr.trPr is not None
        assert drawn.rows[0]._tr.trPr.xpath("w:tblHeader")
        assert len(drawn.rows) == len(each["rows"]) + 1
    assert len(read.inline_shapes) == len(all_pictures(document))
    text = "\n".join(each.text for each in read.paragraphs)
    for words in (document["title"], "五、考核排名", sha256, "第 1 版"):
        assert words in text
    assert read.core_properties.title == document["title"]
    assert read.sections[0].page_width.mm == pytest.approx(210, abs=0.1)


def test_the_workbook_holds_numbers_with_numerator_and_denominator(document: Json) -> None:
    sha256 = freezing.digest(document)
    made = workbook(document, sha256)
    assert made == workbook(document, sha256)
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    rows = book.get_sheet_by_name("各单位办理情况").to_python(skip_empty_area=False)
    heads = rows[3]
    whole = dict(zip(heads, next(row for row in rows if row[0] == "全市"), strict=True))
    assert (whole["应结"], whole["按时结案率"], whole["按时结案率 分子"], whole["按时结案率 分母"]) == (8, 75, 6, 8)
    assert any(sha256 in str(cell) for row in book.get_sheet_by_name("说明").to_python() for cell in row)
    with zipfile.ZipFile(io.BytesIO(made)) as inside:
        drawn = [name for name in inside.namelist() if name.startswith("xl/media/")]
    assert len(drawn) == len(all_pictures(document))


def test_the_page_in_a_file_stands_alone(document: Json) -> None:
    sha256 = freezing.digest(document)
    text = page.file(document, sha256).decode()
    assert text == dressed(document, sha256, "html").decode()
    assert text.count("<picture>") == len(all_pictures(document))
    assert sha256 in text
    assert "http" not in text.replace("http://www.w3.org", "")
    for row in section(document, "closure")["tables"][0]["rows"]:
        assert said(row["cells"][0]) in text


def test_a_hostile_name_is_text_in_every_dress(document: Json) -> None:
    bad = hostile(document)
    text = page.file(bad, "").decode()
    assert "<b>{{" not in text
    assert "&lt;b&gt;{{ hash }}#sys" in text
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook(bad, ""))).get_sheet_by_name("各单位办理情况")
    assert any(row[0] == "'=1+1<b>{{ hash }}#sys</b>" for row in sheet.to_python())
    read = docx.Document(io.BytesIO(word(bad, "")))
    assert any("=1+1<b>{{ hash }}#sys</b>" in cell.text for each in read.tables for cell in each.columns[0].cells)
    read_pdf = PdfReader(io.BytesIO(pdf(bad, "")))
    assert "{{hash}}#sys" in squeezed("".join(each.extract_text() for each in read_pdf.pages))


@pytest.mark.parametrize("form", DRESSES)
def test_a_long_name_of_rare_characters_is_dressed(document: Json, form: str) -> None:
    """What cuts a label between two halves of a character cannot draw it."""
    text = json.dumps(document, ensure_ascii=False).replace("花溪区", "\U0002d54e" * 40)
    assert dressed(json.loads(text), "", form)


def test_an_unseen_character_in_a_name_is_not_drawn_and_ends_no_process(document: Json) -> None:
    text = json.dumps(document, ensure_ascii=False).replace("花溪区", "花\\u0001溪\uffff区")
    [picture, *_] = section(json.loads(text), "closure")["pictures"]
    code = "import json, sys; from hotline.bulletins import pictures; print(pictures.svg(json.load(sys.stdin)))"
    drawn = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(picture), capture_output=True, text=True, check=False
    )
    assert (drawn.returncode, "花溪区" in drawn.stdout) == (0, True), drawn.stderr[-500:]


def test_units_of_one_beginning_have_a_bar_each(document: Json) -> None:
    [picture, *_] = section(document, "closure")["pictures"]
    bar = picture["panels"][0]["bars"][0]
    bars = [bar | {"label": f"{'某' * 20}{number}"} for number in range(3)]
    panels = [each | {"bars": bars} for each in picture["panels"]]
    assert pictures.svg(picture | {"panels": panels}).count("某" * 11 + "…") == 3


def test_sheets_whose_names_differ_by_case_or_are_long_stand_apart(document: Json) -> None:
    tables = section(document, "volume")["tables"]
    for each, name in zip(tables, ("A组" + "\U0002d54e" * 20, "a组" + "\U0002d54e" * 20, "另一张"), strict=True):
        each["title"] = name
    names = CalamineWorkbook.from_filelike(io.BytesIO(workbook(document, ""))).sheet_names
    assert len({each.casefold() for each in names}) == len(names)
    assert max(len(each.encode("utf-16-le")) for each in names) <= 2 * 31


def test_no_picture_of_the_workbook_covers_another_or_its_title(document: Json) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(document, ""))) as inside:
        drawing = inside.read("xl/drawings/drawing1.xml").decode()
    rows = [int(row) for row in re.findall("<xdr:row>(\\d+)</xdr:row>", drawing)]
    assert len(rows) == 2 * len(all_pictures(document))
    assert all(below - end >= 2 for end, below in zip(rows[1::2], rows[2::2], strict=False))


def test_a_long_sentence_of_the_workbook_lies_over_its_table(document: Json) -> None:
    """Beside it, it would be printed too: the sheet would be made as narrow as fits it."""
    section(document, "volume")["tables"][0]["note"] = "很长的注。" * 200
    with zipfile.ZipFile(io.BytesIO(workbook(document, ""))) as inside:
        sheets = [inside.read(name).decode() for name in inside.namelist() if name.startswith("xl/worksheets/sheet")]
    notes = [each for each in sheets if 'topLeftCell="B5"' in each]
    assert notes
    assert all("<mergeCell " in each for each in notes)


def test_a_picture_is_the_same_however_often_it_is_drawn_and_its_axis_begins_at_zero(document: Json) -> None:
    for each in all_pictures(document):
        first = pictures.svg(each)
        pictures._svg.cache_clear()
        assert pictures.svg(each) == first
        assert ">0<" in first or ">0 %<" in first
        assert "Noto Sans CJK SC" in first
    narrow, wide = (pictures.size(all_pictures(document)[0], narrow=each)[0] for each in (True, False))
    assert narrow <= 360 < wide


def test_a_draft_says_that_it_is_one_and_carries_no_hash(month: Month) -> None:
    draft = drafted(month)
    text = page.file(draft, "").decode()
    assert "草稿，未发布" in text
    assert "SHA-256" not in text
    assert file_name(draft, "pdf").endswith("-draft.pdf")


def test_without_a_chinese_font_it_is_said_which_package_brings_one(
    document: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_there", lambda _own: frozenset({"DejaVu Sans"}))
    for form in ("pdf", "docx", "xlsx"):
        with pytest.raises(NoChineseFont, match="fonts-noto-cjk"):
            DRESSES[form].make(document, "")
    text = page.sections(document)
    assert "fonts-noto-cjk" in text
    assert "<picture>" not in text
    assert "乌当区" in text


def test_an_unknown_form_is_told_which_there_are(document: Json) -> None:
    with pytest.raises(InvalidInput, match="docx"):
        dressed(document, "", "odt")


@pytest.fixture
def letterhead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city's own folder, in force."""
    monkeypatch.setenv("HOTLINE_BULLETIN_FOLDER", str(tmp_path))
    return tmp_path


def test_a_citys_own_word_letterhead_stays_around_the_body(document: Json, letterhead: Path) -> None:
    own = docx.Document()
    own.sections[0].header.paragraphs[0].text = "贵阳市融媒问政"
    for words in ("{{ title }}", "{{ issue }}，{{ version }}", "{{ body }}", "签发：某某　指纹 {{ hash }}"):
        own.add_paragraph(words)
    own.save(str(letterhead / "bulletin.docx"))
    db.forget()
    sha256 = freezing.digest(document)
    read = docx.Document(io.BytesIO(word(document, sha256)))
    assert read.sections[0].header.paragraphs[0].text == "贵阳市融媒问政"
    texts = [each.text for each in read.paragraphs if each.text]
    assert texts[0] == document["title"]
    assert texts[-1] == f"签发：某某　指纹 {sha256}"
    assert "一、总体情况" in texts
    assert read.element.body[-1].tag.endswith("sectPr")
    assert len(read.tables) == sum(len(part["tables"]) for part in document["sections"])


def test_a_citys_own_typst_letterhead_is_used(document: Json, letterhead: Path) -> None:
    own = '#import "house.typ": *\n#show: paper\n#text(24pt)[#read("city/name.txt")]\n#colophon()\n'
    (letterhead / "bulletin.typ").write_text(own, "utf-8")
    (letterhead / "name.txt").write_text("观山湖专版", "utf-8")
    db.forget()
    text = squeezed("".join(each.extract_text() for each in PdfReader(io.BytesIO(pdf(document, "a" * 64))).pages))
    assert text.startswith("观山湖专版")
    assert "一、总体情况" not in text
