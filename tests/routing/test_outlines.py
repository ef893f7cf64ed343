"""In which place a point lies, on outlines drawn for each trap and on the demo city's."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.coordinates import to_gcj02
from routing.decision import Point
from routing.outlines import Outlines
from tests.routing.city import PLACES, SEEDS

Corners = Sequence[tuple[float, float]]

DEMO = json.loads((SEEDS / "demo" / "outlines.json").read_text("utf-8"))
DEMO_OUTLINES = Outlines((f["properties"]["code"], f["geometry"]) for f in DEMO["features"])


def polygon(*rings: Corners) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in (*ring, ring[0])] for ring in rings]}


def square(west: float, south: float, size: float = 1.0) -> Corners:
    return [(west, south), (west + size, south), (west + size, south + size), (west, south + size)]


def at(outlines: Outlines, longitude: float, latitude: float) -> str | None:
    return outlines.place_of(Point(latitude, longitude))


def test_within_without_and_none_at_all() -> None:
    outlines = Outlines([("a", polygon(square(0, 0)))])
    assert at(outlines, 0.5, 0.5) == "a"
    assert at(outlines, 1.5, 0.5) is None
    assert at(Outlines([]), 0.5, 0.5) is None
    assert not Outlines([])


def test_a_hole_is_not_within_and_its_edge_is() -> None:
    outlines = Outlines([("a", polygon(square(0, 0, 3), square(1, 1)))])
    assert at(outlines, 1.5, 1.5) is None
    assert at(outlines, 1.0, 1.5) == "a"
    assert at(outlines, 0.5, 1.5) == "a"


def test_each_part_of_a_multipolygon_counts() -> None:
    parts = [polygon(square(0, 0))["coordinates"], polygon(square(5, 5))["coordinates"]]
    outlines = Outlines([("a", {"type": "MultiPolygon", "coordinates": parts})])
    assert [at(outlines, x, x) for x in (0.5, 3.0, 5.5)] == ["a", None, "a"]


def test_on_the_border_of_two_the_first_by_code_has_it() -> None:
    outlines = Outlines([("b", polygon(square(0, 0))), ("a", polygon(square(1, 0)))])
    assert at(outlines, 1.0, 0.5) == "a"
    assert at(outlines, 1.0, 0.0) == "a"
    assert outlines.places_of(Point(0.5, 1.0)) == ("a", "b")


def test_a_ray_through_a_corner_counts_once() -> None:
    diamond = [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]
    outlines = Outlines([("a", polygon(diamond))])
    assert at(outlines, 0.0, 0.0) == "a"
    assert at(outlines, -2.0, 0.0) is None
    assert at(outlines, 0.5, -0.9) is None


def test_a_point_in_gcj02_is_brought_to_the_outlines_datum_first() -> None:
    outlines = Outlines([("a", polygon(square(106.70, 26.60, 0.002)))])
    inside = Point(26.601, 106.701)
    shifted = to_gcj02(inside)
    assert outlines.place_of(shifted) == "a"
    assert at(outlines, shifted.longitude, shifted.latitude) is None


def test_another_geometry_is_refused() -> None:
    with pytest.raises(ValueError, match="Polygon"):
        Outlines([("a", {"type": "Point", "coordinates": [0, 0]})])


@given(st.floats(-1.4, 1.4), st.floats(-1.4, 1.4), st.integers(3, 400))
def test_a_round_outline_holds_what_is_nearer_than_its_radius(x: float, y: float, corners: int) -> None:
    """Many bands give the same answer as geometry: within the inner circle yes, beyond the outer one no."""
    angles = [2 * math.pi * number / corners for number in range(corners)]
    outlines = Outlines([("a", polygon([(math.cos(angle), math.sin(angle)) for angle in angles]))])
    far, inner = math.hypot(x, y), math.cos(math.pi / corners)
    if far < inner - 1e-9:
        assert at(outlines, x, y) == "a"
    if far > 1 + 1e-9:
        assert at(outlines, x, y) is None


LANDMARKS = [
    ("520103", 26.590, 106.713),
    ("520102", 26.571, 106.718),
    ("520115", 26.648, 106.630),
    ("520111", 26.333, 106.687),
    ("520112", 26.632, 106.755),
    ("520113", 26.678, 106.630),
    ("520181", 26.556, 106.470),
    ("520123", 26.839, 106.592),
    ("520122", 27.091, 106.740),
    ("520121", 27.058, 106.965),
    ("5201-shuanglong", 26.540, 106.803),
    ("5201-jingkai", 26.512, 106.703),
]


@pytest.mark.parametrize(("code", "latitude", "longitude"), LANDMARKS)
def test_the_seats_of_the_demo_citys_districts_lie_in_them(code: str, latitude: float, longitude: float) -> None:
    assert DEMO_OUTLINES.place_of(Point(latitude, longitude)) == code


def test_the_demo_citys_outlines_are_marked_as_a_sketch_and_cover_its_districts() -> None:
    assert "示意" in DEMO["source"]
    assert DEMO["datum"] == "wgs84"
    districts = {place.code for place in PLACES if place.level == "district"}
    assert {feature["properties"]["code"] for feature in DEMO["features"]} == districts


@given(st.floats(26.25, 27.3), st.floats(106.3, 107.1))
def test_districts_meet_only_at_their_borders(latitude: float, longitude: float) -> None:
    """A hundred metres off, no second district has the point."""
    near = {DEMO_OUTLINES.places_of(Point(latitude + step, longitude + step)) for step in (-1e-3, 0.0, 1e-3)}
    assert min(len(codes) for codes in near) <= 1


def test_zunyi_lies_in_no_district() -> None:
    assert DEMO_OUTLINES.place_of(Point(27.72, 106.92)) is None
