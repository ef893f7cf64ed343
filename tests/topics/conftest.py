"""A city in which people talk: some every day of this and that, and many of one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hotline import db, desk
from hotline.intake.inquiry import Inquiry
from hotline.knowledge import midnight, today
from hotline.models import Ticket
from hotline.rights import Actor
from hotline.topics.going_round import topics_round
from tests.hotline.city import AGENT
from tests.hotline_fixtures import Web, database, postgres_template, sqlite_template, web

__all__ = ["database", "postgres_template", "sqlite_template", "web"]

MANAGER = Actor("staff:9005", "管理者", frozenset({"manager"}))

DAILY = (
    "修文县龙场镇的路灯坏了三盏，晚上看不见路",
    "想问一下异地医保报销要带什么材料",
    "息烽县永靖镇的公交车一个小时才来一趟",
    "白云区某小学门口放学时车停得乱七八糟",
    "公司欠我两个月工资一直不发",
    "开阳县城关镇的垃圾两天没有人收",
    "花溪区某小区的电梯经常停在半路",
    "办居住证需要等多少天",
    "清镇市的自来水有一股味道",
    "乌当区东风镇有人占道摆摊卖菜",
)
"""What people say every day: own sentences, none like another."""

PLANT = (
    ("云锦台旁边搅拌站噪音扰民", "观山湖区云锦台小区旁边新建了混凝土搅拌站，夜里机器轰鸣，全家睡不着"),
    ("投诉云锦台小区附近的搅拌站", "搅拌站离观山湖区云锦台小区不到五十米，灰尘和噪音都很大"),
    ("云锦台搅拌站粉尘噪音太大", "观山湖区云锦台的业主不敢开窗，搅拌站粉尘飘进屋里，机器通宵响"),
    ("云锦台小区旁建搅拌站合法吗", "请查一查观山湖区云锦台小区旁边的搅拌站有没有手续，噪音吵得人头疼"),
    ("请管管云锦台的搅拌站", "观山湖区云锦台小区外面的搅拌站凌晨还在生产，噪音粉尘影响老人孩子"),
    ("云锦台搅拌站什么时候搬走", "住在观山湖区云锦台，搅拌站的噪音和灰尘几个月了没人管"),
    ("云锦台附近搅拌站夜间施工", "观山湖区云锦台附近搅拌站夜里施工，大车进进出出，噪音不断"),
    ("反映云锦台搅拌站污染", "观山湖区云锦台旁边搅拌站污染空气，噪音扰民，希望关停"),
)
"""One plant beside one estate, in the words of eight people."""

Say = Callable[..., Ticket]


@pytest.fixture
def now(web: Web) -> datetime:
    """This moment by the database's clock."""
    with db.reading() as session:
        return db.now(session)


@pytest.fixture
def said_on(now: datetime) -> Callable[[int], datetime]:
    """A function: an instant so many days ago, the present one for none; never in the future."""

    def instant(days_ago: int) -> datetime:
        return min(now, midnight(today(now) - timedelta(days=days_ago)) + timedelta(minutes=1))

    return instant


@pytest.fixture
def say(web: Web, said_on: Callable[[int], datetime]) -> Say:
    """A function that makes a ticket: `say(content, days_ago=3, title=…, sender=…)`; without a sender each is new."""
    count = iter(range(1_000_000))

    def make(content: str, days_ago: int = 0, who: Actor = AGENT, **more: Any) -> Ticket:
        number = next(count)
        fields: dict[str, Any] = {"sender": f"caller {number}", "received_at": said_on(days_ago)} | more
        inquiry = Inquiry("web", f"m{number}", content, "web", **fields)
        with db.transaction() as session:
            return desk.open_ticket(session, inquiry, who, hold=True).ticket

    return make


@pytest.fixture
def everyday(say: Say) -> Callable[..., None]:
    """A function that gives the city a past: two of the daily sentences on each of so many days."""

    def fill(days: int = 30, until: int = 8) -> None:
        for day in range(days):
            for part in (0, 1):
                say(f"{DAILY[(2 * day + part) % len(DAILY)]}，这是第 {day} 天", days_ago=until + day)

    return fill


def speak_of_the_plant(say: Say, count: int, days_ago: int = 0, first: int = 0) -> list[Ticket]:
    """`count` people tell of the plant on one day."""
    told = [PLANT[(first + n) % len(PLANT)] for n in range(count)]
    return [say(content, days_ago=days_ago, title=title) for title, content in told]


def go_round() -> int:
    """A round of topics."""
    return topics_round()


def days_back(now: datetime, days: int) -> date:
    """The day so many days ago."""
    return today(now) - timedelta(days=days)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings that a test changes; they are read again."""
    yield monkeypatch
    db.forget()
