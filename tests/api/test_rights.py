"""Rights: each role on each route, and a unit on everything of another unit; both made from the url map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from hotline import rounds
from hotline.rights import PERMISSIONS
from tests.api.test_acts import dispatched, upload
from tests.hotline_fixtures import ROLES, Web

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

Operation = tuple[str, str, str]


def operations(web: Web) -> Iterator[Operation]:
    """(method, path, permission) of every operation under /api/v1."""
    for rule in web.app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1"):
            permission = getattr(web.app.view_functions[rule.endpoint], "permission", "")
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.rule, permission


def ask(web: Web, operation: Operation, who: str | None, number: str = "20260101000001") -> int:
    method, rule, _ = operation
    path = rule.replace("<number:number>", number).replace("<string:query_code>", "NOTACODE00000")
    path = re.sub(r"<[^>]+>", "1", path)
    body = {"data": "{}", "content_type": "application/json"} if method == "POST" else {}
    return int(web.client.open(path, method=method, headers=web.headers(who), **body).status_code)


def test_every_role_may_what_it_may_on_every_route_and_nothing_else(web: Web) -> None:
    asked = 0
    for operation in operations(web):
        permission = operation[2]
        for name in [*ROLES, "wudang", "wudang_reviewer"]:
            role = {"wudang": "unit_handler", "wudang_reviewer": "unit_reviewer"}.get(name, name)
            allowed = permission == "public" or role in PERMISSIONS.get(permission, ())
            refused = ask(web, operation, name) == 403
            assert refused != allowed, (operation, name)
            asked += 1
    assert asked > 300


def test_without_a_token_only_the_public_routes_answer(web: Web) -> None:
    for operation in operations(web):
        assert (ask(web, operation, None) == 401) == (operation[2] != "public"), operation


def test_an_unknown_revoked_or_malformed_token_is_nobodys(web: Web) -> None:
    for header in ("Bearer wrong", "Bearer", "Basic YTpi", f"Token {web.tokens['agent']}", "Bearer \xff"):
        assert web.client.get("/api/v1/me", headers={"Authorization": header}).status_code == 401


def test_a_disabled_account_is_out_at_once(web: Web) -> None:
    from hotline import db, staff
    from hotline.rights import SYSTEM

    assert web.get("me", "wudang").status_code == 200
    with db.transaction() as session:
        staff.disable(session, "wudang", SYSTEM)
    assert web.get("me", "wudang").status_code == 401


def test_a_unit_finds_nothing_of_another_unit_on_any_route_with_a_number(web: Web) -> None:
    number, tried = dispatched(web), 0
    rounds.relay_round()
    file_id = str(upload(web, number, "wudang").json["id"])
    for method, rule, permission in operations(web):
        if "<number:number>" not in rule or "unit_handler" not in PERMISSIONS[permission]:
            continue
        path = rule.removeprefix("/api/v1/").replace("<number:number>", number).replace("<int:file_id>", file_id)
        none = path.replace(number, "20200101999999")
        mine = web.get(path, "wudang") if method == "GET" else None
        theirs, missing = (sent(web, method, each, "gaoxin") for each in (path, none))
        assert mine is None or mine.status_code == 200
        assert theirs.status_code == missing.status_code == 404, (path, theirs.text)
        assert theirs.text.replace(number, "N") == missing.text.replace("20200101999999", "N")
        tried += 1
    assert tried >= 18


def sent(web: Web, method: str, path: str, who: str) -> Any:
    """The answer to a request that is right in itself."""
    act = path.rpartition("/")[2]
    if method == "GET":
        return web.get(path, who)
    if act == "attachments":
        return upload(web, path.split("/")[1], who)
    body = {"text": "x", "reason": "x", "result": "x", "public_reply": "x", "days": 1, "evidence": [1]}
    wanted = {
        "accept": (),
        "unmask": ("reason",),
        "resolve": ("result", "public_reply"),
        "extend": ("days", "text"),
        "suspend": ("days", "text", "evidence"),
    }
    return web.post(path, who, {name: body[name] for name in wanted.get(act, ("text",))})


def test_a_unit_lists_only_its_own_and_those_it_assists(web: Web) -> None:
    number = dispatched(web)
    assert [each["number"] for each in web.get("tickets", "wudang").json["items"]] == [number]
    assert web.get("tickets", "gaoxin").json["items"] == []
    assert web.get("tickets?unit=district-wudang", "gaoxin").json["items"] == []
    web.act(number, "dispatch", "dispatcher", unit="district-wudang", assisting=["district-gaoxin"])
    assert [each["number"] for each in web.get("tickets", "gaoxin").json["items"]] == [number]
    assert web.post(f"tickets/{number}/accept", "gaoxin").status_code == 403, "the lead accepts"


def test_me_says_who_and_what(web: Web) -> None:
    me = web.get("me", "wudang").json
    assert (me["unit"]["code"], me["roles"]) == ("district-wudang", [{"code": "unit_handler", "name": "承办人"}])
    assert "accept" in me["permissions"]
    assert "dispatch" not in me["permissions"]


def test_every_answer_carries_the_headers_that_protect_its_reader(web: Web) -> None:
    for path in ("/api/v1/me", "/api/v1/docs", "/nowhere", "/static/style.css", "/healthz"):
        with web.client.get(path) as answer:
            headers = answer.headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")
        assert "Strict-Transport-Security" not in headers
    assert web.get("me", "agent").headers["Cache-Control"] == "no-store"


def test_behind_https_browsers_are_told_to_stay_there(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    from hotline import db

    monkeypatch.setenv("HOTLINE_SECURE_COOKIES", "yes")
    db.forget()
    assert web.client.get("/healthz").headers["Strict-Transport-Security"].startswith("max-age=31536000")
