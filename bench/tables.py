"""Work on the tables: embedded intake, and an import."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import house
from bench.figures import Figure, rate
from hotline import db, desk
from hotline.importing import import_file
from hotline.rights import CITIZEN

IMPORTED = 1000


def intake_embedded() -> Figure:
    """Tickets opened one by one on SQLite, each committed and written through."""
    with house.furnished():
        _open(range(50))
        value = rate(lambda: _open(range(50, 350)))
    return Figure("intake_embedded", value, "tickets/s")


def import_rows() -> Figure:
    """Rows of a CSV that become tickets on SQLite."""
    return Figure("import_rows", _imported(1), "rows/s")


def import_again() -> Figure:
    """The same file once more, when nothing is added."""
    return Figure("import_again", _imported(2), "rows/s")


def _imported(times: int) -> float:
    with house.furnished(), TemporaryDirectory() as folder:
        file = Path(folder, "messages.csv")
        with file.open("w", encoding="utf-8") as out:
            csv.writer(out).writerows([["编号", "内容", "姓名", "电话"], *_lines()])
        for _ in range(times):
            done = import_file(file, {}, "message_board", file.with_suffix(".bad"), lambda rows, *_, **__: rows)
    if done.bad or (done.added, done.known)[times - 1] != IMPORTED:
        raise RuntimeError(done.words())
    return IMPORTED / done.seconds


def _lines() -> Iterator[list[str]]:
    for number in range(IMPORTED):
        asked = house.inquiry(number)
        yield [asked.external_id, asked.content, asked.name, asked.phone]


def _open(numbers: range) -> int:
    for number in numbers:
        with db.transaction() as session:
            desk.open_ticket(session, house.inquiry(number), CITIZEN)
    return len(numbers)
