"""Where the matter is, on the pages: the citizen's offer, the hotline's and the unit's view, the question to ask."""

from __future__ import annotations

from collections.abc import Callable

from hotline.models import Ticket
from routing.decision import Point
from tests.pages.conftest import Visitor

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]
WUDANG = Point(26.632, 106.755)
RUBBISH = "垃圾堆了一个星期没有人清运，臭得很"


def test_the_form_takes_a_point_and_its_district_gets_the_ticket(visitor: Visitor, signed_in: SignIn) -> None:
    home = visitor.get("/")
    assert 'name="latitude"' in home
    assert "使用我的位置" in home
    words = {"content": RUBBISH, "phone": "13800138000", "latitude": "26.632", "longitude": "106.755"}
    sent = visitor.send("/", words)
    assert "乌当区人民政府" in sent
    assert "26.632" not in sent


def test_half_a_point_is_told_and_the_words_are_kept(visitor: Visitor) -> None:
    visitor.get("/")
    page = visitor.send("/", {"content": RUBBISH, "phone": "13800138000", "latitude": "26.632"}, 422)
    assert "经度和纬度要一起填" in page
    assert RUBBISH in page


def test_the_point_is_shown_with_datum_and_district_to_the_hotline_and_to_the_unit_that_has_the_ticket(
    signed_in: SignIn, write: Write
) -> None:
    ticket = write(RUBBISH, point=WUDANG)
    assert ticket.unit == "district-wudang"
    for login, path in (("dispatcher", "/tickets/"), ("wudang", "/unit/")):
        page = signed_in(login).get(path + ticket.number)
        assert "26.63200, 106.75500（WGS84，乌当区）" in page


def test_the_question_stands_on_the_ticket_that_waits(signed_in: SignIn, write: Write) -> None:
    ticket = write(RUBBISH)
    assert ticket.status == "received"
    page = signed_in("dispatcher").get(f"/tickets/{ticket.number}")
    assert "建议追问：请问在哪个区县？靠近哪条路或哪个小区？" in page


def test_the_api_gives_the_point_to_staff_and_to_the_unit(signed_in: SignIn, write: Write) -> None:
    ticket = write(RUBBISH, point=WUDANG)
    for login in ("dispatcher", "wudang"):
        answer = signed_in(login).client.get(f"/api/v1/tickets/{ticket.number}")
        assert answer.json["point"] == {"latitude": 26.632, "longitude": 106.755, "datum": "wgs84"}


def test_where_a_confidential_person_stood_is_for_the_hotline_alone(signed_in: SignIn, write: Write) -> None:
    said = "乌当区羊昌镇老街，我的电话是13912345678"
    number = write(RUBBISH, point=WUDANG, confidential=True, place=said).number
    asked = {login: signed_in(login).client.get(f"/api/v1/tickets/{number}").json for login in ("agent", "wudang")}
    assert asked["agent"]["point"]["latitude"] == 26.632
    assert asked["agent"]["place_said"] == said
    assert asked["wudang"]["point"] is None
    assert "13912345678" not in asked["wudang"]["place_said"]
    assert "26.63200" in signed_in("agent").get(f"/tickets/{number}")
    assert "26.63200" not in signed_in("wudang").get(f"/unit/{number}")
