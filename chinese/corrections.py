"""Slips of the tongue put right: 白云区,哦不对,是乌当区 → 乌当区. What was meant stays, what was not goes.

Three ways of correcting oneself are known: naming both (不是白云,是乌当), going back (白云区,说错了,乌当区), and saying
a clause again with another word in it (停水,哦不对,是停电). A contrast is no correction: 不是我不交,是他们不收 stays,
and so do 不是…就是… and 是不是. Only what was said before is changed: what follows knows better.

Where names stand is asked of whoever knows them: `find` gives their spans; without it, words that end like a road or a
district count. Every repetition is bounded, and so is the number of corrections, each of which reads the text again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice

from chinese.speech import HAN, PAUSE

Spans = Sequence[tuple[int, int]]
Find = Callable[[str], Spans]
PutRight = Callable[[str, re.Match[str], Find], tuple[str, int]]

_SUFFIX = "街道|大道|社区|小区|花园|广场|区|县|市|镇|乡|路|街|巷|村"
_LIKE_A_PLACE = re.compile(rf"(?:(?<=[在住到是从去])|(?<![{HAN}]))(?:(?![在住到是从去不])[{HAN}]){{1,6}}?(?:{_SUFFIX})")

_STOP = r"。.!?;\uff01\uff1f\uff1b"
_HUM = f"[哦啊噢呃嗯额唉哎{PAUSE}]{{0,6}}+"
_WRONG = rf"(?:不对|不是(?=[{PAUSE}{_STOP}]|应该)|说错了?|[讲错搞弄记]错了|错了|口误)"
_SLIP = re.compile(
    rf"[{PAUSE}{_STOP}]{_HUM}(?:我|刚才|刚刚){{0,2}}{_WRONG}[了啊哈哦]?(?:{_HUM}{_WRONG}){{0,3}}[{PAUSE}{_STOP}]{{0,3}}"
    "(?:应该|其实)?[是在叫到]{0,2}(?![不否])"
)
_TAIL = re.compile("[的那这边里头上哈啊吧呢嘛]{0,4}")
_DENIED = re.compile(r"(?<![是要可岂])(?:我?说的)?(?:不是|不在|并非|不属于)[说指在]?")
_BUT = re.compile(rf"([{HAN}]{{0,6}}?)[{PAUSE}]{{0,3}}(?:而是|应该是|是|在|属于)[说指在]?")

_NOT_BUT = re.compile(
    rf"(?:我说的)?(?<![是要可岂])不是([{HAN}]{{2,10}}?)[{PAUSE}]{{1,3}}而?是(?!不|否)([{HAN}]{{2,10}}?)"
    rf"(?=[^{HAN}]|\Z|[的那这呢啊吧嘛了哦有在呀])"
)
_NO_NAME = re.compile("[我你他她它们人谁不没未别只]|^[说想要因为了怕光所每单]")
_KINDS = frozenset(("投诉", "举报", "咨询", "求助", "建议", "表扬", "反映"))
_WISHED = "(?<=[想要来是])"

_MOST = 20
_NEAR, _NEXT = 40, 40
"""Characters before a slip in which the wrong name stands, and after it in which the right one does."""


def corrected(text: str, context: str = "", find: Find | None = None) -> str:
    """The text with slips put right, as written otherwise.

    `context` is all that was said, by whomever: 不是X,是Y corrects a word that was said before, where X is no name.
    `find(text)` gives the spans of the names in a text, in order and apart.
    """
    if not any(sign in text for sign in _SIGNS):
        return text
    text = _words(text, context or text)
    for finder in (find, _places) if find else (_places,):
        text = _each(text, _SLIP, _gone_back, finder)
        text = _each(text, _DENIED, _denied, finder)
    return _said_again(text)


_SIGNS = ("不是", "不在", "不对", "错了", "说错", "并非", "口误", "不属于")


def _places(text: str) -> Spans:
    return [match.span() for match in _LIKE_A_PLACE.finditer(text)]


def _each(text: str, pattern: re.Pattern[str], put_right: PutRight, find: Find) -> str:
    at = 0
    for _ in range(_MOST):
        if not (sign := pattern.search(text, at)):
            break
        text, at = put_right(text, sign, find)
    return text


def _gone_back(text: str, slip: re.Match[str], find: Find) -> tuple[str, int]:
    """`在白云区,哦不对,是乌当区` → `在乌当区`; with more between the name and the slip, both clauses stay."""
    left = max(0, slip.start() - _NEAR)
    said, meant = _joined(find(text[left : slip.start()])), _joined(find(text[slip.end() : slip.end() + _NEXT]))
    if not said or not meant or meant[0][0] != 0:
        return text, slip.end()
    start, end = left + said[-1][0], left + said[-1][1]
    right = text[slip.end() : slip.end() + meant[0][1]]
    before, tail = text[:start].replace(text[start:end], right), text[end : slip.start()]
    if not _TAIL.fullmatch(tail):
        before += f"{right}{tail},"
    return before + text[slip.end() :], len(before)


def _denied(text: str, denial: re.Match[str], find: Find) -> tuple[str, int]:
    """`在白云的路。不是白云,是乌当` → `在乌当的路。是乌当`, and the denied name goes even where it is new."""
    after = text[denial.end() : denial.end() + _NEXT]
    names = _joined(find(after))
    known = next(iter(names), None) if names and names[0][0] == 0 else None
    contrast = _BUT.match(after, known[1] if known else 0)
    right = next((name for name in names if contrast and name[0] == contrast.end()), None)
    if not contrast or not right or not (known or _may_be_name(contrast[1])):
        return text, denial.end()
    before = text[: denial.start()]
    if known:
        before = before.replace(after[: known[1]], after[slice(*right)])
    before += "在" if "在" in denial[0] else "是"
    return before + text[denial.end() + right[0] :], len(before)


def _may_be_name(word: str) -> bool:
    return 2 <= len(word) <= 4 and not _NO_NAME.search(word)


def _joined(spans: Spans) -> list[tuple[int, int]]:
    """Names that touch are one: 白云区沙文镇."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _words(text: str, context: str) -> str:
    """不是X,是Y, where X is no name: said before, it is corrected; 不是投诉,是咨询 is meant without that too."""
    for found in islice(_NOT_BUT.finditer(text), _MOST):
        wrong, right = found[1], found[2]
        if wrong in _KINDS and right in _KINDS:
            text = _put_right(text, found[0], right, rf"{_WISHED}{wrong}")
        elif not _NO_NAME.search(wrong + right[:1]) and context.count(wrong) > text.count(found[0]):
            text = _put_right(text, found[0], right, wrong)
    return text


def _put_right(text: str, correction: str, right: str, wrong: str) -> str:
    before, _, after = text.partition(correction)
    return re.sub(wrong, right, before) + ("" if before.endswith("是") else "是") + right + after


_CLAUSE = rf"[^{PAUSE}{_STOP}]"
_BREAK = re.compile(f"[{PAUSE}{_STOP}]")
_NEXT_CLAUSE = re.compile(rf"{_CLAUSE}{{2,8}}")


def _said_again(text: str) -> str:
    """停水了,哦不对,是停电了: a clause that is said again half as it was takes the place of the first."""
    parts, done = [], 0
    for slip in islice(_SLIP.finditer(text), _MOST):
        last = _BREAK.split(text[done : slip.start()][-20:])[-1]
        again = _NEXT_CLAUSE.match(text[slip.end() : slip.end() + 8])
        if again and _alike(last[-len(again[0]) :], again[0]):
            parts.append(text[done : slip.start() - min(len(last), len(again[0]))])
            done = slip.end()
    return "".join(parts) + text[done:]


def _alike(one: str, other: str) -> bool:
    """At least half of the characters are the same, each at its place, and not all."""
    same = sum(a == b for a, b in zip(one, other, strict=False))
    return len(other) <= 2 * same < 2 * len(other)
