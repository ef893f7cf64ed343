"""The catalogue goes out as a workbook or CSV and comes in again as it was; what cannot be read is told by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter

from hotline.cataloguing import PARTS, Document, sheets
from hotline.cataloguing.naming import Names
from hotline.intake.inquiry import InvalidInput
from hotline.seeds import DEMO, HERE, read_json
from tests.cataloguing.small import DUTIES, MATTERS, PLACES, KnownUnit, duty, matter, place, small


class Called(KnownUnit):
    """A unit with short names."""

    short_name = property(lambda self: self.name[:2])
    aliases = property(lambda self: [self.name + "办公室"])


UNITS = (Called("water", "水务局"), Called("east", "东区政府"), Called("west", "西区政府"))


def names(content: Document) -> Names:
    return Names(content, UNITS)


def written(content: Document, path: Path) -> Path:
    path.write_bytes(sheets.workbook(content, names(content)))
    return path


def a_sheet(path: Path, name: str, rows: Sequence[Sequence[str]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return path


def a_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path.write_text(out.getvalue(), "utf-8")
    return path


HEAD = ("事项", "地点", "主办单位", "协办单位，每行一个", "依据", "起始日期", "截止日期")


def refusal(path: Path, content: Document | None = None) -> list[str]:
    content = content or small()
    with pytest.raises(InvalidInput) as wrong:
        sheets.read(path, content, names(content))
    return [problem.message["zh"] for problem in wrong.value.problems]


def test_out_and_in_again_is_the_same_document(tmp_path: Path) -> None:
    hard = small(
        matters=(*MATTERS[:3], matter("01-01-02", "=水质", "-水发黄", "'水…浑", "@水", shared=["＋水"], kind="help")),
        places=(*PLACES, {**place("5203-r01", "'北路", "road", "5202"), "aliases": ["+北", "北'路", "𠮷"]}),
        responsibilities=(
            *DUTIES,
            duty("01-01-02", "5203-r01", "unknown", "east", "nobody", effective_to="2030-12-31"),
        ),
    )
    assert sheets.read(written(hard, tmp_path / "a.xlsx"), hard, names(hard)) == hard.as_json()
    for part in PARTS:
        path = tmp_path / f"{part}.csv"
        path.write_bytes(sheets.table(hard, part, names(hard)))
        assert sheets.read(path, hard, names(hard)) == {part: list(hard.part(part))}


def test_the_demo_citys_lists_go_out_and_in_again(tmp_path: Path) -> None:
    content = Document(
        sorted(
            (row for file in (HERE / "catalogue").glob("*.json") for row in read_json(file)), key=itemgetter("code")
        ),
        sorted(read_json(DEMO / "places.json"), key=itemgetter("code")),
        [{**row, "effective_to": None} for row in read_json(DEMO / "responsibilities.json")],
    )
    units = [Called(row["code"], row["name"]) for row in read_json(DEMO / "units.json")]
    path = tmp_path / "demo.xlsx"
    path.write_bytes(sheets.workbook(content, Names(content, units)))
    back = sheets.read(path, content, Names(content, units))
    assert back["matters"] == content.matters
    assert back["places"] == content.places
    assert len(back["responsibilities"]) == len(content.responsibilities)
    assert all(row in back["responsibilities"] for row in content.responsibilities)


def test_no_cell_is_run_as_a_formula(tmp_path: Path) -> None:
    hostile = small(places=(*PLACES, place("5204", "=HYPERLINK(1)"), place("5205", "\t＝1+1")))
    path = written(hostile, tmp_path / "a.xlsx")
    with python_calamine.CalamineWorkbook.from_path(path) as book:
        cells = {str(cell) for row in book.get_sheet_by_name("地点").to_python() for cell in row}
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell[:1] in "=+-@＝" and cell]
    text = sheets.table(hostile, "places", names(hostile)).decode("utf-8-sig")
    assert ",=" not in text


def test_responsibilities_may_be_written_by_name(tmp_path: Path) -> None:
    rows = [
        HEAD,
        ("城乡建设 › 供水", "某市", "水务局", "东区政府\n西区", "办法", "2020年1月1日", ""),
        ("停水", "东区", "东区政府办公室", "", "", "2026/1/2", "2027-12-31"),
    ]
    for path in (a_sheet(tmp_path / "a.xlsx", "权责清单", rows), a_csv(tmp_path / "a.csv", rows)):
        read = sheets.read(path, small(), names(small()))["responsibilities"]
        assert read == [
            duty("01-01", "52", "water", "east", "west") | {"legal_basis": "办法"},
            duty("01-01-01", "5201", "east", effective_from="2026-01-02", effective_to="2027-12-31")
            | {"legal_basis": ""},
        ]


def test_a_sheet_that_is_not_in_the_file_is_left_alone(tmp_path: Path) -> None:
    path = a_sheet(
        tmp_path / "a.xlsx",
        "地点",
        [("编码", "名称", "级别", "上级编码", "别名，每行一个"), ("5299", "新区", "区县", "52", "")],
    )
    assert list(sheets.read(path, small(), names(small()))) == ["places"]


def test_codes_that_a_table_program_made_into_numbers_are_codes_again(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("地点")
        page.write_row(0, 0, ("编码", "名称", "级别", "上级编码", "别名，每行一个"))
        page.write_row(1, 0, (5299, "新区", "district", 52.0, ""))
    (row,) = sheets.read(path, small(), names(small()))["places"]
    assert (row["code"], row["parent"]) == ("5299", "52")


def test_every_bad_row_is_told_with_its_sheet_and_line(tmp_path: Path) -> None:
    rows = [
        HEAD,
        ("停水", "东区", "东区政府", "", "", "2026-01-01", ""),
        ("停火", "东区", "东区政府", "", "", "2026-01-01", ""),
        ("停水", "南区", "东区政府", "", "", "2026-01-01", ""),
        ("停水", "东区", "东区政府", "某局", "", "2026-01-01", ""),
        ("停水", "东区", "东区政府", "", "", "改天", ""),
        ("停水", "东区", "", "", "", "2026-01-01", ""),
    ]
    said = refusal(a_sheet(tmp_path / "a.xlsx", "权责清单", rows))
    for line, words in ((3, "没有叫“停火”的事项"), (4, "没有叫“南区”的地点"), (5, "没有叫“某局”的单位")):
        assert any(each.startswith(f"权责清单第 {line} 行") and words in each for each in said), said
    assert any("第 6 行" in each and "不是日期" in each for each in said)
    assert any("第 7 行" in each and "没有写" in each for each in said)
    assert not any("第 2 行" in each for each in said)


def test_a_code_and_a_name_that_disagree_are_told(tmp_path: Path) -> None:
    rows = [("事项编码", *HEAD), ("01-01-02", "停水", "东区", "东区政府", "", "", "2026-01-01", "")]
    (said,) = refusal(a_sheet(tmp_path / "a.xlsx", "权责清单", rows))
    assert "不是一回事" in said
    assert "第 2 行" in said


def test_a_name_that_several_bear_asks_for_the_code(tmp_path: Path) -> None:
    content = small(
        places=(*PLACES, place("5201-r01", "中路", "road", "5201"), place("5202-r01", "中路", "road", "5202"))
    )
    rows = [HEAD, ("停水", "中路", "水务局", "", "", "2026-01-01", "")]
    (said,) = refusal(a_sheet(tmp_path / "a.xlsx", "权责清单", rows), content)
    assert "5201-r01、5202-r01" in said
    rows[1] = ("停水", "东区中路", "水务局", "", "", "2026-01-01", "")
    path = a_sheet(tmp_path / "b.xlsx", "权责清单", rows)
    assert sheets.read(path, content, names(content))["responsibilities"][0]["place"] == "5201-r01"


def test_a_renamed_matter_may_keep_its_old_name_in_the_other_sheet(tmp_path: Path) -> None:
    path = written(small(), tmp_path / "a.xlsx")
    renamed = [row | {"name": "供水用水"} if row["code"] == "01-01" else row for row in MATTERS]
    with python_calamine.CalamineWorkbook.from_path(path) as book:
        tables = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    with xlsxwriter.Workbook(str(path)) as book:
        for name, table in tables.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(table):
                page.write_row(number, 0, [str(c).replace("供水", "供水用水") if name == "事项" else c for c in row])
    back = sheets.read(path, small(), names(small()))
    assert back == small(matters=renamed).as_json()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("nothing.xlsx", "打不开"),
        ("nothing.csv", "没有“事项、地点、权责清单”"),
        ("nothing.pdf", "不支持"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, file: str, words: str) -> None:
    path = tmp_path / file
    path.write_bytes(b"a,b\n1,2\n")
    assert words in refusal(path)[0]


def test_a_missing_column_is_told(tmp_path: Path) -> None:
    (said,) = refusal(a_sheet(tmp_path / "a.xlsx", "权责清单", [HEAD[1:], ("东区", "东区政府")]))
    assert "“事项编码”" in said


def test_a_code_given_twice_is_told_by_its_lines(tmp_path: Path) -> None:
    head = ("编码", "名称", "级别", "上级编码", "别名，每行一个")
    path = a_csv(
        tmp_path / "a.csv", [head, ("52", "市", "市", "", ""), ("", "", "", "", ""), ("52", "市", "市", "", "")]
    )
    (said,) = refusal(path)
    assert "地点第 4 行" in said
    assert "第 2 行重复" in said


def test_a_cell_that_no_table_program_holds_is_told_and_not_left_out() -> None:
    long = small(matters=(*MATTERS[:3], matter("01-01-02", "水质", *(f"水质{n}{'长' * 36}" for n in range(1000)))))
    with pytest.raises(InvalidInput, match=r"第 4 行.*放不下"):
        sheets.workbook(long, names(long))
    assert len(sheets.table(long, "matters", names(long))) > 100_000
