"""A Document as the engines hold it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from search.documents import Document, Query
from search.projection import NEVER, batches, microseconds, project, wanted

TICKET = Document(
    id=5,
    version=3,
    number="GY-20260302-0001",
    title="停車場",
    content="乱收费\ud800",
    reply="已改正",
    kind="complaint",
    urgency="normal",
    source="web",
    status="closed",
    received_at=datetime(2026, 3, 2, tzinfo=UTC),
    unit="A",
    units=("B", "C"),
    matters=("m", "m1"),
    matter="m1",
)


def test_texts_are_atoms_with_a_break_and_dictionary_words() -> None:
    projection = project(TICKET)
    assert projection.texts["number"] == "gy 20260302 0001"
    assert projection.texts["title"] == "停 车 场"
    assert projection.texts["body"] == "乱 收 费 ¶ 已 改 正"
    assert {"停车场", "停车", "gy-20260302-0001"} <= set(projection.texts["words"].split())


def test_what_is_shown_is_as_written_and_fit_for_every_store() -> None:
    shown = project(TICKET).shown
    assert (shown["title"], shown["content"]) == ("停車場", "乱收费?")


def test_the_right_to_read_is_apart_from_the_units_one_lists_by() -> None:
    facets = project(TICKET).facets
    assert facets["reader"] == ("B", "C")
    assert facets["unit"] == ("A", "B", "C")
    assert facets["matter"] == ("m1", "m")
    assert facets["phone"] == ()


def test_no_deadline_is_after_every_deadline() -> None:
    assert project(TICKET).times["due_at"] == NEVER > microseconds(datetime.max.replace(tzinfo=UTC))


def test_only_what_is_asked_for_is_wanted_and_no_right_is_a_wish_of_its_own() -> None:
    assert wanted(Query()) == {}
    assert wanted(Query(visible_to="", kinds=("help", "help"))) == {"reader": ("",), "kind": ("help",)}


@given(st.datetimes(), st.integers(-12, 14))
def test_a_time_is_the_same_count_in_every_zone(at: datetime, hours: int) -> None:
    aware = at.replace(tzinfo=UTC)
    assert microseconds(at) == microseconds(aware)
    if timedelta(days=1) < at - datetime.min and timedelta(days=1) < datetime.max - at:  # noqa: DTZ901 - naive here
        assert microseconds(aware.astimezone(timezone(timedelta(hours=hours)))) == microseconds(aware)
    assert microseconds(aware + timedelta(microseconds=1) * (at.year < 9999)) - microseconds(aware) == (at.year < 9999)


@given(st.lists(st.integers()), st.integers(1, 9))
def test_batches_hold_every_item_once_in_order(items: list[int], size: int) -> None:
    made = list(batches(items, size))
    assert [item for batch in made for item in batch] == items
    assert all(len(batch) == size for batch in made[:-1])
