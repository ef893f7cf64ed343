"""Data files as people and programs write them: what is read, what is reported, what is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.intake.inquiry import InvalidInput
from hotline.learning.labels import Labels, UnknownLabel
from hotline.learning.reading import LONGEST_CELL, Data, read, read_file
from hotline.seeds import HERE
from routing import catalogue
from routing.decision import Matter

MATTERS = {matter.code: matter for matter in catalogue.read(HERE / "catalogue")}


def codes(data: Data) -> list[tuple[str, str]]:
    return [(each.label, each.text) for each in data.examples]


def test_a_header_may_name_the_columns_in_any_order_with_others_between() -> None:
    tsv = "编号\ttext\t时间\tlabel\n1\t工资拖了半年\t昨天\t劳动和社会保障\n"
    csv = 'Label,来源,TEXT\n劳动和社会保障,网页,"工资拖了半年,\n一直不发"\n'
    assert codes(read(tsv.encode(), MATTERS)) == [("05", "工资拖了半年")]
    assert codes(read(csv.encode(), MATTERS)) == [("05", "工资拖了半年,\n一直不发")]


def test_without_a_header_a_line_is_label_tab_text_raw_or_tokenised() -> None:
    lines = "05\t工资 拖 半年\n劳动和社会保障\t工资拖了半年，“不给钱”\n"
    assert codes(read(lines.encode(), MATTERS)) == [("05", "工资 拖 半年"), ("05", "工资拖了半年，“不给钱”")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encodings_of_spreadsheets_are_read(encoding: str) -> None:
    data = read("label,text\n劳动和社会保障,工资拖欠半年没有发下来\n".encode(encoding), MATTERS)
    assert codes(data) == [("05", "工资拖欠半年没有发下来")]


def test_a_label_is_a_name_a_code_or_a_path_with_any_sign_between() -> None:
    labels, leaf = Labels(MATTERS.values()), MATTERS["05-01-01"]
    for sign in (" › ", "/", ">", "＞", "→", " -> "):
        assert labels.code_of(sign.join(leaf.path)) == leaf.code
    assert labels.code_of(" 05-01-01 ") == labels.code_of("拖欠工资") == leaf.code
    assert labels.code_of("勞動和社會保障") == "05"


def test_a_name_that_several_matters_have_is_the_highest_or_must_be_said_in_full() -> None:
    same = [
        Matter("01", "甲", ("甲",)),
        Matter("01-01", "其他", ("甲", "其他"), "01"),
        Matter("02", "乙", ("乙",)),
        Matter("02-01", "其他", ("乙", "其他"), "02"),
        Matter("02-02", "甲", ("乙", "甲"), "02"),
    ]
    labels = Labels(same)
    assert labels.code_of("甲") == "01"
    assert labels.code_of("乙/甲") == "02-02"
    with pytest.raises(UnknownLabel, match="01-01"):
        labels.code_of("其他")


def test_bad_lines_are_reported_by_number_with_the_reason_and_the_good_ones_are_taken() -> None:
    lines = 'label,text\n05,好的一行\n\n没有的类别,文本\n05,\n,文本\n05\n05,"两\n行"\n05,又一行\n'
    data = read(lines.encode(), MATTERS)
    assert [each.text for each in data.examples] == ["好的一行", "两\n行", "又一行"]
    assert [each.line for each in data.bad] == [4, 5, 6, 7]
    assert ["没有的类别" in data.bad[0].reason, data.bad[1].reason, data.bad[2].reason] == [
        True,
        "没有文本",
        "没有标签",
    ]
    assert "列数" in data.bad[3].reason


def test_a_byte_that_is_no_character_costs_its_line_and_no_other() -> None:
    good = "05\t这一行没有问题，读得出来\n" * 40
    data = read(good.encode() + b"05\t\xff\xfe broken\n" + good.encode(), MATTERS)
    assert len(data.examples) == 80
    assert [(each.line, "编码" in each.reason) for each in data.bad] == [(41, True)]


def test_quotes_that_people_wrote_in_a_tsv_swallow_no_lines() -> None:
    lines = '05\t"欠薪\n05\t第二行\n05\t第三行"\n05\t"整句带引号"\n'
    assert [each.text for each in read(lines.encode(), MATTERS).examples][1] == "第二行"
    whole = 'label\ttext\n05\t"第一行\n还是第一条"\n05\t第二条\n'
    assert [each.text for each in read(whole.encode(), MATTERS).examples] == ["第一行\n还是第一条", "第二条"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        (b" \n\n", "空"),
        (b"\xef\xbb\xbf", "空"),
        (b"PK\x03\x04\0\0\0\0", "CSV"),
        (bytes(range(128, 256)) * 50, "编码"),
        (b"label,text\n", "没有数据"),
        ("label,text\n没有这个,文本\n".encode(), "第 2 行"),
        ("只有一列\n还是一列\n".encode(), "列数"),
        (f'05,"{"字" * (LONGEST_CELL + 1)}"\n'.encode(), "读不出来"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_remedy(content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        read(content, MATTERS)
    assert refused.value.field == "data"
    assert "UTF-8" in refused.value.message["zh"]


@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_data_or_refused_in_words(content: bytes) -> None:
    with suppress(InvalidInput):
        assert read(content, MATTERS).examples


def test_the_same_examples_have_the_same_digest_whatever_the_file(tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.tsv"
    one.write_text("text,label\n工资没有发,05\n", "utf-8")
    other.write_text("劳动和社会保障\t工资没有发\r\n", "gb18030")
    assert read_file(one, MATTERS).digest == read_file(other, MATTERS).digest
    assert read_file(one, MATTERS).digest != read("05\t工资发了".encode(), MATTERS).digest
