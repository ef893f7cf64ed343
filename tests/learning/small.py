"""A model in no time: a few sentences of our own about wages and about water, and the same as a file."""

from __future__ import annotations

from functools import cache

from hotline import db
from hotline.knowledge import matters_in_force
from hotline.learning import training
from hotline.rights import SYSTEM
from routing.learning import Example

WAGES, WATER = "05", "01"
_WHO = (
    "工地的老板",
    "饭店的老板",
    "保安公司",
    "物业的经理",
    "厂里的领导",
    "包工头",
    "装修公司",
    "快递站点",
    "培训机构",
    "超市",
)
_WHERE = ("东门小区", "西街", "河边的楼", "老家属院", "学校旁边", "新村", "六栋", "菜市场", "南苑", "山上的院子")
EXAMPLES = [
    *(Example(WAGES, f"{who}拖欠工资不给，工人讨薪{n}次了，劳动合同也没有签") for n, who in enumerate(_WHO, 2)),
    *(Example(WAGES, f"{who}让员工天天加班，没有加班费，社保也不交") for who in _WHO),
    *(Example(WATER, f"{where}停水好几天了，自来水管爆裂没有人来修") for where in _WHERE),
    *(Example(WATER, f"{where}的下水道堵了，路灯也不亮，物业不管") for where in _WHERE),
]


@cache
def _trained() -> training.Trained:
    """Trained once a process: the same examples give the same model."""
    with db.reading() as session:
        return training.train(EXAMPLES, matters_in_force(session))


def keep_one(source: str = "小样本") -> int:
    """Keep a model under the next version, which it returns."""
    with db.transaction() as session:
        return training.keep(session, SYSTEM, _trained(), source, matters_in_force(session)).version


def as_tsv() -> str:
    """The examples as a file without a header."""
    return "".join(f"{each.label}\t{each.text}\n" for each in EXAMPLES)
