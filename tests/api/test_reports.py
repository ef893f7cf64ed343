"""Rates over HTTP: each number with its fraction, and behind each side as many tickets as it says."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hotline import db
from hotline.models import Event
from tests.api.test_acts import dispatched, reviewed
from tests.hotline_fixtures import Web


def days() -> str:
    """A period that holds now, whatever the zone."""
    now = datetime.now(UTC)
    return f"from={now - timedelta(days=2):%Y-%m-%d}&to={now + timedelta(hours=8):%Y-%m-%d}"


def figures(web: Web, query: str = "") -> dict[str, dict[str, Any]]:
    answer = web.get(f"reports/rates?{days()}{query}", "manager")
    assert answer.status_code == 200, answer.text
    assert answer.json["cut_off"]
    return {each["metric"]: each for each in answer.json["metrics"]}


def test_a_satisfied_citizen_moves_the_rates_by_one(web: Web) -> None:
    number = reviewed(web)
    dispatched(web)
    before = figures(web)["closure_share"]
    assert (before["numerator"], before["denominator"], before["value"]) == (0, 2, 0.0)
    assert figures(web)["solved_rate"]["value"] is None, "an empty denominator gives an empty cell"
    web.act(number, "follow_up", "follow_up", answered=True, solved=True, level=5)
    found = figures(web)
    after = found["closure_share"]
    assert (after["numerator"], after["denominator"], after["value"]) == (1, 2, 50.0)
    assert found["satisfied_of_evaluated"]["value"] == 100.0
    assert figures(web, "&unit=district-gaoxin")["closure_share"]["denominator"] == 0


def test_behind_each_number_stand_as_many_tickets_as_it_says(web: Web) -> None:
    numbers = {reviewed(web), dispatched(web), dispatched(web)}
    for metric, figure in figures(web).items():
        if figure["denominator"] is None:
            continue
        for part in ("numerator", "denominator"):
            path, found = f"reports/rates/{metric}/tickets?{days()}&part={part}&size=2", []
            answer = web.get(path, "manager")
            assert answer.status_code == 200, (metric, answer.text)
            found += answer.json["items"]
            while answer.json["next"]:
                answer = web.get(f"{path}&after={answer.json['next']}", "manager")
                found += answer.json["items"]
            if figure[part] is not None:
                assert len(found) == figure[part], (metric, part)
            assert {each["number"] for each in found} <= numbers


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_wrong_question_is_named_and_units_ask_none(web: Web) -> None:
    wrong = {
        "rates": "from",
        "rates?from=2026-02-01&to=2026-01-01": "to",
        "rates?from=2015-01-01&to=2026-01-01": "to",
        "rates?from=0001-01-01&to=0001-01-02": "from",
        f"rates?{days()}&unit=nowhere": "unit",
        f"rates?{days()}&kind=x": "kind",
        f"rates/nothing/tickets?{days()}&part=numerator": "metric",
        f"rates/closure_share/tickets?{days()}&part=both": "part",
        f"rates/closure_share/tickets?{days()}&part=numerator&after=x": "after",
        f"rates/closure_share/tickets?{days()}&part=numerator&after=LTE=": "after",
    }
    for path, field in wrong.items():
        answer = web.get(f"reports/{path}", "manager")
        assert answer.status_code == 422, (path, answer.text)
        assert field in [error["field"] for error in answer.json["errors"]], path
    assert web.get(f"reports/rates?{days()}", "wudang").status_code == 403


def test_groups_are_the_rates_row_by_row_and_each_row_opens_to_its_tickets(web: Web) -> None:
    numbers = {reviewed(web), dispatched(web)}
    for by in ("unit", "peer_group", "kind", "source", "matter", "place", "agent", "day", "week", "month", "year"):
        answer = web.get(f"reports/groups?{days()}&by={by}&hours=true", "manager")
        assert answer.status_code == 200, answer.text
        found = answer.json
        assert found["total"]["counts"]["dispatched"] == 2
        assert sum(row["counts"]["dispatched"] for row in found["rows"]) == 2
        assert {each["key"] for each in found["metrics"]} == found["total"]["figures"].keys()
        row = next(each for each in found["rows"] if each["counts"]["dispatched"])
        share = row["figures"]["closure_share"]
        path = f"reports/rates/closure_share/tickets?{days()}&part=denominator&by={by}&row={row['code']}"
        behind = web.get(path, "manager").json["items"]
        assert len(behind) == share["denominator"]
        assert {each["number"] for each in behind} <= numbers
        counted = web.get(f"reports/counts/dispatched/tickets?{days()}&by={by}&row={row['code']}", "manager").json
        assert len(counted["items"]) == row["counts"]["dispatched"]


def test_a_comparison_has_three_sides_each_with_its_numbers(web: Web) -> None:
    dispatched(web)
    found = web.get(f"reports/compare?{days()}&by=kind", "manager").json
    assert found["before"]["to"] < found["period"]["from"]
    assert found["year_before"]["from"] < found["before"]["from"]
    count = found["total"]["counts"]["dispatched"]
    assert (count["now"], count["before"], count["on_before"]) == (1, 0, None)
    share = found["total"]["figures"]["closure_share"]
    assert (share["now"]["denominator"], share["before"]["denominator"], share["on_before"]) == (1, 0, None)
    assert found["rows"]


def test_stages_are_told_with_how_many_were_due(web: Web) -> None:
    reviewed(web)
    found = web.get(f"reports/stages?{days()}", "manager")
    assert found.status_code == 200, found.text
    assert all(each["count"] <= each["due"] for each in found.json["stages"])


@pytest.mark.parametrize("database", ["sqlite"])
def test_filters_that_there_are_not_are_named_in_both_languages(web: Web) -> None:
    wrong = {
        "rates?{}&group=星球": "group",
        "rates?{}&matter=nothing": "matter",
        "rates?{}&place=nowhere": "place",
        "rates?{}&agent=nobody": "agent",
        "rates?{}&unit=dept-transport&group=区县": "group",
        "groups?{}": "by",
        "groups?{}&by=colour": "by",
        "compare?{}&by=colour": "by",
        "rates/closure_share/tickets?{}&part=numerator&by=kind": "row",
        "rates/closure_share/tickets?{}&part=numerator&row=help": "by",
        "rates/closure_share/tickets?{}&part=numerator&by=kind&row=nothing": "row",
        "counts/nothing/tickets?{}": "metric",
        "counts/dispatched/tickets?{}&after=x": "after",
    }
    for path, field in wrong.items():
        for language in ("zh", "en"):
            answer = web.get(f"reports/{path.format(days())}", "manager", **{"Accept-Language": language})
            assert answer.status_code == 422, (path, answer.text)
            assert field in [error["field"] for error in answer.json["errors"]], path


def exported(web: Web, who: str = "manager", **body: Any) -> Any:
    first, last = (part.partition("=")[2] for part in days().split("&"))
    asked = {"from": first, "to": last, "what": "tickets", "format": "csv", "reason": "月度通报附件", **body}
    return web.post("reports/exports", who, asked)


def events_of(action: str) -> list[Event]:
    with db.reading() as session:
        return list(session.scalars(select(Event).where(Event.action == action).order_by(Event.id)))


def test_an_export_needs_a_reason_and_its_event_names_who_why_what_how_many_and_the_very_bytes(web: Web) -> None:
    number = dispatched(web)
    answer = exported(web, metric="dispatched")
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(number)
    [event] = events_of("export")
    assert event.data["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert (event.data["reason"], event.data["count"], event.data["metric"]) == ("月度通报附件", 1, "dispatched")
    assert event.actor.partition(":")[0] in ("staff", "machine")
    assert event.subject == f"export:{event.actor}"
    assert exported(web, metric="closure_rate", part="denominator", format="xlsx").data.startswith(b"PK")
    assert exported(web, what="groups", by="unit", format="xlsx").status_code == 200
    assert [each.seq for each in events_of("export")] == [1, 2, 3]


def test_nothing_of_the_citizen_is_in_an_export(web: Web) -> None:
    web.open(
        "乌当区新场镇的路坏了，我叫田某某，电话13912345678", name="田某某", phone="13912345678", place="新场镇 88 号"
    )
    for body in ({"metric": "waiting"}, {"metric": "dispatched"}, {"metric": "all"}, {"what": "groups", "by": "agent"}):
        answer = exported(web, **body)
        assert answer.status_code == 200, answer.text
        text = answer.data.decode("utf-8-sig")
        assert not [secret for secret in ("田某某", "13912345678", "88 号", "路坏了") if secret in text]


@pytest.mark.parametrize("database", ["sqlite"])
def test_an_export_without_its_reason_or_right_leaves_no_file_and_no_event(web: Web) -> None:
    for body, field in (
        ({"metric": "dispatched", "reason": ""}, "reason"),
        ({"metric": "dispatched", "reason": "字" * 201}, "reason"),
        ({"metric": "dispatched", "format": "pdf"}, "format"),
        ({}, "metric"),
        ({"metric": "nothing"}, "metric"),
        ({"what": "groups"}, "by"),
    ):
        answer = exported(web, **body)
        assert answer.status_code == 422, (body, answer.text)
        assert field in [error["field"] for error in answer.json["errors"]], body
    for who in ("dispatcher", "wudang", "agent"):
        assert exported(web, who, metric="dispatched").status_code == 403
    assert events_of("export") == []


def target(web: Web, who: str = "system_admin", **body: Any) -> Any:
    day = f"{datetime.now(UTC) + timedelta(hours=8):%Y-%m-%d}"
    return web.post("reports/targets", who, {"metric": "closure_rate", "from": day, "source": "市政府令", **body})


def test_a_target_stands_beside_its_figure_from_its_day_on_for_its_unit_group_or_all(web: Web) -> None:
    assert figures(web)["closure_rate"]["target"] is None
    assert target(web, value=95).status_code == 200
    assert target(web, value=90.5, group="区县").status_code == 200
    assert target(web, value=80, unit="district-gaoxin").status_code == 200
    assert figures(web)["closure_rate"]["target"] == 95
    assert figures(web, "&group=区县")["closure_rate"]["target"] == 90.5
    assert figures(web, "&unit=district-wudang")["closure_rate"]["target"] == 90.5
    assert figures(web, "&unit=district-gaoxin")["closure_rate"]["target"] == 80
    found = web.get(f"reports/groups?{days()}&by=unit", "manager").json
    rows = {row["code"]: row["figures"]["closure_rate"]["target"] for row in found["rows"]}
    assert (rows["district-wudang"], rows["district-gaoxin"], rows["dept-transport"]) == (90.5, 80, 95)
    listed = web.get("reports/targets", "manager").json["items"]
    assert ("closure_rate", 80.0) in [(each["metric"], each["value"]) for each in listed]
    assert [each.data["hundredths"] for each in events_of("edit_targets")] == [9500, 9050, 8000]


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_wrong_target_is_named_and_managers_set_none(web: Web) -> None:
    for body, field in (
        ({"value": 101}, "value"),
        ({"value": -1}, "value"),
        ({"value": 90.123}, "value"),
        ({"value": "many"}, "value"),
        ({"value": 90, "metric": "nothing"}, "metric"),
        ({"value": 90, "from": "2020-01-01"}, "from"),
        ({"value": 90, "unit": "nowhere"}, "unit"),
        ({"value": 90, "group": "星球"}, "group"),
        ({"value": 90, "unit": "dept-transport", "group": "区县"}, "group"),
        ({"value": 90, "source": " "}, "source"),
    ):
        answer = target(web, **body)
        assert answer.status_code == 422, (body, answer.text)
        assert field in [error["field"] for error in answer.json["errors"]], (body, answer.text)
    assert target(web, "manager", value=90).status_code == 403
    assert events_of("edit_targets") == []
