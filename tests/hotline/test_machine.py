"""Anything in any order: openings, acts, new calendars and policies, time, sweeps, deliveries, seals, repeats, power
cuts.

Hypothesis makes up the days of a hotline; after each step the invariants of the house must hold on the real tables.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import clocks, db, desk, lifecycle, relay, sweep
from hotline import knowledge as knowing
from hotline.errors import Mismatch, OutOfOrder, Refused, Stale
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.lifecycle import OPEN, TERMINAL, Action, Status
from hotline.models import (
    Assist,
    Attachment,
    CalendarYear,
    Escalation,
    Event,
    PolicyVersion,
    Ticket,
)
from hotline.rights import CITIZEN, Actor
from hotline.rulebook import CITY
from hotline.rulemaking import calendars, drafts, policies
from hotline.state import State
from search.documents import Document, Unavailable
from search.embedded import EmbeddedEngine
from tests.hotline.city import (
    AGENT,
    BRIBE,
    CONTENT,
    INSURANCE,
    POTHOLES,
    REPLY,
    TRANSPORT,
    UNSOLVED,
    VAGUE,
    WATER,
    WUDANG,
    YANGCHANG,
    House,
    inquiry,
)
from tests.hotline.conftest import DATABASES, MoveIn
from tests.hotline.test_clocks import unlike

MESSAGES = [POTHOLES, VAGUE, BRIBE, "南明区花果园停水三天了，请尽快恢复供水"]
UNITS = [WUDANG, TRANSPORT, WATER, YANGCHANG, INSURANCE]
SPANS = [
    timedelta(),
    timedelta(seconds=1),
    timedelta(minutes=16),
    timedelta(hours=3),
    timedelta(hours=25),
    timedelta(days=4),
    timedelta(days=8),
]
RUNS: dict[str, tuple[set[str], set[str]]] = {
    "received": ({"dispatch"}, set()),
    "dispatched": ({"resolve"}, {"accept", "contact", "supervise"}),
    "accepted": ({"resolve"}, {"contact", "supervise"}),
    "suspended": ({"resolve", "suspend"}, {"contact", "supervise"}),
    "resolved": ({"review"}, set()),
    "reviewed": (set(), {"follow_up"}),
}
"""Status → the clocks that must run, and those that may; `decide` and `assist` have rules of their own."""

BY_ITSELF = {Action.ABSORB}
MANAGER = Actor("staff:9004", "管理者", frozenset({"manager"}))
ADMIN = Actor("staff:9005", "系统管理员", frozenset({"system_admin"}))
WHY, SHIPPED = "市政府办公厅关于调整安排的通知", "guangdong-2022"
LEADS = {Action.SUSPEND, Action.RESUME, Action.FEEDBACK, Action.EXCLUDE}
HOURS: list[dict[str, Any]] = [
    {"hours": [["08:30", "12:00"], ["14:00", "18:00"]], "weekdays": [1, 2, 3, 4, 5, 6], "holidays": True},
    {"hours": [["00:00", "24:00"]], "weekdays": [1, 2, 3, 4, 5, 6, 7], "holidays": False},
    {"hours": [["09:00", "12:00"], ["13:00", "17:00"]]},
]
MADE_FOR: list[dict[str, str]] = [{"unit": WUDANG}, {"kind": "complaint", "source": "web"}]

MAIN_ROAD: list[tuple[str, dict[str, Any]]] = [
    ("dispatch", {"unit": WUDANG}),
    ("accept", {}),
    ("extend", {"days": 2, "text": "等配件"}),
    ("decide_extension", {"approved": True}),
    ("resolve", REPLY),
    ("review", {"passed": True}),
    ("follow_up", UNSOLVED),
    ("reopen", {"text": "坑还在"}),
]

Key = tuple[int, str, int, int, str, str]
Breach = tuple[int, str, int, str]


class Hotline(RuleBasedStateMachine):
    """The days of a hotline, and a ledger of what was answered to those who called."""

    make: ClassVar[Callable[[], House]]

    @initialize(lengths=st.lists(st.integers(0, len(MAIN_ROAD)), min_size=2, max_size=3))
    def move_in(self, lengths: list[int]) -> None:
        """A house with two or three tickets, each some way along the main road, and the ledger of them."""
        self.house = type(self).make()
        self.index = EmbeddedEngine(self.house.home / f"search-{os.urandom(4).hex()}.db")
        self.index.prepare()
        self.acts: dict[str, int] = {}
        self.opened: dict[str, tuple[str, str]] = {}
        self.escalated: set[Key] = set()
        self.stale: list[Document] = []
        self.breaches: dict[Breach, tuple[datetime, int]] = {}
        for length in lengths:
            self.open(POTHOLES, hold=True, own=None)
            ticket = self.house.ticket(self.opened[f"k{len(self.opened) - 1}"][0])
            for action, fields in MAIN_ROAD[:length]:
                self.house.act(ticket, action, **fields)
                self.acts[ticket.number] += 1

    def pick(self, data: st.DataObject, *statuses: Status) -> Ticket:
        """Some ticket, if possible in one of these statuses."""
        with db.reading() as session:
            tickets = list(session.scalars(select(Ticket).order_by(Ticket.id)))
        wanted = [ticket for ticket in tickets if ticket.status in statuses]
        return data.draw(st.sampled_from(wanted or tickets))

    def fields(self, action: Action, data: st.DataObject) -> dict[str, Any]:
        """What a person might fill in."""
        yes, unit = data.draw(st.booleans()), data.draw(st.sampled_from(UNITS))
        other = data.draw(st.sampled_from(sorted(self.acts)))
        return {
            Action.ANSWER: {"public_reply": "请拨打供水热线。"},
            Action.REJECT: {"reason": "commercial"},
            Action.DISPATCH: {
                "unit": unit,
                "complex": yes,
                "assisting": [WATER, TRANSPORT] if yes else [],
                "text": "由该单位牵头",
            },
            Action.ASSIST: {"text": "已配合"},
            Action.SUSPEND: {"days": data.draw(st.integers(1, 5)), "text": "等汛期过去"},
            Action.DECIDE_SUSPENSION: {"approved": yes},
            Action.SUPERVISE: {"days": 2, "text": "请说明进展"},
            Action.FEEDBACK: {"text": "已经开工"},
            Action.EXCLUDE: {"text": "来件人拒绝配合"},
            Action.DECIDE_EXCLUSION: {"approved": yes, "text": "情况属实"},
            Action.UNMERGE: {"text": "不是同一处"},
            Action.CONTACT: {"text": "已联系"},
            Action.RETURN: {"text": "不归我们管", "proposed_unit": unit},
            Action.DECIDE_RETURN: {"approved": yes},
            Action.EXTEND: {"days": 3, "text": "等配件"},
            Action.DECIDE_EXTENSION: {"approved": yes},
            Action.RESOLVE: REPLY,
            Action.REVIEW: {"passed": yes, "text": "请看"},
            Action.FOLLOW_UP: data.draw(st.sampled_from([CONTENT, UNSOLVED, {"answered": False}])),
            Action.REOPEN: {"text": "坑还在", "unit": unit if yes else None},
            Action.MERGE: {"into": other},
        }.get(action, {})

    def whose(self, ticket: Ticket, action: Action, data: st.DataObject) -> Actor | None:
        """Who would do it: None is whoever does such acts everywhere."""
        if action in LEADS and ticket.unit:
            return self.house.handler(ticket.unit)
        if action == Action.ASSIST and ticket.assisting:
            return self.house.handler(data.draw(st.sampled_from(ticket.assisting)))
        if action == Action.DECIDE_EXCLUSION:
            return MANAGER
        return CITIZEN if action == Action.URGE else None

    def evidence(self, ticket: Ticket) -> int:
        """A file that no act has taken yet."""
        with self.house.transaction() as session:
            row = {"name": "a.jpg", "type": "jpg", "size": 1, "digest": "0" * 64, "content": b"0", "by": "staff:1"}
            file = Attachment(ticket_id=ticket.id, at=self.house.now, **row)
            session.add(file)
            session.flush()
            return file.id

    # What people do

    @rule(content=st.sampled_from(MESSAGES), hold=st.booleans(), own=st.sampled_from([None, 1, 40]))
    def open(self, content: str, hold: bool, own: int | None) -> None:
        """A message that never came before."""
        key = f"k{len(self.opened)}"
        due = None if own is None else self.house.now + timedelta(days=own)
        with self.house.transaction() as session:
            made = desk.open_ticket(session, inquiry(content, key, phone="13800000000", due_at=due), AGENT, hold)
        assert made.created
        self.opened[key] = (made.ticket.number, content)
        self.acts[made.ticket.number] = 1

    @precondition(lambda self: self.opened)
    @rule(data=st.data())
    def open_again(self, data: st.DataObject) -> None:
        """The same message once more: a phone that retries, a form sent twice."""
        key = data.draw(st.sampled_from(sorted(self.opened)))
        number, content = self.opened[key]
        with self.house.transaction() as session:
            again = desk.open_ticket(session, inquiry(content, key), AGENT)
        assert (again.created, again.ticket.number) == (False, number)
        with pytest.raises(Mismatch), self.house.transaction() as session:
            desk.open_ticket(session, inquiry("另一件事", key), AGENT)

    def _acts(self, data: st.DataObject) -> None:
        """A few acts that the table of moves allows; a guard may still stand against one, and then nothing is done."""
        number = self.pick(data, *OPEN, Status.CLOSED, Status.MERGED).number
        for _ in range(data.draw(st.integers(1, 4))):
            ticket = self.house.ticket(number)
            now = self.effective(ticket)
            possible = [action for action in lifecycle.MOVES if action not in BY_ITSELF and _possible(action, now)]
            if possible:
                self._try(ticket, data.draw(st.sampled_from(possible)), data)

    act = rule(data=st.data())(precondition(lambda self: self.opened)(_acts))
    act_more = rule(data=st.data())(precondition(lambda self: self.opened)(_acts))
    act_most = rule(data=st.data())(precondition(lambda self: self.opened)(_acts))

    @precondition(lambda self: self.opened)
    @rule(data=st.data(), action=st.sampled_from([each for each in lifecycle.MOVES if each not in BY_ITSELF]))
    def act_out_of_order(self, data: st.DataObject, action: Action) -> None:
        """Any act on any ticket."""
        self._try(self.pick(data), action, data)

    def effective(self, ticket: Ticket) -> State:
        """The ticket as an act finds it: a suspension that is over ends first."""
        at = max(self.house.now, self.house.events(ticket)[-1].at)
        over = ticket.suspended_until is not None and ticket.suspended_until <= at
        status = Status.ACCEPTED if over else ticket.status
        return State(status, pending=ticket.pending, excluded=ticket.excluded, supervised=ticket.supervised)

    def _try(self, ticket: Ticket, action: Action, data: st.DataObject) -> None:
        fields, by = self.fields(action, data), self.whose(ticket, action, data)
        if action == Action.SUSPEND:
            fields["evidence"] = [self.evidence(ticket)]
        before, now = len(self.house.events(ticket)), self.effective(ticket)
        try:
            after = self.house.act(ticket, action, by, version=ticket.version, **fields)
        except (Refused, InvalidInput):
            assert len(self.house.events(ticket)) == before
            return
        assert _possible(action, now) or action == Action.RESUME
        assert after.version == ticket.version + 1
        self.acts[ticket.number] += 1
        if action == Action.MERGE:
            self.acts[fields["into"]] += 1
        if action == Action.UNMERGE:
            self.acts[self._number_of(ticket.parent_id)] += 1

    def _number_of(self, ticket_id: int | None) -> str:
        with db.reading() as session:
            return session.scalars(select(Ticket.number).where(Ticket.id == ticket_id)).one()

    @precondition(lambda self: self.opened)
    @rule(data=st.data())
    def act_on_what_was_seen_before(self, data: st.DataObject) -> None:
        """Somebody was quicker."""
        ticket = self.pick(data)
        with pytest.raises(Stale):
            self.house.act(ticket, "withdraw", version=ticket.version - 1)

    @precondition(lambda self: self.opened)
    @rule(data=st.data())
    def power_cut(self, data: st.DataObject) -> None:
        """An act, a sweep, a seal and a delivery, all lost an instant before the commit."""
        ticket = self.pick(data, *OPEN)
        with suppress(OutOfOrder), self.house.transaction() as session:
            desk.open_ticket(session, inquiry(VAGUE, "lost"), AGENT)
            sweep.sweep(session)
            relay.relay(session, self.index)
            if ticket.unit and ticket.status in lifecycle.WITH_UNIT:
                handler = self.house.handler(ticket.unit)
                desk.perform(session, ticket.number, handler, Action.CONTACT, {"text": "喂"})
            session.flush()
            session.rollback()

    # What administrators publish

    @rule(month=st.integers(6, 7), day=st.integers(1, 28), holiday=st.booleans(), year=st.sampled_from([2026, 2027]))
    def publish_a_year(self, month: int, day: int, holiday: bool, year: int) -> None:
        """One more holiday or made-up day, or a year that was provisional."""
        what, name = "holidays" if holiday else "makeups", f"{year}-{month:02}-{day:02}"
        with db.reading() as session:
            rows = select(CalendarYear.days).where(CalendarYear.year == year).order_by(CalendarYear.version.desc())
            days = session.scalars(rows).first() or {"holidays": {}, "makeups": {}}
        kept = {key: {d: n for d, n in days[key].items() if d != name} for key in ("holidays", "makeups")}
        kept[what] |= {name: "测试假"}
        self._publish(
            lambda session: calendars.publish(session, ADMIN, drafts.draft_year(session, ADMIN, year, kept, WHY))
        )

    @rule(unit=st.sampled_from([CITY, WUDANG, WATER]), data=st.sampled_from(HOURS))
    def publish_hours(self, unit: str, data: dict[str, Any]) -> None:
        """A unit, or the whole city, works at other hours."""
        self._publish(
            lambda session: calendars.publish(session, ADMIN, drafts.draft_hours(session, ADMIN, unit, data, WHY))
        )

    @rule(days=st.integers(1, 12), row=st.sampled_from([None, *MADE_FOR]))
    def publish_a_policy(self, days: int, row: dict[str, str] | None) -> None:
        """A new version of the city's own set, or of one that is made for some."""
        code = SHIPPED if row is None else f"made-for-{len(row)}"
        with db.reading() as session:
            first = (PolicyVersion.set_code == SHIPPED) & (PolicyVersion.version == 1)
            document = dict(session.scalars(select(PolicyVersion.data).where(first)).one())
        document |= {"code": code, "applies_to": [row] if row else []}
        document["clocks"] = document["clocks"] | {"resolve": [{"mode": "working_days", "amount": days}]}

        def publish(session: Session) -> None:
            policies.save_draft(session, ADMIN, code, document)
            policies.publish(session, ADMIN, code, today(self.house.now))

        self._publish(publish)

    def _publish(self, publish: Callable[[Session], object]) -> None:
        """Published, or refused with nothing changed; this process knows it at once."""
        with suppress(Refused, InvalidInput), self.house.transaction() as session:
            publish(session)
        self._learn()

    @rule()
    def move_deadlines(self) -> None:
        """The batch mover comes round: it moves nothing twice, and leaves no ticket behind that has to move."""
        before = {number: self.house.ticket(number).version for number in self.acts}
        moved = calendars.move_round(self.house.transaction)
        later = {number: self.house.ticket(number).version - version for number, version in before.items()}
        assert sorted(later.values()) == [0] * (len(later) - moved) + [1] * moved
        self.acts = {number: count + later[number] for number, count in self.acts.items()}
        assert calendars.move_round(self.house.transaction) == 0

    def _learn(self) -> None:
        """This process reads the rules again; the router and the names stay as they were."""
        with db.reading() as session:
            know = replace(self.house.know, rules=knowing._rulebook(session))
        knowing._kept = (float("inf"), None, know)
        self.house.know = know

    # What time and the rounds do

    @rule(span=st.sampled_from(SPANS))
    def wait(self, span: timedelta) -> None:
        """Time goes by; the worker may be away meanwhile."""
        self.house.now += span

    @precondition(lambda self: self.opened)
    @rule(late=st.sampled_from([timedelta(), timedelta(microseconds=1)]))
    def wait_for_the_next_step(self, late: timedelta) -> None:
        """To the very instant at which something falls due, or just after it."""
        with db.reading() as session:
            coming = session.scalars(select(clocks.Clock.next_at).where(clocks.Clock.next_at > self.house.now)).all()
        if coming:
            self.house.now = min(filter(None, coming)) + late

    @rule()
    def clock_set_back(self) -> None:
        """The machine's clock loses half a minute."""
        self.house.now -= timedelta(seconds=30)

    @rule()
    def sweep(self) -> None:
        """A round of the sweep: every step that is due is escalated by now, and none that is not."""
        for number in self.acts:
            until = self.house.ticket(number).suspended_until
            self.acts[number] += until is not None and until <= self.house.now
        self.house.sweep()
        assert self.house.sweep() == 0
        done = _escalations()
        for number in self.acts:
            ticket = self.house.ticket(number)
            for row in self.house.clocks(ticket):
                if row.known_until is None and row.met_at is None and row.stopped_at is None:
                    fallen = {level for level, when in row.steps if datetime.fromisoformat(when) <= self.house.now}
                    mine = (ticket.id, row.name, row.cycle, row.opened_by, row.party)
                    had = {key[5] for key in done if key[:5] == mine}
                    assert fallen <= had

    @rule()
    def deliver(self) -> None:
        """Rounds of the relay until nothing waits: the index is the table, by id and version."""
        while self._deliver():
            pass
        with db.reading() as session:
            table = {row.id: row.version for row in session.execute(select(Ticket.id, Ticket.version))}
        assert self.index.versions(sorted(table)) == table

    def _deliver(self) -> int:
        with self.house.transaction() as session:
            return relay.relay(session, self.index, limit=4)

    @precondition(lambda self: self.opened)
    @rule(data=st.data())
    def deliver_late(self, data: st.DataObject) -> None:
        """A worker that was stopped in the middle wakes up and writes what it read then."""
        self.index.put(self.stale)
        with self.house.transaction() as session:
            self.stale = list(relay.documents(session, [self.pick(data).id]))

    @rule()
    def index_away(self) -> None:
        """The index does not answer: nothing is marked as delivered."""
        waiting = self._waiting()
        with suppress(Unavailable), self.house.transaction() as session:
            relay.relay(session, _Away(self.index.path))
        assert self._waiting() == waiting or not self.acts

    def _waiting(self) -> int:
        """Events of tickets that the index has not had; events about rules bring it nothing."""
        left = select(func.count()).where(Event.delivered_at.is_(None), Event.ticket_id.is_not(None))
        with db.reading() as session:
            return session.scalar(left) or 0

    @rule()
    def seal(self) -> None:
        """The minute is over."""
        self.house.seal()
        assert self.house.verify().unsealed == 0

    # What must hold after each of these

    @invariant()
    def the_record_is_whole_and_each_row_is_the_fold_of_its_history(self) -> None:
        """Chains, seals, commitments, and the rows of all tickets."""
        assert not self.house.faults()

    @invariant()
    def every_answer_given_is_there_once(self) -> None:
        """Nothing that was answered is lost, and nothing came in twice; each act is counted once."""
        with db.reading() as session:
            rows = session.execute(select(Ticket.external_id, Ticket.number, Ticket.version)).all()
        assert {row.external_id: row.number for row in rows} == {key: kept for key, (kept, _) in self.opened.items()}
        assert {row.number: row.version for row in rows} == self.acts

    @invariant()
    def each_ticket_has_one_holder(self) -> None:
        """The desk holds what has no unit, and nothing else that is open; the table of assisting units agrees."""
        with db.reading() as session:
            for ticket in session.scalars(select(Ticket)):
                assert (ticket.status == Status.RECEIVED) == (ticket.unit is None) or ticket.status in TERMINAL
                assists = set(session.scalars(select(Assist.unit).where(Assist.ticket_id == ticket.id)))
                assert assists == set(ticket.assisting)
                held = {ticket.unit, *ticket.assisting} - {None}
                assert not held & set(ticket.accused)
                assert ticket.unit not in ticket.assisting

    @invariant()
    def the_clock_rows_are_what_sla_computes_and_those_that_run_fit_the_status(self) -> None:
        """One running clock per kind that applies, none in a terminal state."""
        for number in self.acts:
            ticket = self.house.ticket(number)
            assert not unlike(self.house, ticket)
            rows = self.house.clocks(ticket)
            running = [row for row in rows if (row.known_until, row.met_at, row.stopped_at) == (None,) * 3]
            names = [row.name for row in running if row.name != "assist"]
            must, may = RUNS.get(ticket.status, (set(), set()))
            assert len(set(names)) == len(names)
            assert must <= set(names) - {"decide"} <= must | may
            with_unit = ticket.status in lifecycle.WITH_UNIT
            waiting = sorted(set(ticket.assisting) - set(ticket.assisted)) if with_unit else []
            assert sorted(row.party for row in running if row.name == "assist") == waiting
            assert ("supervise" in names) == ticket.supervised
            asked = ticket.evaluated or ticket.tries >= 3
            if ticket.status == Status.REVIEWED:
                assert ("follow_up" in names, "decide" in names) == (not asked, asked)
            else:
                assert ("decide" in names) == (ticket.pending is not None)

    @invariant()
    def what_was_breached_stays_breached_whatever_is_published_decided_or_undone(self) -> None:
        """Its deadline moves later only by an extension, which was asked before it."""
        for number in self.acts:
            ticket = self.house.ticket(number)
            events = self.house.events(ticket)
            granted = sum(e.action == Action.DECIDE_EXTENSION and e.data["approved"] for e in events)
            for row in self.house.clocks(ticket):
                if row.known_until is not None:
                    continue
                key = (ticket.id, row.name, row.opened_by, row.party)
                due, extensions = self.breaches.get(key, (row.due_at, granted))
                assert row.due_at <= due or granted > extensions
                if (row.met_at or row.stopped_at or events[-1].at) > row.due_at:
                    self.breaches[key] = (row.due_at, granted)
                elif granted == extensions:
                    assert key not in self.breaches

    @invariant()
    def nothing_is_escalated_early_or_taken_back(self) -> None:
        """Escalations only grow, each with an event of its own."""
        now = _escalations()
        assert self.escalated <= now
        self.escalated = now
        with db.reading() as session:
            rows = list(session.scalars(select(Escalation)))
            noted = [e.data for e in session.scalars(select(Event).where(Event.action == "escalate"))]
        assert len(rows) == len(now) == len(noted)
        assert all(row.due_at <= row.detected_at for row in rows)

    @invariant()
    def time_never_runs_backwards_in_a_history(self) -> None:
        """Acts of one ticket follow each other, whatever the machine's clock says."""
        with db.reading() as session:
            rows = session.execute(
                select(Event.ticket_id, Event.at)
                .where(Event.action != "escalate", Event.ticket_id.is_not(None))
                .order_by(Event.id)
            )
            moments: dict[int | None, datetime] = {}
            for ticket_id, at in rows:
                assert moments.get(ticket_id, at) <= at
                moments[ticket_id] = at


class _Away(EmbeddedEngine):
    """The index while it does not answer."""

    def put(self, documents: Any) -> None:
        """It is away."""
        raise Unavailable("the index is away")


def _possible(action: Action, ticket: State) -> bool:
    try:
        lifecycle.check(action, ticket)
    except OutOfOrder:
        return False
    return True


def _escalations() -> set[Key]:
    table = Escalation
    columns = (table.ticket_id, table.clock, table.cycle, table.opened_by, table.party, table.level)
    with db.reading() as session:
        return {tuple(row) for row in session.execute(select(*columns))}


@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_the_invariants_hold_whatever_happens_in_whatever_order(
    database: str, move_in: MoveIn, request: pytest.FixtureRequest
) -> None:
    template = str(request.getfixturevalue(f"{database}_city"))

    class Here(Hotline):
        make = staticmethod(lambda: move_in(template))

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=12 if database == "sqlite" else 4,
            stateful_step_count=50,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
