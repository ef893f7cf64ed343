"""What is published stays as it was: in the table, in the hash, in the audit chain; a correction stands beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from hotline import db
from hotline.bulletins import freezing
from hotline.bulletins.differences import differences
from hotline.bulletins.dresses import dressed
from hotline.errors import Forbidden, NotFound, OutOfOrder, Stale
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import midnight
from hotline.models import Bulletin, Event
from tests.assessment.conftest import HUAXI, MANAGER, Month
from tests.bulletins.conftest import corrected, drafted, published, section
from tests.hotline.city import DISPATCHER

on_sqlite = pytest.mark.parametrize("database", ["sqlite"])
"""For what the other database can do nothing about."""


def kept(month: Month, version: int) -> Bulletin:
    with db.reading() as session:
        return freezing.find(session, "monthly", month.first, version)


def arrives_late(month: Month) -> None:
    """A ticket of the month that was entered only after the bulletin."""
    month.closed(HUAXI)


def test_a_publication_is_an_event_that_names_the_hash(month: Month) -> None:
    document = drafted(month)
    with db.transaction() as session:
        row = freezing.publish(session, MANAGER, document)
    with db.reading() as session:
        event = session.scalars(select(Event).where(Event.action == "publish_bulletin")).one()
        assert freezing.faults(session) == []
    assert (event.subject, event.actor) == (f"bulletin:monthly:{month.first}", MANAGER.id)
    assert event.data["sha256"] == row.sha256 == freezing.digest(kept(month, 1).content)
    assert month.house.faults() == []


def test_what_is_published_stays_whatever_is_done_afterwards(month: Month) -> None:
    row = published(month, remark="请各单位对照清单核销")
    arrives_late(month)
    again = kept(month, 1)
    assert (again.content, again.sha256) == (row.content, row.sha256)
    assert freezing.digest(drafted(month)) != freezing.digest(row.content)


def test_no_one_changes_or_deletes_a_published_row(month: Month) -> None:
    published(month)
    for statement in (
        "UPDATE bulletins SET sha256 = ''",
        "UPDATE bulletins SET content = '{}'",
        "DELETE FROM bulletins",
    ):
        with pytest.raises(DBAPIError, match="frozen"), db.transaction() as session:
            session.execute(text(statement))


def test_a_content_changed_behind_the_triggers_back_is_found(month: Month, database: str) -> None:
    published(month)
    with db.transaction() as session:
        table = " ON bulletins" if database == "postgres" else ""
        session.execute(text(f"DROP TRIGGER bulletins_no_edit{table}"))
        row = session.scalars(select(Bulletin)).one()
        row.content = row.content | {"title": "另一个标题"}
    with db.reading() as session:
        assert freezing.faults(session) == [
            f"bulletin:monthly:{month.first} version 1: the content does not give its hash"
        ]
        found = freezing.find(session, "monthly", month.first)
    with pytest.raises(OutOfOrder, match="被人动过"):
        dressed(found.content, found.sha256, "html")


@on_sqlite
def test_a_period_is_published_once_and_only_when_it_is_over(month: Month) -> None:
    document = drafted(month)
    published(month)
    with pytest.raises(OutOfOrder, match="已经发布"), db.transaction() as session:
        freezing.publish(session, MANAGER, document)
    with db.reading() as session:
        running = freezing.draft(session, "monthly", month.last + timedelta(days=1))
    with pytest.raises(OutOfOrder, match="还没有结束"), db.transaction() as session:
        freezing.publish(session, MANAGER, running)


@on_sqlite
def test_only_a_manager_publishes(month: Month) -> None:
    document = drafted(month)
    with pytest.raises(Forbidden), db.transaction() as session:
        freezing.publish(session, DISPATCHER, document)


def test_a_correction_stands_beside_the_old_version_with_each_cell_that_differs(month: Month) -> None:
    old = published(month)
    arrives_late(month)
    new = corrected(month)
    assert kept(month, 1).content == old.content
    assert (new.version, new.reason) == (2, "补录漏转的工单")
    assert new.content["corrects"] == {"version": 1, "sha256": old.sha256, "reason": "补录漏转的工单"}
    part = section(new.content, "correction")
    said = {line["cells"][0]: tuple(line["cells"][1:]) for line in part["tables"][0]["rows"]}
    assert said["办理情况 · 各单位办理情况 · 花溪区 · 按时办结"] == ("2", "3")
    assert said["办理情况 · 各单位办理情况 · 全市 · 结案率"] == ("100.0 %（8/8）", "100.0 %（9/9）")
    assert old.sha256 in part["text"][0]
    assert differences(old.content, new.content) == part["tables"][0]
    with db.reading() as session:
        assert freezing.faults(session) == []
        assert [each.version for each in freezing.versions(session, "monthly", month.first)] == [2, 1]
        assert [each.version for each in freezing.newest(session)] == [2]


@on_sqlite
def test_nothing_is_corrected_where_nothing_differs(month: Month) -> None:
    published(month)
    month.house.now = midnight(month.last) + timedelta(days=2)
    month.house.closed()
    with db.reading() as session:
        with pytest.raises(OutOfOrder, match="没有不同"):
            freezing.correction(session, "monthly", month.first, "再看一遍")
        with pytest.raises(InvalidInput, match="为什么"):
            freezing.correction(session, "monthly", month.first, "")
        remarked = freezing.correction(session, "monthly", month.first, "补写按语", "请核销超期工单")
    assert section(remarked, "correction")["tables"][0]["rows"][0]["cells"] == ["按语 · 第 1 段", "—", "请核销超期工单"]


@on_sqlite
def test_of_two_corrections_made_at_once_the_later_is_told_to_look_again(month: Month) -> None:
    published(month)
    arrives_late(month)
    with db.reading() as session:
        first, second = (
            freezing.correction(session, "monthly", month.first, reason) for reason in ("补录工单", "另有原因")
        )
    with db.transaction() as session:
        freezing.publish(session, MANAGER, first)
    with pytest.raises(Stale), db.transaction() as session:
        freezing.publish(session, MANAGER, second)


@on_sqlite
def test_what_is_not_there_is_not_found(month: Month) -> None:
    with db.reading() as session:
        with pytest.raises(NotFound):
            freezing.find(session, "monthly", month.first)
        with pytest.raises(NotFound):
            freezing.correction(session, "monthly", month.first, "补录漏转的工单")
    published(month)
    with db.reading() as session, pytest.raises(NotFound, match="第 7 版"):
        freezing.find(session, "monthly", month.first, 7)
