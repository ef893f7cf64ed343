"""What people spoke of most: the topics of hotline.topics with their counts against the usual."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.bulletins.shapes import Cell, Json, columns, row, section, table
from hotline.bulletins.stretches import Three
from hotline.knowledge import ZONE
from hotline.topics import Topic, hottest

MOST = 10
BASE = "期内内容相近的来件归为一个话题；平常人数按该事项、地点和星期的历史推算；热度高的在前"
HEADS = columns(
    ("name", "话题", "text"),
    ("place", "地点", "text"),
    ("count", "件数", "count"),
    ("callers", "人数", "count"),
    ("likes", "点赞", "count"),
    ("usual", "平常人数", "points"),
    ("growth", "为平常的", "text"),
    ("span", "最早至最近", "text"),
    ("units", "涉及单位", "text"),
)


def hot(session: Session, three: Three) -> Json:
    """The section 热点诉求."""
    scope = three.now.scope
    found = hottest(session, scope.first, scope.last, MOST)
    if not found:
        return section("hot", "热点诉求", why="本期没有多人反映的同一话题。")
    alike: Counter[str] = Counter()
    rows = []
    for each in found:
        code = f"topic:{each.name}:{each.place}"
        rows.append(row(f"{code}:{alike[code]}" if alike[code] else code, _cells(each)))
        alike[code] += 1
    return section("hot", "热点诉求", tables=[table(("topics", "热点话题", BASE), HEADS, rows)])


def _cells(topic: Topic) -> list[Cell]:
    usual: Cell = (
        None if topic.usual is None else {"text": f"{topic.usual:.1f}", "value": f"{topic.usual:.2f}", "of": None}
    )
    return [
        topic.name,
        topic.place or "—",
        topic.count,
        topic.callers,
        topic.likes,
        usual,
        None if topic.growth is None else f"{topic.growth:.1f} 倍",
        f"{_day(topic.first)}至{_day(topic.last)}",
        "、".join(topic.units) or "未定",
    ]


def _day(at: datetime) -> str:
    local = at.astimezone(ZONE)
    return f"{local.month}月{local.day}日"
