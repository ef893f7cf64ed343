"""The summary of a long call: seven parts, each from the turn in which it was said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinese import normalise
from routing.places import Gazetteer
from routing.summary import SHOWN, Part, Spoken, Summary, Telling, summarise, turns_of
from tests.routing.city import MATTERS, PLACES

CALLS = Path(__file__).parent / "calls"
ROLES = {"坐席": "agent", "市民": "citizen", "坐": "agent", "市": "citizen", "谁": "unknown"}
GAZETTEER = Gazetteer(PLACES)
PHRASES = {matter.name: [phrase.removesuffix("!").split("…") for phrase in matter.phrases] for matter in MATTERS}


def in_place(code: str) -> Telling:
    """How often a text names what lies in the place; -1 where it names other places only."""

    def tells(text: str) -> float:
        told = [found.place for found in GAZETTEER.find(text)]
        return sum(code in GAZETTEER.ancestors(place) for place in told) or -float(bool(told))

    return tells


def of_matter(name: str) -> Telling:
    """How many of the matter's phrases a text has."""
    return lambda text: float(sum(all(part in text for part in parts) for parts in PHRASES[name]))


def call(name: str) -> list[Spoken]:
    """A transcript of 坐席：… and 市民：… as turns."""
    lines = (line.split("：", 1) for line in (CALLS / f"{name}.txt").read_text("utf-8").splitlines())
    return [Spoken(seq, ROLES[label], text) for seq, (label, text) in enumerate(lines, start=1)]


def said(*lines: str) -> list[Spoken]:
    """Lines such as `坐:…` and `市:…` as turns."""
    return [Spoken(seq, ROLES[line[0]], line[2:]) for seq, line in enumerate(lines, start=1)]


def summary(*lines: str, place: str = "520112", matter: str = "夜间施工噪声") -> Summary:
    return summarise(said(*lines), in_place(place), of_matter(matter))


def test_a_call_of_many_turns_about_noise() -> None:
    assert summarise(call("noise"), in_place("520112"), of_matter("夜间施工噪声")) == Summary(
        title=Part("晚上打桩，半夜都在打，吵得人睡不着觉", 10),
        place=Part("新场镇", 16),
        matter=Part("晚上打桩，半夜都在打，吵得人睡不着觉", 10),
        asked=Part("我希望有关部门来管一下，晚上十点以后不准他们施工", 90),
        since=Part("从上个月二十号开始的", 30),
        name=Part("欧阳女士", 124),
        phone=Part("13800013992", 130),
    )


def test_a_call_of_many_turns_about_wages() -> None:
    found = summarise(call("wages"), in_place("520115"), of_matter("拖欠工资"))
    assert found.title == Part("我要讨薪，我们的工钱拿不到", 2)
    assert found.asked == found.matter == Part("我们要求公司把拖欠的十一万六千块工资一次付清", 78)
    assert found.since == Part("从去年十月份就没有发过了", 34)
    assert (found.name, found.phone) == (Part("石小满", 132), Part("13900005566", 138))
    assert found.place is not None
    assert found.place.seq in {12, 104}, "where the work was done, neither the company's address nor the caller's home"


@pytest.mark.parametrize("name", ["noise", "wages"])
def test_each_part_is_said_in_its_turn(name: str) -> None:
    texts = {turn.seq: turn.text for turn in call(name)}
    found = summarise(call(name), in_place("520112"), of_matter("夜间施工噪声"))
    for part in (found.title, found.place, found.matter, found.asked, found.since):
        assert part is None or part.text in texts[part.seq]


def test_both_calls_are_as_long_as_twenty_minutes_make_them() -> None:
    assert all(len(call(name)) >= 150 for name in ("noise", "wages"))


def test_the_place_corrected_is_not_the_place_shown() -> None:
    found = summary("市:白云区那条路晚上施工打桩。", "市:不对，说错了，是乌当区新场镇。", "市:晚上施工吵死了")
    assert found.place == Part("是乌当区新场镇", 2)
    assert found.title == Part("晚上施工吵死了", 3)


def test_what_the_agent_read_back_counts_where_nobody_else_said_it() -> None:
    assert summary("坐:您说的是乌当区新场镇，对吗？", "市:对").place == Part("您说的是乌当区新场镇", 1)
    assert summary("坐:是乌当区吗？", "市:对，乌当区新场镇。").place == Part("乌当区新场镇", 2)


@pytest.mark.parametrize(
    ("answer", "clause"),
    [
        ("半个月了，天天这样。", "半个月了"),
        ("我住了十年了，从国庆节那天开始的。", "从国庆节那天开始的"),
        ("昨天晚上", "昨天晚上"),
        ("嗯，三个多月了吧", "三个多月了吧"),
        ("最近几天", "最近几天"),
    ],
)
def test_since_when_is_the_clause_that_says_it(answer: str, clause: str) -> None:
    assert summary("市:去年我也打过电话。", "坐:什么时候开始的？", f"市:{answer}").since == Part(clause, 3)


@pytest.mark.parametrize("text", ["三天内给我答复", "每天都这样", "我等了一个小时电话", "明天我再打来"])
def test_a_time_of_something_else_is_not_since_when(text: str) -> None:
    found = summary(f"市:{text}", "市:从上周一开始停水").since
    assert found == Part("从上周一开始停水", 2)


def test_what_is_asked_is_about_the_matter_and_not_about_the_call() -> None:
    found = summary("市:能不能说大点声，我听不清。", "市:希望你们派人来看看。", "市:麻烦你了，尽快给我回个电话，谢谢。")
    assert found.asked == Part("希望你们派人来看看", 2)


def test_a_number_told_in_pieces_comes_from_its_first_turn_and_another_s_number_never() -> None:
    pieces = ("市:幺三八零零。", "坐:嗯", "市:零幺三八", "坐:好", "市:零零。", "市:物业的电话是13900001111。")
    assert summary("市:一共三个人。", *pieces).phone == Part("13800013800", 2)


def test_voices_that_nobody_told_apart_are_the_citizen_s() -> None:
    assert summary("谁:晚上施工打桩，吵得睡不着").title == Part("晚上施工打桩，吵得睡不着", 1)


def test_fillers_are_left_out_and_long_sentences_are_cut() -> None:
    title = summary("市:嗯，那个，晚上施工打桩，" + "吵得睡不着，" * 20).title
    assert title is not None
    assert title.text.startswith("晚上施工打桩")
    assert len(title.text) == SHOWN
    assert title.text.endswith("…")


def test_a_long_message_is_summarised_by_its_sentences() -> None:
    message = "您好！我家住新场镇。隔壁工地晚上施工打桩。从十月三号开始，天天如此。\n希望尽快处理。"
    found = summarise(turns_of(message), in_place("520112"), of_matter("夜间施工噪声"))
    assert (found.title, found.since) == (Part("隔壁工地晚上施工打桩", 3), Part("从十月三号开始", 4))
    assert found.asked == Part("希望尽快处理", 5)


def test_nobody_and_nothing_give_an_empty_summary() -> None:
    assert summarise([], in_place("520112"), of_matter("拖欠工资")) == Summary()
    assert summary("坐:您好，12345。") == Summary()
    assert summary("市:😡😡", "市:\ud800\0", "市:嗯嗯。").asked is None


@given(st.lists(st.tuples(st.sampled_from(["agent", "citizen", "unknown"]), st.text())))
def test_any_text_at_all_is_taken(lines: list[tuple[str, str]]) -> None:
    spoken = [Spoken(seq, role, text) for seq, (role, text) in enumerate(lines, start=1)]
    found = summarise(spoken, lambda text: len(normalise(text)), len)
    seqs = {one.seq for one in spoken}
    parts = (getattr(found, name) for name in Summary.__slots__)
    assert all(part is None or (part.seq in seqs and part.text) for part in parts)


@pytest.mark.parametrize("seed", ["停", "从昨天", "，", "138", "希望。", "😡", "\ud800"])
def test_a_megabyte_comes_to_an_end_and_its_parts_are_short(seed: str) -> None:
    found = summarise([Spoken(1, "citizen", seed * (1_000_000 // len(seed)))], lambda _: 0.0, lambda _: 0.0)
    parts = [getattr(found, name) for name in Summary.__slots__]
    assert all(len(part.text) <= SHOWN and part.seq == 1 for part in parts if part)
