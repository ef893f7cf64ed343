"""Messages from a spreadsheet (人民网, 省府网, 市长信箱 …): each row becomes an Inquiry, or says why it
does not.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

from hotline.intake.fields import instant, kind_code, one_line, phone_number
from hotline.intake.inquiry import SOURCES, Inquiry, InvalidInput
from hotline.intake.said import title_said
from hotline.intake.sheets import RawRow, neutral, raw_rows

CONTENT_LENGTH = (2, 20_000)

COLUMNS = {
    "id": ("编号", "留言编号", "工单号", "工单编号", "信件编号", "件号", "id", "no", "number", "message id"),
    "title": ("标题", "主题", "留言主题", "留言标题", "信件标题", "诉求标题", "title", "subject", "topic"),
    "content": (
        *("内容", "留言详情", "留言内容", "详情", "正文", "诉求内容", "来信内容", "信件内容", "问题描述"),
        *("content", "detail", "details", "body", "message", "text", "description"),
    ),
    "time": (
        *("时间", "留言时间", "来信时间", "提交时间", "受理时间", "登记时间", "日期", "创建时间"),
        *("time", "date", "datetime", "created at", "submitted at", "received at"),
    ),
    "name": ("姓名", "称呼", "联系人", "来电人", "来信人", "诉求人", "留言人", "name", "citizen", "contact"),
    "phone": (
        *("电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "来电号码", "电话号码"),
        *("phone", "mobile", "tel", "telephone", "phone number"),
    ),
    "place": (
        *("地点", "位置", "事发地点", "发生地点", "事发地址", "地址", "区域"),
        *("place", "location", "address"),
    ),
    "source": ("来源", "来源渠道", "诉求来源", "渠道", "source", "channel"),
    "kind": ("类型", "诉求类型", "信件类型", "工单类型", "kind", "type"),
    "sender": ("用户编号", "留言用户", "用户账号"),
    "likes": ("点赞数", "点赞", "赞同数", "支持数", "likes"),
    "dislikes": ("反对数", "点踩数", "dislikes"),
}
"""What a row can tell, and the headings it is known by. A `user` is an account, not a name (`--map sender=user` takes
it as one); a 序号 counts anew in each file: neither is taken unless mapped.
"""

_ABOUT_IT = ("id", "sender", "likes", "dislikes")
"""What is told about a message and is not part of it: more likes make no other message."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, the Inquiry or None with the problems, and the cells under their
    headings.
    """

    line: int
    inquiry: Inquiry | None
    problems: tuple[InvalidInput, ...]
    cells: Mapping[str, str]
    likes: tuple[int, int] | None = None
    """How many liked and disliked it where it stood; None where the file does not say."""

    @property
    def reason(self) -> str:
        """All that is wrong, in one Chinese sentence; empty for a good row."""
        return "；".join(problem.message["zh"].rstrip("。") for problem in self.problems)


def read(
    path: Path,
    mapping: Mapping[str, str] | None = None,
    *,
    source: str = "message_board",
    now: datetime | None = None,
) -> Iterator[Row]:
    """The rows of a file in order, none left out; read as they are asked for.

    `mapping` names columns by hand (`{"content": "留言详情", "kind": ""}`; empty switches one off); the
    others are found by COLUMNS. `source` is the code of rows without a 来源. A time later than `now` is a
    problem; an empty one means now. The external id is the source and the row's own 编号, else a hash of
    the row, so that a second run gives the same. Raises InvalidInput where the file cannot be read or has
    no column of contents.
    """
    rows = raw_rows(path)
    first = list(islice(rows, _HEADING_WITHIN))
    at, columns = _find_columns(first, mapping or {})
    headings = _unique(first[at].cells)
    reader = _Reader(columns, headings, source, now or datetime.now(UTC))
    return (reader.row(raw) for raw in chain(first[at + 1 :], rows))


def mapping_of(pairs: Iterable[str]) -> dict[str, str]:
    """`["content=留言详情", "kind="]`, as `--map` takes them, as the mapping of `read`. Raises
    InvalidInput("map").
    """
    split = [pair.partition("=") for pair in pairs]
    for key, equals, _ in split:
        if not equals:
            raise InvalidInput(
                "map",
                f"--map {one_line(key)[:40]} 里没有等号。请写成 --map content=留言详情。",
                f"--map {one_line(key)[:40]} has no equals sign: write --map content=留言详情.",
            )
    return {key.strip(): name.strip() for key, _, name in split}


_HEADING_WITHIN = 10


def _heading(text: str) -> str:
    """A heading for comparison: one width, one case, without 【】, (…), colons, stars, spaces and
    underscores.
    """
    word = unicodedata.normalize("NFKC", text).lower()
    word = re.sub(r"\([^()]{0,40}\)", "", word)
    return re.sub(r"[\s_\-*::【】\[\]]", "", word)


_KNOWN = {_heading(name): key for key, names in COLUMNS.items() for name in names}


def _find_columns(rows: list[RawRow], mapping: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Where the headings stand (a sheet may have a title above) and which column tells what."""
    _refuse_unknown(mapping)
    for at, row in enumerate(rows):
        columns = _columns(row.cells, mapping)
        if "content" in columns:
            missing = [name for key, name in mapping.items() if name and key not in columns]
            if missing:
                raise _no_column(row, f"“{missing[0]}”", missing[0])
            return at, columns
    raise _no_column(rows[0] if rows else RawRow(1, ()), "留言内容", "contents")


def _columns(cells: tuple[str, ...], mapping: Mapping[str, str]) -> dict[str, int]:
    headings = [_heading(cell) for cell in cells]
    columns: dict[str, int] = {}
    for index, heading in enumerate(headings):
        key = _KNOWN.get(heading)
        if key and key not in mapping:
            columns.setdefault(key, index)
    for key, name in mapping.items():
        if name and _heading(name) in headings:
            columns[key] = headings.index(_heading(name))
    return columns


def _refuse_unknown(mapping: Mapping[str, str]) -> None:
    for key in mapping:
        if key not in COLUMNS:
            raise InvalidInput(
                "map",
                f"--map 里没有“{one_line(key)[:40]}”这一项，可用的有：{'、'.join(COLUMNS)}。",
                f"--map has no “{one_line(key)[:40]}”: use {', '.join(COLUMNS)}.",
            )


def _no_column(header: RawRow, zh: str, en: str) -> InvalidInput:
    found = "、".join(one_line(cell)[:20] for cell in header.cells if cell) or "(空)"
    return InvalidInput(
        "file",
        f"找不到{zh}这一列。第 {header.line} 行的列名是：{found}。请用 --map 指定，例如 --map content=留言详情。",
        f"No column for {en}. Line {header.line} has: {found}. Name it, such as --map content=留言详情.",
    )


def _unique(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Headings under which cells can be kept: empty and doubled ones get their column's number."""
    seen: Counter[str] = Counter()
    names = []
    for index, cell in enumerate(cells, start=1):
        name = one_line(cell) or f"第{index}列"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}({index})")
    return tuple(names)


_LONGEST_COUNT = 9
_TOO_OLD = datetime(1990, 1, 1, tzinfo=UTC)
_SOURCE_CODES = {name: code for code, name in SOURCES.items()} | {code: code for code in SOURCES}
_SOURCE_WORDS = {
    "12345": "phone",
    "电话": "phone",
    "微信": "wechat",
    "市长": "mayor_mailbox",
    "书记": "mayor_mailbox",
    "信箱": "mayor_mailbox",
    "人民网": "message_board",
    "留言板": "message_board",
    "问政": "online_inquiry",
    "政府网": "government_site",
    "省府网": "government_site",
    "交办": "assigned",
    "110": "other_line",
    "热线": "other_line",
    "网": "web",
}
"""Words in a 来源 as offices write it, the telling ones first."""


@dataclass(slots=True)
class _Reader:
    """Reads row after row of one file, and remembers the ids it has met there."""

    columns: Mapping[str, int]
    headings: tuple[str, ...]
    source: str
    now: datetime
    _met: dict[str, tuple[int, str]] = field(default_factory=dict)
    _alike: Counter[str] = field(default_factory=Counter)

    def row(self, raw: RawRow) -> Row:
        """The raw row as an Inquiry, or with every problem it has."""
        cells = self._cells(raw)
        if raw.broken:
            return Row(raw.line, None, (InvalidInput("file", *raw.broken),), cells)
        told = {key: raw.cells[at] if at < len(raw.cells) else "" for key, at in self.columns.items()}
        problems = self._surplus(raw)
        values: dict[str, Any] = {}
        for name, check in (_CHECKS | {"received_at": self._received_at, "source": self._source}).items():
            try:
                values[name] = check(told)
            except InvalidInput as problem:
                problems.append(problem)
        number = one_line(told.get("id", ""))
        external_id = self._external_id(number, told, values.get("source", self.source))
        problems += self._taken(external_id, raw.line, told) if number else []
        if problems:
            return Row(raw.line, None, tuple(problems), cells)
        values["title"] = values["title"] or title_said(values["content"])
        inquiry = Inquiry(channel="import", external_id=external_id, source_number=number, **values)
        return Row(raw.line, inquiry, (), cells, _likes(told))

    def _cells(self, raw: RawRow) -> dict[str, str]:
        more = (f"第{index}列" for index in range(len(self.headings) + 1, len(raw.cells) + 1))
        return dict(zip_longest([*self.headings, *more], raw.cells, fillvalue=""))

    def _surplus(self, raw: RawRow) -> list[InvalidInput]:
        """Filled cells beyond the headings: most often a comma that should stand in quotes."""
        if not any(raw.cells[len(self.headings) :]):
            return []
        given, known = len(raw.cells), len(self.headings)
        return [
            InvalidInput(
                "file",
                f"这一行有 {given} 格，列名只有 {known} 个。文字里有逗号或换行的，请给整格加上引号。",
                f"{given} cells under {known} headings: put text with commas or line breaks in quotes.",
            )
        ]

    def _received_at(self, told: Mapping[str, str]) -> datetime | None:
        text = one_line(told.get("time", ""))
        moment = instant(text)
        if not text or (moment and _TOO_OLD <= moment <= self.now):
            return moment
        if moment is None:
            raise InvalidInput(
                "time",
                f"时间“{text[:30]}”读不出来，请写成 2026-11-22 15:30:00。",
                f"The time “{text[:30]}” cannot be read: write it like 2026-11-22 15:30:00.",
            )
        wrong = ("还没有到", "is yet to come") if moment > self.now else ("早于 1990 年", "is before 1990")
        raise InvalidInput("time", f"时间“{text}”{wrong[0]}，请核对。", f"The time “{text}” {wrong[1]}: please check.")

    def _source(self, told: Mapping[str, str]) -> str:
        """The code of a 来源 by its name, its code or a telling word in it; the file's own source where
        empty.
        """
        text = one_line(told.get("source", ""))
        code = _SOURCE_CODES.get(text) or next((c for word, c in _SOURCE_WORDS.items() if word in text), None)
        if not text:
            return self.source
        if code is None:
            raise InvalidInput(
                "source",
                f"不认识来源“{text[:20]}”。请用：{'、'.join(SOURCES.values())}；或用 --map source= 不取这一列。",
                f"Unknown source “{text[:20]}”: use {', '.join(SOURCES)}, or --map source= to leave it out.",
            )
        return code

    def _external_id(self, number: str, told: Mapping[str, str], source: str) -> str:
        if number:
            return f"{source}:{number}"
        digest = _digest(told)
        self._alike[digest] += 1
        again = f":{self._alike[digest]}" if self._alike[digest] > 1 else ""
        return f"{source}:row:{digest}{again}"

    def _taken(self, external_id: str, line: int, told: Mapping[str, str]) -> list[InvalidInput]:
        """An id that another row of this file has with other words; the same row twice is one message."""
        digest = _digest(told)
        first, known = self._met.setdefault(external_id, (line, digest))
        if known == digest:
            return []
        return [
            InvalidInput(
                "id",
                f"编号与第 {first} 行相同，内容却不同。请改正编号，或用 --map id= 不取这一列。",
                f"The id is that of line {first}, the words are not: correct it, or leave it out (--map id=).",
            )
        ]


def _digest(told: Mapping[str, str]) -> str:
    words = "\x1f".join(f"{key}\x1e{told[key]}" for key in sorted(told) if key not in _ABOUT_IT)
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def _content(told: Mapping[str, str]) -> str:
    text = told["content"]
    shortest, longest = CONTENT_LENGTH
    if not text:
        raise InvalidInput(
            "content", "内容是空的。请补上市民说的话。", "The content is empty: add the citizen's words."
        )
    if not shortest <= len(text) <= longest:
        raise InvalidInput(
            "content",
            f"内容应为 {shortest} 到 {longest} 个字，这里有 {len(text)} 个字。",
            f"The content must have {shortest} to {longest} characters; it has {len(text)}.",
        )
    return text


def _line(key: str, zh: str, longest: int) -> Callable[[Mapping[str, str]], str]:
    """The check of a cell of one line with at most `longest` characters."""

    def check(told: Mapping[str, str]) -> str:
        text = one_line(told.get(key, ""))
        if len(text) > longest:
            raise InvalidInput(
                key,
                f"{zh}最多 {longest} 个字，这里有 {len(text)} 个字。",
                f"{key}: at most {longest} characters; here are {len(text)}.",
            )
        return text

    return check


def _phone(told: Mapping[str, str]) -> str:
    """The phone; one that the publisher masked (138****0000) is of no use and is left empty."""
    text = one_line(told.get("phone", ""))
    return "" if "*" in text else phone_number(text[:100], "phone")


def _likes(told: Mapping[str, str]) -> tuple[int, int] | None:
    """(likes, dislikes); None where neither is told. What is no number counts as none."""
    cells = [one_line(told.get(key, "")) for key in ("likes", "dislikes")]
    found = [int(cell) if cell.isascii() and cell.isdigit() and len(cell) <= _LONGEST_COUNT else 0 for cell in cells]
    return (found[0], found[1]) if any(cells) else None


def _kind(told: Mapping[str, str]) -> str | None:
    try:
        return kind_code(told.get("kind", ""), "kind")
    except InvalidInput as problem:
        zh, en = problem.message["zh"], problem.message["en"]
        raise InvalidInput(
            "kind", f"{zh}或用 --map kind= 不取这一列。", f"{en} Or leave it out by --map kind=."
        ) from None


_CHECKS: dict[str, Callable[[Mapping[str, str]], object]] = {
    "content": _content,
    "title": _line("title", "标题", 300),
    "name": _line("name", "姓名", 50),
    "phone": _phone,
    "place": _line("place", "地点", 200),
    "kind": _kind,
    "sender": _line("sender", "用户编号", 100),
}


def write_bad_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write the bad rows among `rows` as CSV that Excel opens: 行号, 原因, then the cells as they came.

    Cells that a sheet would run as a formula are neutralised. Returns how many; without any, no file is made.
    """
    bad = [row for row in rows if row.problems]
    if not bad:
        return 0
    headings = list(dict.fromkeys(heading for row in bad for heading in row.cells))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([neutral(text) for text in ("行号", "原因", *headings)])
        for row in bad:
            cells = (neutral(row.cells.get(heading, "")) for heading in headings)
            writer.writerow([row.line, neutral(row.reason), *cells])
    return len(bad)
