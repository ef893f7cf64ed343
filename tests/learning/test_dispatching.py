"""From which confidence on the machine dispatches by itself, and what that rests on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from hotline import db, knowledge
from hotline.learning import dispatching, keeping
from hotline.learning.dispatching import FEWEST_SETTLED, NEVER, Dispatch, dispatch, of_figures
from hotline.models import Ticket
from routing.evaluating import figures
from tests.hotline_fixtures import Web

POTHOLES = "从羊昌到新场镇的路上全是坑，下雨积水看不见，摩托车摔了好几次，请派人来修"


def in_use() -> Dispatch:
    with db.reading() as session:
        return dispatch(session, keeping.InForce())


def live(web: Web, cases: list[tuple[float, bool]], **more: object) -> None:
    """Closed tickets with these confidences, as copies of one that was opened."""
    number = web.open(POTHOLES, phone="13800138000", place="乌当区羊昌镇")["number"]
    with db.transaction() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        row = {column.name: getattr(ticket, column.name) for column in Ticket.__table__.columns}
        rows = [_copy(row, n, confidence, right) | more for n, (confidence, right) in enumerate(cases, 1)]
        session.execute(insert(Ticket), rows)


def _copy(row: dict[str, object], n: int, confidence: float, right: bool) -> dict[str, object]:
    decision = json.loads(json.dumps(row["decision"])) | {"confidence": confidence}
    own = {"id": 10_000 + n, "number": f"copy{n}", "external_id": f"copy{n}", "query_code_digest": f"copy{n}"}
    unit = row["unit"] if right else "dept-medical-insurance"
    return row | own | {"decision": decision, "status": "closed", "unit": unit}


MIXED = [(0.9, True)] * 150 + [(0.7, True)] * 70 + [(0.7, False)] * 30


def test_a_new_house_has_the_shipped_threshold_and_says_so(web: Web) -> None:
    assert (in_use().basis, in_use().threshold) == ("setting", 0.65)
    assert "HOTLINE_DISPATCH_THRESHOLD" in in_use().words


def test_with_enough_settled_tickets_the_houses_own_history_decides(web: Web) -> None:
    live(web, MIXED)
    assert in_use() == Dispatch(0.9, "history", 0.97, 250, 0.6, 1.0)
    assert "250" in in_use().words
    knowledge.forget()
    with db.reading() as session:
        assert knowledge.knowledge(session).dispatch_threshold == 0.9


def test_with_one_ticket_too_few_it_does_not(web: Web) -> None:
    live(web, [(0.9, True)] * (FEWEST_SETTLED - 1))
    assert in_use().basis == "setting"


def test_a_lower_accuracy_lets_more_go_and_zero_chooses_nothing(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    live(web, MIXED)
    monkeypatch.setenv("HOTLINE_DISPATCH_ACCURACY", "0.85")
    db.forget()
    assert (in_use().threshold, in_use().coverage, in_use().accuracy) == (0.7, 1.0, 0.88)
    monkeypatch.setenv("HOTLINE_DISPATCH_ACCURACY", "0")
    db.forget()
    assert (in_use().basis, in_use().threshold) == ("setting", 0.65)


def test_where_no_confidence_is_right_often_enough_nothing_goes_by_itself(web: Web) -> None:
    live(web, [(0.9, n % 2 == 0) for n in range(220)])
    assert (in_use().threshold, in_use().coverage) == (NEVER, 0.0)
    assert "人工派单" in in_use().words
    knowledge.forget()
    assert web.open(POTHOLES + "。", phone="13800138001", place="乌当区羊昌镇")["status"] == "received"


def test_forms_rejections_open_and_old_tickets_say_nothing(web: Web) -> None:
    live(web, MIXED, details={"x": 1})
    assert in_use().basis == "setting"
    with db.transaction() as session:
        session.execute(update(Ticket).where(Ticket.id > 10_000).values(details=None, status="accepted"))
    assert in_use().basis == "setting", "where it ends is not known yet"
    with db.transaction() as session:
        session.execute(update(Ticket).where(Ticket.id > 10_000).values(dispatches=2))
    assert in_use().basis == "history", "dispatched again and taken"
    with db.transaction() as session:
        old = db.now(session) - timedelta(days=dispatching.LONGEST_DAYS + 1)
        session.execute(update(Ticket).values(received_at=old))
    assert in_use().basis == "setting"


def test_a_models_figures_give_its_threshold_and_coverage() -> None:
    sure, unsure = [{"01": 0.9, "02": 0.1}] * 60, [{"01": 0.6, "02": 0.4}] * 40
    measured = figures(["01"] * 60 + ["02"] * 40, [*sure, *unsure])
    found = of_figures(measured, 0.97)
    assert (found.basis, found.cases, found.coverage) == ("model", 100, 0.6)
    assert 0.6 < found.threshold <= 0.9
    assert of_figures(figures(["02"] * 50, [{"01": 0.9, "02": 0.1}] * 50), 0.97).threshold == NEVER
