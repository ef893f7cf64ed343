"""Normalised copies and sentences."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinese import normalise, sentences

CHAINED = "薴乾著於覆藉瞭徵後餘臺灣醫保"
"""Characters whose conversion depends on their neighbours, or takes more than one round."""

texts = st.text() | st.text(st.sampled_from(CHAINED + "ＡＢ１２，。 \t\u200b\u202eİßﬁ\u0345é\u0301㈱"))


@given(texts)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_every_single_character_is_settled_at_once() -> None:
    for block in range(0, sys.maxunicode + 1, 4096):
        once = normalise(" ".join(map(chr, range(block, block + 4096))))
        assert normalise(once) == once, f"in the block from U+{block:04X}"


@given(texts)
def test_nothing_invisible_and_no_double_space_is_left(text: str) -> None:
    normal = normalise(text)
    assert normal == normal.strip()
    assert "  " not in normal
    assert not {unicodedata.category(sign) for sign in normal} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("醫療保險參保登記", "医疗保险参保登记"),
        ("ＡＢＣ１２３，（ｘ）！", "abc123,(x)!"),
        ("APP Straße", "app strasse"),
        ("  一\u3000二\n\t三 ", "一 二 三"),
        ("医\u200b保\u202e卡\ufeff", "医保卡"),
        ("a\x00b\ud800c\x1b[31m", "abc[31m"),
        ("乾隆年間的乾燥設備", "乾隆年间的干燥设备"),
        ("⑫號樓㎡", "12号楼m2"),
        ("山峯下羣衆裏邊", "山峰下群众里边"),
        ("靑年旅舘隣居閙得兇，妳評評", "青年旅馆邻居闹得凶,你评评"),
        ("二〇二六年，二○二六年", "二零二六年,二零二六年"),
        ("⺠政局⻓", "民政局长"),
        ("停水😡😡了👨‍👩‍👧1️⃣ ❤️好", "停水 了 1 好"),
        ("🈚️ ㊙️ ➊", "无 秘 ➊"),
        ("\U00020bb7野家 䶮", "吉野家 䶮"),
        ("", ""),
    ],
)
def test_what_looks_alike_becomes_the_same(written: str, normal: str) -> None:
    assert normalise(written) == normal


def test_names_that_differ_by_a_variant_stay_apart() -> None:
    assert [normalise(name) for name in ("喆", "甯", "堃")] == ["喆", "甯", "堃"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("路灯坏了。没人修!怎么办?", ["路灯坏了。", "没人修!", "怎么办?"]),
        ("他说:“不行!”然后走了", ["他说:“不行!”", "然后走了"]),
        ("第一行\r\n\n第二行;第三……完", ["第一行", "第二行;", "第三……", "完"]),
        ("每吨2.5元", ["每吨2.5元"]),
        ("。。。\n", []),
    ],
)
def test_sentences_end_at_their_marks_and_at_line_ends(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(st.sampled_from("路灯坏。!?;“” \n…a.")))
def test_sentences_keep_their_order_and_invent_nothing(text: str) -> None:
    place = 0
    for sentence in sentences(text):
        place = text.index(sentence, place) + len(sentence)
        assert sentence.strip() == sentence != ""
