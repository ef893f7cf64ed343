"""What a reader must not learn of a person, out of texts as people write them."""

from __future__ import annotations

import pytest

from hotline.answers.masking import Known, left_in, masked

WHO = Known("周小禾", "13800001234", "52010319900101123X", "幸福路12号3栋2单元")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("周小禾反映路灯坏了", "某人反映路灯坏了"),
        ("周小禾女士您好", "某女士您好"),
        ("我叫李建国，想问社保", "我叫某人，想问社保"),
        ("请王先生、欧阳女士来窗口", "请某先生、某女士来窗口"),
        ("可拨13900001111", "可拨（号码略）"),
        ("电话幺三八零零幺三八零零零", "电话（号码略）"),
        ("卡号6222 0200 1234 5678 901", "卡号（号码略）"),
        ("证件52010319900101123X", "证件（号码略）"),
        ("微信号abc_12345", "微信号（号码略）"),
        ("写信到a.b@example.com", "写信到（邮箱略）"),
        ("写信到ａ.b＠example.com，车牌贵Ａ１２３４５", "写信到（邮箱略），车牌（车牌略）"),
        ("车牌贵A12345停在路边", "车牌（车牌略）停在路边"),
        ("观山湖区云锦台小区3栋2单元501室漏水", "观山湖区某小区某室漏水"),
        ("中山路12号门口", "中山路某号门口"),
        ("老旧小区改造，乌当区羊昌镇的路", "老旧小区改造，乌当区羊昌镇的路"),
    ],
)
def test_what_names_a_person_gives_way_to_words_that_can_be_read_on(said: str, shown: str) -> None:
    out = masked(said, WHO)
    assert out.text == shown
    assert not left_in(out.text, WHO)
    assert (out.taken > 0) == (said != shown)


@pytest.mark.parametrize(
    "text",
    [
        "13900001111",
        "52010319900101123X",
        "6222020012345678901",
        "周小禾",
        "138-0000-1234",
        "138.0000.1234",
        "１３８００００１２３４",
        "周 小禾",
        "a@b.example.com",
        "a＠b.example.com",
        "幸福路12号3栋2单元",
    ],
)
def test_what_nobody_may_publish_is_found_with_its_place(text: str) -> None:
    assert any("（第 3 字起）" in each for each in left_in(f"您好{text}", WHO))


def test_the_marks_cannot_be_forged_and_long_texts_take_no_longer_than_they_are() -> None:
    assert masked("\ue000甲\ue001", Known()).parts == (("甲", False),)
    for part in ("1", "a", "一栋", "云", "王先生", "微信", "a."):
        text = part * (20_000 // len(part))
        assert masked(text, Known()).text
        left_in(text, Known())
