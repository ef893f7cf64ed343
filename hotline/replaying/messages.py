"""What invented citizens say: an example message of the catalogue, set in a place of the city, in a person's own words.

Everything is made of the house's own catalogue, places and units; nobody in it lives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from hotline.intake.inquiry import Inquiry
from hotline.knowledge import Knowledge
from hotline.replaying.scenario import Scenario
from routing.decision import Matter, Place, Responsibility

SPOKEN_LEVELS = ("township", "road", "landmark", "estate", "company", "community")
OPENINGS = (
    "{place}：{said}",
    "我住在{place}，{said}",
    "反映{place}的一个情况。{said}",
    "{said}。地点在{place}。",
    "你好，我是{place}这边的群众。{said}",
    "位置：{place}。{said}",
    "{place}附近，{said}",
    "在{place}遇到这么个事：{said}",
)
LENGTHS = (
    "",
    "",
    "",
    "这种情况有{count}天了。",
    "前后已经有{count}天。",
    "上个月就跟人说过。",
    "昨天又去看了，还是老样子。",
)
WISHES = (
    "",
    "",
    "请尽快处理。",
    "盼回复，谢谢。",
    "希望有人来看一看。",
    "请给个准话。",
    "麻烦转给管事的单位。",
    "能不能早点解决？",
)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
TITLES = ("先生", "女士", "师傅", "同学", "阿姨")


@dataclass(frozen=True, slots=True)
class Task:
    """A leaf of the catalogue and a place (a district or the city) for which a unit answers; `by_hand` where the list
    of responsibilities names it as an assisting unit only.
    """

    matter: Matter
    place: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One message and what it is about."""

    inquiry: Inquiry
    task: Task


class Citizens:
    """Who may write what, to which unit's business."""

    def __init__(self, know: Knowledge, scenario: Scenario, tickets: int) -> None:
        """Read the list of responsibilities backwards: from the unit to what it is responsible for."""
        self.know, self.scenario = know, scenario
        self.people = max(1, round(tickets * scenario.behaviour["people_per_ticket"]))
        self.spoken = _spoken_places(know)
        self.tasks = _tasks(know)

    def task(self, unit: str, draw: Random) -> Task:
        """Something that the unit answers for, its kinds as frequent as the scenario has them."""
        by_kind = self.tasks[unit]
        kinds = sorted(by_kind)
        [kind] = draw.choices(kinds, [self.scenario.kinds.get(kind, 0.001) for kind in kinds])
        return draw.choice(by_kind[kind])

    def say(self, unit: str, key: str, draw: Random) -> Said:
        """A message about something of the unit's; `key` is its external id."""
        task = self.task(unit, draw)
        place = draw.choice(self.spoken[task.place])
        [channel] = draw.choices(self.scenario.channels, [each["share"] for each in self.scenario.channels])
        content = _content(task, self.know.place_name(place.code), self._operator(unit, task), draw)
        person = draw.randrange(self.people)
        inquiry = Inquiry(
            channel=channel["channel"],
            external_id=key,
            content=content,
            source=channel["source"],
            name=SURNAMES[person % len(SURNAMES)] + TITLES[person // 7 % len(TITLES)],
            phone=f"139{person:08d}",
            place=self.know.place_name(place.code) if draw.random() < 0.85 else "",
            kind=task.matter.kind or "help",
            confidential=draw.random() < 0.02,
            sender=_sender(channel, person),
        )
        return Said(inquiry, task)

    def _operator(self, unit: str, task: Task) -> str:
        named = task.by_hand and self.know.units[unit].kind == "enterprise"
        return f"是{self.know.unit_name(unit)}的。" if named else ""


def _sender(channel: Mapping[str, Any], person: int) -> str:
    return f"replayed-{person}" if channel["channel"] == "wechat" else ""


def _content(task: Task, place: str, operator: str, draw: Random) -> str:
    said = draw.choice(task.matter.examples).rstrip("。")
    parts = (draw.choice(OPENINGS).format(place=place, said=said), operator, draw.choice(LENGTHS), draw.choice(WISHES))
    text = "".join(part if part.endswith(("。", "？", "！")) or not part else f"{part}。" for part in parts)
    return text.replace("{count}", str(draw.randint(3, 60)))


def _tasks(know: Knowledge) -> dict[str, dict[str, list[Task]]]:
    """Unit → kind → what it answers for, of the leaves that have examples of what people say."""
    rows = {(row.matter, row.place): row for row in know.responsibilities}
    districts = [place.code for place in know.places_in_force.values() if place.level == "district"]
    found: dict[str, dict[str, list[Task]]] = defaultdict(lambda: defaultdict(list))
    helping: dict[str, dict[str, list[Task]]] = defaultdict(lambda: defaultdict(list))
    for matter in know.matters_in_force.values():
        for place in districts if matter.examples else ():
            row = _responsible(know, rows, matter, place)
            if row is None:
                continue
            kind = matter.kind or "help"
            found[row.lead][kind].append(Task(matter, place))
            for unit in row.assisting:
                helping[unit][kind].append(Task(matter, place, by_hand=True))
    return {unit: dict(found.get(unit) or helping[unit]) for unit in {*found, *helping}}


def _responsible(
    know: Knowledge, rows: Mapping[tuple[str, str], Responsibility], matter: Matter, place: str
) -> Responsibility | None:
    """Deeper matter first, then deeper place, as the router looks it up."""
    for code in know.matter_tree.ancestors(matter.code):
        for where in know.place_tree.ancestors(place):
            if (code, where) in rows:
                return rows[code, where]
    return None


def _spoken_places(know: Knowledge) -> dict[str, Sequence[Place]]:
    """District → places in it that people name."""
    found: dict[str, list[Place]] = defaultdict(list)
    for place in know.places_in_force.values():
        if place.level in SPOKEN_LEVELS:
            for code in know.place_tree.ancestors(place.code):
                found[code].append(place)
    districts = [place for place in know.places_in_force.values() if place.level == "district"]
    return {place.code: found[place.code] or [place] for place in districts}
