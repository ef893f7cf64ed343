"""Topics as people and machines meet them: the page, a topic's page, feedback, the API, the command line, rights."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from hotline import db
from hotline.__main__ import cli
from hotline.models import TopicAlert
from tests.hotline_fixtures import Web
from tests.topics.conftest import PLANT, Say, days_back, go_round, speak_of_the_plant

pytestmark = pytest.mark.parametrize("database", ["sqlite"])


@pytest.fixture
def risen(say: Say, everyday: Callable[..., None]) -> int:
    """A city in which a topic has risen; the topic's number."""
    everyday()
    speak_of_the_plant(say, 7)
    say(PLANT[7][1], title="绝不可引用的标题", confidential=True)
    go_round()
    with db.reading() as session:
        return session.scalars(select(TopicAlert.topic_id)).one()


def page(web: Web, path: str, who: str = "manager", status: int = 200) -> str:
    answer = web.client.get(path, headers=web.headers(who))
    assert answer.status_code == status, answer.text[:2000]
    return html.unescape(answer.text)


def send(web: Web, path: str, fields: dict[str, str], who: str = "manager") -> Any:
    return web.client.post(path, data=fields, headers=web.headers(who))


def test_the_page_shows_the_hottest_the_alerts_and_the_districts(web: Web, risen: int) -> None:
    text = page(web, "/managers/topics")
    for words in ("云锦台", "热度", "往常", "8 人反映", "观山湖区", "明显高于往常", "1/10,000", "每天件数"):
        assert words in text
    assert f"/managers/topics/{risen}?" in text
    assert "按周" in text
    assert page(web, "/managers/topics?by=day").count("<svg") > 10


def test_the_overview_leads_to_an_alert_in_its_own_days(web: Web, risen: int, now: datetime) -> None:
    href = rf'href="(/managers/topics/{risen}\?from=[^"]+&to={days_back(now, 0)}#alert-\d+)"'
    [found] = re.findall(href, page(web, "/managers?from=2020-01-01&to=2020-01-31"))
    assert "第 1 号预警" in page(web, found)


def test_a_topics_page_shows_how_its_heat_was_worked_out_and_quotes_nothing_confidential(web: Web, risen: int) -> None:
    text = page(web, f"/managers/topics/{risen}")
    for words in ("来件人", "8 人 × 1", "点赞", "比往常多", "持续", "预警与反馈", "每天多少件", PLANT[0][0]):
        assert words in text
    assert "绝不可引用的标题" not in text
    assert "不显示内容" in text


def test_a_period_in_which_nobody_spoke_says_so_and_a_wrong_one_is_refused(web: Web, risen: int) -> None:
    assert "这段时间没有人反映这件事" in page(web, f"/managers/topics/{risen}?from=2020-01-01&to=2020-01-31")
    assert "没有热点" in page(web, "/managers/topics?from=2020-01-01&to=2020-01-31")
    assert "请对调" in page(web, "/managers/topics?from=2020-02-01&to=2020-01-31", status=422)
    page(web, "/managers/topics/999999", status=404)


def test_a_manager_gives_feedback_on_the_page_and_sees_the_threshold_move(web: Web, risen: int) -> None:
    days = "from=2026-01-01&to=2026-01-31"
    text = page(web, f"/managers/topics/{risen}?{days}")
    action = re.findall(r'action="(/managers/topics/alerts/\d+\?[^"]*)"', text)[0]
    assert send(web, action, {"verdict": "real", "reason": " "}).status_code == 422
    answer = send(web, action, {"verdict": "not_real", "reason": "同一家公司的人"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/managers/topics/{risen}?{days}")
    assert "同一家公司的人" in page(web, f"/managers/topics/{risen}")
    text = page(web, "/managers/topics")
    assert "没有等待反馈的预警" in text
    assert "1/31,623" in text


def test_who_may_see_topics_and_who_may_judge_them(web: Web, risen: int) -> None:
    for who in ("agent", "follow_up", "wudang", "intake", "audit_admin"):
        page(web, "/managers/topics", who, status=403)
        page(web, f"/managers/topics/{risen}", who, status=403)
    text = page(web, f"/managers/topics/{risen}", "dispatcher")
    assert "提交反馈" not in text
    assert send(web, "/managers/topics/alerts/1", {"verdict": "real", "reason": "x"}, "dispatcher").status_code == 403


def test_the_api_says_what_the_page_says(web: Web, risen: int) -> None:
    [topic] = [each for each in web.get("topics", "manager").json["items"] if each["id"] == risen]
    assert (topic["count"], topic["callers"], len(topic["tickets"])) == (8, 8, 8)
    assert sum(part["points"] for part in topic["parts"]) == pytest.approx(topic["heat"])
    assert web.get(f"topics/{risen}", "manager").json["items"] == [topic]
    assert web.get("topics?limit=0", "manager").status_code == 422
    assert web.get("topics/999999", "manager").status_code == 404
    [alert] = web.get("topics/alerts?waiting=true", "manager").json["items"]
    assert (alert["topic"], alert["seen"], alert["verdict"]) == (risen, 8, None)
    path = f"topics/alerts/{alert['id']}/verdict"
    judged = web.post(path, "manager", {"verdict": "real", "reason": "现场核实"})
    assert (judged.status_code, judged.json["verdict_name"]) == (200, "属实")
    assert web.post(path, "dispatcher", {"verdict": "real", "reason": "现场核实"}).status_code == 403
    assert web.get("topics/alerts?waiting=true", "manager").json["items"] == []


def test_the_command_line_prints_the_hottest_and_makes_topics_anew(web: Web, risen: int, now: datetime) -> None:
    asked = ["--from", str(days_back(now, 6)), "--to", str(days_back(now, 0))]
    run = CliRunner().invoke(cli, ["topics", "hottest", *asked, "--json"])
    assert run.exit_code == 0, run.output
    assert json.loads(run.output)[0]["id"] == risen
    assert "来件人" in CliRunner().invoke(cli, ["topics", "hottest", *asked]).output
    assert CliRunner().invoke(cli, ["topics", "rebuild"]).output.strip() == "rebuilt"
    assert json.loads(CliRunner().invoke(cli, ["topics", "hottest", *asked, "--json"]).output)[0]["id"] == risen
    for days in (
        ["--from", "昨天"],
        ["--from", "0001-01-01", "--to", "9999-12-31"],
        ["--from", "2020-02-01", "--to", "2020-01-01"],
    ):
        wrong = CliRunner().invoke(cli, ["topics", "hottest", *days])
        assert (wrong.exit_code, type(wrong.exception)) == (1, SystemExit), (days, wrong.output)
