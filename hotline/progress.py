"""What the public may see of a ticket: status, unit, what happened in plain words, deadlines, public replies.

Read by code and digits, by anybody, often: a few narrow SELECTs and no rows as objects. Nothing of another person,
no internal text, no name of staff.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import JSON, Text, and_, bindparam, func, literal, null, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session

import chinese.spoken
from hotline import db, lifecycle, vault
from hotline.desk.hotline_acts import LEVELS
from hotline.errors import NotFound
from hotline.knowledge import Knowledge, knowledge, today
from hotline.lifecycle import Action, Status
from hotline.models import Citizen, Clock, Event, EventText, Reply, Ticket
from sla import values as sla

_TICKET, _CITIZEN, _EVENT, _TEXT, _CLOCK, _REPLY = (
    model.__table__.c for model in (Ticket, Citizen, Event, EventText, Clock, Reply)
)
_JOINED = Ticket.__table__.alias("joined")
_PARENT = _JOINED.c
"""Columns of the tables themselves: the mapped classes cost a third more here, and this is asked most of all."""

_FIND = (
    select(
        _TICKET.id,
        _TICKET.number,
        _TICKET.status,
        _TICKET.unit,
        _TICKET.cycle,
        _TICKET.received_at,
        _TICKET.evaluated,
        _TICKET.parent_id,
        _TICKET.policy,
        _TICKET.suspended_until,
        _CITIZEN.phone_tail_digest.label("tail"),
        _PARENT.status.label("parent_status"),
        _PARENT.unit.label("parent_unit"),
        _PARENT.cycle.label("parent_cycle"),
        _PARENT.suspended_until.label("parent_suspended_until"),
        type_coerce(func.now(), db.UTCDateTime()).label("now"),
    )
    .join_from(Ticket.__table__, Citizen.__table__, _CITIZEN.ticket_id == _TICKET.id)
    .outerjoin(_JOINED, _PARENT.id == _TICKET.parent_id)
    .where(or_(_TICKET.query_code_digest == bindparam("code"), _TICKET.number == bindparam("number")))
)

_NOTHING = null()

PROMISED = ("dispatch", "accept", "contact", "resolve", "follow_up")
"""Clocks that are the citizen's affair; who assists, reviews, decides or is supervised is the house's own."""

_STORY = union_all(
    select(
        literal("clock").label("what"),
        _CLOCK.id.label("place"),
        _CLOCK.due_at.label("at"),
        _CLOCK.name.label("word"),
        type_coerce(_NOTHING, JSON()).label("data"),
        type_coerce(_NOTHING, Text()).label("text"),
        _CLOCK.met_at.label("met_at"),
        _CLOCK.stopped_at.label("stopped_at"),
        _CLOCK.provisional.label("provisional"),
    ).where(
        _CLOCK.ticket_id == bindparam("source"),
        _CLOCK.cycle == bindparam("cycle"),
        _CLOCK.known_until.is_(None),
        _CLOCK.name.in_(PROMISED),
    ),
    select(
        literal("event"), _EVENT.seq, _EVENT.at, _EVENT.action, _EVENT.data, _TEXT.text, _NOTHING, _NOTHING, _NOTHING
    )
    .outerjoin_from(
        Event.__table__,
        EventText.__table__,
        and_(_TEXT.subject == _EVENT.subject, _TEXT.seq == _EVENT.seq, _EVENT.action == Action.EXTEND),
    )
    .where(_EVENT.subject == bindparam("subject")),
    select(literal("reply"), _REPLY.seq, _REPLY.at, _REPLY.unit, _NOTHING, _REPLY.public_reply, *(_NOTHING,) * 3).where(
        _REPLY.ticket_id == bindparam("source"), _REPLY.passed.is_(True)
    ),
)
"""Clocks, events and replies in one go: each SELECT of its own would cost as much as all three."""


class Found(NamedTuple):
    """A ticket that its citizen has proved to be theirs."""

    id: int
    number: str
    row: Any


def find(session: Session, code: str, phone_tail: str) -> Found:
    """The ticket of a query code (or a number) and the last four digits of the phone.

    Wrong code, wrong digits and no such ticket are the same NotFound, after the same work. A code alone opens only a
    ticket that came without a phone (WeChat): it holds 65 random bits. A number alone never does.
    """
    clean = vault.clean_query_code(code)
    row = _look_up(session, clean, code.strip())
    ticket_id, kept = (row.id, row.tail) if row else (0, None)
    said = vault.digest(f"{ticket_id}:{phone_tail.strip()}", "tail")
    right = hmac.compare_digest(said, kept or said[::-1])
    if row is None or not (right or (kept is None and clean)):
        raise _not_found()
    return Found(row.id, row.number, row)


def find_by_code(session: Session, code: str) -> Found:
    """The ticket of a query code alone, for a channel where the code was given (WeChat). Raises NotFound."""
    clean = vault.clean_query_code(code)
    row = _look_up(session, clean, "") if clean else None
    if row is None:
        raise _not_found()
    return Found(row.id, row.number, row)


def _look_up(session: Session, clean: str, number: str) -> Any:
    by_number = "" if clean or not (number.isascii() and number.isdigit()) else number
    return session.execute(_FIND, {"code": vault.digest(clean, "code"), "number": by_number}).first()


def _not_found() -> NotFound:
    return NotFound(
        "没有找到：请核对查询码（或编号）和手机号后四位",
        "not found: check the code (or number) and the last four digits",
    )


def progress_view(session: Session, found: Found) -> dict[str, Any]:
    """All that the public sees; of a merged ticket, the deadlines and replies of the one it joined."""
    row = found.row
    know, merged = knowledge(session, policy=row.policy), row.parent_id is not None
    source = {"source": row.parent_id, "cycle": row.parent_cycle} if merged else {"source": row.id, "cycle": row.cycle}
    story = session.execute(_STORY, source | {"subject": f"ticket:{row.id}"}).all()
    told: dict[str, list[Any]] = {"clock": [], "event": [], "reply": []}
    for each in sorted(story, key=lambda line: line.place):
        told[each.what].append(each)
    return {
        "number": row.number,
        "status": row.status,
        "status_name": lifecycle.STATUS_NAMES[Status(row.status)],
        "unit": know.unit_name(row.parent_unit if merged else row.unit),
        "received_at": row.received_at.isoformat(),
        "timeline": list(_told(know, told["event"])),
        "clocks": [_clock(each, row.now) for each in told["clock"]],
        "replies": [_reply(know, each) for each in reversed(told["reply"])],
        "evaluation": _evaluation(row, told["event"]),
        "can_withdraw": Status(row.status) in lifecycle.MOVES[Action.WITHDRAW],
        "can_urge": _can_urge(know, row, told["event"]),
        "suspended_until": _instant(row.parent_suspended_until if merged else row.suspended_until),
    }


def _can_urge(know: Knowledge, row: Any, events: Sequence[Any]) -> bool:
    """True while somebody has it in hand who was not urged as often today as the policy allows."""
    urged = sum(each.word == Action.URGE and today(each.at) == today(row.now) for each in events)
    most = know.policies[row.policy].guards.urges_per_day
    return Status(row.status) in lifecycle.MOVES[Action.URGE] and urged < most


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _clock(row: Any, now: datetime) -> dict[str, Any]:
    running = row.met_at is None and row.stopped_at is None
    return {
        "clock": row.word,
        "name": sla.CLOCKS[row.word],
        "due_at": row.at.isoformat(),
        "provisional": row.provisional,
        "state": clock_state(row.at, row.met_at, row.stopped_at, now if running else None),
    }


def _reply(know: Knowledge, row: Any) -> dict[str, str]:
    return {"at": row.at.isoformat(), "unit": know.unit_name(row.word), "text": row.text}


def clock_state(due_at: datetime, met_at: datetime | None, stopped_at: datetime | None, now: datetime | None) -> str:
    """running, kept, missed or stopped: exactly at due is kept, and what ended or runs after it is missed."""
    if (met_at or stopped_at or now or due_at) > due_at:
        return "missed"
    return "kept" if met_at else "stopped" if stopped_at else "running"


def _evaluation(row: Any, events: Sequence[Any]) -> dict[str, Any]:
    """`open` when it is time to evaluate, `given` with what was said, else `closed`."""
    answered = [e.data for e in events if e.word == Action.FOLLOW_UP and e.data["answered"]]
    if row.evaluated and answered:
        data = answered[-1]
        return {
            "state": "given",
            "solved": data["solved"],
            "satisfied": data["satisfied"],
            "level": data["level"],
            "level_name": LEVELS[data["level"]],
        }
    answered_parent = row.status == Status.MERGED and row.parent_status in (Status.REVIEWED, Status.CLOSED)
    return {"state": "open" if row.status == Status.REVIEWED or answered_parent else "closed"}


def _told(know: Knowledge, events: Sequence[Any]) -> Iterator[dict[str, str]]:
    reason = ""
    for event in events:
        if event.word == Action.EXTEND:
            reason = event.text or ""
        words = citizens_words(know, event.word, event.data, reason)
        if words:
            yield {"at": event.at.isoformat(), "action": event.word, "text": words}


def citizens_words(know: Knowledge, action: str, data: Mapping[str, Any], reason: str = "") -> str:
    """An event said to its citizen, or "" for what is the house's own affair.

    `reason` is the unit's for an extension, which the citizen is told; numbers of phones in it are hidden.
    """
    say = _WORDS.get(action)
    return say(know.unit_name(data.get("unit")) or "承办单位", data, reason) if say else ""


def _extension(_unit: str, data: Mapping[str, Any], reason: str) -> str:
    because = f"，原因：{chinese.spoken.mask(reason)}" if reason else ""
    return f"办理期限延长 {data['days']} 个工作日{because}" if data["approved"] else ""


def _suspension(data: Mapping[str, Any]) -> str:
    if not data["approved"]:
        return ""
    day = today(datetime.fromisoformat(data["until"]) - timedelta(microseconds=1))
    return f"因客观原因暂停计时，最迟 {day.year}年{day.month}月{day.day}日 恢复办理"


def _recomputed(data: Mapping[str, Any]) -> str:
    """Said only where a date that the citizen was promised is another one now."""
    theirs = any(each["clock"] in PROMISED for each in data["moved"])
    return "办理期限按新公布的放假安排重新计算" if theirs else ""


_WORDS: Mapping[str, Callable[[str, Mapping[str, Any], str], str]] = {
    Action.OPEN: lambda *_: "热线收到您的诉求",
    Action.ANSWER: lambda *_: "热线已当即答复",
    Action.REJECT: lambda _, data, __: f"不予受理：{lifecycle.REJECT_REASONS[data['reason']]}",
    Action.DISPATCH: lambda unit, *_: f"已转给{unit}",
    Action.ACCEPT: lambda unit, *_: f"{unit}已签收，开始办理",
    Action.CONTACT: lambda unit, *_: f"{unit}与您联系",
    Action.DECIDE_RETURN: lambda _, data, __: "热线正在重新确定负责的单位" if data["approved"] else "",
    Action.DECIDE_EXTENSION: _extension,
    Action.DECIDE_SUSPENSION: lambda _, data, __: _suspension(data),
    Action.RESUME: lambda *_: "恢复办理，期限接着计算",
    Action.URGE: lambda *_: "已为您催办",
    Action.UNMERGE: lambda *_: "不再与其他诉求合并，单独办理",
    Action.RESOLVE: lambda unit, *_: f"{unit}已办理，热线正在审核答复",
    Action.REVIEW: lambda _, data, __: "热线审核通过，答复已公布" if data["passed"] else "热线要求承办单位继续办理",
    Action.FOLLOW_UP: lambda _, data, __: "已收到您的评价" if data["answered"] else "热线回访时没有联系上您",
    Action.REOPEN: lambda unit, data, _: f"重新办理，由{unit}负责" if data["unit"] else "重新办理，正在确定负责的单位",
    Action.CLOSE: lambda *_: "已结案",
    Action.WITHDRAW: lambda *_: "已撤回",
    Action.MERGE: lambda *_: "与同一件事的其他诉求合并办理",
    Action.RECOMPUTE: lambda _, data, __: _recomputed(data),
}
