"""Every act after the opening: guards, then the event. The guards' numbers are the policy's (rules.md, Life cycle)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from hotline import lifecycle
from hotline.desk.case import Case, take
from hotline.errors import OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.lifecycle import Action, Status
from hotline.models import Assist, Cycle, Evaluation, Reply, Ticket
from hotline.rights import CITIZEN, SYSTEM
from routing.decision import KINDS, URGENCIES
from sla.policy import return_window_ends

LEVELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
"""好差评: five levels, the last two are 差评."""

SATISFIED_FROM = 3


def answer(case: Case, public_reply: str) -> None:
    """即答即结: the agent answers at once; the ticket is closed."""
    needed("public_reply", public_reply, "公开答复", "the public reply")
    moment = case.record(Action.ANSWER, {}, public_reply)
    _keep_reply(case, moment.seq, "", public_reply, passed=True)
    _end_cycle(case, Status.CLOSED)


def reject(case: Case, reason: str, text: str = "") -> None:
    """不予受理, with a reason code of REJECT_REASONS that the citizen is told."""
    if reason not in lifecycle.REJECT_REASONS:
        known = "、".join(f"{code}({name})" for code, name in lifecycle.REJECT_REASONS.items())
        raise InvalidInput(
            "reason", f"不予受理原因“{reason}”不存在，可用：{known}", f"unknown reason; use one of {known}"
        )
    case.record(Action.REJECT, {"reason": reason}, text)
    _end_cycle(case, Status.REJECTED)


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
    _check_slip(case, slip, assisting)
    count = ticket.dispatches + 1
    data = {
        "unit": slip.unit,
        "assisting": assisting,
        "matter": slip.matter or ticket.matter,
        "place": slip.place or ticket.place,
        "kind": slip.kind or ticket.kind,
        "urgency": slip.urgency or ticket.urgency,
        "complex": slip.complex,
        "designated": slip.designate or count > case.policy.guards.dispatches_before_designation,
        "count": count,
    }
    case.record(Action.DISPATCH, data, text)
    set_assists(case, assisting)


def _check_slip(case: Case, slip: Slip, assisting: Sequence[str]) -> None:
    know = case.know
    known("unit", [slip.unit], know.units, "单位", "unit")
    known("assisting", assisting, know.units, "单位", "unit")
    known("matter", [slip.matter] if slip.matter else [], know.matters, "事项", "matter")
    known("place", [slip.place] if slip.place else [], know.places, "地点", "place")
    known("kind", [slip.kind] if slip.kind else [], KINDS, "类型", "kind")
    known("urgency", [slip.urgency] if slip.urgency else [], URGENCIES, "紧急程度", "urgency")
    for unit in (slip.unit, *assisting):
        check_not_accused(case, unit)


def check_not_accused(case: Case, unit: str) -> None:
    """Raise OutOfOrder when `unit` is accused in this 举报 or stands under an accused unit."""
    if set(case.ticket.accused) & set(case.know.unit_tree.ancestors(unit)):
        name = case.know.unit_name(unit)
        raise OutOfOrder(
            f"{name}是被举报单位（或其下属），不能接收本工单，请转其上级或纪检监察部门",
            "the accused unit, or one under it, cannot receive this ticket; dispatch it to its superior",
        )


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
    dispatched = case.ticket.dispatched_at or case.at
    ends = return_window_ends(dispatched, case.ticket.complex, case.policy, case.know.calendar)
    if case.at > ends:
        raise OutOfOrder(
            "已超过退单期限，应当办理；确有困难可申请延期", "the window for returning has passed; handle it"
        )
    case.record(Action.RETURN, {"unit": case.ticket.unit, "proposed_unit": proposed_unit}, text)


def decide_return(case: Case, approved: bool, text: str = "") -> None:
    """退单审批: approved → back to triage; refused → the unit goes on."""
    case.record(Action.DECIDE_RETURN, {"approved": approved}, text)
    if approved:
        set_assists(case, ())


def extend(case: Case, days: int, text: str) -> None:
    """申请延期: before expiry, at most the policy's days and times, with a reason that the citizen is told."""
    needed("text", text, "延期理由", "the reason")
    if not 1 <= days <= case.policy.guards.extension_max_working_days:
        most = case.policy.guards.extension_max_working_days
        raise InvalidInput(
            "days", f"延期应为 1 至 {most} 个工作日，您填了 {days}", f"days must be 1 to {most}, not {days}"
        )
    if case.ticket.extensions >= case.policy.guards.extension_max_count:
        raise OutOfOrder(f"最多延期 {case.policy.guards.extension_max_count} 次", "no further extension is allowed")
    if case.ticket.due_at is not None and case.at > case.ticket.due_at:
        raise OutOfOrder("已超过办结时限，不能再申请延期", "the deadline has passed; an extension is asked before it")
    case.record(Action.EXTEND, {"days": days}, text)


def decide_extension(case: Case, approved: bool, text: str = "") -> None:
    """延期审批: approved → the deadline moves by the days asked."""
    days = next(event.data["days"] for event in reversed(case.events) if event.action == Action.EXTEND)
    case.record(Action.DECIDE_EXTENSION, {"approved": approved, "days": days}, text)


def resolve(case: Case, result: str, public_reply: str) -> None:
    """办结: the result for the hotline, and a separate reply for the public with no personal data in it."""
    needed("result", result, "处理结果", "the result")
    needed("public_reply", public_reply, "公开答复", "the public reply")
    moment = case.record(Action.RESOLVE, {"unit": case.ticket.unit}, public_reply)
    _keep_reply(case, moment.seq, result, public_reply, passed=None)


def review(case: Case, passed: bool, text: str = "") -> None:
    """审核: passed → follow-up; not passed → back to the unit, whose clock has never stopped."""
    if not passed:
        needed("text", text, "退回理由", "the reason")
    case.record(Action.REVIEW, {"passed": passed}, text)
    latest = _latest_reply(case)
    case.session.execute(
        update(Reply).where(Reply.ticket_id == case.ticket.id, Reply.seq == latest).values(passed=passed)
    )


def follow_up(case: Case, text: str = "", **fields: Any) -> None:
    """回访 with evaluation; `fields` are those of an Opinion. Answered, solved and satisfied → closed too (结案).

    The caller of a merged ticket is surveyed too, once the ticket it was joined to has its reviewed reply.
    """
    opinion = Opinion(**fields).checked()
    merged = case.ticket.status == Status.MERGED
    if merged:
        _check_parent_answered(case)
    if case.ticket.evaluated and case.actor == CITIZEN:
        raise OutOfOrder("您已经评价过了，谢谢", "you have evaluated this already")
    data = asdict(opinion)
    moment = case.record(Action.FOLLOW_UP, data, text)
    row = {"ticket_id": case.ticket.id, "seq": moment.seq, "cycle": case.ticket.cycle, "at": case.at}
    case.session.add(Evaluation(**row, by=case.actor.id, **data))
    if opinion.solved and opinion.satisfied and not merged:
        close(case)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the citizen said when asked. `satisfied` left out is read off the level: 3 and better."""

    answered: bool
    solved: bool | None = None
    satisfied: bool | None = None
    level: int | None = None

    def checked(self) -> Opinion:
        """The whole opinion, or nothing but "not reached". Raises InvalidInput for what is missing."""
        if not self.answered:
            return Opinion(answered=False)
        if self.solved is None:
            raise InvalidInput("solved", "请选择问题是否解决", "say whether the matter is solved")
        if self.level not in LEVELS:
            raise InvalidInput("level", "请选择满意度，1 至 5", "level must be 1 to 5")
        satisfied = self.level >= SATISFIED_FROM if self.satisfied is None else self.satisfied
        return replace(self, satisfied=satisfied)


def _check_parent_answered(case: Case) -> None:
    """The parent may have been merged in its turn: the answer is that of the last in the row."""
    parent = case.session.get(Ticket, case.ticket.parent_id)
    while parent is not None and parent.status == Status.MERGED:
        parent = case.session.get(Ticket, parent.parent_id)
    if parent is None or parent.status not in (Status.REVIEWED, Status.CLOSED):
        raise OutOfOrder("并入的工单尚未答复，答复后再回访", "the ticket it was merged into has no reviewed reply yet")


def reopen(case: Case, text: str, unit: str | None = None) -> None:
    """重办: a new cycle with new clocks; the old cycle's verdict stands. To the same unit unless another is named."""
    needed("text", text, "重办理由", "the reason")
    unit = unit or case.ticket.unit
    known("unit", [unit] if unit else [], case.know.units, "单位", "unit")
    if unit:
        check_not_accused(case, unit)
    if case.ticket.status == Status.REVIEWED:
        _end_cycle(case, "reopened")
    case.record(Action.REOPEN, {"unit": unit}, text)
    case.session.add(Cycle(ticket_id=case.ticket.id, number=case.ticket.cycle, started_at=case.at))


def close(case: Case, text: str = "") -> None:
    """结案: after an evaluation, or after the policy's number of tries (3) to reach the citizen, or none wanted."""
    if not (case.ticket.evaluated or case.ticket.no_reply or case.ticket.tries >= case.policy.guards.follow_up_tries):
        tries = case.policy.guards.follow_up_tries
        raise OutOfOrder(
            f"尚未回访：取得评价或 {tries} 次联系不上之后才能结案",
            f"follow up first: an evaluation or {tries} failed tries",
        )
    case.record(Action.CLOSE, {}, text)
    _end_cycle(case, Status.CLOSED)


def withdraw(case: Case, text: str = "") -> None:
    """撤回, by the citizen or at the citizen's word; not where others' tickets were merged into it: they wait too."""
    if case.session.scalars(select(Ticket.id).where(Ticket.parent_id == case.ticket.id).limit(1)).first():
        raise OutOfOrder(
            "已有其他来件并入本工单，不能撤回", "other tickets were merged into this one; it cannot be withdrawn"
        )
    case.record(Action.WITHDRAW, {}, text)
    _end_cycle(case, Status.WITHDRAWN)


def merge(case: Case, into: str, text: str = "") -> None:
    """并单 into another open ticket. The child keeps its caller, who still gets the reply and a survey."""
    if into == case.ticket.number:
        raise InvalidInput("into", "不能并入自身，请填另一工单的编号", "a ticket cannot be merged into itself")
    parent = take(case.session, into, SYSTEM)
    lifecycle.check(Action.ABSORB, parent.ticket)
    due = case.ticket.due_at
    case.record(Action.MERGE, {"into": parent.ticket.id, "number": into}, text)
    _end_cycle(case, Status.MERGED)
    parent.actor = case.actor
    absorbed = {
        "child": case.ticket.id,
        "number": case.ticket.number,
        "due_at": due.isoformat() if due else None,
    }
    parent.record(Action.ABSORB, absorbed)
    parent.finish()


def set_assists(case: Case, units: Sequence[str]) -> None:
    """Bring the table of assisting units to `units`."""
    case.session.execute(delete(Assist).where(Assist.ticket_id == case.ticket.id))
    case.session.add_all(Assist(ticket_id=case.ticket.id, unit=unit) for unit in units)


def needed(field: str, text: str, zh: str, en: str) -> None:
    """Raise InvalidInput when a text that the act needs is empty."""
    if not text.strip():
        raise InvalidInput(field, f"请填写{zh}", f"{en} is needed")


def known(field: str, codes: Sequence[str], table: Mapping[str, Any], zh: str, en: str) -> None:
    """Raise InvalidInput when a code is not in `table`."""
    for code in codes:
        if code not in table:
            raise InvalidInput(
                field, f"{zh}代码“{code}”不存在，请从列表中选择", f"there is no {en} with the code {code!r}"
            )


def _keep_reply(case: Case, seq: int, result: str, public_reply: str, passed: bool | None) -> None:
    row = {
        "ticket_id": case.ticket.id,
        "seq": seq,
        "cycle": case.ticket.cycle,
        "unit": case.ticket.unit,
        "at": case.at,
    }
    case.session.add(Reply(**row, result=result, public_reply=public_reply, passed=passed))


def _latest_reply(case: Case) -> int | None:
    query = select(Reply.seq).where(Reply.ticket_id == case.ticket.id).order_by(Reply.seq.desc()).limit(1)
    return case.session.scalars(query).first()


def _end_cycle(case: Case, outcome: str) -> None:
    ended: dict[str, datetime | str] = {"ended_at": case.at, "outcome": str(outcome)}
    at = (Cycle.ticket_id == case.ticket.id) & (Cycle.number == case.ticket.cycle)
    case.session.execute(update(Cycle).where(at).values(**ended))


ACTS: Mapping[Action, Callable[..., None]] = {
    Action.ANSWER: answer,
    Action.REJECT: reject,
    Action.DISPATCH: dispatch,
    Action.ACCEPT: accept,
    Action.CONTACT: contact,
    Action.RETURN: return_,
    Action.DECIDE_RETURN: decide_return,
    Action.EXTEND: extend,
    Action.DECIDE_EXTENSION: decide_extension,
    Action.RESOLVE: resolve,
    Action.REVIEW: review,
    Action.FOLLOW_UP: follow_up,
    Action.REOPEN: reopen,
    Action.CLOSE: close,
    Action.WITHDRAW: withdraw,
    Action.MERGE: merge,
}
