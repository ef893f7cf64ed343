"""What the history says about each ticket at a cut-off, as one SQL row per ticket; and the sets the rates count.

The cohort: tickets first handed to a unit within the period, by a dispatch, or by the reopening to a unit of one that
was answered at once. Everything is read off events before the cut-off, off clock rows as they were known then and off
evaluations before it, never off the ticket's present row: a report of last month run today gives what it gave then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Subquery, and_, case, func, not_, or_, select, true
from sqlalchemy.orm import aliased

from hotline.lifecycle import Action
from hotline.models import Clock, Evaluation, Event, Ticket
from hotline.reports.scope import Scope

_TOLD = (
    Action.OPEN,
    Action.DISPATCH,
    Action.REOPEN,
    Action.RETURN,
    Action.DECIDE_RETURN,
    Action.DECIDE_EXTENSION,
    Action.RESOLVE,
    Action.CLOSE,
    Action.ANSWER,
    Action.REJECT,
    Action.WITHDRAW,
    Action.MERGE,
    Action.UNMERGE,
)
_DROPS = (Action.REJECT, Action.WITHDRAW, Action.MERGE, Action.UNMERGE)
_ENDS = (Action.CLOSE, Action.ANSWER)


def handed(event: Any) -> ColumnElement[bool]:
    """The event hands the ticket to a unit."""
    to_unit = event.data["unit"].as_string().is_not(None)
    return and_(event.action.in_((Action.DISPATCH, Action.REOPEN)), or_(event.action == Action.DISPATCH, to_unit))


def known_at(clock: Any, moment: datetime) -> ColumnElement[bool]:
    """The clock row was the truth just before `moment`."""
    return and_(clock.known_from < moment, or_(clock.known_until.is_(None), clock.known_until >= moment))


def late_at(clock: Any, moment: datetime) -> ColumnElement[bool]:
    """Just before `moment` the clock had ended after its deadline, or ran and its deadline had come.

    A deadline at 24:00 belongs to the day it ends, so one that is `moment` itself has come.
    """
    met = and_(clock.met_at.is_not(None), clock.met_at < moment)
    stopped = and_(clock.stopped_at.is_not(None), clock.stopped_at < moment)
    running = and_(or_(clock.met_at.is_(None), clock.met_at >= moment), not_(func.coalesce(stopped, False)))
    return or_(
        and_(met, clock.met_at > clock.due_at),
        and_(stopped, clock.stopped_at > clock.due_at),
        and_(running, clock.due_at <= moment),
    )


def facts(scope: Scope, within: Select[Any] | None = None) -> CTE:
    """One row per ticket of the cohort, with what was true of it at the cut-off. Dropped ones are in it, and say so.

    `within` narrows it to some tickets' ids. Every part hangs on by an outer join to a unique row, and unit and kind
    are looked up, so that a database leaves out what a query does not ask for.
    """
    given = _candidates(scope, within)
    acts, answer, opinion = _acts(scope, given), _answer(scope, given), _opinion(scope, given)
    unit, kind = _said(acts.c.holder_seq, acts, "unit"), _said(acts.c.named_seq, acts, "kind")
    query = (
        select(
            acts.c.ticket_id,
            Ticket.number,
            Ticket.source,
            unit.label("unit"),
            kind.label("kind"),
            acts.c.dispatched_at,
            func.coalesce(acts.c.resolved_at, acts.c.ended_at).label("answered_at"),
            acts.c.ended_at,
            case((answer.c.cycle == acts.c.reopens + 1, answer.c.due_at)).label("due_at"),
            *(each.label(name) for name, each in _columns(acts.c, answer.c, opinion.c, scope.cut_off).items()),
        )
        .select_from(acts)
        .outerjoin(Ticket, Ticket.id == acts.c.ticket_id)
        .outerjoin(answer, answer.c.ticket_id == acts.c.ticket_id)
        .outerjoin(opinion, opinion.c.ticket_id == acts.c.ticket_id)
    )
    if scope.units:
        query = query.where(unit.in_(scope.units))
    if scope.kind:
        query = query.where(kind == scope.kind)
    if scope.source:
        query = query.where(Ticket.source == scope.source)
    return query.cte("facts")


def _candidates(scope: Scope, within: Select[Any] | None) -> Select[Any]:
    """Tickets handed out in the period. That it was for the first time is seen when their acts are grouped: an
    anti-join over conditions on JSON makes PostgreSQL expect one row, and loop over all for each.
    """
    given = aliased(Event)
    query: Select[Any] = select(given.ticket_id).where(
        given.action.in_((Action.DISPATCH, Action.REOPEN)), given.at >= scope.start, given.at < scope.cut_off
    )
    return query if within is None else query.where(given.ticket_id.in_(within))


def _said(seq: ColumnElement[int], acts: Any, name: str) -> ColumnElement[str]:
    """A word of the data of the ticket's event `seq`."""
    event = aliased(Event)
    word = event.data[name].as_string()
    return select(word).where(event.ticket_id == acts.c.ticket_id, event.seq == seq).scalar_subquery()


def _acts(scope: Scope, candidates: Select[Any]) -> Subquery:
    """What was done before the cut-off to each ticket that was first handed out in the period."""
    event = aliased(Event)
    approved = event.data["approved"].as_boolean().is_(True)
    taken = or_(event.action == Action.UNMERGE, and_(event.action == Action.DECIDE_RETURN, approved))
    moved = or_(handed(event), event.action == Action.REOPEN, taken)
    first_given = func.min(event.at).filter(handed(event))

    def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(*conditions)

    return (
        select(
            event.ticket_id,
            first_given.label("dispatched_at"),
            func.max(event.seq).filter(moved).label("holder_seq"),
            func.max(event.seq).filter(event.action.in_((Action.OPEN, Action.DISPATCH))).label("named_seq"),
            func.coalesce(func.max(event.seq).filter(event.action.in_(_ENDS)), 0).label("ended_seq"),
            func.coalesce(func.max(event.seq).filter(event.action == Action.REOPEN), 0).label("reopened_seq"),
            func.max(event.at).filter(event.action.in_(_ENDS)).label("ended_at"),
            func.max(event.at).filter(event.action == Action.RESOLVE).label("resolved_at"),
            count(event.action == Action.DISPATCH).label("dispatches"),
            count(event.action == Action.REOPEN).label("reopens"),
            count(event.action == Action.RETURN).label("returns"),
            count(event.action == Action.DECIDE_RETURN, approved).label("taken_back"),
            count(event.action == Action.DECIDE_EXTENSION, approved).label("extensions"),
            *(count(event.action == act).label(act) for act in _DROPS),
        )
        .where(event.ticket_id.in_(candidates), event.at < scope.cut_off, event.action.in_(_TOLD))
        .group_by(event.ticket_id)
        .having(first_given >= scope.start)
        .subquery("acts")
    )


def _answer(scope: Scope, candidates: Select[Any]) -> Subquery:
    """Whether any resolve clock of the ticket was breached, and how the one stands that was started last."""
    top = func.max(Clock.opened_by).over(partition_by=Clock.ticket_id).label("top")
    known = (Clock.name == "resolve", known_at(Clock, scope.cut_off), Clock.ticket_id.in_(candidates))
    columns = (Clock.ticket_id, Clock.cycle, Clock.opened_by, Clock.due_at, Clock.met_at, Clock.provisional)
    each = select(*columns, late_at(Clock, scope.cut_off).label("late"), top).where(*known).subquery("resolves")
    clock, last = each.c, each.c.opened_by == each.c.top
    met = and_(clock.met_at.is_not(None), clock.met_at < scope.cut_off, clock.met_at <= clock.due_at)
    return (
        select(
            clock.ticket_id,
            func.max(clock.cycle).label("cycle"),
            func.max(clock.due_at).filter(last).label("due_at"),
            (func.count().filter(clock.late) > 0).label("late"),
            (func.count().filter(last, met) > 0).label("in_time"),
            (func.count().filter(last, clock.provisional) > 0).label("provisional"),
        )
        .group_by(clock.ticket_id)
        .subquery("answer")
    )


def _opinion(scope: Scope, candidates: Select[Any]) -> Subquery:
    """The newest answered evaluation of the ticket."""
    top = func.max(Evaluation.seq).over(partition_by=Evaluation.ticket_id).label("top")
    told = (Evaluation.answered, Evaluation.at < scope.cut_off, Evaluation.ticket_id.in_(candidates))
    columns = (Evaluation.ticket_id, Evaluation.seq, Evaluation.solved, Evaluation.satisfied, top)
    each = select(*columns).where(*told).subquery("opinions")
    last = each.c.seq == each.c.top
    return (
        select(
            each.c.ticket_id,
            func.max(each.c.seq).label("seq"),
            (func.count().filter(last, each.c.solved) > 0).label("solved"),
            (func.count().filter(last, each.c.satisfied) > 0).label("satisfied"),
        )
        .group_by(each.c.ticket_id)
        .subquery("opinion")
    )


def _columns(acts: Any, answer: Any, opinion: Any, cut_off: datetime) -> dict[str, ColumnElement[bool]]:
    present = answer.cycle == acts.reopens + 1
    return {
        "rejected": acts.reject > 0,
        "withdrawn": acts.withdraw > 0,
        "merged": acts.merge > acts.unmerge,
        "closed": acts.ended_seq > acts.reopened_seq,
        "late": func.coalesce(answer.late, False),
        "passed": func.coalesce(and_(present, answer.due_at <= cut_off), False),
        "in_time": func.coalesce(and_(present, answer.in_time), False),
        "provisional": func.coalesce(and_(present, answer.provisional), False),
        "moved": or_(acts.dispatches > 1, acts.taken_back > 0),
        "reopened": acts.reopens > 0,
        "returned": acts.returns > 0,
        "extended": acts.extensions > 0,
        "evaluated": opinion.seq.is_not(None),
        "solved": func.coalesce(opinion.solved, False),
        "satisfied": func.coalesce(opinion.satisfied, False),
    }


def sets(table: CTE) -> dict[str, ColumnElement[bool]]:
    """The sets of tickets that metrics and counts name, as conditions on `facts`."""
    fact = table.c
    dropped = or_(fact.rejected, fact.withdrawn, fact.merged)
    kept, closed = not_(dropped), and_(not_(dropped), fact.closed)
    still_open = and_(kept, not_(fact.closed))
    past = and_(still_open, fact.passed)
    plain = {name: and_(kept, fact[name]) for name in ("evaluated", "solved", "satisfied", "returned", "extended")}
    return plain | {
        "dispatched": kept,
        "closed": closed,
        "due": or_(closed, past),
        "closed_in_time": and_(closed, not_(fact.late)),
        "closed_first_time": and_(closed, not_(fact.reopened), not_(fact.moved)),
        "reopened": and_(kept, fact.reopened),
        "overdue": or_(and_(closed, fact.late), and_(past, or_(fact.late, not_(fact.in_time)))),
        "not_evaluated": and_(closed, not_(fact.evaluated)),
        "open_within_limits": and_(still_open, not_(fact.passed)),
        "open_past_deadline": past,
        "provisional": and_(kept, fact.provisional),
        "reopened_open": and_(still_open, fact.reopened),
        "rejected": fact.rejected,
        "withdrawn": fact.withdrawn,
        "merged": fact.merged,
        "all": true(),
    }
