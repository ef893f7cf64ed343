"""Acts of the hotline on what units ask and answer: approvals, supervision, review, follow-up, reopening, closing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import select, update

from hotline.desk.case import Case
from hotline.desk.guards import (
    answered_by,
    check_days,
    check_not_accused,
    closable,
    end_cycle,
    known,
    needed,
    other_policy,
    set_assists,
)
from hotline.desk.unit_acts import check_not_breached
from hotline.errors import OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.lifecycle import Action, Status
from hotline.models import Cycle, Evaluation, Reply
from hotline.rights import CITIZEN

LEVELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
"""好差评: five levels, the last two are 差评."""

SATISFIED_FROM = 3

LONGEST_SUPERVISION = 60
"""Working days within which a supervision must be answered, at the most."""


def decide_return(case: Case, approved: bool, text: str = "") -> None:
    """退单审批: approved → back to triage; refused → the unit goes on."""
    goes_on = {} if approved else {"unit": case.ticket.unit}
    case.record(Action.DECIDE_RETURN, {"approved": approved} | goes_on, text)
    if approved:
        set_assists(case, ())


def decide_extension(case: Case, approved: bool, text: str = "") -> None:
    """延期审批: approved → the deadline moves by the days asked."""
    days = _asked_days(case, Action.EXTEND)
    case.record(Action.DECIDE_EXTENSION, {"approved": approved, "days": days}, text)


def decide_suspension(case: Case, approved: bool, text: str = "") -> None:
    """挂账审批: approved → from now on to the cap the unit's clocks stand still; never after the breach."""
    days = _asked_days(case, Action.SUSPEND)
    data: dict[str, Any] = {"approved": approved, "days": days}
    if approved:
        check_not_breached(case)
        data["until"] = case.calendar.after_working_days(case.at, days).at.isoformat()
    case.record(Action.DECIDE_SUSPENSION, data, text)


def _asked_days(case: Case, action: Action) -> int:
    return int(next(event.data["days"] for event in reversed(case.events) if event.action == action))


def decide_exclusion(case: Case, approved: bool, text: str) -> None:
    """不计入考核审批, with the reason; the ticket's clocks and their verdicts stay as they are."""
    needed("text", text, "审批意见", "why")
    case.record(Action.DECIDE_EXCLUSION, {"approved": approved}, text)


def urge(case: Case, text: str = "") -> None:
    """催办 by the citizen, or at the citizen's word: the policy's times a day (1), shown to the unit."""
    most, today_ = case.policy.guards.urges_per_day, today(case.at)
    urged = [each for each in case.events if each.action == Action.URGE and today(each.at) == today_]
    if len(urged) >= most:
        raise OutOfOrder(
            f"今天已经催办过了（每天最多 {most} 次），单位已收到，请明天再催",
            "the unit was urged today already; try again tomorrow",
        )
    case.record(Action.URGE, {"unit": case.ticket.unit}, text)


def supervise(case: Case, text: str, days: int | None = None) -> None:
    """督办 by a manager or the hotline: what is wanted, and by when the unit must report back."""
    needed("text", text, "督办要求", "what is wanted")
    days = case.policy.guards.supervise_working_days if days is None else days
    check_days(days, LONGEST_SUPERVISION, "反馈期限")
    case.record(Action.SUPERVISE, {"days": days, "unit": case.ticket.unit}, text)


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
    if answered_by(case).status not in (Status.REVIEWED, Status.CLOSED):
        raise OutOfOrder("并入的工单尚未答复，答复后再回访", "the ticket it was merged into has no reviewed reply yet")


def reopen(case: Case, text: str, unit: str | None = None) -> None:
    """重办: a new cycle with new clocks; the old cycle's verdict stands. To the same unit unless another is named."""
    needed("text", text, "重办理由", "the reason")
    unit = unit or case.ticket.unit
    known("unit", [unit] if unit else [], case.know.units, "单位", "unit")
    if unit:
        check_not_accused(case, unit)
    if case.ticket.status == Status.REVIEWED:
        end_cycle(case, "reopened")
    policy = case.policy_for(unit) if unit else case.policy
    case.record(Action.REOPEN, {"unit": unit} | other_policy(case, policy), text)
    case.session.add(Cycle(ticket_id=case.ticket.id, number=case.ticket.cycle, started_at=case.at))
    set_assists(case, case.ticket.assisting)


def close(case: Case, text: str = "") -> None:
    """结案: after an evaluation, or after the policy's number of tries (3) to reach the citizen, or none wanted."""
    if not closable(case):
        tries = case.policy.guards.follow_up_tries
        raise OutOfOrder(
            f"尚未回访：取得评价或 {tries} 次联系不上之后才能结案",
            f"follow up first: an evaluation or {tries} failed tries",
        )
    case.record(Action.CLOSE, {}, text)
    end_cycle(case, Status.CLOSED)


def _latest_reply(case: Case) -> int | None:
    query = select(Reply.seq).where(Reply.ticket_id == case.ticket.id).order_by(Reply.seq.desc()).limit(1)
    return case.session.scalars(query).first()
