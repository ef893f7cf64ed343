"""The calendar is drafted, looked at, published and lived by: open deadlines move once, by events, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.__main__ import cli
from hotline.desk.case import history
from hotline.errors import Forbidden, NotFound, OutOfOrder, Stale
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge
from hotline.models import CalendarYear, Event, Ticket
from hotline.rights import SYSTEM, Actor
from hotline.rulebook import CITY
from hotline.rulemaking import calendars, drafts, moving
from hotline.rulemaking.notices import read_notice, write_notice
from sla.clock import clocks as run_clocks
from tests.hotline.city import TRANSPORT, WATER, WUDANG, House, at

ADMINISTRATOR = Actor("staff:9009", "系统管理员", frozenset({"system_admin"}))
MANAGER = Actor("staff:9008", "管理者", frozenset({"manager"}))
SOURCE = "国务院办公厅关于2027年部分节假日安排的通知（测试）"
NOTICE_2027 = """
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月14日（周日）上班。
5月1日—5月5日 休 劳动节
5月8日 班 劳动节
10月1日—10月7日 休 国庆节
"""
CHRISTMAS = "2026-12-28 10:00"
"""A Monday from which 15 working days end in 2027."""


def year_draft(house: House, year: int, text: str, source: str = SOURCE) -> CalendarYear:
    with house.transaction() as session:
        return drafts.draft_year(session, ADMINISTRATOR, year, read_notice(year, text), source)


def publish(house: House, year: int | None = None, unit: str | None = None) -> str:
    with house.transaction() as session:
        return calendars.publish(session, ADMINISTRATOR, drafts.find_draft(session, year, unit))


def look(house: House, year: int | None = None, unit: str | None = None) -> calendars.Preview:
    with house.transaction() as session:
        return calendars.moves(session, drafts.find_draft(session, year, unit))


def recomputed(house: House, ticket: Ticket) -> list[dict[str, Any]]:
    return [event.data for event in house.events(ticket) if event.action == "recompute"]


def unlike(house: House, ticket: Ticket) -> list[str]:
    """Open clock rows that differ from what the ticket's history gives."""
    with db.reading() as session:
        moments, _ = history(session, ticket.id)
        wanted = {(c.name, c.opened_by, c.party): c for c in run_clocks(moments, knowledge(session).rules)}
    held = [row for row in house.clocks(ticket) if row.known_until is None]
    assert len(held) == len(wanted)
    names = ("due_at", "provisional", "calendar", "met_at", "stopped_at")
    return [
        f"{row.name}.{name}"
        for row in held
        for name in names
        if getattr(row, name) != getattr(wanted[row.name, row.opened_by, row.party], name)
    ]


# Drafts


def test_a_pasted_notice_and_a_line_for_each_stretch_say_the_same() -> None:
    days = read_notice(2027, NOTICE_2027)
    assert [day for day in days["holidays"] if day.startswith("2027-02")] == [f"2027-02-{n:02}" for n in range(5, 12)]
    assert days["makeups"] == {"2027-01-31": "春节", "2027-02-14": "春节", "2027-05-08": "劳动节"}
    assert read_notice(2027, write_notice(2027, days)) == days
    assert write_notice(2027, days).splitlines()[0] == "1月1日—1月3日 休 元旦"


def test_every_shipped_year_is_read_again_as_it_is_written() -> None:
    years = json.loads(Path("hotline/seeds/calendar.json").read_text("utf-8"))["years"]
    for number, days in years.items():
        parts = {part: dict(sorted(days[part].items())) for part in ("holidays", "makeups")}
        assert read_notice(int(number), write_notice(int(number), days)) == parts, number


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("10月1日（周四）至7日 休 国庆节", "星期五"),
        ("2月30日 休 春节", "没有“2月30日”"),
        ("10月7日—10月1日 休 国庆节", "先后不对"),
        ("国庆节放假七天", "看不懂"),
        ("1日 休 元旦", "没有“1日”"),
        ("10月1日 休 国庆节\n10月1日 班 国庆节", "第 2 行"),
        ("春节：全体高兴。", "放假"),
    ],
)
def test_a_line_that_cannot_be_read_says_which_and_what_to_write(line: str, words: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        read_notice(2027, line)
    assert words in wrong.value.message["zh"]
    assert "第 " in wrong.value.message["zh"]


@pytest.mark.parametrize(
    ("days", "source", "words"),
    [
        ({"holidays": {}}, "", "依据"),
        ({"holidays": {"2026-10-01": "国庆节"}}, SOURCE, "不在 2027 年"),
        ({"holidays": {"10月1日": "国庆节"}}, SOURCE, "不是日期"),
        ({"holidays": {"2027-10-01": ""}}, SOURCE, "节日名"),
        ({"makeups": {"2027-10-08": "国庆节"}}, SOURCE, "本来就上班"),
        ({"holidays": {"2027-10-09": "甲"}, "makeups": {"2027-10-09": "乙"}}, SOURCE, "既放假又上班"),
        ({"holidays": ["2027-10-01"]}, SOURCE, "holidays"),
        ({"feasts": {}}, SOURCE, "feasts"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"])
def test_a_year_that_cannot_be_is_refused_in_words(house: House, days: Any, source: str, words: str) -> None:
    with house.transaction() as session, pytest.raises(InvalidInput) as wrong:
        drafts.draft_year(session, ADMINISTRATOR, 2027, days, source)
    assert words in wrong.value.message["zh"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"hours": [["12:00", "09:00"]]}, "hours"),
        ({"hours": [["09:00", "13:00"], ["12:00", "17:00"]]}, "hours"),
        ({"hours": "09:00-12:00"}, "hours"),
        ({"weekdays": [0, 1]}, "weekdays"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": [1, 1]}, "weekdays"),
        ({"holidays": "no"}, "holidays"),
        ({"lunch": []}, "hours"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"])
def test_hours_that_cannot_be_are_refused_with_their_field(house: House, data: dict[str, Any], field: str) -> None:
    with house.transaction() as session, pytest.raises(InvalidInput) as wrong:
        drafts.draft_hours(session, ADMINISTRATOR, WUDANG, data, "区政府通知")
    assert wrong.value.field == field


def test_there_is_one_draft_of_a_year_and_saving_again_replaces_it(house: House) -> None:
    first = year_draft(house, 2027, "10月1日 休 国庆节")
    second = year_draft(house, 2027, NOTICE_2027)
    assert (first.id, first.version) == (second.id, 1)
    with db.reading() as session:
        assert [draft.source for draft in drafts.all_drafts(session)] == [SOURCE]
        assert knowledge(session).rules.current == "cn-2026", "a draft is nobody's rule"
    with house.transaction() as session:
        drafts.discard(session, ADMINISTRATOR, drafts.find_draft(session, 2027))
    with db.reading() as session, pytest.raises(NotFound):
        drafts.find_draft(session, 2027)
    assert not house.faults()


def test_only_the_system_administrator_drafts_and_publishes(house: House) -> None:
    with house.transaction() as session, pytest.raises(Forbidden):
        drafts.draft_year(session, MANAGER, 2027, {}, SOURCE)
    year_draft(house, 2027, NOTICE_2027)
    with house.transaction() as session, pytest.raises(Forbidden):
        calendars.publish(session, MANAGER, drafts.find_draft(session, 2027))
    with house.transaction() as session, pytest.raises(Forbidden):
        drafts.discard(session, MANAGER, drafts.find_draft(session, 2027))


def test_a_file_of_years_becomes_drafts_and_what_is_published_already_is_passed_over(house: House) -> None:
    document = json.loads(Path("hotline/seeds/calendar.json").read_text("utf-8"))
    document["years"]["2027"] = {"notice": SOURCE, **read_notice(2027, NOTICE_2027)}
    with house.transaction() as session:
        found = calendars.import_years(session, SYSTEM, document)
    assert found.drafted == [2027]
    assert found.unchanged == list(range(2004, 2027))
    with house.transaction() as session, pytest.raises(InvalidInput, match="2027 年"):
        calendars.import_years(session, SYSTEM, {"years": {"2027": {"holidays": {"x": "y"}}}}, source=SOURCE)


# Publication and what moves


def test_deadlines_that_were_provisional_move_by_an_event_and_lose_the_mark(house: House) -> None:
    house.now = at(CHRISTMAS)
    ticket = house.accepted()
    before = house.clocks(ticket, "resolve")[-1]
    assert (before.provisional, before.calendar) == (True, "cn-2026")
    year_draft(house, 2027, NOTICE_2027)
    seen = look(house, 2027)
    assert [(move.number, move.clock, move.settled) for move in seen.moves] == [(ticket.number, "resolve", True)]
    house.wait(hours=1)
    assert publish(house, 2027) == "cn-2027+1"
    assert moving.move_round(house.transaction) == 1
    after = house.clocks(ticket, "resolve")[-1]
    assert (after.provisional, after.calendar) == (False, "cn-2027+1")
    assert (seen.moves[0].was, seen.moves[0].to) == (before.due_at, after.due_at)
    assert [each["calendar"] for each in recomputed(house, ticket)] == ["cn-2027+1"]
    assert house.ticket(ticket.number).version == ticket.version + 1, "or a late delivery could bring the old date back"
    assert house.ticket(ticket.number).due_at == after.due_at
    assert not unlike(house, ticket)
    assert not house.faults()


def test_a_local_day_off_moves_the_open_and_leaves_the_breached_the_met_and_the_far_away(house: House) -> None:
    house.now = at("2026-06-01 10:00")
    late = house.accepted()
    answered = house.resolved()
    house.now = at("2026-06-23 10:00")
    fresh, unread = house.accepted(), house.open()
    held = {name: house.due(late, name) for name in ("accept", "contact", "resolve")}
    days = house.know.rules.document(1)["years"]["2026"]
    days = {"holidays": days["holidays"] | {"2026-06-25": "市庆"}, "makeups": days["makeups"]}
    with house.transaction() as session:
        drafts.draft_year(session, ADMINISTRATOR, 2026, days, "市政府关于市庆放假的通知")
    seen = look(house, 2026)
    assert {move.number for move in seen.moves if move.moved} == {fresh.number}
    assert seen.by_unit() == {WUDANG: sum(1 for move in seen.moves if move.moved)}
    publish(house, 2026)
    assert moving.move_round(house.transaction) == len({move.number for move in seen.moves})
    assert {name: house.due(late, name) for name in held} == held
    assert not recomputed(house, late)
    assert not recomputed(house, answered)
    assert len(recomputed(house, fresh)) == 1
    for ticket in (late, answered, fresh, unread):
        assert not unlike(house, ticket)
    assert not house.faults()


def test_the_round_says_when_it_is_done_and_then_does_nothing(house: House) -> None:
    house.now = at(CHRISTMAS)
    house.accepted()
    assert moving.move_round(house.transaction) == 0
    year_draft(house, 2027, NOTICE_2027)
    publish(house, 2027)
    assert moving.move_round(house.transaction) == 1
    house.wait(minutes=1)
    assert moving.move_round(house.transaction) == 0

    def never() -> AbstractContextManager[Session]:
        pytest.fail("a round with nothing to do takes no transaction")

    assert moving.move_round(never) == 0
    with db.reading() as session:
        done = select(Event.data).where(Event.subject == "calendar", Event.action == calendars.MOVED)
        assert session.scalars(done).all() == [{"edition": 2, "name": "cn-2027+1"}]


def test_a_ticket_that_a_process_opened_before_it_heard_of_the_publication_is_moved_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.now = at(CHRISTMAS)
    house.accepted()
    old = house.know
    year_draft(house, 2027, NOTICE_2027)
    publish(house, 2027)
    assert moving.move_round(house.transaction) == 1
    with monkeypatch.context() as behind:
        behind.setattr("hotline.desk.opening.knowledge", lambda *_: old)
        late = house.open()
    assert late.calendar == "cn-2026"
    behind_the_times = [row.provisional for row in house.clocks(late)]
    house.now = at("2026-12-31 16:00")
    with monkeypatch.context() as behind:
        behind.setattr("hotline.desk.opening.knowledge", lambda *_: old)
        later = house.open()
    assert [row.provisional for row in house.clocks(later)] == [True]
    assert moving.move_round(house.transaction) == 1
    assert house.ticket(later.number).calendar == "cn-2027+1"
    assert (behind_the_times, house.ticket(late.number).calendar) == ([False], "cn-2026"), "nothing of it moves"


def test_killed_in_the_middle_and_run_again_each_ticket_moves_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.now = at(CHRISTMAS)
    tickets = [house.accepted() for _ in range(5)]
    year_draft(house, 2027, NOTICE_2027)
    publish(house, 2027)
    monkeypatch.setattr(moving, "BATCH", 2)
    begun = 0

    @contextmanager
    def killed_at_the_third() -> Iterator[Session]:
        nonlocal begun
        begun += 1
        with house.transaction() as session:
            yield session
            if begun == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.move_round(killed_at_the_third)
    assert [len(recomputed(house, ticket)) for ticket in tickets] == [1, 1, 0, 0, 0]
    assert moving.move_round(house.transaction) == 3
    assert [len(recomputed(house, ticket)) for ticket in tickets] == [1] * 5
    assert not [each for ticket in tickets for each in unlike(house, ticket)]
    assert not house.faults()


def test_a_ticket_that_somebody_acted_on_meanwhile_is_not_moved_twice(house: House) -> None:
    house.now = at(CHRISTMAS)
    ticket = house.accepted()
    year_draft(house, 2027, NOTICE_2027)
    publish(house, 2027)
    house.act(ticket, "contact", text="已联系")
    assert moving.move_round(house.transaction) == 0
    assert len(recomputed(house, ticket)) == 1


def test_two_editions_at_once_are_one_move(house: House) -> None:
    house.now = at(CHRISTMAS)
    ticket = house.accepted()
    year_draft(house, 2027, NOTICE_2027)
    publish(house, 2027)
    year_draft(house, 2027, NOTICE_2027 + "1月4日 休 本地假日")
    assert publish(house, 2027) == "cn-2027+2"
    assert moving.move_round(house.transaction) == 1
    assert [each["calendar"] for each in recomputed(house, ticket)] == ["cn-2027+2"]
    assert not unlike(house, ticket)


def test_of_two_who_publish_at_one_moment_one_is_told_to_look_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    year_draft(house, 2027, NOTICE_2027)
    with house.transaction() as session:
        drafts.draft_hours(session, ADMINISTRATOR, WUDANG, {"weekdays": [1, 2, 3, 4, 5, 6]}, "区政府通知")
    with house.transaction() as session:
        stale = journal.last_link(session, "calendar")
    publish(house, 2027)
    monkeypatch.setattr(journal, "last_link", lambda *_: stale)
    with pytest.raises(Stale):
        publish(house, unit=WUDANG)
    monkeypatch.undo()
    with db.reading() as session:
        assert drafts.find_draft(session, unit=WUDANG).edition is None
    assert not house.faults()


def test_what_is_published_is_published_once_and_never_thrown_away(house: House) -> None:
    draft = year_draft(house, 2027, NOTICE_2027)
    publish(house, 2027)
    with house.transaction() as session:
        row = session.get_one(CalendarYear, draft.id)
        with pytest.raises(OutOfOrder):
            calendars.publish(session, ADMINISTRATOR, row)
        with pytest.raises(OutOfOrder):
            drafts.discard(session, ADMINISTRATOR, row)


# Working hours


def test_a_unit_that_works_on_saturdays_and_one_that_never_closes_have_their_own_deadlines(house: House) -> None:
    house.now = at("2026-06-05 10:00")
    mine, other, water = house.accepted(WUDANG), house.accepted(TRANSPORT), house.accepted(WATER)
    before = {ticket.number: house.due(ticket, "resolve") for ticket in (mine, other, water)}
    with house.transaction() as session:
        saturday = {"hours": [["08:30", "12:00"], ["14:00", "18:00"]], "weekdays": [1, 2, 3, 4, 5, 6]}
        drafts.draft_hours(session, ADMINISTRATOR, WUDANG, saturday, "区政府办公时间通知")
        never_closed = {"hours": [["00:00", "24:00"]], "weekdays": [1, 2, 3, 4, 5, 6, 7], "holidays": False}
        drafts.draft_hours(session, ADMINISTRATOR, WATER, never_closed, "水务公司 24 小时值班")
    assert look(house, unit=WUDANG).by_unit().keys() == {WUDANG}
    assert publish(house, unit=WUDANG) == "cn-2026+1"
    assert publish(house, unit=WATER) == "cn-2026+2"
    assert moving.move_round(house.transaction) == 2
    after = {ticket.number: house.due(ticket, "resolve") for ticket in (mine, other, water)}
    assert after[other.number] == before[other.number]
    assert after[mine.number] < before[mine.number]
    assert after[water.number] < after[mine.number]
    for ticket in (mine, other, water):
        assert not unlike(house, ticket)
    assert not house.faults()


def test_the_citys_hours_are_everybodys_who_has_none(house: House) -> None:
    house.now = at("2026-06-01 16:30")
    waiting = house.open()
    with house.transaction() as session:
        drafts.draft_hours(session, ADMINISTRATOR, CITY, {"hours": [["09:00", "17:30"]]}, "市政府夏季作息通知")
    seen = look(house, unit=CITY)
    assert [(move.number, move.clock, move.unit) for move in seen.moves] == [(waiting.number, "dispatch", None)]
    publish(house, unit=CITY)
    assert moving.move_round(house.transaction) == 1
    assert house.due(waiting, "dispatch") == at("2026-06-02 10:00")


# The command line


def say(*words: str, code: int = 0) -> str:
    """What the command prints."""
    answer = CliRunner().invoke(cli, words)
    assert answer.exit_code == code, answer.output
    return answer.output


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_year_is_imported_shown_and_published_on_the_command_line(house: House, tmp_path: Path) -> None:
    assert "按周一至周五减固定节日暂定" in say("calendar", "show", "2027")
    file = tmp_path / "2027.json"
    year = {"notice": SOURCE, **read_notice(2027, NOTICE_2027)}
    file.write_text(json.dumps({"years": {"2026": house.know.rules.years[-1].days, "2027": year}}), "utf-8")
    said = say("calendar", "import", str(file))
    assert "略过：2026" in said
    assert "2027 年已存为草稿" in said
    assert "已发布：cn-2027+1；0 件工单的期限已改" in say("calendar", "publish", "2027", "--yes")
    shown = say("calendar", "show", "2027")
    assert SOURCE in shown
    assert "休：1日元旦、2日元旦、3日元旦" in shown
    assert "班：31日春节调休上班" in shown
    assert json.loads(say("calendar", "show", "2027", "--json"))["provisional"] is False
    assert json.loads(say("calendar", "show", "2027", "--json", "--edition", "cn-2026"))["provisional"] is True
    assert "没有草稿" in say("calendar", "publish", "2027", "--yes", code=1)
    assert not house.faults()


@pytest.mark.parametrize("database", ["sqlite"])
def test_hours_are_drafted_and_published_on_the_command_line_and_mistakes_are_sentences(house: House) -> None:
    hours = ("--hours", "08:30-12:00，14:00-18:00", "--weekdays", "1-6", "--source", "区政府作息通知")
    say("calendar", "hours", WUDANG, *hours)
    assert "已发布：cn-2026+1" in say("calendar", "publish", "--hours", WUDANG, "--yes")
    shown = json.loads(say("calendar", "show", "2026", "--unit", WUDANG, "--json"))
    assert (shown["hours"], shown["weekdays"]) == ([["08:30", "12:00"], ["14:00", "18:00"]], [1, 2, 3, 4, 5, 6])
    assert json.loads(say("calendar", "show", "2026", "--json"))["weekdays"] == [1, 2, 3, 4, 5]
    assert "没有编码为“nobody”的单位" in say("calendar", "hours", "nobody", *hours, code=1)
    assert "1 是星期一" in say("calendar", "hours", WUDANG, *hours, "--weekdays", "0-6", code=1)
    assert "没有“cn-1999”这一版" in say("calendar", "show", "--edition", "cn-1999", code=1)
    assert "YEAR" in say("calendar", "publish", code=2)
    say("calendar", "hours", "city", *hours)
    aborted = CliRunner().invoke(cli, ["calendar", "publish", "--hours", "city"], input="n\n")
    assert aborted.exit_code == 1
    with db.reading() as session:
        assert drafts.find_draft(session, unit=CITY).edition is None
