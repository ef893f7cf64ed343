"""What the words around a place's name make of it: where it happened, where the person lives, or no place at all."""

from __future__ import annotations

import re

ROLE_WEIGHT = {"happened": 1.5, "named": 1.0, "institution": 0.6, "works": 0.6, "lives": 0.4, "denied": 0.0}
"""What a mention counts by its surroundings (our judgement, checked by the tests' sentences)."""

ROLE_REASON = {
    "happened": "“{}”说的是事发地",
    "works": "“{}”是来件人工作的地方",
    "lives": "“{}”是来件人的住处或身份",
}

REACH = 14
"""So many characters before and after a name are looked at."""

_CLAUSE = r"[^,，。;；!！?？\s]"
_WHAT = r"(?:区|市|县|镇|村)?"
AFTER_LIVING = re.compile(_WHAT + r"(?:这边|那边)?的?(?:人(?![民社大才行均力])|户口|户籍|籍|打工)")
AFTER_WORKING = re.compile(_WHAT + r"(?:这边|那边)?的?" + _CLAUSE + r"{0,6}?(?:上班|工作)(?!人员|日|时间|单位|室|群)")
BEFORE_LIVING = re.compile(
    r"(?:住在?|住址[是为:：]?|(?<!大)家(?:是|就?在)|老家[是在]?|户籍|户口|籍贯|来自|我是|本人是?)"
    + _CLAUSE
    + r"{0,6}\Z"
)
AFTER_HAPPENED = re.compile(
    _CLAUSE
    + r"{0,4}?(?:路段|路上|路口|路边|附近|门口|旁|对面|境内|辖区|公交站|交叉口|工地|门前|沿线|楼下|隧道|桥下|立交)"
)
BEFORE_HAPPENED = re.compile(
    r"(?:(?<!住)在|位于|地处|发生于|发生在|事发地?[是为在:：]?|地点[是为在:：]?|地址[是为在:：]?|途经|经过|路过|沿着?|坐落)\Z"
)
AFTER_INSTITUTION = re.compile(
    r"(?:区|市|县)?(?:人民)?(?:政府|法院|检察院|公安|派出所|管委会|信访|纪委|" + _CLAUSE + r"{1,6}局)"
)
BEFORE_DENIED = re.compile(r"(?<!是)(?:(?:并|又|而)?不(?:是|在|属于?|归)|并非|没在)(?:在|说)?(?:我们)?\Z")
BEFORE_SHY = re.compile(r"(?:[在住到去从是]|位于|来自)\Z")
AFTER_SHY = re.compile(r"(?:这边|那边|这里|那里|这儿|那儿|街上|镇上|片区|一带|这块|那块)")
AFTER_BEING_THERE = re.compile(r"(?:[,，。;；!！?？\s]|\Z|的(?:一家|一个|某))")


def role(text: str, start: int, end: int) -> str:
    """What the few characters right before and after text[start:end] make of the name that stands there."""
    before, after = text[max(0, start - REACH) : start], text[end : end + REACH]
    if BEFORE_DENIED.search(before):
        return "denied"
    if AFTER_INSTITUTION.match(after):
        return "institution"
    happened_after = AFTER_HAPPENED.match(after)
    if AFTER_WORKING.match(after):
        return "works"
    if AFTER_LIVING.match(after) or (BEFORE_LIVING.search(before) and not happened_after):
        return "lives"
    return "happened" if happened_after or BEFORE_HAPPENED.search(before) else "named"


def is_place(text: str, start: int, end: int, *, district: bool) -> bool:
    """Whether a name that is also a word stands for the place here: 白云那边 is one, 蓝天白云 is none."""
    before, after = text[max(0, start - REACH) : start], text[end : end + REACH]
    if AFTER_SHY.match(after):
        return True
    return district and bool(BEFORE_SHY.search(before) and AFTER_BEING_THERE.match(after))
