"""The rates of a period with their numerators, denominators, exclusions and counts; and the tickets behind each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import CTE, BigInteger, and_, case, cast, func, select, tuple_
from sqlalchemy.orm import Session

from hotline import db
from hotline.calls.connecting import NOT_SPLIT, connected
from hotline.reports import figures, mending
from hotline.reports.due import due_clocks
from hotline.reports.facts import facts, sets, tallied
from hotline.reports.metrics import BY_KEY, COUNTS, METRICS, Metric, key_of
from hotline.reports.remembering import remembered
from hotline.reports.scope import Scope, scope_of
from hotline.reports.targets import aimed
from hotline.reports.undispatched import undispatched
from hotline.settings import settings

NO_CALLS = "没有通话记录（话单）"
NOT_BY_UNIT = "转办由热线负责，不按单位统计"
PERCENTS = {"median": 50, "p90": 90}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a report. `value` is in `unit` (per cent, or hours) with two decimals, None for an empty denominator.

    `numerator` is None where there is none to count: no call records, or a quantile, whose `denominator` is the number
    of tickets measured. `exclusions` says what is left out, with its number; `note` why a value is empty.
    """

    metric: str
    part: str
    name: str
    numerator: int | None
    denominator: int | None
    value: Decimal | None
    target: Decimal | None
    unit: str
    definition: str
    exclusions: str = ""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is met, more or less being better as the metric says; None without a target or a value."""
        return None if self.value is None else self._reaches(self.value)

    def shown(self) -> str:
        """The value for people: 90.4 %, 12.50 小时, or 空."""
        if self.value is None:
            return "空"
        return f"{self.brief() if self.unit == '%' else self.value} {self.unit}"

    def brief(self) -> Decimal | None:
        """The value with one decimal, rounded once, from the fraction itself; where that would contradict `reached`
        (97.96 as 98.0, below a target of 98) with the two decimals by which it is judged.
        """
        if self.value is None:
            return None
        way = settings().rounding
        brief = figures.rate(self.numerator, self.denominator, 1, way) or figures.rounded(self.value, 1, way)
        return brief if self._reaches(brief) == self.reached else self.value

    def _reaches(self, value: Decimal) -> bool | None:
        if self.target is None:
            return None
        falling = BY_KEY[key_of(self.metric, self.part)].falling
        return value <= self.target if falling else value >= self.target


@dataclass(frozen=True, slots=True)
class Report:
    """The rates of `period` (both days included) as judged at `cut_off` (UTC, exclusive)."""

    period: tuple[date, date]
    cut_off: datetime
    metrics: list[Figure]
    counts: dict[str, int] = field(default_factory=dict)

    def figure(self, metric: str, part: str = "") -> Figure:
        """The line of a metric. KeyError for an unknown one."""
        return {(line.metric, line.part): line for line in self.metrics}[metric, part]


Counted = tuple[int, int]
"""So many minutes, and how many tickets took them."""


class Pair(NamedTuple):
    """A numerator and its denominator."""

    numerator: int = 0
    denominator: int = 0


def rates(
    session: Session,
    first: date,
    last: date,
    unit: str | None = None,
    kind: str | None = None,
    source: str | None = None,
) -> Report:
    """The rates of the days from `first` to `last`, of all or of one unit (with those below it), kind or source.

    Raises InvalidInput (from, to, unit, kind, source). Ticket metrics: tickets first dispatched in the period. Clock
    metrics: clocks due in it. All as it stood at the cut-off, from the history.
    """
    return rates_of(session, scope_of(session, first, last, unit, kind, source))


def rates_of(session: Session, scope: Scope) -> Report:
    """As `rates`, of a scope that is checked already: what else is asked of it then has the same cut-off."""
    counts, bad, clocks, beside, hours = remembered(session, scope, _counted)
    pairs = {key: Pair(counts[f"{key}/n"], counts[f"{key}/d"]) for key in _keys("tickets")}
    pairs |= clocks | call_pairs(session, scope)
    pairs["mended_rate"] = Pair(bad.mended, bad.judged)
    numbers = {name: counts.get(name, 0) + beside.get(name, 0) for name in COUNTS}
    lines = [_line(metric, pairs, hours, scope) for metric in METRICS]
    told = aimed(session, scope, _with_exclusions(lines, numbers, bad.waiting))
    return Report((scope.first, scope.last), scope.cut_off, told, numbers)


class _Counted(NamedTuple):
    """What the tickets of a scope come to: nothing that can be told or set otherwise afterwards."""

    counts: dict[str, int]
    bad: mending.BadCounts
    clocks: dict[str, Pair]
    beside: dict[str, int]
    hours: dict[str, list[Counted]]


def _counted(session: Session, scope: Scope) -> _Counted:
    return _Counted(
        counts=ticket_counts(session, tallied(scope)),
        bad=mending.bad_counts(session, scope),
        clocks=clock_pairs(session, scope),
        beside=undispatched(session, scope),
        hours=_hours(session, facts(scope)),
    )


def ratio_figure(metric: Metric, pair: Pair | None, note: str = "") -> Figure:
    """The line of a ratio, without its target; without a pair an empty one with the reason."""
    numerator, denominator = pair or (None, None)
    return Figure(
        metric=metric.id,
        part=metric.part,
        name=metric.name,
        numerator=numerator,
        denominator=denominator,
        value=figures.rate(numerator, denominator, rounding=settings().rounding),
        target=None,
        unit=metric.unit,
        definition=f"分子：{metric.numerator}；分母：{metric.denominator}",
        note=note or ("" if denominator else "分母为零"),
    )


def ratio_of(metric: Metric, pair: Pair, scope: Scope) -> Figure:
    """The line of a ratio; the dispatching is the hotline's own, so there is none of units."""
    if metric.id == "dispatch_on_time" and scope.units:
        return ratio_figure(metric, None, NOT_BY_UNIT)
    return ratio_figure(metric, pair)


def ticket_counts(session: Session, table: CTE) -> dict[str, int]:
    """Every set's size by name, and key/n and key/d of each ticket metric."""
    row = session.execute(select(*count_columns(table)).select_from(table)).one()
    return dict(row._mapping)


def count_columns(table: CTE) -> list[Any]:
    """The columns of `ticket_counts`, to be grouped where one likes; of `tallied` they come cheaper than of `facts`."""
    members = sets(table)
    wanted = dict(members)
    for metric in METRICS:
        if metric.source == "tickets":
            wanted[f"{metric.key}/n"] = and_(members[metric.among], members[metric.counts])
            wanted[f"{metric.key}/d"] = members[metric.among]
    return [_size(table, condition).label(name) for name, condition in wanted.items()]


def _size(table: CTE, condition: Any) -> Any:
    if "n" not in table.c:
        return func.count().filter(condition)
    return func.coalesce(cast(func.sum(table.c.n).filter(condition), BigInteger), 0)


def clock_pairs(session: Session, scope: Scope) -> dict[str, Pair]:
    """In time and due, by metric."""
    due = due_clocks(scope).subquery()
    query = select(due.c.name, func.count().filter(due.c.in_time), func.count()).group_by(due.c.name)
    found = {name: Pair(in_time, count) for name, in_time, count in session.execute(query)}
    return {metric.key: found.get(metric.among, Pair()) for metric in METRICS if metric.source == "clocks"}


def call_pairs(session: Session, scope: Scope) -> dict[str, Pair]:
    """Answered, and answered in 15 seconds, among the calls offered; none where the scope is of what calls have not, or
    no call was recorded.
    """
    if _splits(scope):
        return {}
    answered, prompt, offered = connected(session, scope.start, scope.cut_off)
    if not offered:
        return {}
    return {"connect_rate": Pair(answered, offered), "connect_rate_15s": Pair(prompt, offered)}


def _splits(scope: Scope) -> bool:
    """True where the scope is less than the city's whole work: a call is answered before it is a ticket."""
    return bool(scope.units or scope.kind or scope.source or scope.matters or scope.places or scope.agent)


def _keys(source: str) -> Iterable[str]:
    return (metric.key for metric in METRICS if metric.source == source)


def _line(metric: Metric, pairs: Mapping[str, Pair], hours: Mapping[str, Sequence[Counted]], scope: Scope) -> Figure:
    if metric.source == "calls":
        pair, why = pairs.get(metric.key), NOT_SPLIT if _splits(scope) else NO_CALLS
        return ratio_figure(metric, pair, "" if pair else why)
    if metric.source == "hours":
        return _quantile_figure(metric, hours)
    return ratio_of(metric, pairs[metric.key], scope)


def _quantile_figure(metric: Metric, minutes: Mapping[str, Sequence[Counted]]) -> Figure:
    quantile, _, which = metric.part.partition("_")
    counted = minutes[which]
    value = figures.quantile_of_counts(counted, PERCENTS[quantile])
    return hours_figure(metric, sum(count for _, count in counted), value)


def hours_figure(metric: Metric, count: int, minutes: Decimal | None) -> Figure:
    """The line of a time of handling: its quantile in minutes, of `count` tickets; empty for none."""
    return Figure(
        metric=metric.id,
        part=metric.part,
        name=metric.name,
        numerator=None,
        denominator=count,
        value=in_hours(minutes),
        target=None,
        unit=metric.unit,
        definition=f"{metric.numerator}；统计范围：{metric.denominator}",
        note="" if count else "分母为零",
    )


def in_hours(minutes: Decimal | None) -> Decimal | None:
    """Minutes as hours with two decimals by the city's rounding; None for none."""
    return None if minutes is None else figures.rounded(minutes / 60, 2, settings().rounding)


def _hours(session: Session, table: CTE) -> dict[str, list[Counted]]:
    """How many of the closed tickets took so many minutes from the first dispatch to the last answer, in order."""
    each = {"working": table.c.minutes_working, "natural": table.c.minutes_natural}
    closed = sets(table)["closed"]
    if not db.is_postgres(session):
        counted = {name: select(minutes, func.count()).where(closed) for name, minutes in each.items()}
        found = {name: session.execute(counted[name].group_by(minutes)) for name, minutes in each.items()}
        return {name: sorted((minutes, count) for minutes, count in rows) for name, rows in found.items()}
    which = case((func.grouping(table.c.minutes_working) == 0, "working"), else_="natural")
    both = func.grouping_sets(*(tuple_(minutes) for minutes in each.values()))
    query = select(which, func.coalesce(*each.values()), func.count()).where(closed).group_by(both)
    rows = session.execute(query).all()
    return {name: sorted((minutes, count) for of, minutes, count in rows if of == name) for name in each}


def _with_exclusions(lines: Sequence[Figure], counts: Mapping[str, int], waiting: int) -> list[Figure]:
    left_out = "、".join(
        f"{name} {counts[key]}"
        for key, name in (
            ("answered_at_once", "即答即结"),
            ("rejected", "不予受理"),
            ("withdrawn", "撤回"),
            ("merged", "并单"),
        )
    )
    words = {
        "tickets": f"不含：{left_out}",
        "hours": f"不含：{left_out}",
        "evaluations": f"不含：15 个工作日未到且尚未整改的 {waiting}",
        "clocks": "不含：到期前中止的",
        "calls": "",
    }
    return [replace(line, exclusions=words[BY_KEY[key_of(line.metric, line.part)].source]) for line in lines]
