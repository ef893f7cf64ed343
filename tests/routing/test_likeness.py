"""Likeness: near copies and other people's words for one matter score high, with reasons; the rest does not."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.decision import Place
from routing.gist import forget
from routing.likeness import LEAST, Said, groups, likeness, most_like, traces

NOON = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)

CITY = Place("gy", "贵阳市", "city")
WUDANG, BAIYUN = Place("wd", "乌当区", "district", "gy"), Place("by", "白云区", "district", "gy")
YANGCHANG = Place("yc", "羊昌镇", "township", "wd")
IN_YANGCHANG, IN_WUDANG, IN_BAIYUN = (YANGCHANG, WUDANG, CITY), (WUDANG, CITY), (BAIYUN, CITY)

GRILL = (
    "云锦花园楼下烧烤店油烟扰民",
    "我住在云锦花园3栋，楼下的烧烤店没有装油烟净化器，每天傍晚开始油烟直往楼上灌，衣服不敢晾，孩子咳嗽了半个月。",
)
GRILL_AGAIN = (
    "投诉云锦花园烧烤店",
    "云锦花园小区楼下那家烧烤店天天冒油烟，熏得楼上住户开不了窗，要求给烧烤店装油烟净化器。",
)
ELSEWHERE = (
    "碧波家园楼下烧烤店油烟扰民",
    "我住在碧波家园7栋，楼下的烧烤店没有装油烟净化器，每天傍晚开始油烟直往楼上灌，衣服不敢晾。",
)
LIFT = (
    "云锦花园电梯坏了没人修",
    "云锦花园3栋的电梯上周坏了，物业说维修基金批不下来，老人上下十几层楼全靠走，请督促更换电梯。",
)
PENSION = ("养老金资格认证怎么办", "母亲在外省带孙子，手机上做养老金资格认证总是失败，可以在当地社保所办理吗？")


def said(
    message: tuple[str, str],
    place: tuple[Place, ...] = (),
    days: float = 0,
    sender: str = "",
    matter: str = "",
) -> Said:
    title, text = message
    return Said(text, title, place, NOON + timedelta(days=days), sender, matter)


def test_a_near_copy_is_one_matter_and_the_reason_says_how_near() -> None:
    title, text = GRILL
    like = likeness(said(GRILL), said((title, text.replace("半个月", "两个月") + "谢谢！"), days=3))
    assert like.score >= LEAST
    assert like.reasons[0].startswith("内容几乎相同（9")
    assert "相隔 3 天" in like.reasons


def test_another_person_writing_of_the_same_trouble_at_the_same_place_is_found() -> None:
    like = likeness(said(GRILL), said(GRILL_AGAIN, days=2))
    assert like.score >= LEAST
    assert like.reasons[0].startswith("都说到")
    assert "云锦花园" in like.reasons[0]


def test_the_same_trouble_at_another_estate_is_another_matter() -> None:
    assert likeness(said(GRILL), said(ELSEWHERE, days=1)).score < LEAST
    assert likeness(said(GRILL, IN_WUDANG), said(ELSEWHERE, IN_BAIYUN)).score < 0.6


def test_another_trouble_at_the_same_estate_is_another_matter() -> None:
    assert likeness(said(GRILL), said(LIFT, days=1)).score < LEAST


def test_messages_with_nothing_in_common_score_near_nothing() -> None:
    assert likeness(said(GRILL), said(PENSION)).score < 0.1


def test_two_districts_speak_against_one_matter_and_one_township_for_it() -> None:
    apart = likeness(said(GRILL, IN_WUDANG), said(GRILL_AGAIN, IN_BAIYUN))
    unknown = likeness(said(GRILL), said(GRILL_AGAIN))
    district = likeness(said(GRILL, IN_WUDANG), said(GRILL_AGAIN, IN_YANGCHANG))
    township = likeness(said(GRILL, IN_YANGCHANG), said(GRILL_AGAIN, IN_YANGCHANG))
    assert apart.score < unknown.score == district.score < township.score
    assert "地点不同：乌当区、白云区" in apart.reasons
    assert "同在乌当区" in district.reasons
    assert "同在羊昌镇" in township.reasons


def test_the_same_person_the_same_matter_and_nearness_in_time_each_raise_the_score() -> None:
    plain = likeness(said(GRILL, days=0), said(GRILL_AGAIN, days=200))
    assert likeness(said(GRILL), said(GRILL_AGAIN, days=20)).score > plain.score
    assert likeness(said(GRILL, sender="a"), said(GRILL_AGAIN, days=200, sender="a")).score > plain.score
    assert likeness(said(GRILL, matter="07-01"), said(GRILL_AGAIN, days=200, matter="07-01")).score > plain.score
    assert likeness(said(GRILL, sender="a"), said(GRILL_AGAIN, days=200, sender="b")) == plain


def test_the_same_person_is_a_reason_and_an_unknown_one_is_nobody() -> None:
    assert "同一来件人" in likeness(said(GRILL, sender="a"), said(GRILL_AGAIN, sender="a")).reasons
    assert "同一来件人" not in likeness(said(GRILL), said(GRILL_AGAIN)).reasons


def test_an_exact_repeat_scores_one_whatever_its_spelling() -> None:
    title, text = GRILL
    spelt = text.replace("，", ",").replace("3栋", "３栋").replace("烧烤", "燒烤")
    like = likeness(said(GRILL), said((title, spelt), days=400))
    assert like.score == 1.0
    assert like.reasons[0] == "内容完全相同"


def test_texts_that_differ_only_far_behind_are_no_exact_repeat() -> None:
    title, text = GRILL
    one, other = text * 20 + "请回电", text * 20 + "不用回电"
    assert "内容完全相同" not in likeness(said((title, one)), said((title, other))).reasons


def test_three_words_that_come_from_everywhere_are_one_matter_only_where_something_says_so() -> None:
    out = ("", "我家停水了")
    assert likeness(said(out, sender="a"), said(out, sender="b")).score < 1
    assert likeness(said(out, IN_WUDANG), said(out, IN_BAIYUN)).score < LEAST
    assert likeness(said(out, IN_YANGCHANG), said(out, IN_YANGCHANG)).score == 1.0
    assert likeness(said(out, sender="a"), said(out, sender="a")).score == 1.0


def test_an_equal_text_from_two_districts_is_not_taken_for_a_repeat() -> None:
    like = likeness(said(GRILL, IN_WUDANG), said(GRILL, IN_BAIYUN))
    assert like.score < 1
    assert "地点不同：乌当区、白云区" in like.reasons


def test_which_comes_first_changes_no_score() -> None:
    messages = [GRILL, GRILL_AGAIN, ELSEWHERE, LIFT, PENSION]
    for one, other in pairwise(messages):
        assert likeness(said(one), said(other)).score == pytest.approx(likeness(said(other), said(one)).score)


def test_the_most_like_come_best_first_with_their_places_in_the_list() -> None:
    others = [said(each, days=1) for each in (PENSION, GRILL_AGAIN, LIFT, GRILL, ELSEWHERE)]
    found = most_like(said(GRILL), others)
    assert [index for index, _ in found] == [3, 1]
    assert found[0][1].score == 1.0
    assert [index for index, _ in most_like(said(GRILL), others, top=1)] == [3]
    assert len(most_like(said(GRILL), others, top=9, least=0.0)) == len(others)
    assert found[1][1] == likeness(said(GRILL), others[1])
    assert most_like(said(GRILL), []) == []


def test_what_the_title_names_counts_more_than_what_is_named_beside_it() -> None:
    text = "云锦花园这几天停水，翠湖路口也在修，住户去打水要绕行，请问什么时候能恢复供水。"
    asked = said(("云锦花园停水什么时候恢复", "云锦花园从周一起停水，来水时间一直没有通知，请问什么时候能恢复供水。"))
    named = likeness(asked, said(("云锦花园停水", text)))
    beside = likeness(asked, said(("翠湖路口修路停水", text)))
    assert named.score > beside.score


def test_a_title_that_stands_in_the_others_text_speaks_for_one_matter() -> None:
    title, text = GRILL_AGAIN
    echoed = likeness(said(GRILL), said((title, text + GRILL[0])))
    assert echoed.score > likeness(said(GRILL), said((title, text + "盼望早日得到答复"))).score


def test_threads_that_compare_at_the_same_moment_get_what_one_alone_gets() -> None:
    others = [said((title, f"{text}{number}")) for number in range(60) for title, text in (GRILL, LIFT, PENSION)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: most_like(said(GRILL), others, 9, 0.0), range(8)))
    forget()
    assert together == [most_like(said(GRILL), others, 9, 0.0)] * 8


def test_like_messages_share_traces_and_unlike_ones_do_not() -> None:
    grill = set(traces(*GRILL))
    assert grill & set(traces(*GRILL_AGAIN))
    assert not grill & set(traces(*PENSION))


def test_a_copy_with_a_new_beginning_and_a_new_title_still_shares_traces() -> None:
    _, text = GRILL
    assert len(set(traces(*GRILL)) & set(traces("求助", "您好！" + text.replace("每天傍晚", "天天晚上")))) >= 2


def test_traces_are_few_small_sorted_and_none_twice() -> None:
    for title, text in (GRILL, LIFT, PENSION, ("", "路" * 600), ("", "".join(map(chr, range(0x4E00, 0x5500))))):
        found = traces(title, text, "wd")
        assert list(found) == sorted(set(found))
        assert len(found) <= 16
        assert all(0 <= each < 2**63 for each in found)


def test_common_words_alone_leave_no_trace() -> None:
    assert traces("", "您好") == traces("", "谢谢") == traces("", "") == traces("", "……")


def test_the_place_adds_a_trace_and_takes_none_away() -> None:
    assert set(traces(*GRILL)) < set(traces(*GRILL, "wd"))
    assert traces(*GRILL, "wd") != traces(*GRILL, "by")


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_traces_are_the_same_in_every_process(seed: str) -> None:
    code = "from tests.routing.test_likeness import GRILL, traces; print(traces(*GRILL, 'wd'))"
    environment = os.environ | {"PYTHONHASHSEED": seed}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(traces(*GRILL, "wd"))


def test_names_that_the_house_teaches_its_cutter_change_no_trace() -> None:
    code = (
        "import chinese.lexicon; chinese.lexicon.add_words(['云锦花园楼下烧烤店', '油烟扰民']);"
        "from tests.routing.test_likeness import GRILL, traces; print(traces(*GRILL))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(traces(*GRILL))


def test_groups_are_piles_of_one_matter_largest_first_and_who_is_like_nobody_is_alone() -> None:
    others = [said(each, days=day) for day, each in enumerate((GRILL, PENSION, GRILL_AGAIN, LIFT, GRILL))]
    assert groups(others) == [[0, 2, 4], [1], [3]]
    assert groups([]) == []


def test_fifty_copies_are_one_pile() -> None:
    title, text = GRILL
    copies = [said((title, f"{text}第{number}次反映。"), days=number / 10) for number in range(50)]
    found = groups([*copies, said(PENSION)])
    assert found == [list(range(50)), [50]]


def test_a_chain_of_likenesses_does_not_tie_together_what_has_nothing_in_common() -> None:
    both = (
        "云锦花园烧烤店油烟扰民、电梯坏了没人修",
        "云锦花园3栋楼下的烧烤店没有装油烟净化器，油烟直往楼上灌；3栋的电梯上周坏了，维修基金批不下来，请督促更换电梯。",
    )
    grills = [said((GRILL[0], GRILL[1] + tail)) for tail in ("", "谢谢。", "请回电。")]
    lifts = [said((LIFT[0], LIFT[1] + tail)) for tail in ("", "谢谢。", "请回电。")]
    found = groups([*grills, said(both), *lifts])
    assert not any({0, 4} <= set(group) for group in found)
    assert any({0, 1, 2} <= set(group) for group in found)
    assert any({4, 5, 6} <= set(group) for group in found)


STRANGE = [
    "",
    " ",
    "路",
    "。",
    "之",
    "a",
    "1",
    "😀😀😀",
    "\ud800",
    "\x00",
    "𠮷野家𠮷",
    "a" * 1_000_000,
    "星光路" * 400_000,
    "\u200b" * 5000,
    "١٢٣",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_any_text_is_read_compared_and_traced(text: str) -> None:
    strange = said((text, text))
    for other in (strange, said(GRILL), said(("", text)), said((text, ""))):
        assert 0 <= likeness(strange, other).score <= 1
        assert 0 <= likeness(other, strange).score <= 1
    assert len(traces(text, text, text[:64])) <= 16
    assert sorted(index for group in groups([strange, said(GRILL), strange]) for index in group) == [0, 1, 2]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
def test_no_text_is_beyond_comparing(one: str, other: str, title: str) -> None:
    like = likeness(said((title, one)), said((other, other + one)))
    assert 0 <= like.score <= 1
    assert len(traces(title, one, other)) <= 16
