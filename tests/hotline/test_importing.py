"""Import: the good rows become tickets, the bad are told by line; a second run, or one after a crash, adds the rest."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from hotline import db, desk, importing
from hotline.__main__ import cli
from hotline.importing import Imported, import_file
from hotline.intake.inquiry import InvalidInput
from hotline.models import Citizen, Like, Ticket
from tests.hotline.city import POTHOLES, VAGUE, House

HEAD = ["编号", "标题", "内容", "时间", "姓名", "电话"]


def _file(house: House, rows: Iterable[list[str]]) -> Path:
    path = house.home / "messages.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([HEAD, *rows])
    return path


def _good(count: int) -> list[list[str]]:
    return [
        [f"N{n}", f"第{n}件", f"{POTHOLES}，这是第 {n} 处", "2025-03-04 08:00", "某人", "13800000000"]
        for n in range(count)
    ]


def _run(path: Path) -> Imported:
    def silent(rows: Any, _words: str, total: int) -> Any:
        assert total == len(rows)
        return rows

    return import_file(path, {}, "message_board", path.with_suffix(".bad.csv"), silent)


def _ids() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Ticket.external_id).order_by(Ticket.id)))


def test_good_rows_are_taken_and_bad_ones_told_by_line_and_written_beside(house: House) -> None:
    rows = _good(4)
    rows[1][2] = ""
    rows[2][3] = "昨天"
    path = _file(house, rows)
    done = _run(path)
    assert (done.added, done.known, [row.line for row in done.bad]) == (2, 0, [3, 4])
    assert len(_ids()) == 2
    assert done.bad_file == path.with_suffix(".bad.csv")
    with path.with_suffix(".bad.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert [(row["行号"], row["编号"]) for row in written] == [("3", "N1"), ("4", "N2")]
    assert all(row["原因"] for row in written)
    assert all(reason in done.words() for reason in (row.reason for row in done.bad))


def test_a_second_run_adds_nothing(house: House) -> None:
    path = _file(house, _good(5))
    assert _run(path).added == 5
    before = _ids()
    again = _run(path)
    assert (again.added, again.known, again.bad) == (0, 5, [])
    assert _ids() == before
    assert not house.faults()


def test_what_was_put_right_is_taken_by_the_next_run(house: House) -> None:
    rows = _good(3)
    rows[1][2] = ""
    _run(_file(house, rows))
    rows[1][2] = VAGUE
    again = _run(_file(house, rows))
    assert (again.added, again.known, again.bad) == (1, 2, [])


def test_a_crash_in_the_middle_costs_nothing_that_the_next_run_does_not_take_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(house, _good(230))
    opened = 0
    open_ticket = desk.open_ticket

    def crash(*arguments: Any) -> desk.Opened:
        nonlocal opened
        opened += 1
        if opened == 150:
            raise KeyboardInterrupt
        return open_ticket(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(importing.desk, "open_ticket", crash)
        with pytest.raises(KeyboardInterrupt):
            _run(path)
    assert len(_ids()) == importing.BATCH, "whole portions only"
    again = _run(path)
    assert (again.added, again.known) == (130, 100)
    assert len(set(_ids())) == len(_ids()) == 230
    assert not house.faults()


def test_the_same_number_for_another_message_is_a_bad_row_and_stops_nothing(house: House) -> None:
    rows = _good(3)
    _run(_file(house, rows[:1]))
    rows[0][2] = "完全不同的一件事，和以前没有关系"
    done = _run(_file(house, rows))
    assert (done.added, done.known, [row.line for row in done.bad]) == (2, 0, [2])
    assert "另一条内容" in done.bad[0].reason


def test_a_row_that_cannot_be_opened_is_a_bad_row_and_stops_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ticket = desk.open_ticket

    def refuse(session: Any, inquiry: Any, actor: Any) -> desk.Opened:
        if inquiry.external_id.endswith("N1"):
            raise InvalidInput("received_at", "来件时间晚于现在，请核对", "the time lies in the future")
        return open_ticket(session, inquiry, actor)

    monkeypatch.setattr(importing.desk, "open_ticket", refuse)
    done = _run(_file(house, _good(3)))
    assert (done.added, [(row.line, row.reason) for row in done.bad]) == (2, [(3, "来件时间晚于现在，请核对")])


def test_exact_repeats_come_in_and_are_suggested_as_likenesses(house: House) -> None:
    rows = _good(2)
    rows[1][1:3] = rows[0][1:3]
    done = _run(_file(house, rows))
    assert (done.added, done.like) == (2, 1)


def test_the_command_tells_what_it_did_and_names_the_file_of_bad_rows(house: House) -> None:
    rows = _good(3)
    rows[2][2] = ""
    path = _file(house, rows)
    told = CliRunner().invoke(cli, ["import", str(path), "--json"])
    assert told.exit_code == 0, told.output
    did = json.loads(told.stdout)
    assert (did["added"], did["known"], [bad["line"] for bad in did["bad"]]) == (2, 0, [4])
    in_words = CliRunner().invoke(cli, ["import", str(path)])
    assert "新增 0 件" in in_words.output
    assert "messages.bad.csv" in in_words.output


def test_a_file_without_a_column_of_contents_is_refused_as_a_whole(house: House) -> None:
    path = house.home / "wrong.csv"
    path.write_text("甲，乙\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidInput):
        _run(path)
    assert not _ids()


def test_likes_are_kept_beside_the_ticket_and_grow_without_another_message(house: House) -> None:
    rows = [[*row, likes, "2"] for row, likes in zip(_good(2), ("7", "许多"), strict=True)]
    path = house.home / "liked.csv"
    for likes in ("7", "90"):
        rows[0][-2] = likes
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows([[*HEAD, "点赞数", "反对数"], *rows])
        done = _run(path)
        assert not done.bad
    assert (done.added, done.known) == (0, 2)
    with db.reading() as session:
        kept = session.execute(select(Like.likes, Like.dislikes).order_by(Like.ticket_id)).all()
        assert [tuple(row) for row in kept] == [(90, 2), (0, 2)]
        assert all(row.details is None for row in session.scalars(select(Ticket)))


def test_an_account_is_a_sender_where_it_is_mapped_and_no_name(house: House) -> None:
    rows = [[*row[:4], f"A{number % 2}"] for number, row in enumerate(_good(3))]
    path = house.home / "senders.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([[*HEAD[:4], "user"], *rows])
    import_file(path, {"sender": "user"}, "message_board", path.with_suffix(".bad.csv"), lambda rows, *_, **__: rows)
    with db.reading() as session:
        found = session.execute(select(Citizen.sender_digest, Citizen.name).order_by(Citizen.ticket_id)).all()
    assert found[0].sender_digest == found[2].sender_digest != found[1].sender_digest
    assert [row.name for row in found] == [None] * 3
