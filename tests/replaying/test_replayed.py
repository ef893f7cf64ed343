"""A small year in each database: the scaled figures to the ticket, the chain whole, nothing out of order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import replaying
from hotline.knowledge import midnight
from hotline.lifecycle import OPEN, WITH_UNIT, Status
from hotline.models import Clock, Escalation, Event, Seal, Ticket
from hotline.replay_commands import replay
from hotline.replaying import Asked, NotEmpty, Scenario, compared, report_of
from hotline.rounds import index
from hotline.settings import settings
from hotline.verification import snapshot, verify
from tests.replaying.conftest import TICKETS, Year


def test_the_ordinary_report_gives_the_published_proportions_to_the_ticket(
    session: Session, scenario: Scenario
) -> None:
    report, (ends, content) = report_of(session, scenario), scenario.scaled(TICKETS)
    assert report.counts["dispatched"] == TICKETS
    assert {"closed": report.counts["closed"], **{end: report.counts[end] for end in ends if end != "closed"}} == ends
    rate, satisfied = report.figure("closure_rate"), report.figure("satisfied_of_closed")
    assert (rate.numerator, rate.denominator) == (ends["closed"], ends["closed"] + ends["open_past_deadline"])
    assert (satisfied.numerator, satisfied.denominator) == (content, ends["closed"])
    share = report.figure("closure_share")
    assert (share.numerator, share.denominator) == (ends["closed"], TICKETS)


def test_the_outcome_prints_both_closure_figures_with_their_denominators(session: Session, scenario: Scenario) -> None:
    said, ends = compared(report_of(session, scenario), scenario), scenario.scaled(TICKETS)[0]
    assert f"{ends['closed']}/{ends['closed'] + ends['open_past_deadline']}" in said
    assert f"{ends['closed']}/{TICKETS}" in said
    assert "90.4 %" in said


def test_the_audit_chain_of_the_year_is_whole_and_sealed_to_its_end(session: Session, year: Year) -> None:
    with snapshot() as still:
        found = verify(still, settings().seal_file)
    assert found.faults == []
    assert found.unsealed == 0
    assert found.tickets == year.done.messages
    assert found.seals == year.done.seals == session.scalar(select(func.count()).select_from(Seal))


def test_each_ticket_has_one_holder_and_open_ones_a_deadline(session: Session) -> None:
    for ticket in session.scalars(select(Ticket)):
        status = Status(ticket.status)
        assert (ticket.unit is not None) or status not in WITH_UNIT
        assert ticket.due_at is not None or status not in OPEN - {Status.RECEIVED}
    running = select(Clock.ticket_id).where(Clock.known_until.is_(None), Clock.met_at.is_(None))
    running = running.where(Clock.stopped_at.is_(None))
    ended = select(Ticket.id).where(Ticket.status.in_([Status.CLOSED, Status.REJECTED, Status.WITHDRAWN]))
    assert not set(session.scalars(running)) & set(session.scalars(ended))


def test_history_was_written_in_the_order_of_simulated_time(session: Session, scenario: Scenario) -> None:
    moments = list(session.scalars(select(Event.at).where(Event.ticket_id.is_not(None)).order_by(Event.id)))
    assert moments == sorted(moments)
    assert midnight(scenario.first) <= moments[0]
    assert moments[-1] <= midnight(scenario.last + timedelta(days=1))


def test_what_fell_due_was_found_within_a_round_of_the_simulated_ticker(session: Session, year: Year) -> None:
    found = session.execute(select(Escalation.clock, Escalation.due_at, Escalation.detected_at)).all()
    assert len(found) > TICKETS
    assert all(row.detected_at >= row.due_at for row in found)
    never_back = [row for row in found if row.clock != "resolve"]  # an answer sent back sets its clock going again
    assert all(row.detected_at - row.due_at <= timedelta(hours=1) for row in never_back)
    overdue = Clock.next_at <= midnight(replaying.read_scenario("guiyang-2020").last + timedelta(days=1))
    assert not session.scalar(select(func.count()).select_from(Clock).where(overdue))


def test_there_were_returns_extensions_reopenings_and_every_way_of_ending(session: Session) -> None:
    counted = session.execute(select(Event.action, func.count().label("count")).group_by(Event.action))
    done = {row.action: row[1] for row in counted}
    for action in ("return", "extend", "decide_extension", "reopen", "assist", "reject", "withdraw", "answer", "close"):
        assert done.get(action), action
    assert done["follow_up"] > done["close"]


def test_the_index_was_fed_with_every_ticket(session: Session, year: Year) -> None:
    assert index().count() == year.done.messages
    assert not session.scalar(select(func.count()).select_from(Event).where(Event.delivered_at.is_(None)))


def test_a_house_with_tickets_is_left_alone(year: Year, scenario: Scenario) -> None:
    with pytest.raises(NotEmpty, match="--home"):
        replaying.replay(Asked(scenario, TICKETS))


def test_the_command_refuses_in_one_sentence(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = CliRunner().invoke(replay, ["--tickets", "100"])
    assert refused.exit_code == 1
    assert "已经有工单" in refused.output
    unknown = CliRunner().invoke(replay, ["--scenario", "atlantis"])
    assert "guiyang-2020" in unknown.output
    wrong = CliRunner().invoke(replay, ["--speed", "slow"])
    assert "3600" in wrong.output
