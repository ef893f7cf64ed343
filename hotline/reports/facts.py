"""What the history says about each ticket at a cut-off, as one SQL row per ticket; and the sets the rates count.

The cohort: tickets first handed to a unit within the period, by a dispatch, or by the reopening to a unit of one that
was answered at once. Everything is read off events before the cut-off, off clock rows as they were known then and off
evaluations before it, never off the ticket's present row: a report of last month run today gives what it gave then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, not_, or_, select, true
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
)
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


def facts(scope: Scope) -> CTE:
    """One row per ticket of the cohort, with what was true of it at the cut-off. Dropped ones are in it, and say so."""
    cohort = _cohort(scope)
    acts = _acts(scope, cohort)
    worst, newest = _worst(scope, cohort), _newest(scope, cohort)
    holder, named, last, told = aliased(Event), aliased(Event), aliased(Clock), aliased(Evaluation)
    columns = _columns(acts.c, last, told, scope.cut_off)
    query = (
        select(
            cohort.c.ticket_id,
            Ticket.number,
            Ticket.source,
            holder.data["unit"].as_string().label("unit"),
            named.data["kind"].as_string().label("kind"),
            cohort.c.dispatched_at,
            func.coalesce(acts.c.resolved_at, acts.c.ended_at).label("answered_at"),
            acts.c.ended_at,
            last.due_at,
            func.coalesce(worst.c.late, False).label("late"),
            *(expression.label(name) for name, expression in columns.items()),
        )
        .join(Ticket, Ticket.id == cohort.c.ticket_id)
        .join(acts, acts.c.ticket_id == cohort.c.ticket_id)
        .join(holder, and_(holder.ticket_id == acts.c.ticket_id, holder.seq == acts.c.holder_seq))
        .join(named, and_(named.ticket_id == acts.c.ticket_id, named.seq == acts.c.named_seq))
        .outerjoin(worst, worst.c.ticket_id == cohort.c.ticket_id)
        .outerjoin(last, _is_last(last, worst, acts, scope.cut_off))
        .outerjoin(newest, newest.c.ticket_id == cohort.c.ticket_id)
        .outerjoin(told, and_(told.ticket_id == newest.c.ticket_id, told.seq == newest.c.seq))
    )
    return _asked_for(query, scope, holder, named).cte("facts")


def _cohort(scope: Scope) -> CTE:
    event, earlier = aliased(Event), aliased(Event)
    before = select(earlier.id).where(earlier.ticket_id == event.ticket_id, earlier.seq < event.seq, handed(earlier))
    return (
        select(event.ticket_id, event.at.label("dispatched_at"))
        .where(handed(event), event.at >= scope.start, event.at < scope.cut_off, ~before.exists())
        .cte("cohort")
    )


def _acts(scope: Scope, cohort: CTE) -> CTE:
    """What was done to each ticket of the cohort before the cut-off."""
    event = aliased(Event)
    approved = event.data["approved"].as_boolean().is_(True)
    moved = or_(handed(event), event.action == Action.REOPEN, and_(event.action == Action.DECIDE_RETURN, approved))

    def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(*conditions)

    return (
        select(
            event.ticket_id,
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
            *(count(event.action == act).label(act) for act in (Action.REJECT, Action.WITHDRAW, Action.MERGE)),
        )
        .join(cohort, cohort.c.ticket_id == event.ticket_id)
        .where(event.at < scope.cut_off, event.action.in_(_TOLD))
        .group_by(event.ticket_id)
        .cte("acts")
    )


def _worst(scope: Scope, cohort: CTE) -> CTE:
    """Whether any resolve clock of the ticket was breached, and which one was started last."""
    late = func.count().filter(late_at(Clock, scope.cut_off)) > 0
    return (
        select(Clock.ticket_id, func.max(Clock.opened_by).label("opened_by"), late.label("late"))
        .join(cohort, cohort.c.ticket_id == Clock.ticket_id)
        .where(Clock.name == "resolve", known_at(Clock, scope.cut_off))
        .group_by(Clock.ticket_id)
        .cte("worst")
    )


def _is_last(clock: Any, worst: CTE, acts: CTE, cut_off: datetime) -> ColumnElement[bool]:
    """The clock whose deadline stands on the ticket: the last resolve clock, if it is of the present cycle."""
    return and_(
        clock.ticket_id == worst.c.ticket_id,
        clock.name == "resolve",
        clock.opened_by == worst.c.opened_by,
        clock.cycle == acts.c.reopens + 1,
        known_at(clock, cut_off),
    )


def _newest(scope: Scope, cohort: CTE) -> CTE:
    return (
        select(Evaluation.ticket_id, func.max(Evaluation.seq).label("seq"))
        .join(cohort, cohort.c.ticket_id == Evaluation.ticket_id)
        .where(Evaluation.answered, Evaluation.at < scope.cut_off)
        .group_by(Evaluation.ticket_id)
        .cte("newest")
    )


def _columns(acts: Any, clock: Any, told: Any, cut_off: datetime) -> dict[str, ColumnElement[bool]]:
    in_time = and_(clock.met_at.is_not(None), clock.met_at < cut_off, clock.met_at <= clock.due_at)
    return {
        "rejected": acts.reject > 0,
        "withdrawn": acts.withdraw > 0,
        "merged": acts.merge > 0,
        "closed": acts.ended_seq > acts.reopened_seq,
        "passed": func.coalesce(clock.due_at <= cut_off, False),
        "in_time": func.coalesce(in_time, False),
        "provisional": func.coalesce(clock.provisional, False),
        "moved": or_(acts.dispatches > 1, acts.taken_back > 0),
        "reopened": acts.reopens > 0,
        "returned": acts.returns > 0,
        "extended": acts.extensions > 0,
        "evaluated": told.seq.is_not(None),
        "solved": func.coalesce(told.solved, False),
        "satisfied": func.coalesce(told.satisfied, False),
    }


def _asked_for(query: Select[Any], scope: Scope, holder: Any, named: Any) -> Select[Any]:
    if scope.units:
        query = query.where(holder.data["unit"].as_string().in_(scope.units))
    if scope.kind:
        query = query.where(named.data["kind"].as_string() == scope.kind)
    if scope.source:
        query = query.where(Ticket.source == scope.source)
    return query


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
