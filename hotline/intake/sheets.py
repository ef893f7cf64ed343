"""Files of rows: CSV in the encodings people save it in, and Excel or ODS, as numbered rows of text.

A number is the line (CSV) or row (sheet) where a person finds the row in the file, counted from 1.
"""

from __future__ import annotations

import codecs
import csv
import resource
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import python_calamine

from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput

SHEETS = (".xlsx", ".xls", ".ods", ".xlsm", ".xlsb")
MAX_CELL = 1_000_000
_MAX_UNPACKED = 1 << 29
_MAX_MEMORY = 4 << 30


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file; `broken` says in (zh, en) why its cells could not be told apart."""

    line: int
    cells: tuple[str, ...]
    broken: tuple[str, str] | None = None


def raw_rows(path: Path) -> Iterator[RawRow]:
    """The rows of a .csv, .tsv, .txt, .xlsx, .xls or .ods file that are not wholly empty.

    Raises InvalidInput("file") where the file is missing, of another type, encrypted or unreadable.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InvalidInput("file", f"找不到文件 {path.name}。请核对路径。", f"There is no file {path.name}.")
    if suffix in SHEETS:
        rows = _sheet_rows(path)
    elif suffix in (".csv", ".tsv", ".txt"):
        rows = _csv_rows(path)
    else:
        raise InvalidInput(
            "file",
            f"不支持 {suffix or '没有扩展名'} 的文件。请另存为 .csv、.xlsx、.xls 或 .ods。",
            f"Files of type {suffix or '(none)'} cannot be read: save as .csv, .xlsx, .xls or .ods.",
        )
    return (row for row in rows if row.broken or any(row.cells))


def _encoding(path: Path) -> str:
    """utf-8 with or without its mark, utf-16 with its mark, else gb18030, which older Excel saves in
    China.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise InvalidInput(
        "file",
        "文件的编码认不出来。请在 Excel 或 WPS 里另存为“CSV UTF-8”再导入。",
        "The file's encoding is unknown: save it as CSV UTF-8.",
    )


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


class _Lines:
    """The file's lines for the csv reader, keeping those of the row under way so that a broken row is not
    lost.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.row: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.row.append(line)
        return line


def _csv_rows(path: Path) -> Iterator[RawRow]:
    csv.field_size_limit(MAX_CELL)
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        lines = _Lines(iter(file))
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            begun, lines.row = reader.line_num + 1, []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield RawRow(begun, (clean("".join(lines.row)[:MAX_CELL]),), _broken(lines.row))
                continue
            yield RawRow(begun, tuple(clean(cell) for cell in cells))


def _delimiter(header: str) -> str:
    return max(",\t;", key=header.count)


def _broken(lines: list[str]) -> tuple[str, str]:
    more = f"(共 {len(lines)} 行)" if len(lines) > 1 else ""
    return (
        f"引号没有成对，或格子超过 {MAX_CELL} 字，这一行{more}读不出来。请在表格软件里改好再导入",
        f"Unbalanced quotes or a cell over {MAX_CELL} characters: {len(lines)} line(s) cannot be read",
    )


def named_sheets(path: Path) -> dict[str, list[RawRow]]:
    """The visible sheets of a workbook by name, each with its rows that are not wholly empty.

    A child process reads it: a damaged or hostile file can make the native reader ask for all memory and abort,
    which must cost this one file and not the process that imports it. Raises InvalidInput("file") as `raw_rows`.
    """
    _refuse_other(path)
    _refuse_bomb(path)
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_limit) as pool:
            tables = pool.submit(_tables, path).result()
    except BrokenProcessPool:
        tables = None
    if tables is None:
        raise _unreadable()
    if tables == "password":
        raise InvalidInput("file", "文件有密码。请先去掉密码再导入。", "The file has a password: remove it first.")
    return {
        name: [RawRow(line, tuple(cells)) for line, cells in enumerate(table, start=1) if any(cells)]
        for name, table in tables.items()
    }


def _sheet_rows(path: Path) -> Iterator[RawRow]:
    """The rows of the first visible sheet that has any."""
    return iter(next(filter(None, named_sheets(path).values()), []))


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tables(path: Path) -> dict[str, list[tuple[str, ...]]] | Literal["password"] | None:
    """All cells as text, sheet by sheet; "password" for an encrypted file, None for one that cannot be read."""
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            visible = python_calamine.SheetVisibleEnum.Visible
            shown = [sheet.name for sheet in book.sheets_metadata if sheet.visible == visible]
            sheets = ((name, book.get_sheet_by_name(name)) for name in shown)
            return {
                name: [tuple(map(_text_of, cells)) for cells in sheet.to_python(skip_empty_area=False)]
                for name, sheet in sheets
            }
    except python_calamine.PasswordError:
        return "password"
    except BaseException:  # noqa: BLE001 - the native reader's panics are no Exception
        return None


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "file",
        "文件打不开：可能已损坏，或扩展名与内容不符。请用 Excel 或 WPS 打开后另存。",
        "The file cannot be read: it is damaged or not what its name says. Open it and save it anew.",
    )


_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def _refuse_other(path: Path) -> None:
    """Whatever its name says, a workbook is a zip or an OLE file."""
    with path.open("rb") as file:
        if not file.read(8).startswith(_BEGINNINGS):
            raise _unreadable()


def _refuse_bomb(path: Path) -> None:
    """A sheet is a zip; one that unpacks to more than 512 MB is refused before it fills the memory."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return
    if unpacked > _MAX_UNPACKED:
        raise InvalidInput(
            "file",
            "文件解开后超过 512 MB。请拆成几个文件再导入。",
            "The file unpacks to more than 512 MB: split it.",
        )


_Cell = int | float | str | bool | time | date | datetime | timedelta


def _text_of(cell: _Cell) -> str:
    """A cell as a person reads it: whole numbers without `.0`, times as ISO."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return clean(str(cell))


_FORMULA = set("=+-@\uff1d\uff0b\uff0d\uff20")


def neutral(text: str) -> str:
    """A cell that no table program runs as a formula: an apostrophe before = + - @, full-width ones, tab,
    CR, LF.
    """
    if text[:1] in set("\t\r\n") or text.lstrip()[:1] in _FORMULA:
        return "'" + text
    return text
