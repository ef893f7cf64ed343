"""Keep call records once each: the same record again changes nothing, another leg of a call is joined to it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline import db
from hotline.calls.records import FIELDS, Record, record_of
from hotline.intake.inquiry import InvalidInput
from hotline.intake.sheets import RawRow, neutral, raw_rows
from hotline.models import Call

BATCH = 500
_SHOWN_BAD = 20


@dataclass(slots=True)
class Loaded:
    """What a load did: `bad` are (line or place, reason in Chinese), `others` records of contexts not asked for."""

    added: int = 0
    known: int = 0
    others: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)
    bad_file: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        bad = [{"line": n, "reason": why} for n, why in self.bad]
        return {"added": self.added, "known": self.known, "others": self.others, "bad": bad}

    def words(self) -> str:
        """For a person."""
        lines = [f"新增 {self.added:,} 通，已有 {self.known:,} 通，有问题 {len(self.bad):,} 行"]
        lines += [f"不是所选上下文的 {self.others:,} 行，没有导入"] if self.others else []
        lines += [f"  第 {line} 行：{why}" for line, why in self.bad[:_SHOWN_BAD]]
        if self.bad_file:
            lines.append(f"有问题的行已写入 {self.bad_file}，改好后可再导入")
        return "\n".join(lines)


def keep(session: Session, records: Sequence[Record]) -> Loaded:
    """Keep the records in the caller's transaction; legs of one call are one row, whatever the order they come in."""
    calls: dict[str, Record] = {}
    for record in records:
        calls[record.uniqueid] = calls[record.uniqueid].joined(record) if record.uniqueid in calls else record
    if not calls:
        return Loaded()
    insert = (postgresql if db.is_postgres(session) else sqlite).insert(Call).returning(Call.uniqueid)
    added = set(session.scalars(insert.on_conflict_do_nothing(), [_row(each) for each in calls.values()]))
    _join(session, [each for each in calls.values() if each.uniqueid not in added])
    return Loaded(added=len(added), known=len(records) - len(added))


def _join(session: Session, legs: Sequence[Record]) -> None:
    known = select(Call).where(Call.uniqueid.in_([leg.uniqueid for leg in legs])).with_for_update()
    rows = {row.uniqueid: row for row in session.scalars(known)} if legs else {}
    for leg in legs:
        row = rows[leg.uniqueid]
        kept = Record(row.uniqueid, row.started_at, row.answered_at, row.ended_at, row.disposition, row.agent)
        for name, value in _row(kept.joined(leg)).items():
            setattr(row, name, value)
    session.flush()


def _row(record: Record) -> dict[str, Any]:
    names = ("uniqueid", "started_at", "answered_at", "ended_at", "wait_seconds", "talk_seconds")
    return {name: getattr(record, name) for name in (*names, "disposition", "agent")}


def keep_file(
    file: Path, bad_file: Path, progress: Callable[..., Iterable[Any]], contexts: Collection[str] = ()
) -> Loaded:
    """Keep a file of records (CSV with a heading of Asterisk's names, or Asterisk's own without one; or a sheet); with
    `contexts` only those of these contexts of the dialplan: the exchange writes down outgoing calls too.

    Bad lines are reported and written to `bad_file`, the good ones taken. Raises InvalidInput (file) where the file
    cannot be read, or is none of call records.
    """
    rows, done = list(raw_rows(file)), Loaded()
    names, every = _columns(rows)
    body = _of_contexts(names, every, contexts) if contexts else every
    done.others = len(every) - len(body)
    bad: list[RawRow] = []
    read = iter(progress(_read(names, body, done, bad), "calls", total=len(body)))
    while batch := list(islice(read, BATCH)):
        with db.transaction() as session:
            taken = keep(session, [record for record in batch if record is not None])
        done.added, done.known = done.added + taken.added, done.known + taken.known
    if bad:
        _write(bad_file, names, bad)
        done.bad_file = bad_file
    return done


def _columns(rows: Sequence[RawRow]) -> tuple[Sequence[str], Sequence[RawRow]]:
    first = [cell.strip().lower() for cell in rows[0].cells] if rows else []
    if "uniqueid" in first and "start" in first:
        return first, rows[1:]
    if len(first) >= len(FIELDS) - 1:
        return FIELDS, rows
    raise InvalidInput(
        "file",
        "这不像话单：第一行应有 start、answer、end、disposition、uniqueid 等列名，或是 Asterisk 自己写的 Master.csv",
        "not a file of call records: a heading with start, answer, end, disposition, uniqueid is needed",
    )


def _of_contexts(names: Sequence[str], rows: Sequence[RawRow], contexts: Collection[str]) -> list[RawRow]:
    """The records of these contexts, and rows that cannot be read: those are told of."""
    if "dcontext" not in names:
        raise InvalidInput(
            "context",
            "话单里没有 dcontext 这一列，不能按上下文挑选；请导出带 dcontext 的话单，或去掉 --context",
            "these records have no dcontext to choose by",
        )
    place = names.index("dcontext")
    return [row for row in rows if row.broken or len(row.cells) <= place or row.cells[place].strip() in contexts]


def _read(names: Sequence[str], rows: Iterable[RawRow], done: Loaded, bad: list[RawRow]) -> Iterator[Record | None]:
    for row in rows:
        try:
            yield record_of(_cells(names, row))
        except InvalidInput as error:
            done.bad.append((row.line, error.message["zh"]))
            bad.append(row)
            yield None


def _cells(names: Sequence[str], row: RawRow) -> Mapping[str, str]:
    if row.broken:
        raise InvalidInput("file", *row.broken)
    return dict(zip(names, row.cells, strict=False))


def _write(path: Path, names: Sequence[str], rows: Iterable[RawRow]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        writer.writerows([neutral(cell) for cell in row.cells] for row in rows)
