"""The full track of a ticket, and where its time went; and the same for a unit or the city over a period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from math import ceil
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.desk.case import history
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge, midnight
from hotline.ledger import Asked
from hotline.models import Event, Ticket
from hotline.queries import visible_to
from sla.calendar import Calendar
from sla.stages import HOTLINES, STAGES, Stretch, Taken, stretches, taken
from sla.values import Event as Moment

MOST_TICKETS = 20_000
"""Of which one answer reads the whole histories."""

LONGEST_DAYS = 92
"""One analysis covers a quarter at most: it reads each ticket's whole history."""

_HOUR = timedelta(hours=1)
_AT_ONCE = 500
_ASIDE = ("escalate", "unmask", "urge", "apart")
"""Events that change no stage."""


class Part(NamedTuple):
    """A stage of one ticket: whose time, and how long."""

    stretch: Stretch
    taken: Taken


def parts_of(session: Session, ticket: Ticket) -> list[Part]:
    """The stages of the ticket in order until now; together they are its whole life."""
    events, _ = history(session, ticket.id)
    calendar_of = _calendars(knowledge(session, ticket.calendar, ticket.policy))
    return [
        Part(each, Taken(each.end - each.start, calendar_of(each.unit).working_time(each.start, each.end)))
        for each in stretches(events, db.now(session))
    ]


def between(parts: Sequence[Part], start: datetime, end: datetime, know: Knowledge) -> list[Part]:
    """What lay between two events: the stages there, each cut to it."""
    calendar_of = _calendars(know)
    found = []
    for stretch, _ in parts:
        since, until = max(start, stretch.start), min(end, stretch.end)
        if since < until:
            working = calendar_of(stretch.unit).working_time(since, until)
            found.append(Part(stretch._replace(start=since, end=until), Taken(until - since, working)))
    return found


def owner(know: Knowledge, stretch: Stretch) -> str:
    """Whose time it was: the unit's short name, 热线, or nobody's."""
    if stretch.stage in HOTLINES:
        return "热线"
    return know.short_names.get(stretch.unit or "", "") if stretch.unit else ""


@dataclass(frozen=True, slots=True)
class StageFigures:
    """One stage over a period: how many tickets were in it, and of their times the median, the p90 and the sum.

    Hours, natural and working; p90 is the smallest time that nine tenths of the tickets do not exceed.
    """

    stage: str
    tickets: int
    median: tuple[float, float]
    p90: tuple[float, float]
    total: tuple[float, float]


@dataclass(frozen=True, slots=True)
class TimeReport:
    """`tickets` came from first to last, both included; those still open are measured up to `at`."""

    first: date
    last: date
    at: datetime
    tickets: int
    open: int
    stages: tuple[StageFigures, ...]


def time_report(session: Session, asked: Asked, first: date, last: date) -> TimeReport:
    """Where the time of the tickets went that came in a period and that the units hold or held last.

    Raises InvalidInput for a period that is upside down or longer than LONGEST_DAYS.
    """
    _check(first, last)
    at, calendar_of = db.now(session), _calendars(knowledge(session))
    times: dict[str, list[Taken]] = {stage: [] for stage in STAGES}
    tickets = unfinished = 0
    for events in _histories(session, _cohort(asked, first, last)):
        found = stretches(events, at)
        tickets += 1
        unfinished += bool(found) and found[-1].end == at
        for stage, spent in taken(found, calendar_of).items():
            times[stage].append(spent)
    stages = tuple(_figures(stage, spent) for stage, spent in times.items() if spent)
    return TimeReport(first, last, at, tickets, unfinished, stages)


def _check(first: date, last: date) -> None:
    for field, day in (("from", first), ("to", last)):
        if not 2000 <= day.year <= 2100:
            raise InvalidInput(field, "日期应在 2000 年至 2100 年之间", "the day must lie between 2000 and 2100")
    if last < first:
        raise InvalidInput("to", "结束日期早于开始日期", "the last day is before the first")
    if (last - first).days >= LONGEST_DAYS:
        raise InvalidInput("to", f"一次最多分析 {LONGEST_DAYS} 天，请缩短范围", f"at most {LONGEST_DAYS} days at once")


def _cohort(asked: Asked, first: date, last: date) -> Select[int]:
    within = (Ticket.received_at >= midnight(first), Ticket.received_at < midnight(last + timedelta(days=1)))
    query = select(Ticket.id).where(*within, visible_to(asked.actor))
    return query.where(Ticket.unit.in_(asked.units)) if asked.units else query


def _histories(session: Session, cohort: Select[int]) -> Iterator[list[Moment]]:
    """The history of each ticket, one after the other, never all at once."""
    ids = session.scalars(cohort.order_by(Ticket.id).limit(MOST_TICKETS + 1)).all()
    if len(ids) > MOST_TICKETS:
        raise InvalidInput(
            "to",
            f"这段时间的工单超过 {MOST_TICKETS:,} 件，一次分析不完，请缩短时间或选一个单位",
            f"more than {MOST_TICKETS} tickets: ask for fewer days, or for one unit",
        )
    for start in range(0, len(ids), _AT_ONCE):
        rows = session.execute(
            select(Event.ticket_id, Event.seq, Event.at, Event.action, Event.data)
            .where(Event.ticket_id.in_(ids[start : start + _AT_ONCE]), Event.action.not_in(_ASIDE))
            .order_by(Event.ticket_id, Event.seq)
        )
        for _, mine in groupby(rows, key=lambda row: row.ticket_id):
            yield [Moment(row.seq, row.at, row.action, row.data) for row in mine]


def _figures(stage: str, spent: Sequence[Taken]) -> StageFigures:
    natural, working = (sorted(each[kind] / _HOUR for each in spent) for kind in (0, 1))
    place = ceil(0.9 * len(spent)) - 1
    return StageFigures(
        stage=stage,
        tickets=len(spent),
        median=(median(natural), median(working)),
        p90=(natural[place], working[place]),
        total=(sum(natural), sum(working)),
    )


def _calendars(know: Knowledge) -> Callable[[str | None], Calendar]:
    rules = know.rules
    return lambda unit: rules.calendar(rules.current, unit)


def report_json(report: TimeReport) -> dict[str, Any]:
    """The analysis as the API gives it; hours to two digits."""
    return {
        "from": str(report.first),
        "to": str(report.last),
        "at": report.at.isoformat(),
        "tickets": report.tickets,
        "open": report.open,
        "stages": [_stage_json(each) for each in report.stages],
    }


def _stage_json(each: StageFigures) -> dict[str, Any]:
    named: Mapping[str, tuple[float, float]] = {"median": each.median, "p90": each.p90, "total": each.total}
    hours = {name: {"natural": round(n, 2), "working": round(w, 2)} for name, (n, w) in named.items()}
    owner_ = "hotline" if each.stage in HOTLINES else "none" if each.stage == "ended" else "unit"
    return {"stage": each.stage, "name": STAGES[each.stage], "owner": owner_, "tickets": each.tickets, **hours}


def parts_json(know: Knowledge, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The stages of one ticket as the API gives them; whole seconds."""
    return [
        {
            "stage": stretch.stage,
            "name": STAGES[stretch.stage],
            "owner": owner(know, stretch),
            "unit": stretch.unit,
            "from": stretch.start.isoformat(),
            "to": stretch.end.isoformat(),
            "natural_seconds": int(spent.natural.total_seconds()),
            "working_seconds": int(spent.working.total_seconds()),
        }
        for stretch, spent in parts
    ]
