"""What a bulletin compares: the figures of its period, of the one before (环比) and of the same a year ago (同比)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, reports
from hotline.bulletins.periods import Period
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.lifecycle import Action
from hotline.models import Event, Ticket, Unit
from hotline.reports import Report, Scope, UnitRow, UnitTable

BEGINNING = date(1970, 1, 1)
UNIT_KINDS = ("city", "district", "department", "enterprise", "township", "community")


@dataclass(frozen=True)
class Stretch:
    """The figures of one period as they stood at its end. `received` counts (source, kind as it was taken down)."""

    period: Period
    scope: Scope
    report: Report
    units: UnitTable
    received: Counter[tuple[str, str]]

    def received_by(self, what: str) -> Counter[str]:
        """Received by source or by kind."""
        found: Counter[str] = Counter()
        for (source, kind), count in self.received.items():
            found[source if what == "source" else kind] += count
        return found

    @property
    def unit_rows(self) -> dict[str, UnitRow]:
        """Every unit's row by its code; the hotline's own, with what it took back, under an empty code."""
        rows = [*self.units.rows, *self.units.none_due, *self.units.no_tickets]
        return {each.code: each for each in rows + ([self.units.hotline] if self.units.hotline else [])}


@dataclass(frozen=True)
class Three:
    """A period, the one before it, and the same a year ago."""

    now: Stretch
    before: Stretch
    year_ago: Stretch
    order: dict[str, tuple[int, str]]
    """Unit → where it stands in a list: districts, departments, enterprises and so on, each by code."""


def three(session: Session, period: Period) -> Three:
    """The three stretches of a bulletin. Raises InvalidInput (first) for a period that has not begun."""
    present = today(db.now(session))
    if period.first > present:
        zh = f"{period.name}还没有开始，今天是 {present}，请选更早的"
        raise InvalidInput("first", zh, f"first: this period lies ahead; today is {present}")
    now, before, year_ago = (_stretch(session, each) for each in (period, period.before, period.year_ago))
    return Three(now, before, year_ago, _order(session))


def _order(session: Session) -> dict[str, tuple[int, str]]:
    ranks = {kind: rank for rank, kind in enumerate(UNIT_KINDS)}
    units = session.execute(select(Unit.code, Unit.kind))
    return {code: (ranks.get(kind, len(ranks)), code) for code, kind in units} | {"": (len(ranks) + 1, "")}


def _stretch(session: Session, period: Period) -> Stretch:
    scope = reports.scope_of(session, period.first, period.last)
    report, units = reports.rates_of(session, scope), reports.by_unit(session, scope)
    return Stretch(period, scope, report, units, _received(session, scope))


def _received(session: Session, scope: Scope) -> Counter[tuple[str, str]]:
    kind = Event.data["kind"].as_string()
    query = (
        select(Ticket.source, kind.label("taken_as"), func.count())
        .join(Ticket, Ticket.id == Event.ticket_id)
        .where(Event.action == Action.OPEN, Event.at >= scope.start, Event.at < scope.cut_off)
        .group_by(Ticket.source, "taken_as")
    )
    return Counter({(source, kind): count for source, kind, count in session.execute(query)})


def ever(scope: Scope, moment: datetime) -> Scope:
    """The scope of every ticket that came before `moment`, judged at it."""
    beginning = datetime.combine(BEGINNING, datetime.min.time(), UTC)
    return replace(scope, first=BEGINNING, start=beginning, cut_off=moment)


def is_over(session: Session, last: date) -> bool:
    """True once the last day of a period is over: what is judged at its end does not change any more."""
    return last < today(db.now(session))
