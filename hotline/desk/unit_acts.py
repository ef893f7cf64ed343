"""Acts of the units: guards, then the event. The guards' numbers are the policy's (rules.md, Life cycle)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotline.desk.case import Case
from hotline.desk.evidence import digests, hand_in, mark
from hotline.desk.guards import breached, check_days, keep_reply, known, needed, returnable
from hotline.errors import OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.lifecycle import Action
from hotline.rights import SYSTEM


def accept(case: Case) -> None:
    """签收: the unit takes the ticket; from now on it leads (首接负责)."""
    case.record(Action.ACCEPT, {"unit": case.ticket.unit})


def contact(case: Case, text: str) -> None:
    """先行联系: the unit has spoken with the citizen."""
    needed("text", text, "联系情况", "what was said")
    case.record(Action.CONTACT, {"unit": case.actor.unit or case.ticket.unit}, text)


def return_(case: Case, text: str, proposed_unit: str | None = None) -> None:
    """申请退单: within the window after the dispatch, with the reason, perhaps with the right unit."""
    needed("text", text, "退单理由", "the reason")
    known("proposed_unit", [proposed_unit] if proposed_unit else [], case.know.units, "单位", "unit")
    if case.ticket.designated:
        raise OutOfOrder(
            "本工单由热线指定承办，不能退单", "the unit was designated by the hotline and cannot return it"
        )
    if not returnable(case):
        raise OutOfOrder(
            "已超过退单期限，应当办理；确有困难可申请延期", "the window for returning has passed; handle it"
        )
    case.record(Action.RETURN, {"unit": case.ticket.unit, "proposed_unit": proposed_unit}, text)


def extend(case: Case, days: int, text: str) -> None:
    """申请延期: before expiry, at most the policy's days and times, with a reason that the citizen is told."""
    needed("text", text, "延期理由", "the reason")
    check_days(days, case.policy.guards.extension_max_working_days, "延期")
    if case.ticket.extensions >= case.policy.guards.extension_max_count:
        raise OutOfOrder(f"最多延期 {case.policy.guards.extension_max_count} 次", "no further extension is allowed")
    if breached(case):
        raise OutOfOrder("已超过办结时限，不能再申请延期", "the deadline has passed; an extension is asked before it")
    case.record(Action.EXTEND, {"days": days}, text)


def suspend(case: Case, days: int, text: str, evidence: Sequence[int] = ()) -> None:
    """申请挂账: while what is needed lies outside the unit's power, with a reason, evidence, and for how long.

    Before the deadline, at most the policy's working days and times. Approved, the unit's clocks stand still.
    """
    needed("text", text, "挂账理由", "the reason")
    guards = case.policy.guards
    check_days(days, guards.suspension_max_working_days, "挂账")
    if case.ticket.suspensions >= guards.suspension_max_count:
        raise OutOfOrder(f"最多挂账 {guards.suspension_max_count} 次", "no further suspension is allowed")
    check_not_breached(case)
    if not evidence:
        raise InvalidInput("evidence", "请上传挂账的证明材料", "a suspension needs evidence: upload a file")
    _record_with_files(case, Action.SUSPEND, {"days": days}, text, evidence)


def _record_with_files(case: Case, action: Action, data: Mapping[str, Any], text: str, evidence: Sequence[int]) -> None:
    files = hand_in(case, evidence)
    moment = case.record(action, {**data, "evidence": digests(files)}, text)
    mark(files, moment.seq)


def check_not_breached(case: Case) -> None:
    """Raise OutOfOrder once the deadline for the answer has passed: a breach cannot be suspended away."""
    if breached(case):
        raise OutOfOrder("已超过办结时限，不能挂账", "the deadline has passed; nothing is left to be suspended")


def resume(case: Case, text: str = "") -> None:
    """恢复办理: the unit or the hotline before the cap, or by itself at the cap."""
    case.record(Action.RESUME, {"by_itself": case.actor == SYSTEM}, text)


def assist(case: Case, text: str) -> None:
    """协办反馈: an assisting unit has done its part and tells the lead unit."""
    needed("text", text, "协办情况", "what was done")
    mine = [unit for unit in case.ticket.assisting if unit in case.actor.units]
    waiting = [unit for unit in mine if unit not in case.ticket.assisted]
    if not waiting:
        raise OutOfOrder("本单位的协办已经反馈过了", "this unit has reported already")
    case.record(Action.ASSIST, {"unit": waiting[0]}, text)


def feedback(case: Case, text: str) -> None:
    """督办反馈: the unit reports what has been done about it."""
    needed("text", text, "反馈内容", "what has been done")
    case.record(Action.FEEDBACK, {"unit": case.ticket.unit}, text)


def exclude(case: Case, text: str, evidence: Sequence[int] = ()) -> None:
    """申请不计入考核: the unit asks that a ticket not count in its assessment; why, perhaps with evidence."""
    needed("text", text, "不计入考核的理由", "the reason")
    _record_with_files(case, Action.EXCLUDE, {"unit": case.ticket.unit}, text, evidence)


def resolve(case: Case, result: str, public_reply: str) -> None:
    """办结: the result for the hotline, and a separate reply for the public with no personal data in it."""
    needed("result", result, "处理结果", "the result")
    needed("public_reply", public_reply, "公开答复", "the public reply")
    moment = case.record(Action.RESOLVE, {"unit": case.ticket.unit}, public_reply)
    keep_reply(case, moment.seq, result, public_reply, passed=None)
