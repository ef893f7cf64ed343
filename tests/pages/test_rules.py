"""The rules' pages: edited by the system administrator, read by managers and dispatchers, closed to everybody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hotline import db, knowledge, staff
from hotline.knowledge import today
from hotline.models import Ticket
from hotline.rulemaking import drafts, policies
from hotline.rulemaking.calendars import move_round
from hotline.rulemaking.shelf import json_text
from tests.pages.conftest import HOSTILE, Visitor, seen_as_text

SignIn = Callable[[str], Visitor]
PAGES = ("/rules", "/rules/calendar?year=2026", "/rules/hours", "/rules/policies/guangdong-2022")
SOURCE = "国务院办公厅关于2027年部分节假日安排的通知（测试）"
SHIPPED = 3
"""Policy sets that every house begins with."""

NOTICE = "一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n10月1日—10月7日 休 国庆节\n10月9日 班 国庆节"


@pytest.fixture(autouse=True)
def rules_of_its_own(city: Path) -> Iterator[None]:
    """What a test publishes is known to no other test of this folder."""
    yield
    kept = knowledge._kept
    if kept and (kept[2].rules.last > 1 or len(kept[2].policies) > SHIPPED):
        knowledge.forget()


@pytest.fixture
def admin(city: Path, signed_in: SignIn) -> Visitor:
    """The system administrator, at their own pages."""
    with db.transaction() as session:
        staff.add_staff(session, "sysadmin", f"系统管理员 {HOSTILE}", ("system_admin",), None, "correct-horse-battery")
    visitor = signed_in("sysadmin")
    visitor.get("/rules")
    return visitor


def numbers_of(page: str) -> dict[str, str]:
    """What the form of a policy's numbers would send."""
    fields = dict(re.findall(r'<input id="[^"]+" name="((?:clocks|guards)[^"]+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select id="[^"]+" name="(clocks[^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found = re.search(r'value="([^"]+)" selected', options)
        assert found
        fields[name] = found[1]
    return fields


def test_who_lives_by_the_rules_reads_them_and_finds_no_form(admin: Visitor, signed_in: SignIn) -> None:
    for login in ("boss", "dispatcher"):
        visitor = signed_in(login)
        assert 'href="/rules"' in visitor.get("/rules")
        for path in PAGES:
            page = visitor.get(path)
            assert "存为草稿" not in page
            assert re.findall(r'action="([^"]+)" method="post"', page) == ["/logout"]
        visitor.send("/rules/calendar", {"year": "2027", "source": SOURCE, "days": NOTICE}, 403)
        visitor.send("/rules/draft/publish", {"year": "2027"}, 403)
        visitor.send("/rules/policies/guangdong-2022/save", {"document": "{}"}, 403)
        visitor.get("/rules/draft?year=2027", 403)


@pytest.mark.parametrize("login", ["agent", "follow", "wudang", "auditor"])
def test_nobody_else_comes_in(admin: Visitor, signed_in: SignIn, login: str) -> None:
    visitor = signed_in(login)
    for path in PAGES:
        visitor.get(path, 403)
    visitor.send("/rules/hours", {"unit": "city"}, 403)


def test_the_administrators_pages_stand_and_show_names_as_text(admin: Visitor) -> None:
    for path in PAGES:
        assert seen_as_text(admin.get(path))
        assert "存为草稿" in admin.page or path == "/rules"


def test_a_pasted_notice_becomes_a_draft_is_looked_at_and_published(admin: Visitor) -> None:
    assert "还没有发布" in admin.get("/rules/calendar?year=2027")
    page = admin.send("/rules/calendar", {"year": "2027", "source": SOURCE, "days": NOTICE})
    assert "2027 年日历第 1 版，草稿" in page
    assert "5月1日（劳动节）没有列为放假，请核对是否漏写" in page
    assert "0 个在办期限会改" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    page = admin.send("/rules/draft/publish", {"year": "2027", "seen": seen[1]})
    assert "已发布：cn-2027+1" in page
    year = admin.get("/rules/calendar?year=2027")
    assert SOURCE in year
    assert '<b title="国庆节调休上班">9班</b>' in year
    assert "还没有发布" not in year
    assert "10月1日—10月7日 休 国庆节" in year
    assert "还没有发布" in admin.get("/rules/calendar?year=2027&edition=cn-2026")
    assert move_round() == 0


def test_what_is_wrong_stands_in_its_field_and_nothing_typed_is_lost(admin: Visitor) -> None:
    typed = "10月1日（周一）—10月7日 休 国庆节\n哈哈"
    page = admin.send("/rules/calendar", {"year": "2027", "source": SOURCE, "days": typed}, 422)
    assert "第 1 行：10月1日是星期五，不是星期一" in page
    assert "第 2 行：看不懂" in page
    assert 'href="#days"' in page
    assert "哈哈" in page
    page = admin.send("/rules/calendar", {"year": "2027", "source": "", "days": NOTICE}, 422)
    assert "请写明依据" in page
    page = admin.send("/rules/hours", {"unit": "city", "hours": "九点到五点", "weekdays": "1", "source": SOURCE}, 422)
    assert "时段应写成 09:00-12:00" in page
    admin.send("/rules/calendar", {"year": "二", "source": SOURCE, "days": NOTICE}, 422)


def test_the_citys_hours_are_offered_once_though_the_hotlines_unit_has_that_code(admin: Visitor) -> None:
    page = admin.get("/rules/hours")
    assert re.findall(r'<option value="city"[^>]*>([^<]+)', page) == ["全市", "全市"], "to look at, and to change"


def test_a_units_hours_move_its_deadlines_and_no_others(admin: Visitor, write: Callable[..., Ticket]) -> None:
    ticket = write()
    form = {
        "unit": "district-wudang",
        "hours": "00:00-24:00",
        "weekdays": ["1", "2", "3", "4", "5", "6", "7"],
        "source": "区政府值班通知",
    }
    page = admin.send("/rules/hours", form)
    assert ticket.number in page
    assert "乌当区人民政府 <b>" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    form["hours"] = "08:00-20:00"
    admin.send("/rules/hours", form)
    admin.send("/rules/draft/publish", {"unit": "district-wudang", "seen": seen[1]}, 409)
    assert "草稿刚刚被改过" in admin.page
    page = admin.get("/rules/draft?unit=district-wudang")
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    admin.send("/rules/draft/publish", {"unit": "district-wudang", "seen": seen[1]})
    assert move_round() == 1
    assert "08:00–20:00；星期一、二、三、四、五、六、日；节假日不休" in admin.get("/rules/hours?unit=district-wudang")
    assert "没有另定，同全市" in admin.get("/rules/hours?unit=district-gaoxin")


def test_a_draft_that_is_given_up_is_gone(admin: Visitor) -> None:
    admin.send("/rules/calendar", {"year": "2027", "source": SOURCE, "days": NOTICE})
    assert "还没发布的日历草稿" in admin.get("/rules")
    assert "草稿已放弃" in admin.send("/rules/draft/discard", {"year": "2027"})
    assert "还没发布的日历草稿" not in admin.page
    with db.reading() as session:
        assert drafts.all_drafts(session) == []


def test_numbers_of_a_policy_are_changed_in_their_cells(admin: Visitor, write: Callable[..., Ticket]) -> None:
    write()
    fields = numbers_of(admin.get("/rules/policies/guangdong-2022"))
    path = "/rules/policies/guangdong-2022/save"
    page = admin.send(path, {**fields, "clocks.resolve[1].amount": "许多", "guards.urges_per_day": "0"}, 422)
    assert 'href="#clocks.resolve[1].amount"' in page
    assert "办结，求助、建议（一般、紧急）：应为整数，您填了“许多”" in page
    page = admin.send(path, {**fields, "guards.urges_per_day": "0"}, 422)
    assert "每天可催办次数：至少为 1" in page
    page = admin.send(path, {**fields, "clocks.resolve[1].amount": "3"})
    assert "草稿已保存" in page
    assert "3 个工作日" in page
    with db.reading() as session:
        document = policies.the_draft(session, "guangdong-2022").data
        published = policies.find_version(session, "guangdong-2022", 1).data
    assert document["clocks"]["resolve"][1]["amount"] == 3
    assert document["ladders"] == published["ladders"]
    assert document["version"] == "2"
    assert "会适用这份草稿的工单 1 件" in admin.get("/rules/policies/guangdong-2022/trial")


def test_the_rest_of_a_policy_is_changed_as_json_and_put_in_force(admin: Visitor) -> None:
    path = "/rules/policies/guangdong-2022"
    with db.reading() as session:
        text = json_text(policies.find_version(session, "guangdong-2022").data)
        tomorrow = today(db.now(session)) + timedelta(days=1)
    assert "不是有效的 JSON" in admin.send(f"{path}/save", {"document": text[:-2]}, 422)
    wrong = text.replace('"end_of_day"', '"tomorrow"')
    assert "counting.expires：&#39;tomorrow&#39; 不认识" in admin.send(f"{path}/save", {"document": wrong}, 422)
    admin.send(f"{path}/save", {"document": text.replace('"end_of_day"', '"closing"')})
    assert "下班时到期" in admin.page
    assert "最早是今天" in admin.send(f"{path}/publish", {"from": "2020-01-01"}, 422)
    assert "请填施行日期" in admin.send(f"{path}/publish", {"from": ""}, 422)
    assert "已发布：guangdong-2022@2" in admin.send(f"{path}/publish", {"from": str(tomorrow)})
    assert "最后一天 24:00 到期" in admin.get(f"{path}?version=1")
    assert "下班时到期" in admin.get(path)


def test_behind_a_trial_stand_its_tickets_with_links_for_who_may_read_them(
    admin: Visitor, signed_in: SignIn, write: Callable[..., Ticket]
) -> None:
    fields = numbers_of(admin.get("/rules/policies/guangdong-2022"))
    admin.send("/rules/policies/guangdong-2022/save", fields)
    write()
    assert "没有可比的时限" not in signed_in("boss").get("/rules/policies/guangdong-2022/trial?days=30")
    admin.get("/rules/policies/jinan-2018/trial", 404)
    admin.get("/rules/policies/nobody", 404)
