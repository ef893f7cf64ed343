"""A draft of a scheme, tried on the last whole months: each month ranked under it and under the version that judged it.

What was done stays as it is, and is measured once for both; only the scheme changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from hotline import db
from hotline.assessment.drafts import for_period
from hotline.assessment.ranking import Ranking, measured, ranked
from hotline.assessment.scheme import Scheme
from hotline.assessment.scoring import Ranked
from hotline.errors import NotFound
from hotline.knowledge import today
from hotline.reports.scope import scope_of
from hotline.rulemaking.rights import Watch, unwatched

MONTHS = 3
MOST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Change:
    """One unit in one month: as it was and under the draft; None where it had no place."""

    group: str
    unit: str
    name: str
    was: Ranked | None
    now: Ranked | None

    @property
    def points(self) -> Decimal | None:
        """Points won (above zero) or lost by the draft; None where there is nothing to compare."""
        return self.now.points - self.was.points if self.was and self.now else None

    @property
    def places(self) -> int | None:
        """Places won (above zero) or lost by the draft."""
        return self.was.place - self.now.place if self.was and self.now else None


@dataclass(frozen=True, slots=True)
class Month:
    """One month under both; `was` is None where no version of the scheme is published."""

    first: date
    last: date
    was: Ranking | None
    now: Ranking
    changes: list[Change]


def try_draft(session: Session, draft: Scheme, months: int = MONTHS, watch: Watch = unwatched) -> list[Month]:
    """The last `months` whole months, the newest first."""
    spans = list(_months(today(db.now(session)), months))
    return [_month(session, draft, *span) for span in watch(spans, "试算", months)]


def _months(day: date, count: int) -> list[tuple[date, date]]:
    """(first, last) of the whole months before `day`, the newest first."""
    spans = []
    for _ in range(count):
        last = day.replace(day=1) - timedelta(days=1)
        day = last.replace(day=1)
        spans.append((day, last))
    return spans


def _month(session: Session, draft: Scheme, first: date, last: date) -> Month:
    in_force = _in_force(session, draft.code, first)
    sources = dict.fromkeys((*draft.sources, *(in_force.sources if in_force else ())))
    units = measured(session, scope_of(session, first, last), list(sources))
    was, now = (ranked(in_force, units) if in_force else None), ranked(draft, units)
    return Month(first, last, was, now, _changes(was, now))


def _in_force(session: Session, code: str, first: date) -> Scheme | None:
    try:
        return for_period(session, code, first)
    except NotFound:
        return None


def _changes(was: Ranking | None, now: Ranking) -> list[Change]:
    """Every unit that has a place in either, in the order of the draft's ranking; those that lose theirs last."""
    old = {one.unit: (peer.name, one) for peer in (was.groups if was else ()) for one in peer.ranked}
    found = [
        Change(peer.name, one.unit, one.name, old.pop(one.unit, (None, None))[1], one)
        for peer in now.groups
        for one in peer.ranked
    ]
    return found + [Change(group, one.unit, one.name, one, None) for group, one in old.values()]
