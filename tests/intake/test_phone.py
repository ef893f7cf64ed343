"""A call: what is kept, and what is taken from the citizen's own words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.intake.inquiry import Inquiry, InvalidInput, Turn
from hotline.intake.phone import inquiry_of_call
from hotline.intake.said import (
    TITLE_LENGTH,
    callback_said,
    name_said,
    place_said,
    title_said,
)

SAMPLES = sorted((Path(__file__).parents[2] / "hotline" / "seeds" / "samples" / "calls").glob("*.json"))
STARTED = "2026-11-05T09:12:30+08:00"


def call(transcript: str, caller: str = "13800138000") -> Inquiry:
    return inquiry_of_call("call-1", "plain", caller, STARTED, transcript)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_sample_is_a_whole_request_and_gives_the_same_inquiry(path: Path) -> None:
    inquiry = inquiry_of_call(**json.loads(path.read_text(encoding="utf-8")))
    assert inquiry.channel == inquiry.source == "phone"
    assert inquiry.title == "从羊昌到新场镇的那条路，路面全是坑，下雨天积水看不见，摩托车摔了好几次"
    assert (inquiry.name, inquiry.phone) == ("陆女士", "13800138000")
    assert inquiry.received_at == datetime(2026, 11, 5, 1, 12, 30, tzinfo=UTC)
    assert len(inquiry.turns) == 7


def test_the_content_is_the_citizen_s_words_and_the_turns_keep_both_sides_as_said() -> None:
    inquiry = call("坐席：您好，12345。\n市民：停水了。\n坐席：哪里？\n市民：花溪区。")
    assert inquiry.content == "停水了。\n花溪区。"
    assert [turn.text for turn in inquiry.turns] == ["您好，12345。", "停水了。", "哪里？", "花溪区。"]


def test_a_slip_is_put_right_in_the_content_and_kept_in_the_turns() -> None:
    inquiry = call("市民：白云那边的路坏了。\n市民：哦不是白云，是乌当。")
    assert "白云" not in inquiry.content
    assert inquiry.content.startswith("乌当那边的路坏了")
    assert inquiry.turns[0].text == "白云那边的路坏了。"


def test_without_a_citizen_s_turn_the_unknown_voice_is_the_content() -> None:
    rows = [{"bg": "0", "ed": "9", "onebest": t, "speaker": "0"} for t in ("您好，12345为您服务", "路灯坏了")]
    assert inquiry_of_call("c", "iflytek-v1", "", STARTED, rows).content == "路灯坏了"


def test_the_number_said_goes_before_the_caller_s() -> None:
    assert call("市民：路灯坏了，打我这个电话13900139000。").phone == "13900139000"
    assert call("市民：路灯坏了。").phone == "13800138000"


@pytest.mark.parametrize("caller", ["", "anonymous", "Unknown", "隐藏号码", "110", "12345", "95598", "10086"])
def test_a_withheld_or_service_number_leaves_no_phone_and_loses_no_call(caller: str) -> None:
    assert call("市民：路灯坏了。", caller).phone == ""


@pytest.mark.parametrize("started", [None, datetime(2026, 11, 5, 9, 12, 30), "2026-11-05 09:12:30"])  # noqa: DTZ001 - a naive time is what is tried
def test_a_start_may_be_absent_or_without_a_zone_and_is_then_the_city_s_time(started: datetime | str | None) -> None:
    received = inquiry_of_call("c", "plain", "", started, "停水了").received_at
    assert received == (None if started is None else datetime(2026, 11, 5, 1, 12, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"call_id": " "}, "call_id", "通话编号应为"),
        ({"call_id": 7}, "call_id", "通话编号应为"),
        ({"call_id": "x" * 129}, "call_id", "通话编号应为"),
        ({"caller": "13800"}, "caller", "手机号应为 11 位数字，您填了 5 位。"),
        ({"caller": 13800138000}, "caller", "主叫号码应是文字"),
        ({"started_at": "yesterday"}, "started_at", "来电时间读不出来"),
        ({"started_at": 5}, "started_at", "来电时间读不出来"),
        ({"form": "x"}, "form", "不认识的识别结果格式"),
        ({"transcript": ""}, "transcript", "没有文字"),
    ],
)
def test_a_wrong_field_of_a_call_is_named_with_its_remedy(changed: dict[str, object], field: str, says: str) -> None:
    body: dict[str, object] = {
        "call_id": "c",
        "form": "plain",
        "caller": "",
        "started_at": STARTED,
        "transcript": "停水了",
    }
    with pytest.raises(InvalidInput) as caught:
        inquiry_of_call(**(body | changed))  # type: ignore[arg-type]
    assert caught.value.field == field
    assert says in caught.value.message["zh"]


def turn(role: str, text: str) -> Turn:
    return Turn(1, role, 0, 0, text)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("我叫周小禾，住在花溪。", "周小禾"),
        ("我叫周禾住在花溪", "周禾"),
        ("本人姓名是欧阳小禾。", "欧阳小禾"),
        ("免贵姓陆。", "陆"),
        ("我姓 陆", ""),
        ("我姓啥不重要", ""),
        ("我叫了三次都没人来", ""),
        ("路灯坏了", ""),
    ],
)
def test_a_name_said_is_found(said: str, name: str) -> None:
    assert name_said([turn("citizen", said)]) == name


def test_a_surname_takes_the_agent_s_form_of_address_for_the_same_surname_only() -> None:
    own = turn("citizen", "我姓陆。")
    assert name_said([own, turn("agent", "好的陆女士。")]) == "陆女士"
    assert name_said([own, turn("agent", "周先生也来过电话。")]) == "陆"
    assert name_said([turn("agent", "我叫周小禾。"), turn("citizen", "停水了")]) == ""


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("电话是幺三八零零幺三八零零零", "13800138000"),
        ("13800138000，哦不对，是13900139000", "13900139000"),
        ("物业的电话是13800138000。", ""),
        ("我的电话13900139000。老板电话13800138000。", "13900139000"),
        ("家里座机 0851-85990000", "0851-85990000"),
        ("房号 1301", ""),
        ("幺三八零零。\n零幺\n三九九二。\n好的，谢谢", "13800013992"),
        ("三栋一单元。\n幺三八零零。\n零幺三九九二，房号三零一", "13800013992"),
    ],
)
def test_the_call_back_number_is_the_last_that_is_not_another_s(said: str, number: str) -> None:
    assert callback_said(said) == number


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("我住在乌当区羊昌镇。", "乌当区羊昌镇"),
        ("在花溪区清溪路，有个坑", "花溪区清溪路"),
        ("就在我们小区门口", ""),
        ("在小区里面", ""),
        ("我在家里", ""),
        ("路灯坏了", ""),
    ],
)
def test_only_a_clear_place_is_taken(said: str, place: str) -> None:
    assert place_said(said) == place


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("喂，你好，那个，就是说，我想反映一下，小区停水两天了。", "小区停水两天了"),
        ("我姓陆。电话13800138000。楼下油烟很大。谢谢", "楼下油烟很大"),
        ("你好！我要投诉健身房不退钱。", "我要投诉健身房不退钱"),
        ("喂喂喂。嗯。", ""),
        (
            "哎呀，终于打通了，我打了三次都占线。没事没事，嗯，我想反映一个事情。半夜打桩，吵得睡不着",
            "半夜打桩，吵得睡不着",
        ),
        ("天气真好。今天走了很远的路", "今天走了很远的路"),
    ],
)
def test_a_title_is_the_first_sentence_that_says_a_matter_without_greetings(said: str, title: str) -> None:
    assert title_said(said) == title


def test_a_long_title_ends_at_a_clause_or_with_an_ellipsis() -> None:
    assert title_said("我姓杨，我住城基路，电话是13800138000，楼下烧烤店油烟太大了。") == "楼下烧烤店油烟太大了"
    clauses = title_said("小区门口的路灯坏了半个多月，" * 6)
    assert clauses == "小区门口的路灯坏了半个多月，小区门口的路灯坏了半个多月"
    assert len(title_said("停水" * 60)) == TITLE_LENGTH
    assert title_said("停水" * 60).endswith("…")
