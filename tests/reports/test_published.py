"""Figures that cities have published, to the digit, from the histories of as many tickets and by the ordinary report.

A few tickets live their lives through the real acts, at their own times; the others are copies of them, row by row, so
that a month of a city is there in seconds. No figure is told to the report: it reads what the acts left behind.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Integer, String, cast, func, insert, literal, select
from sqlalchemy.orm import Session

from hotline import db, desk, reports
from hotline.intake.inquiry import Inquiry
from hotline.lifecycle import Action
from hotline.models import Clock, Event, Fact, Ticket
from hotline.models.model import Model
from hotline.rights import SYSTEM
from hotline.settings import settings
from tests.hotline_fixtures import KEYS, Template, forget

JUNE = (date(2019, 6, 1), date(2019, 6, 30))
JULY = (date(2019, 7, 1), date(2019, 7, 31))
NOW = datetime(2019, 9, 2, 2, tzinfo=UTC)
REPLY = {"result": "已处理", "public_reply": "已处理"}
CONTENT = {"answered": True, "solved": True, "level": 5}
WORDS = "新场镇道路坑洼不平，请尽快修补"


def _handled(session: Session, begins: datetime, days: float | None) -> Ticket:
    """A consultation, due in two working days, that is answered and closed after so many days, or not at all."""
    session.info["now"] = begins
    inquiry = Inquiry("web", f"{begins:%m%d}-{days}", WORDS, "web", kind="consultation", phone="13800000000")
    ticket = desk.open_ticket(session, inquiry, SYSTEM, hold=True).ticket
    steps: list[tuple[Action, dict[str, Any]]] = [(Action.DISPATCH, {"unit": "district-wudang"}), (Action.ACCEPT, {})]
    if days is not None:
        steps += [(Action.RESOLVE, REPLY), (Action.REVIEW, {"passed": True}), (Action.FOLLOW_UP, CONTENT)]
    for action, fields in steps:
        if action == Action.RESOLVE:
            session.info["now"] += timedelta(days=days or 0)
        session.info["now"] += timedelta(minutes=1)
        desk.perform(session, ticket.number, SYSTEM, action, fields)
    session.flush()
    return ticket


def _copied(session: Session, ticket: Ticket, count: int) -> None:
    """So many tickets more with the same life: all rows that acts have left, under numbers of their own."""
    last = session.scalar(select(func.max(Ticket.id))) or 0
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    own: ColumnElement[int] = literal(last, Integer) + numbers.c.n
    name: ColumnElement[str] = cast(own, String)
    unique = {"id": own, "number": name, "query_code_digest": name, "external_id": name}
    _copy(session, Ticket, Ticket.id == ticket.id, unique, numbers)
    _copy(
        session, Event, Event.ticket_id == ticket.id, {"ticket_id": own, "subject": literal("ticket:") + name}, numbers
    )
    _copy(session, Clock, Clock.ticket_id == ticket.id, {"ticket_id": own}, numbers)
    _copy(session, Fact, Fact.ticket_id == ticket.id, {"ticket_id": own, "number": name}, numbers)


def _copy(session: Session, model: type[Model], mine: Any, own: dict[str, Any], numbers: Any) -> None:
    """Rows of one table; keys that the database gives are left to it."""
    table = model.__table__
    names = [column.name for column in table.columns if column.name in own or column.name != "id"]
    rows = select(*(own.get(name, table.c[name]) for name in names)).select_from(table).join(numbers, literal(1) == 1)
    session.execute(insert(model).from_select(names, rows.where(mine)))


@pytest.fixture(scope="module")
def cities(sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """June 2019 as 连云港 had it, and July as 泰州; beside them tickets that are in no published figure."""
    home = tmp_path_factory.mktemp("published")
    shutil.copy(sqlite_template.where, home / "hotline.db")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
            patch.delenv(name)
        for name, value in {**KEYS, "HOTLINE_HOME": str(home)}.items():
            patch.setenv(name, value)
        forget()
        with db.transaction() as session:
            for begins, days, count in LIVES:
                _copied(session, _handled(session, begins, days), count - 1)
        yield
    forget()


def _at(month: int, day: int) -> datetime:
    return datetime(2019, month, day, 2, tzinfo=UTC)


IN_TIME, LATE, NEVER = 0.1, 6, None
LIVES = (
    (_at(6, 3), IN_TIME, 24_165),
    (_at(6, 4), LATE, 25_783 - 24_165),
    (_at(6, 5), NEVER, 29_186 - 25_783),
    (_at(6, 28), NEVER, 777),  # due in July: not yet among those that should be closed
    (_at(7, 3), IN_TIME, 18_851),
    (_at(7, 4), NEVER, 19_668 - 18_851),
    (_at(7, 31), NEVER, 55),
)
"""When a life begins, how long it takes, and how many tickets had it."""


@pytest.fixture
def asked(cities: None) -> Iterator[Callable[[tuple[date, date]], reports.Report]]:
    """The report of two days, asked for in September."""
    with db.reading() as session:
        session.info["now"] = NOW
        yield lambda days: reports.rates_of(session, reports.scope_of(session, *days))


def test_lianyungang_s_june_of_2019_comes_out_of_its_tickets_to_the_digit(
    asked: Callable[[tuple[date, date]], reports.Report],
) -> None:
    report = asked(JUNE)
    closed, in_time = report.figure("closure_rate"), report.figure("closed_on_time")
    assert (closed.numerator, closed.denominator, closed.value) == (25_783, 29_186, Decimal("88.34"))
    assert (in_time.numerator, in_time.denominator, in_time.value) == (24_165, 29_186, Decimal("82.80"))
    assert report.counts["dispatched"] == 29_186 + 777
    assert report.counts["open_within_limits"] == 777
    assert report.figure("overdue_rate").numerator == 29_186 - 24_165


def test_taizhou_s_share_is_95_85_rounded_and_95_84_as_its_bulletin_truncates(
    asked: Callable[[tuple[date, date]], reports.Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = asked(JULY).figure("closure_rate")
    assert (figure.numerator, figure.denominator, figure.value) == (18_851, 19_668, Decimal("95.85"))
    monkeypatch.setenv("HOTLINE_ROUNDING", "truncate")
    settings.cache_clear()
    try:
        assert asked(JULY).figure("closure_rate").value == Decimal("95.84")
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_copied_ticket_has_the_history_that_its_facts_are_made_of(cities: None) -> None:
    from hotline import recounting

    with db.reading() as session:
        per_life = [count for _, _, count in LIVES]
        ends = [sum(per_life[: n + 1]) for n in range(len(per_life))]
        ids = list(session.scalars(select(Ticket.id).order_by(Ticket.id)))
        assert len(ids) == sum(per_life)
        some = [ids[end - 1] for end in ends]
        assert all(each.right for each in recounting._told(session, some))


def test_the_same_months_row_by_row_and_beside_each_other(cities: None) -> None:
    with db.reading() as session:
        session.info["now"] = NOW
        both = reports.scope_of(session, JUNE[0], JULY[1])
        months = {row.code: row.counts["dispatched"] for row in reports.grouped(session, both, "month").rows}
        assert months == {"2019-06": 29_186 + 777, "2019-07": 19_668 + 55}
        found = reports.compared(session, reports.scope_of(session, *JULY))
        change = found.total.figures["closure_rate"]
        assert change.before is not None
        assert (change.now.value, change.before.value, change.on_before) == (
            Decimal("95.85"),
            Decimal("88.34"),
            Decimal("7.51"),
        )
        assert found.total.counts["dispatched"].on_before == Decimal("-34.18")
        assert change.on_year is None, "nothing was there a year before"
