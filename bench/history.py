"""A house with a year behind it, in minutes: `fill(tickets)` in a furnished house on PostgreSQL.

Some thousand tickets are made one by one, each life folded and run through the clocks and facts as the desk would have
done it; then SQL copies them under numbers of their own until there are enough. So every row of a copy is what it would
be, but for three things: a copy's hashes are no chain, what was closed with the data key cannot be opened, and tickets
come in groups at the same moment. Events count as delivered and sealed: `reindex` fills an index of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Table

from bench import house
from bench.figures import say
from bench.lives import AGENTS, KINDS, SOURCES, Life, Step, moment
from hotline import clocks, db, facts, journal, lifecycle
from hotline.desk import opening
from hotline.knowledge import Knowledge, knowledge, midnight, today
from hotline.lifecycle import Action
from hotline.models import (
    BadEvaluation,
    Citizen,
    Clock,
    Cycle,
    Escalation,
    Evaluation,
    Event,
    Fact,
    Reply,
    Seal,
    Ticket,
)
from hotline.models.model import Model
from hotline.rights import Actor
from hotline.rows import Rows, insert_all, table_of
from hotline.state import State
from routing.decision import Decision
from sla.clock import clocks as run_clocks
from sla.values import Event as Moment

VARIABLE = "BENCH_TICKETS"
TICKETS = 100_000
MADE = 10_000
"""So many are made one by one; the others are copies of them."""

DAYS = 365
BATCH = 1000
SEED = 20260101
FAST = (
    "SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off; "
    "SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '512MB'"
)
TABLES = (Ticket, Citizen, Event, Cycle, Clock, Escalation, Reply, Evaluation, Fact, BadEvaluation)
DIGEST = "md5('{0}' || {1}) || md5('{0} ' || {1})"


def asked_for() -> int:
    """How many tickets a measure of history is to have: 100 thousand, or what BENCH_TICKETS says."""
    return int(os.environ.get(VARIABLE, TICKETS))


def fill(tickets: int | None = None, days: int = DAYS) -> None:
    """Give the house so many tickets, received over the last `days`, with all that hangs on them.

    For a house that has none; BENCH_TICKETS where it is not said. Sequences and statistics are put right.
    """
    tickets = asked_for() if tickets is None else tickets
    made = min(tickets, MADE)
    copies = -(-tickets // made)
    say(f"  making {made:,} tickets of {days} days")
    _make(made, days)
    say(f"  copying them to {made * copies:,}")
    if copies > 1:
        _copy(made, copies)
    _run(f"SELECT setval('ticket_numbers', {made * copies})")
    vacuum()


# One by one


def _make(count: int, days: int) -> None:
    with db.transaction() as session:
        know, now = knowledge(session), db.now(session)
        session.connection().exec_driver_sql(FAST)
        insert_all(session, Rows(Seal, [_seal(now)]))
        for first in range(1, count + 1, BATCH):
            numbers = range(first, min(first + BATCH, count + 1))
            made = [_Made(know, number, _life(know, number, count, days, now)) for number in numbers]
            for model in TABLES:
                if rows := [row for each in made for row in each.rows[model]]:
                    insert_all(session, Rows(model, rows))


def _seal(now: datetime) -> dict[str, Any]:
    return {"id": 1, "at": now, "count": 0, "root": journal.GENESIS, "previous": journal.GENESIS, "hash": "0" * 64}


def _life(know: Knowledge, number: int, count: int, days: int, now: datetime) -> Life:
    """Ticket `number` of `count`, which come evenly from day to day and in the order of their numbers."""
    dice = Random(SEED + number)
    day = midnight(today(now)) - timedelta(days=days - (number - 1) * days // count)
    units = sorted(code for code, unit in know.units.items() if unit.kind in ("district", "department", "enterprise"))
    [kind], place = dice.choices([*KINDS], [*KINDS.values()]), dice.choice([*know.places_in_force])
    said = {"kind": kind, "urgency": "normal", "matter": dice.choice([*know.matters_in_force]), "place": place}
    return Life(dice, moment(dice, day), now, units, said)


@dataclass
class _Made:
    """One ticket with all its rows, by model."""

    know: Knowledge
    number: int
    life: Life
    rows: dict[type[Model], list[dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        life, dice = self.life, self.life.dice
        [source] = dice.choices([*SOURCES], [*SOURCES.values()])
        self.inquiry = replace(house.inquiry(self.number, source), source=source)
        self.actor = Actor(f"staff:{1 + dice.randrange(AGENTS)}", "坐席", frozenset({"agent"}))
        decision = Decision(**life.said, unit=None)
        self.opening = opening._Opening(
            self.inquiry, decision, self.actor, life.received, self.number, self.know, hold=True
        )
        opened = Step(life.received, Action.OPEN, dict(self.opening.entries[0].data), self.actor.id)
        self.steps = self._with_escalations([opened, *life.steps])
        self.moments = _moments(self.steps)
        self.clocks = run_clocks(self.moments, self.know.rules)
        self.ticket = self._ticket()
        self.rows = {
            Ticket: [self.ticket],
            Citizen: [self.opening.citizen_row()],
            Event: self._events(),
            Cycle: list(self._cycles()),
            Clock: self._clocks(),
            Escalation: self._escalations(),
            Reply: [*self._told(Action.RESOLVE, self._reply), *self._told(Action.ANSWER, self._reply)],
            Evaluation: self._told(Action.FOLLOW_UP, lambda step: {"by": step.actor, **step.data}),
            Fact: facts.stretches(self.ticket | {"agent": self.actor.id}, self.moments, self.know.rules),
            BadEvaluation: [self._own(each) for each in facts.bad_evaluations(self.moments, self.know.rules)],
        }

    def _own(self, row: dict[str, Any]) -> dict[str, Any]:
        return {"ticket_id": self.number, **row}

    def _with_escalations(self, steps: list[Step]) -> list[Step]:
        """With a step for each level that a clock reached, as the sweep finds it: at once."""
        fallen = [
            Step(at, Action.ESCALATE, {"clock": clock.name, "cycle": clock.cycle, "level": level, "due_at": str(at)})
            for clock in run_clocks(_moments(steps), self.know.rules)
            for level, at in clock.steps
            if at <= min(self.life.now, clock.ended_at or self.life.now)
        ]
        return sorted([*steps, *fallen], key=lambda step: step.at)

    def _events(self) -> list[dict[str, Any]]:
        subject = f"ticket:{self.number}"
        entries = [journal.Entry(subject, s.action, s.actor, s.at, s.data, s.unit, self.number) for s in self.steps]
        made, _ = journal.rows(entries, journal.Link())
        return [row | {"delivered_at": row["at"], "seal": 1} for row in made]

    def _ticket(self) -> dict[str, Any]:
        state = State()
        for each in self.moments:
            lifecycle.apply(state, each.action, each.at, each.data)
        folded = {name: getattr(state, name) for name in State.__slots__}
        acts = sum(1 for each in self.moments if each.action != Action.ESCALATE)
        answers = [clock.due_at for clock in self.clocks if clock.name == "resolve" and clock.cycle == state.cycle]
        made = self.opening.ticket_row(opening.content_digest(self.inquiry))
        more = {"version": acts, "due_at": answers[-1] if answers else None, "nearest_at": clocks.nearest(self.clocks)}
        return made | folded | more

    def _cycles(self) -> Iterator[dict[str, Any]]:
        starts = [self.life.received, *(each.at for each in self.moments if each.action == Action.REOPEN)]
        for number, at in enumerate(starts, 1):
            after = starts[number] if number < len(starts) else None
            ended = after or (self.moments[-1].at if self.ticket["status"] == "closed" else None)
            outcome = "reopened" if after else ("closed" if ended else None)
            yield self._own({"number": number, "started_at": at, "ended_at": ended, "outcome": outcome})

    def _clocks(self) -> list[dict[str, Any]]:
        """As they are known today; `unit` is that of the act that started them."""
        rows = []
        for clock in self.clocks:
            unit = self.moments[clock.opened_by - 1].data.get("unit")
            rows += clocks.first_rows(self.number, unit, [clock], self.know.rules)
            passed = {level for level, at in clock.steps if at <= self.life.now}
            if rows[-1]["next_level"] in passed:
                following = [step for step in clock.steps if step.level not in passed]
                level, at = following[0] if following else (None, None)
                rows[-1] |= {"next_level": level, "next_at": at}
        return rows

    def _escalations(self) -> list[dict[str, Any]]:
        return [
            self._own(
                {
                    "clock": clock.name,
                    "cycle": clock.cycle,
                    "opened_by": clock.opened_by,
                    "party": clock.party,
                    "level": level,
                    "unit": self.moments[clock.opened_by - 1].data.get("unit"),
                    "due_at": at,
                    "detected_at": at,
                }
            )
            for clock in self.clocks
            for level, at in clock.steps
            if at <= min(self.life.now, clock.ended_at or self.life.now)
        ]

    def _told(self, action: Action, row: Callable[[Step], dict[str, Any]]) -> list[dict[str, Any]]:
        """A row for each event of `action`."""
        rows, cycle = [], 1
        for seq, step in enumerate(self.steps, 1):
            cycle += step.action == Action.REOPEN
            if step.action == action:
                rows.append(self._own({"seq": seq, "cycle": cycle, "at": step.at, **row(step)}))
        return rows

    def _reply(self, step: Step) -> dict[str, Any]:
        words = f"您反映的第 {self.number} 号事项，我们已到现场核实并处理，感谢您的支持。"
        return {"unit": step.unit, "result": words, "public_reply": words, "passed": True}


def _moments(steps: Sequence[Step]) -> list[Moment]:
    return [Moment(seq, step.at, step.action, step.data) for seq, step in enumerate(steps, 1)]


# Copies


def _copy(made: int, copies: int) -> None:
    tables = [table_of(model) for model in TABLES]
    with _bare(*tables):
        for table in tables:
            say(f"    {table.name}")
            _run(_copied(table, made, copies))


_OWN = {
    "number": "left(t.number, 8) || lpad({n}::text, greatest(6, length({n}::text)), '0')",
    "subject": "'ticket:' || {n}",
    "external_id": "'bench-' || {n}",
    "content": "t.content || '编号' || {n}",
    **{name: DIGEST.format(name, "{n}") for name in ("query_code_digest", "content_digest", "hash")},
    **{name: DIGEST.format(name, "{n}") for name in ("phone_digest", "sender_digest")},
}
"""What a copy has of its own beside its ticket's id; all else is as the ticket has it that it is a copy of."""


def _copied(table: Table, made: int, copies: int) -> str:
    key = "id" if table.name == "tickets" else "ticket_id"
    number = f"(t.{key} + {made} * k)"
    names = [column.name for column in table.columns if column.name != "id" or key == "id"]
    own = {key: number, **{name: each.format(n=number) for name, each in _OWN.items()}}
    if table.name == "cycles":
        del own["number"]  # the cycle's, not the ticket's
    quoted = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f't."{name}"') for name in names)
    rows = f"{table.name} AS t, generate_series(1, {copies - 1}) AS k WHERE t.{key} <= {made}"
    return f"INSERT INTO {table.name} ({quoted}) SELECT {values} FROM {rows} ORDER BY k, t.{key}"


@contextmanager
def _bare(*tables: Table) -> Iterator[None]:
    """The tables without indexes and keys meanwhile: made at the end, they cost a fraction."""
    names = ", ".join(f"'{table.name}'::regclass" for table in tables)
    keys = _rows(_KEYS.format(tables=names))
    indexes = _rows(_INDEXES.format(tables=names))
    _run(*(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _ in keys))
    _run(*(f"DROP INDEX {name}" for name, _ in indexes))
    yield
    for table, name, made in keys:
        _run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {made}")
    for _, made in indexes:
        _run(made)


_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'u' AND conrelid IN ({tables})
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i
WHERE i.indrelid IN ({tables}) AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
"""


def _rows(statement: str) -> list[tuple[str, ...]]:
    with db.reading() as session:
        return [tuple(row) for row in session.connection().exec_driver_sql(statement)]


def _run(*statements: str) -> None:
    """Run SQL without the limits of those who serve people, and without waiting for the disk at its end."""
    with db.transaction() as session:
        for statement in (FAST, *statements):
            session.connection().exec_driver_sql(statement)


def vacuum() -> None:
    """What a day's autovacuum does for a house at work: statistics, and pages known to be whole."""
    with db.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM (ANALYZE)")
        connection.exec_driver_sql("CHECKPOINT")
        connection.exec_driver_sql(f"SET statement_timeout = {db.STATEMENT_TIMEOUT_MS}")
