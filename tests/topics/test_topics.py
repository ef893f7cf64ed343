"""Topics: what belongs together, how hot it is, what stays what it was, and what a flood does not do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from hotline import db
from hotline.likes import keep
from hotline.models import Ticket, TopicTicket
from hotline.models import Topic as Row
from hotline.topics import Topic, hottest
from hotline.topics.going_round import rebuild
from tests.topics.conftest import DAILY, PLANT, Say, days_back, go_round, speak_of_the_plant

DRY = (
    "乌当区新添寨停水了",
    "乌当区水田镇水龙头一滴水都没有",
    "乌当区下坝镇没有水用，老人孩子怎么办",
    "请问乌当区羊昌镇今天怎么断水，几点来水",
    "自来水停了两天，乌当区高新路这边没人来修",
    "乌当区百宜镇水管里流不出水",
    "乌当区偏坡乡家家户户都在等来水",
    "乌当区新堡乡断水一整天，店里开不了门",
)
"""Water is out in a district, in few words of which none is another's."""


def _hottest(now: datetime, days: int = 6, limit: int = 10) -> list[Topic]:
    with db.reading() as session:
        return hottest(session, days_back(now, days), days_back(now, 0), limit)


def _rows() -> dict[int, Row]:
    with db.reading() as session:
        return {row.id: row for row in session.scalars(select(Row))}


def test_people_who_speak_of_one_thing_in_other_words_are_one_topic_and_others_are_none(
    say: Say, now: datetime
) -> None:
    for sentence in DAILY:
        say(sentence)
    told = [*speak_of_the_plant(say, 4, days_ago=3), *speak_of_the_plant(say, 4, first=4)]
    assert go_round() == len(DAILY) + 8
    [topic] = _hottest(now)
    assert [each.number for each in topic.tickets] == [ticket.number for ticket in told]
    assert (topic.count, topic.callers, topic.likes) == (8, 8, 0)
    assert "搅拌站" in topic.name
    assert "云锦台" in topic.name
    assert topic.place.startswith("观山湖区")
    assert (topic.last - topic.first).days in (2, 3)
    assert topic.usual is None, "a city of a week has no past"


def test_a_round_does_nothing_where_nothing_is_new_and_takes_in_what_comes_later(say: Say, now: datetime) -> None:
    speak_of_the_plant(say, 4, days_ago=2)
    assert (go_round(), go_round()) == (4, 0)
    before = _hottest(now)[0]
    speak_of_the_plant(say, 3, first=4)
    assert go_round() == 3
    [after] = _hottest(now)
    assert (before.count, after.count) == (4, 7)
    assert after.id == before.id


def test_heat_is_the_sum_of_parts_that_a_person_can_work_out_again(say: Say, now: datetime) -> None:
    told = speak_of_the_plant(say, 5, days_ago=1)
    with db.transaction() as session:
        keep(session, "web", {told[0].external_id: (2000, 3), told[1].external_id: (25, 0)})
        keep(session, "web", {told[0].external_id: (2084, 3)})
    go_round()
    [topic] = _hottest(now)
    assert topic.likes == 2109
    assert [(part.name, part.points) for part in topic.parts] == [
        ("来件人", 5.0),
        ("点赞", 23.0),
        ("比往常多", 0.0),
        ("持续", 0.5),
    ]
    assert topic.parts[1].words == "√2,109 × 0.5"
    assert topic.parts[2].words == "没有往期可比"
    assert topic.heat == 28.5


def test_growth_is_against_what_is_usual(say: Say, everyday: Callable[..., None], now: datetime) -> None:
    everyday()
    speak_of_the_plant(say, 8)
    go_round()
    [topic] = _hottest(now)
    assert topic.usual is not None
    assert topic.usual < 1
    assert topic.chance is not None
    assert topic.chance < 0.0001
    growth = next(part for part in topic.parts if part.name == "比往常多")
    assert growth.points > 8


def test_a_flood_of_one_hand_is_one_caller_and_no_topic(say: Say, now: datetime) -> None:
    for title, content in PLANT * 4:
        say(content, title=title, sender="one hand")
    for _ in range(20):
        say(PLANT[0][1], title=PLANT[0][0], sender="")
    go_round()
    assert _hottest(now) == []
    assert _rows() == {}


def test_other_estates_and_other_districts_are_other_topics(say: Say, now: datetime) -> None:
    speak_of_the_plant(say, 4)
    for title, content in PLANT[:4]:
        elsewhere = content.replace("观山湖区", "白云区").replace("云锦台", "翠竹苑")
        say(elsewhere, title=title.replace("云锦台", "翠竹苑"))
    go_round()
    assert sorted((topic.count, topic.place[:3]) for topic in _hottest(now)) == [(4, "白云区"), (4, "观山湖")]


def test_a_matter_that_rises_in_a_district_without_like_words_is_a_topic(
    say: Say, everyday: Callable[..., None], now: datetime
) -> None:
    everyday()
    for sentence in DRY:
        say(sentence)
    go_round()
    with db.reading() as session:
        found = dict(session.execute(select(Row.basis, Row.callers)).all())
    assert found["rise"] >= 5
    assert any(topic.name.startswith("乌当区") for topic in _hottest(now))


def test_topics_are_made_again_with_their_numbers(say: Say, now: datetime) -> None:
    speak_of_the_plant(say, 6)
    go_round()
    before = _hottest(now)
    with db.transaction() as session:
        session.execute(update(TopicTicket).values(features=b""))
    assert sum(rebuild()) >= 12
    assert _hottest(now) == before


def test_a_topic_that_goes_on_for_months_stays_one(say: Say, now: datetime, patient: pytest.MonkeyPatch) -> None:
    patient.setenv("HOTLINE_TOPIC_DAYS", "10")
    db.forget()
    for week in range(5):
        speak_of_the_plant(say, 3, days_ago=28 - 7 * week, first=2 * week)
    go_round()
    [topic] = _hottest(now, days=40)
    assert topic.count == 15


def test_a_large_import_of_old_messages_is_placed_as_if_it_had_come_day_by_day(say: Say, now: datetime) -> None:
    speak_of_the_plant(say, 4, days_ago=700)
    speak_of_the_plant(say, 5, days_ago=200)
    assert go_round() == 9
    with db.reading() as session:
        first = days_back(now, 800)
        found = [(each.count, each.callers) for each in hottest(session, first, first + timedelta(days=150))]
        assert found == [(4, 4)]
        assert session.scalar(select(func.count()).where(TopicTicket.topic_id <= 0)) == 0


def test_what_is_confidential_is_counted_and_names_nothing(say: Say, now: datetime) -> None:
    for title, content in PLANT[:6]:
        say(content, title=title, confidential=True)
    go_round()
    [topic] = _hottest(now)
    assert topic.callers == 6
    assert "云锦台" not in topic.name
    with db.reading() as session:
        assert all(row.confidential for row in session.scalars(select(Ticket)))


def test_one_round_goes_at_a_time(say: Say, now: datetime) -> None:
    from hotline import lease
    from hotline.topics.going_round import LEASE, LEASE_SECONDS

    speak_of_the_plant(say, 3)
    other = lease.Holder(LEASE, LEASE_SECONDS)
    assert other.holds()
    assert go_round() == 0
    assert other.let_go()
    assert go_round() == 3
