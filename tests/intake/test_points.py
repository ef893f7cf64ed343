"""Where on earth the matter is, as the web and WeChat hand it in."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.intake.inquiry import InvalidInputs
from hotline.intake.web import inquiry_of_form
from hotline.intake.wechat import inquiry_of_message, parse
from routing.decision import Point

WORDS = {"content": "路灯不亮好多天了"}
LOCATION = (
    "<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1764000000</CreateTime>"
    "<MsgType>location</MsgType><Location_X>{}</Location_X><Location_Y>{}</Location_Y><Scale>16</Scale>"
    "<Label>{}</Label><MsgId>7</MsgId></xml>"
)


def of_form(**fields: Any) -> Point | None:
    return inquiry_of_form(WORDS | fields, "x").point


def located(latitude: str, longitude: str, label: str) -> Any:
    return inquiry_of_message(parse(LOCATION.format(latitude, longitude, label).encode()))


@pytest.mark.parametrize(
    ("fields", "point"),
    [
        ({"latitude": 26.63, "longitude": 106.75}, Point(26.63, 106.75)),
        ({"latitude": "26.63", "longitude": " 106.75 "}, Point(26.63, 106.75)),
        ({"latitude": 26.63, "longitude": 106.75, "datum": "GCJ02"}, Point(26.63, 106.75, "gcj02")),
        ({"latitude": 0, "longitude": -180}, Point(0.0, -180.0)),
        ({"latitude": "", "longitude": None, "datum": ""}, None),
        ({}, None),
    ],
)
def test_a_form_gives_both_degrees_or_none(fields: dict[str, Any], point: Point | None) -> None:
    assert of_form(**fields) == point


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"latitude": 26.63}, "longitude"),
        ({"longitude": 106.75}, "latitude"),
        ({"datum": "wgs84"}, "latitude"),
        ({"latitude": 90.5, "longitude": 106.75}, "latitude"),
        ({"latitude": 26.6, "longitude": 1e308}, "longitude"),
        ({"latitude": float("nan"), "longitude": 106.75}, "latitude"),
        ({"latitude": float("inf"), "longitude": 106.75}, "latitude"),
        ({"latitude": 10**400, "longitude": 106.75}, "latitude"),
        ({"latitude": True, "longitude": 106.75}, "latitude"),
        ({"latitude": "26,63", "longitude": 106.75}, "latitude"),
        ({"latitude": "二十六", "longitude": 106.75}, "latitude"),
        ({"latitude": "9" * 5_000, "longitude": 106.75}, "latitude"),
        ({"latitude": [26.6], "longitude": 106.75}, "latitude"),
        ({"latitude": 26.63, "longitude": 106.75, "datum": "bd09"}, "datum"),
    ],
)
def test_half_a_point_and_what_is_none_are_told_once_by_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputs) as refused:
        of_form(**fields)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_location_of_wechat_is_an_inquiry_with_a_point_in_gcj02() -> None:
    inquiry = located("26.650000", "106.630000", "花溪区清溪路")
    assert inquiry.point == Point(26.65, 106.63, "gcj02")
    assert inquiry.place == "花溪区清溪路"
    assert "花溪区清溪路" in inquiry.content
    assert inquiry.sender == "o", "locations that one hand sends are one pile"


@pytest.mark.parametrize(
    ("latitude", "longitude", "label"), [("26.65", "106.63", ""), ("99.9", "106.63", "花溪"), ("", "106.63", "花溪")]
)
def test_a_location_without_a_name_or_off_the_earth_is_no_inquiry(latitude: str, longitude: str, label: str) -> None:
    assert located(latitude, longitude, label) is None
