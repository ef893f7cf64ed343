"""The catalogue over HTTP: drafts made, edited, checked, tried and published; and the same as open data."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import datetime
from typing import Any

import pytest
import python_calamine

from hotline.knowledge import ZONE
from hotline.seeds import DEMO, read_json
from tests.hotline_fixtures import Web

WHY = "市政府办公室的通知（测试）"
WUDANG, TRANSPORT, POTHOLES = "district-wudang", "dept-transport", "乌当区羊昌镇的公路上有很多坑，车子过不去"


def today() -> str:
    return datetime.now(ZONE).date().isoformat()


def new(web: Web, **body: Any) -> dict[str, Any]:
    answer = web.post("catalogue/drafts", "system_admin", {"source": WHY, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def edit(web: Web, part: str, *changes: dict[str, Any], version: int = 2, **body: Any) -> Any:
    return web.post(f"catalogue/versions/{version}/rows/{part}/edit", "system_admin", {"changes": changes, **body})


def rows(web: Web, part: str, version: int = 2, who: str = "manager", **query: Any) -> dict[str, Any]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    answer = web.get(f"catalogue/versions/{version}/rows/{part}?{asked}", who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def to_transport(web: Web) -> None:
    """Give 乌当区's rows another lead."""
    found = rows(web, "responsibilities", q="乌当区", size=500)["items"]
    mine = [row for row in found if row["place"] == "520112"]
    changes = [{"number": row.pop("number"), "row": row | {"lead": TRANSPORT, "assisting": []}} for row in mine]
    assert edit(web, "responsibilities", *changes).status_code == 200


def test_a_draft_goes_from_its_making_to_its_publication(web: Web) -> None:
    web.open(POTHOLES)
    draft = new(web)
    assert (draft["version"], draft["state"]) == (2, "draft")
    to_transport(web)
    found = web.get("catalogue/versions/2/findings", "dispatcher").json
    assert (found["clean"], found["gaps"]) == (True, [])
    changed = web.get("catalogue/versions/2/differences", "manager").json["responsibilities"]["changed"]
    assert {change["after"]["lead"] for change in changed} == {TRANSPORT}
    trial = web.post("catalogue/versions/2/what-if", "system_admin").json
    assert trial["pairs"] == [{"before": WUDANG, "after": TRANSPORT, "tickets": 1}]
    seen = web.get("catalogue/versions/2", "manager").json["sha256"]
    done = web.post("catalogue/versions/2/publish", "system_admin", {"from": today(), "seen": seen})
    assert (done.status_code, done.json["state"]) == (200, "in_force")
    assert [each["state"] for each in web.get("catalogue/versions", "manager").json["items"]] == [
        "in_force",
        "published",
    ]
    assert web.open(POTHOLES + "。")["number"]
    tickets = web.get("tickets", "dispatcher").json["items"]
    assert [ticket["unit"]["code"] for ticket in tickets] == [TRANSPORT, WUDANG]


def test_what_is_not_clean_is_refused_with_every_reason(web: Web) -> None:
    new(web)
    assert (
        web.post("catalogue/versions/2/rows/responsibilities/replace", "system_admin", {"rows": []}).status_code == 200
    )
    found = web.get("catalogue/versions/2/findings", "manager").json
    assert not found["clean"]
    assert len(found["gaps"]) > 300
    answer = web.post("catalogue/versions/2/publish", "system_admin", {"from": today()})
    assert answer.status_code == 422
    assert "没有主办单位" in answer.text
    assert len(answer.json["errors"]) == 101


def test_an_old_sight_of_a_draft_is_a_conflict(web: Web) -> None:
    seen = new(web)["sha256"]
    assert edit(web, "places", {"number": 2, "row": None}, seen=seen).status_code == 200
    assert edit(web, "places", {"number": 1, "row": None}, seen=seen).status_code == 409
    whole = {"rows": [], "seen": seen}
    assert web.post("catalogue/versions/2/rows/places/replace", "system_admin", whole).status_code == 409
    assert web.post("catalogue/versions/2/publish", "system_admin", {"from": today(), "seen": seen}).status_code == 409


def test_a_workbook_goes_out_and_comes_in_again(web: Web) -> None:
    new(web)
    out = web.get("catalogue/versions/2/sheets", "manager")
    assert "attachment" in out.headers["Content-Disposition"]
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(out.data)) as book:
        assert book.sheet_names == ["事项", "地点", "权责清单"]
    before = web.get("catalogue/versions/2", "manager").json["sha256"]
    answer = upload(web, out.data, "目录.xlsx")
    assert (answer.status_code, answer.json["sha256"]) == (200, before)
    bad = upload(
        web, "事项,地点,主办单位,协办单位，每行一个,依据,起始日期,截止日期\n停火,乌当区,某局,,,,\n".encode(), "a.csv"
    )
    assert bad.status_code == 422
    assert "权责清单第 2 行" in bad.text
    assert upload(web, b"\x00\x01", "a.xlsx").status_code == 422
    assert upload(web, b"x", "a.exe").status_code == 422


def upload(web: Web, content: bytes, name: str) -> Any:
    given = {"data": {"file": (io.BytesIO(content), name)}, "content_type": "multipart/form-data"}
    return web.client.post("/api/v1/catalogue/versions/2/import", headers=web.headers("system_admin"), **given)


def test_rows_are_found_by_name_and_come_in_pages(web: Web) -> None:
    new(web)
    found = rows(web, "matters", q="停水")
    assert found["total"] > 0
    assert all("停水" in json.dumps(row, ensure_ascii=False) for row in found["items"])
    first, second = (rows(web, "responsibilities", page=page, size=10)["items"] for page in (1, 2))
    assert [row["number"] for row in first + second] == list(range(1, 21))
    assert rows(web, "responsibilities", q="乌当区 停水 没有这样的")["items"] == []
    assert rows(web, "places", page=99999)["items"] == []


@pytest.mark.parametrize("database", ["sqlite"])
def test_bad_input_is_told_and_never_an_error_of_ours(web: Web) -> None:
    new(web)
    for path in ("versions/0", "versions/99999999999999999999", "versions/9/findings", "versions/9/sheets"):
        assert web.get(f"catalogue/{path}", "manager").status_code == 404
    assert web.get("catalogue/versions/2/rows/rights", "manager").status_code == 422
    for row in (None, 5, "x", {"code": "\ud800"}, {"code": "99", "name": "\x00", "level": "road"}, [], {}):
        answer = edit(web, "places", {"row": row, **({} if row else {"number": 99999})})
        assert answer.status_code == 422, (row, answer.text)
    assert web.post("catalogue/drafts", "system_admin", {"source": "x"}).status_code == 422
    assert web.post("catalogue/drafts", "system_admin", {"source": WHY, "of": 77}).status_code == 404
    for body in ({}, {"from": "yesterday"}, {"from": "2001-01-01"}, {"from": today(), "seen": 5}):
        assert web.post("catalogue/versions/2/publish", "system_admin", body).status_code == 422
    assert web.post("catalogue/versions/1/discard", "system_admin").status_code == 409
    assert web.post("catalogue/versions/2/discard", "system_admin").status_code == 204


def test_open_data_is_everybodys_and_kept_until_it_changes(web: Web) -> None:
    answer = web.client.get("/open-data/catalogue.json")
    assert answer.status_code == 200
    assert (answer.headers["Access-Control-Allow-Origin"], answer.headers["Cache-Control"]) == (
        "*",
        "public, max-age=3600",
    )
    etag = answer.headers["ETag"]
    assert web.client.get("/open-data/catalogue.json", headers={"If-None-Match": etag}).status_code == 304
    assert {unit["code"] for unit in answer.json["units"]} == {row["code"] for row in read_json(DEMO / "units.json")}
    for name in ("matters", "units", "places", "responsibilities"):
        table = web.client.get(f"/open-data/{name}.csv")
        assert table.content_type == "text/csv; charset=utf-8"
        assert table.data.count(b"\n") >= len(answer.json[name])
    assert web.client.get("/open-data/people.csv").status_code == 404
    new(web)
    to_transport(web)
    web.post("catalogue/versions/2/publish", "system_admin", {"from": today()})
    again = web.client.get("/open-data/catalogue.json", headers={"If-None-Match": etag})
    assert (again.status_code, again.json["version"]) == (200, 2)
    assert again.json["generated_on"] == today()
    assert hashlib.sha256(again.data).hexdigest() != hashlib.sha256(answer.data).hexdigest()


@pytest.mark.parametrize("database", ["sqlite"])
def test_open_data_is_limited_as_other_public_questions_are(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    from hotline import db

    monkeypatch.setenv("HOTLINE_QUERY_LIMIT", "2 per minute")
    db.forget()
    codes = [web.client.get("/open-data/units.csv").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
