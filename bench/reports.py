"""Reports over a house with a year behind it: beside one bare aggregate, by the period, and by what lies before it.

Time is that of the processor, ours and PostgreSQL's for our connection together, with no helpers beside it: a machine
that others use says the same. Every figure is of BENCH_TICKETS tickets, 100 thousand by default.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import history, house
from bench.figures import Figure, say
from hotline import db, reports
from hotline.knowledge import knowledge, today
from hotline.models.facts import FLAGS
from hotline.reports import remembering
from hotline.reports.months import keep_round
from hotline.reports.scope import Scope

LEAST_RATIO = 1 / 3
MOST_OVERVIEW_MS = 300
MOST_OF_LONGER, MOST_OF_HISTORY = 1.3, 1.3
REPEATS = 5
TICK = 1 / os.sysconf("SC_CLK_TCK")
TENTHS = 5
"""Work is repeated for at least half a second, since the system counts the processor's time in hundredths."""


def _bit(*names: str) -> str:
    mask = sum(1 << FLAGS.index(name) for name in names)
    return f"flags & {mask} <> 0"


_KEPT = f"NOT {_bit('rejected', 'withdrawn', 'merged')}"
_LATE = f"({_bit('late')} OR ({_bit('running')} AND due_at <= :cut))"
_CLOSED = f"{_KEPT} AND {_bit('closed')}"
_PAST = f"{_KEPT} AND NOT {_bit('closed')} AND due_at <= :cut"
COUNTED = (
    _KEPT,
    _CLOSED,
    f"({_CLOSED}) OR ({_PAST})",
    f"{_CLOSED} AND NOT {_LATE}",
    f"{_CLOSED} AND NOT {_bit('reopened', 'moved')}",
    f"{_KEPT} AND {_bit('evaluated')}",
    f"{_KEPT} AND {_bit('solved')}",
    f"{_KEPT} AND {_bit('satisfied')}",
    f"{_CLOSED} AND {_bit('satisfied')}",
    f"{_CLOSED} AND {_bit('evaluated')}",
    f"{_KEPT} AND {_bit('returned')}",
    f"{_KEPT} AND {_bit('extended')}",
    f"{_CLOSED} AND {_bit('reopened')}",
    f"(({_CLOSED}) OR ({_PAST})) AND {_LATE}",
)
"""The sets of which the rates are made, each once."""

BARE = f"""
SELECT {", ".join(f"count(*) FILTER (WHERE {each})" for each in COUNTED)},
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY minutes_working) FILTER (WHERE {_CLOSED}),
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY minutes_natural) FILTER (WHERE {_CLOSED}),
  (SELECT array_agg(ARRAY[top, bottom]) FROM (
    SELECT count(*) FILTER (WHERE met_at <= due_at) AS top, count(*) AS bottom FROM clocks
    WHERE name IN ('dispatch', 'accept', 'contact') AND due_at > :start AND due_at <= :cut
    GROUP BY name) AS due)
FROM facts WHERE dispatched_at >= :start AND dispatched_at < :cut AND known_until IS NULL
"""
"""What a report of the present says, without its names and exclusions, in one statement as one would write it."""

GROUPED = f"""
SELECT place, NULL AS name, {", ".join(f"count(*) FILTER (WHERE {each})" for each in COUNTED)} FROM facts
WHERE dispatched_at >= :start AND dispatched_at < :cut AND known_until IS NULL GROUP BY place
UNION ALL
SELECT place, name, count(*) FILTER (WHERE met_at <= clocks.due_at), count(*) {", NULL" * (len(COUNTED) - 2)}
FROM clocks JOIN facts ON facts.ticket_id = clocks.ticket_id AND facts.known_until IS NULL
WHERE name IN ('dispatch', 'accept', 'contact') AND clocks.due_at > :start AND clocks.due_at <= :cut
GROUP BY place, name
"""
"""The same by place, without evaluations and without what no unit was given."""

STAGES = """
SELECT name, count(*),
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY worked) FILTER (WHERE met_at < :cut),
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY met_at - started_at) FILTER (WHERE met_at < :cut)
FROM clocks WHERE due_at > :start AND due_at <= :cut GROUP BY name
"""
"""Median and p90 of every clock due, in working and in natural time."""


@dataclass
class _Meter:
    """A connection that is watched."""

    session: Session
    backend: int

    def ms(self, work: Callable[[], object]) -> float:
        """Milliseconds of the processor that `work` takes, here and in the database: a median."""
        work()
        return statistics.median(self._once(work) for _ in range(REPEATS)) * 1e3

    def _once(self, work: Callable[[], object]) -> float:
        calls, begun, before = 0, time.perf_counter(), self._spent()
        while not calls or time.perf_counter() - begun < TENTHS / 10:
            work()
            calls += 1
        return (self._spent() - before) / calls

    def _spent(self) -> float:
        fields = Path(f"/proc/{self.backend}/stat").read_text("ascii").rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) * TICK


@contextmanager
def _house(tickets: int, days: int = history.DAYS) -> Iterator[_Meter]:
    """A connection to a house with a history, each statement of which is one process's work."""
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()):
        history.fill(tickets, days)
        keep_round()
        with db.reading() as session:
            connection = session.connection()
            connection.exec_driver_sql("SET max_parallel_workers_per_gather = 0")
            connection.exec_driver_sql("SET statement_timeout = 0")
            knowledge(session)
            [backend] = connection.exec_driver_sql("SELECT pg_backend_pid()").one()
            yield _Meter(session, backend)


def _last(session: Session, days: int) -> Scope:
    """The last so many days, with today."""
    end = today(db.now(session))
    return reports.scope_of(session, end - timedelta(days=days - 1), end)


def report_year() -> Iterator[Figure]:
    """The report of a year beside the bare aggregate over the same rows, the overview, and what a longer period and a
    longer history cost.
    """
    tickets = history.asked_for()
    with _house(tickets) as meter:
        yield from _beside_bare(meter, tickets)
        yield _overview(meter)
        yield _longer(meter)
        month = _of_month(meter)
    with _house(max(tickets // 10, 1000), history.DAYS // 10) as meter:
        alone = _of_month(meter)
    say(f"report_history: {month:.1f} ms with a year before it, {alone:.1f} ms with a tenth of it")
    yield Figure("report_history", month / alone, "times the cost with a tenth of the history", MOST_OF_HISTORY)


def _beside_bare(meter: _Meter, tickets: int) -> Iterator[Figure]:
    session, scope = meter.session, _last(meter.session, history.DAYS)
    asked: dict[str, Any] = {"start": scope.start, "cut": scope.cut_off}
    reported: Iterable[tuple[str, str, Callable[[], object]]] = (
        ("report_year", BARE, lambda: reports.rates_of(session, scope)),
        ("report_places", GROUPED, lambda: reports.grouped(session, scope, "place")),
        ("report_stages", STAGES, lambda: reports.stages(session, scope)),
    )
    for name, statement, report in reported:
        ours, bare = meter.ms(report), meter.ms(partial(_all, session, statement, asked))
        say(f"{name}: {ours:,.0f} ms over {tickets:,} tickets, {bare:,.0f} ms the bare aggregate")
        yield Figure(name, ours, "ms", LEAST_RATIO, bare / ours)


def _all(session: Session, statement: str, asked: dict[str, Any]) -> object:
    return session.execute(text(statement), asked).all()


def _overview(meter: _Meter) -> Figure:
    """The managers' overview of thirty days: the rates beside the periods before, which a process remembers, a year's
    line, what came each day, what is overdue.
    """
    session, scope = meter.session, _last(meter.session, 30)
    parts = {
        part.__name__: meter.ms(lambda part=part: part(session, scope))  # type: ignore[misc]
        for part in (
            reports.compared,
            reports.rate_line,
            reports.daily_volume,
            reports.overdue_by_level,
        )
    }
    say("report_overview: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in parts.items()))
    return Figure("report_overview", sum(parts.values()), "ms", MOST_OVERVIEW_MS)


def _longer(meter: _Meter) -> Figure:
    """The rows of ten months cost no more each than those of one."""
    session = meter.session
    scopes = [_before_today(session, days) for days in (30, 300)]
    short, long = (_cost(meter, scope) for scope in scopes)
    say(f"report_period: {short:.1f} ms for 30 days, {long:.1f} ms for 300")
    return Figure("report_period", long / short / 10, "times the cost of a day, in 300 of 30 days", MOST_OF_LONGER)


def _of_month(meter: _Meter) -> float:
    return _cost(meter, _before_today(meter.session, 30))


def _cost(meter: _Meter, scope: Scope) -> float:
    """Milliseconds of a report that nobody remembers."""

    def counted() -> object:
        remembering.forget()
        return reports.rates_of(meter.session, scope)

    return meter.ms(counted)


def _before_today(session: Session, days: int) -> Scope:
    end: date = today(db.now(session)) - timedelta(days=1)
    return reports.scope_of(session, end - timedelta(days=days - 1), end)
