"""What the explanation adds to the sums: names instead of codes, a unit's own hours, and every cycle."""

from __future__ import annotations

from datetime import UTC, datetime

from hotline import db, explaining, knowledge
from hotline.explaining import Explained
from hotline.models import Ticket, WorkingHours
from tests.hotline.city import TRANSPORT, WUDANG, House

ALWAYS = {"hours": [["00:00", "24:00"]], "weekdays": [1, 2, 3, 4, 5, 6, 7], "holidays": False}


def explained(house: House, ticket: Ticket) -> list[Explained]:
    with house.transaction() as session:
        return explaining.explanation(session, house.ticket(ticket.number))


def test_an_assisting_unit_is_named_and_not_coded(house: House) -> None:
    found = explained(house, house.dispatched(assisting=[TRANSPORT]))
    (assist,) = (each for each in found if each.clock.name == "assist")
    assert assist.title == f"协办（{house.know.unit_name(TRANSPORT)}）"
    words = explaining.in_words("1", found)
    assert f"【{assist.title}】计时中" in words
    assert TRANSPORT not in words


def test_a_unit_with_hours_of_its_own_is_told_whose_calendar_counts(house: House) -> None:
    with db.transaction() as session:
        published = datetime(2026, 1, 1, tzinfo=UTC)
        row = {"unit": WUDANG, "version": 1, "source": "本单位通知", "data": ALWAYS, "edition": 1}
        session.add(WorkingHours(**row, published_at=published))
    knowledge.forget()
    found = {each.clock.name: each for each in explained(house, house.dispatched(assisting=[TRANSPORT]))}
    name = house.know.unit_name(WUDANG)
    assert found["resolve"].lines[-2] == (
        f"按{name}自己的工作时间计：每周一、二、三、四、五、六、日，00:00—24:00，节假日不休"
    )
    assert found["dispatch"].hours == found["assist"].hours == ""


def test_each_cycle_keeps_its_own_sum_and_verdict(house: House) -> None:
    ticket = house.closed()
    house.wait(days=1)
    house.act(ticket, "reopen", unit=WUDANG, text="仍未修好")
    house.wait(days=40)
    house.act(house.act(ticket, "accept"), "resolve", result="已修好", public_reply="已修好。")
    first, second = (each for each in explained(house, ticket) if each.clock.name == "resolve")
    assert (first.clock.cycle, first.state, second.clock.cycle, second.state) == (1, "kept", 2, "missed")
    assert "第 2 轮】超期" in explaining.in_words(ticket.number, [second])


def test_a_recount_names_the_old_and_the_new_deadline_as_the_event_has_them(house: House) -> None:
    ticket = house.accepted()
    with db.transaction() as session:
        published = datetime(2026, 1, 1, tzinfo=UTC)
        row = {"unit": WUDANG, "version": 1, "source": "本单位通知", "data": ALWAYS, "edition": 2}
        session.add(WorkingHours(**row, published_at=published))
    knowledge.forget()
    house.act(ticket, "contact", text="已联系")
    (event,) = (each for each in house.events(ticket) if each.action == "recompute")
    assert any(each["clock"] == "resolve" for each in event.data["moved"])
    (resolve,) = (each for each in explained(house, ticket) if each.clock.name == "resolve")
    (line,) = (line for line in resolve.lines if "重算" in line)
    assert f"第 {event.seq} 号记录" in line
    assert "时限由" in line
