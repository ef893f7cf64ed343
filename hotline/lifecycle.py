"""The life cycle: statuses, actions and the one table of moves. Only `apply` writes a ticket's status.

A ticket's state is the fold of its events: `apply` is what an act runs on the ticket's row, and what a proof runs
on an empty State. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from hotline.errors import OutOfOrder


class Status(StrEnum):
    """Where a ticket is (rules.md, Life cycle)."""

    RECEIVED = "received"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    REVIEWED = "reviewed"
    CLOSED = "closed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class Action(StrEnum):
    """What can happen to a ticket: the word of the event, of the API's path and of the button."""

    OPEN = "open"
    ANSWER = "answer"
    REJECT = "reject"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    CONTACT = "contact"
    RETURN = "return"
    DECIDE_RETURN = "decide_return"
    EXTEND = "extend"
    DECIDE_EXTENSION = "decide_extension"
    RESOLVE = "resolve"
    REVIEW = "review"
    FOLLOW_UP = "follow_up"
    REOPEN = "reopen"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    ABSORB = "absorb"
    ESCALATE = "escalate"
    RECOMPUTE = "recompute"
    UNMASK = "unmask"


STATUS_NAMES = {
    Status.RECEIVED: "待受理",
    Status.DISPATCHED: "待签收",
    Status.ACCEPTED: "办理中",
    Status.RESOLVED: "待审核",
    Status.REVIEWED: "待回访",
    Status.CLOSED: "已结案",
    Status.REJECTED: "不予受理",
    Status.WITHDRAWN: "已撤回",
    Status.MERGED: "已并单",
}

ACTION_NAMES = {
    Action.OPEN: "收件",
    Action.ANSWER: "即时答复",
    Action.REJECT: "不予受理",
    Action.DISPATCH: "转办",
    Action.ACCEPT: "签收",
    Action.CONTACT: "先行联系",
    Action.RETURN: "申请退单",
    Action.DECIDE_RETURN: "退单审批",
    Action.EXTEND: "申请延期",
    Action.DECIDE_EXTENSION: "延期审批",
    Action.RESOLVE: "办结",
    Action.REVIEW: "审核",
    Action.FOLLOW_UP: "回访",
    Action.REOPEN: "重办",
    Action.CLOSE: "结案",
    Action.WITHDRAW: "撤回",
    Action.MERGE: "并单",
    Action.ABSORB: "并入",
    Action.ESCALATE: "时限提醒",
    Action.RECOMPUTE: "时限重算",
    Action.UNMASK: "查看联系方式",
}

REJECT_REASONS = {
    "not_in_scope": "不属于热线受理范围",
    "litigation": "已进入诉讼、仲裁或行政复议程序，请循法定渠道办理",
    "petition": "信访事项正在办理或已办结，请循信访渠道办理",
    "emergency": "紧急情况，请立即拨打 110、119、120 或 122",
    "state_secret": "涉及国家秘密，热线不受理",
    "commercial": "商业推广或无具体诉求",
    "repeat": "同一事项已在办理或已答复，且无新的事实",
}
"""Reasons for not taking a matter (rules.md, Guards)."""

OPEN = frozenset({Status.RECEIVED, Status.DISPATCHED, Status.ACCEPTED, Status.RESOLVED, Status.REVIEWED})
TERMINAL = frozenset(Status) - OPEN
WITH_UNIT = frozenset({Status.DISPATCHED, Status.ACCEPTED})

MOVES: Mapping[Action, frozenset[Status]] = {
    Action.ANSWER: frozenset({Status.RECEIVED}),
    Action.REJECT: frozenset({Status.RECEIVED}),
    Action.DISPATCH: frozenset({Status.RECEIVED}) | WITH_UNIT,
    Action.ACCEPT: frozenset({Status.DISPATCHED}),
    Action.CONTACT: WITH_UNIT,
    Action.RETURN: WITH_UNIT,
    Action.DECIDE_RETURN: WITH_UNIT,
    Action.EXTEND: frozenset({Status.ACCEPTED}),
    Action.DECIDE_EXTENSION: frozenset({Status.ACCEPTED}),
    Action.RESOLVE: frozenset({Status.ACCEPTED}),
    Action.REVIEW: frozenset({Status.RESOLVED}),
    Action.FOLLOW_UP: frozenset({Status.REVIEWED, Status.MERGED}),
    Action.REOPEN: frozenset({Status.REVIEWED, Status.CLOSED}),
    Action.CLOSE: frozenset({Status.REVIEWED}),
    Action.WITHDRAW: frozenset({Status.RECEIVED}) | WITH_UNIT,
    Action.MERGE: frozenset({Status.RECEIVED}) | WITH_UNIT,
    Action.ABSORB: OPEN,
}
"""Action → the statuses from which it may be done. Where it leads is in `apply`."""


class Foldable(Protocol):
    """What `apply` writes: the columns of a ticket's row that its events determine."""

    status: str
    kind: str
    urgency: str
    matter: str | None
    place: str | None
    unit: str | None
    assisting: list[Any]
    complex: bool
    cycle: int
    dispatches: int
    dispatched_at: datetime | None
    designated: bool
    extensions: int
    pending: str | None
    tries: int
    evaluated: bool
    parent_id: int | None


@dataclass(slots=True)
class State:
    """An empty ticket to fold events on."""

    status: str = Status.RECEIVED
    kind: str = "other"
    urgency: str = "normal"
    matter: str | None = None
    place: str | None = None
    unit: str | None = None
    assisting: list[Any] = field(default_factory=list)
    complex: bool = False
    cycle: int = 1
    dispatches: int = 0
    dispatched_at: datetime | None = None
    designated: bool = False
    extensions: int = 0
    pending: str | None = None
    tries: int = 0
    evaluated: bool = False
    parent_id: int | None = None


def check(action: Action, ticket: Foldable) -> None:
    """Raise OutOfOrder unless the table of moves allows `action` in the ticket's status and with what is pending."""
    allowed = MOVES[action]
    if Status(ticket.status) not in allowed:
        names = "、".join(STATUS_NAMES[status] for status in Status if status in allowed)
        raise OutOfOrder(
            f"工单当前为“{STATUS_NAMES[Status(ticket.status)]}”，不能{ACTION_NAMES[action]}；只有“{names}”的工单可以",
            f"the ticket is {ticket.status}; {action} is possible only when it is {', '.join(sorted(allowed))}",
        )
    _check_pending(action, ticket)


def _check_pending(action: Action, ticket: Foldable) -> None:
    decides = {Action.DECIDE_RETURN: Action.RETURN, Action.DECIDE_EXTENSION: Action.EXTEND}.get(action)
    if decides and ticket.pending != decides:
        raise OutOfOrder(f"该工单没有待审批的{ACTION_NAMES[decides]}", f"no {decides} is waiting for a decision")
    waits = {Action.RETURN, Action.EXTEND, Action.DISPATCH}
    if action in waits and ticket.pending is not None:
        name = ACTION_NAMES[Action(ticket.pending)]
        raise OutOfOrder(f"{name}正在等待审批，请先审批", f"a {ticket.pending} waits for a decision; decide it first")


def apply(ticket: Foldable, action: str, at: datetime, data: Mapping[str, Any]) -> None:
    """Change `ticket` as the event says. Pure but for `ticket`; events that change no state pass through."""
    change = _CHANGES.get(Action(action))
    if change is not None:
        change(ticket, at, data)


def fold(events: Iterable[tuple[str, datetime, Mapping[str, Any]]]) -> State:
    """The state that (action, at, data) events lead to, from the first on."""
    state = State()
    for action, at, data in events:
        apply(state, action, at, data)
    return state


def _open(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.status, ticket.cycle = Status.RECEIVED, 1
    ticket.kind, ticket.urgency = data["kind"], data["urgency"]
    ticket.matter, ticket.place = data.get("matter"), data.get("place")


def _dispatch(ticket: Foldable, at: datetime, data: Mapping[str, Any]) -> None:
    ticket.status = Status.DISPATCHED
    ticket.unit, ticket.assisting = data["unit"], list(data["assisting"])
    ticket.kind, ticket.urgency = data["kind"], data["urgency"]
    ticket.matter, ticket.place = data.get("matter"), data.get("place")
    ticket.complex, ticket.designated = data["complex"], data["designated"]
    ticket.dispatches, ticket.dispatched_at = data["count"], at


def _ask(action: Action) -> Any:
    def change(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
        ticket.pending = action

    return change


def _decide_return(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.pending = None
    if data["approved"]:
        _to_triage(ticket)


def _to_triage(ticket: Foldable) -> None:
    ticket.status, ticket.unit, ticket.assisting = Status.RECEIVED, None, []


def _decide_extension(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.pending = None
    ticket.extensions += 1 if data["approved"] else 0


def _review(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.status = Status.REVIEWED if data["passed"] else Status.ACCEPTED
    ticket.tries = 0


def _follow_up(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.tries += 1
    ticket.evaluated = ticket.evaluated or data["answered"]


def _reopen(ticket: Foldable, at: datetime, data: Mapping[str, Any]) -> None:
    ticket.cycle += 1
    ticket.tries = ticket.extensions = 0
    ticket.evaluated, ticket.pending, ticket.designated = False, None, False
    if data["unit"] is None:
        _to_triage(ticket)
    else:
        ticket.status, ticket.unit, ticket.dispatched_at = Status.DISPATCHED, data["unit"], at


def _end(status: Status) -> Any:
    def change(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
        ticket.status, ticket.pending = status, None

    return change


def _merge(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.status, ticket.pending, ticket.parent_id = Status.MERGED, None, data["into"]


def _accept(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
    ticket.status = Status.ACCEPTED


_CHANGES: Mapping[Action, Any] = {
    Action.OPEN: _open,
    Action.ANSWER: _end(Status.CLOSED),
    Action.REJECT: _end(Status.REJECTED),
    Action.DISPATCH: _dispatch,
    Action.ACCEPT: _accept,
    Action.RETURN: _ask(Action.RETURN),
    Action.DECIDE_RETURN: _decide_return,
    Action.EXTEND: _ask(Action.EXTEND),
    Action.DECIDE_EXTENSION: _decide_extension,
    Action.RESOLVE: _end(Status.RESOLVED),
    Action.REVIEW: _review,
    Action.FOLLOW_UP: _follow_up,
    Action.REOPEN: _reopen,
    Action.CLOSE: _end(Status.CLOSED),
    Action.WITHDRAW: _end(Status.WITHDRAWN),
    Action.MERGE: _merge,
}
