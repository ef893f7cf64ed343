"""The managers' pages: one question in the address of all, each number opening to as many tickets as it says."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from hotline import db, desk
from hotline.knowledge import today
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.reports import targets
from hotline.rights import SYSTEM
from tests.pages.conftest import Visitor

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]
PAGES = (
    "/managers",
    "/managers/units",
    "/managers/clocks",
    "/managers/sources",
    "/managers/sources?by=matter",
    "/managers/sources?by=place",
    "/managers/satisfaction",
)
LISTS = r'<a href="(/managers/tickets[^"]*)">([\d,]+)</a>'


def _perform(number: str, *acts: tuple[Action, dict[str, object]]) -> None:
    for action, fields in acts:
        with db.transaction() as session:
            desk.perform(session, number, SYSTEM, action, fields)


@pytest.fixture
def worked(write: Write) -> None:
    """Three tickets of one district, two of them closed with what the citizens said."""
    for number, level in enumerate((0, 5, 2)):
        ticket = write(content=f"羊昌镇到新场镇的公路第{number}段坑很多")
        if level:
            answer: dict[str, object] = {"result": "已修", "public_reply": "您好，已修补。"}
            _perform(ticket.number, (Action.ACCEPT, {}), (Action.RESOLVE, answer), (Action.REVIEW, {"passed": True}))
            said: dict[str, object] = {"answered": True, "solved": level > 2, "level": level}
            _perform(ticket.number, (Action.FOLLOW_UP, said))


@pytest.mark.parametrize("asked", ["", "unit=district-wudang", "group=区县"])
@pytest.mark.usefixtures("worked")
def test_each_number_opens_to_as_many_tickets_as_it_says(signed_in: SignIn, asked: str) -> None:
    boss = signed_in("boss")
    for path in PAGES:
        _opens(boss, path, asked)


@pytest.mark.usefixtures("worked")
def test_a_target_says_whether_more_or_less_is_better_and_whether_it_is_reached(signed_in: SignIn) -> None:
    with db.transaction() as session:
        for metric in ("return_rate", "evaluation_rate"):
            aim = targets.NewTarget(metric, Decimal(5), today(db.now(session)), "市政府令")
            targets.set_target(session, SYSTEM, aim)
    page = re.sub(r"<[^>]+>|\s", "", signed_in("boss").get("/managers"))
    for code, words in (("return_rate", "目标≤5%达到"), ("evaluation_rate", "目标≥5%达到")):
        assert f"{words}{code}" in page.replace("✓", "").replace("✔", ""), words


@pytest.mark.usefixtures("worked")
def test_colour_is_never_alone_and_a_line_of_months_stands_in_numbers_too(signed_in: SignIn) -> None:
    boss = signed_in("boss")
    units = re.sub(r"<[^>]+>|\s", "", boss.get("/managers/units"))
    assert "50.0%1/2" in units
    assert "目标≥90%没有达到" in units
    months = re.findall(r"<tbody>(.*?)</tbody>", boss.get("/managers"), re.DOTALL)[0]
    assert months.count("<tr>") == 12
    assert "50.0 %，1/2" in months


def _opens(boss: Visitor, path: str, asked: str) -> None:
    page = boss.get(f"{path}{'&' if '?' in path else '?'}{asked}")
    links = {html.unescape(href): count for href, count in re.findall(LISTS, page)}
    for href, count in list(links.items())[:12]:
        assert f"{count} 件</span>" in boss.get(href), href
    assert links


@pytest.mark.parametrize("path", PAGES)
def test_the_question_stays_in_every_link_and_is_said_with_a_way_to_drop_it(signed_in: SignIn, path: str) -> None:
    asked = "from=2026-01-01&to=2026-01-31&unit=district-wudang&kind=complaint"
    page = html.unescape(signed_in("boss").get(f"{path}{'&' if '?' in path else '?'}{asked}"))
    assert "2026年1月1日至2026年1月31日，乌当区人民政府" in page
    assert page.count("去掉</a>") == 3, "each filter, and all"
    tab = re.findall(r'href="(/managers/clocks\?[^"]*)"', page)[0]
    assert {"unit=district-wudang", "kind=complaint", "from=2026-01-01"} <= set(tab.partition("?")[2].split("&"))
    assert 'class="only-print">http' in page


WRONG = (
    "unit=nowhere",
    "group=x",
    "kind=%3Cscript%3E",
    "source=x",
    "matter=x",
    "place=x",
    "agent=x",
    "from=x",
    "to=%27",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_filter_that_cannot_be_is_said_in_its_place(signed_in: SignIn, path: str) -> None:
    boss = signed_in("boss")
    for asked in WRONG:
        _refused(boss, path, asked)


def _refused(boss: Visitor, path: str, asked: str) -> None:
    page = boss.get(f"{path}{'&' if '?' in path else '?'}{asked}", 422)
    assert f'href="#{asked.partition("=")[0]}"' in page
    assert "kind=<script>" not in page


def test_a_city_without_tickets_has_empty_pages_without_noughts(signed_in: SignIn) -> None:
    boss = signed_in("boss")
    for path in PAGES:
        page = boss.get(path)
        assert "0.0 %" not in page, path
        assert "空</p>" in page or 'class="empty"' in page, path


@pytest.mark.parametrize("login", ["agent", "wudang", "auditor"])
def test_who_may_not_read_figures_is_refused(signed_in: SignIn, login: str) -> None:
    visitor = signed_in(login)
    for path in (*PAGES, "/managers/export?what=groups&by=unit"):
        visitor.get(path, 403)


def test_lists_that_there_are_not_are_refused(signed_in: SignIn) -> None:
    boss = signed_in("boss")
    wrong = ("stars=9", "stars=x", "count=x", "count=closed&by=x", "count=closed&by=unit&row=x", "count=closed&unit=x")
    for asked in wrong:
        boss.get(f"/managers/tickets?{asked}", 422)


@pytest.mark.parametrize(
    "asked", ["what=groups&by=unit", "what=tickets&metric=closure_rate", "what=tickets&count=closed"]
)
@pytest.mark.usefixtures("worked")
def test_a_table_or_a_list_goes_out_for_a_reason_by_who_may(signed_in: SignIn, asked: str) -> None:
    boss, path = signed_in("boss"), f"/managers/export?{asked}"
    assert "为什么导出" in boss.get(path)
    assert "error-summary" in boss.send(path, {"format": "csv", "reason": " "}, 422)
    assert "error-summary" in boss.send(path, {"format": "exe", "reason": "核对"}, 422)
    answer = boss.client.post(path, data={"csrf_token": boss.token, "format": "csv", "reason": "月度核对"})
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.data.decode("utf-8-sig").count("\r\n") > 1
    signed_in("dispatcher").get(path, 403)


def test_units_sort_as_the_address_says_and_groups_keep_it(signed_in: SignIn, write: Write) -> None:
    write()
    page = signed_in("boss").get("/managers/units?sort=dispatched&order=up")
    assert "没有单位可比" in page or 'aria-sort="ascending"' in page
    assert "sort=dispatched" in page
