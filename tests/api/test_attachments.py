"""Files over HTTP: only for those who see the ticket, only what is allowed, and out again only to be saved."""

from __future__ import annotations

import io
from typing import Any

import pytest

from hotline import db
from tests.api.test_acts import PDF, accepted, dispatched, suspended, upload
from tests.hotline_fixtures import Web

HTML = b"<html><script>alert(document.cookie)</script></html>"


def test_a_file_goes_in_is_listed_and_comes_out_to_be_saved(web: Web) -> None:
    number = accepted(web)
    made = upload(web, number, "wudang", name="../现场 证明.exe")
    assert made.status_code == 201, made.text
    one = made.json
    assert (one["name"], one["type"], one["event"]) == ("现场 证明.pdf", "application/pdf", None)
    assert (one["by"], one["size"], len(one["digest"])) == ("乌当区人民政府", len(PDF), 64)
    assert web.get(f"tickets/{number}/attachments", "agent").json == [one]
    answer = web.get(f"tickets/{number}/attachments/{one['id']}", "agent")
    assert (answer.status_code, answer.data, answer.content_type) == (200, PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_under_another_name_comes_out_as_text_that_nothing_runs(web: Web) -> None:
    number = accepted(web)
    one = upload(web, number, "wudang", HTML, "photo.jpg").json
    assert (one["name"], one["type"]) == ("photo.txt", "text/plain")
    answer = web.get(f"tickets/{number}/attachments/{one['id']}", "wudang")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("database", ["sqlite"])
def test_who_may_not_see_or_upload_is_told_so(web: Web) -> None:
    number = accepted(web)
    file_id = upload(web, number, "wudang").json["id"]
    expected = {None: 401, "gaoxin": 404, "manager": 403, "intake": 403, "audit_admin": 403, "agent": 201}
    for who, status in expected.items():
        assert upload(web, number, who).status_code == status, who
    for who, status in {None: 401, "gaoxin": 404, "manager": 200, "intake": 403, "agent": 200, "wudang": 200}.items():
        assert web.get(f"tickets/{number}/attachments/{file_id}", who).status_code == status, who
    other = dispatched(web)
    for path in (f"tickets/{other}/attachments/{file_id}", f"tickets/{number}/attachments/{'9' * 40}"):
        assert web.get(path, "wudang").status_code == 404
    assert web.get(f"tickets/{number}/attachments/-1", "wudang").status_code == 404


@pytest.mark.parametrize("database", ["sqlite"])
def test_an_assisting_unit_reads_no_file_of_the_lead(web: Web) -> None:
    number = dispatched(web)
    web.act(number, "dispatch", "dispatcher", unit="district-wudang", assisting=["district-gaoxin"])
    file_id = upload(web, number, "wudang").json["id"]
    assert web.get(f"tickets/{number}/attachments", "gaoxin").json == []
    assert web.get(f"tickets/{number}/attachments/{file_id}", "gaoxin").status_code == 404


def send(web: Web, number: str, data: dict[str, Any]) -> Any:
    """The answer to a multipart body of the handler's."""
    path = f"/api/v1/tickets/{number}/attachments"
    return web.client.post(path, headers=web.headers("wudang"), data=data, content_type="multipart/form-data")


@pytest.mark.parametrize("database", ["sqlite"])
def test_what_cannot_be_taken_is_said_with_its_field(web: Web) -> None:
    number = accepted(web)
    file = (io.BytesIO(PDF), "a.pdf")
    wrong: dict[str, tuple[dict[str, Any], str, str]] = {
        "no file": ({}, "file", "必填"),
        "another name": ({"photo": file}, "file", "必填"),
        "an empty file": ({"file": (io.BytesIO(b""), "a.pdf")}, "file", "文件是空的"),
        "a program": ({"file": (io.BytesIO(b"MZ\x90\x00"), "a.pdf")}, "file", "只收 PDF"),
        "a field beside it": ({"file": (io.BytesIO(PDF), "a.pdf"), "unit": "x"}, "unit", "没有这个字段"),
        "two files": ({"file": [(io.BytesIO(PDF), "a.pdf"), (io.BytesIO(PDF), "b.pdf")]}, "file", "一次传一个"),
    }
    for case, (data, field, words) in wrong.items():
        answer = send(web, number, data)
        assert answer.status_code == 422, (case, answer.text)
        assert answer.content_type == "application/problem+json"
        problems = {each["field"].rpartition(".")[2]: each["message"] for each in answer.json["errors"]}
        assert words in problems[field], case
    assert web.get(f"tickets/{number}/attachments", "wudang").json == []


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_file_may_be_larger_than_any_other_body_but_has_its_own_limit(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_ATTACHMENT_BYTES", str(3 * 1024 * 1024))
    db.forget()
    number = accepted(web)
    assert upload(web, number, "wudang", b"x" * 3 * 1024 * 1024).status_code == 201
    over = upload(web, number, "wudang", b"x" * (3 * 1024 * 1024 + 1))
    assert (over.status_code, "3 MB" in over.json["errors"][0]["message"]) == (422, True)
    far_over = upload(web, number, "wudang", b"x" * (6 * 1024 * 1024))
    assert (far_over.status_code, far_over.content_type) == (413, "application/problem+json")
    elsewhere = web.post(f"tickets/{number}/contact", "wudang", {"text": "x" * 3 * 1024 * 1024})
    assert elsewhere.status_code == 413


def test_evidence_is_named_in_the_history_and_no_longer_free(web: Web) -> None:
    number = suspended(web)
    one = web.get(f"tickets/{number}/attachments", "dispatcher").json[0]
    event = next(each for each in web.get(f"tickets/{number}/events", "wudang").json if each["seq"] == one["event"])
    assert (event["action"], event["data"]["evidence"]) == ("suspend", [one["digest"]])
    body = {"text": "气表送检", "evidence": [one["id"]]}
    again = web.post(f"tickets/{number}/exclude", "wudang", body)
    assert (again.status_code, again.json["errors"][0]["field"]) == (422, "evidence")
