"""A city in which something was asked, answered well and closed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hotline import db, desk
from hotline.intake.inquiry import Inquiry
from hotline.lifecycle import Action
from hotline.rights import CITIZEN, Actor
from tests.hotline.city import DISPATCHER, FOLLOW_UP
from tests.hotline_fixtures import Web, database, postgres_template, sqlite_template, web

__all__ = ["database", "postgres_template", "sqlite_template", "web"]

ASKED = "我叫周小禾，住观山湖区云锦台小区3栋2单元501室，电话13800001234，想问异地医保报销要带什么材料"
REPLIED = "周小禾女士您好，异地就医报销请带身份证、发票和出院小结到市医保局窗口办理，可拨13800001234联系您。"
QUESTION = "异地医保报销要带什么材料？"
ANSWER = "请带身份证、发票和出院小结到市医保局窗口办理异地就医报销。"

UNIT_PERSON = Actor(
    "staff:1",
    "医保",
    frozenset({"unit_handler"}),
    "dept-medical-insurance",
    frozenset({"dept-medical-insurance"}),
)

Solved = Callable[..., str]


@pytest.fixture
def solved(web: Web) -> Solved:
    """A function that gives the number of a closed ticket: `solved(content, reply, good=False, confidential=True)`."""
    count = iter(range(1000))

    def make(content: str = ASKED, reply: str = REPLIED, good: bool = True, **more: object) -> str:
        fields = {"name": "周小禾", "phone": "13800001234", "place": ""} | more
        with db.transaction() as session:
            inquiry = Inquiry("web", f"a{next(count)}", content, "web", **fields)  # type: ignore[arg-type]
            number = desk.open_ticket(session, inquiry, CITIZEN, hold=True).ticket.number
        act(number, DISPATCHER, Action.DISPATCH, unit="dept-medical-insurance")
        act(number, UNIT_PERSON, Action.ACCEPT)
        act(number, UNIT_PERSON, Action.RESOLVE, result="已答复", public_reply=reply)
        act(number, DISPATCHER, Action.REVIEW, passed=True)
        act(number, FOLLOW_UP, Action.FOLLOW_UP, answered=True, solved=good, level=5 if good else 1)
        if not good:
            act(number, DISPATCHER, Action.CLOSE)
        return number

    return make


def act(number: str, actor: Actor, action: Action, **fields: object) -> None:
    """Do it, in a transaction of its own."""
    with db.transaction() as session:
        desk.perform(session, number, actor, action, fields)
