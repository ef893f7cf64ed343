"""Random histories through the real acts: SQL equals the fold, and a past report stays what it was."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import desk, reports
from hotline.errors import Refused
from hotline.intake.inquiry import Inquiry
from hotline.lifecycle import Action
from hotline.models import Attachment, Ticket
from hotline.reports import Report
from hotline.rights import SYSTEM
from tests.reports.conftest import NOW
from tests.reports.oracle import judge
from tests.reports.test_rates import assert_same

BEGIN = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""A Monday in spring, where the demo city has no tickets; the first of three weeks."""

Steps = list[tuple[timedelta, Action, Mapping[str, Any]]]
"""What happens to one ticket: how long after the act before, which act, with which fields."""

WORDS = "新场镇道路坑洼不平，请尽快修补"
CUTS = [date(2026, 3, 4), date(2026, 3, 10), date(2026, 3, 24), date(2026, 4, 30)]

_opinion = st.fixed_dictionaries({"answered": st.just(True), "solved": st.booleans(), "level": st.integers(1, 5)})
_units = st.sampled_from(["district-wudang", "dept-transport", "district-gaoxin"])
_reply = st.just({"result": "已处理", "public_reply": "已处理"})
ACTS: dict[Action, st.SearchStrategy[dict[str, Any]]] = {
    Action.ANSWER: st.just({"public_reply": "已答复"}),
    Action.REJECT: st.just({"reason": "repeat"}),
    Action.DISPATCH: st.fixed_dictionaries({"unit": _units, "kind": st.sampled_from(["complaint", "consultation"])}),
    Action.ACCEPT: st.just({}),
    Action.CONTACT: st.just({"text": "已联系"}),
    Action.RETURN: st.just({"text": "非我单位职责"}),
    Action.DECIDE_RETURN: st.fixed_dictionaries({"approved": st.booleans()}),
    Action.EXTEND: st.fixed_dictionaries({"days": st.integers(1, 10), "text": st.just("材料未齐")}),
    Action.DECIDE_EXTENSION: st.fixed_dictionaries({"approved": st.booleans()}),
    Action.RESOLVE: _reply,
    Action.REVIEW: st.fixed_dictionaries({"passed": st.booleans(), "text": st.just("请补充")}),
    Action.FOLLOW_UP: st.one_of(_opinion, st.just({"answered": False})),
    Action.REOPEN: st.fixed_dictionaries({"text": st.just("未解决"), "unit": st.one_of(st.none(), _units)}),
    Action.CLOSE: st.just({}),
    Action.WITHDRAW: st.just({}),
    Action.MERGE: st.just({}),
    Action.UNMERGE: st.just({"text": "不是一件事"}),
    Action.SUSPEND: st.fixed_dictionaries({"days": st.integers(1, 10), "text": st.just("等上级批复")}),
    Action.DECIDE_SUSPENSION: st.fixed_dictionaries({"approved": st.booleans()}),
    Action.RESUME: st.just({}),
    Action.EXCLUDE: st.just({"text": "来件人自己的原因"}),
    Action.DECIDE_EXCLUSION: st.fixed_dictionaries({"approved": st.booleans(), "text": st.just("同意")}),
}
PATH = [
    Action.DISPATCH,
    Action.ACCEPT,
    Action.RESOLVE,
    Action.REVIEW,
    Action.FOLLOW_UP,
    Action.CLOSE,
]
"""The straight way, so that not every history ends at its beginning; a detour may follow each step."""

_any_act = st.sampled_from(list(ACTS)).flatmap(lambda act: st.tuples(st.just(act), ACTS[act]))
_wait = st.sampled_from([timedelta(minutes=5), timedelta(hours=3), timedelta(days=1), timedelta(days=6)])


@st.composite
def story(draw: st.DrawFn) -> Steps:
    """One ticket's life."""
    steps: Steps = []
    for _ in range(draw(st.integers(1, 2))):
        for act in PATH[: draw(st.integers(1, len(PATH)))]:
            steps.append((draw(_wait), act, draw(ACTS[act])))
            detours = draw(st.lists(_any_act, max_size=2))
            steps += [(draw(_wait), detour, fields) for detour, fields in detours]
    return steps


_numbers = itertools.count()


def play(session: Session, stories: list[Steps]) -> list[datetime]:
    """Act in the order of time; what the life cycle refuses did not happen. Returns the times."""
    plan: list[tuple[datetime, int, Action | None, Mapping[str, Any]]] = []
    for number, steps in enumerate(stories):
        at = BEGIN + timedelta(hours=7 * number)
        plan.append((at, number, None, {}))
        for wait, act, fields in steps:
            at += wait
            plan.append((at, number, act, fields))
    names: dict[int, str] = {}
    for at, number, what, fields in sorted(plan, key=lambda each: each[:2]):
        session.info["now"] = at
        if what is None:
            inquiry = Inquiry("web", f"random-{next(_numbers)}", WORDS, "web", kind="complaint", phone="13800000000")
            names[number] = desk.open_ticket(session, inquiry, SYSTEM, hold=True).ticket.number
        else:
            _try(session, names, number, what, dict(fields))
    return [at for at, *_ in plan]


def _evidence(session: Session, number: str) -> int:
    """A file to hand in with a suspension."""
    ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
    kept = {
        "name": "批复.pdf",
        "type": "application/pdf",
        "size": 1,
        "digest": "0" * 64,
        "content": b"x",
        "by": "system",
    }
    row = Attachment(ticket_id=ticket.id, at=ticket.received_at, **kept)
    session.add(row)
    session.flush()
    return row.id


def _try(session: Session, names: dict[int, str], number: int, act: Action, fields: dict[str, Any]) -> None:
    if act == Action.MERGE:
        others = [name for other, name in names.items() if other != number]
        if not others:
            return
        fields["into"] = others[0]
    try:
        with session.begin_nested():
            if act == Action.SUSPEND:
                fields["evidence"] = [_evidence(session, names[number])]
            desk.perform(session, names[number], SYSTEM, act, fields)
    except Refused:
        session.expire_all()


def _report(session: Session, last: date, now: datetime = NOW) -> Report:
    session.info["now"] = now
    return reports.rates(session, date(2026, 3, 1), last)


calm = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@calm
@given(stories=st.lists(story(), min_size=1, max_size=4))
def test_the_rates_of_any_history_equal_its_fold_at_every_cut_off(session: Session, stories: list[Steps]) -> None:
    try:
        play(session, stories)
        for last in CUTS:
            report = _report(session, last)
            scope = reports.scope_of(session, date(2026, 3, 1), last)
            assert_same(report, judge(session, scope.start, report.cut_off))
            for figure in report.metrics:
                if figure.numerator is not None:
                    assert figure.numerator <= (figure.denominator or 0)
    finally:
        session.rollback()


@calm
@given(stories=st.lists(story(), min_size=1, max_size=3), more=st.lists(story(), min_size=1, max_size=2))
def test_a_report_of_a_past_day_is_not_changed_by_anything_that_happens_later(
    session: Session,
    stories: list[Steps],
    more: list[Steps],
) -> None:
    try:
        ended = max(play(session, stories))
        last = ended.date() - timedelta(days=2)
        last = max(last, date(2026, 3, 1))
        seen = _report(session, last, ended + timedelta(days=1))
        numbers = [each.number for each in reports.tickets_counted(session, "all", _scope(session, last))]
        _go_on(session, numbers, more, ended + timedelta(days=2))
        assert _report(session, last) == seen
    finally:
        session.rollback()


def _scope(session: Session, last: date) -> reports.Scope:
    return reports.scope_of(session, date(2026, 3, 1), last)


def _go_on(
    session: Session,
    numbers: list[str],
    stories: list[Steps],
    at: datetime,
) -> None:
    names = dict(enumerate(numbers))
    for number, steps in zip(names, stories, strict=False):
        now = at
        for wait, act, fields in steps:
            now += wait
            session.info["now"] = now
            _try(session, names, number, act, dict(fields))


def _do(session: Session, number: str, at: datetime, act: Action, **fields: Any) -> None:
    session.info["now"] = at
    desk.perform(session, number, SYSTEM, act, fields)


def worked_on(session: Session) -> str:
    """A complaint dispatched on Monday 2 March and accepted: 15 working days, to Monday 23 March 24:00."""
    session.info["now"] = BEGIN
    inquiry = Inquiry("web", f"later-{next(_numbers)}", WORDS, "web", kind="complaint", phone="13800000000")
    number = desk.open_ticket(session, inquiry, SYSTEM, hold=True).ticket.number
    _do(session, number, BEGIN + timedelta(minutes=5), Action.DISPATCH, unit="district-wudang")
    _do(session, number, BEGIN + timedelta(hours=1), Action.ACCEPT)
    return number


def test_evaluations_of_tickets_handed_out_at_one_instant_are_places_of_their_own_in_a_list(session: Session) -> None:
    numbers, day = [worked_on(session) for _ in range(3)], datetime(2026, 3, 4, 2, tzinfo=UTC)
    for number in numbers:
        _do(session, number, day, Action.RESOLVE, result="已处理", public_reply="已处理")
        _do(session, number, day, Action.REVIEW, passed=True)
        _do(session, number, day, Action.FOLLOW_UP, answered=True, solved=False, level=1)
    session.info["now"] = NOW
    asked, found, place = reports.Asked(_scope(session, date(2026, 3, 31)), "mended_rate", "denominator"), [], None
    for _ in numbers:
        page, place = reports.page_of(session, reports.listed_behind(session, asked), 1, place)
        found += page
    assert ([each.number for each in found], place) == (numbers, None)


def test_an_extension_approved_after_the_cut_off_does_not_save_what_was_late_then(session: Session) -> None:
    number = worked_on(session)
    _do(session, number, datetime(2026, 3, 23, 15, tzinfo=UTC), Action.EXTEND, days=5, text="材料未齐")
    before = _report(session, date(2026, 3, 23), datetime(2026, 3, 24, 1, tzinfo=UTC))
    assert before.counts["open_past_deadline"] == 1
    _do(session, number, datetime(2026, 3, 24, 2, tzinfo=UTC), Action.DECIDE_EXTENSION, approved=True)
    assert _report(session, date(2026, 3, 23)) == before
    assert _report(session, date(2026, 3, 24)).counts["open_within_limits"] == 1
    assert before.figure("extension_rate").numerator == 0


def test_a_reopening_after_the_cut_off_leaves_the_closing_and_an_old_breach_stays(session: Session) -> None:
    number, late = worked_on(session), datetime(2026, 3, 26, 2, tzinfo=UTC)
    for act, fields in (
        (Action.RESOLVE, {"result": "已处理", "public_reply": "已处理"}),
        (Action.REVIEW, {"passed": True}),
        (Action.FOLLOW_UP, {"answered": True, "solved": True, "level": 4}),
    ):
        _do(session, number, late, act, **fields)
    before = _report(session, date(2026, 3, 26))
    assert (before.counts["closed"], before.figure("closed_on_time").numerator) == (1, 0)
    assert before.figure("overdue_rate").numerator == 1
    _do(session, number, datetime(2026, 3, 30, 2, tzinfo=UTC), Action.REOPEN, text="又坏了")
    after = _report(session, date(2026, 3, 30))
    assert _report(session, date(2026, 3, 26)) == before
    assert (after.counts["closed"], after.counts["reopened_open"]) == (0, 1)


def test_a_review_not_passed_after_the_cut_off_does_not_undo_the_answer_seen_then(session: Session) -> None:
    number = worked_on(session)
    _do(session, number, datetime(2026, 3, 20, 2, tzinfo=UTC), Action.RESOLVE, result="已处理", public_reply="已处理")
    before = _report(session, date(2026, 3, 23))
    assert (before.counts["open_past_deadline"], before.figure("overdue_rate").numerator) == (1, 0)
    _do(session, number, datetime(2026, 3, 25, 2, tzinfo=UTC), Action.REVIEW, passed=False, text="请补充")
    assert _report(session, date(2026, 3, 23)) == before
    assert _report(session, date(2026, 3, 25)).figure("overdue_rate").numerator == 1
