"""Outlines of places, loaded from files as they come: good features taken, bad ones told, the router reads again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from hotline import boundaries, db, knowledge
from hotline.intake.inquiry import InvalidInput
from hotline.models import Boundary, Event
from routing.coordinates import to_gcj02
from routing.decision import Message, Point
from tests.hotline.city import House

SQUARE = [[106.7, 26.6], [106.8, 26.6], [106.8, 26.7], [106.7, 26.7], [106.7, 26.6]]
RUBBISH = "垃圾堆了一个星期没有人清运"


def feature(coordinates: Any, kind: str = "Polygon", **properties: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties or {"code": "520112"},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "datum": "wgs84", "source": "测试", "features": list(features), **members}


def load(house: House, document: Any, datum: str = "") -> boundaries.Loaded:
    with house.transaction() as session:
        return boundaries.load(session, "system", document, datum=datum)


def kept(house: House) -> Mapping[str, Any]:
    with house.transaction() as session:
        return {row.place: row.geometry for row in session.scalars(select(Boundary))}


def test_the_demo_city_comes_with_a_sketch_of_its_districts(house: House) -> None:
    assert len(kept(house)) == 14


def test_an_outline_takes_the_place_of_the_one_before_by_code_or_name(house: House) -> None:
    loaded = load(house, collection(feature([SQUARE], name="乌当区"), feature([SQUARE], code="520103")))
    assert (loaded.taken, loaded.refused) == (["520112", "520103"], [])
    outlines = kept(house)
    assert len(outlines) == 14
    assert outlines["520112"] == {"type": "MultiPolygon", "coordinates": [[SQUARE]]}


def test_loading_is_an_event_and_the_router_reads_again(house: House) -> None:
    inside = Point(26.605, 106.705)
    with house.transaction() as session:
        events = session.scalar(select(func.count()).select_from(Event))
    load(house, collection(feature([SQUARE], code="520181"), *(feature([SQUARE], code="520112"),)))
    knowledge.forget()
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == (events or 0) + 1
        router = knowledge.knowledge(session).router
    assert {"520112", "520181"} <= set(router.outlines.places_of(inside))
    assert router.route(Message(RUBBISH, point=inside)).place is not None


def test_a_file_in_gcj02_is_kept_in_wgs84(house: House) -> None:
    shifted = [to_gcj02(Point(y, x)) for x, y in SQUARE]
    load(house, collection(feature([[[p.longitude, p.latitude] for p in shifted]]), datum="gcj02"))
    corners = kept(house)["520112"]["coordinates"][0][0]
    assert all(
        abs(a - b) < 1e-6 for one, other in zip(corners, SQUARE, strict=True) for a, b in zip(one, other, strict=True)
    )


BAD = [
    (feature([SQUARE], name="火星区"), "没有“火星区”"),
    (feature([SQUARE], name="流长"), "2 处"),
    ({"type": "Feature", "geometry": None}, "properties"),
    ("x", "properties"),
    (feature([1, 2], "Point"), "Polygon"),
    (feature([]), "没有环"),
    (feature([[]]), "4 个顶点"),
    (feature([SQUARE[:3]]), "4 个顶点"),
    (feature([SQUARE[:-1]]), "没有闭合"),
    (feature([[[106.7, 26.6]] * 5]), "没有面积"),
    (feature([[[y, x] for x, y in SQUARE]]), "写反"),
    (feature([[[x * 1e5, y * 1e5] for x, y in SQUARE]]), "不在地球上"),
    (feature([[["a", 26.6], *SQUARE[1:]]]), "[经度, 纬度]"),
    (feature([[[float("nan"), 26.6], *SQUARE[1:]]]), "[经度, 纬度]"),
    (feature([[[True, 26.6], *SQUARE[1:]]]), "[经度, 纬度]"),
    (feature([[[10**400, 26.6], *SQUARE[1:]]]), "[经度, 纬度]"),
    (feature([SQUARE], name="火\ud800星\0区"), "没有“火星区”"),
    (feature([SQUARE * 20_000]), "顶点超过"),
]


@pytest.mark.parametrize(("bad", "why"), BAD)
def test_a_bad_feature_is_told_and_the_good_ones_are_taken(house: House, bad: Any, why: str) -> None:
    loaded = load(house, collection(bad, feature([SQUARE], code="520103")))
    assert loaded.taken == ["520103"]
    (told,) = loaded.refused
    assert told.startswith("第 1 个要素")
    assert why in told


def test_a_place_given_twice_in_one_file_is_told(house: House) -> None:
    loaded = load(house, collection(feature([SQUARE]), feature([SQUARE])))
    assert loaded.taken == ["520112"]
    assert "已有一个范围" in loaded.refused[0]


@pytest.mark.parametrize("document", [[], {}, {"type": "FeatureCollection"}, {"type": "Feature", "features": []}, 7])
def test_what_is_no_collection_is_refused(house: House, document: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        load(house, document)
    assert refused.value.field == "file"


@pytest.mark.parametrize("datum", [None, "", "bd09", {}])
def test_a_datum_that_is_not_told_is_asked_for(house: House, datum: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        load(house, collection(feature([SQUARE]), datum=datum))
    assert refused.value.field == "datum"


def test_a_file_with_nothing_good_changes_nothing(house: House) -> None:
    before = kept(house)
    assert load(house, collection(feature([SQUARE], name="火星区"))).taken == []
    assert kept(house) == before


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.geojson"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        boundaries.read_document(path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps(collection()), "utf-8-sig")
    assert boundaries.read_document(path)["features"] == []


def test_no_boundary_is_kept_for_a_place_that_is_not(house: House) -> None:
    with house.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Boundary)) == 14


@pytest.mark.parametrize(
    "damaged", [{}, {"type": "Polygon", "coordinates": [[]]}, {"type": "Polygon", "coordinates": 7}]
)
def test_a_damaged_outline_is_left_out_and_messages_go_on(house: House, damaged: Any) -> None:
    load(house, collection(feature([SQUARE])))
    with db.transaction() as session:
        session.execute(update(Boundary).where(Boundary.place == "520103").values(geometry=damaged))
    knowledge.forget()
    with db.reading() as session:
        asked = knowledge.knowledge(session).router.outlines
    assert asked.places_of(Point(26.65, 106.75)) == ("520112",)
    assert house.open(RUBBISH).number
