"""The address of a search: what it asks for, read and written again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from api.resources.search import SORTS, wanted
from hotline import facets
from hotline.facets import FACETS
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge
from search.documents import Query

PERIODS = {"received": "收到", "due": "到期", "closed": "办结"}
DAYS = tuple(f"{name}_{end}" for name in PERIODS for end in ("from", "to"))
NAMES = ("q", "caller", "sort", *DAYS, *FACETS)
"""The parameters of a search's address, but for the place in its pages."""

PAGE_SIZE = 20

Asked = dict[str, str]
"""The parameters of the address as they are in force, by name; none is empty."""


def asked_of(know: Knowledge, given: Mapping[str, str]) -> Asked:
    """The address as it is understood: a code that is none is no filter."""
    asked = {name: given.get(name, "").strip()[:500] for name in (*NAMES, "after")}
    for facet in FACETS:
        asked[facet] = ",".join(code for code in asked[facet].split(",") if code in _known(know, facet))
    asked["sort"] = asked["sort"] if asked["sort"] in SORTS else ""
    return {name: text for name, text in asked.items() if text}


def _known(know: Knowledge, facet: str) -> Mapping[Any, object]:
    trees: dict[str, Mapping[Any, object]] = {"unit": know.units, "matter": know.matters, "place": know.places}
    return trees[facet] if facet in trees else facets.PLAIN[facet]


def wanted_of(asked: Mapping[str, str], counting: bool = True) -> Query:
    """What is asked for, as the index takes it. Raises InvalidInput for a day that is none."""
    filters: dict[str, Any] = {facet: asked[facet].split(",") if asked.get(facet) else [] for facet in FACETS}
    filters |= {name: _day(name, asked.get(name, "")) for name in DAYS}
    filters["from_"], filters["to"] = filters.pop("received_from"), filters.pop("received_to")
    counts = tuple(FACETS) if counting and not asked.get("after") else ()
    plain = {
        "overdue": asked.get("overdue", ""),
        "sort": sort_of(asked),
        "size": PAGE_SIZE,
        "after": asked.get("after"),
    }
    try:
        return wanted(filters | plain | {"facets": counts})
    except InvalidInput as wrong:
        field = {"from": "received_from", "to": "received_to"}.get(wrong.field, wrong.field)
        raise InvalidInput(field, wrong.message["zh"], wrong.message["en"]) from None


def _day(field: str, text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date() if text else None
    except ValueError:
        said = f"日期应写成 2026-10-01 这样，您写的是“{text[:40]}”"
        raise InvalidInput(field, said, f"{field} must be a date such as 2026-10-01") from None


def sort_of(asked: Mapping[str, str]) -> str:
    """The order in force: what fits best where there are words, else the newest."""
    return asked.get("sort") or ("relevance" if asked.get("q") else "received_at")


def href(asked: Mapping[str, str], **changed: str) -> str:
    """The address of a search with these changes; what is empty is left out."""
    parameters = {name: text for name, text in {**asked, **changed}.items() if text}
    return f"/search?{urlencode(parameters)}" if parameters else "/search"
