"""The pages: a ranking whose every number opens to its tickets; schemes read by many and made by one."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline import db
from hotline.assessment import drafts
from hotline.knowledge import today
from hotline.rights import SYSTEM
from tests.assessment.conftest import NANMING, WUDANG, Month
from tests.assessment.test_drafts import changed, milder, save
from tests.assessment.test_points import LIANYUNGANG
from tests.hotline_fixtures import Web

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

RANKING, SCHEMES = "/managers/assessment", "/rules/schemes"
ADMINISTRATOR = "system_admin"
HOSTILE = "<script>alert(1)</script>"


def page(web: Web, path: str, who: str, status: int = 200) -> str:
    answer = web.client.get(path, headers=web.headers(who))
    assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
    return html.unescape(answer.text)


def send(web: Web, path: str, status: int = 303, who: str = ADMINISTRATOR, **form: Any) -> str:
    fields = {name.replace("__", "."): value for name, value in form.items()}
    answer = web.client.post(path, data=fields, headers=web.headers(who))
    assert answer.status_code == status, (path, answer.status_code, answer.text[:3000])
    return html.unescape(answer.text)


def words(text: str) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_a_month_is_ranked_with_the_metric_that_cost_most_named(month: Month) -> None:
    said = words(page(month.web, f"{RANKING}?{month.asked}&scheme=lianyungang", "manager"))
    assert "1 花溪区人民政府 没有失分 50.00" in said
    assert "2 乌当区人民政府 失分最多：按时办结率 80 %（-20 分） 30.00" in said
    assert "有转办、还没有应结工单 （1 家）：南明区人民政府" in said
    assert "不计入考核的工单 1 件，没有算在内" in said
    assert "省派工单 100.00 % 2 / 2" in said
    assert "其余 100.00 % 3 / 3" in said


def test_every_number_of_the_page_opens_to_as_many_tickets(month: Month) -> None:
    shown = page(month.web, f"{RANKING}?{month.asked}&scheme=lianyungang", "manager")
    links = re.findall(rf'href="({RANKING}/tickets\?[^"]+)">([\d,]+)<', shown)
    assert len(links) == 11, "two pairs of 花溪, three of 乌当, whose second metric has two parts, and the excluded"
    for href, count in links:
        listed = set(re.findall(r"/tickets/(\d{14})", page(month.web, href, "manager")))
        assert len(listed) == int(count), href
        if "list=excluded" in href:
            assert listed == set(month.excluded)
        else:
            assert not listed & set(month.excluded)


def test_one_group_is_shown_where_it_is_asked_for_and_the_choice_goes_along(month: Month) -> None:
    shown = page(month.web, f"{RANKING}?{month.asked}&scheme=lianyungang&group=部门", "dispatcher")
    assert "乌当区" not in shown
    assert "没有转办工单" in words(shown)
    [last_month] = re.findall(r'href="/managers/assessment\?([^"]*)"[^>]*>上月', shown)
    assert {"scheme=lianyungang", "group=%E9%83%A8%E9%97%A8"} <= set(last_month.split("&"))
    assert 'aria-current="page">考核' in shown


def test_the_lists_say_by_which_rule(month: Month) -> None:
    said = words(page(month.web, f"{RANKING}?{month.asked}", "manager"))
    assert "红榜 前 3 名，且不少于 90 分 区县 ： 花溪区人民政府 100.00 分" in said
    assert "黑榜 后 3 名，且不足 60 分；或 按时办结率扣到最低分 没有。" in said


def test_a_house_without_schemes_or_tickets_says_so(web: Web) -> None:
    assert "没有转办工单" in words(page(web, RANKING, "manager"))
    wrong = page(web, f"{RANKING}?scheme=nobody", "manager", 422)
    assert "没有已发布的考核方案“nobody”" in wrong
    assert "起始日期" in page(web, f"{RANKING}?from=x", "manager", 422)
    assert "不起作用" in page(web, f"{RANKING}?unit={WUDANG}", "manager")


@pytest.mark.parametrize("asked", ["metric=nothing", "metric=closed_on_time&part=x", "metric=return_rate&sources=tv"])
def test_a_list_that_there_is_not_is_refused(web: Web, asked: str) -> None:
    page(web, f"{RANKING}/tickets?{asked}", "manager", 422)


def test_schemes_are_read_by_many_and_edited_by_one(web: Web) -> None:
    save(LIANYUNGANG)
    for who in ("manager", "dispatcher", ADMINISTRATOR):
        for path in (SCHEMES, f"{SCHEMES}/lianyungang", f"{SCHEMES}/lianyungang/trial"):
            assert ("存为草稿" in page(web, path, who)) == (who == ADMINISTRATOR and not path.endswith("trial"))
    for who in ("manager", "dispatcher"):
        for act in ("", "/default/save", "/default/publish", "/default/discard"):
            send(web, f"{SCHEMES}{act}", 403, who)
    for who in ("agent", "follow_up", "wudang", "audit_admin", "security_admin"):
        for path in (RANKING, f"{RANKING}/tickets", SCHEMES, f"{SCHEMES}/default", f"{SCHEMES}/default/trial"):
            page(web, path, who, 403)
    assert SCHEMES in page(web, "/rules", "manager")
    page(web, RANKING, ADMINISTRATOR, 403)
    page(web, f"{SCHEMES}/nobody", "manager", 404)
    page(web, f"{SCHEMES}/default/trial", "manager", 404)


def test_a_scheme_is_changed_in_its_form_tried_and_published(month: Month) -> None:
    web, path, day = month.web, f"{SCHEMES}/lianyungang", today(datetime.now(UTC))
    send(web, f"{path}/save", **{"metrics[0]__deduct": "０.5", "metrics[1].targets[0].target": "97", "empty": "full"})
    with db.reading() as session:
        draft = drafts.the_draft(session, "lianyungang").data
    assert (draft["metrics"][0]["deduct"], draft["metrics"][1]["targets"][0]["target"]) == ("0.5", "97")
    assert (draft["empty"], draft["metrics"][0]["weight"]) == ("full", "25")
    said = words(page(web, f"{path}/trial", ADMINISTRATOR))
    assert "区县 乌当区人民政府 2 30.00 2 40.00 +10.00 不变" in said
    assert "2 个有名次的单位里，1 个有变化" in said
    assert "最早是今天" in send(web, f"{path}/publish", 422, **{"from": "2020-01-01"})
    send(web, f"{path}/publish", **{"from": str(day)})
    assert f"第 2 版 {day.year}年{day.month}月{day.day}日 起" in words(page(web, SCHEMES, "manager"))
    assert "第 1 版" in words(page(web, f"{RANKING}?{month.asked}&scheme=lianyungang", "manager"))
    send(web, f"{path}/discard", 404)


def test_a_metric_is_added_and_taken_away_in_the_form(web: Web) -> None:
    row = {"metric": "return_rate", "weight": "10", "deduct": "2", "target": "3"}
    added = {f"metrics[2].{name}": value for name, value in row.items()}
    send(web, f"{SCHEMES}/lianyungang/save", **{"metrics[0].metric": "", **added})
    with db.reading() as session:
        metrics = drafts.the_draft(session, "lianyungang").data["metrics"]
    assert [(each["metric"], each["floor"]) for each in metrics] == [
        ("satisfied_of_evaluated", "12.5"),
        ("return_rate", "0"),
    ]


def test_what_is_wrong_stands_at_its_cell(web: Web) -> None:
    path = f"{SCHEMES}/lianyungang/save"
    wrong = send(web, path, 422, **{"metrics[0].metric": "", "metrics[1].weight": "很多", "metrics[1].floor": "1"})
    assert '<a href="#metrics[1].weight">满分：应为数字，如 25 或 0.5</a>' in wrong
    assert 'value="很多"' in wrong
    assert "不是有效的 JSON" in send(web, path, 422, document="{")
    told = send(web, path, 422, document='{"metrics": []}')
    assert '<a href="#document">metrics：应为 1 到 20 项的列表</a>' in told
    assert "不能保存的字符" in send(web, path, 422, document='{"\\ud800": 1}')


def test_a_new_scheme_is_begun_from_another_and_its_name_is_text(web: Web) -> None:
    send(web, SCHEMES, code="guiyang", name=HOSTILE, like="default@1")
    shown = web.client.get(f"{SCHEMES}/guiyang", headers=web.headers("manager")).text
    assert html.escape(HOSTILE) in shown
    assert HOSTILE not in shown
    assert "已有编码为“guiyang”的方案" in send(web, SCHEMES, 422, code="guiyang", name="再来", like="default@1")
    assert "请选择从哪一版开始改" in send(web, SCHEMES, 422, code="other", name="再来", like="x")
    page(web, f"{RANKING}?scheme=guiyang", "manager", 422)


# The same over HTTP


def test_the_ranking_is_had_as_json_with_decimals_as_text(month: Month) -> None:
    found = month.web.get(f"assessment/ranking?{month.asked}&scheme=lianyungang", "dispatcher").json
    (districts,) = [group for group in found["groups"] if group["name"] == "区县"]
    first, second = districts["ranked"]
    assert (second["unit"], second["points"], second["place"]) == (WUDANG, "30.00", 2)
    assert second["worst"] == "按时办结率 80 %（-20 分）"
    assert second["metrics"][0] | {"parts": []} == {
        "metric": "closed_on_time",
        "name": "按时办结率",
        "value": "80.00",
        "target": "100",
        "points": "5.00",
        "lost": "20.00",
        "weight": "25",
        "numerator": 4,
        "denominator": 5,
        "at_floor": False,
        "parts": [],
    }
    assert [unit["unit"] for unit in districts["none_due"]] == [NANMING]
    assert (found["full"], found["excluded"], first["worst"]) == ("50", 1, None)
    assert month.web.get(f"assessment/ranking?{month.asked}&scheme=x", "manager").status_code == 404
    assert month.web.get("assessment/ranking?from=2026-01-01", "manager").status_code == 422


def test_schemes_are_drafted_tried_and_published_over_http(month: Month) -> None:
    web, day = month.web, str(today(datetime.now(UTC)))
    drafted = web.post("assessment/schemes/lianyungang/drafts", ADMINISTRATOR, {"document": changed(milder)})
    assert (drafted.status_code, drafted.json["version"], drafted.json["published_at"]) == (200, 2, None)
    tried = web.post("assessment/schemes/lianyungang/try", ADMINISTRATOR, {"months": 1}).json["months"]
    assert [(unit["unit"], unit["points"]) for unit in tried[0]["units"]][1] == (WUDANG, "10.00")
    published = web.post("assessment/schemes/lianyungang/publish", ADMINISTRATOR, {"from": day})
    assert published.json == {"published": "lianyungang@2"}
    listed = web.get("assessment/schemes", "manager").json["items"]
    assert [(each["code"], each["version"]) for each in listed] == [
        ("default", 1),
        ("lianyungang", 2),
        ("lianyungang", 1),
    ]
    kept = web.get("assessment/schemes/lianyungang?version=1", "manager").json
    assert kept["document"]["metrics"][0]["deduct"] == "1"
    bad = web.post("assessment/schemes/lianyungang/drafts", ADMINISTRATOR, {"document": {**LIANYUNGANG, "empty": "x"}})
    assert (bad.status_code, [error["field"] for error in bad.json["errors"]]) == (422, ["empty"])
    assert web.post("assessment/schemes/nobody/publish", ADMINISTRATOR, {"from": day}).status_code == 404
    assert web.post("assessment/schemes/default/drafts", "manager", {"document": {}}).status_code == 403


def test_the_system_itself_may_make_schemes(web: Web) -> None:
    with db.transaction() as session:
        assert drafts.save_draft(session, SYSTEM, "lianyungang", LIANYUNGANG).version == 2
