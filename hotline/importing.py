"""Import of messages from a file: good rows become tickets, bad ones are reported; run twice, nothing is added."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from hotline import db, desk, likes
from hotline.errors import Mismatch
from hotline.intake.inquiry import Inquiry, InvalidInput, InvalidInputs
from hotline.intake.spreadsheet import Row, read, write_bad_rows
from hotline.rights import SYSTEM

CHANNEL = "import"
BATCH = 100
"""Rows in one transaction: a crash costs at most these, and the next run takes them up."""


@dataclass(slots=True)
class Imported:
    """What an import did."""

    added: int = 0
    known: int = 0
    dispatched: int = 0
    like: int = 0
    seconds: float = 0.0
    bad: list[Row] = field(default_factory=list)
    bad_file: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        rows = [{"line": row.line, "reason": row.reason} for row in self.bad]
        names = ("added", "known", "dispatched", "like")
        return {name: getattr(self, name) for name in names} | {"bad": rows, "seconds": round(self.seconds, 2)}

    def words(self) -> str:
        """For a person."""
        reasons = Counter(row.reason for row in self.bad)
        speed = self.added / max(self.seconds, 0.001)
        lines = [
            f"新增 {self.added} 件（其中直接转办 {self.dispatched} 件，疑似重复 {self.like} 件），"
            f"已有 {self.known} 件，有问题 {len(self.bad)} 行；用时 {self.seconds:.1f} 秒，每秒 {speed:.0f} 件"
        ]
        lines += [f"  第 {row.line} 行：{row.reason}" for row in self.bad[:20]]
        if len(self.bad) > 20:
            lines += [f"  …… {reason}:{count} 行" for reason, count in reasons.most_common(10)]
        if self.bad_file:
            lines.append(f"有问题的行已写入 {self.bad_file}，改好后可再导入")
        return "\n".join(lines)


def import_file(
    file: Path,
    mapping: Mapping[str, str],
    source: str,
    bad_file: Path,
    progress: Callable[..., Iterable[Row]],
) -> Imported:
    """Import `file`; bad rows are written to `bad_file`. Raises InvalidInput when the file itself cannot be read."""
    done, start = Imported(), time.monotonic()
    rows = list(read(file, mapping, source=source))
    done.bad = [row for row in rows if row.inquiry is None]
    good = [row for row in rows if row.inquiry is not None]
    bar = iter(progress(good, "import", total=len(good)))
    while batch := list(islice(bar, BATCH)):
        with db.transaction() as session:
            _import_batch(session, batch, done)
    done.seconds = time.monotonic() - start
    if done.bad:
        write_bad_rows(bad_file, done.bad)
        done.bad_file = bad_file
    return done


def _import_batch(session: Session, batch: Sequence[Row], done: Imported) -> None:
    """What is known already is neither routed nor written: asked for in one SELECT."""
    told = [(row, row.inquiry) for row in batch if row.inquiry is not None]
    known = desk.known_digests(session, CHANNEL, (inquiry.external_id for _, inquiry in told))
    liked: dict[str, tuple[int, int]] = {}
    for row, inquiry in told:
        try:
            _import_row(session, inquiry, known.get(inquiry.external_id), done)
            if row.likes is not None:
                liked[inquiry.external_id] = row.likes
        except (Mismatch, InvalidInput) as error:  # both before anything of the row was written
            problem = InvalidInput(getattr(error, "field", "id"), error.message["zh"], error.message["en"])
            done.bad.append(Row(row.line, None, InvalidInputs([problem]).problems, row.cells))
    likes.keep(session, CHANNEL, liked)


def _import_row(session: Session, inquiry: Inquiry, known: str | None, done: Imported) -> None:
    if known is not None:
        desk.check_same(inquiry, known)
        done.known += 1
        return
    opened = desk.open_ticket(session, inquiry, SYSTEM)
    done.known += not opened.created
    done.added += opened.created
    done.dispatched += opened.created and opened.ticket.status == "dispatched"
    done.like += bool(opened.like)
