"""One contract for both engines: facets and whom they count for, times, files, likeness, and pages past any depth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from search.documents import FACETS, Document, FileText, Like, Query
from search.life import Engine
from search.projection import project
from tests.contract.conftest import NOON, find, ids, store, ticket

DAY = timedelta(days=1)
UNITS = ("A", "B", "C")


def of_every_kind() -> list[Document]:
    """Tickets that differ in everything that is counted; the units that may see them go round."""
    made = []
    for one, (kind, status, source) in enumerate(
        product(("help", "complaint", "report"), ("received", "accepted", "closed"), ("web", "phone")), 1
    ):
        unit = UNITS[one % 3]
        seen_by = {0: (unit,), 1: (unit, "A"), 2: ()}[one % 4 if one % 4 < 3 else 0]
        made.append(
            ticket(
                one,
                "停水" if one % 2 else "停电",
                kind=kind,
                status=status,
                source=source,
                urgency="urgent" if one % 5 == 0 else "normal",
                unit=unit,
                units=seen_by,
                matter=f"m{one % 2}",
                matters=("m", f"m{one % 2}"),
                places=("p", f"p{one % 3}"),
                evaluation=str(one % 5 + 1) if status == "closed" else None,
                due_at=NOON + one * DAY if one % 7 else None,
                runs=status != "closed",
            )
        )
    return made


NOW = NOON + 9 * DAY
NAMES = {"unit": "units", "matter": "matters", "place": "places", "kind": "kinds", "source": "sources"} | {
    "status": "statuses",
    "urgency": "urgencies",
    "evaluation": "evaluations",
}


def codes(document: Document, facet: str) -> set[str]:
    """What a document is counted under, said once more and plainly."""
    if facet == "overdue":
        return {"yes"} if document.runs and document.due_at is not None and document.due_at < NOW else set()
    if facet in ("unit", "matter", "place"):
        return {each for each in (getattr(document, facet), *getattr(document, f"{facet}s")) if each}
    return {getattr(document, facet)} - {None}


def passes(document: Document, query: Query, without: str = "") -> bool:
    """True where the filters and the reader's right let the document through."""
    if query.visible_to is not None and query.visible_to not in document.units:
        return False
    if query.text and query.text not in document.title:
        return False
    if query.overdue and without != "overdue" and not codes(document, "overdue"):
        return False
    chosen = {facet: getattr(query, name) for facet, name in NAMES.items() if facet != without}
    return all(not wanted or codes(document, facet) & set(wanted) for facet, wanted in chosen.items())


def by_hand(documents: Iterable[Document], query: Query) -> dict[str, dict[str, int]]:
    """Each facet counted one by one, without its own filter."""
    documents = list(documents)
    return {
        facet: dict(Counter(code for each in documents if passes(each, query, facet) for code in codes(each, facet)))
        for facet in query.facets
    }


ASKED: list[dict[str, Any]] = [
    {},
    {"text": "停水"},
    {"text": "停水", "sort": "due_at"},
    {"kinds": ("help",)},
    {"kinds": ("help", "report"), "statuses": ("closed",)},
    {"matters": ("m1",), "units": ("B",), "text": "停电"},
    {"overdue": True},
    {"overdue": True, "sources": ("web",)},
    {"evaluations": ("5", "4"), "urgencies": ("normal",)},
    {"kinds": ("nothing",)},
]


@pytest.mark.parametrize("reader", [None, "A", "B", "C", "Z", ""])
def test_each_facet_is_counted_without_its_own_filter_and_for_the_reader_alone(
    engine: Engine, reader: str | None
) -> None:
    documents = of_every_kind()
    store(engine, *documents)
    for asked in ASKED:
        query = Query(**asked, visible_to=reader, facets=FACETS, now=NOW, size=100)
        page = engine.search(query)
        assert page.facets == by_hand(documents, query), asked
        assert set(ids(page)) == {each.id for each in documents if passes(each, query)}, asked
        assert page.total == len(page.hits)


def test_a_count_says_what_the_next_click_finds(engine: Engine) -> None:
    documents = of_every_kind()
    store(engine, *documents)
    for code, count in engine.search(Query(sources=("web",), facets=("kind",), visible_to="A")).facets["kind"].items():
        assert len(find(engine, sources=("web",), kinds=(code,), visible_to="A")) == count


def test_counts_are_of_the_relaxed_search_where_it_was_relaxed(engine: Engine) -> None:
    store(engine, ticket(1, "停水了", kind="help"), ticket(2, "停电了", kind="report"))
    page = engine.search(Query("停水 停气", facets=("kind",)))
    assert page.relaxed
    assert page.facets == {"kind": {"help": 1}}


def test_what_nobody_asked_to_be_counted_is_not_and_an_unknown_facet_is_refused(engine: Engine) -> None:
    store(engine, ticket(1))
    assert engine.search(Query()).facets == {}
    with pytest.raises(ValueError, match="overdue"):
        engine.search(Query(facets=("reader",)))
    with pytest.raises(ValueError, match="now"):
        engine.search(Query(facets=("overdue",)))
    with pytest.raises(ValueError, match="now"):
        engine.search(Query(overdue=True))


def test_no_more_than_a_thousand_codes_are_counted_the_commonest_first(engine: Engine) -> None:
    store(engine, *(ticket(one, matter=f"m{one:04}", matters=("m",)) for one in range(1, 1012)))
    counts = engine.search(Query(facets=("matter",))).facets["matter"]
    assert len(counts) == 1000
    assert counts["m"] == 1011
    assert "m0999" in counts
    assert "m1000" not in counts


# Times.


def test_every_time_has_a_period_of_its_own(engine: Engine) -> None:
    store(
        engine,
        ticket(1, received_at=NOON, due_at=NOON + DAY, closed_at=NOON + 2 * DAY),
        ticket(2, received_at=NOON, due_at=NOON + 5 * DAY),
        ticket(3, received_at=NOON),
    )
    assert find(engine, due_from=NOON) == {1, 2}
    assert find(engine, due_to=NOON + 5 * DAY) == {1}
    assert find(engine, due_from=NOON + DAY, due_to=NOON + 5 * DAY) == {1}
    assert find(engine, closed_from=NOON) == find(engine, closed_to=NOON + 3 * DAY) == {1}
    assert find(engine, received_to=NOON + DAY, closed_from=NOON + 3 * DAY) == set()


def test_overdue_is_what_runs_and_was_due_before_now(engine: Engine) -> None:
    store(
        engine,
        ticket(1, due_at=NOON, runs=True),
        ticket(2, due_at=NOON, runs=False),
        ticket(3, due_at=NOON + DAY, runs=True),
        ticket(4, runs=True),
    )
    assert find(engine, overdue=True, now=NOON) == set()
    assert find(engine, overdue=True, now=NOON + DAY / 2) == {1}
    assert find(engine, overdue=True, now=NOON + 2 * DAY) == {1, 3}
    assert find(engine, overdue=True, now=NOON + 2 * DAY, due_to=NOON + DAY) == {1}


# Files.


def test_a_file_is_found_by_who_may_read_it_and_by_nobody_else(engine: Engine) -> None:
    store(
        engine,
        ticket(1, "路灯", files=(FileText("维修合同\n第一条", ("a", "staff")), FileText("身份材料", ("desk",)))),
        ticket(2, "合同纠纷"),
    )
    assert find(engine, "合同") == find(engine, "合同", file_readers=("desk",)) == {2}
    assert find(engine, "合同", file_readers=("a",)) == find(engine, "合同", file_readers=("b", "staff")) == {1, 2}
    assert find(engine, '"身份材料"', file_readers=("desk", "staff")) == {1}
    assert find(engine, '"身份材料"', file_readers=("a", "staff", "A", "DESK", "de")) == set()
    assert find(engine, "路灯 合同", file_readers=("a",)) == {1}
    assert find(engine, "-合同", file_readers=("a",)) == set()
    assert find(engine, "-合同") == {1}


def test_a_phrase_reaches_neither_from_file_to_file_nor_from_reader_to_reader(engine: Engine) -> None:
    store(engine, ticket(1, files=(FileText("停", ("a", "b")), FileText("水", ("a",)))))
    assert find(engine, '"停水"', file_readers=("a", "b")) == set()
    assert find(engine, "停", file_readers=("a", "b")) == {1}


def test_a_mark_of_a_reader_is_no_word_that_can_be_typed(engine: Engine) -> None:
    document = ticket(1, files=(FileText("停水", ("a",)),))
    store(engine, document)
    written = project(document).texts["files"]
    for typed in (written, written.split()[0], f'"{written}"', "a停水"):
        assert find(engine, typed) == set()


def test_a_new_version_forgets_the_files_of_the_old_one(engine: Engine) -> None:
    store(engine, ticket(1, files=(FileText("停水", ("a",)),)))
    store(engine, ticket(1, version=2))
    assert find(engine, "停水", file_readers=("a",)) == set()


# Likeness.


def test_what_has_more_and_rarer_of_the_words_is_more_alike(engine: Engine) -> None:
    store(
        engine,
        ticket(1, "路灯不亮", "小区门口的路灯坏了很久"),
        ticket(2, "路灯不亮", "巷子里的路灯，变压器也坏了"),
        ticket(3, "停水", "停了三天"),
        *(ticket(one, "别的事", "小区") for one in range(10, 30)),
    )
    found = engine.search(Query(like=Like(("路灯", "小区", "变压器"))))
    assert ids(found)[:2] == [2, 1]
    assert 3 not in ids(found)
    assert not found.relaxed


def test_one_of_so_many_words_is_the_least(engine: Engine) -> None:
    words = ("路灯", "停水", "停电", "噪音", "油烟", "占道", "积水", "渗水")
    store(engine, ticket(1, "路灯"), ticket(2, "路灯 停水"), ticket(3, "路灯 停水 停电"))
    assert find(engine, like=Like(words)) == {2, 3}
    assert find(engine, like=Like(words, of=3)) == {3}


def test_what_is_filed_alike_comes_first_within_the_readers_right_and_filters(engine: Engine) -> None:
    store(
        engine,
        ticket(1, "路灯路灯", units=("A",), replied=True),
        ticket(2, "路灯", matter="m1", places=("p1",), units=("B",), replied=True),
        ticket(3, "路灯", matter="m1", units=("A",)),
    )
    like = Like(("路灯",), (("matter", "m1", 9.0), ("place", "p1", 9.0)))
    assert ids(engine.search(Query(like=like))) == [2, 3, 1]
    assert ids(engine.search(Query(like=like, replied=True))) == [2, 1]
    assert ids(engine.search(Query(like=like, replied=True, visible_to="A"))) == [1]


def test_words_of_a_likeness_are_no_query_language(engine: Engine) -> None:
    store(engine, ticket(1, "路灯"), ticket(2, "停水"))
    for words in (('" OR "停水',), ("*",), ("",), ('"',), ("路灯*",), ("title : 停水", "路灯")):
        assert find(engine, like=Like(words)) <= {1, 2}
        assert find(engine, like=Like(words), visible_to="Z") == set()


# Depth.


def test_pages_go_on_past_ten_thousand_hits(engine: Engine) -> None:
    count = 10_300
    store(engine, *(ticket(one, "停水", received_at=NOON) for one in range(1, count + 1)))
    query, seen = Query("停水", size=200), set[int]()
    while True:
        page = engine.search(query)
        assert page.total == count
        seen.update(ids(page))
        if page.after is None:
            break
        query = replace(query, after=page.after)
    assert seen == set(range(1, count + 1))
