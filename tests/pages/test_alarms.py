"""Alarms on the desks: they ring until somebody takes the ticket in hand, and say what it is in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hotline import alarms, db, desk
from hotline.alarms import alarm_words, ringing
from hotline.lifecycle import Action
from hotline.models import Session, Ticket
from hotline.rights import SYSTEM, Actor
from tests.pages.conftest import Visitor

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]
DISPATCHER = Actor("staff:1", "派单员", frozenset({"dispatcher"}))
FIRE = "乌当区羊昌镇老街的房子着火了，楼上还有人"
DESPAIR = "我不想活了，欠的债还不完"


def _perform(number: str, action: Action, **fields: object) -> None:
    with db.transaction() as session:
        desk.perform(session, number, SYSTEM, action, fields)


def _ringing() -> list[tuple[str, tuple[str, ...]]]:
    with db.reading() as session:
        return [(one.ticket.number, one.codes) for one in ringing(session, DISPATCHER)]


def test_an_alarm_rings_until_a_unit_has_accepted_the_ticket(write: Write) -> None:
    number = write(FIRE, hold=True).number
    assert _ringing() == [(number, ("life",))]
    _perform(number, Action.DISPATCH, unit="district-wudang")
    assert _ringing() == [(number, ("life",))], "sent is not yet in hand"
    _perform(number, Action.ACCEPT)
    assert _ringing() == []


def test_an_alarm_falls_silent_when_the_hotline_answers(write: Write) -> None:
    number = write(DESPAIR, hold=True).number
    assert _ringing() == [(number, ("self_harm",))]
    _perform(number, Action.ANSWER, public_reply="已联系警方上门，家人已经陪在身边。")
    assert _ringing() == []


def test_the_desk_and_each_of_its_tickets_show_what_rings_with_a_word_and_a_link(
    write: Write, signed_in: SignIn
) -> None:
    quiet, loud = write(hold=True), write(FIRE, hold=True)
    for path in ("/desk", f"/tickets/{quiet.number}"):
        page = signed_in("agent").get(path)
        assert 'role="alert"' in page
        assert "警报：1 件紧急来件还没有人接手" in page
        assert f'href="/tickets/{loud.number}"' in page
        assert "危及生命" in page


def test_a_desk_without_alarms_says_nothing_of_them(write: Write, signed_in: SignIn) -> None:
    write(hold=True)
    assert "警报" not in signed_in("agent").get("/desk")


def test_a_unit_hears_its_own_alarms_and_nobody_elses(write: Write, signed_in: SignIn) -> None:
    number = write(FIRE, hold=True).number
    _perform(number, Action.DISPATCH, unit="district-wudang")
    assert f"/unit/{number}#ticket" in signed_in("wudang").get("/unit").partition("警报")[2]
    assert "警报" not in signed_in("gaoxin").get("/unit")


def test_the_list_of_alarms_is_for_the_desk(write: Write, signed_in: SignIn) -> None:
    number = write(FIRE, hold=True).number
    answer = signed_in("agent").client.get("/api/v1/alarms")
    assert [(one["number"], one["alarms"], one["what"]) for one in answer.json["items"]] == [
        (number, ["life"], "危及生命")
    ]
    for login in ("wudang", "boss", "auditor"):
        assert signed_in(login).client.get("/api/v1/alarms").status_code == 403


def test_words_of_unknown_codes_are_left_out() -> None:
    assert alarm_words(["life", "nonsense", "crowd"]) == "危及生命、群体性事件"
    assert alarm_words(None) == ""


def test_a_desk_that_listens_for_alarms_idles_out_all_the_same(signed_in: SignIn) -> None:
    def seen_at(at: datetime | None = None) -> datetime:
        with db.transaction() as session:
            [row] = session.scalars(select(Session)).all()
            row.seen_at = at or row.seen_at
            return row.seen_at

    desk_open = signed_in("agent")
    earlier = seen_at(datetime.now(UTC) - timedelta(minutes=20))
    assert desk_open.client.get("/api/v1/alarms").status_code == 200
    assert seen_at() == earlier, "nobody was there"
    desk_open.get("/desk")
    assert seen_at() > earlier


def test_where_more_ring_than_there_is_room_for_all_are_counted_and_the_longest_unattended_stays(
    write: Write, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "MOST", 4)
    numbers = [write(f"{FIRE}，第{word}次打来", hold=True).number for word in "一二三四五六"]
    page = signed_in("agent").get("/desk")
    assert "警报：6 件紧急来件还没有人接手，下面是最新的和等得最久的" in page
    strip = page[page.index('role="alert"') : page.index("</section>", page.index('role="alert"'))]
    assert [number for number in numbers if number in strip] == [*numbers[:2], *numbers[-2:]]
