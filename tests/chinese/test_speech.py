"""Fillers of speech: out where they fill a pause, in where they are words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinese import fluent, normalise
from chinese.caller import nameless

SPOKEN = st.text(st.sampled_from("嗯呃喂啊,，。?那这个我我们就是说然后呢停水 \n[捂脸]x")) | st.text()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("嗯，那个，我家停水了，就是说，停了两天了，然后呢，物业不管", "我家停水了，停了两天了，物业不管"),
        ("呃我想问一下", "我想问一下"),
        ("停嗯水了", "停水了"),
        ("喂喂，你好，那个我想反映一下", "你好，我想反映一下"),
        ("你知道吧，这个路啊，烂得很，是吧", "这个路啊，烂得很"),
        ("我跟你讲，路灯坏了。怎么说呢，一个月了", "路灯坏了。一个月了"),
        ("我我我家这个这个小区没水", "我家这个小区没水"),
        ("他们他们不管", "他们不管"),
        ("气死了[捂脸][大哭]怎么办", "气死了 怎么办"),
        ("余额，额，不够", "余额，不够"),
    ],
)
def test_what_fills_a_pause_goes(said: str, meant: str) -> None:
    assert fluent(said) == meant
    assert fluent(normalise(said)) == normalise(meant)


@pytest.mark.parametrize(
    "text",
    [
        "那个人在这个小区偷东西",
        "我要那个，不要这个",
        "余额不足，额度不够",
        "呃逆三天了",
        "喂养流浪狗的人",
        "然后他走了",
        "他的意思就是说不给退",
        "不是停水，就是停电",
        "是不是要缴费",
        "天天堵，看看办法，想想办法",
        "我是租户 水管漏水 房东不管",
        "[附件]见后",
        "第一段\n第二段",
    ],
)
def test_the_same_words_stay_where_they_say_something(text: str) -> None:
    assert fluent(text) == text


def test_words_that_a_recogniser_spaced_out_are_closed_up() -> None:
    assert fluent("停 水 两 天 了") == "停水两天了"
    assert fluent("小区 停水 两天 了") == "小区停水两天了"


@pytest.mark.parametrize("text", ["", "嗯", "嗯嗯，呃。喂喂。", "那个，就是说，然后呢。", "😡", "\ud800", "\0"])
def test_nothing_but_fillers_is_nothing(text: str) -> None:
    assert fluent(normalise(text)) == ""


@given(SPOKEN)
def test_taking_fillers_out_twice_is_taking_them_out_once(text: str) -> None:
    once = fluent(text)
    assert fluent(once) == once


@given(SPOKEN)
def test_no_word_is_invented_and_the_order_stays(text: str) -> None:
    rest = iter(text)
    assert all(sign in rest or sign.isspace() for sign in fluent(text) if not sign.isspace())


def test_who_tells_their_name_is_somebody_everywhere_in_the_text() -> None:
    assert nameless("您好，我叫周小禾，路灯坏了。联系人周小禾") == "您好，我叫某人，路灯坏了。联系人某人"
    assert nameless("我的名字叫欧阳明") == "我的名字叫某人"
    assert nameless("我叫的车没有来，王家巷的路灯坏了") == "我叫的车没有来，王家巷的路灯坏了"
