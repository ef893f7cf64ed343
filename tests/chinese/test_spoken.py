"""Phone and ID numbers as they are written and said. All numbers here are made up."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinese.spoken import id_numbers, mask, phones

SAID = "零一二三四五六七八九"


@pytest.mark.parametrize(
    "text",
    [
        "请打13800138000",
        "请打138 0013 8000。",
        "138-0013-8000",
        "１３８００１３８０００",
        "+86 138 0013 8000",
        "8613800138000",
        "我的号码是幺三八零零幺三八零零零啊",
        "一三八,零零一三,八零零零",
        "幺三八0013八零零零",
        "唯一13800138000",
        "138\u200b0013\u200b8000",
        "洞八五一不是,幺三八洞洞幺三八洞洞洞",
    ],
)
def test_a_mobile_is_found_however_it_is_written_or_said(text: str) -> None:
    assert phones(text) == ["13800138000"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0851-85551234", "0851-85551234"),
        ("(0851)8555 1234", "0851-85551234"),
        ("0851 8555-1234转8", "0851-85551234"),
        ("零八五一八五五五幺二三四", "0851-85551234"),
        ("010-65551234", "010-65551234"),
        ("02165551234", "021-65551234"),
        ("0854-5551234", "0854-5551234"),
    ],
)
def test_a_landline_is_found_with_its_area(text: str, number: str) -> None:
    assert phones(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "20241138001380001",
        "1380013800",
        "138001380001",
        "12800138000",
        "13、14、15、16、17、8栋都停水",
        "192.168.10.100",
        "2.5元一吨,12345热线",
        "一三五七九单号限行",
        "110105199001010018",
    ],
)
def test_other_numbers_are_no_phones(text: str) -> None:
    assert phones(text) == []


def test_phones_come_in_the_order_of_the_text_each_once() -> None:
    text = "零八五一八五五五幺二三四,13900139000,幺三八零零幺三八零零零,139 0013 9000"
    assert phones(text) == ["0851-85551234", "13900139000", "13800138000"]


@pytest.mark.parametrize(
    "text",
    [
        "身份证11010519491231002X",
        "11010519491231002x",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "一一零一零五一九四九一二三一零零二叉",
    ],
)
def test_an_id_number_is_found_by_its_check_digit(text: str) -> None:
    assert id_numbers(text) == ["11010519491231002X"]


@pytest.mark.parametrize("text", ["110105194912310021", "11010519491331002X", "1101051949123100", "没有"])
def test_a_wrong_check_digit_day_or_length_is_no_id_number(text: str) -> None:
    assert id_numbers(text) == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打138 0013 8000找我", "请打138****8000找我"),
        ("幺三八零零幺三八零零零", "138****8000"),
        ("电话0851-85551234。", "电话0851-****1234。"),
        ("证号11010519491231002X", "证号110***********002X"),
        ("写错的110105194912310021", "写错的110***********0021"),
        ("停水两天,12345", "停水两天,12345"),
    ],
)
def test_a_mask_hides_the_middle_and_leaves_the_rest(text: str, masked: str) -> None:
    assert mask(text) == masked


mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(
    st.text(st.characters(exclude_categories=["N"], exclude_characters=SAID + "幺洞两拐勾〇叉壹贰叁肆伍陆柒捌玖")),
    mobiles,
)
def test_no_mobile_survives_the_mask_wherever_it_stands(around: str, mobile: str) -> None:
    said = "".join(SAID[int(digit)] for digit in mobile)
    for number in (mobile, said):
        assert phones(f"{around}{number}{around}") == [mobile]
        masked = mask(f"{around}{number}{around}")
        assert number not in masked
        assert phones(masked) == []


@given(st.text(st.sampled_from("0123456789 -幺一零八Xx,+()")))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)
    assert phones(mask(text)) == []


HOSTILE = ["1", "13", "13,", "1 ", "一三、", "0851-", "(0", "+86", "1--", "5201021990", "13800138000 ", "中", "\u200b1"]


def _seconds(act: Callable[[], object]) -> float:
    rounds = []
    for _ in range(5):
        start = time.process_time()
        act()
        rounds.append(time.process_time() - start)
    return min(rounds)


@pytest.mark.parametrize("piece", HOSTILE)
def test_eight_times_the_hostile_text_takes_no_more_than_eight_times_as_long(piece: str) -> None:
    short, long = piece * (12_500 // len(piece)), piece * (100_000 // len(piece))
    assert _seconds(lambda: mask(long)) < 8 * 3 * _seconds(lambda: mask(short)), "64 times would be quadratic"
