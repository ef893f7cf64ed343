"""Lists and tables taken out of the house: csv or xlsx, with a reason, and an event that says who, why, what and how.

What goes out holds no personal data and no free text: numbers of tickets, codes' names, times and sets. No cell is ever
run as a formula. The event stands in the chain of whoever exports, so that none of them goes missing unseen; it names
the SHA-256 of the very bytes that were handed over.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.errors import Forbidden
from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput
from hotline.intake.sheets import neutral
from hotline.knowledge import ZONE
from hotline.reports.printing import Book, Cell
from hotline.reports.scope import Scope
from hotline.rights import SYSTEM, Actor
from hotline.rulemaking.rights import alone

LONGEST_REASON = 200
MOST_ROWS = 200_000
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to go out: a `name` for the file (ASCII), a `title` for the sheet, the head and the rows.

    `asked` says what was filtered by, as the event keeps it.
    """

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    asked: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """A file as it is handed over; `digest` is its SHA-256, `count` its rows without the head, `asked` with the why."""

    name: str
    type: str
    content: bytes
    count: int
    digest: str
    asked: Mapping[str, Any]


def file_of(actor: Actor, sheet: Sheet, form: str, reason: str) -> Export:
    """The file; `record` it, and commit, before it is handed over.

    Raises Forbidden, and InvalidInput (format, reason; to, where there are too many rows).
    """
    check_right(actor)
    why = clean(reason).strip()
    _check(form, why)
    check_count(len(sheet.rows))
    content = _WRITERS[form](sheet)
    asked, digest = {**sheet.asked, "reason": why}, hashlib.sha256(content).hexdigest()
    return Export(f"{sheet.name}.{form}", TYPES[form], content, len(sheet.rows), digest, asked)


def written(path: Path, count: int, asked: Mapping[str, Any]) -> Export:
    """A workbook that the command line has written already, to be recorded as what it is."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Export(path.name, TYPES["xlsx"], b"", count, digest, asked)


def check_right(actor: Actor) -> None:
    """Raise Forbidden for who may not take lists out of the house."""
    if actor != SYSTEM and not actor.may("export"):
        raise Forbidden("您的角色不能导出数据，如需要请找管理员", "your roles do not allow an export")


def record(session: Session, actor: Actor, made: Export) -> None:
    """The event of an export, in the chain of who takes it. Raises Stale where one person takes two at one instant."""
    data = {**made.asked, "file": made.name, "count": made.count, "sha256": made.digest}
    with alone(session):
        entry = journal.Entry(f"export:{actor.id}", "export", actor.id, db.now(session), data, actor.unit)
        journal.record(session, entry)


def filters(scope: Scope) -> dict[str, Any]:
    """What a scope was narrowed by, as an event keeps it."""
    names = ("unit", "group", "kind", "source", "matter", "place", "agent")
    chosen = {name: getattr(scope, name) for name in names if getattr(scope, name)}
    days = {"from": scope.first.isoformat(), "to": scope.last.isoformat(), "cut_off": scope.cut_off.isoformat()}
    return days | chosen | ({"assessed": True} if scope.assessed else {})


def check_count(count: int) -> None:
    """Raise InvalidInput (to) for more rows than go out at once: asked before they are read."""
    if count > MOST_ROWS:
        zh = f"共 {count:,} 行，一次最多导出 {MOST_ROWS:,} 行，请缩短统计期或再筛选"
        raise InvalidInput(
            "to", zh, f"{count:,} rows; at most {MOST_ROWS:,} at once: a shorter period, or more filters"
        )


def _check(form: str, reason: str) -> None:
    if form not in TYPES:
        raise InvalidInput("format", "格式(format)应为 csv 或 xlsx", "format is csv or xlsx")
    if not 0 < len(reason) <= LONGEST_REASON:
        zh = f"请写明导出理由(reason)，不超过 {LONGEST_REASON} 字，会记入审计"
        raise InvalidInput("reason", zh, f"say why (reason), in {LONGEST_REASON} characters; it is kept for the audit")


def _csv(sheet: Sheet) -> bytes:
    """UTF-8 with its mark, which Excel needs, and CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([neutral(each) for each in sheet.head])
    writer.writerows([_text(cell) for cell in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")


def _text(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return neutral(cell)
    return cell if isinstance(cell, int | float) else f"{cell.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


def _xlsx(sheet: Sheet) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        Book(book).sheet(sheet.title, sheet.head, sheet.rows)
    return out.getvalue()


_WRITERS = {"csv": _csv, "xlsx": _xlsx}
