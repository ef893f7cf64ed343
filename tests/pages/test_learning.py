"""The pages of what was learned: read by dispatchers, managers and the administrator, changed by the last alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline import db, desk, knowledge, staff
from hotline.knowledge import today
from hotline.models import CatalogueVersion, Ticket
from hotline.rights import SYSTEM
from tests.learning.small import keep_one
from tests.pages.conftest import HOSTILE, Visitor, seen_as_text

SignIn = Callable[[str], Visitor]
PAGES = ("/models", "/models/1", "/misdispatch")
YIBAO = "dept-medical-insurance"


@pytest.fixture(autouse=True)
def models_of_its_own(city: Path) -> Iterator[None]:
    """What a test promotes is known to no other test of this folder."""
    knowledge.forget()
    yield
    knowledge.forget()


@pytest.fixture
def admin(city: Path, signed_in: SignIn) -> Visitor:
    """The system administrator, at their own pages."""
    with db.transaction() as session:
        staff.add_staff(session, "sysadmin", f"系统管理员 {HOSTILE}", ("system_admin",), None, "correct-horse-battery")
    visitor = signed_in("sysadmin")
    visitor.get("/models")
    return visitor


def corrected(write: Callable[..., Ticket], *contents: str) -> None:
    """Tickets that went to 乌当 and belonged to the medical insurance."""
    for content in contents:
        ticket = write(content)
        assert ticket.unit == "district-wudang"
        with db.transaction() as session:
            desk.perform(session, ticket.number, SYSTEM, "dispatch", {"unit": YIBAO})


def this_week() -> str:
    with db.reading() as session:
        day = today(db.now(session))
    return f"from={day - date.resolution * 6}&to={day}"


def test_who_may_read_finds_no_form_that_changes_anything(admin: Visitor, signed_in: SignIn) -> None:
    keep_one()
    for login in ("boss", "dispatcher"):
        visitor = signed_in(login)
        for path in PAGES:
            page = visitor.get(path)
            assert re.findall(r'action="([^"]+)" method="post"', page) == ["/logout"]
            assert 'href="/misdispatch"' in page
        visitor.send("/models/1/promote", {}, 403)
        visitor.send("/models/rollback", {}, 403)
        visitor.send("/misdispatch/draft", {}, 403)


@pytest.mark.parametrize("login", ["agent", "follow", "wudang", "auditor"])
def test_nobody_else_comes_into_the_learning_pages(admin: Visitor, signed_in: SignIn, login: str) -> None:
    keep_one()
    visitor = signed_in(login)
    for path in PAGES:
        visitor.get(path, 403)


def test_without_a_model_the_page_says_what_answers_and_what_to_do(admin: Visitor) -> None:
    page = admin.get("/models")
    assert "按目录的关键词分类" in page
    assert "HOTLINE_DISPATCH_THRESHOLD" in page
    assert "train --from-history" in page
    assert seen_as_text(page)
    admin.get("/models/1", 404)


def test_a_model_is_promoted_and_rolled_back_on_the_page(admin: Visitor) -> None:
    keep_one(HOSTILE)
    page = admin.get("/models")
    assert seen_as_text(page)
    assert "未启用" in page
    page = admin.send("/models/1/promote", {})
    assert "已启用第 1 版模型" in page
    assert "启用中：第 1 版模型" in page
    assert "回退" in page
    assert "已经启用" in admin.send("/models/1/promote", {}, 409)
    page = admin.send("/models/rollback", {})
    assert "已回退，按目录的关键词分类" in page
    assert "没有启用中的模型" in admin.send("/models/rollback", {}, 409)
    admin.send("/models/9/promote", {}, 404)


def test_a_versions_page_has_its_figures_by_category_and_by_coverage(admin: Visitor) -> None:
    keep_one()
    page = admin.get("/models/1")
    assert "劳动和社会保障" in page
    assert "城乡建设" in page
    assert page.count("<tr>") > 6
    assert re.search(r'<path class="line" d="M[\d.]+ [\d.]+ (?:L[\d.]+ [\d.]+ )+"/>', page)
    assert "自动派单" in page or "人工派单" in page


def test_a_week_without_dispatches_says_so_and_wrong_days_are_told(admin: Visitor) -> None:
    assert "没有派出工单" in admin.get("/misdispatch")
    for asked in ("from=2026-02-30", "from=x&to=y", "from=2026-03-02&to=2026-03-01"):
        page = admin.get(f"/misdispatch?{asked}", 422)
        assert 'class="error-summary"' in page


def test_the_report_shows_what_was_corrected_and_from_whom_to_whom(
    admin: Visitor, signed_in: SignIn, write: Callable[..., Ticket]
) -> None:
    corrected(write, "乌当区羊昌镇到新场镇的公路坑很多")
    page = signed_in("boss").get(f"/misdispatch?{this_week()}")
    assert "100.0%" in page
    assert "乌当区人民政府" in page
    assert "市医" in page
    assert "试算" in page


def test_remedies_are_tried_on_asking_and_made_into_a_draft_by_the_administrator(
    admin: Visitor, signed_in: SignIn, write: Callable[..., Ticket]
) -> None:
    corrected(write, *(f"乌当区羊昌镇到新场镇的公路坑很多{end}" for end in ("。", "，请修", "，摔了人")))
    asked = f"/misdispatch?{this_week()}&try=1"
    read = signed_in("dispatcher").get(asked)
    assert "可避免 3 件" in read
    assert 'name="remedies"' not in read
    page = admin.get(asked)
    values = re.findall(r'name="remedies" value="([^"]+)"', page)
    assert values
    fields = dict(re.findall(r'name="(from|to)" value="([^"]+)"', page))
    assert "还没有发布" in admin.send("/misdispatch/draft", {**fields, "remedies": values[:1]})
    with db.reading() as session:
        (draft,) = session.scalars(select(CatalogueVersion).where(CatalogueVersion.published_at.is_(None))).all()
        assert any(row["lead"] == YIBAO and not row["legal_basis"] for row in draft.responsibilities)
    assert "请选择" in admin.send("/misdispatch/draft", fields, 422)
    assert "不完整" in admin.send("/misdispatch/draft", {**fields, "remedies": "row"}, 422)
    assert "没有事项" in admin.send("/misdispatch/draft", {**fields, "remedies": "row|xx|y|z|"}, 422)
