"""Invented messages of three categories and two leaves, enough to learn from."""

from __future__ import annotations

from routing.learning import Example
from tests.routing.city import MATTERS

_SAID = {
    "01": (
        "小区{}的路灯坏了没人修",
        "{}门口下水道堵了污水漫上来",
        "物业公司在{}乱收费业主很生气",
        "{}的自来水管道破裂停水",
    ),
    "04": ("{}小学乱收补课费", "{}中学老师体罚学生", "教育局什么时候公布{}的学区划分", "{}幼儿园学费太贵家长不满"),
    "05": ("{}工地拖欠农民工工资", "在{}上班单位不交社保", "{}的养老金退休手续怎么办理", "{}老板不签劳动合同"),
}
_WHERE = ("河湾", "青石", "柳树街", "东门", "北坡", "新桥", "白沙", "云峰")

EXAMPLES = [
    Example(label, sentence.format(where))
    for label, sentences in _SAID.items()
    for sentence in sentences
    for where in _WHERE
]
"""32 of each of the categories 01, 04, 05; each sentence eight times with another name in it."""

LEAVES = [each for each in MATTERS if each.code.startswith("04-") and len(each.code) == len("04-01-01")][:2]
DEEP = [
    *(each for each in EXAMPLES if each.label != "04"),
    *(Example(LEAVES[0].code, f"{where}小学课后乱收补课费,家长意见大") for where in _WHERE),
    *(Example(LEAVES[1].code, f"{where}中学老师打骂学生,要求道歉") for where in _WHERE),
]
"""The same with leaves in place of 04."""
