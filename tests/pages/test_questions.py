"""The managers' question on the pages where not every filter holds, and said above the lists behind their numbers."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from hotline import db, staff
from hotline.knowledge import today
from tests.pages.conftest import PASSWORD, Visitor

SignIn = Callable[[str], Visitor]
IDLE = ("/managers/calls", "/managers/assessment", "/managers/topics")
ASKED = "from=2026-01-01&to=2026-01-31&unit=district-wudang&kind=complaint"


@pytest.mark.parametrize("path", IDLE)
def test_filters_that_do_not_hold_on_a_page_are_said_so_and_go_along(signed_in: SignIn, path: str) -> None:
    page = html.unescape(signed_in("boss").get(f"{path}?{ASKED}"))
    assert "2026年1月1日至2026年1月31日，截至 2026年1月31日 24:00" in page
    assert "单位“乌当区人民政府”、类型“投诉”在这里不起作用" in page
    assert 'name="unit" value="district-wudang"' in page
    presets = re.findall(r'href="[^"?]*\?([^"]*)"[^>]*>(?:今天|本季度|去年)<', page)
    assert [dict(parse_qsl(each))["kind"] for each in presets] == ["complaint"] * 3


@pytest.mark.parametrize("path", ["/managers", *IDLE])
def test_every_page_says_until_when_it_was_judged(signed_in: SignIn, path: str) -> None:
    with db.reading() as session:
        now = today(db.now(session))
    page = signed_in("boss").get(path)
    assert f"至{now.year}年{now.month}月{now.day}日，截至 {now.year}年{now.month}月{now.day}日 " in page


def test_another_group_of_a_ranking_drops_the_unit_that_is_not_in_it(signed_in: SignIn) -> None:
    boss = signed_in("boss")
    page = html.unescape(boss.get(f"/managers/assessment?{ASKED}"))
    [href] = re.findall(r'href="(/managers/assessment\?[^"]*group=%E9%83%A8[^"]*)"', page)
    boss.get(href)


@pytest.mark.parametrize("asked", ["count=closed", "metric=closure_rate", "stars=5"])
def test_a_list_behind_a_number_says_of_what_question_it_is(signed_in: SignIn, asked: str) -> None:
    page = html.unescape(signed_in("boss").get(f"/managers/tickets?{asked}&{ASKED}"))
    assert "2026年1月1日至2026年1月31日，乌当区人民政府，投诉" in page


@pytest.mark.parametrize(
    "path",
    [
        "/managers/tickets?day=0001-01-01",
        "/managers/bulletins/draft?kind=monthly&first=9999-12-31",
        "/managers/bulletins/draft?kind=weekly&first=0001-01-01",
    ],
)
def test_days_that_no_calendar_has_are_refused(signed_in: SignIn, path: str) -> None:
    signed_in("boss").get(path, 422)


def test_targets_are_read_by_many_and_set_by_one_for_a_unit_or_for_all(signed_in: SignIn) -> None:
    with db.transaction() as session:
        staff.add_staff(session, "chief", "系统管理员", ("system_admin",), None, PASSWORD)
        now = today(db.now(session))
    chief, boss, path = signed_in("chief"), signed_in("boss"), "/rules/targets"
    form = {
        "metric": "overdue_rate",
        "value": "5%",
        "unit": "",
        "group": "区县",
        "from": str(now),
        "source": "市办〔1〕号",
    }
    for visitor in (chief, boss):
        visitor.get(path)
    boss.send(path, form, 403)
    chief.send(path, form)
    chief.send(path, form | {"from": str(now + timedelta(days=9)), "value": ""})
    said = re.sub(r"<[^>]+>|\s", "", boss.get(path))
    day = f"{now.year}年{now.month}月{now.day}日"
    assert f"超期率不高于5%区县{day}起，现行市办〔1〕号" in said
    assert re.search(r"超期率不设目标区县\S+起，尚未施行", said)
    assert "一次办结率不低于90%全市" in said
    assert "设定</button>" not in boss.get(path)
    for wrong in (
        {"value": "101"},
        {"unit": "district-wudang"},
        {"from": "2020-01-01"},
        {"source": ""},
        {"metric": ""},
    ):
        [field] = wrong
        assert f'href="#{"group" if field == "unit" else field}"' in chief.send(path, form | wrong, 422)
    for login in ("agent", "wudang", "auditor"):
        signed_in(login).get(path, 403)
