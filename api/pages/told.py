"""A ticket's history as the desks read it: each event with its facts in Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from hotline.clocks import LEVEL_NAMES
from hotline.desk.hotline_acts import LEVELS
from hotline.intake.inquiry import SOURCES
from hotline.kinds import KINDS
from hotline.knowledge import Knowledge
from hotline.lifecycle import ACTION_NAMES, REJECT_REASONS, Action
from routing.decision import URGENCIES
from sla import words
from sla.values import CLOCKS

_REPLIES = (Action.RESOLVE, Action.ANSWER)
"""Their text is the public reply, which stands on the page in a place of its own."""

_CLOSED = ACTION_NAMES[Action.CLOSE]
CANCELLED = "销号"
"""What a meeting calls the closing of a task that it gave."""

_DECIDED = {
    Action.DECIDE_RETURN: "退单",
    Action.DECIDE_EXTENSION: "延期",
    Action.DECIDE_SUSPENSION: "挂账",
    Action.DECIDE_EXCLUSION: "不计入考核",
}
"""What was agreed to, or not."""

_YES = {True: "是", False: "否"}


def moments(know: Knowledge, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a timeline, newest first, from hotline.timeline.events_view."""
    kind = events[0]["data"].get("kind") if events else None
    told = [_moment(know, event) for event in reversed(events)]
    return [each | {"title": CANCELLED} if kind == "assignment" and each["title"] == _CLOSED else each for each in told]


def _moment(know: Knowledge, event: Mapping[str, Any]) -> dict[str, Any]:
    data = event["data"]
    escalation = event["action"] == Action.ESCALATE
    return {
        "at": datetime.fromisoformat(event["at"]),
        "title": _title(event["action"], event["name"], data),
        "actor": "系统" if escalation else event["by"],
        "text": "" if event["action"] in _REPLIES else event["text"],
        "facts": list(_facts(know, event["action"], data)),
        "tone": ("soon" if data["level"] == "warn" else "breached") if escalation else "",
    }


def _title(action: str, name: str, data: Mapping[str, Any]) -> str:
    match action:
        case Action.ESCALATE:
            return f"{LEVEL_NAMES[data['level']]}：{CLOCKS[data['clock']]}时限"
        case _ if action in _DECIDED:
            return f"{'同意' if data['approved'] else '不同意'}{_DECIDED[Action(action)]}"
        case Action.REVIEW:
            return f"{name}：{'通过' if data['passed'] else '退回再办'}"
        case Action.FOLLOW_UP if not data["answered"]:
            return f"{name}：没有联系上"
        case Action.RESUME if data.get("by_itself"):
            return f"{name}：期满自动恢复"
    return name


def _facts(know: Knowledge, action: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, label, read in _SHOWN.get(Action(action), ()):
        value = data.get(name)
        said = read(know, value) if value not in (None, [], "") else ""
        if said:
            yield label, said


_Read = Callable[[Knowledge, Any], str]


def _unit(know: Knowledge, code: str) -> str:
    return know.unit_name(code)


def _units(know: Knowledge, codes: list[str]) -> str:
    return "、".join(know.unit_name(code) for code in codes)


def _days(_: Knowledge, days: int) -> str:
    return f"{days} 个工作日"


def _deadline(know: Knowledge, at: str) -> str:
    return words.deadline(datetime.fromisoformat(at), know.calendar)


def _of(names: Mapping[Any, str]) -> _Read:
    return lambda _, code: names.get(code, str(code))


def _text(_: Knowledge, value: object) -> str:
    return str(value)


def _until(know: Knowledge, at: str) -> str:
    return words.deadline(datetime.fromisoformat(at), know.calendar)


def _moved(know: Knowledge, moved: list[dict[str, str]]) -> str:
    lines = (f"{CLOCKS[each['clock']]} {_until(know, each['from'])} → {_until(know, each['to'])}" for each in moved)
    return "；".join(lines)


def _files(_: Knowledge, digests: list[str]) -> str:
    return f"{len(digests)} 份"


_URGENT = {code: name for code, name in URGENCIES.items() if code != "normal"}
_KIND = (("kind", "类型", _of(KINDS)), ("urgency", "紧急程度", lambda _, code: _URGENT.get(code, "")))
_WHERE: tuple[tuple[str, str, _Read], ...] = (
    ("matter", "事项", lambda know, code: know.matter_path(code)),
    ("place", "地点", lambda know, code: know.place_name(code)),
)
_OPINION = (("solved", "解决", _of(_YES)), ("satisfied", "满意", _of(_YES)), ("level", "评分", _of(LEVELS)))

_SHOWN: Mapping[Action, tuple[tuple[str, str, _Read], ...]] = {
    Action.OPEN: (("source", "来源", _of(SOURCES)), *_KIND, *_WHERE, ("due_at", "来件期限", _deadline)),
    Action.DISPATCH: (("unit", "转给", _unit), ("assisting", "协办", _units), *_KIND, *_WHERE),
    Action.REJECT: (("reason", "原因", _of(REJECT_REASONS)),),
    Action.RETURN: (("proposed_unit", "建议转给", _unit),),
    Action.EXTEND: (("days", "申请", _days),),
    Action.DECIDE_EXTENSION: (("days", "天数", _days),),
    Action.FOLLOW_UP: _OPINION,
    Action.REOPEN: (("unit", "转给", _unit),),
    Action.MERGE: (("number", "并入", _text),),
    Action.ABSORB: (("number", "并入工单", _text),),
    Action.UNMERGE: (("number", "拆自", _text),),
    Action.RELEASE: (("number", "拆出的工单", _text),),
    Action.SUSPEND: (("days", "申请", _days), ("evidence", "材料", _files)),
    Action.DECIDE_SUSPENSION: (
        ("days", "天数", _days),
        ("until", "最迟恢复", _until),
    ),
    Action.SUPERVISE: (("days", "反馈期限", _days),),
    Action.EXCLUDE: (("evidence", "材料", _files),),
    Action.ESCALATE: (("party", "协办", _unit),),
    Action.RECOMPUTE: (("calendar", "日历版次", _text), ("moved", "变动", _moved)),
}
"""Action → (name of the datum, its label, how it is read)."""
