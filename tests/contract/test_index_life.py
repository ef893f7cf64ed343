"""The life of an index, the same for both engines: built beside, followed, swapped, gone back to, compared."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from search.digests import BLOCK, stamp, tally
from search.documents import Document, Query, Unavailable
from search.life import Engine, NothingKept
from tests.contract.conftest import find, store, ticket


def stamps(*documents: Document) -> dict[int, object]:
    return {each.id: stamp(each) for each in documents}


def test_an_index_made_where_there_was_none_says_that_it_is_to_be_filled(engine: Engine) -> None:
    engine.prepare()
    assert (engine.life().filling, engine.life().fits, engine.life().building) == (True, True, None)
    engine.filled()
    engine.prepare()
    assert not engine.life().filling
    engine.clear()
    assert engine.life().filling


def test_the_one_beside_is_not_searched_before_it_is_swapped_in(engine: Engine) -> None:
    store(engine, ticket(1, "停水"))
    beside = engine.build()
    beside.put([ticket(1, "停水"), ticket(2, "停水")])
    beside.refresh()
    assert find(engine, "停水") == {1}
    assert (engine.count(), beside.count()) == (1, 2)
    live, building = engine.life().live, engine.life().building
    engine.swap()
    assert find(engine, "停水") == {1, 2}
    assert (engine.life().live, engine.life().building, engine.life().kept) == (building, None, live)


def test_what_is_written_and_taken_out_meanwhile_is_so_in_the_one_beside_too(engine: Engine) -> None:
    store(engine, ticket(1, "停水"), ticket(2, "停电"))
    beside = engine.build()
    beside.put([ticket(1, "停水"), ticket(2, "停电")])
    engine.put([ticket(1, "停气", version=2), ticket(3, "停水")])
    engine.remove({2: 1})
    engine.swap()
    engine.refresh()
    assert engine.versions([1, 2, 3]) == {1: 2, 3: 1}
    assert find(engine, "停气") == {1}


def test_a_late_write_of_the_build_wins_neither_over_a_newer_one_nor_over_a_removal(engine: Engine) -> None:
    engine.prepare()
    beside = engine.build()
    engine.put([ticket(1, "新", version=3)])
    engine.remove({2: 5})
    beside.put([ticket(1, "旧", version=2), ticket(2, "已删", version=5)])
    assert beside.versions([1, 2]) == {1: 3}
    beside.put([ticket(2, "又来", version=6)])
    assert beside.versions([2]) == {2: 6}


def test_what_was_removed_does_not_come_back_with_the_same_version(engine: Engine) -> None:
    store(engine, ticket(1, version=4))
    engine.remove({1: 4})
    engine.put([ticket(1, version=4)])
    assert engine.versions([1]) == {}


def test_a_second_process_that_builds_goes_on_where_the_first_one_died(engine: Engine) -> None:
    engine.prepare()
    engine.build().put([ticket(1)])
    again = engine.build()
    assert again.versions([1]) == {1: 1}


def test_the_one_before_is_kept_for_a_way_back_and_the_one_before_that_is_not(engine: Engine) -> None:
    store(engine, ticket(1, "第一"))
    first = engine.life().live
    for words in ("第二", "第三"):
        engine.build().put([ticket(1, words)])
        engine.swap()
    life = engine.life()
    assert life.kept not in {first, life.live, None}
    engine.build(kept=True)
    assert (engine.life().building, engine.life().kept) == (life.kept, None)
    engine.swap()
    engine.refresh()
    assert find(engine, "第二") == {1}
    assert engine.life().kept == life.live


def test_there_is_no_way_back_to_what_never_was(engine: Engine) -> None:
    engine.prepare()
    with pytest.raises(NothingKept):
        engine.build(kept=True)
    assert engine.life().building is None


def test_a_dropped_build_leaves_nothing_and_is_not_swapped_in(engine: Engine) -> None:
    store(engine, ticket(1))
    beside = engine.build()
    engine.abandon()
    engine.abandon()
    assert engine.life().building is None
    for call in (engine.swap, beside.count, lambda: beside.put([ticket(2)])):
        with pytest.raises(Unavailable):
            call()
    assert engine.count() == 1


def test_search_and_writes_never_fail_while_indices_are_built_and_swapped(engine: Engine) -> None:
    store(engine, ticket(1, "停水"))
    over, failures, written = threading.Event(), list[str](), [0]

    def use() -> None:
        while not over.is_set():
            try:
                if engine.search(Query("停水")).total < 1:
                    failures.append("found nothing")
                written[0] += 1
                engine.put([ticket(1000 + written[0])])
            except Unavailable as error:
                failures.append(str(error))

    user = threading.Thread(target=use)
    user.start()
    for _ in range(4):
        engine.build().put([ticket(1, "停水"), *(ticket(1000 + one) for one in range(1, written[0] + 1))])
        engine.build().refresh()
        engine.swap()
    over.set()
    user.join()
    engine.refresh()
    assert failures == []
    assert engine.count() == 1 + written[0] > 1


def test_tallies_and_stamps_say_block_by_block_what_is_there(engine: Engine) -> None:
    documents = [ticket(one, "停水", version=one % 7 + 1) for one in (1, 2, BLOCK - 1, BLOCK, 5 * BLOCK + 3)]
    store(engine, *documents)
    blocks = {0: documents[:3], 1: documents[3:4], 5: documents[4:]}
    assert engine.tallies() == {block: tally(map(stamp, each)) for block, each in blocks.items()}
    assert [engine.stamps(block) for block in (0, 1, 2)] == [stamps(*documents[:3]), stamps(documents[3]), {}]


def test_a_full_block_adds_up_exactly(engine: Engine) -> None:
    documents = [ticket(one) for one in range(BLOCK)]
    store(engine, *documents)
    assert engine.tallies() == {0: tally(map(stamp, documents))}
    assert engine.stamps(0) == stamps(*documents)


def test_another_version_or_content_is_another_tally(engine: Engine) -> None:
    seen = set()
    for changed in (ticket(1), ticket(1, version=2), ticket(1, version=2, unit="B"), ticket(1, "新", version=3)):
        store(engine, changed)
        seen.add(engine.tallies()[0].total)
    assert len(seen) == 4
    assert stamp(changed) == stamp(replace(changed))
