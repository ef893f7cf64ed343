"""Bulletins over HTTP, on the managers' pages and on the command line: who may, what comes, what is refused."""

from __future__ import annotations

import html
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

from hotline import db
from hotline.__main__ import cli
from hotline.bulletins import fonts, freezing
from tests.assessment.conftest import HUAXI, Month
from tests.bulletins.conftest import published

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

HOME = "/managers/bulletins"
HOSTILE = "<script>alert(1)</script>"


def page(month: Month, path: str, who: str = "manager", status: int = 200) -> str:
    answer = month.web.client.get(path, headers=month.web.headers(who), follow_redirects=True)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
    return html.unescape(answer.text)


def send(month: Month, path: str, status: int = 303, who: str = "manager", **form: str) -> Any:
    answer = month.web.client.post(path, data=form, headers=month.web.headers(who))
    assert answer.status_code == status, (path, answer.status_code, answer.text[:3000])
    return answer


def field(text: str, name: str) -> str:
    """The value of a hidden field."""
    return text.partition(f'name="{name}" value="')[2].partition('"')[0]


# The API


def test_a_bulletin_is_drafted_published_read_and_corrected_over_http(month: Month) -> None:
    web, asked = month.web, {"kind": "monthly", "first": str(month.first)}
    draft = web.get(f"bulletins/draft?kind=monthly&first={month.first}", "dispatcher").json
    made = web.post("bulletins", "manager", {**asked, "remark": "请核销", "seen": draft["sha256"]})
    assert (made.status_code, made.json["version"]) == (201, 1)
    month.closed(HUAXI)
    path = f"bulletins/monthly/{month.first}"
    assert web.post(f"{path}/correct", "manager", {"reason": "补录漏转的工单"}).json["version"] == 2
    one = web.get(path, "dispatcher").json
    assert (one["content"]["version"], len(one["versions"])) == (2, 2)
    old = web.get(f"{path}?version=1", "manager").json
    assert old["sha256"] == made.json["sha256"] == freezing.digest(old["content"])
    assert [each["version"] for each in web.get("bulletins?kind=monthly", "manager").json["items"]] == [2]
    assert web.get("bulletins?kind=daily", "manager").json["items"] == []


def test_what_cannot_be_published_is_refused_with_why(month: Month) -> None:
    web, asked = month.web, {"kind": "monthly", "first": str(month.first)}
    assert web.post("bulletins", "dispatcher", asked).status_code == 403
    assert web.post("bulletins", "manager", {**asked, "seen": "0" * 64}).status_code == 409
    assert web.post("bulletins", "manager", {"kind": "monthly", "first": "2026-10-02"}).status_code == 422
    assert web.post("bulletins", "manager", {**asked, "status": "published"}).status_code == 422
    assert web.post("bulletins", "manager", asked).status_code == 201
    assert web.post("bulletins", "manager", asked).status_code == 409
    path = f"bulletins/monthly/{month.first}"
    assert web.post(f"{path}/correct", "manager", {"reason": "再看一遍"}).status_code == 409
    for missing in (f"{path}?version=9", "bulletins/monthly/2001-01-01", f"{path}/9/pdf"):
        assert web.get(missing, "manager").status_code == 404, missing
    for wrong in (f"{path}/1/odt", "bulletins/monthly/yesterday", "bulletins/hourly/2026-10-01"):
        assert web.get(wrong, "manager").status_code == 422, wrong


def test_a_file_comes_as_an_attachment_with_the_hash_of_its_content(month: Month) -> None:
    row = published(month)
    answer = month.web.get(f"bulletins/monthly/{month.first}/1/pdf", "manager")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="monthly-{month.first}-v1.pdf"'
    assert answer.headers["X-Content-SHA256"] == row.sha256
    text = "".join(each.extract_text() for each in PdfReader(io.BytesIO(answer.data)).pages)
    assert row.sha256 in "".join(text.split())


def test_without_a_chinese_font_files_wait_and_everything_else_goes_on(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(month)
    monkeypatch.setattr(fonts, "_there", lambda _own: frozenset())
    answer = month.web.get(f"bulletins/monthly/{month.first}/1/docx", "manager")
    assert (answer.status_code, answer.json["type"]) == (503, "urn:hotline:no_chinese_font")
    assert "fonts-noto-cjk" in answer.json["detail"]
    assert "fonts-noto-cjk" in page(month, f"{HOME}/monthly/{month.first}/1/pdf", status=503)
    text = page(month, f"{HOME}/monthly/{month.first}")
    assert "fonts-noto-cjk" in text
    assert "三、办理情况" in text


# The pages


def test_a_manager_looks_at_the_draft_and_publishes_what_was_seen(month: Month) -> None:
    assert f"{HOME}/draft?kind=monthly&first={month.first}" in page(month, HOME)
    text = page(month, f"{HOME}/draft?kind=monthly&first={month.last}")
    assert "草稿" in text
    form = {name: field(text, name) for name in ("kind", "first", "seen")}
    assert form["first"] == str(month.first), "any day of a month leads to its first"
    answer = send(month, HOME, **form, remark=HOSTILE)
    shown = month.web.client.get(answer.headers["Location"], headers=month.web.headers("manager")).text
    assert html.escape(HOSTILE) in shown
    assert HOSTILE not in shown
    with db.reading() as session:
        row = freezing.find(session, "monthly", month.first)
    assert row.sha256 in shown
    assert "第 1 版" in page(month, HOME)


def test_what_is_published_is_not_due_however_many_came_after_it(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred daily bulletins after a yearly one fill the list."""
    published(month)
    monkeypatch.setattr(freezing, "newest", lambda *_, **__: [])
    draft = f"{HOME}/draft?kind=monthly&first={month.first}"
    assert draft not in page(month, HOME)
    text = page(month, draft)
    assert "这一期已经发布" in text
    assert 'name="seen"' not in text


def test_a_draft_whose_figures_changed_since_is_shown_again_and_not_published(month: Month) -> None:
    text = page(month, f"{HOME}/draft?kind=monthly&first={month.first}")
    month.closed(HUAXI)
    form = {name: field(text, name) for name in ("kind", "first", "seen")}
    again = html.unescape(send(month, HOME, 409, **form).text)
    assert "有了变化" in again
    send(month, HOME, **{name: field(again, name) for name in ("kind", "first", "seen")})


def test_a_correction_is_looked_at_before_it_is_published(month: Month) -> None:
    published(month)
    month.closed(HUAXI)
    path = f"{HOME}/monthly/{month.first}/correct"
    assert "为什么更正" in page(month, path)
    assert "请写明为什么更正" in html.unescape(send(month, path, 422, reason="", remark="").text)
    seen = html.unescape(send(month, path, 200, reason="补录漏转的工单", remark="").text)
    assert "办理情况 · 各单位办理情况 · 花溪区 · 按时办结" in seen
    form = {name: field(seen, name) for name in ("reason", "remark", "seen")}
    send(month, path, **form)
    text = page(month, f"{HOME}/monthly/{month.first}")
    assert "补录漏转的工单" in text
    assert "不同之处" in text
    assert "这一版已经更正" in page(month, f"{HOME}/monthly/{month.first}?version=1")


def test_dispatchers_read_and_units_see_nothing(month: Month) -> None:
    published(month)
    text = page(month, f"{HOME}/monthly/{month.first}", "dispatcher")
    assert "更正</a>" not in text
    page(month, f"{HOME}/monthly/{month.first}/correct", "dispatcher", 403)
    draft = page(month, f"{HOME}/draft?kind=monthly&first={month.first}", "dispatcher")
    assert 'name="seen"' not in draft
    for path in (HOME, f"{HOME}/draft?kind=monthly&first={month.first}", f"{HOME}/monthly/{month.first}/1/pdf"):
        page(month, path, "wudang", 403)
        page(month, path, "agent", 403)


def test_a_period_that_there_is_not_is_said_in_the_forms_place(month: Month) -> None:
    assert "日期" in page(month, f"{HOME}/draft?kind=monthly&first=soon", status=422)
    assert "种类" in page(month, f"{HOME}/draft?kind=hourly&first=2026-10-01", status=422)
    assert "还没有开始" in page(month, f"{HOME}/draft?kind=yearly&first=2090-01-01", status=422)


# The command line


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["bulletin", *arguments])


def test_the_command_line_drafts_publishes_corrects_writes_and_verifies(month: Month, tmp_path: Path) -> None:
    asked = ("--kind", "monthly", "--first", str(month.first))
    assert json.loads(run("draft", *asked).stdout)["version"] == 0
    assert "version 1" in run("publish", *asked, "--remark", "请核销").stdout
    assert "已经发布" in run("publish", *asked).stderr
    assert "没有不同" in run("correct", *asked, "--reason", "再看一遍").stderr
    month.closed(HUAXI)
    assert "version 2" in run("correct", *asked, "--reason", "补录漏转的工单").stdout
    path = tmp_path / "月报.html"
    assert run("write", *asked, "--version", "1", "--as", "html", "--to", str(path)).exit_code == 0
    assert "请核销" in path.read_text("utf-8")
    assert "v2" in run("list").stdout
    assert run("verify").stdout == "whole\n"
    assert run("write", *asked, "--as", "odt").exit_code == 1
