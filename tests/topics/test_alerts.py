"""Alerts: raised once with their evidence, again when callers double, judged by managers, and kept for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from hotline import db
from hotline.errors import Forbidden, NotFound
from hotline.intake.inquiry import InvalidInput
from hotline.models import Event, EventText, Notice, TopicAlert
from hotline.notices import told_today
from hotline.topics import going_round
from hotline.topics.alerts import raise_alerts
from hotline.topics.going_round import rebuild
from hotline.topics.judging import judge
from hotline.topics.thresholds import thresholds
from hotline.verification import snapshot, verify
from tests.hotline.city import DISPATCHER
from tests.topics.conftest import DAILY, MANAGER, PLANT, Say, go_round, speak_of_the_plant

Fill = Callable[..., None]


def _alerts() -> list[TopicAlert]:
    with db.reading() as session:
        return list(session.scalars(select(TopicAlert).order_by(TopicAlert.id)))


def _judge(alert: int, verdict: str, reason: str = "已核实", who: object = MANAGER) -> None:
    with db.transaction() as session:
        judge(session, alert, who, verdict, reason)  # type: ignore[arg-type]


def test_a_rise_is_told_once_with_its_evidence(say: Say, everyday: Fill, now: datetime) -> None:
    everyday()
    told = speak_of_the_plant(say, 8)
    go_round()
    say(DAILY[0])
    go_round()
    [alert] = _alerts()
    assert (alert.seen, alert.level, alert.verdict) == (8, 1, None)
    assert alert.expected < 1
    assert alert.chance <= alert.threshold == pytest.approx(0.0001)
    assert alert.numbers == [ticket.number for ticket in told]
    with db.reading() as session:
        [notice] = session.scalars(select(Notice))
        [event] = session.scalars(select(Event).where(Event.subject == f"topic_alert:{alert.id}"))
        assert (notice.role, notice.unit, notice.level, notice.count) == ("manager", None, "topic", 8)
        assert [item[:2] for item in notice.items] == [[number, "topic"] for number in alert.numbers]
        assert told_today(session, MANAGER) == [], "no clock fell due"
    assert event.action == "raise_topic_alert"
    assert event.data["numbers"] == alert.numbers
    assert event.data["seen"] == 8


def test_two_processes_that_tell_at_once_tell_once(
    say: Say, everyday: Fill, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyday()
    with monkeypatch.context() as quiet:
        quiet.setattr(going_round, "raise_alerts", lambda _: [])
        speak_of_the_plant(say, 8)
        go_round()
    told: list[int] = []

    def tell() -> None:
        with db.transaction() as session:
            told.append(len(raise_alerts(session)))

    other = Thread(target=tell)
    with db.transaction() as session:
        first = len(raise_alerts(session))
        other.start()
        other.join(1)  # it has looked, and waits for us
    other.join()
    assert (first, told, len(_alerts())) == (1, [0], 1)


def test_when_callers_double_it_is_told_again_at_a_higher_level(say: Say, everyday: Fill, now: datetime) -> None:
    everyday()
    for level, more in ((1, 6), (1, 4), (2, 2)):
        speak_of_the_plant(say, more)
        go_round()
        assert _alerts()[-1].level == level
    assert [(alert.level, alert.seen) for alert in _alerts()] == [(1, 6), (2, 12)]


def test_what_falls_and_rises_again_is_another_rise_and_what_wavers_is_not(
    say: Say, everyday: Fill, now: datetime
) -> None:
    everyday(until=30)
    with db.reading() as session:
        later = db.now(session)
    speak_of_the_plant(say, 6)
    go_round()
    for days in (2, 20):
        with db.transaction() as session:
            session.info["now"] = later + timedelta(days=days)
            assert raise_alerts(session) == []
        assert (_alerts()[0].over_at is not None) == (days == 20)


def test_a_flood_by_one_hand_raises_nothing(say: Say, everyday: Fill, now: datetime) -> None:
    everyday()
    for title, content in PLANT * 5:
        say(content, title=title, sender="one hand")
    for _ in range(30):
        say(PLANT[0][1], title=PLANT[0][0], sender="")
    go_round()
    assert _alerts() == []


def test_a_house_without_a_past_alerts_of_nothing(say: Say, now: datetime) -> None:
    speak_of_the_plant(say, 8)
    go_round()
    assert _alerts() == []


def test_feedback_is_an_act_and_moves_the_threshold_of_its_family(say: Say, everyday: Fill, now: datetime) -> None:
    everyday()
    speak_of_the_plant(say, 8)
    go_round()
    [alert] = _alerts()
    _judge(alert.id, "not_real", "是同一家公司的人来电")
    with db.reading() as session:
        moved = thresholds(session)
        assert moved.of(alert.family) == pytest.approx(4.5)
        assert moved.of("another family") == pytest.approx(4.0)
    _judge(alert.id, "real", "现场核实，确有扬尘")
    with db.reading() as session:
        assert thresholds(session).of(alert.family) == pytest.approx(3.5), "the last word counts"
        events = list(session.scalars(select(Event).where(Event.subject == f"topic_alert:{alert.id}")))
        texts = set(session.scalars(select(EventText.text).where(EventText.subject == f"topic_alert:{alert.id}")))
    assert [event.action for event in events] == ["raise_topic_alert", "judge_topic_alert", "judge_topic_alert"]
    assert texts == {"是同一家公司的人来电", "现场核实，确有扬尘"}
    with snapshot() as session:
        assert not [fault for fault in verify(session, None).faults if "topic_alert" in fault]


def test_a_stricter_threshold_keeps_a_small_rise_quiet(
    say: Say, everyday: Fill, now: datetime, patient: pytest.MonkeyPatch
) -> None:
    patient.setenv("HOTLINE_TOPIC_ALERT_LEAST", "3")
    patient.setenv("HOTLINE_TOPIC_CHANCE", "0.000000000001")
    db.forget()
    everyday()
    speak_of_the_plant(say, 3)
    go_round()
    assert _alerts() == []
    patient.setenv("HOTLINE_TOPIC_CHANCE", "0.0001")
    db.forget()
    say(DAILY[0])
    go_round()
    assert [alert.seen for alert in _alerts()] == [3]


def test_only_managers_judge_and_a_verdict_has_a_reason(say: Say, everyday: Fill, now: datetime) -> None:
    everyday()
    speak_of_the_plant(say, 8)
    go_round()
    alert = _alerts()[0].id
    for wrong, of in (
        ((alert, "real", "已核实", DISPATCHER), Forbidden),
        ((alert, "real", " "), InvalidInput),
        ((alert, "perhaps"), InvalidInput),
        ((alert, "real", "很" * 501), InvalidInput),
        ((alert + 1, "real"), NotFound),
    ):
        with pytest.raises(of):
            _judge(*wrong)
    assert _alerts()[0].verdict is None
    _judge(alert, "real", " 已\0核\u202e实 ")
    assert _alerts()[0].reason == "已核实", "what no database takes, and what turns a line about, is left out"


def test_rebuilding_takes_no_alert_back_and_raises_none(say: Say, everyday: Fill, now: datetime) -> None:
    everyday()
    speak_of_the_plant(say, 8)
    go_round()
    before = [(alert.id, alert.topic_id, alert.raised_at) for alert in _alerts()]
    list(rebuild())
    say(DAILY[3])
    go_round()
    assert [(alert.id, alert.topic_id, alert.raised_at) for alert in _alerts()] == before
