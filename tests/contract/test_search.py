"""One contract for both search engines: each test runs on SQLite's FTS5 and on a real Elasticsearch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from search.documents import BadCursor, Page, Query, Unavailable
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.life import Engine
from tests.contract.conftest import ENGINES, NOON, find, ids, store, ticket
from tests.servers.process import free_port


@pytest.fixture(params=ENGINES)
def engine_without_server(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An engine whose server is away, or whose file is no index."""
    if request.param == "embedded":
        engine = EmbeddedEngine(tmp_path / "search.db")
        engine.prepare()
        engine.path.write_bytes(b"not a database, but long enough to be looked at" * 100)
        return engine
    return ElasticEngine(f"http://127.0.0.1:{free_port()}")


def pages(engine: Engine, query: Query) -> Iterator[Page]:
    while True:
        page = engine.search(query)
        yield page
        if page.after is None:
            return
        query = replace(query, after=page.after)


# Writing.


def test_what_was_put_is_found_counted_and_has_its_version(engine: Engine) -> None:
    store(engine, ticket(1, "路灯不亮", version=7), ticket(2, "水管爆裂"))
    assert find(engine, "路灯") == {1}
    assert engine.count() == 2
    assert engine.versions([1, 2, 3]) == {1: 7, 2: 1}


def test_the_version_is_known_before_any_refresh(engine: Engine) -> None:
    engine.put([ticket(1, version=4)])
    assert engine.versions([1]) == {1: 4}


def test_putting_twice_is_putting_once(engine: Engine) -> None:
    store(engine, ticket(1, "路灯不亮"))
    store(engine, ticket(1, "路灯不亮"), ticket(1, "路灯不亮"))
    assert engine.count() == 1
    assert ids(engine.search(Query("路灯"))) == [1]


def test_a_lower_version_never_overwrites_a_higher_one(engine: Engine) -> None:
    store(engine, ticket(1, "新标题", version=3, status="closed", units=("B",)))
    store(engine, ticket(1, "旧标题", version=2, status="accepted", units=("A",)))
    assert engine.versions([1]) == {1: 3}
    assert find(engine, "新标题", statuses=("closed",), visible_to="B") == {1}
    assert find(engine, '"旧标题"') == find(engine, visible_to="A") == set()


def test_a_lower_version_in_the_same_bulk_does_not_stop_the_others(engine: Engine) -> None:
    store(engine, ticket(1, "停水", version=5), ticket(1, "停电", version=4), ticket(2, "停气"))
    assert engine.versions([1, 2]) == {1: 5, 2: 1}
    assert find(engine, "停水") == {1}


def test_a_higher_version_replaces_text_and_filters_wholly(engine: Engine) -> None:
    store(engine, ticket(1, "停水", "三天没水", unit="A", units=("A", "B"), places=("p1",)))
    store(engine, ticket(1, "停电", version=2, unit="C", units=("C",)))
    assert find(engine, "停水") == find(engine, "没水") == find(engine, places=("p1",)) == set()
    assert find(engine, visible_to="B") == find(engine, units=("A",)) == set()
    assert find(engine, "停电", visible_to="C") == {1}


def test_more_than_one_bulk_arrives_whole_from_a_stream(engine: Engine) -> None:
    store(engine, *(ticket(one) for one in range(1, 1204)))
    assert engine.count() == 1203
    assert len(engine.versions(range(1, 1300))) == 1203


def test_removed_tickets_are_gone_and_come_back_with_a_higher_version_only_when_put(engine: Engine) -> None:
    store(engine, ticket(1, "停水"), ticket(2, "停水"))
    engine.remove({1: 1, 99: 1})
    engine.refresh()
    assert find(engine, "停水") == find(engine, visible_to="A") == {2}
    assert engine.versions([1]) == {}
    store(engine, ticket(1, "已匿名", version=2))
    assert find(engine, "匿名") == {1}


def test_clearing_leaves_an_empty_index_that_takes_old_versions_again(engine: Engine) -> None:
    store(engine, ticket(1, "停水", version=9))
    engine.clear()
    engine.refresh()
    assert engine.count() == 0
    assert find(engine) == set()
    store(engine, ticket(1, "停水", version=2))
    assert engine.versions([1]) == {1: 2}


def test_preparing_again_loses_nothing(engine: Engine) -> None:
    engine.prepare()
    store(engine, ticket(1))
    engine.prepare()
    assert engine.count() == 1


def test_nothing_to_do_is_done(engine: Engine) -> None:
    engine.prepare()
    engine.put([])
    engine.remove({})
    assert engine.versions([]) == {}


def test_an_index_not_yet_made_is_unavailable_to_search_and_made_by_a_put(engine: Engine) -> None:
    with pytest.raises(Unavailable):
        engine.search(Query("停水"))
    store(engine, ticket(1, "停水"))
    assert find(engine, "停水") == {1}


def test_many_threads_write_and_read_at_once(engine: Engine) -> None:
    engine.prepare()

    def work(one: int) -> int:
        engine.put([ticket(one, "停水"), ticket(1000, "共同", version=one)])
        return engine.search(Query("停水")).total

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(1, 41)))
    engine.refresh()
    assert find(engine, "停水", size=100) == set(range(1, 41))
    assert engine.versions([1000]) == {1000: 40}


# Words.


@pytest.fixture
def texts(engine: Engine) -> Engine:
    """A few tickets about many things."""
    store(
        engine,
        ticket(1, "贵阳人社通无法登记", "希望在人社通里增加异地医保登记功能", number="GY-20260302-0001"),
        ticket(2, "路面坑洼", "从羊昌到新场镇的道路坑洼不平,有安全隐患"),
        ticket(3, "小區停車場亂收費", "ＡＰＰ上每小时收２．５元", reply="已责令改正"),
        ticket(4, "咨询", "之前的 GY-20260302-0001 还没有答复,登记不了,A座3单元"),
        ticket(5, "夜间施工", "半夜施工噪音大,医保局对面工地"),
    )
    return engine


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("医保", {1, 5}),
        ("醫保", {1, 5}),
        ("停车场", {3}),
        ("停車場乱收费", {3}),
        ("app", {3}),
        ("Ａｐｐ", {3}),
        ("2.5元", {3}),
        ("ａ座", {4}),
        ("羊昌", {2}),
        ("羊昌到新场镇的道路", {2}),
        ("责令改正", {3}),
        ("医保 登记", {1}),
        ("异地医保登记", {1}),
        ("社通", {1}),
        ("人\u200b社\u200b通", {1}),
        ("登记\n\t,人社通。", {1}),
    ],
)
def test_words_find_all_texts_that_have_all_of_them_however_written(texts: Engine, text: str, found: set[int]) -> None:
    assert find(texts, text) == found


def test_letters_and_digits_match_whole_and_not_in_part(texts: Engine) -> None:
    assert find(texts, "ap") == find(texts, "2026030") == set()


@pytest.mark.parametrize("quoted", ['"医保登记"', "“医保登记”", "「醫保登記」", "＂医保登记＂"])
def test_a_quoted_phrase_is_found_letter_for_letter(texts: Engine, quoted: str) -> None:
    assert find(texts, quoted) == {1}


def test_a_quoted_phrase_is_not_found_where_its_words_stand_apart(texts: Engine) -> None:
    assert find(texts, "登记 医保") == {1}
    assert find(texts, '"登记医保"') == set()


def test_a_phrase_does_not_reach_from_one_text_into_the_next(engine: Engine) -> None:
    store(engine, ticket(1, "前面停", "水管坏", reply="了已修"))
    assert find(engine, '"停水"') == find(engine, '"坏了"') == set()
    assert find(engine, '"水管坏"') == {1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("医保 -噪音", {1}),
        ("医保 －噪音", {1}),
        ('医保 -"登记功能"', {5}),
        ("-医保", {2, 3, 4}),
        ("-医保 -登记 -坑洼", {3}),
        ('"安全隐患" -道路', set()),
    ],
)
def test_an_excluded_word_or_phrase_takes_its_texts_out(texts: Engine, text: str, found: set[int]) -> None:
    assert find(texts, text) == found


@pytest.mark.parametrize(
    "text", ["GY-20260302-0001", "gy-20260302-0001", "ＧＹ－２０２６０３０２－０００１", "20260302-0001"]
)
def test_a_number_typed_as_text_finds_its_ticket_first_and_then_who_mentions_it(texts: Engine, text: str) -> None:
    page = texts.search(Query(text))
    assert ids(page) == [1, 4]
    assert page.hits[0].number == "GY-20260302-0001"


def test_where_no_text_has_all_words_those_with_half_of_them_are_shown_and_it_is_said(texts: Engine) -> None:
    page = texts.search(Query("医保 登记 坑洼"))
    assert page.relaxed
    assert set(ids(page)) == {1}
    assert not texts.search(Query("医保 登记")).relaxed


def test_relaxing_never_lifts_phrases_exclusions_or_filters(texts: Engine) -> None:
    assert find(texts, '医保 龙卷风 "登记功能"') == {1}
    assert find(texts, "医保 龙卷风 -噪音") == {1}
    assert find(texts, "医保 龙卷风", kinds=("complaint",)) == set()
    assert find(texts, "医保 龙卷风", visible_to="Z") == set()
    assert find(texts, "全无 皆空") == set()


def test_empty_text_lists_all_newest_first(texts: Engine) -> None:
    assert ids(texts.search(Query())) == ids(texts.search(Query(" ,。\u200b"))) == [5, 4, 3, 2, 1]


HOSTILE = [
    "*:* OR",
    "医保 OR *",
    "(医保 OR 道路)",
    "title:医保",
    "医保 NEAR/5 登记",
    'NEAR("医保" "登记", 5)',
    "units:Z OR 医保",
    "^医保* + {body}",
    '"',
    '"""',
    '-"',
    "-",
    "--",
    '医保" OR "a"="a',
    "'; DROP TABLE documents; --",
    "医保\\",
    '\\\\" \\u0000 \x00 \ud800',
    "医保 AND NOT",
    "{[}]~!@#$%^&*()<>?|/`",
    '{"match_all":{}}',
    "%_%",
    "医保\r\nX-Header: 1",
    "\u202e保医",
    "医" * 20_000,
    '"' * 20_000,
    "a1" * 20_000,
    "词 " * 20_000,
]


def test_hostile_text_is_only_words_and_widens_no_right(texts: Engine) -> None:
    store(texts, ticket(6, "医保", "".join(HOSTILE)[:2000], units=("B",)))
    for text in HOSTILE:
        assert find(texts, text, visible_to="Z") == set(), text
        assert find(texts, text, visible_to="A") <= {1, 2, 3, 4, 5}, text
        assert find(texts, text, kinds=("' OR 1=1 --", text[:50].encode(errors="replace").decode())) == set(), text
    assert texts.count() == 6


def test_an_operator_is_a_word_like_any_other(engine: Engine) -> None:
    store(engine, ticket(1, "医保 or 社保"), ticket(2, "医保"), ticket(3, "社保"))
    assert find(engine, "医保 OR 社保") == {1}


def test_a_text_may_hold_anything(engine: Engine) -> None:
    store(engine, *(ticket(one, text[:300], text) for one, text in enumerate(HOSTILE, 1)))
    assert engine.count() == len(HOSTILE)
    assert 2 in find(engine, "医保", size=100)


# Ranking and order.


def test_a_title_counts_more_than_a_text_and_a_whole_word_in_it_more_than_its_characters(engine: Engine) -> None:
    long = "这里还有许多别的字" * 3
    store(engine, ticket(1, "其他", f"水费{long}"), ticket(2, "水费", f"其他{long}"), ticket(3, "其他", long))
    assert ids(engine.search(Query("水费"))) == [2, 1]
    store(engine, ticket(4, "看见国人在说话"), ticket(5, "看见中国人说话"))
    assert ids(engine.search(Query("国人"))) == [4, 5]


def test_equal_hits_come_newest_number_first(engine: Engine) -> None:
    store(engine, *(ticket(one, "停水") for one in (3, 1, 2)))
    page = engine.search(Query("停水"))
    assert ids(page) == [3, 2, 1]
    assert len({hit.score for hit in page.hits}) == 1


def test_sorting_by_receipt_is_newest_first_and_by_deadline_nearest_first(engine: Engine) -> None:
    due = {1: NOON + timedelta(days=3), 2: None, 3: NOON, 4: NOON + timedelta(microseconds=1)}
    store(engine, *(ticket(one, "停水", due_at=at, received_at=NOON - timedelta(days=one)) for one, at in due.items()))
    for text in ("", "停水"):
        assert ids(engine.search(Query(text, sort="received_at"))) == [1, 2, 3, 4]
        assert ids(engine.search(Query(text, sort="due_at"))) == [3, 4, 1, 2]


def test_an_unknown_sort_is_refused(engine: Engine) -> None:
    engine.prepare()
    with pytest.raises(ValueError, match="due_at"):
        engine.search(Query(sort="id; DROP TABLE documents"))


# Filters.


@pytest.fixture
def filed(engine: Engine) -> Engine:
    """Three tickets that differ in everything one may filter by."""
    store(
        engine,
        ticket(
            1,
            "停水",
            kind="help",
            source="phone",
            status="accepted",
            matter="m11",
            matters=("m", "m1", "m11"),
            place="p11",
            places=("p", "p1", "p11"),
            unit="A",
            units=("A", "B"),
            phone_hmac="ff01",
        ),
        ticket(
            2,
            "停水",
            kind="complaint",
            source="web",
            status="closed",
            matter="m12",
            matters=("m", "m1", "m12"),
            place="p2",
            places=("p", "p2"),
            unit="B",
            units=("B",),
            phone_hmac="ff02",
        ),
        ticket(3, "停水", kind="report", source="wechat", status="received", unit=None, units=()),
    )
    return engine


FILTERS: list[tuple[dict[str, Any], set[int]]] = [
    ({"kinds": ("help",)}, {1}),
    ({"kinds": ("help", "report")}, {1, 3}),
    ({"sources": ("web", "wechat")}, {2, 3}),
    ({"statuses": ("closed",)}, {2}),
    ({"units": ("A",)}, {1}),
    ({"units": ("B",)}, {1, 2}),
    ({"matters": ("m1",)}, {1, 2}),
    ({"matters": ("m12", "m99")}, {2}),
    ({"places": ("p1",)}, {1}),
    ({"places": ("p",)}, {1, 2}),
    ({"phone_hmac": "ff02"}, {2}),
    ({"phone_hmac": ""}, set()),
    ({"kinds": ("help",), "sources": ("web",)}, set()),
    ({"kinds": ("complaint",), "matters": ("m1",), "units": ("B",), "statuses": ("closed",)}, {2}),
    ({"kinds": ("HELP",)}, set()),
    ({"visible_to": "A"}, {1}),
    ({"visible_to": "B"}, {1, 2}),
    ({"visible_to": "Z"}, set()),
    ({"visible_to": ""}, set()),
    ({"visible_to": "A", "units": ("B",)}, {1}),
    ({"visible_to": "A", "phone_hmac": "ff02"}, set()),
    ({}, {1, 2, 3}),
]


@pytest.mark.parametrize("text", ["", "停水"])
def test_filters_narrow_with_and_without_words_in_every_order(filed: Engine, text: str) -> None:
    for filters, found in FILTERS:
        for sort in ("relevance", "received_at", "due_at"):
            assert find(filed, text, sort=sort, **filters) == found, filters


def test_the_lead_unit_is_listed_under_its_code_but_sees_only_what_names_it(engine: Engine) -> None:
    store(engine, ticket(1, "举报", unit="A", units=("B",)))
    assert find(engine, units=("A",)) == {1}
    assert find(engine, visible_to="A") == set()


def test_a_period_begins_within_and_ends_outside_to_the_microsecond(engine: Engine) -> None:
    tick = timedelta(microseconds=1)
    store(engine, *(ticket(one, received_at=at) for one, at in enumerate([NOON - tick, NOON, NOON + tick], 1)))
    assert find(engine, received_from=NOON) == {2, 3}
    assert find(engine, received_to=NOON) == {1}
    assert find(engine, received_from=NOON, received_to=NOON + tick) == {2}


def test_a_period_in_another_zone_is_the_same_period(engine: Engine) -> None:
    store(engine, ticket(1, received_at=NOON))
    china = timezone(timedelta(hours=8))
    assert find(engine, received_from=NOON.astimezone(china), received_to=NOON.astimezone(china) + timedelta(1)) == {1}


# Pages.


def test_fifty_pages_and_more_have_no_gap_and_no_repeat_in_every_order(engine: Engine) -> None:
    words = ["停水", "停水停水", "停水 停电", "关于停水的长一些的一段话"]
    documents = [
        ticket(one, words[one % 4], due_at=NOON + timedelta(days=one % 7) if one % 5 else None, received_at=NOON)
        for one in range(1, 312)
    ]
    store(engine, *documents)
    for query in [Query("停水"), Query("停水", sort="received_at"), Query(sort="due_at"), Query("停水 龙卷风")]:
        turned = list(pages(engine, replace(query, size=6)))
        found = [hit.id for page in turned for hit in page.hits]
        assert len(turned) == 52
        assert sorted(found) == list(range(1, 312))
        assert {page.total for page in turned} == {311}
        assert {page.relaxed for page in turned} == {"龙卷风" in query.text}


def test_scores_fall_from_page_to_page(engine: Engine) -> None:
    store(engine, *(ticket(one, "停水" * (one % 5 + 1), "别的" * (one % 3)) for one in range(1, 60)))
    scores = [hit.score for page in pages(engine, Query("停水", size=7)) for hit in page.hits]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) >= 5


def test_the_last_page_has_no_cursor_even_when_it_is_full(engine: Engine) -> None:
    store(engine, *(ticket(one) for one in range(1, 7)))
    assert [len(page.hits) for page in pages(engine, Query(size=3))] == [3, 3]


def test_a_new_ticket_does_not_disturb_pages_that_are_turned_by_time(engine: Engine) -> None:
    store(engine, *(ticket(one) for one in range(1, 11)))
    first = engine.search(Query(size=5))
    store(engine, ticket(99))
    assert ids(engine.search(Query(size=5, after=first.after))) == [5, 4, 3, 2, 1]


def test_a_cursor_carries_no_right(engine: Engine) -> None:
    store(engine, *(ticket(one, units=("A",) if one % 2 else ("B",)) for one in range(1, 11)))
    cursor = engine.search(Query(size=2)).after
    assert find_page(engine, Query(visible_to="B", size=50, after=cursor)) == [8, 6, 4, 2]


def find_page(engine: Engine, query: Query) -> list[int]:
    return ids(engine.search(query))


@pytest.mark.parametrize("size", [0, -5, 10_000])
def test_the_size_of_a_page_is_held_within_bounds(engine: Engine, size: int) -> None:
    store(engine, *(ticket(one) for one in range(1, 251)))
    page = engine.search(Query(size=size))
    assert len(page.hits) == (200 if size > 0 else 1)
    assert page.total == 250


def test_a_foreign_or_broken_cursor_is_refused(engine: Engine) -> None:
    store(engine, ticket(1, "停水"), ticket(2, "停水"))
    by_due = engine.search(Query(size=1, sort="due_at")).after
    for cursor in [by_due, "", "x", "W10=", "bnVsbA==", "停水", "../../etc", "[" * 5000]:
        with pytest.raises(BadCursor):
            engine.search(Query("停水", after=cursor))


# Highlights.


def test_highlights_are_pairs_of_the_text_as_written(texts: Engine) -> None:
    (hit,) = texts.search(Query("停车场 2.5元")).hits
    assert hit.highlights == {
        "title": [[("小區", False), ("停車場", True), ("亂收費", False)]],
        "content": [[("ＡＰＰ上每小时收", False), ("２．５元", True)]],
    }


def test_phrases_and_numbers_are_marked_and_exclusions_are_not(texts: Engine) -> None:
    marked = [marks(hit.highlights) for hit in texts.search(Query('"GY-20260302-0001" -噪音')).hits]
    assert marked == [{"number": ["GY-20260302-0001"]}, {"content": ["GY-20260302-0001"]}]


def marks(highlights: dict[str, list[list[tuple[str, bool]]]]) -> dict[str, list[str]]:
    return {
        name: [text for fragment in fragments for text, is_match in fragment if is_match]
        for name, fragments in highlights.items()
    }


def test_without_words_nothing_is_marked(texts: Engine) -> None:
    assert [hit.highlights for hit in texts.search(Query("-医保")).hits] == [{}, {}, {}]


def test_markup_in_a_text_stays_text(engine: Engine) -> None:
    store(engine, ticket(1, "<b>停水</b><script>"))
    (hit,) = engine.search(Query("停水")).hits
    assert hit.highlights["title"] == [[("<b>", False), ("停水", True), ("</b><script>", False)]]


# The index away.

CALLS: Sequence[Callable[[Engine], object]] = [
    lambda engine: engine.prepare(),
    lambda engine: engine.put([ticket(1)]),
    lambda engine: engine.search(Query("停水")),
    lambda engine: engine.versions([1]),
    lambda engine: engine.remove({1: 1}),
    lambda engine: engine.refresh() or engine.count(),
    lambda engine: engine.tallies(),
    lambda engine: engine.stamps(0),
]


@pytest.mark.parametrize("call", CALLS)
def test_an_index_that_is_away_or_damaged_is_unavailable(
    engine_without_server: Engine, call: Callable[[Engine], object]
) -> None:
    with pytest.raises(Unavailable):
        call(engine_without_server)
