"""Deadlines in great numbers on PostgreSQL: a wave in one minute, a backlog of a lost day, and none at all.

Tickets and clocks are copied by SQL from one ticket that the desk dispatched, over forty units. Each turn lets the next
level of every clock's ladder fall due, so that nothing need be taken back; two workers, warm as Celery keeps them,
sweep it. The bare thing copies the very rows that they wrote (events and escalations) by INSERT … SELECT into tables
with the same columns, keys and indexes, in batches of the same size.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from bench import house
from bench.figures import Figure, say
from hotline import db, desk, journal
from hotline.lifecycle import Action
from hotline.models import Clock, Event, Model
from hotline.rights import SYSTEM, Actor
from hotline.sweep import SWEEP_BATCH
from sla.policy import LEVELS

WAVE, BACKLOG = 65_000, 200_000
FEW, MANY = 10_000, 2_000_000
WORKERS = 2
LONGEST_SECONDS = 300
LEAST_RATIO = 0.30
MOST_IDLE = 1.5
IDLE_ROUNDS = 200
SAMPLE = 1000
DISPATCHER = Actor("staff:0", "派单员", frozenset({"dispatcher"}))
UNIT = "district-wudang"
CONTENT = ("subject", "seq", "at", "action", "actor", "unit", "data", "previous")
"""What an event's hash covers."""

FAST = (
    "SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off; SET LOCAL session_replication_role = replica"
)
DIGEST = "md5('{0}' || n) || md5('{0} ' || n)"
OWN = {
    "tickets": {
        "id": "n",
        "number": "'B' || n",
        "query_code_digest": DIGEST.format("code"),
        "external_id": "'bench-' || n",
        "unit": "codes[1 + mod(n, 40)]",
    },
    "events": {"subject": "'ticket:' || n", "ticket_id": "n", "hash": DIGEST.format("' || t.seq || '")},
    "clocks": {"ticket_id": "n", "next_at": "t.next_at + random() * interval '10 days'"},
}
"""What each copy has of its own; all else is as the model ticket has it."""

ARM = """
UPDATE clocks SET next_level = '{level}', next_at = fell.at, steps = json_build_array({steps})
FROM (SELECT id, now() - random() * interval '{span}' AS at FROM clocks) AS fell
WHERE clocks.id = fell.id
"""
STEP = "json_build_array('{}', to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"'))"
BARE_TABLES = ("events", "escalations")
BARE = """
CREATE TABLE bare_events (LIKE events INCLUDING ALL);
CREATE TABLE bare_escalations (LIKE escalations INCLUDING ALL);
INSERT INTO bare_events SELECT * FROM events;
ALTER TABLE bare_events ADD FOREIGN KEY (ticket_id) REFERENCES tickets, ADD FOREIGN KEY (seal) REFERENCES seals;
ALTER TABLE bare_escalations ADD FOREIGN KEY (ticket_id) REFERENCES tickets
"""
COPY = "INSERT INTO bare_{table} SELECT * FROM {table} WHERE id > {low} AND id <= {high}"
BROKEN = """
SELECT count(*) FROM events AS e LEFT JOIN events AS p ON p.subject = e.subject AND p.seq = e.seq - 1
WHERE e.action = 'escalate' AND e.previous IS DISTINCT FROM p.hash
"""


def timer_wave() -> Sequence[Figure]:
    """65,000 deadlines that fall in one minute, escalated by two workers."""
    return _timers("timer_wave", WAVE, "1 minute", counted=3)


def timer_backlog() -> Sequence[Figure]:
    """200,000 deadlines of a day on which nobody swept."""
    return _timers("timer_backlog", BACKLOG, "24 hours", counted=1)


def _timers(name: str, clocks: int, span: str, counted: int) -> Sequence[Figure]:
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()), ExitStack() as stack:
        _seed(clocks, "tickets", "events", "clocks")
        _run(BARE)
        wave = _Wave(clocks, span, [stack.enter_context(_worker()) for _ in range(WORKERS)])
        say(f"{name}: escalations/s of {clocks:,}, ours to the bare INSERT … SELECT's")
        timed = []
        for number, level in enumerate(LEVELS[: counted + 1]):
            ours, bare = wave.turn(level)
            turn = f"turn {number}" if number else "warm-up"
            say(f"  {turn}: {clocks / ours:,.0f} to {clocks / bare:,.0f} = {bare / ours:.2f}")
            timed.append((ours, bare))
        _check_chains()
    rate = statistics.median(clocks / ours for ours, _ in timed[1:])
    ratio = statistics.median(bare / ours for ours, bare in timed[1:])
    longest = max(ours for ours, _ in timed)
    in_time = Figure(f"{name}_seconds", longest, "s", LONGEST_SECONDS)
    return Figure(name, rate, "escalations/s", LEAST_RATIO, ratio), in_time


def sweep_idle() -> Sequence[Figure]:
    """A round in which nothing is due, with 10 thousand and with 2 million open tickets."""
    with ExitStack() as stack:
        few, many = (stack.enter_context(_waiting(clocks)) for clocks in (FEW, MANY))
        _sweep([few, many])
        rounds: dict[int, list[float]] = {FEW: [], MANY: []}
        for number in range(2 * IDLE_ROUNDS):
            tickets, worker = ((FEW, few), (MANY, many))[(number // 2 + number) % 2]  # few many, many few, few …
            rounds[tickets].append(_sweep([worker])[1])
        with_few, with_many = (statistics.median(rounds[tickets]) for tickets in (FEW, MANY))
    say(f"sweep_idle: {with_few * 1e3:.2f} ms with {FEW:,}, {with_many * 1e3:.2f} ms with {MANY:,}")
    return (Figure("sweep_idle", with_many / with_few, "times the cost with 10 thousand", MOST_IDLE),)


@contextmanager
def _waiting(clocks: int) -> Iterator[subprocess.Popen[str]]:
    """A worker over so many open tickets, of which none is due."""
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()):
        _seed(clocks, "tickets", "clocks")
        with _worker() as worker:
            yield worker


# The rows


def _run(*statements: str) -> None:
    """Run SQL without the limits of those who serve people, and without waiting for the disk at its end."""
    with db.transaction() as session:
        connection = session.connection()
        for statement in (FAST, *statements):
            connection.exec_driver_sql(statement)


def _seed(tickets: int, *tables: str) -> None:
    """So many open tickets, each with one running clock that is due in the future; `tables` are copied."""
    with db.transaction() as session:
        model = desk.open_ticket(session, house.inquiry(0), SYSTEM, hold=True).ticket
        desk.perform(session, model.number, DISPATCHER, Action.DISPATCH, {"unit": UNIT})
        session.execute(delete(Clock).where(Clock.name != "resolve"))
        first = model.id
    say(f"  making {tickets:,} tickets")
    units = "(SELECT array_agg(code ORDER BY code) AS codes FROM units WHERE kind <> 'city') AS units"
    numbers = f"generate_series({first + 1}, {first + tickets}) AS n, {units}"
    _run(*(_copies(table, first, numbers) for table in tables))
    _run(f"DELETE FROM clocks WHERE ticket_id = {first}")
    _vacuum()


def _copies(table: str, model: int, numbers: str) -> str:
    own = OWN[table]
    columns = [
        column.name for column in Model.metadata.tables[table].columns if table == "tickets" or column.name != "id"
    ]
    values = ", ".join(own.get(column, f"t.{column}") for column in columns)
    ours = f"t.{'id' if table == 'tickets' else 'ticket_id'} = {model}"
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} AS t, {numbers} WHERE {ours}"


def _arm(level: str, span: str) -> str:
    """Let this level of every clock fall within the last `span`, those before it earlier, those after it later."""
    times = [f"(fell.at + interval '{30 * (number - LEVELS.index(level))} days')" for number in range(len(LEVELS))]
    steps = ", ".join(STEP.format(name, at) for name, at in zip(LEVELS, times, strict=True))
    return ARM.format(level=level, span=span, steps=steps)


def _vacuum() -> None:
    with db.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM (ANALYZE)")
        connection.exec_driver_sql("CHECKPOINT")
        connection.exec_driver_sql(f"SET statement_timeout = {db.STATEMENT_TIMEOUT_MS}")


def _scalar(statement: str) -> Any:
    with db.transaction() as session:
        session.connection().exec_driver_sql(FAST)
        return session.connection().exec_driver_sql(statement).scalar()


# The two that take turns


@contextmanager
def _worker() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.sweeper"]
    process = subprocess.Popen(command, cwd=house.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        _read(process)
        yield process
    finally:
        process.communicate(timeout=60)


def _read(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("a worker ended by itself")
    return line


def _sweep(workers: Sequence[subprocess.Popen[str]]) -> tuple[int, float]:
    """A round of all workers at once: clocks taken in all, and the seconds of the one that took longest."""
    for worker in workers:
        if worker.stdin:
            worker.stdin.write("\n")
            worker.stdin.flush()
    answers = [_read(worker).split() for worker in workers]
    return sum(int(taken) for taken, _ in answers), max(float(seconds) for _, seconds in answers)


@dataclass
class _Wave:
    """Turn by turn one level after another; the bare thing copies what ours has just written."""

    clocks: int
    span: str
    workers: Sequence[subprocess.Popen[str]]

    def turn(self, level: str) -> tuple[float, float]:
        """(seconds of ours, seconds of the bare copy) for one level of every clock. Raises when ours missed any."""
        _run(_arm(level, self.span))
        _vacuum()
        before = {table: _last(table) for table in BARE_TABLES}
        taken, ours = _sweep(self.workers)
        once = _scalar(f"SELECT count(*) FROM escalations WHERE level = '{level}'")
        if (taken, once) != (self.clocks, self.clocks):
            raise RuntimeError(f"{taken} clocks were taken and {once} escalated, of {self.clocks}")
        _vacuum()
        shift, last = before["escalations"] - before["events"], _last("events")
        start = time.perf_counter()
        copied = sum(_copy(low, last, shift) for low in range(before["events"], last, SWEEP_BATCH))
        bare = time.perf_counter() - start
        if copied != 2 * self.clocks:
            raise RuntimeError(f"the bare copy has {copied} rows of {2 * self.clocks}")
        return ours, bare


def _last(table: str) -> int:
    return int(_scalar(f"SELECT max(id) FROM {table}") or 0)


def _copy(low: int, last: int, shift: int) -> int:
    """One batch, committed and on the disk as ours is; how many rows."""
    high = min(low + SWEEP_BATCH, last)
    with db.transaction() as session:
        copies = (
            COPY.format(table=table, low=low + by, high=high + by)
            for table, by in zip(BARE_TABLES, (0, shift), strict=True)
        )
        return sum(session.connection().exec_driver_sql(each).rowcount for each in copies)


def _check_chains() -> None:
    """Every escalation hangs on the event before it, and a sample of the hashes covers what it says."""
    broken = _scalar(BROKEN)
    with db.reading() as session:
        for row in session.scalars(select(Event).where(Event.action == "escalate").limit(SAMPLE)):
            content = {name: getattr(row, name) for name in CONTENT}
            broken += journal.event_hash(content) != row.hash
    if broken:
        raise RuntimeError(f"{broken} events do not hang on the one before")
