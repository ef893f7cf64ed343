"""Outlines of places, by which a point finds its district: read from GeoJSON, checked feature by feature, kept.

Files of outlines come from everywhere, so everything about them is doubted: which place is meant, which datum, whether
longitude comes first, whether a ring closes. A bad feature is reported and left out, the good ones are taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from hotline import db, journal, models
from hotline.intake.fields import one_line
from hotline.intake.inquiry import InvalidInput
from routing.coordinates import CHINA, DATUMS, to_wgs84
from routing.decision import Point
from routing.outlines import Outlines, polygons

MOST_BYTES = 30_000_000
MOST_FEATURES = 3_000
MOST_CORNERS = 50_000
"""Of one feature; a province's outline on a 1:250,000 map has some 20,000."""

LONGEST_SOURCE = 200
FARTHEST = 1e9
"""No number of degrees or metres on earth is greater; not-a-number and infinity are not below it either."""

Ring = list[list[float]]

log = structlog.get_logger()


@dataclass
class Loaded:
    """What became of a file: the places whose outlines were taken, and what is wrong with each feature left out."""

    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"taken": self.taken, "refused": self.refused}

    def words(self) -> str:
        """For a person."""
        return "\n".join([f"已载入 {len(self.taken)} 个区域的范围", *(f"未载入：{why}" for why in self.refused)])


class _Wrong(ValueError):
    """What is wrong with one feature, in Chinese."""


def read_document(path: Path) -> Any:
    """The JSON document in a file of outlines. Raises InvalidInput for what is too large or none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InvalidInput("file", f"文件超过 {MOST_BYTES // 1_000_000} MB，请先简化边界", "the file is too large")
        return json.loads(path.read_text("utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:
        raise InvalidInput("file", f"读不出 JSON：{error}", f"no JSON: {error}") from error


def load(session: Session, actor_id: str, document: Any, source: str = "", datum: str = "") -> Loaded:
    """Keep the outlines of a GeoJSON FeatureCollection, each in place of the one before; the caller commits.

    A feature's properties name its place by `code` or by `name`. `source` and `datum` stand in for the document's own
    members of these names. Raises InvalidInput where the document is no collection or does not tell its datum.
    """
    features = _features(document)
    datum = datum or str(document.get("datum") or "")
    if datum not in DATUMS:
        raise InvalidInput(
            "datum",
            "请说明坐标系：文件里写 datum，或用 --datum wgs84（GPS、天地图）或 gcj02（高德、腾讯）",
            "name the datum: wgs84 or gcj02, in the file or by --datum",
        )
    source = one_line(source or str(document.get("source") or ""))[:LONGEST_SOURCE]
    loaded, rows = Loaded(), _rows(session, features, datum)
    kept: dict[str, dict[str, Any]] = {}
    for number, (code, geometry) in rows.items():
        if isinstance(geometry, _Wrong):
            loaded.refused.append(f"第 {number} 个要素：{geometry}")
        elif code in kept:
            loaded.refused.append(f"第 {number} 个要素：{code} 在文件里已有一个范围，请合并为一个 MultiPolygon")
        else:
            kept[code] = {"place": code, "geometry": geometry, "source": source}
    if kept:
        _keep(session, actor_id, kept)
    loaded.taken = list(kept)
    return loaded


def outlines(session: Session) -> Outlines:
    """Every outline that is kept, to be asked. One that is damaged is logged and left out, for messages must go on."""
    rows = session.execute(select(models.Boundary.place, models.Boundary.geometry).order_by(models.Boundary.place))
    kept = [(place, geometry) for place, geometry in rows]
    try:
        return Outlines(kept)
    except _DAMAGED:
        return Outlines([each for each in kept if _sound(*each)])


_DAMAGED = (ValueError, TypeError, LookupError, AttributeError)


def _sound(place: str, geometry: Mapping[str, Any]) -> bool:
    try:
        return bool(Outlines([(place, geometry)]))
    except _DAMAGED:
        log.exception("outline_damaged", place=place)
        return False


def _features(document: Any) -> Sequence[Any]:
    features = document.get("features") if isinstance(document, Mapping) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise InvalidInput("file", "文件应是 GeoJSON 的 FeatureCollection", "a GeoJSON FeatureCollection is needed")
    if len(features) > MOST_FEATURES:
        raise InvalidInput("file", f"最多 {MOST_FEATURES} 个要素，请分成几个文件", "too many features")
    return features


def _rows(session: Session, features: Sequence[Any], datum: str) -> dict[int, tuple[str, Any]]:
    """By the feature's number from 1: its place's code and its geometry in WGS84, or what is wrong."""
    by_name: dict[str, set[str]] = {}
    codes = set()
    for code, name, aliases in session.execute(select(models.Place.code, models.Place.name, models.Place.aliases)):
        codes.add(code)
        for each in (name, *aliases):
            by_name.setdefault(each, set()).add(code)
    rows: dict[int, tuple[str, Any]] = {}
    for number, feature in enumerate(features, 1):
        try:
            code = _place(feature, codes, by_name)
            rows[number] = (code, _geometry(feature, datum))
        except _Wrong as wrong:
            rows[number] = ("", wrong)
    return rows


def _place(feature: Any, codes: set[str], by_name: Mapping[str, set[str]]) -> str:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping):
        raise _Wrong("没有 properties，看不出是哪个地方")
    code, name = (one_line(str(properties.get(key) or "")) for key in ("code", "name"))
    if code in codes:
        return code
    found = by_name.get(name, set())
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise _Wrong(f"“{name[:40]}”有 {len(found)} 处，请写明 code：{'、'.join(sorted(found))}")
    raise _Wrong(f"地名库里没有“{(name or code)[:40]}”，请核对 properties 的 code 或 name")


def _geometry(feature: Mapping[str, Any], datum: str) -> dict[str, Any]:
    geometry = feature.get("geometry")
    try:
        parts = polygons(geometry if isinstance(geometry, Mapping) else {})
    except ValueError:
        raise _Wrong("geometry 应是 Polygon 或 MultiPolygon") from None
    if not parts or not all(isinstance(rings, list) and rings for rings in parts):
        raise _Wrong("geometry 里没有环")
    if sum(len(ring) if isinstance(ring, list) else 0 for rings in parts for ring in rings) > MOST_CORNERS:
        raise _Wrong(f"顶点超过 {MOST_CORNERS} 个，请先简化")
    return {"type": "MultiPolygon", "coordinates": [[_ring(ring, datum) for ring in rings] for rings in parts]}


def _ring(ring: Any, datum: str) -> Ring:
    if not isinstance(ring, list) or len(ring) < 4:
        raise _Wrong("每个环至少要有 4 个顶点（首尾同一点）")
    points = [_corner(corner, datum) for corner in ring]
    if points[0] != points[-1]:
        raise _Wrong("有一个环没有闭合：首尾应是同一点")
    if len({tuple(point) for point in points}) < 3:
        raise _Wrong("有一个环没有面积")
    return points


def _corner(corner: Any, datum: str) -> list[float]:
    numbers = corner[:2] if isinstance(corner, list) else []
    if len(numbers) < 2 or not all(type(n) in {int, float} and abs(n) < FARTHEST for n in numbers):
        raise _Wrong("有一个顶点不是 [经度, 纬度]")
    longitude, latitude = numbers
    south, north, west, east = CHINA
    if west <= latitude <= east and south <= longitude <= north:
        raise _Wrong("经纬度写反了：GeoJSON 应先写经度，再写纬度")
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise _Wrong(f"[{longitude}, {latitude}] 不在地球上，请核对是否为经纬度（不是米）")
    exact = to_wgs84(Point(latitude, longitude, datum))
    return [round(exact.longitude, 7), round(exact.latitude, 7)]


def _keep(session: Session, actor_id: str, kept: Mapping[str, dict[str, Any]]) -> None:
    """Each change of the rules is an event, by which running processes see that they must read them again."""
    session.execute(delete(models.Boundary).where(models.Boundary.place.in_(list(kept))))
    session.execute(insert(models.Boundary), list(kept.values()))
    what = f"outlines of {len(kept)} places"
    journal.record(session, journal.Entry("rules", "edit_rules", actor_id, db.now(session), {"what": what}))
