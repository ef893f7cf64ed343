"""The recognisers' forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.intake.inquiry import InvalidInput, Turn
from hotline.intake.vendors import FORMS, turns

SAMPLES = Path(__file__).parents[2] / "hotline" / "seeds" / "samples" / "calls"
VENDORS = [form for form in FORMS if form != "plain"]


def sample(form: str) -> Any:
    return json.loads((SAMPLES / f"{form}.json").read_text(encoding="utf-8"))["transcript"]


def refusal(form: str, transcript: object) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        turns(form, transcript)
    return caught.value


def alibaba(*texts: str) -> dict[str, Any]:
    rows = [
        {"beginTime": n * 1000, "endTime": n * 1000 + 900, "channelId": n % 2, "text": text}
        for n, text in enumerate(texts)
    ]
    return {"sentences": rows}


def test_each_form_has_a_sample() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(FORMS)


def test_one_call_in_six_forms_is_the_same_seven_turns() -> None:
    read = {form: turns(form, sample(form)) for form in FORMS}
    told = {form: [(turn.seq, turn.role, turn.begin_ms, turn.text) for turn in read[form]] for form in FORMS}
    assert [role for _, role, _, _ in told["huawei"]] == ["agent", "citizen"] * 3 + ["agent"]
    assert told["huawei"][3][3] == "不是白云区，是乌当区。从国庆节前就这样了，一直没有人来修。"
    assert all(told[form] == told["huawei"] for form in FORMS)


@pytest.mark.parametrize("form", VENDORS)
def test_every_vendor_s_turns_keep_begin_and_end_in_milliseconds(form: str) -> None:
    found = turns(form, sample(form))
    assert (found[1].begin_ms, found[1].end_ms) == (5000, 15000)
    assert all(turn.begin_ms <= turn.end_ms for turn in found)


@pytest.mark.parametrize("wrap", ["result", "payload", "data", "Result", "resp"])
def test_a_wrapper_around_the_result_is_opened(wrap: str) -> None:
    assert turns("huawei", {wrap: sample("huawei")}) == turns("huawei", sample("huawei"))


def test_a_transcript_handed_in_as_a_json_string_is_opened() -> None:
    assert turns("volcengine", json.dumps(sample("volcengine"))) == turns("volcengine", sample("volcengine"))


def test_iflytek_data_may_also_be_a_real_array_and_order_result_a_real_object() -> None:
    bare = json.loads(sample("iflytek-v1")["data"])
    assert turns("iflytek-v1", {"data": bare}) == turns("iflytek-v1", bare) == turns("iflytek-v1", sample("iflytek-v1"))
    order = json.loads(sample("iflytek-v2")["content"]["orderResult"])
    order["lattice"] = [{"json_1best": json.loads(row["json_1best"])} for row in order["lattice"]]
    assert turns("iflytek-v2", order) == turns("iflytek-v2", sample("iflytek-v2"))


def test_names_with_a_capital_and_numbers_as_strings_are_read() -> None:
    row = {"BeginTime": "1250", "EndTime": "2500.4", "ChannelId": 1, "Text": "我要投诉"}
    agent = {"BeginTime": "0", "EndTime": "900", "ChannelId": 0, "Text": "您好，12345"}
    found = turns("alibaba", {"Result": {"Sentences": [row, agent]}})
    assert [(turn.role, turn.begin_ms, turn.end_ms) for turn in found] == [
        ("agent", 0, 900),
        ("citizen", 1250, 2500),
    ]


def test_the_words_and_not_the_channel_say_who_the_agent_is() -> None:
    found = turns("alibaba", alibaba("我要反映路灯坏了", "您好，12345，请问有什么可以帮您", "我们小区没有水"))
    assert [turn.role for turn in found] == ["citizen", "agent", "citizen"]


def test_where_the_words_say_nothing_channel_0_of_alibaba_is_the_agent() -> None:
    late = [
        {"beginTime": 0, "endTime": 1, "channelId": "1", "text": "喂"},
        {"beginTime": 5, "endTime": 9, "channelId": "0", "text": "喂喂"},
    ]
    assert [turn.role for turn in turns("alibaba", {"sentences": late})] == ["citizen", "agent"]


def test_where_the_words_say_nothing_the_first_voice_elsewhere_is_the_agent() -> None:
    rows = [
        {"start_time": 5, "end_time": 9, "text": "嗯", "additions": {"speaker": "1"}},
        {"start_time": 0, "end_time": 1, "text": "喂", "additions": {"speaker": "2"}},
    ]
    assert [turn.role for turn in turns("volcengine", {"utterances": rows})] == ["agent", "citizen"]


def test_one_voice_for_all_marks_the_agent_s_formulas_and_leaves_the_rest_unknown() -> None:
    rows = [{"bg": "0", "ed": "9", "onebest": t, "speaker": "0"} for t in ("您好，12345为您服务", "路灯坏了")]
    assert [turn.role for turn in turns("iflytek-v1", rows)] == ["agent", "unknown"]


def test_huawei_rows_without_a_role_are_unknown_and_kept() -> None:
    rows = [
        {"start_time": 0, "end_time": 9, "result": {"text": "您好", "analysis_info": {"role": "agent"}}},
        {"start_time": 9, "end_time": 20, "result": {"text": "停水了"}},
    ]
    assert [turn.role for turn in turns("huawei", {"segments": rows})] == ["agent", "unknown"]


@pytest.mark.parametrize("agent", ["坐席", "座席", "话务员", "客服", "接线员", "Agent"])
@pytest.mark.parametrize("citizen", ["市民", "来电人", "群众", "诉求人", "市民 2"])
@pytest.mark.parametrize("colon", [":", "\uff1a", " : "])
def test_plain_labels_and_colons_of_either_width_are_known(agent: str, citizen: str, colon: str) -> None:
    found = turns("plain", f"{agent}{colon}您好\n{citizen}{colon}停水了\n从早上开始")
    assert [(turn.role, turn.text) for turn in found] == [("agent", "您好"), ("citizen", "停水了\n从早上开始")]


def test_plain_labels_may_stand_on_one_line() -> None:
    found = turns("plain", "坐席：您好。市民：停水了。坐席：哪里？市民：花溪区。")
    assert [turn.text for turn in found] == ["您好。", "停水了。", "哪里？", "花溪区。"]


def test_plain_text_without_labels_is_one_turn_of_the_citizen() -> None:
    assert [(turn.role, turn.text) for turn in turns("plain", " 停水了，时间：早上 ")] == [
        ("citizen", "停水了，时间：早上")
    ]


def test_controls_and_half_surrogates_do_not_get_into_a_turn() -> None:
    assert turns("plain", "停\u202e水\x00了\ud800")[0].text == "停水了"


def test_an_unknown_form_is_answered_with_the_known_ones() -> None:
    problem = refusal("tencent", {})
    assert problem.field == "form"
    assert "tencent" in problem.message["zh"]
    assert all(form in problem.message["zh"] and form in problem.message["en"] for form in FORMS)


BROKEN: list[tuple[str, object, str, str]] = [
    ("alibaba", {}, "transcript.sentences", "缺少 sentences"),
    ("alibaba", {"result": {}}, "transcript.result.sentences", "缺少 sentences"),
    ("alibaba", {"sentences": {}}, "transcript.sentences", "应是数组"),
    ("alibaba", {"sentences": [7]}, "transcript.sentences[0]", "应是对象"),
    ("alibaba", {"sentences": [{"beginTime": 0, "endTime": 1}]}, "transcript.sentences[0].text", "缺少 text"),
    (
        "alibaba",
        {"sentences": [{"beginTime": "soon", "endTime": 1, "text": "好"}]},
        "transcript.sentences[0].beginTime",
        "“soon”不是有效的毫秒数",
    ),
    (
        "alibaba",
        {"sentences": [{"beginTime": 0, "endTime": 1, "text": "好", "channelId": []}]},
        "transcript.sentences[0].channelId",
        "应是文字或整数",
    ),
    (
        "huawei",
        {"segments": [{"start_time": 0, "end_time": 1, "result": "好"}]},
        "transcript.segments[0].result",
        "应是对象",
    ),
    (
        "huawei",
        {"segments": [{"start_time": 0, "end_time": True, "result": {}}]},
        "transcript.segments[0].end_time",
        "应是数字",
    ),
    ("iflytek-v1", {"data": "[{"}, "transcript.data", "读不出来"),
    ("iflytek-v1", {"data": "[" * 100_000}, "transcript.data", "读不出来"),
    ("iflytek-v1", {"data": [{"bg": "0", "ed": "-1", "onebest": "好"}]}, "transcript.data[0].ed", "“-1”不是有效"),
    ("iflytek-v2", {"orderResult": {"lattice": [{}]}}, "transcript.orderResult.lattice[0].json_1best", "缺少"),
    (
        "iflytek-v2",
        {"lattice": [{"json_1best": {"st": {"bg": "0", "ed": "1", "rt": [{"ws": [{}]}]}}}]},
        "transcript.lattice[0].json_1best.st.rt[0].ws[0].cw",
        "缺少 cw",
    ),
    (
        "volcengine",
        {"utterances": [{"start_time": float("nan"), "end_time": 1, "text": "好"}]},
        "transcript.utterances[0].start_time",
        "“nan”不是有效",
    ),
    ("volcengine", {"utterances": []}, "transcript", "没有文字"),
    ("volcengine", None, "transcript", "应是对象"),
    ("plain", "", "transcript", "没有文字"),
    ("plain", " \u202e\n", "transcript", "没有文字"),
    ("plain", "坐席：\n市民：", "transcript", "没有文字"),
    ("plain", 5, "transcript", "应是文字"),
    ("plain", "坐席：您好，12345", "transcript", "没有市民的话"),
]


@pytest.mark.parametrize(("form", "transcript", "field", "says"), BROKEN)
def test_a_broken_transcript_is_named_by_its_path_with_a_remedy(
    form: str, transcript: object, field: str, says: str
) -> None:
    problem = refusal(form, transcript)
    assert problem.field == field
    assert says in problem.message["zh"]
    assert "请" in problem.message["zh"]
    assert problem.message["en"].isascii() or "“" in problem.message["en"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        *("sentences", "beginTime", "endTime", "channelId", "text", "segments", "start_time", "end_time", "result"),
        *("analysis_info", "role", "data", "bg", "ed", "onebest", "speaker", "orderResult", "lattice", "json_1best"),
        *("st", "rl", "rt", "ws", "cw", "w", "wp", "utterances", "additions", "payload"),
    ]
)
NEAR = st.recursive(
    st.none() | st.integers(-1, 10) | st.sampled_from(["", "0", "1", "好", "{}", "[]", '[{"bg":1}]']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


def outcome(form: str, transcript: object) -> tuple[Turn, ...] | InvalidInput:
    try:
        return turns(form, transcript)
    except InvalidInput as problem:
        return problem


def is_sound(found: tuple[Turn, ...] | InvalidInput) -> bool:
    """A refusal that names its place, or turns in a row of which one at least may be the citizen's."""
    if isinstance(found, InvalidInput):
        return found.field.startswith(("transcript", "form")) and bool(found.message["zh"])
    numbered = [turn.seq for turn in found] == list(range(1, len(found) + 1))
    return numbered and any(turn.role != "agent" for turn in found)


@settings(deadline=None)
@given(form=st.sampled_from([*FORMS, "?"]), transcript=JSON | NEAR)
def test_any_json_gives_turns_or_an_invalid_input_and_nothing_else(form: str, transcript: object) -> None:
    assert is_sound(outcome(form, transcript))


@settings(deadline=None)
@given(st.sampled_from(VENDORS), st.data())
def test_a_sample_with_one_value_replaced_gives_turns_or_an_invalid_input(form: str, data: st.DataObject) -> None:
    assert is_sound(outcome(form, _replaced(sample(form), data.draw(NEAR | JSON), data)))


def _replaced(node: Any, value: Any, data: st.DataObject) -> Any:
    if isinstance(node, str) and node[:1] in "[{":
        return json.dumps(_replaced(json.loads(node), value, data), ensure_ascii=False)
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    if not keys or data.draw(st.integers(0, 9)) == 0:
        return value
    key = data.draw(st.sampled_from(keys))
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[key] = _replaced(copy[key], value, data)
    return copy
