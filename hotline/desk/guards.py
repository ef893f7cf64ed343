"""What several acts look at before, and what they write beside the event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline.desk.case import Case
from hotline.errors import OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.models import Assist, Cycle, Reply, Ticket
from sla.calendar import Calendar
from sla.policy import Policy, return_window_ends


class Standing(Protocol):
    """What a guard looks at, whether somebody acts on the ticket or only asks what may be done."""

    @property
    def session(self) -> Session:
        """The transaction."""
        ...

    @property
    def ticket(self) -> Ticket:
        """Its row."""
        ...

    @property
    def at(self) -> datetime:
        """Now."""
        ...

    @property
    def policy(self) -> Policy:
        """The version that it stands under."""
        ...

    @property
    def calendar(self) -> Calendar:
        """As the ticket's unit lives by it."""
        ...


def breached(now: Standing) -> bool:
    """True once the deadline for the answer has passed."""
    return now.ticket.due_at is not None and now.at > now.ticket.due_at


def returnable(now: Standing) -> bool:
    """True within the policy's window after the dispatch (rules.md, Life cycle)."""
    dispatched = now.ticket.dispatched_at or now.at
    return now.at <= return_window_ends(dispatched, now.ticket.complex, now.policy, now.calendar)


def closable(now: Standing) -> bool:
    """True after an evaluation, after the policy's number of tries to reach the citizen, or where none is wanted."""
    ticket = now.ticket
    return ticket.evaluated or ticket.no_reply or ticket.tries >= now.policy.guards.follow_up_tries


def answered_by(now: Standing) -> Ticket:
    """The ticket whose reply answers this one: itself, or the last in the row of those it was merged into."""
    last = now.ticket
    while last.parent_id is not None:
        last = now.session.get_one(Ticket, last.parent_id)
    return last


def check_days(days: int, most: int, word: str) -> None:
    """Raise InvalidInput unless `days` is 1 to `most` working days; `word` names what is asked for."""
    if not 1 <= days <= most:
        raise InvalidInput(
            "days", f"{word}应为 1 至 {most} 个工作日，您填了 {days}", f"days must be 1 to {most}, not {days}"
        )


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


def check_not_accused(case: Case, unit: str) -> None:
    """Raise OutOfOrder when `unit` is accused in this 举报, or in one that was merged into it, or stands under such."""
    if _accused_among(case, [unit]):
        name = case.know.unit_name(unit)
        raise OutOfOrder(
            f"{name}是被举报单位（或其下属），不能接收本工单，请转其上级或纪检监察部门",
            "the accused unit, or one under it, cannot receive this ticket; dispatch it to its superior",
        )


def check_not_merged_with_accused(case: Case, parent: Ticket) -> None:
    """Raise OutOfOrder when a unit that handles `parent` is accused in this 举报: it would learn of it, and answer."""
    unit = _accused_among(case, [code for code in (parent.unit, *parent.assisting) if code])
    if unit:
        raise OutOfOrder(
            f"{case.know.unit_name(unit)}是被举报单位（或其下属），工单 {parent.number} 正由它办理，举报不能并入",
            "an accused unit, or one under it, handles that ticket; the report cannot be merged into it",
        )


def _accused_among(case: Case, units: Sequence[str]) -> str | None:
    """The first of the units that may know nothing of this ticket."""
    accused = _accused(case)
    return next((unit for unit in units if accused & set(case.know.unit_tree.ancestors(unit))), None)


def _accused(case: Case) -> set[str]:
    """Whom this ticket accuses, or one that was merged into it, however deep."""
    found, merged = set(case.ticket.accused), [case.ticket.id]
    while merged:
        rows = case.session.execute(select(Ticket.id, Ticket.accused).where(Ticket.parent_id.in_(merged))).all()
        found.update(unit for row in rows for unit in row.accused)
        merged = [row.id for row in rows]
    return found


def other_policy(case: Case, policy: Policy) -> dict[str, str]:
    """What an event says when it puts the ticket under another policy."""
    return {"policy": policy.stamp} if policy.stamp != case.ticket.policy else {}


def set_assists(case: Case, units: Sequence[str]) -> None:
    """Bring the table of assisting units to `units`."""
    case.session.execute(delete(Assist).where(Assist.ticket_id == case.ticket.id))
    case.session.add_all(Assist(ticket_id=case.ticket.id, unit=unit) for unit in units)


def keep_reply(case: Case, seq: int, result: str, public_reply: str, passed: bool | None) -> None:
    """Keep an answer; `passed` is None until it was reviewed."""
    row = {
        "ticket_id": case.ticket.id,
        "seq": seq,
        "cycle": case.ticket.cycle,
        "unit": case.ticket.unit,
        "at": case.at,
    }
    case.session.add(Reply(**row, result=result, public_reply=public_reply, passed=passed))


def end_cycle(case: Case, outcome: str) -> None:
    """Note when and how the present cycle ended."""
    ended: dict[str, datetime | str] = {"ended_at": case.at, "outcome": str(outcome)}
    at = (Cycle.ticket_id == case.ticket.id) & (Cycle.number == case.ticket.cycle)
    case.session.execute(update(Cycle).where(at).values(**ended))


def reopen_cycle(case: Case) -> None:
    """The present cycle goes on: its end was a mistake."""
    at = (Cycle.ticket_id == case.ticket.id) & (Cycle.number == case.ticket.cycle)
    case.session.execute(update(Cycle).where(at).values(ended_at=None, outcome=None))
