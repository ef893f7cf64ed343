"""Acts at triage: where a ticket goes; and the table of all acts. The numbers of guards are the policy's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hotline import lifecycle
from hotline.desk import hotline_acts, unit_acts
from hotline.desk.case import Case, take
from hotline.desk.guards import (
    check_not_accused,
    check_not_merged_with_accused,
    end_cycle,
    keep_reply,
    known,
    needed,
    other_policy,
    reopen_cycle,
    set_assists,
)
from hotline.desk.opening import message_again
from hotline.desk.verdicts import APART, IS_JOINED, JOINED, NOT_JOINED, settle
from hotline.errors import OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.kinds import KINDS, choices
from hotline.lifecycle import Action, Status
from hotline.models import Ticket, Transcript
from hotline.rights import SYSTEM
from routing.decision import URGENCIES


def answer(case: Case, public_reply: str) -> None:
    """即答即结: the agent answers at once; the ticket is closed."""
    needed("public_reply", public_reply, "公开答复", "the public reply")
    moment = case.record(Action.ANSWER, {}, public_reply)
    keep_reply(case, moment.seq, "", public_reply, passed=True)
    end_cycle(case, Status.CLOSED)


def reject(case: Case, reason: str, text: str = "") -> None:
    """不予受理, with a reason code of REJECT_REASONS that the citizen is told."""
    if reason not in lifecycle.REJECT_REASONS:
        known = "、".join(f"{code}({name})" for code, name in lifecycle.REJECT_REASONS.items())
        raise InvalidInput(
            "reason", f"不予受理原因“{reason}”不存在，可用：{known}", f"unknown reason; use one of {known}"
        )
    case.record(Action.REJECT, {"reason": reason}, text)
    end_cycle(case, Status.REJECTED)


@dataclass(frozen=True, slots=True)
class Slip:
    """What a dispatcher fills in: the lead unit, those that assist, and what the machine got wrong."""

    unit: str
    assisting: Sequence[str] = ()
    matter: str | None = None
    place: str | None = None
    kind: str | None = None
    urgency: str | None = None
    complex: bool = False
    designate: bool = False


def dispatch(case: Case, text: str = "", **fields: Any) -> None:
    """转办 to a lead unit with assisting units; `fields` are those of a Slip.

    After the policy's number of dispatches (3) the hotline designates the unit, which then cannot return
    [天津, 潍坊 Art. 22]. A unit accused by a 举报, or one under it, never receives the ticket [济南 Art. 32].
    """
    slip, ticket = Slip(**fields), case.ticket
    assisting = [code for code in dict.fromkeys(slip.assisting) if code != slip.unit]
    if slip.kind == "report" and ticket.kind != "report":
        _becomes_report(case)
    _check_slip(case, slip, assisting)
    count, disputed = ticket.dispatches + 1, is_disputed(case)
    if disputed:
        needed(
            "text", text, "裁定理由（两个以上单位对管辖有争议）", "why the hotline decides so: units dispute the matter"
        )
    data: dict[str, Any] = {
        "unit": slip.unit,
        "assisting": assisting,
        "matter": slip.matter or ticket.matter,
        "place": slip.place or ticket.place,
        "kind": slip.kind or ticket.kind,
        "urgency": slip.urgency or ticket.urgency,
        "complex": slip.complex,
        "designated": disputed or slip.designate or count > case.policy.guards.dispatches_before_designation,
        "count": count,
    }
    if disputed:
        data["disputed"] = True
    policy = case.policy_for(slip.unit, kind=data["kind"], urgency=data["urgency"], matter=data["matter"])
    case.record(Action.DISPATCH, data | other_policy(case, policy), text)
    set_assists(case, assisting)


def _becomes_report(case: Case) -> None:
    """A dispatcher sees that it is a 举报: whom it accuses is read now, and who wrote is hidden from now on."""
    ticket = case.ticket
    call = case.session.get(Transcript, ticket.id)
    decision = case.know.router.route(message_again(ticket, call.turns if call else None, "report"))
    ticket.accused, ticket.confidential = list(decision.accused), True


def is_disputed(case: Case) -> bool:
    """True when a second unit, or one that another proposed, has handed the ticket back: the hotline decides whose it
    is, and the unit that it names cannot return it.
    """
    returns = [event.data for event in case.events if event.action == Action.RETURN]
    claimants = {data["unit"] for data in returns}
    return len(claimants) > 1 or bool(claimants & {data.get("proposed_unit") for data in returns})


def _check_slip(case: Case, slip: Slip, assisting: Sequence[str]) -> None:
    know = case.know
    known("unit", [slip.unit], know.units, "单位", "unit")
    known("assisting", assisting, know.units, "单位", "unit")
    _check_in_force("matter", slip.matter, case.ticket.matter, know.matters_in_force)
    _check_in_force("place", slip.place, case.ticket.place, know.places_in_force)
    _check_kind(case.ticket.kind, slip.kind)
    known("urgency", [slip.urgency] if slip.urgency else [], URGENCIES, "紧急程度", "urgency")
    for unit in (slip.unit, *assisting):
        check_not_accused(case, unit)


def _check_in_force(field: str, code: str | None, present: str | None, in_force: Mapping[str, Any]) -> None:
    """A code that has been retired is given to no ticket any more; one that has it may keep it."""
    name = {"matter": "事项", "place": "地点"}[field]
    known(field, [code] if code and code != present else [], in_force, name, field)


def _check_kind(present: str, kind: str | None) -> None:
    """A complaint becomes no assignment, nor an assignment a complaint: they came by another door."""
    known("kind", [kind] if kind else [], KINDS, "类型", "kind")
    if kind and kind not in (may := choices(present)):
        names = "、".join(may.values())
        raise InvalidInput(
            "kind",
            f"{KINDS[present]}件不能改为{KINDS[kind]}，可选：{names}",
            f"a ticket of the kind {present} may be: {', '.join(may)}",
        )


def withdraw(case: Case, text: str = "") -> None:
    """撤回, by the citizen or at the citizen's word; not where others' tickets were merged into it: they wait too."""
    if case.session.scalars(select(Ticket.id).where(Ticket.parent_id == case.ticket.id).limit(1)).first():
        raise OutOfOrder(
            "已有其他来件并入本工单，不能撤回", "other tickets were merged into this one; it cannot be withdrawn"
        )
    case.record(Action.WITHDRAW, {}, text)
    end_cycle(case, Status.WITHDRAWN)


def merge(case: Case, into: str, text: str = "") -> None:
    """并单 into another open ticket. The child keeps its caller, who still gets the reply and a survey."""
    if into == case.ticket.number:
        raise InvalidInput("into", "不能并入自身，请填另一工单的编号", "a ticket cannot be merged into itself")
    parent = take(case.session, into, SYSTEM)
    lifecycle.check(Action.ABSORB, parent.ticket)
    check_not_merged_with_accused(case, parent.ticket)
    due = case.ticket.due_at
    case.record(Action.MERGE, {"into": parent.ticket.id, "number": into}, text)
    settle(case, parent.ticket.id, JOINED, NOT_JOINED)
    end_cycle(case, Status.MERGED)
    parent.actor = case.actor
    parent.bring_up_to_date()
    absorbed = {
        "child": case.ticket.id,
        "number": case.ticket.number,
        "due_at": due.isoformat() if due else None,
    }
    parent.record(Action.ABSORB, absorbed)
    parent.finish()


def unmerge(case: Case, text: str) -> None:
    """拆单: the merge was a mistake; the ticket goes back to triage, and the other loses the deadline it brought."""
    needed("text", text, "拆单理由", "the reason")
    if case.ticket.evaluated:
        raise OutOfOrder(
            "来件人已就合并后的答复作出评价，不能再拆单", "its citizen has evaluated the joint answer already"
        )
    parent_number = case.session.scalars(select(Ticket.number).where(Ticket.id == case.ticket.parent_id)).one()
    parent = take(case.session, parent_number, SYSTEM)
    case.record(Action.UNMERGE, {"from": parent.ticket.id, "number": parent_number}, text)
    settle(case, parent.ticket.id, APART, IS_JOINED)
    set_assists(case, ())
    reopen_cycle(case)
    parent.actor = case.actor
    parent.bring_up_to_date()
    parent.record(Action.RELEASE, {"child": case.ticket.id, "number": case.ticket.number})
    parent.finish()


ACTS: Mapping[Action, Callable[..., None]] = {
    Action.ANSWER: answer,
    Action.REJECT: reject,
    Action.DISPATCH: dispatch,
    Action.ACCEPT: unit_acts.accept,
    Action.CONTACT: unit_acts.contact,
    Action.RETURN: unit_acts.return_,
    Action.DECIDE_RETURN: hotline_acts.decide_return,
    Action.EXTEND: unit_acts.extend,
    Action.DECIDE_EXTENSION: hotline_acts.decide_extension,
    Action.SUSPEND: unit_acts.suspend,
    Action.DECIDE_SUSPENSION: hotline_acts.decide_suspension,
    Action.RESUME: unit_acts.resume,
    Action.ASSIST: unit_acts.assist,
    Action.URGE: hotline_acts.urge,
    Action.SUPERVISE: hotline_acts.supervise,
    Action.FEEDBACK: unit_acts.feedback,
    Action.EXCLUDE: unit_acts.exclude,
    Action.DECIDE_EXCLUSION: hotline_acts.decide_exclusion,
    Action.RESOLVE: unit_acts.resolve,
    Action.REVIEW: hotline_acts.review,
    Action.FOLLOW_UP: hotline_acts.follow_up,
    Action.REOPEN: hotline_acts.reopen,
    Action.CLOSE: hotline_acts.close,
    Action.WITHDRAW: withdraw,
    Action.MERGE: merge,
    Action.UNMERGE: unmerge,
}
