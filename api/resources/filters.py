"""Filters of a list or a search, read into what the queries ask for; opaque cursors; validators."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import request

from hotline.desk.guards import known
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, midnight

MOST_DAYS = 1100
"""A list, a search or a report covers three years at most."""


def day_span(
    first: date | None, last: date | None, names: tuple[str, str] = ("from", "to")
) -> tuple[datetime | None, datetime | None]:
    """The instants from the beginning of `first` to the end of `last` in Asia/Shanghai. Raises InvalidInput, which
    names the field of the two `names`.
    """
    for field, day in zip(names, (first, last), strict=True):
        if day and not 2000 <= day.year <= 2100:
            raise InvalidInput(field, "日期应在 2000 年至 2100 年之间", "the day must lie between 2000 and 2100")
    if first and last and last < first:
        raise InvalidInput(names[1], "结束日期早于开始日期", "the last day is before the first")
    if first and last and (last - first).days >= MOST_DAYS:
        raise InvalidInput(names[1], f"一次最多查 {MOST_DAYS} 天，请缩短范围", f"at most {MOST_DAYS} days at once")
    return midnight(first) if first else None, midnight(last + timedelta(days=1)) if last else None


def check_codes(know: Knowledge, filters: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a unit, matter or place that does not exist: an empty list would hide the mistake."""
    known("unit", filters["unit"], know.units, "单位", "unit")
    known("matter", filters["matter"], know.matters, "事项", "matter")
    known("place", filters["place"], know.places, "地点", "place")


def shared(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The filters that a list and a search have in common, by the names that both engines use."""
    start, end = day_span(filters["from_"], filters["to"])
    names = {"status": "statuses", "kind": "kinds", "unit": "units", "matter": "matters", "place": "places"}
    chosen = {ours: tuple(filters[theirs]) for theirs, ours in (names | {"source": "sources"}).items()}
    return {**chosen, "received_from": start, "received_to": end}


def pack(values: Sequence[Any]) -> str:
    """Values as an opaque cursor."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def unpack(order: str, cursor: str | None) -> tuple[datetime, int] | None:
    """The place of a cursor that was made for this order. Raises InvalidInput."""
    if cursor is None:
        return None
    try:
        made_for, at, number = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        place = (datetime.fromisoformat(at), number)
        right = made_for == order and type(number) is int and abs(number) < 2**62 and place[0].tzinfo is not None
    except (ValueError, TypeError, RecursionError):
        right = False
    if not right:
        raise wrong_cursor()
    return place


def wrong_cursor() -> InvalidInput:
    """What a reader is told whose cursor is not ours, or of another order."""
    return InvalidInput(
        "after", "翻页标记无效，请从第一页重新开始", "the cursor is invalid; begin again on the first page"
    )


def wanted_version() -> int | None:
    """The version in If-Match, or None where the caller does not mind. Raises InvalidInput."""
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    text = header.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(
            "If-Match", 'If-Match 应是工单的 ETag，例如 "3"', 'If-Match is the ticket\'s ETag, such as "3"'
        )
    return int(text)
