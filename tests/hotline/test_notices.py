"""Notices: everybody who should know is told once, in one message for many tickets, and nobody hears of another's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline import notices, sweep
from hotline.models import Notice
from hotline.rights import Actor
from tests.hotline.city import AGENT, DISPATCHER, TRANSPORT, WATER, WUDANG, YANGCHANG, House

MANAGER = Actor("staff:9009", "管理者", frozenset({"manager"}))


def written(house: House) -> list[Notice]:
    """Every notice, in the order of their ids."""
    with house.transaction() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def of(house: House, role: str, unit: str | None, level: str) -> Notice:
    """The one notice of an addressee and level."""
    [found] = [row for row in written(house) if (row.role, row.unit, row.level) == (role, unit, level)]
    return found


def told(house: House, actor: Actor, after: int = 0, limit: int = 100) -> list[Notice]:
    """What the actor reads, once it has settled."""
    house.wait(seconds=notices.SETTLED_SECONDS)
    with house.transaction() as session:
        return notices.notices_for(session, actor, after, limit)


def reviewer(house: House, unit: str) -> Actor:
    """Who leads a unit's handlers."""
    return Actor("staff:r", unit, frozenset({"unit_reviewer"}), unit, house.know.unit_tree.below(unit))


def due(house: House, *units: str) -> None:
    """A ticket for each unit, and the instant at which their acceptance is due."""
    tickets = [house.dispatched(unit) for unit in units]
    house.now = max(house.due(ticket, "accept") for ticket in tickets)


def test_many_tickets_of_a_unit_are_one_notice_that_names_them(house: House) -> None:
    tickets = [house.dispatched() for _ in range(3)]
    house.now = house.due(tickets[0], "accept")
    house.sweep()
    notice = of(house, "unit_handler", WUDANG, "urge")
    accepts = sorted([ticket.number, "accept", house.now.isoformat()] for ticket in tickets)
    assert sorted(item for item in notice.items if item[1] == "accept") == accepts
    assert (notice.count, notice.at) == (len(notice.items), house.now)


def test_a_warning_is_told_to_the_holder_and_a_supervision_to_its_leader_and_the_managers_too(house: House) -> None:
    due(house, WUDANG)
    house.wait(days=2)
    house.sweep()
    addressees = {(row.level, row.role, row.unit) for row in written(house)}
    assert {each for each in addressees if each[0] == "warn"} == {("warn", "unit_handler", WUDANG)}
    assert {each for each in addressees if each[0] == "supervise"} == {
        ("supervise", "unit_handler", WUDANG),
        ("supervise", "unit_reviewer", WUDANG),
        ("supervise", "manager", None),
    }


def test_what_the_hotline_itself_lets_lie_is_told_to_its_desk_and_the_managers_once(house: House) -> None:
    house.open()
    house.wait(days=4)
    house.sweep()
    assert {(row.role, row.unit) for row in written(house)} == {("dispatcher", None), ("manager", None)}
    assert of(house, "manager", None, "supervise").count == 1, "leader and supervisor are the same people here"


def test_an_assisting_units_own_deadline_is_told_to_that_unit(house: House) -> None:
    ticket = house.act(house.open(), "dispatch", unit=WUDANG, assisting=[WATER])
    [assist] = house.clocks(ticket, "assist")
    house.now = assist.due_at
    house.sweep()
    assert [item[1] for item in of(house, "unit_handler", WATER, "urge").items] == ["assist"]
    assert "assist" not in [item[1] for item in of(house, "unit_handler", WUDANG, "urge").items]


def test_what_is_found_within_a_minute_joins_the_notice_and_what_comes_later_is_a_new_one(house: House) -> None:
    due(house, WUDANG, WUDANG, WUDANG)
    with house.transaction() as session:
        assert sweep.sweep(session, limit=1) == 1
    first = of(house, "unit_handler", WUDANG, "warn").count
    house.wait(seconds=notices.GROWS_SECONDS - 1)
    house.sweep()
    assert of(house, "unit_handler", WUDANG, "warn").count > first
    before = len(written(house))
    house.dispatched()
    house.wait(days=1)
    house.sweep()
    assert len(written(house)) > before


def test_a_notice_names_fifty_tickets_at_most_and_counts_them_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "ITEMS", 2)
    due(house, WUDANG, WUDANG, WUDANG, WUDANG)
    for _ in range(12):
        with house.transaction() as session:
            sweep.sweep(session, limit=1)
    notice = of(house, "unit_handler", WUDANG, "warn")
    assert (len(notice.items), notice.count) == (2, sum(level == "warn" for _, level, _, _ in house.escalations()))


def test_every_escalation_is_told_and_nothing_else_is(house: House) -> None:
    due(house, WUDANG, TRANSPORT)
    house.wait(days=30)
    house.sweep()
    for level in ("warn", "urge", "supervise", "circulate"):
        to_handlers = sum(row.count for row in written(house) if (row.role, row.level) == ("unit_handler", level))
        assert to_handlers == sum(each == level for _, each, _, _ in house.escalations())
    before = len(written(house))
    house.sweep()
    assert len(written(house)) == before


def test_a_sweep_that_is_cut_off_tells_nobody(house: House) -> None:
    due(house, WUDANG)
    with house.transaction() as session:
        assert sweep.sweep(session) > 0
        session.rollback()
    assert not written(house)


# Reading


def test_a_unit_reads_its_own_and_those_below_it_and_never_anothers(house: House) -> None:
    due(house, WUDANG, YANGCHANG, TRANSPORT)
    house.wait(days=3)
    house.sweep()
    assert {row.unit for row in told(house, house.handler(WUDANG))} == {WUDANG, YANGCHANG}
    assert {row.unit for row in told(house, house.handler(YANGCHANG))} == {YANGCHANG}
    assert {row.unit for row in told(house, house.handler(TRANSPORT))} == {TRANSPORT}
    assert not told(house, house.handler(WATER))


def test_each_role_reads_what_is_told_to_it_and_managers_read_everything(house: House) -> None:
    house.open()
    due(house, WUDANG)
    house.wait(days=3)
    house.sweep()
    assert {row.role for row in told(house, house.handler(WUDANG))} == {"unit_handler"}
    assert {row.role for row in told(house, reviewer(house, WUDANG))} == {"unit_reviewer"}
    assert {row.role for row in told(house, DISPATCHER)} == {"dispatcher"}
    assert not told(house, AGENT)
    assert [row.id for row in told(house, MANAGER)] == [row.id for row in written(house)]


def test_a_notice_that_may_still_grow_is_not_read_yet_so_that_none_is_read_half(house: House) -> None:
    due(house, WUDANG)
    house.sweep()
    with house.transaction() as session:
        assert not notices.notices_for(session, MANAGER)
    house.wait(seconds=notices.SETTLED_SECONDS - 0.001)
    with house.transaction() as session:
        assert not notices.notices_for(session, MANAGER)
    house.wait(seconds=0.001)
    with house.transaction() as session:
        assert notices.notices_for(session, MANAGER)


def test_reading_on_from_the_last_id_misses_nothing_and_reads_nothing_twice(house: House) -> None:
    due(house, WUDANG, TRANSPORT, WATER)
    house.wait(days=10)
    house.sweep()
    read: list[int] = []
    while page := told(house, MANAGER, read[-1] if read else 0, limit=2):
        assert len(page) <= 2
        read += [row.id for row in page]
    assert read == [row.id for row in written(house)]


def test_the_days_line_sums_each_level_the_gravest_first_and_begins_anew_at_midnight(house: House) -> None:
    due(house, WUDANG, WUDANG)
    house.wait(days=2)
    house.sweep()
    with house.transaction() as session:
        today = notices.told_today(session, house.handler(WUDANG))
    assert [each.level for each in today] == ["supervise", "urge", "warn"]
    assert [each.count for each in today] == [
        sum(level == each.level for _, level, _, _ in house.escalations()) for each in today
    ]
    house.now += timedelta(days=1)
    with house.transaction() as session:
        assert not notices.told_today(session, house.handler(WUDANG))


def test_notices_of_more_than_half_a_year_ago_are_taken_out(house: House) -> None:
    due(house, WUDANG)
    house.sweep()
    house.wait(days=100)
    house.sweep()
    assert len({row.at for row in written(house)}) == 2
    house.wait(days=100)
    with house.transaction() as session:
        assert notices.drop_old(session) > 0
    assert len({row.at for row in written(house)}) == 1
