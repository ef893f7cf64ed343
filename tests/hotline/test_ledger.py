"""The ledger of supervision: each number is the length of its list, and each list is what its name says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline import db, ledger
from hotline.intake.inquiry import InvalidInput
from hotline.models import Ticket
from hotline.rights import Actor
from sla.policy import LEVELS
from tests.hotline.city import DISPATCHER, TRANSPORT, WATER, WUDANG, YANGCHANG, House, at

MANAGER = Actor("staff:9004", "管理者", frozenset({"manager"}))


def table(house: House, actor: Actor = MANAGER, unit: str | None = None) -> ledger.Ledger:
    with house.transaction() as session:
        found = ledger.ledger(session, ledger.asked_of(session, actor, unit))
        for line in ledger.lines_of(found):
            for number, count in line.counts.items():
                asked = ledger.asked_of(session, actor, unit)
                behind = ledger.tickets_behind(session, asked, number, line.unit, size=100)
                assert len(behind) == count == ledger.count_behind(session, asked, number, line.unit)
    return found


def behind(house: House, number: str, line: str | None = None) -> set[str]:
    with house.transaction() as session:
        asked = ledger.asked_of(session, MANAGER)
        return {each.number for each in ledger.tickets_behind(session, asked, number, line, size=100)}


def shown(found: ledger.Ledger, unit: str) -> dict[str, int]:
    (line,) = (each for each in found.lines if each.unit == unit)
    return {name: count for name, count in line.counts.items() if count}


def test_an_empty_house_has_an_empty_ledger(house: House) -> None:
    found = table(house)
    assert set(found.total.counts.values()) == {0}
    assert found.lines == ()


def test_a_ticket_at_the_desk_is_on_a_line_of_its_own(house: House) -> None:
    ticket = house.open()
    assert shown(table(house), ledger.AT_DESK) == {"open": 1}
    assert behind(house, "open", ledger.AT_DESK) == {ticket.number}


def test_a_deadline_at_midnight_belongs_to_the_day_that_it_ends(house: House) -> None:
    due = house.due(house.dispatched(), "resolve")
    when = {"due_today", "due_tomorrow", "breached"}
    seen = {}
    for hours in (-48.0, -24.0, -23.99, -0.01, 0.0, 0.01):
        house.now = due + timedelta(hours=hours)
        seen[hours] = when & shown(table(house), WUDANG).keys()
    today, late = {"due_today"}, {"breached"}
    tomorrow = {"due_tomorrow"}
    assert seen == {-48.0: tomorrow, -24.0: today, -23.99: today, -0.01: today, 0.0: today, 0.01: late}


def test_each_ticket_stands_at_the_highest_level_of_its_running_clock(house: House) -> None:
    ticket = house.accepted()
    due = house.due(ticket, "resolve")
    house.now = due + timedelta(days=2)
    house.sweep()
    levels = {level for clock, level, _, _ in house.escalations(ticket) if clock == "resolve"}
    found = shown(table(house), WUDANG)
    assert [level for level in LEVELS if level in found] == [max(levels, key=LEVELS.index)]
    house.act(ticket, "resolve", result="已修好", public_reply="已修好。")
    assert not set(shown(table(house), WUDANG)) & set(LEVELS), "an answered ticket is at no level"


def test_an_assisting_units_overdue_clock_is_on_its_own_line_and_once_in_the_whole(house: House) -> None:
    ticket = house.dispatched(assisting=[TRANSPORT, WATER])
    house.now = max(row.due_at for row in house.clocks(ticket, "assist")) + timedelta(seconds=1)
    found = table(house)
    assert shown(found, TRANSPORT) == shown(found, WATER) == {"assist_overdue": 1}
    assert found.total.counts["assist_overdue"] == 1
    assert behind(house, "assist_overdue", WATER) == {ticket.number}


def test_supervision_counts_until_the_unit_has_reported(house: House) -> None:
    ticket = house.accepted()
    house.act(ticket, "supervise", by=DISPATCHER, text="请加快办理")
    assert shown(table(house), WUDANG)["supervised"] == 1
    house.act(ticket, "feedback", by=house.handler(WUDANG), text="已派人")
    assert "supervised" not in shown(table(house), WUDANG)


def test_a_unit_sees_itself_and_those_below_and_nobody_else(house: House) -> None:
    tickets: dict[str, Ticket] = {unit: house.dispatched(unit) for unit in (WUDANG, YANGCHANG, TRANSPORT)}
    mine = table(house, house.handler(WUDANG))
    assert {line.unit for line in mine.lines} == {WUDANG, YANGCHANG}
    assert mine.total.counts["open"] == 2
    assert table(house, unit=WUDANG).total == mine.total
    with house.transaction() as session, pytest.raises(InvalidInput):
        ledger.asked_of(session, house.handler(WUDANG), TRANSPORT)
    assert {each.number for each in tickets.values()} == behind(house, "open")


def test_pages_of_a_list_meet_without_gap_or_overlap(house: House) -> None:
    for _ in range(5):
        house.dispatched()
    with house.transaction() as session:
        asked, after, found = ledger.asked_of(session, MANAGER), None, []
        while True:
            page, after = ledger.page_behind(session, asked, "open", None, 2, after)
            found += [each.id for each in page]
            if after is None:
                break
    assert len(found) == len(set(found)) == 5


def test_an_unknown_number_or_unit_is_told(house: House) -> None:
    with db.reading() as session:
        with pytest.raises(InvalidInput):
            ledger.count_behind(session, ledger.asked_of(session, MANAGER), "nothing")
        with pytest.raises(InvalidInput):
            ledger.asked_of(session, MANAGER, "nowhere")


def test_the_table_lines_up_in_a_terminal(house: House) -> None:
    house.dispatched()
    words = ledger.as_table(table(house)).splitlines()
    assert words[1].startswith("全市")
    assert len({sum(2 if ord(each) > 0x2E7F else 1 for each in line) for line in words}) == 1
    assert at("2026-06-01 10:00") == house.now
