"""What the desks' pages ask for: queues with counts, nearest deadline first; deadlines in words; what may be done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from hotline import db, lifecycle, vault
from hotline.desk.opening import message_of
from hotline.intake.inquiry import Inquiry, InvalidInput, Turn
from hotline.intake.phone import inquiry_of_call
from hotline.intake.vendors import FORMS
from hotline.knowledge import Knowledge, knowledge, midnight, today
from hotline.lifecycle import Action, Status
from hotline.models import Citizen, Clock, Ticket, Transcript
from hotline.progress import find_by_code
from hotline.queries import Told, current_clocks, timeline, visible_to
from hotline.rights import Actor
from hotline.settings import settings
from routing.decision import KINDS, Decision
from sla import values as sla
from sla import words
from sla.calendar import Calendar

PAGE_SIZE = 30
MOST_PAGES = 100
"""Nobody works through three thousand rows; beyond them there is search."""

MOST_COUNTED = 99_999
"""A tab's number is exact up to here; counting the millions of a history would hold up every look at the desk."""

PROVISIONAL = "放假安排尚未公布，按周一至周五推算，公布后重算"
"""Why a deadline is provisional."""

_LEADS_CLOCKS = ("accept", "contact", "resolve")
_ALL_CLOCKS = tuple(name for name in sla.CLOCKS if name != "suspend")
"""A suspension's cap is nobody's deadline."""

_DONE_AT_UNIT = frozenset(Status) - lifecycle.WITH_UNIT - {Status.RECEIVED}


@dataclass(frozen=True, slots=True)
class Queue:
    """A work list: what is to be done in it, and the clocks by whose nearest deadline it is sorted."""

    code: str
    title: str
    what: str
    why_empty: str
    clocks: tuple[str, ...] = ()


DESK_QUEUES = (
    Queue("received", "待受理", "看清诉求，转给负责的单位，或当场答复。", "来件都已转办或答复。", ("dispatch",)),
    Queue("pending", "待审批", "单位申请退单、延期或挂账，由派单员决定。", "没有单位在等审批。", ("decide",)),
    Queue("resolved", "待审核", "看答复是否回应了诉求；不具体的退回去。", "单位交来的答复都审完了。", ("review",)),
    Queue("reviewed", "待回访", "问市民：解决了吗，满意吗。", "该回访的都回访了。", ("follow_up",)),
    Queue("all", "全部", "所有工单，新的在前。", "还没有收到过诉求。", _ALL_CLOCKS),
)
"""The hotline's own lists."""

ASSIST = Queue("assist", "待协办", "", "没有等本单位协办的工单。", ("assist",))
UNIT_QUEUES = (
    Queue("todo", "在办", "", "转给本单位的工单都办完了。", _LEADS_CLOCKS),
    Queue("dispatched", "待签收", "", "没有新转来的工单。", _LEADS_CLOCKS),
    Queue("soon", "快到期", "", "没有时限用掉四分之三以上的工单。", (*_LEADS_CLOCKS, "assist", "supervise")),
    Queue("overdue", "已超期", "", "在办的工单都在时限以内。", (*_LEADS_CLOCKS, "assist", "supervise")),
    Queue("supervised", "督办", "", "没有等着反馈的督办。", ("supervise",)),
    ASSIST,
    Queue("suspended", "已挂账", "", "没有挂账的工单。", ("suspend",)),
    Queue("done", "已办结", "", "本单位还没有办结过工单。", ()),
)
"""A unit's lists."""

_BY_THE_ROW = frozenset({"received", "resolved", "reviewed", "todo", "dispatched"})
"""Lists sorted by the deadline kept on the ticket: long ones, where a look at each one's clocks took half a second."""

EXCLUSIONS = Queue(
    "exclusions",
    "不计入考核申请",
    "单位申请某件工单不计入考核，由管理者决定；时限和结论照旧保留。",
    "没有单位在等“不计入考核”的审批。",
)
"""The managers' own list."""


def _queue_condition(queue: Queue, session: Session, actor: Actor) -> ColumnElement[bool]:
    """What puts a ticket into the queue; only this one's is built, since each look at a desk asks for eight."""
    at, status = db.now(session), Ticket.status
    with_unit = status.in_(lifecycle.WITH_UNIT)
    leads, assists = partial(_leads, actor), partial(_has_clock, ASSIST, actor)
    conditions: dict[str, Callable[[], ColumnElement[bool]]] = {
        "received": lambda: status == Status.RECEIVED,
        "pending": lambda: Ticket.pending.is_not(None),
        "resolved": lambda: status == Status.RESOLVED,
        "reviewed": lambda: or_(status == Status.REVIEWED, _merged_and_answered(session)),
        "todo": lambda: and_(status.in_((Status.DISPATCHED, Status.ACCEPTED)), leads()),
        "dispatched": lambda: and_(status == Status.DISPATCHED, leads()),
        "soon": lambda: and_(with_unit, _has_clock(queue, actor, Clock.due_at >= at, _warned(at))),
        "overdue": lambda: and_(with_unit, _has_clock(queue, actor, Clock.due_at < at)),
        "supervised": lambda: and_(Ticket.supervised.is_(True), leads()),
        "assist": assists,
        "suspended": lambda: and_(status == Status.SUSPENDED, leads()),
        "done": lambda: or_(status.in_(_DONE_AT_UNIT), and_(with_unit, ~leads(), ~assists())),
        "exclusions": lambda: Ticket.excluded == "asked",
    }
    return conditions.get(queue.code, true)()


def _leads(actor: Actor) -> ColumnElement[bool]:
    """Tickets that the actor's unit leads, or one below it."""
    return Ticket.unit.in_(sorted(actor.units)) if actor.of_unit else true()


def _merged_and_answered(session: Session) -> ColumnElement[bool]:
    """The caller of a merged ticket is asked too, once the ticket it was joined to has its reply."""
    parent = aliased(Ticket)
    answered = exists().where(parent.id == Ticket.parent_id, parent.status.in_((Status.REVIEWED, Status.CLOSED)))
    guards = knowledge(session).policy_on(today(db.now(session)), settings().policy_set).guards
    open_ = and_(Ticket.evaluated.is_(False), Ticket.no_reply.is_(False), Ticket.tries < guards.follow_up_tries)
    return and_(Ticket.status == Status.MERGED, open_, answered)


def _running(names: Sequence[str], actor: Actor) -> ColumnElement[bool]:
    """Running clocks of the ticket: for a unit those that are its own to keep, as lead or as assisting unit."""
    runs = and_(Clock.met_at.is_(None), Clock.stopped_at.is_(None), Clock.known_until.is_(None))
    own = or_(Clock.party.in_(sorted(actor.units)), and_(Clock.party == "", _leads(actor)))
    return and_(Clock.ticket_id == Ticket.id, runs, Clock.name.in_(names), own if actor.of_unit else true())


def _has_clock(queue: Queue, actor: Actor, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_running(queue.clocks, actor), *conditions)


def _warned(at: datetime) -> ColumnElement[bool]:
    """The first step of the ladder, the warning, has been reached; steps are kept as [[level, time in UTC]]."""
    level, time = Clock.steps[(0, 0)].as_string(), Clock.steps[(0, 1)].as_string()
    return and_(level == "warn", time <= at.isoformat())


def queue_counts(session: Session, actor: Actor, queues: Sequence[Queue]) -> dict[str, int]:
    """How many tickets of each queue the actor may see; MOST_COUNTED + 1 where there are more, however many."""
    return {queue.code: _count(session, _of(session, actor, queue, Ticket.id)) for queue in queues}


def _count(session: Session, query: Select[Any]) -> int:
    some = query.limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def queue_page(
    session: Session, actor: Actor, queue: Queue, page: int, without: ColumnElement[bool] | None = None
) -> list[Ticket]:
    """The tickets of a page (from 1), nearest deadline first; lists without deadlines are newest first. Those `without`
    holds for are left out: they stand under another one's row.
    """
    query = _of(session, actor, queue, Ticket).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    query = query if without is None else query.where(~without)
    newest = (Ticket.received_at.desc(), Ticket.id.desc())
    if not queue.clocks or queue.code == "all":
        return list(session.scalars(query.order_by(*newest)))
    if queue.code in _BY_THE_ROW:
        return list(session.scalars(query.order_by(Ticket.nearest_at, Ticket.id)))
    nearest = _nearest(queue.clocks, actor)
    return list(session.scalars(query.order_by(nearest.is_(None), nearest, Ticket.id)))


def _of(session: Session, actor: Actor, queue: Queue, what: Any) -> Select[Any]:
    return select(what).select_from(Ticket).where(visible_to(actor), _queue_condition(queue, session, actor))


def _nearest(names: Sequence[str], actor: Actor) -> ScalarSelect[datetime]:
    return select(func.min(Clock.due_at)).where(_running(names, actor)).correlate(Ticket).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline as people read it. `left` is the share of the time still left, 0..1.

    state: running, soon (the warning has been reached), breached (open and past due), kept, late or stopped.
    """

    due_at: datetime
    due_words: str
    state: str
    words: str
    left: float
    provisional: bool
    why: str


def calendar_of(know: Knowledge, clock: Clock) -> Calendar:
    """The calendar by which a clock runs: that of the unit whose clock it is, in the edition it was counted by."""
    unit = (clock.party or clock.unit) if clock.name in sla.UNITS_CLOCKS else None
    edition = clock.calendar if know.rules.knows(clock.calendar, "") else know.rules.current
    return know.rules.calendar(edition, unit)


def deadline_of(clock: Clock | sla.Clock, now: datetime, calendar: Calendar) -> Deadline:
    """A clock's deadline, in words as they are true `now`."""
    state = _state(clock, now)
    span, rest = clock.due_at - clock.started_at, clock.due_at - (clock.met_at or clock.stopped_at or now)
    return Deadline(
        due_at=clock.due_at,
        due_words=words.deadline(clock.due_at, calendar),
        state=state,
        words=_said(clock, state, now, calendar),
        left=min(1.0, max(0.0, rest / span)) if span else 0.0,
        provisional=clock.provisional,
        why=PROVISIONAL if clock.provisional else "",
    )


def _state(clock: Clock | sla.Clock, now: datetime) -> str:
    if clock.met_at is not None:
        return "late" if clock.met_at > clock.due_at else "kept"
    if clock.stopped_at is not None:
        return "stopped"
    if now > clock.due_at:
        return "breached"
    warned = (_instant(at) for level, at in clock.steps if level == "warn")
    return "soon" if any(at <= now for at in warned) else "running"


def _instant(at: datetime | str) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


def _said(clock: Clock | sla.Clock, state: str, now: datetime, calendar: Calendar) -> str:
    if clock.met_at is not None and state == "late":
        return f"超期 {words.length(clock.due_at, clock.met_at, calendar)}完成"
    if clock.met_at is not None:
        return "按时完成"
    if clock.stopped_at is not None:
        return "不再计时"
    return words.remaining(clock.due_at, now, calendar)


def nearest_deadlines(
    session: Session, tickets: Sequence[Ticket], names: Sequence[str], actor: Actor | None = None
) -> dict[int, Deadline]:
    """By ticket the nearest deadline that runs; where none does, how the last answer's deadline was kept.

    For a unit's people only what is theirs to keep counts.
    """
    now, know = db.now(session), knowledge(session)
    found: dict[int, Deadline] = {}
    leads = {ticket.id: ticket.unit for ticket in tickets}
    for number, rows in current_clocks(session, list(leads)).items():
        own = [row for row in rows if actor is None or not actor.of_unit or (row.party or leads[number]) in actor.units]
        running = [row for row in own if _runs(row) and row.name in names]
        ended = [row for row in own if row.met_at and (row.name == "resolve" or (row.party and actor is not None))]
        clock = min(running, key=lambda row: row.due_at) if running else ended[-1] if ended else None
        if clock is not None:
            found[number] = deadline_of(clock, now, calendar_of(know, clock))
    return found


def next_deadline(session: Session, ticket_id: int, names: Collection[str]) -> tuple[str, Deadline] | None:
    """The running clock of these names that is due next, and its deadline."""
    rows = [row for row in current_clocks(session, [ticket_id])[ticket_id] if row.name in names and _runs(row)]
    if not rows:
        return None
    nearest = min(rows, key=lambda row: row.due_at)
    calendar = calendar_of(knowledge(session), nearest)
    return nearest.name, deadline_of(nearest, db.now(session), calendar)


def _runs(clock: Clock) -> bool:
    return clock.met_at is None and clock.stopped_at is None


def receipt(session: Session, code: str) -> tuple[Ticket, list[Clock]]:
    """The ticket of a query code that was given a moment ago, and its running clocks. Raises NotFound."""
    ticket = session.get_one(Ticket, find_by_code(session, code).id)
    rows = current_clocks(session, [ticket.id])[ticket.id]
    return ticket, [row for row in rows if _runs(row)]


def promised(session: Session) -> Mapping[str, Any]:
    """The city's limits as its citizens are told them: {dispatch, contact, resolve: [{kinds, limit}], urgent}."""
    policy = knowledge(session).policy_on(today(db.now(session)), settings().policy_set)

    def limit(clock: str, kind: str = "help", urgency: str = "normal") -> str:
        return policy.allowances(clock, kind, urgency)[0].text

    kinds: dict[str, list[str]] = {}
    for kind, name in KINDS.items():
        kinds.setdefault(limit("resolve", kind), []).append(name)
    urgent = f"危及生命、财产和公共卫生的紧急事项，{limit('dispatch', urgency='urgent')}内转办，不分昼夜。"
    resolve = [{"kinds": "、".join(names), "limit": text} for text, names in kinds.items()]
    return {"dispatch": limit("dispatch"), "contact": limit("contact"), "resolve": resolve, "urgent": urgent}


def promised_for(session: Session, kind: str) -> str:
    """Within what time a ticket of this kind is answered once a unit has it: 20 个工作日."""
    day = today(db.now(session))
    know = knowledge(session)
    policy = know.fitting_policy(day, {"kind": kind, "urgency": "normal"}) or know.default_policy(day)
    return policy.allowances("resolve", kind, "normal")[0].text


def acts_since(session: Session, ticket: Ticket, version: int) -> list[Told]:
    """What people did after `version`, oldest first; an act may be several events of one instant."""
    told = [each for each in timeline(session, ticket.id) if each.action not in _NOT_COUNTED]
    instants = sorted({each.at for each in told})[-max(0, ticket.version - version) :] if told else []
    return [each for each in told if each.at in instants] if version < ticket.version else []


_NOT_COUNTED = frozenset({Action.ESCALATE, Action.UNMASK})
"""Events that do not raise a ticket's version."""


def linked_tickets(session: Session, ticket: Ticket, actor: Actor) -> list[tuple[str, Ticket]]:
    """What this ticket was merged into, and what was merged into it: those that the actor may see."""
    related = or_(Ticket.id == ticket.parent_id, Ticket.parent_id == ticket.id)
    rows = session.scalars(select(Ticket).where(related, visible_to(actor)).order_by(Ticket.id))
    return [("并入了" if row.id == ticket.parent_id else "并进来的", row) for row in rows]


def transcript_turns(session: Session, ticket: Ticket) -> list[Turn]:
    """The turns of the ticket's call; empty for what was no call."""
    row = session.get(Transcript, ticket.id)
    return [Turn(*turn) for turn in row.turns] if row else []


def suggested(session: Session, inquiry: Inquiry) -> Decision:
    """What the machine thinks of an inquiry that is not yet a ticket."""
    message = message_of(inquiry)
    return knowledge(session).router.route(message)


def of_caller(session: Session, inquiry: Inquiry, size: int = 5) -> list[Ticket]:
    """Tickets of this caller, newest first; by HMAC, nothing is decrypted."""
    if not inquiry.phone:
        return []
    of_phone = Citizen.phone_digest == vault.digest(inquiry.phone, "phone")
    found = select(Ticket).join(Citizen, Citizen.ticket_id == Ticket.id).where(of_phone)
    return list(session.scalars(found.order_by(Ticket.id.desc()).limit(size)))


def how_sure(confidence: float) -> str:
    """The confidence in words; what goes out by itself is at least fairly sure."""
    sure = settings().dispatch_threshold
    return "很有把握" if confidence >= (1 + sure) / 2 else "较有把握" if confidence >= sure else "把握不大"


def pasted_call(call_id: str, caller: str, text: str) -> tuple[str, Inquiry]:
    """(form, Inquiry) of a transcript that an agent pasted or typed, in whichever recogniser's form it is.

    Raises InvalidInput: of the form that it looks most like, or that no form fits.
    """
    if not text.strip():
        raise InvalidInput("transcript", "请填写通话内容", "the transcript is needed")
    if text.lstrip()[0] not in "{[":
        return "plain", inquiry_of_call(call_id, "plain", caller, None, text)
    for form in (each for each in FORMS if each != "plain"):
        try:
            return form, inquiry_of_call(call_id, form, caller, None, text)
        except InvalidInput as wrong:
            if not wrong.field.startswith("transcript"):
                raise
    raise InvalidInput(
        "transcript",
        "看不懂这段识别结果：请把整段结果粘贴完整，或只粘贴“坐席：市民：”的文字",
        "no known transcript form fits; paste the whole of it, or plain text",
    )


def ladder_words(session: Session) -> dict[str, str]:
    """What each level of escalation means, by the ladder of the policy in force: 已到期, 超期 1 个工作日以上 …"""
    policy = knowledge(session).policy_on(today(db.now(session)), settings().policy_set)
    ladder = policy.ladder("resolve")
    percents = [f"时限已用 {percent}%" for percent in ladder.percents]
    days = [f"超期 {days} 个工作日以上" if days else "已到期" for days in ladder.working_days]
    return dict(zip(ladder.levels, [*percents, *days], strict=False))


def received_on(day: date, actor: Actor) -> Select[Any]:
    """The tickets that came on a day (Asia/Shanghai), as far as the actor may see: a list of `reports.page_of`."""
    start = midnight(day)
    within = (Ticket.received_at >= start, Ticket.received_at < start + timedelta(days=1))
    ticket: Any = Ticket
    columns = (ticket.id.label("ticket_id"), ticket.number, ticket.received_at.label("at"), ticket.id.label("nth"))
    return select(*columns).where(visible_to(actor), *within)
