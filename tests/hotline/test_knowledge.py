"""What the engines are made of, while it is made again."""

from __future__ import annotations

import threading

import pytest

from hotline import db, knowledge
from tests.hotline.city import House

PATIENCE = 30.0


def _known() -> knowledge.Knowledge:
    with db.reading() as session:
        return knowledge.knowledge(session)


def test_while_one_thread_reads_the_tables_again_the_others_go_on_with_what_there_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, reading, go_on = _known(), threading.Event(), threading.Event()
    read = knowledge._read

    def slowly(session: object) -> knowledge.Knowledge:
        reading.set()
        assert go_on.wait(PATIENCE)
        return read(session)  # type: ignore[arg-type]

    monkeypatch.setattr(knowledge, "_read", slowly)
    monkeypatch.setattr(knowledge, "_kept", (0.0, "another stamp", before))
    made: list[knowledge.Knowledge] = []
    reader = threading.Thread(target=lambda: made.append(_known()))
    reader.start()
    try:
        assert reading.wait(PATIENCE)
        others = [threading.Thread(target=lambda: made.append(_known())) for _ in range(4)]
        for other in others:
            other.start()
        for other in others:
            other.join(PATIENCE)
        assert made == [before] * 4
    finally:
        go_on.set()
        reader.join(PATIENCE)
    assert len(made) == 5
    assert made[-1] is not before
    assert _known() is made[-1]


def test_who_forgets_in_the_middle_of_a_reading_makes_nobody_fail(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge, "_kept", None)
    monkeypatch.setattr(knowledge, "_settle", knowledge.forget)
    assert _known().router.matters
