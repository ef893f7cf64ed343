"""The hotline in a real browser: a message from its citizen through every desk and back, and on a phone.

Nothing here knows an address that a person would have to type, but where they sign in.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from hotline import rounds
from hotline.models import Ticket
from tests.pages import conftest as pages

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

template_home, city, write = pages.template_home, pages.city, pages.write
ROADS = "乌当区羊昌镇到新场镇的公路坑很多，骑车很危险，请派人来修一修"


@pytest.fixture
def site(city: Path) -> Iterator[str]:
    """The address of a running hotline."""
    from api import create_app

    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def _leave(page: Page) -> None:
    """Be nobody. Away from the page first: what it was still loading would bring its cookie back."""
    page.goto("about:blank")
    page.context.clear_cookies()


def _sign_in(page: Page, site: str, login: str) -> None:
    _leave(page)
    page.goto(f"{site}/login")
    page.get_by_label("用户名").fill(login)
    page.get_by_label("密码").fill(pages.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("button", name="退出").wait_for()


def _send(page: Page, site: str, content: str = ROADS) -> tuple[str, str]:
    """Write as a citizen; the number and the code."""
    page.goto(site)
    page.get_by_label("您遇到了什么问题？").or_(page.get_by_label("您遇到了什么问题？")).fill(content)
    page.get_by_label("姓名").fill("周小禾")
    page.get_by_label("手机号", exact=True).fill("13800001234")
    page.get_by_role("button", name="提交诉求").click()
    page.get_by_role("heading", name="已收到您的诉求").wait_for()
    number, code = page.locator(".ticket-stub dd").all_inner_texts()
    return number, code


def _ask(page: Page, site: str, code: str) -> None:
    _leave(page)
    page.goto(f"{site}/status")
    page.get_by_label("查询码").fill(code)
    page.get_by_label("手机号后四位").fill("1234")
    page.get_by_role("main").get_by_role("button", name="查进度").click()
    page.get_by_text("办理过程").wait_for()


def _open(page: Page, site: str, login: str, number: str) -> None:
    """Sign in, and open the ticket from the list where it waits."""
    _sign_in(page, site, login)
    row = page.locator("tr", has_text=number)
    if not row.count():
        page.get_by_role("link", name="待审核").click()
    row.get_by_role("link").click()
    page.locator(".ticket-head").get_by_text(number).wait_for()


def _figure(page: Page, site: str) -> tuple[int, int]:
    """Numerator and denominator of the satisfaction rate."""
    _sign_in(page, site, "boss")
    row = page.locator("table.metrics tr", has=page.locator("code", has_text="satisfied_of_evaluated"))
    numerator, _, denominator = row.locator("td.num .meta").last.inner_text().partition("/")
    return int(numerator), int(denominator)


def test_a_message_goes_through_every_desk_and_its_reply_comes_back(page: Page, site: str) -> None:
    assert _figure(page, site) == (0, 0)
    _leave(page)
    number, code = _send(page, site)
    _ask(page, site, code)
    assert "已转给乌当区人民政府" in page.inner_text("main")

    _open(page, site, "wudang", number)
    page.locator("#acts").get_by_role("button", name="签收").click()
    page.get_by_text("已签收。").wait_for()
    page.get_by_text("办结 R").click()
    page.get_by_label("给热线的处理结果").fill("养护站 11 月 1 日修补 27 处")
    page.get_by_label("给市民的公开答复").fill("您好，羊昌至新场的公路已修补完毕。")
    page.get_by_role("button", name="提交审核").click()
    page.get_by_text("等热线审核").wait_for()

    _open(page, site, "dispatcher", number)
    page.get_by_text("审核 V").click()
    page.get_by_label("通过").check()
    page.locator("#act-review button").click()
    page.get_by_text("已审核。").wait_for()

    _open(page, site, "follow", number)
    page.get_by_text("回访 F").click()
    for answer in ("联系上了", "解决了", "非常满意"):
        page.locator("#act-follow_up").get_by_label(answer, exact=True).check()
    page.locator("#act-follow_up").get_by_role("radio", name="满意", exact=True).first.check()
    page.locator("#act-follow_up button").click()
    page.get_by_text("已记下回访。").wait_for()

    _ask(page, site, code)
    assert page.get_by_role("heading", level=1).inner_text() == "已结案"
    assert "羊昌至新场的公路已修补完毕" in page.inner_text("main")
    assert _figure(page, site) == (1, 1)


def test_an_agent_writes_down_a_call_and_sends_it_on(page: Page, site: str) -> None:
    _sign_in(page, site, "agent")
    page.get_by_label("来电号码").fill("13800001234")
    page.get_by_label("通话内容").fill(f"坐席：您好，12345。\n市民：我叫周小禾，{ROADS}。")
    page.get_by_role("button", name="整理成工单").click()
    page.get_by_role("heading", name="系统建议").wait_for()
    assert page.get_by_role("radio", name=re.compile("乌当区人民政府")).is_checked()
    assert page.get_by_label("姓名").input_value() == "周小禾"
    page.get_by_role("button", name=re.compile("建单并转办")).click()
    page.get_by_text("已转办。").wait_for()
    assert "乌当区人民政府" in page.inner_text(".ticket-head")


def test_a_citizen_writes_and_comes_back_by_the_keyboard_alone(page: Page, site: str) -> None:
    page.goto(site)

    def to(label: str) -> None:
        """Tab on until the field or button of that name has the focus."""
        name = "(el => el.labels?.[0]?.innerText || el.innerText || '')(document.activeElement)"
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate(name).startswith(label):
                return
        pytest.fail(f"no tab leads to {label}")

    to("您遇到了什么问题")
    page.keyboard.type(ROADS)
    to("手机号")
    page.keyboard.type("13800001234")
    to("请为我保密")
    page.keyboard.press("Space")
    to("提交诉求")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="已收到您的诉求").wait_for()
    to("查进度")
    page.keyboard.press("Enter")
    page.wait_for_url("**/status")
    to("手机号后四位")
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    page.get_by_text("办理过程").wait_for()


def test_a_unit_accepts_by_keys(page: Page, site: str, write: Callable[..., Ticket]) -> None:
    write()
    _sign_in(page, site, "wudang")
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".ticket-head").wait_for()
    page.wait_for_load_state()  # the words are there before the script that hears the keys
    page.keyboard.press("a")
    page.get_by_text("已签收。").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("c")
    page.keyboard.type("已电话联系，约定明天到现场")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("已记下联系情况。").wait_for()


def test_nothing_scrolls_sideways_on_a_phone(page: Page, site: str, write: Callable[..., Ticket]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    long = write(content=ROADS * 60, title=ROADS[:100], name="阿" * 20)
    waiting = write(content="在吗", hold=True)
    rounds.relay_round()
    _, code = _send(page, site)
    wide = [page.url] if _wider(page) else []
    _ask(page, site, code)
    wide += [page.url] if _wider(page) else []
    ways = {
        "agent": (
            "/desk",
            "/desk?queue=all",
            f"/tickets/{waiting.number}",
            f"/tickets/{long.number}",
            "/search?q=公路",
        ),
        "wudang": ("/unit", f"/unit/{long.number}", f"/tickets/{long.number}/clocks"),
        "boss": ("/managers", "/managers/tickets?metric=closure_share&part=denominator"),
    }
    for login, paths in ways.items():
        _sign_in(page, site, login)
        for path in paths:
            page.goto(site + path)
            for fold in page.locator("#acts summary").all():
                fold.click()
                wide += [f"{path} {fold.inner_text()}"] if _wider(page) else []
            wide += [path] if _wider(page) else []
    assert not wide


def _wider(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
