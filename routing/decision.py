"""The values that go into the router and the Decision that comes out."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "consultation": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "report": "举报",
    "suggestion": "建议",
    "praise": "表扬",
    "other": "其他",
}
"""Kinds of ticket by code (rules.md, Words)."""

URGENCIES = {"normal": "一般", "urgent": "紧急", "utilities": "水电气热讯故障"}
"""Urgency by code: each has clocks of its own (rules.md, Clocks)."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A node of the three-level catalogue 事项; `path` holds the names from level 1 down to this one.

    `phrases` are what people call it, `examples` whole messages about it as they would come.
    """

    code: str
    name: str
    path: tuple[str, ...]
    parent: str | None = None
    phrases: tuple[str, ...] = ()
    kind: str | None = None
    urgency: str | None = None
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the gazetteer; `level` is city, district, township, community, road, landmark, estate or company."""

    code: str
    name: str
    level: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit 承办单位; `kind` is city, district, department, enterprise, township or community."""

    code: str
    name: str
    kind: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Responsibility:
    """A row of the 权责清单: matter × place (each a code at any level of its tree) → lead and assisting units."""

    matter: str
    place: str
    lead: str
    assisting: tuple[str, ...] = ()
    legal_basis: str = ""


ALARMS = {
    "life": "危及生命",
    "self_harm": "有轻生表示",
    "minor": "涉及未成年人",
    "crowd": "群体性事件",
    "outage": "水电气热讯中断",
}
"""What sounds an alarm on the desk, by code."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where on earth, in degrees; `datum` is wgs84 (satellites) or gcj02 (China's maps, and so WeChat's)."""

    latitude: float
    longitude: float
    datum: str = "wgs84"


@dataclass(frozen=True, slots=True)
class Message:
    """What a citizen said. `place` and `kind` are what the citizen or the agent filled in, if anything.

    `turns` are a call's, as (role, text): agent, citizen or unknown; `content` is then what the citizen said.
    """

    content: str
    title: str = ""
    place: str = ""
    kind: str | None = None
    turns: tuple[tuple[str, str], ...] = ()
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible unit with the matter and place that lead to it; `confidence` is within 0..1."""

    unit: str
    matter: str
    place: str | None
    confidence: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The router's verdict. `unit` is None where nobody is responsible; `candidates` are the next three.

    `confidence` is how sure the unit is, whatever the matter: see routing.router. `reject_reason` is a proposal for
    people to decide on: litigation, petition, state_secret or emergency. `advice` is for the person who wrote.
    `alarms` are codes of ALARMS that a person must see at once. `question` is what to ask the person where the place
    decides and is not known.

    `reasons` are Chinese sentences a dispatcher would accept. `accused` are the units a 举报 is about: they must
    not receive it. All codes are codes of the values the router was made with.
    """

    kind: str
    urgency: str
    matter: str | None
    place: str | None
    unit: str | None
    assisting: tuple[str, ...] = ()
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    accused: tuple[str, ...] = ()
    advice: str = ""
    reject_reason: str | None = None
    alarms: tuple[str, ...] = ()
    question: str = ""
