"""Schemes are drafted, checked, tried and put in force; what is published stays, and every step is an event."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from hotline import db
from hotline.__main__ import cli
from hotline.assessment import drafts, trying, words
from hotline.assessment.documents import read
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models import Event
from hotline.models.assessment import SchemeVersion
from hotline.rulemaking.rights import digest
from hotline.seeds import seed_rules
from tests.assessment.conftest import ADMINISTRATOR, HUAXI, MANAGER, NANMING, WUDANG, Month
from tests.assessment.test_points import LIANYUNGANG
from tests.hotline_fixtures import Web

NOW = today(datetime.now(UTC))


def changed(change: Callable[[dict[str, Any]], Any], document: dict[str, Any] = LIANYUNGANG) -> dict[str, Any]:
    made = deepcopy(document)
    change(made)
    return made


def milder(document: dict[str, Any]) -> None:
    """Half a point for each point of per cent that closing in time falls short."""
    document["metrics"][0]["deduct"] = 0.5


def save(document: dict[str, Any], code: str = "lianyungang") -> int:
    with db.transaction() as session:
        return drafts.save_draft(session, ADMINISTRATOR, code, document).version


def publish(day: date, code: str = "lianyungang") -> str:
    with db.transaction() as session:
        return drafts.publish(session, ADMINISTRATOR, code, day).stamp


def test_a_house_begins_with_the_shipped_schemes_and_gets_them_once(web: Web) -> None:
    with db.transaction() as session:
        seed_rules(session)
        rows = drafts.versions(session)
        assert [(row.code, row.version, row.published_at is None) for row in rows] == [
            ("default", 1, False),
            ("lianyungang", 1, False),
        ]
        events = session.scalars(select(Event).where(Event.action == "publish_scheme")).all()
    assert {event.subject: event.data["sha256"] for event in events} == {
        f"scheme:{r.code}": digest(r.data) for r in rows
    }


def test_a_draft_is_kept_replaced_published_and_then_never_touched_again(web: Web) -> None:
    assert save(changed(milder)) == 2
    assert save(changed(milder) | {"name": "试行"}) == 2, "one draft of each scheme"
    assert publish(NOW) == "lianyungang@2"
    assert save(changed(milder)) == 3
    with db.reading() as session:
        two = drafts.find_version(session, "lianyungang", 2)
        assert (two.data["name"], two.data["metrics"][0]["deduct"], two.effective_from) == ("试行", "0.5", NOW)
        assert drafts.find_version(session, "lianyungang").version == 2, "a draft is not in force"
    for statement in (
        update(SchemeVersion).where(SchemeVersion.version == 1).values(effective_from=NOW),
        delete(SchemeVersion).where(SchemeVersion.version == 2),
    ):
        with pytest.raises(DatabaseError, match="published schemes stay"), db.transaction() as session:
            session.execute(statement)
    with db.transaction() as session:
        drafts.discard(session, ADMINISTRATOR, "lianyungang")
        said = select(Event.action, Event.actor).where(Event.subject == "scheme:lianyungang").order_by(Event.seq)
        assert [tuple(row) for row in session.execute(said)] == [
            ("publish_scheme", "system"),
            *[("draft_scheme", ADMINISTRATOR.id)] * 2,
            ("publish_scheme", ADMINISTRATOR.id),
            ("draft_scheme", ADMINISTRATOR.id),
            ("discard_scheme", ADMINISTRATOR.id),
        ]


def test_a_period_keeps_the_version_that_was_in_force_on_its_first_day(web: Web) -> None:
    save(changed(milder))
    publish(NOW + timedelta(days=3))

    def version(first: date, code: str = "lianyungang") -> int:
        with db.reading() as session:
            return drafts.for_period(session, code, first).version

    assert [version(NOW + timedelta(days=n)) for n in (-400, 2, 3, 40)] == [1, 1, 2, 2]
    assert version(date(2010, 1, 1)) == 1, "before the scheme, its first version"
    assert version(NOW, "lianyungang@2") == 2
    save(changed(milder))
    with pytest.raises(OutOfOrder):
        publish(NOW), "it would hide the one that begins later"


def test_only_a_system_administrator_makes_schemes(web: Web) -> None:
    with db.transaction() as session:
        for act in (
            lambda: drafts.save_draft(session, MANAGER, "lianyungang", LIANYUNGANG),
            lambda: drafts.draft_like(session, MANAGER, "another", "另一个", "default@1"),
            lambda: drafts.publish(session, MANAGER, "lianyungang", NOW),
            lambda: drafts.discard(session, MANAGER, "lianyungang"),
        ):
            with pytest.raises(Forbidden):
                act()


def test_a_new_scheme_begins_as_another_one(web: Web) -> None:
    with db.transaction() as session:
        row = drafts.draft_like(session, ADMINISTRATOR, "guiyang-2027", "贵阳考核", "default@1")
        assert (row.version, row.data["name"], row.published_at) == (1, "贵阳考核", None)
        for code, like, field in (("default", "default@1", "code"), ("other", "nothing@1", "like")):
            with pytest.raises(InvalidInput) as wrong:
                drafts.draft_like(session, ADMINISTRATOR, code, "另一个", like)
            assert wrong.value.field == field
        with pytest.raises(NotFound):
            drafts.for_period(session, "guiyang-2027", NOW)


def test_what_cannot_be_in_force_is_refused(web: Web) -> None:
    with pytest.raises(NotFound):
        publish(NOW)
    save(changed(milder))
    with pytest.raises(InvalidInput, match="最早是今天"):
        publish(NOW - timedelta(days=1))
    with pytest.raises(InvalidInput, match="没有“街道”这一类单位，现有"):
        save(LIANYUNGANG | {"groups": ["区县", "街道"]})
    with pytest.raises(InvalidInput, match="只用小写字母"):
        save(LIANYUNGANG | {"code": "大写"}, "大写")


def row(**changes: Any) -> dict[str, Any]:
    """The scheme with its first metric changed."""
    return changed(lambda document: document["metrics"][0].update(changes))


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "metrics"),
        (LIANYUNGANG | {"metrics": []}, "metrics"),
        (LIANYUNGANG | {"metrics": ["closed_on_time"]}, "metrics[0]"),
        (LIANYUNGANG | {"surprise": 1}, "surprise"),
        (LIANYUNGANG | {"empty": "zero"}, "empty"),
        (LIANYUNGANG | {"groups": ["区县", "区县"]}, "groups"),
        (LIANYUNGANG | {"name": " "}, "name"),
        (LIANYUNGANG | {"rates": {"places": 9}}, "rates.places"),
        (LIANYUNGANG | {"rates": 2}, "rates"),
        (LIANYUNGANG | {"points": {"rounding": "up"}}, "points.rounding"),
        (LIANYUNGANG | {"points": {"places": 0}}, "metrics[1].weight"),
        (LIANYUNGANG | {"effective_from": "soon"}, "effective_from"),
        (row(metric="dispatch_on_time"), "metrics[0].metric"),
        (row(metric="satisfied_of_evaluated"), "metrics"),
        (row(weight="many"), "metrics[0].weight"),
        (row(weight=True), "metrics[0].weight"),
        (row(weight="NaN"), "metrics[0].weight"),
        (row(weight="1e400"), "metrics[0].weight"),
        (row(weight="25.001"), "metrics[0].weight"),
        (row(deduct=-1), "metrics[0].deduct"),
        (row(target=101), "metrics[0].target"),
        (row(floor=26), "metrics[0].floor"),
        (row(targets=[{"target": 90}]), "metrics[0].targets[0]"),
        (row(targets=[{"target": 90, "sources": ["tv"]}]), "metrics[0].targets[0].sources"),
        (LIANYUNGANG | {"\ud800": 1}, "document"),
        (LIANYUNGANG | {"empty": "\0"}, "document"),
        (LIANYUNGANG | {"red": [{}]}, "red[0]"),
        (LIANYUNGANG | {"red": [{"bottom": 3}]}, "red[0].bottom"),
        (LIANYUNGANG | {"red": [{"top": 1.5}]}, "red[0].top"),
        (LIANYUNGANG | {"black": [{"floor": "return_rate"}]}, "black[0].floor"),
    ],
)
def test_each_mistake_of_a_document_is_named_by_its_path(document: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        read(document)
    assert field in [each.field for each in wrong.value.problems]
    for each in wrong.value.problems:
        assert each.message["zh"].startswith(f"{each.field}：")


def test_all_mistakes_are_told_at_once(web: Web) -> None:
    document = row(weight="x", target=200) | {"empty": "none"}
    with pytest.raises(InvalidInput) as wrong:
        save(document)
    assert [each.field for each in wrong.value.problems] == ["metrics[0].weight", "metrics[0].target", "empty"]


def test_a_number_typed_as_one_is_kept_as_it_was_typed(web: Web) -> None:
    save(row(deduct=0.1, weight=25))
    with db.reading() as session:
        kept = drafts.the_draft(session, "lianyungang").data["metrics"][0]
    assert (kept["deduct"], kept["weight"]) == ("0.1", "25")
    assert read(row(deduct=0.1)).measures[0].deduct == Decimal("0.1")


# The trial


def test_a_trial_puts_the_draft_beside_what_judged_each_month(month: Month) -> None:
    save(changed(milder))
    with db.reading() as session:
        draft = read(drafts.the_draft(session, "lianyungang").data)
        found = trying.try_draft(session, draft)
    assert found[0].last == month.last
    assert [len(each.changes) for each in found] == [2, 0, 0]
    assert [(c.unit, c.points, c.places) for c in found[0].changes] == [
        (HUAXI, Decimal("0.00"), 0),
        (WUDANG, Decimal("10.00"), 0),
    ]
    assert words.change_words(found[0].changes[1]) == "第 2 名 30.00 分 → 第 2 名 40.00 分"
    said = words.trial_json(draft, found)["months"][0]
    assert (said["in_force"], said["units"][1]["points"]) == ("lianyungang@1", "10.00")


def test_a_trial_of_a_new_scheme_has_nothing_beside_it(month: Month) -> None:
    with db.transaction() as session:
        row = drafts.draft_like(session, ADMINISTRATOR, "fresh", "新的", "lianyungang@1")
        (found,) = trying.try_draft(session, read(row.data), 1)
    assert (found.was, [change.was for change in found.changes]) == (None, [None, None])
    assert found.changes[0].points is None


def test_a_unit_that_loses_its_place_is_named_too(month: Month) -> None:
    save(LIANYUNGANG | {"groups": ["部门"]})
    with db.reading() as session:
        (found,) = trying.try_draft(session, read(drafts.the_draft(session, "lianyungang").data), 1)
    assert [(change.unit, change.now) for change in found.changes] == [(HUAXI, None), (WUDANG, None)]
    assert [unit.unit for unit in found.now.outside] == [HUAXI, WUDANG, NANMING]


# The command line


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["assessment", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_line_goes_from_a_file_to_a_version_in_force(month: Month, tmp_path: Path) -> None:
    file = tmp_path / "scheme.json"
    file.write_text(run("export", "lianyungang"))
    document = changed(milder, json.loads(file.read_text()))
    file.write_text(json.dumps(document, ensure_ascii=False))
    assert "已存为草稿 lianyungang@2" in run("import", str(file))
    assert "已存为草稿 guiyang@1" in run("import", str(file), "--code", "guiyang")
    tried = run("try", "lianyungang", "--months", "1")
    assert "2 个单位，有变化的 1 个" in tried
    assert "区县\t乌当区人民政府\t第 2 名 30.00 分 → 第 2 名 40.00 分" in tried
    assert json.loads(run("try", "lianyungang", "--json"))["draft"]["version"] == "2"
    assert f"已发布：lianyungang@2，{NOW} 起开始的考核期适用" in run("publish", "lianyungang", "--from", str(NOW))
    assert run("list").splitlines()[-2].startswith(f"lianyungang@2\t{NOW} 起施行\t")
    assert json.loads(run("export", "lianyungang@2"))["metrics"][0]["deduct"] == "0.5"


def test_the_command_line_says_plainly_what_is_wrong(web: Web, tmp_path: Path) -> None:
    file = tmp_path / "scheme.json"
    file.write_text(json.dumps(row(weight="x")))
    for arguments, words_ in (
        (("import", str(file)), "metrics[0].weight：应为数字"),
        (("export", "lianyungang@x"), "不是版本号"),
        (("export", "nobody"), "没有考核方案“nobody”"),
        (("try", "lianyungang"), "没有草稿"),
        (("publish", "lianyungang", "--from", "2020-01-01"), "最早是今天"),
    ):
        result = CliRunner().invoke(cli, ["assessment", *arguments])
        assert (result.exit_code, words_ in result.output) == (1, True), result.output
