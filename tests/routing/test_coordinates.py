"""WGS84 and GCJ-02 told apart, and turned into each other."""

from __future__ import annotations

from math import cos, hypot, inf, nan, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.coordinates import checked, to_gcj02, to_wgs84
from routing.decision import Point

LATITUDES, LONGITUDES = st.floats(3, 53), st.floats(74, 135)


def metres(one: Point, other: Point) -> float:
    north = (one.latitude - other.latitude) * 111_320
    east = (one.longitude - other.longitude) * 111_320 * cos(radians(one.latitude))
    return hypot(north, east)


def test_a_point_of_beijing_moves_as_published() -> None:
    moved = to_gcj02(Point(39.915, 116.404))
    assert moved.latitude == pytest.approx(39.91640428150164, abs=1e-9)
    assert moved.longitude == pytest.approx(116.41024449916938, abs=1e-9)
    assert moved.datum == "gcj02"


@given(LATITUDES, LONGITUDES)
def test_there_and_back_is_the_same_place_within_a_metre_everywhere_in_china(latitude: float, longitude: float) -> None:
    start = Point(latitude, longitude)
    there = to_gcj02(start)
    assert 20 < metres(start, there) < 1_200
    assert metres(start, to_wgs84(there)) < 0.01


@given(st.floats(-89, 0), st.floats(-180, 71))
def test_outside_china_both_are_one(latitude: float, longitude: float) -> None:
    assert to_gcj02(Point(latitude, longitude)) == Point(latitude, longitude, "gcj02")
    assert to_wgs84(Point(latitude, longitude, "gcj02")) == Point(latitude, longitude)


def test_what_is_in_the_datum_asked_for_stays() -> None:
    for point, turn in ((Point(26.6, 106.7, "gcj02"), to_gcj02), (Point(26.6, 106.7), to_wgs84)):
        assert turn(point) is point


@pytest.mark.parametrize(
    ("latitude", "longitude", "datum", "field"),
    [
        (90.01, 0, "wgs84", "latitude"),
        (nan, 0, "wgs84", "latitude"),
        (0, 180.5, "wgs84", "longitude"),
        (0, -inf, "wgs84", "longitude"),
        (0, 0, "bd09", "datum"),
    ],
)
def test_what_is_no_place_is_refused_by_the_field(latitude: float, longitude: float, datum: str, field: str) -> None:
    with pytest.raises(ValueError, match=field) as refused:
        checked(latitude, longitude, datum)
    assert refused.value.args[0] == field


def test_the_ends_of_the_earth_are_places() -> None:
    assert checked(-90, 180) == Point(-90.0, 180.0)
