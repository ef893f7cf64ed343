"""What the calls of a period come to: offered, answered, within 15 seconds, abandoned, and how long people waited.

A call belongs to the period in which it first rang. All offered calls are counted, the shortest too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, cast, extract, func, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.calls.connecting import PROMPT_SECONDS, within
from hotline.knowledge import midnight
from hotline.models import Call, Staff
from hotline.reports.figures import quantile_of_counts


@dataclass(frozen=True, slots=True)
class CallGroup:
    """One row. Seconds are of whole calls; quantiles None where there is no call.

    `answered` and `abandoned` add up to `offered`; `prompt` are those answered within 15 seconds.
    """

    code: str
    name: str
    offered: int
    answered: int
    prompt: int
    abandoned: int
    talk_seconds: int
    wait_median: Decimal | None
    wait_p90: Decimal | None
    talk_median: Decimal | None
    talk_p90: Decimal | None
    patience_median: Decimal | None


@dataclass(frozen=True, slots=True)
class CallTable:
    """The rows of one grouping in order, and the total of the same calls. `quiet`: no call at all was recorded."""

    by: str
    rows: list[CallGroup]
    total: CallGroup

    @property
    def quiet(self) -> bool:
        """True where the period has no record of a call."""
        return not self.total.offered


def call_table(session: Session, first: date, last: date, by: str) -> CallTable:
    """The calls of the days from `first` to `last` by hour, day or agent. Raises ValueError for another grouping.

    Every hour and every day has its row, quiet ones too; a call that nobody answered has no agent.
    """
    start, end = midnight(first), midnight(last + timedelta(days=1))
    if by not in _GROUPINGS:
        raise ValueError(f"by is one of {', '.join(_GROUPINGS)}, not {by!r}")
    column, named = _GROUPINGS[by]
    group = column(session)
    spans: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for what, seconds, condition in (
        ("wait", Call.wait_seconds, Call.answered_at.is_not(None)),
        ("talk", Call.talk_seconds, Call.answered_at.is_not(None)),
        ("patience", Call.wait_seconds, Call.answered_at.is_(None)),
    ):
        query = select(group.label("of"), seconds, func.count()).where(condition, *within(start, end))
        for code, length, count in session.execute(query.group_by("of", seconds)):
            spans[str(code)][what][length] = count
    names = named(session, first, last, spans)
    rows = [_group(code, name, spans.get(code, {})) for code, name in names.items()]
    return CallTable(by, rows, _group("", "合计", _summed(spans.values())))


def _hour(session: Session) -> ColumnElement[Any]:
    if db.is_postgres(session):
        return cast(extract("hour", func.timezone("Asia/Shanghai", Call.started_at)), Integer)
    return cast(func.strftime("%H", Call.started_at, "+8 hours"), Integer)


def _day(session: Session) -> ColumnElement[Any]:
    if db.is_postgres(session):
        return cast(func.date(func.timezone("Asia/Shanghai", Call.started_at)), String)
    return func.date(Call.started_at, "+8 hours", type_=String)


def _agent(_session: Session) -> ColumnElement[Any]:
    return Call.agent.expression


Spans = Mapping[str, Mapping[str, Mapping[int, int]]]
"""Group → wait, talk or patience → seconds → how many calls."""


def _hours(_session: Session, _first: date, _last: date, _found: Spans) -> dict[str, str]:
    return {str(hour): f"{hour}–{hour + 1} 时" for hour in range(24)}


def _days(_session: Session, first: date, last: date, _found: Spans) -> dict[str, str]:
    return {str(day): str(day) for day in (first + timedelta(days=n) for n in range((last - first).days + 1))}


def _agents(session: Session, _first: date, _last: date, found: Spans) -> dict[str, str]:
    """Who answered, by extension; with the name where an account signs in by it; nobody comes last."""
    codes = sorted(code for code in found if code)
    known = select(Staff.login, Staff.name).where(Staff.login.in_(codes))
    names = {login: f"{name}（{login}）" for login, name in session.execute(known)}
    listed = {code: names.get(code, code) for code in codes}
    return listed | ({"": "无人接听"} if "" in found else {})


_Column = Callable[[Session], ColumnElement[Any]]
_Named = Callable[[Session, date, date, Spans], dict[str, str]]
_GROUPINGS: dict[str, tuple[_Column, _Named]] = {
    "hour": (_hour, _hours),
    "day": (_day, _days),
    "agent": (_agent, _agents),
}
GROUPINGS = tuple(_GROUPINGS)


def _group(code: str, name: str, spans: Mapping[str, Mapping[int, int]]) -> CallGroup:
    wait, talk, patience = (spans.get(what, {}) for what in ("wait", "talk", "patience"))
    answered, abandoned = sum(wait.values()), sum(patience.values())
    return CallGroup(
        code=code,
        name=name,
        offered=answered + abandoned,
        answered=answered,
        prompt=sum(count for seconds, count in wait.items() if seconds <= PROMPT_SECONDS),
        abandoned=abandoned,
        talk_seconds=sum(seconds * count for seconds, count in talk.items()),
        wait_median=_quantile(wait, 50),
        wait_p90=_quantile(wait, 90),
        talk_median=_quantile(talk, 50),
        talk_p90=_quantile(talk, 90),
        patience_median=_quantile(patience, 50),
    )


def _quantile(counts: Mapping[int, int], percent: int) -> Decimal | None:
    return quantile_of_counts(sorted(counts.items()), percent)


def _summed(spans: Any) -> dict[str, dict[int, int]]:
    whole: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for group in spans:
        for what, counts in group.items():
            for seconds, count in counts.items():
                whole[what][seconds] += count
    return whole
