"""The life cycle: statuses, actions and the one table of moves. Only `apply` writes a ticket's status.

A ticket's state is the fold of its events: `apply` is what an act runs on the ticket's row, and what a proof runs
on an empty State. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from hotline.errors import OutOfOrder
from hotline.state import Foldable, State


class Status(StrEnum):
    """Where a ticket is (rules.md, Life cycle)."""

    RECEIVED = "received"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
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
    ASSIST = "assist"
    RETURN = "return"
    DECIDE_RETURN = "decide_return"
    EXTEND = "extend"
    DECIDE_EXTENSION = "decide_extension"
    SUSPEND = "suspend"
    DECIDE_SUSPENSION = "decide_suspension"
    RESUME = "resume"
    URGE = "urge"
    SUPERVISE = "supervise"
    FEEDBACK = "feedback"
    RESOLVE = "resolve"
    REVIEW = "review"
    FOLLOW_UP = "follow_up"
    REOPEN = "reopen"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    ABSORB = "absorb"
    UNMERGE = "unmerge"
    RELEASE = "release"
    APART = "apart"
    EXCLUDE = "exclude"
    DECIDE_EXCLUSION = "decide_exclusion"
    ESCALATE = "escalate"
    RECOMPUTE = "recompute"
    UNMASK = "unmask"


STATUS_NAMES = {
    Status.RECEIVED: "待受理",
    Status.DISPATCHED: "待签收",
    Status.ACCEPTED: "办理中",
    Status.SUSPENDED: "已挂账",
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
    Action.ASSIST: "协办反馈",
    Action.RETURN: "申请退单",
    Action.DECIDE_RETURN: "退单审批",
    Action.EXTEND: "申请延期",
    Action.DECIDE_EXTENSION: "延期审批",
    Action.SUSPEND: "申请挂账",
    Action.DECIDE_SUSPENSION: "挂账审批",
    Action.RESUME: "恢复办理",
    Action.URGE: "催办",
    Action.SUPERVISE: "督办",
    Action.FEEDBACK: "督办反馈",
    Action.RESOLVE: "办结",
    Action.REVIEW: "审核",
    Action.FOLLOW_UP: "回访",
    Action.REOPEN: "重办",
    Action.CLOSE: "结案",
    Action.WITHDRAW: "撤回",
    Action.MERGE: "并单",
    Action.ABSORB: "并入",
    Action.UNMERGE: "拆单",
    Action.RELEASE: "拆出",
    Action.APART: "不是同一件",
    Action.EXCLUDE: "申请不计入考核",
    Action.DECIDE_EXCLUSION: "不计入考核审批",
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

WITH_UNIT = frozenset({Status.DISPATCHED, Status.ACCEPTED, Status.SUSPENDED})
OPEN = WITH_UNIT | {Status.RECEIVED, Status.RESOLVED, Status.REVIEWED}
TERMINAL = frozenset(Status) - OPEN

_IN_HAND = frozenset({Status.DISPATCHED, Status.ACCEPTED})

MOVES: Mapping[Action, frozenset[Status]] = {
    Action.ANSWER: frozenset({Status.RECEIVED}),
    Action.REJECT: frozenset({Status.RECEIVED}),
    Action.DISPATCH: frozenset({Status.RECEIVED}) | _IN_HAND,
    Action.ACCEPT: frozenset({Status.DISPATCHED}),
    Action.CONTACT: WITH_UNIT,
    Action.ASSIST: WITH_UNIT,
    Action.RETURN: _IN_HAND,
    Action.DECIDE_RETURN: _IN_HAND,
    Action.EXTEND: frozenset({Status.ACCEPTED}),
    Action.DECIDE_EXTENSION: frozenset({Status.ACCEPTED}),
    Action.SUSPEND: frozenset({Status.ACCEPTED}),
    Action.DECIDE_SUSPENSION: frozenset({Status.ACCEPTED}),
    Action.RESUME: frozenset({Status.SUSPENDED}),
    Action.URGE: WITH_UNIT | {Status.RECEIVED},
    Action.SUPERVISE: WITH_UNIT,
    Action.FEEDBACK: WITH_UNIT,
    Action.RESOLVE: frozenset({Status.ACCEPTED}),
    Action.REVIEW: frozenset({Status.RESOLVED}),
    Action.FOLLOW_UP: frozenset({Status.REVIEWED, Status.MERGED}),
    Action.REOPEN: frozenset({Status.REVIEWED, Status.CLOSED}),
    Action.CLOSE: frozenset({Status.REVIEWED}),
    Action.WITHDRAW: WITH_UNIT | {Status.RECEIVED},
    Action.MERGE: WITH_UNIT | {Status.RECEIVED},
    Action.ABSORB: OPEN,
    Action.UNMERGE: frozenset({Status.MERGED}),
    Action.EXCLUDE: frozenset({Status.ACCEPTED, Status.SUSPENDED, Status.RESOLVED, Status.REVIEWED, Status.CLOSED}),
    Action.DECIDE_EXCLUSION: frozenset(Status) - {Status.MERGED, Status.REJECTED, Status.WITHDRAWN},
}
"""Action → the statuses from which it may be done. Where it leads is in `apply`."""

DECIDES = {
    Action.DECIDE_RETURN: Action.RETURN,
    Action.DECIDE_EXTENSION: Action.EXTEND,
    Action.DECIDE_SUSPENSION: Action.SUSPEND,
}
"""The act that decides → what was asked for. What is asked holds the ticket until it is decided."""

_WAITS = frozenset({*DECIDES.values(), Action.DISPATCH})


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
    decides = DECIDES.get(action)
    if decides and ticket.pending != decides:
        raise OutOfOrder(f"该工单没有待审批的{ACTION_NAMES[decides]}", f"no {decides} is waiting for a decision")
    if action in _WAITS and ticket.pending is not None:
        name = ACTION_NAMES[Action(ticket.pending)]
        raise OutOfOrder(f"{name}正在等待审批，请先审批", f"{ticket.pending} waits for a decision; decide it first")
    if action == Action.DECIDE_EXCLUSION and ticket.excluded != "asked":
        raise OutOfOrder("该工单没有待审批的不计入考核申请", "no exclusion is waiting for a decision")
    if action == Action.EXCLUDE and ticket.excluded is not None:
        said = "正在等待审批" if ticket.excluded == "asked" else "已经审批过了"
        raise OutOfOrder(f"不计入考核的申请{said}", "an exclusion was asked for already")
    if action == Action.FEEDBACK and not ticket.supervised:
        raise OutOfOrder("该工单没有待反馈的督办", "no supervision is waiting for feedback")


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
    ticket.policy, ticket.calendar = data.get("policy", ""), data.get("calendar", "")


def _dispatch(ticket: Foldable, at: datetime, data: Mapping[str, Any]) -> None:
    ticket.status = Status.DISPATCHED
    ticket.unit, ticket.assisting = data["unit"], list(data["assisting"])
    ticket.kind, ticket.urgency = data["kind"], data["urgency"]
    ticket.matter, ticket.place = data.get("matter"), data.get("place")
    ticket.complex, ticket.designated = data["complex"], data["designated"]
    ticket.dispatches, ticket.dispatched_at = data["count"], at
    _new_hands(ticket, data)


def _new_hands(ticket: Foldable, data: Mapping[str, Any]) -> None:
    """Whoever holds it now begins with nothing done, perhaps under another policy."""
    ticket.policy = data.get("policy", ticket.policy)
    ticket.supervised, ticket.assisted = False, []


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
    ticket.supervised, ticket.assisted = False, []


def _decide_extension(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.pending = None
    ticket.extensions += 1 if data["approved"] else 0


def _assist(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.assisted = [*ticket.assisted, data["unit"]]


def _decide_suspension(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.pending = None
    if data["approved"]:
        ticket.status, ticket.suspended_until = Status.SUSPENDED, datetime.fromisoformat(data["until"])
        ticket.suspensions += 1


def _resume(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
    ticket.status, ticket.suspended_until = Status.ACCEPTED, None


def _supervise(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
    ticket.supervised = True


def _feedback(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
    ticket.supervised = False


def _exclude(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
    ticket.excluded = "asked"


def _decide_exclusion(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.excluded = "yes" if data["approved"] else "no"


def _recompute(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.calendar = data["calendar"]


def _review(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.status = Status.REVIEWED if data["passed"] else Status.ACCEPTED
    ticket.tries = 0


def _follow_up(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    ticket.tries += 1
    ticket.evaluated = ticket.evaluated or data["answered"]


def _reopen(ticket: Foldable, at: datetime, data: Mapping[str, Any]) -> None:
    ticket.cycle += 1
    ticket.tries = ticket.extensions = ticket.suspensions = 0
    ticket.evaluated, ticket.pending, ticket.designated = False, None, False
    if data["unit"] is None:
        _to_triage(ticket)
    else:
        ticket.status, ticket.unit, ticket.dispatched_at = Status.DISPATCHED, data["unit"], at
        ticket.assisting = [unit for unit in ticket.assisting if unit != data["unit"]]
        _new_hands(ticket, data)


def _end(status: Status) -> Any:
    def change(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
        ticket.status, ticket.pending, ticket.suspended_until, ticket.supervised = status, None, None, False

    return change


def _merge(ticket: Foldable, _at: datetime, data: Mapping[str, Any]) -> None:
    _end(Status.MERGED)(ticket, _at, data)
    ticket.parent_id = data["into"]


def _unmerge(ticket: Foldable, _at: datetime, _data: Mapping[str, Any]) -> None:
    ticket.parent_id, ticket.designated = None, False
    _to_triage(ticket)


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
    Action.ASSIST: _assist,
    Action.SUSPEND: _ask(Action.SUSPEND),
    Action.DECIDE_SUSPENSION: _decide_suspension,
    Action.RESUME: _resume,
    Action.SUPERVISE: _supervise,
    Action.FEEDBACK: _feedback,
    Action.EXCLUDE: _exclude,
    Action.DECIDE_EXCLUSION: _decide_exclusion,
    Action.RECOMPUTE: _recompute,
    Action.RESOLVE: _end(Status.RESOLVED),
    Action.REVIEW: _review,
    Action.FOLLOW_UP: _follow_up,
    Action.REOPEN: _reopen,
    Action.CLOSE: _end(Status.CLOSED),
    Action.WITHDRAW: _end(Status.WITHDRAWN),
    Action.MERGE: _merge,
    Action.UNMERGE: _unmerge,
}
