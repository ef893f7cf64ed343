"""GET /api/v1/notices: a city's own system reads on from the last id; each reader sees what is told to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from hotline import db, sweep
from hotline.models import Notice
from hotline.notices import SETTLED_SECONDS
from tests.api.test_acts import dispatched
from tests.hotline_fixtures import Web


def overdue(web: Web) -> str:
    """A ticket of 乌当区 that was swept two minutes ago, when everything of it was past due."""
    number = dispatched(web)
    ago = datetime.now(UTC) - timedelta(seconds=SETTLED_SECONDS + 30)
    with db.transaction() as session:
        session.info["now"] = ago + timedelta(days=60)
        sweep.sweep(session)
    with db.transaction() as session:
        session.execute(update(Notice).values(at=ago))
    return number


def test_a_unit_reads_its_notices_with_the_tickets_they_name(web: Web) -> None:
    number = overdue(web)
    read = web.get("notices", "wudang").json
    assert {each["level"] for each in read["items"]} == {"warn", "urge", "supervise", "circulate"}
    for each in read["items"]:
        assert (each["role"], each["unit"]) == ("unit_handler", "district-wudang")
        assert {item["number"] for item in each["items"]} == {number}
        assert each["count"] == len(each["items"])
    assert web.get("notices", "gaoxin").json == {"items": [], "after": 0}


def test_reading_goes_on_after_the_last_id_and_ends_where_nothing_is_new(web: Web) -> None:
    overdue(web)
    read, after = [], 0
    while page := web.get(f"notices?after={after}&size=3", "manager").json["items"]:
        read += [each["id"] for each in page]
        after = page[-1]["id"]
    assert read == sorted(set(read))
    assert len(read) > 3
    assert web.get(f"notices?after={after}", "manager").json == {"items": [], "after": after}


def test_who_is_told_nothing_reads_an_empty_list_and_who_may_not_read_is_refused(web: Web) -> None:
    overdue(web)
    assert web.get("notices", "agent").json["items"] == []
    assert web.get("notices", "intake").status_code == 403
    assert web.get("notices").status_code == 401


def test_a_place_or_size_that_is_none_is_a_mistake_and_not_the_first_page(web: Web) -> None:
    for query in ("after=-1", "after=x", "size=0", "size=101", "before=3", f"after={2**63}"):
        assert web.get(f"notices?{query}", "manager").status_code == 422, query
