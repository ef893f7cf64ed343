"""Files of messages: encodings, headings, times, bad rows, and the file of bad rows."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput
from hotline.intake.sheets import MAX_CELL, neutral
from hotline.intake.spreadsheet import COLUMNS, Row, mapping_of, read, write_bad_rows

SAMPLE = Path(__file__).parents[2] / "hotline" / "seeds" / "samples" / "messages.csv"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def written(folder: Path, content: str | bytes, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(path: Path, mapping: dict[str, str] | None = None) -> list[Row]:
    return list(read(path, mapping, now=NOW))


def refusal(path: Path, mapping: dict[str, str] | None = None) -> str:
    with pytest.raises(InvalidInput) as caught:
        rows(path, mapping)
    assert caught.value.field in ("file", "map")
    return caught.value.message["zh"]


def sheet(path: Path, table: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy/m/d h:mm"}) as book:
        page = book.add_worksheet("留言")
        for line, cells in enumerate(table):
            page.write_row(line, 0, cells)
    return path


def test_the_sample_has_eighteen_good_rows_and_two_that_say_what_is_wrong() -> None:
    found = rows(SAMPLE)
    assert len(found) == 20
    assert {row.line: row.reason for row in found if row.problems} == {
        14: "内容是空的。请补上市民说的话",
        19: "时间“2099-01-01 08:00:00”还没有到，请核对",
    }
    assert {row.cells["编号"] for row in found} == {f"L2026{n:03}" for n in range(1, 21)}


def test_a_good_row_is_an_inquiry_with_all_it_tells() -> None:
    inquiry = rows(SAMPLE)[0].inquiry
    assert inquiry is not None
    assert (inquiry.channel, inquiry.source, inquiry.source_number) == ("import", "message_board", "L2026001")
    assert inquiry.external_id == "message_board:L2026001"
    assert (inquiry.name, inquiry.phone, inquiry.place) == ("周禾", "13800138001", "南明区延安南路")
    assert (inquiry.kind, inquiry.title) == ("complaint", "路灯坏了半个月没人修")
    assert inquiry.received_at == datetime(2026, 6, 3, 0, 15, 20, tzinfo=UTC)


def test_a_second_run_gives_the_same_ids_and_every_row_has_its_own() -> None:
    first, second = ([row.inquiry.external_id for row in rows(SAMPLE) if row.inquiry] for _ in range(2))
    assert first == second
    assert len(set(first)) == 18


def test_a_file_with_an_account_a_title_a_time_and_a_detail_is_read_and_the_account_is_no_name(tmp_path: Path) -> None:
    path = written(tmp_path, "id,user,title,time,detail\r\n7,A0001,路灯,2019/2/28 11:25:05,路灯坏了\r\n")
    (row,) = rows(path)
    assert row.inquiry is not None
    assert (row.inquiry.name, row.inquiry.content) == ("", "路灯坏了")
    assert row.inquiry.received_at == datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)
    (named,) = rows(path, {"name": "user"})
    assert named.inquiry is not None
    assert named.inquiry.name == "A0001"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("comma", [",", "\t", ";"])
def test_the_encoding_and_the_comma_are_found(tmp_path: Path, encoding: str, comma: str) -> None:
    path = written(tmp_path, f"编号{comma}内容\n1{comma}路灯坏了，请修\n".encode(encoding))
    (row,) = rows(path)
    assert row.inquiry is not None
    assert (row.inquiry.content, row.inquiry.source_number) == ("路灯坏了，请修", "1")


def test_a_line_is_counted_as_in_the_file_also_after_quoted_line_breaks(tmp_path: Path) -> None:
    path = written(tmp_path, '编号,内容\n1,"一\n二\n三"\n\n2,\n3,停水了\n')
    assert [(row.line, bool(row.problems)) for row in rows(path)] == [(2, False), (6, True), (7, False)]
    first = rows(path)[0].inquiry
    assert first is not None
    assert first.content == "一\n二\n三"


def test_headings_are_known_in_chinese_and_english_with_marks_around_them(tmp_path: Path) -> None:
    for key, names in COLUMNS.items():
        for name in names:
            other = "正文" if key != "content" else "编号"
            path = written(tmp_path, f"\u3000*{name.upper()}(必填)\uff1a,{other}\n1,2\n")
            assert len(rows(path)) == 1, (key, name)


def test_a_title_above_the_headings_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, "2026年留言汇总表,\n单位:办公室,\n编号,留言详情\n1,停水了\n")
    assert [row.line for row in rows(path)] == [4]


def test_without_a_column_of_contents_the_columns_found_and_the_remedy_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, "编号,说了什么\n1,停水了\n")
    said = refusal(path)
    assert "编号、说了什么" in said
    assert "--map content=留言详情" in said
    (row,) = rows(path, {"content": "说了什么"})
    assert row.inquiry is not None
    assert row.inquiry.content == "停水了"


@pytest.mark.parametrize(
    ("mapping", "says"),
    [({"phone": "座机"}, "找不到“座机”这一列"), ({"inhalt": "内容"}, "--map 里没有“inhalt”这一项")],
)
def test_a_mapping_to_nothing_is_refused(tmp_path: Path, mapping: dict[str, str], says: str) -> None:
    assert says in refusal(written(tmp_path, "内容\n停水了\n"), mapping)


def test_a_mapping_is_read_from_the_command_line_s_pairs() -> None:
    assert mapping_of(["content=留言详情", " kind = "]) == {"content": "留言详情", "kind": ""}
    with pytest.raises(InvalidInput, match="没有等号"):
        mapping_of(["content"])


def test_an_empty_mapping_switches_a_column_off(tmp_path: Path) -> None:
    path = written(tmp_path, "内容,类型\n停水了,城建\n")
    assert "或用 --map kind= 不取这一列" in rows(path)[0].reason
    assert rows(path, {"kind": ""})[0].inquiry is not None


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("in.pdf", b"%PDF", "不支持 .pdf 的文件"),
        ("in", b"x", "不支持 没有扩展名 的文件"),
        ("in.csv", b"", "找不到留言内容这一列"),
        ("in.csv", b"\xff\xff\xff\xff", "编码认不出来"),
        ("in.xlsx", b"PK\x03\x04 no zip", "文件打不开"),
        ("in.xls", b"", "文件打不开"),
        ("in.ods", b"x" * 100, "文件打不开"),
        ("in.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "文件打不开"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    assert says in refusal(written(tmp_path, content, name))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "找不到文件 none.csv" in refusal(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("cells", "field", "says"),
    [
        ("1,,,,", "content", "内容是空的"),
        ("1,水,,,", "content", "内容应为 2 到 20000 个字，这里有 1 个字"),
        ("1,停水了,2026-11-23,,", "time", "还没有到"),
        ("1,停水了,昨天,,", "time", "时间“昨天”读不出来"),
        ("1,停水了,1970-01-01,,", "time", "早于 1990 年"),
        ("1,停水了,,12345,", "phone", "手机号应为 11 位数字，您填了 5 位"),
        ("1,停水了,,,电报", "source", "不认识来源“电报”"),
        ("1,停水了,,,,多了,两格", "file", "这一行有 7 格，列名只有 5 个"),
    ],
)
def test_a_bad_row_says_what_is_wrong_with_it(tmp_path: Path, cells: str, field: str, says: str) -> None:
    (row,) = rows(written(tmp_path, f"编号,内容,时间,电话,来源\n{cells}\n"))
    assert row.inquiry is None
    assert [problem.field for problem in row.problems] == [field]
    assert says in row.reason


def test_a_row_tells_all_its_problems(tmp_path: Path) -> None:
    (row,) = rows(written(tmp_path, "内容,时间,电话\n,昨天,1\n"))
    assert {problem.field for problem in row.problems} == {"content", "time", "phone"}


def test_masked_phones_short_rows_and_empty_times_are_no_fault(tmp_path: Path) -> None:
    found = rows(written(tmp_path, "内容,时间,电话\n停水了\n停电了,,138****0000\n"))
    assert [(row.inquiry.phone, row.inquiry.received_at) for row in found if row.inquiry] == [("", None)] * 2


def test_rows_without_an_id_get_one_from_their_words_also_when_they_are_alike(tmp_path: Path) -> None:
    path = written(tmp_path, "序号,内容\n1,停水了\n2,停电了\n3,停水了\n")
    ids = [row.inquiry.external_id for row in rows(path) if row.inquiry]
    assert len(set(ids)) == 3
    shifted = written(tmp_path, "序号,内容\n9,停电了\n8,停水了\n7,停水了\n", "b.csv")
    assert sorted(row.inquiry.external_id for row in rows(shifted) if row.inquiry) == sorted(ids)


def test_the_same_id_with_other_words_is_a_bad_row_and_with_the_same_words_the_same_message(tmp_path: Path) -> None:
    found = rows(written(tmp_path, "编号,内容\n1,停水了\n1,停电了\n1,停水了\n"))
    assert [bool(row.problems) for row in found] == [False, True, False]
    assert "编号与第 2 行相同，内容却不同" in found[1].reason
    assert found[0].inquiry == found[2].inquiry


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "message_board"),
        ("市长信箱", "mayor_mailbox"),
        ("人民网", "message_board"),
        ("12345热线", "phone"),
        ("wechat", "wechat"),
    ],
)
def test_a_source_is_known_by_the_words_offices_use(tmp_path: Path, source: str, code: str) -> None:
    (row,) = rows(written(tmp_path, f"编号,内容,来源\n1,停水了,{source}\n"))
    assert row.inquiry is not None
    assert (row.inquiry.source, row.inquiry.external_id) == (code, f"{code}:1")


def test_a_row_with_unbalanced_quotes_is_a_bad_row_and_the_next_is_read(tmp_path: Path) -> None:
    found = rows(written(tmp_path, '编号,内容\n1,"停"水了\n2,停电了\n'))
    assert [(row.line, bool(row.problems)) for row in found] == [(2, True), (3, False)]
    assert "引号没有成对" in found[0].reason
    assert '1,"停"水了' in found[0].cells.values()


def test_a_quote_never_closed_takes_no_row_in_silence(tmp_path: Path) -> None:
    (row,) = rows(written(tmp_path, '编号,内容\n1,"停水了\n2,停电了\n3,停气了\n'))
    assert "(共 3 行)" in row.reason
    assert "停气了" in row.cells["编号"]


def test_a_huge_cell_is_a_bad_row_and_not_the_end(tmp_path: Path) -> None:
    found = rows(written(tmp_path, f"编号,内容\n1,{'水' * (MAX_CELL + 1)}\n2,{'水' * 200_000}\n3,停水了\n"))
    assert [bool(row.problems) for row in found] == [True, True, False]


def test_a_workbook_is_read_with_its_dates_serials_and_whole_numbers(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "in.xlsx",
        [
            ["编号", "内容", "时间", "电话"],
            [7, "停水了", datetime(2019, 2, 28, 11, 25, 5), 13800138000],  # noqa: DTZ001 - a cell has no zone
            [8, "停电了", 43524.475752314815, "0851-85990000"],
            [],
            [9, "", "2019/2/28", ""],
        ],
    )
    found = rows(path)
    assert [row.line for row in found] == [2, 3, 5]
    moment = datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)
    told = [(row.inquiry.source_number, row.inquiry.received_at, row.inquiry.phone) for row in found if row.inquiry]
    assert told == [("7", moment, "13800138000"), ("8", moment, "0851-85990000")]
    assert found[2].reason.startswith("内容是空的")


ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:spreadsheet>
<table:table table:name="留言">
<table:table-row>{heads}</table:table-row>
<table:table-row><table:table-cell office:value-type="float" office:value="7"><text:p>7</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>停水了</text:p></table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2019-02-28T11:25:05"><text:p>2019/2/28</text:p>
</table:table-cell><table:table-cell office:value-type="float" office:value="13800138000"><text:p>1</text:p>
</table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/"
 manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>"""


def ods(path: Path) -> Path:
    head = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr(
            "content.xml",
            ODS.replace("\n", "").format(heads="".join(map(head.format, ("编号", "内容", "时间", "电话")))),
        )
    return path


def test_old_excel_and_open_document_files_are_read_alike(tmp_path: Path) -> None:
    excel, open_document = rows(Path(__file__).with_name("messages.xls")), rows(ods(tmp_path / "in.ods"))
    assert [row.line for row in excel] == [2, 4]
    assert [row.line for row in open_document] == [2]
    assert excel[0].inquiry == open_document[0].inquiry
    assert excel[0].inquiry is not None
    assert (excel[0].inquiry.phone, excel[0].inquiry.title) == ("13800138000", "停水了")
    assert excel[0].inquiry.received_at == datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)
    assert excel[1].reason.startswith("内容是空的")


def test_a_workbook_that_asks_for_all_memory_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["内容"])
        page.write(1_048_575, 16_383, "the last cell of all")
    assert "文件打不开" in refusal(path)


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.intake.sheets._MAX_UNPACKED", 100)
    assert "拆成几个文件" in refusal(sheet(tmp_path / "in.xlsx", [["内容"], ["停水了"]]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([".csv", ".xlsx", ".xls", ".ods"]))
def test_any_bytes_are_rows_or_an_invalid_input(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = written(tmp_path, content, "in" + suffix)
    try:
        found = rows(path)
    except InvalidInput:
        return
    assert all(bool(row.inquiry) != bool(row.problems) for row in found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20)), max_size=6))
def test_no_row_of_a_well_made_file_is_lost(tmp_path: Path, table: list[tuple[str, str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("编号", "内容"), *table])
    path = written(tmp_path, buffer.getvalue().encode("utf-8", "replace"))
    assert len(rows(path)) == sum(any(shown(cell) for cell in cells) for cells in table)


def shown(cell: str) -> str:
    return clean(cell.encode("utf-8", "replace").decode())


def test_the_bad_rows_go_to_a_file_with_line_reason_and_cells(tmp_path: Path) -> None:
    found = rows(SAMPLE)
    assert write_bad_rows(tmp_path / "bad.csv", found) == 2
    with (tmp_path / "bad.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["行号"], row["编号"]) for row in table] == [("14", "L2026012"), ("19", "L2026017")]
    assert table[1]["原因"] == found[16].reason
    assert table[1]["内容"] == "公园的健身器材掉漆生锈，扶手松了，希望更换。"


def test_without_bad_rows_no_file_is_made(tmp_path: Path) -> None:
    assert write_bad_rows(tmp_path / "bad.csv", rows(SAMPLE)[:5]) == 0
    assert not (tmp_path / "bad.csv").exists()


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n=", " =", "\u3000@"]
)
def test_a_cell_that_a_sheet_would_run_is_neutralised(start: str) -> None:
    assert neutral(start + "HYPERLINK(1)") == "'" + start + "HYPERLINK(1)"
    assert neutral("a" + start) == "a" + start


def test_formulas_in_cells_and_headings_are_neutral_in_the_file_of_bad_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "内容,=1+1,姓名\n,\uff1dcmd|' /C calc'!A0,@SUM(1)\n")
    write_bad_rows(tmp_path / "bad.csv", rows(path))
    with (tmp_path / "bad.csv").open(encoding="utf-8-sig", newline="") as file:
        heading, cells = list(csv.reader(file))
    assert heading == ["行号", "原因", "内容", "'=1+1", "姓名"]
    assert cells[3:] == ["'\uff1dcmd|' /C calc'!A0", "'@SUM(1)"]
