"""What was true of each ticket at a cut-off, as one SQL row per ticket; and the sets the rates count.

The cohort: tickets first handed to a unit within the period, by a dispatch, or by the reopening to a unit of one that
was answered at once. The rows are those of the table `facts` that were true just before the cut-off, never the ticket's
present row: a report of last month run today gives what it gave then. Only what the hand of the clock decides, whether
a deadline has come, is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Label,
    Select,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)

from hotline.db import UTCDateTime
from hotline.models import Fact
from hotline.models.facts import FLAGS
from hotline.reports.scope import Scope
from hotline.rows import table_of

TABLE = table_of(Fact)
DROPPED = ("rejected", "withdrawn", "merged")
_TIMES = ("known_from", "known_until")
_SAID = [column for column in TABLE.c if column.name not in (*_TIMES, "flags")]


def instant(at: datetime) -> BindParameter[datetime]:
    """An instant as part of the statement's text: a plan made for any period whatever, which PostgreSQL would keep for
    a statement that comes often, reads tables where an index has it all.
    """
    return bindparam(None, at, type_=UTCDateTime(), literal_execute=True)


def known_at(row: Any, moment: datetime) -> ColumnElement[bool]:
    """The row of facts or clocks was the truth just before `moment`."""
    at = instant(moment)
    return and_(row.known_from < at, or_(row.known_until.is_(None), row.known_until >= at))


def facts(scope: Scope, within: Select[Any] | None = None) -> CTE:
    """One row per ticket of the cohort, with what was true of it at the cut-off. Dropped ones are in it, and say so.

    The columns are those of models.Fact but the times of knowing, its flags as booleans; `late` and `passed` are judged
    at the cut-off, where a deadline at 24:00 belongs to the day it ends, so one that is the cut-off itself has come.
    `within` narrows it to some tickets' ids.
    """
    columns = (*_SAID, *_booleans(TABLE.c.flags, _passed(scope)))
    return _cohort(scope, columns, within).cte("cohort")


def tallied(scope: Scope, **said: ColumnElement[Any]) -> CTE:
    """The same tickets counted instead of listed: the booleans, columns `said` of TABLE, and how many, `n`.

    A few hundred rows at most for each value of `said`: whatever is counted of them afterwards costs next to nothing.
    """
    columns = {"flags": TABLE.c.flags, "passed": _passed(scope), **said}
    cohort = _cohort(scope, [column.label(name) for name, column in columns.items()]).subquery()
    each = select(*cohort.c, func.count().label("n")).group_by(*cohort.c).subquery()
    booleans = _booleans(each.c.flags, each.c.passed)
    return select(*booleans, *(each.c[name] for name in (*said, "n"))).cte("tally")


def _cohort(scope: Scope, columns: Sequence[Any], within: Select[Any] | None = None) -> CompoundSelect[Any]:
    """Rows that are true still, and those that have been since the cut-off: each half has an index of its own."""
    fact = TABLE.c
    start, cut_off = instant(scope.start), instant(scope.cut_off)
    asked = [fact.dispatched_at >= start, fact.dispatched_at < cut_off, fact.known_from < cut_off]
    asked += narrowed(fact, scope)
    if within is not None:
        asked.append(fact.ticket_id.in_(within))
    halves = (fact.known_until.is_(None), fact.known_until >= cut_off)
    return union_all(*(select(*columns).where(half, *asked) for half in halves))


def _passed(scope: Scope) -> ColumnElement[bool]:
    return func.coalesce(TABLE.c.due_at <= instant(scope.cut_off), False)


def flag(flags: ColumnElement[int], *names: str) -> ColumnElement[bool]:
    """One of the flags of these names (models.facts.FLAGS)."""
    return flags.bitwise_and(sum(1 << FLAGS.index(name) for name in names)) != 0


def _booleans(flags: ColumnElement[int], passed: ColumnElement[bool]) -> Iterator[Label[bool]]:
    for name in FLAGS:
        if name not in ("running", "late"):
            yield flag(flags, name).label(name)
    yield flag(flags, *DROPPED).label("dropped")
    yield passed.label("passed")
    yield or_(flag(flags, "late"), and_(flag(flags, "running"), passed)).label("late")


def narrowed(fact: Any, scope: Scope, unit: bool = True) -> Iterator[ColumnElement[bool]]:
    """What the scope asks of a ticket; without `unit` all but whose it is."""
    if scope.units and unit:
        yield fact.unit.in_(scope.units)
    if scope.kind:
        yield fact.kind == scope.kind
    if scope.source:
        yield fact.source == scope.source
    if scope.matters:
        yield fact.matter.in_(scope.matters)
    if scope.places:
        yield fact.place.in_(scope.places)
    if scope.agent:
        yield fact.agent == scope.agent
    if scope.assessed:
        yield not_(flag(fact.flags, "excluded"))


def sets(table: CTE) -> dict[str, ColumnElement[bool]]:
    """The sets of tickets that metrics and counts name, as conditions on `facts` or `tallied`."""
    fact = table.c
    kept, closed = not_(fact.dropped), and_(not_(fact.dropped), fact.closed)
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
