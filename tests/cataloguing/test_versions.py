"""Drafts of the catalogue are made, changed, published and returned to; codes stay what they were."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from hotline import db
from hotline import knowledge as knowing
from hotline.cataloguing import Document, document, drafts, number_in_force, publishing
from hotline.cataloguing.comparing import differences
from hotline.cataloguing.drafts import Change
from hotline.errors import Forbidden, NotFound, OutOfOrder, Stale
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge, today
from hotline.models import CatalogueVersion, Event, Matter, Unit
from hotline.queries import matter_view
from hotline.rulemaking.rights import digest
from hotline.seeds import DEMO, read_json
from routing.decision import Message
from tests.hotline.city import POTHOLES, TRANSPORT, WATER, WUDANG, House
from tests.hotline.test_calendars import ADMINISTRATOR, MANAGER

WHY = "市政府办公室关于调整部分事项主办单位的通知（测试）"


@pytest.fixture(autouse=True)
def _now(house: House) -> None:
    """The catalogue in force goes by the real day."""
    with db.reading() as session:
        house.now = db.now(session)


def new(house: House, of: int | None = None) -> int:
    with house.transaction() as session:
        return drafts.new_draft(session, ADMINISTRATOR, WHY, of).version


def save(house: House, version: int, part: str, rows: object, seen: str = "") -> str:
    with house.transaction() as session:
        return drafts.save(session, ADMINISTRATOR, version, part, rows, seen).sha256


def edit(house: House, version: int, part: str, *changes: Change, seen: str = "") -> str:
    with house.transaction() as session:
        return drafts.edit(session, ADMINISTRATOR, version, part, changes, seen).sha256


def publish(house: House, version: int, in_days: int = 0, **more: Any) -> None:
    with house.transaction() as session:
        publishing.publish(session, ADMINISTRATOR, version, today(house.now) + timedelta(days=in_days), **more)


def content(version: int | None = None, day: date | None = None) -> Document:
    with db.reading() as session:
        return document(session, version, day)


def place_of(rows: Any, **wanted: str) -> int:
    """The number of the first row that has these values."""
    return next(n for n, row in enumerate(rows, 1) if all(row[key] == value for key, value in wanted.items()))


def without_lead(house: House, version: int, matter: str, lead: str) -> None:
    """Put another lead into the city's row of a matter."""
    rows = content(version).responsibilities
    number = place_of(rows, matter=matter, place="5201")
    edit(house, version, "responsibilities", Change(dict(rows[number - 1]) | {"lead": lead, "assisting": []}, number))


def test_before_the_first_version_the_tables_hold(house: House) -> None:
    with db.reading() as session:
        assert number_in_force(session) is None
        assert knowledge(session).catalogue is None
    assert len(content().responsibilities) == len(read_json(DEMO / "responsibilities.json"))


def test_the_first_draft_keeps_what_was_seeded_as_the_first_version(house: House) -> None:
    seeded = content()
    assert new(house) == 2
    assert content(1) == content(2) == content() == seeded
    with db.reading() as session:
        first = drafts.find_version(session, 1)
        assert first.published_at
        assert first.effective_from == date(2019, 12, 4)
        assert number_in_force(session) == 1
        assert first.sha256 == digest(seeded.as_json())
    assert new(house) == 3, "drafts lie side by side"
    assert not house.faults()


def test_only_the_system_administrator_edits_the_catalogue(house: House) -> None:
    version, day = new(house), today(house.now)
    with house.transaction() as session:
        for act in (
            lambda: drafts.new_draft(session, MANAGER, WHY),
            lambda: drafts.save(session, MANAGER, version, "places", []),
            lambda: drafts.edit(session, MANAGER, version, "places", []),
            lambda: drafts.discard(session, MANAGER, version),
            lambda: publishing.publish(session, MANAGER, version, day),
        ):
            with pytest.raises(Forbidden):
                act()


def test_a_published_draft_routes_tickets_from_its_day_on_and_not_before(house: House) -> None:
    version = new(house)
    rows = content(version).responsibilities
    changes = [
        Change({**row, "lead": TRANSPORT, "assisting": []}, n)
        for n, row in enumerate(rows, 1)
        if row["place"] == "520112" and row["lead"] == WUDANG
    ]
    edit(house, version, "responsibilities", *changes)
    with db.reading() as session:
        assert knowledge(session).router.route(Message(POTHOLES)).unit == WUDANG
    publish(house, version)
    with db.reading() as session:
        assert knowledge(session).catalogue == version
        assert knowledge(session).router.route(Message(POTHOLES)).unit == TRANSPORT
    assert not house.faults()


def test_a_version_for_a_later_day_waits_for_it(house: House) -> None:
    version = new(house)
    without_lead(house, version, "15-04-02", WATER)
    publish(house, version, in_days=10)
    later = today(house.now) + timedelta(days=10)
    assert content() == content(1)
    assert content(day=later) == content(version)
    with db.reading() as session:
        assert number_in_force(session, later - timedelta(days=1)) == 1
        assert number_in_force(session, later) == version
    next_one = new(house)
    assert content(next_one) == content(version), "a draft begins with the last publication, in force or to come"
    with pytest.raises(OutOfOrder, match="更晚"):
        publish(house, next_one, in_days=9)


def retire(house: House, code: str) -> None:
    """Publish a version without a leaf."""
    version = new(house)
    save(house, version, "matters", [row for row in content(version).matters if row["code"] != code])
    duties = [row for row in content(version).responsibilities if row["matter"] != code]
    save(house, version, "responsibilities", duties)
    publish(house, version)


def test_the_register_keeps_a_retired_code_and_its_name(house: House) -> None:
    name = next(row["name"] for row in content().matters if row["code"] == "15-04-02")
    retire(house, "15-04-02")
    with db.reading() as session:
        know = knowledge(session)
        assert know.matters["15-04-02"].name == name
        assert know.matter_path("15-04-02").endswith(name)
        assert "15-04-02" not in know.matters_in_force
        assert not session.get_one(Matter, "15-04-02").active
        assert "15-04-02" in know.matter_tree.below("15")


def test_a_retired_code_is_given_to_no_ticket_but_kept_by_one_that_has_it(house: House) -> None:
    has, other = (house.dispatched(matter="15-04-02"), house.dispatched())
    retire(house, "15-04-02")
    assert house.act(has, "dispatch", unit=TRANSPORT, matter="15-04-02").matter == "15-04-02"
    with pytest.raises(InvalidInput) as wrong:
        house.act(other, "dispatch", unit=TRANSPORT, matter="15-04-02")
    assert wrong.value.field == "matter"
    with db.reading() as session:
        matter = matter_view(knowledge(session), "15-04-02")
    assert matter
    assert matter["name"]


def test_a_retired_code_comes_back_only_as_what_it_was(house: House) -> None:
    retire(house, "15-04-02")
    version, old = new(house), content(1)
    row = next(row for row in old.matters if row["code"] == "15-04-02")
    duties = [row for row in old.responsibilities if row["matter"] == "15-04-02"]
    edit(house, version, "responsibilities", *(Change(each) for each in duties))
    edit(house, version, "matters", Change({**row, "name": "另一件事"}))
    with pytest.raises(InvalidInput, match="新编码"):
        publish(house, version)
    rows = content(version).matters
    edit(house, version, "matters", Change(row, place_of(rows, code="15-04-02")))
    publish(house, version)
    assert "15-04-02" in {row["code"] for row in content().matters}
    with db.reading() as session:
        assert session.get_one(Matter, "15-04-02").active


def test_a_new_code_is_registered_and_a_renamed_one_noted(house: House) -> None:
    version = new(house)
    rows = content(version).matters
    number = place_of(rows, code="15-04-02")
    edit(
        house,
        version,
        "matters",
        Change({**rows[number - 1], "name": "新的名字"}, number),
        Change({"code": "15-04-77", "name": "新事项", "phrases": ["从没听过的新事项"]}),
    )
    with db.reading() as session:
        notes = publishing.findings(session, version).notes
    assert [note.row for note in notes] == [number]
    assert "改名为“新的名字”" in notes[0].zh
    publish(house, version)
    with db.reading() as session:
        assert session.get_one(Matter, "15-04-02").name == "新的名字"
        made = session.get_one(Matter, "15-04-77")
        assert (made.parent, made.level, made.phrases) == ("15-04", 3, ["从没听过的新事项"])
        assert knowledge(session).router.route(Message("从没听过的新事项")).matter == "15-04-77"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"level": "township"}, "级别"),
        ({"name": "另一处", "parent": "520103"}, "既改名又换了上级"),
    ],
)
def test_a_place_does_not_become_another(house: House, change: dict[str, Any], words: str) -> None:
    version = new(house)
    rows = content(version).places
    number = place_of(rows, level="road", parent="520102")
    edit(house, version, "places", Change({**rows[number - 1], **change}, number))
    with pytest.raises(InvalidInput, match=words):
        publish(house, version)


def test_what_is_not_clean_is_not_published_and_everything_is_told(house: House) -> None:
    version = new(house)
    rows = [row for row in content(version).responsibilities if not row["matter"].startswith("15")]
    save(house, version, "responsibilities", [*rows, {**rows[0], "lead": "nobody"}])
    with pytest.raises(InvalidInput) as wrong:
        publish(house, version)
    said = wrong.value.message["zh"]
    assert all(words in said for words in ("没有编码为 nobody", "同时主办", "没有主办单位"))
    with db.reading() as session:
        assert drafts.the_draft(session, version).effective_from is None
        assert "15-04-99" not in set(session.scalars(select(Matter.code)))


def test_a_retired_unit_can_lead_nothing(house: House) -> None:
    version = new(house)
    with house.transaction() as session:
        session.get_one(Unit, WATER).active = False
    with db.reading() as session:
        faults = publishing.findings(session, version).faults
    assert faults
    assert all("已停用" in each.zh for each in faults)


def test_no_version_begins_in_the_past_nor_years_from_now(house: House) -> None:
    version = new(house)
    with pytest.raises(InvalidInput, match="最早是今天"):
        publish(house, version, in_days=-1)
    with pytest.raises(InvalidInput, match="最晚是一年后"):
        publish(house, version, in_days=367)
    publish(house, version, in_days=366)


def test_what_is_published_stays(house: House) -> None:
    version = new(house)
    publish(house, version)
    for act in (
        lambda: save(house, version, "places", []),
        lambda: edit(house, version, "places", Change(None, 1)),
        lambda: publish(house, version),
    ):
        with pytest.raises(OutOfOrder):
            act()
    with house.transaction() as session, pytest.raises(OutOfOrder):
        drafts.discard(session, ADMINISTRATOR, version)


def test_who_saw_an_older_draft_is_told_and_changes_nothing(house: House) -> None:
    version = new(house)
    with db.reading() as session:
        seen = drafts.the_draft(session, version).sha256
    rows = content(version).places
    after = edit(house, version, "places", Change({**rows[3], "aliases": ["某别名"]}, 4), seen=seen)
    for act in (
        lambda: edit(house, version, "places", Change(None, 1), seen=seen),
        lambda: save(house, version, "places", [], seen),
        lambda: publish(house, version, seen=seen),
    ):
        with pytest.raises(Stale):
            act()
    with db.reading() as session:
        assert drafts.the_draft(session, version).sha256 == after
    publish(house, version, seen=after)


def test_two_who_save_at_one_moment_are_told_apart(house: House) -> None:
    version = new(house)
    with db.reading() as session:
        draft = drafts.the_draft(session, version)
    edit(house, version, "places", Change(None, len(content(version).places)))
    with house.transaction() as session, pytest.raises(Stale):
        drafts.change_seen(session, draft, draft.sha256, {"source": "晚了一步"})


def test_those_who_change_two_drafts_at_one_moment_wait_for_each_other(house: House) -> None:
    one, other = new(house), new(house)
    begun, told, count = Signal(), list[str](), len(content().places)

    def second() -> None:
        begun.wait(10)
        told.append(edit(house, other, "places", Change(None, count)))

    thread = Thread(target=second)
    thread.start()
    with house.transaction() as session:
        drafts.edit(session, ADMINISTRATOR, one, "places", [Change(None, 1)])
        begun.set()
        thread.join(0.3)
        assert not told
    thread.join(30)
    assert told
    assert len(content(one).places) == len(content(other).places) == count - 1
    assert not house.faults()


def test_a_draft_begun_while_another_is_published_has_seen_it_or_is_behind(house: House) -> None:
    one, other = new(house), new(house)
    edit(house, one, "places", Change(None, len(content().places)))
    publish(house, one)
    after = new(house)
    with db.reading() as session:
        rows = {row.version: row for row in drafts.versions(session)}
        assert publishing.is_behind(session, rows[other])
        assert not publishing.is_behind(session, rows[after])
    assert rows[other].created_at < (rows[one].published_at or rows[other].created_at) < rows[after].created_at


def test_a_draft_made_before_another_was_published_is_published_on_purpose_only(house: House) -> None:
    one, other = new(house), new(house)
    without_lead(house, one, "15-04-02", WATER)
    publish(house, one)
    with pytest.raises(OutOfOrder, match=f"第 {one} 版"):
        publish(house, other)
    with db.reading() as session:
        assert any(f"第 {one} 版" in note.zh for note in publishing.findings(session, other).notes)
    publish(house, other, behind=True)
    assert content() == content(1)


def test_an_old_version_is_returned_to_by_a_draft_made_from_it(house: House) -> None:
    version = new(house)
    without_lead(house, version, "15-04-02", WATER)
    publish(house, version)
    back = new(house, of=1)
    assert content(back) == content(1) != content()
    publish(house, back)
    assert content() == content(1)
    with db.reading() as session:
        assert [row.version for row in drafts.versions(session)] == [3, 2, 1]


def test_differences_name_what_was_added_removed_and_changed(house: House) -> None:
    version = new(house)
    old = content(version)
    number = place_of(old.matters, code="01-05-01")
    edit(house, version, "matters", Change({**old.matters[number - 1], "kind": "help"}, number))
    edit(house, version, "places", Change(None, len(old.places)))
    row = {"matter": "01-05-01", "place": "5201", "lead": WATER, "effective_from": "2026-01-01"}
    edit(house, version, "responsibilities", Change(row))
    matters, places, duties = differences(old, content(version))
    assert [(each.number, each.fields) for each in matters.changed] == [(number, ["kind"])]
    assert places.removed == [old.places[-1]]
    assert [each["lead"] for each in duties.added] == [WATER]
    assert (matters.rows, places.rows, duties.rows) == (1, 1, 1)


@pytest.mark.parametrize(
    ("part", "row", "field", "words"),
    [
        ("matters", {"name": "无码"}, "code", "没有写"),
        ("matters", {"code": "1", "name": "短"}, "code", "不是编码"),
        ("matters", {"code": "77", "name": ""}, "name", "个字"),
        ("matters", {"code": "77", "name": "好", "phrases": "停水"}, "phrases", "一列文字"),
        ("matters", {"code": "77", "name": "好", "phrases": [1]}, "phrases", "个字"),
        ("matters", {"code": "77", "name": "好", "kind": "rumour"}, "kind", "不认识"),
        ("matters", {"code": "77", "name": "好", "unit": "x"}, "", "不认识“unit”"),
        ("matters", {"code": "01", "name": "又一个"}, "code", "重复"),
        ("matters", [], "", "对象"),
        ("places", {"code": "99", "name": "某处", "level": "planet"}, "level", "不认识"),
        ("places", {"code": "九", "name": "某处", "level": "road"}, "code", "不是编码"),
        ("responsibilities", {"matter": "01", "place": "5201", "lead": WATER}, "effective_from", "没有写"),
        (
            "responsibilities",
            {"matter": "01", "place": "5201", "lead": WATER, "effective_from": "明年"},
            "effective_from",
            "不是日期",
        ),
        (
            "responsibilities",
            {"matter": "01", "place": "5201", "lead": None, "effective_from": "2026-01-01"},
            "lead",
            "不是编码",
        ),
    ],
)
def test_a_malformed_row_is_refused_with_its_number_and_field(
    house: House, part: str, row: Any, field: str, words: str
) -> None:
    version = new(house)
    count = len(content(version).part(part))
    with pytest.raises(InvalidInput, match=words) as wrong:
        edit(house, version, part, Change(row))
    problem = wrong.value.problems[0]
    assert f"第 {count + 1} 行" in problem.message["zh"] or "重复" in words
    if field:
        assert problem.field.endswith(f".{field}")


def test_all_malformed_rows_are_told_at_once_and_at_most_a_hundred(house: House) -> None:
    version = new(house)
    with pytest.raises(InvalidInput) as wrong:
        save(house, version, "places", [{"name": "x"}] * 500)
    assert len(wrong.value.problems) == 101
    assert "其余" in wrong.value.problems[-1].message["zh"]
    with pytest.raises(InvalidInput, match="一列行"):
        save(house, version, "places", "rows")
    with pytest.raises(InvalidInput, match="没有“rights”"):
        save(house, version, "rights", [])
    with pytest.raises(InvalidInput, match="没有第 9999 行"):
        edit(house, version, "places", Change(None, 9999))


def test_hostile_text_is_kept_as_plain_text(house: House) -> None:
    version = new(house)
    row = {"code": "99-99", "name": " a\x00\ud800\u202eb\n𠮷 ", "level": "road", "aliases": ["<b>&=1+1"]}
    edit(house, version, "places", Change(row))
    kept = next(each for each in content(version).places if each["code"] == "99-99")
    assert kept["name"] == "ab 𠮷"
    assert kept["aliases"] == ["<b>&=1+1"]


def test_every_step_is_an_event_with_the_digest_of_what_was_written(house: House) -> None:
    version = new(house)
    after = edit(house, version, "places", Change(None, len(content(version).places)))
    publish(house, version)
    gone = new(house)
    with house.transaction() as session:
        drafts.discard(session, ADMINISTRATOR, gone)
        with pytest.raises(NotFound):
            drafts.the_draft(session, gone)
    with db.reading() as session:
        events = session.scalars(select(Event).where(Event.subject == "catalogue").order_by(Event.seq)).all()
        row = session.scalars(select(CatalogueVersion).where(CatalogueVersion.version == version)).one()
    steps = [(event.action, event.data["catalogue"]) for event in events]
    assert steps == [
        ("edit_rules", 1),
        ("draft_rules", 2),
        ("draft_rules", 2),
        ("edit_rules", 2),
        ("draft_rules", 3),
        ("discard_rules", 3),
    ]
    assert events[3].data["sha256"] == after == row.sha256 == digest(content(version).as_json())
    assert events[3].actor == ADMINISTRATOR.id
    assert not house.faults()


def test_running_processes_read_a_publication_by_their_stamp(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    knowing.forget()
    monkeypatch.setattr(knowing, "LOOK_AGAIN_SECONDS", 0.0)
    with db.reading() as session:
        before = knowledge(session)
        assert knowledge(session) is before
    version = new(house)
    monkeypatch.setattr(knowing, "forget", lambda: None)
    publish(house, version)
    with db.reading() as session:
        assert knowledge(session).catalogue == version
