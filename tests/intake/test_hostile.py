"""Hostile text: each pattern of the intake, and what it is made of, goes through 100 kB without blowing up.

The guard is a budget of processor time far above the need (some hundred milliseconds for all) and far below what
a pattern that backtracks takes (hours): it ends a hang, it does not measure.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from types import FrameType

import pytest

import chinese.text
from chinese import caller, corrected, corrections, speech, spoken
from hotline.intake import fields, nodes, phone, said, sheets, spreadsheet, vendors, wechat
from hotline.intake.inquiry import InvalidInput, Turn
from hotline.intake.web import inquiry_of_form
from routing import summary

MODULES = (
    caller,
    corrections,
    speech,
    spoken,
    summary,
    chinese.text,
    fields,
    nodes,
    phone,
    said,
    sheets,
    spreadsheet,
    vendors,
    wechat,
)
PATTERNS = {
    f"{module.__name__.rsplit('.', 1)[1]}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}
SIZE = 100_000
HOSTILE = [
    (seed * (SIZE // len(seed) + 1))[:SIZE] + end
    for seed in (
        *(
            "不是",
            "不是白云",
            "不是白云，是",
            "是不是",
            "白云区哦不对",
            "区",
            "在区",
            "在花溪区",
            "我叫王",
            "我姓",
            "王",
        ),
        *(
            "嗯",
            "啊，",
            "喂。",
            "电话",
            "1",
            "12:34:",
            "[1:23] ",
            "坐席",
            "坐席：",
            "查询 ",
            "查询 A ",
            " ",
            "\n",
            "\u3000",
        ),
        *("0-", "2019-", "转1", "(", "((", "他的电话", "物业", "我反映一下", "反映", "请您", "，", "。", "=", "1 "),
    )
    for end in ("", "x")
]


@pytest.fixture(autouse=True)
def _budget() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        pytest.fail("a hang on hostile text")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 30)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_pattern_backtracks_without_bound_on_100_kb(name: str) -> None:
    for text in HOSTILE:
        PATTERNS[name].match(text)
        PATTERNS[name].fullmatch(text)
        for _ in PATTERNS[name].finditer(text):
            pass


def test_all_that_is_taken_from_a_call_survives_100_kb_of_each_hostile_text() -> None:
    for text in HOSTILE[::3]:
        turns = (Turn(1, "citizen", 0, 1, text),)
        assert len(said.title_said(text)) <= said.TITLE_LENGTH
        said.name_said(turns)
        said.place_said(text)
        corrected(text, text)
        said.callback_said(text)


def test_every_edge_answers_hostile_text_with_an_inquiry_or_an_invalid_input() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    for text in HOSTILE[::7]:
        message = wechat.WeChatMessage("text", "a", "b", now, "1", text)
        assert wechat.reply_xml(message, text, now)
        assert wechat.query_code(message) is None or not wechat.inquiry_of_message(message)
        assert fields.instant(text) is None
        with pytest.raises(InvalidInput):
            inquiry_of_form({"content": text, "phone": text, "name": text}, "x")
