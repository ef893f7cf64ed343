"""Labelled data files: TSV or CSV with a header that names `label` and `text` in any order, or label and text alone.

UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030; the text raw or as tokens with spaces between them. Bad lines
are reported by number with the reason and the good ones are taken.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Literal

from hotline import journal
from hotline.intake.inquiry import InvalidInput
from hotline.learning.labels import Labels, UnknownLabel
from routing.decision import Matter
from routing.learning import Example

HEADINGS = {
    "label": frozenset({"label", "labels", "标签", "类别", "分类", "一级标签", "事项"}),
    "text": frozenset({"text", "content", "文本", "内容", "正文", "留言详情"}),
}
"""The names under which the two columns are looked for in a header."""

MOST_BYTES = 512 * 1024 * 1024
LONGEST_CELL = 4 * 1024 * 1024
SOME_DAMAGE = 0.01
"""With at most this share of signs unreadable a file is still taken as UTF-8, and the lines that hold them are bad."""

_UNREADABLE = re.compile("[\udc80-\udcff]")
"""A byte that is no character, as Python's surrogateescape keeps it."""

REMEDY = "请用 UTF-8 编码的 TSV 或 CSV，表头含 label 和 text 两列（或每行：标签、制表符、文本）"
REMEDY_EN = "give a UTF-8 TSV or CSV with the columns label and text, or lines of label, tab, text"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not taken: its number in the file, from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Data:
    """What a file holds: its examples by codes of the catalogue, the lines not taken, and the examples' SHA-256."""

    examples: tuple[Example, ...]
    bad: tuple[BadLine, ...]
    digest: str


def read_file(path: Path, matters: Mapping[str, Matter]) -> Data:
    """The labelled examples of a file, labels as codes of `matters`.

    Raises InvalidInput, naming the remedy, for a file that is empty, binary, too large, or has no good line.
    """
    if path.stat().st_size > MOST_BYTES:
        raise _wrong(f"文件超过 {MOST_BYTES // 1024**2} MB，请分成几份", "the file is too large; split it")
    return read(path.read_bytes(), matters)


def read(content: bytes, matters: Mapping[str, Matter]) -> Data:
    """As `read_file`, of what the file holds."""
    text = _decoded(content)
    if not text.strip():
        raise _wrong(f"文件是空的。{REMEDY}", f"the file is empty; {REMEDY_EN}")
    labels, examples, bad = Labels(matters.values()), [], []
    for line, cells in _rows(text):
        try:
            examples.append(_example(cells, labels))
        except UnknownLabel as error:
            bad.append(BadLine(line, str(error)))
    if not examples:
        first = "；".join(f"第 {each.line} 行：{each.reason}" for each in bad[:3]) or "只有表头，没有数据"
        raise _wrong(f"没有可用的行（{first}）。{REMEDY}", f"no usable line; {REMEDY_EN}")
    return Data(tuple(examples), tuple(bad), digest_of(examples))


def digest_of(examples: Sequence[Example]) -> str:
    """The SHA-256 of examples in their order, by which a model names what it was trained on."""
    return hashlib.sha256(journal.canonical([[each.label, each.text] for each in examples])).hexdigest()


def _wrong(zh: str, en: str) -> InvalidInput:
    return InvalidInput("data", zh, en)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").removeprefix("\ufeff")
    if b"\0" in content[:65536]:
        raise _wrong(f"这不是文本文件（如为 Excel，请另存为 CSV）。{REMEDY}", f"a binary file; {REMEDY_EN}")
    readings = (content.decode(encoding, "surrogateescape") for encoding in ("utf-8-sig", "gb18030"))
    text = next((text for text in readings if len(_UNREADABLE.findall(text)) <= SOME_DAMAGE * len(text)), None)
    if text is None:
        raise _wrong(f"文件的编码既不是 UTF-8 也不是 GB18030。{REMEDY}", f"neither UTF-8 nor GB18030; {REMEDY_EN}")
    return text


def _rows(text: str) -> Iterator[tuple[int, tuple[str, str] | str]]:
    """(line, (label, text)) of each row that is not blank, or (line, why it has none)."""
    rows = list(_cells(text))
    columns = _columns(rows[0][1]) if rows else None
    for line, cells in rows[1:] if columns else rows:
        if not any(cell.strip() for cell in cells):
            continue
        label, said = columns or (0, 1)
        if len(cells) <= max(label, said):
            yield line, "列数不够：应有标签和文本两列"
        else:
            yield line, (cells[label], cells[said] if columns else " ".join(cells[1:]))


def _columns(cells: Sequence[str]) -> tuple[int, int] | None:
    """Where the header has label and text; None where the first row is no header."""
    names = [cell.strip().strip('"').casefold() for cell in cells]
    label, said = (next((i for i, name in enumerate(names) if name in HEADINGS[one]), None) for one in HEADINGS)
    return (label, said) if label is not None and said is not None else None


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) of each row; a quoted cell may hold line ends."""
    first = next(line for line in text.splitlines() if line.strip())
    delimiter = "\t" if "\t" in first else ","
    rows = list(_parsed(text, delimiter))
    if delimiter == "\t" and any("\n" in cell and "\t" in cell for _, row in rows for cell in row):
        rows = list(_parsed(text, delimiter, quoted=False))  # the quotes are people's, not the file's
    yield from rows


def _parsed(text: str, delimiter: str, quoted: bool = True) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_CELL)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader, line = csv.reader(StringIO(text, newline=""), delimiter=delimiter, quoting=quoting), 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise _wrong(f"第 {line} 行读不出来（引号没有配对，或一格过长）。{REMEDY}", f"line {line}: {error}") from error


def _example(cells: tuple[str, str] | str, labels: Labels) -> Example:
    """Raises UnknownLabel with the reason."""
    if isinstance(cells, str):
        raise UnknownLabel(cells)
    label, text = (cell.strip() for cell in cells)
    if not label:
        raise UnknownLabel("没有标签")
    if _UNREADABLE.search(label + text):
        raise UnknownLabel("有无法识别的字符，请检查编码")
    if not text:
        raise UnknownLabel("没有文本")
    return Example(labels.code_of(label), text)
