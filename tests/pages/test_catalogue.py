"""The catalogue's pages: a draft is made, changed, checked, tried and published in a browser without JavaScript."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.pages.frame import day as shown_day
from hotline import db, knowledge, staff
from hotline.cataloguing import document, drafts, number_in_force
from hotline.knowledge import today
from hotline.models import CatalogueVersion, Ticket
from hotline.rights import SYSTEM
from tests.pages.conftest import HOSTILE, Visitor, seen_as_text

SignIn = Callable[[str], Visitor]
WHY = "市政府办公室的通知（测试）"
HERE = "/rules/catalogue"
PARTS = ("matters", "places", "responsibilities")


@pytest.fixture(autouse=True)
def catalogue_of_its_own(city: Path) -> Iterator[None]:
    """What a test publishes is known to no other test of this folder."""
    yield
    kept = knowledge._kept
    if kept and kept[2].catalogue is not None:
        knowledge.forget()


@pytest.fixture
def admin(city: Path, signed_in: SignIn) -> Visitor:
    """The system administrator at the list of versions."""
    with db.transaction() as session:
        staff.add_staff(session, "sysadmin", f"系统管理员 {HOSTILE}", ("system_admin",), None, "correct-horse-battery")
    visitor = signed_in("sysadmin")
    visitor.get(HERE)
    return visitor


@pytest.fixture
def draft(admin: Visitor) -> Visitor:
    """The administrator at a draft of their own, version 2."""
    admin.send(f"{HERE}/drafts", {"source": WHY, "of": ""})
    assert "第 2 版" in admin.page
    return admin


def day() -> str:
    with db.reading() as session:
        return today(db.now(session)).isoformat()


def rows(part: str, version: int = 2) -> list[dict[str, Any]]:
    with db.reading() as session:
        return list(document(session, version).part(part))


def form_of(page: str, action: str) -> dict[str, str]:
    """What the form of this address would send."""
    (form,) = re.findall(rf'<form[^>]+action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    fields = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form))
    fields |= dict(re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL))
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in fields.items()}


def change(visitor: Visitor, part: str, number: int, status: int = 200, **fields: str) -> str:
    """Change a row through its form."""
    page = visitor.get(f"{HERE}/2/{part}/row?number={number}")
    return visitor.send(f"{HERE}/2/{part}/save", form_of(page, f"{HERE}/2/{part}/save") | fields, status)


def number_of(part: str, **wanted: str) -> int:
    return next(n for n, row in enumerate(rows(part), 1) if all(row[key] == value for key, value in wanted.items()))


def test_the_administrator_finds_the_way_from_the_rules(admin: Visitor) -> None:
    assert f'href="{HERE}"' in admin.get("/rules")
    page = admin.get(HERE)
    assert "还没有版本" in page
    assert seen_as_text(page)


def test_managers_and_dispatchers_look_and_change_nothing(draft: Visitor, signed_in: SignIn) -> None:
    for login in ("boss", "dispatcher"):
        visitor = signed_in(login)
        for path in ("", "/2", "/2/differences", "/1", *(f"/2/{part}" for part in PARTS)):
            page = visitor.get(HERE + path)
            assert re.findall(r'action="([^"]+)" method="post"', page) == ["/logout"], path
        visitor.get(f"{HERE}/2/places/row?number=1", 403)
        visitor.get(f"{HERE}/2/trial", 403)
        for path in ("drafts", "2/upload", "2/publish", "2/discard", "2/places/save", "2/places/remove"):
            visitor.send(f"{HERE}/{path}", {"source": WHY}, 403)
    for login in ("agent", "wudang", "auditor"):
        for path in ("", "/2", "/2/places", "/2/sheets"):
            signed_in(login).get(HERE + path, 403)


def test_a_matter_is_changed_and_published_with_a_day(draft: Visitor) -> None:
    number = number_of("matters", code="01-05-01")
    page = change(draft, "matters", number, name="占道摆摊经营", phrases="占道经营\n练摊\n\n")
    assert "还没有发布" in page
    assert "占道摆摊经营" in page
    row = rows("matters")[number - 1]
    assert (row["name"], row["phrases"]) == ("占道摆摊经营", ["占道经营", "练摊"])
    page = draft.get(f"{HERE}/2")
    assert "可以发布" in page
    assert "由“占道经营”改名为“占道摆摊经营”" in page
    sent = form_of(page, f"{HERE}/2/publish")
    assert sent["from"] == day()
    draft.send(f"{HERE}/2/publish", sent)
    assert "第 2 版已发布" in draft.page
    assert "现行" in draft.page
    assert "与现行的差异" not in draft.page
    with db.reading() as session:
        assert number_in_force(session) == 2
        assert knowledge.knowledge(session).matters["01-05-01"].name == "占道摆摊经营"


def test_a_responsibility_is_written_by_names_and_shown_by_names(draft: Visitor) -> None:
    row = {
        "matter": "占道经营",
        "place": "乌当区",
        "lead": "贵阳市城市管理局",
        "assisting": "乌当区\n乌当区人民政府",
        "legal_basis": "<b>文件</b>",
        "effective_from": day(),
        "effective_to": "",
        "number": "",
    }
    page = draft.send(f"{HERE}/2/responsibilities/save", row)
    assert "贵阳市城市管理局" in page
    assert "&lt;b&gt;文件" in page
    made = next(each for each in rows("responsibilities") if each["legal_basis"] == "<b>文件</b>")
    assert (made["matter"], made["place"], made["lead"]) == ("01-05-01", "520112", "dept-city-management")
    found = draft.get(f"{HERE}/2")
    assert "写了两次" in found
    assert "去改" in found


def test_what_is_wrong_with_a_row_stands_at_its_field(draft: Visitor) -> None:
    row = {"matter": "没有的事", "place": "520112", "lead": "没有的局", "effective_from": "明天"}
    page = draft.send(f"{HERE}/2/responsibilities/save", row, 422)
    assert re.search(r'id="matter-error".*?没有叫“没有的事”的事项', page, re.DOTALL)
    assert re.search(r'id="lead-error".*?没有叫“没有的局”的单位', page, re.DOTALL)
    assert 'value="没有的事"' in page
    page = draft.send(f"{HERE}/2/responsibilities/save", row | {"matter": "01", "lead": "ent-water"}, 422)
    assert re.search(r'id="effective_from-error".*?不是日期', page, re.DOTALL)
    assert "权责清单第" not in page
    page = change(draft, "places", 5, 422, name="", code="九")
    assert "编码" in page
    assert re.search(r'id="name-error"', page)
    assert len(rows("places")) == len(rows("places", 1))


def test_a_gap_leads_to_the_form_that_fills_it(draft: Visitor) -> None:
    with db.transaction() as session:
        kept = [row for row in rows("responsibilities") if not row["matter"].startswith("15-04")]
        kept = [row for row in kept if row["matter"] != "15"]
        drafts.save(session, SYSTEM, 2, "responsibilities", kept)
    page = draft.get(f"{HERE}/2")
    assert "改好才能发布" in page
    href = html.unescape(re.findall(r'href="(/rules/catalogue/2/responsibilities/row\?matter=[^"]+)"', page)[0])
    matter = href.partition("matter=")[2]
    fields = form_of(draft.get(href), f"{HERE}/2/responsibilities/save")
    assert fields["matter"] == matter
    draft.send(
        f"{HERE}/2/responsibilities/save",
        fields | {"place": "贵阳市", "lead": "ent-water", "effective_from": "2020-01-01"},
    )
    assert f"matter={matter}" not in draft.get(f"{HERE}/2")
    later = date.fromisoformat(day()) + timedelta(days=30)
    page = draft.send(f"{HERE}/2/publish", {"from": later.isoformat()}, 422)
    assert 'href="#findings"' in page
    assert "没有主办单位" in page
    assert f"按 {shown_day(later)} 起施行检查" in page
    with db.reading() as session:
        assert number_in_force(session) == 1


def test_two_who_edit_one_draft_are_told_apart(draft: Visitor, signed_in: SignIn) -> None:
    page = draft.get(f"{HERE}/2/places/row?number=5")
    mine = form_of(page, f"{HERE}/2/places/save")
    change(signed_in("sysadmin"), "places", 6, aliases="别名甲")
    page = draft.send(f"{HERE}/2/places/save", mine | {"aliases": "别名乙"}, 409)
    assert "刚刚被别人改过" in page
    assert "别名乙" in page
    draft.send(f"{HERE}/2/publish", {"from": day(), "seen": mine["seen"]}, 409)
    assert "别名乙" not in str(rows("places"))


def test_a_row_is_taken_out(draft: Visitor) -> None:
    count = len(rows("places"))
    page = draft.get(f"{HERE}/2/places/row?number={count}")
    draft.send(f"{HERE}/2/places/remove", form_of(page, f"{HERE}/2/places/remove"))
    assert len(rows("places")) == count - 1
    draft.send(f"{HERE}/2/places/remove", {"number": "99999"}, 422)
    draft.get(f"{HERE}/2/places/row?number=99999", 404)


def test_a_workbook_is_downloaded_and_read_in_again(draft: Visitor) -> None:
    book = draft.client.get(f"{HERE}/2/sheets")
    assert "attachment" in book.headers["Content-Disposition"]
    before = rows("responsibilities")
    draft.send(f"{HERE}/2/upload", {"file": (io.BytesIO(book.data), "目录.xlsx")})
    assert "已读进草稿" in draft.page
    assert rows("responsibilities") == before
    bad = "编码,名称,级别,上级编码,别名，每行一个\n52,某市,星球,,\n九,某市,市,,\n".encode()
    page = draft.send(f"{HERE}/2/upload", {"file": (io.BytesIO(bad), "a.csv")}, 422)
    assert "地点第 2 行" in page
    assert "地点第 3 行" in page
    assert "请选择文件" in draft.send(f"{HERE}/2/upload", {}, 422)


def test_rows_are_found_by_name_and_paged(draft: Visitor) -> None:
    first = draft.get(f"{HERE}/2/responsibilities")
    assert f"第 1–50 行，共 {len(rows('responsibilities')):,} 行" in first
    assert 'rel="next"' in first
    second = draft.get(f"{HERE}/2/responsibilities?q=&page=2")
    assert '<td class="num">51</td>' in second
    found = draft.get(f"{HERE}/2/matters?q=占道经营")
    assert "01-05-01" in found
    assert "没有找到" in draft.get(f"{HERE}/2/places?q={HOSTILE}")
    assert HOSTILE not in draft.page


def test_differences_and_a_trial_show_what_would_change(draft: Visitor, write: Callable[..., Ticket]) -> None:
    write()
    with db.transaction() as session:
        changed = [
            row | {"lead": "dept-transport", "assisting": []} if row["place"] == "520112" else row
            for row in rows("responsibilities")
        ]
        drafts.save(session, SYSTEM, 2, "responsibilities", changed)
    page = draft.get(f"{HERE}/2/differences")
    assert "主办单位由“乌当区人民政府”改为" in page
    assert "没有差异" in draft.get(f"{HERE}/1/differences")
    assert "第 2 版与第 1 版的差异" in draft.get(f"{HERE}/2/differences?against=1")
    page = draft.get(f"{HERE}/2/trial")
    assert "试派最近 1 件" in page
    assert "乌当区人民政府 → " in page
    draft.get(f"{HERE}/2/differences?against=77", 404)


def test_an_old_version_is_returned_to(draft: Visitor) -> None:
    change(draft, "matters", number_of("matters", code="01-05-01"), name="占道摆摊经营")
    draft.send(f"{HERE}/2/publish", {"from": day()})
    draft.get(HERE)
    draft.send(f"{HERE}/drafts", {"source": "退回原来的目录", "of": "1"})
    draft.send(f"{HERE}/3/publish", {"from": day()})
    assert "第 3 版已发布" in draft.page
    assert rows("matters", 3) == rows("matters", 1)


def test_a_draft_that_was_overtaken_asks_before_it_undoes(draft: Visitor) -> None:
    draft.send(f"{HERE}/drafts", {"source": WHY})
    change(draft, "places", 5, aliases="别名甲")
    draft.send(f"{HERE}/2/publish", {"from": day()})
    page = draft.get(f"{HERE}/3")
    assert "会撤销它的改动" in page
    assert 'name="behind"' in page
    draft.send(f"{HERE}/3/publish", {"from": day()}, 409)
    draft.send(f"{HERE}/3/publish", {"from": day(), "behind": "1"})
    assert "第 3 版已发布" in draft.page


def test_a_bad_source_a_bad_day_and_a_discarded_draft(draft: Visitor) -> None:
    draft.get(HERE)
    assert re.search(r'id="source-error"', draft.send(f"{HERE}/drafts", {"source": "短"}, 422))
    draft.send(f"{HERE}/drafts", {"source": WHY, "of": "77"}, 404)
    for text in ("", "明天", (date.fromisoformat(day()) - timedelta(days=1)).isoformat()):
        assert 'id="from-error"' in draft.send(f"{HERE}/2/publish", {"from": text}, 422)
    draft.send(f"{HERE}/2/discard", {})
    assert "已删去" in draft.page
    draft.get(f"{HERE}/2", 404)
    draft.get(f"{HERE}/99999999999999999999", 404)
    with db.reading() as session:
        assert [row.version for row in session.query(CatalogueVersion)] == [1]
