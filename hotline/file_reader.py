"""The text of one file, read in a process of its own: `python file_reader.py pdf < file > text`.

Whoever hands in a file may want to harm who reads it. So the reader has no settings and no keys, may use so much time,
memory and output and no more, and is ended from outside: whatever happens in it, nothing else stops.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

CPU_SECONDS = 8
MEMORY = 1024**3
"""Bytes of address space, of which an idle interpreter takes a tenth."""

MOST_PAGES, MOST_ROWS, LONGEST = 200, 20_000, 50_000
"""Pages and rows that are read, and characters that are kept."""

_UNPACKED = 32 * 1024**2
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _pdf(content: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    for page in islice(PdfReader(io.BytesIO(content)).pages, MOST_PAGES):
        yield page.extract_text()


def _docx(content: bytes) -> Iterator[str]:
    from defusedxml.ElementTree import fromstring

    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("word/document.xml") as part:
        unpacked = part.read(_UNPACKED + 1)
    if len(unpacked) > _UNPACKED:
        raise ValueError("the document unpacks to too much")
    for paragraph in fromstring(unpacked).iter(f"{_W}p"):
        yield "".join(piece.text or "" for piece in paragraph.iter(f"{_W}t"))


def _xlsx(content: bytes) -> Iterator[str]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in book.sheet_names:
        yield name
        for row in islice(book.get_sheet_by_name(name).iter_rows(), MOST_ROWS):
            yield " ".join(str(cell) for cell in row if cell != "")


def _txt(content: bytes) -> Iterator[str]:
    yield content.decode("utf-8-sig")


READERS: Mapping[str, Callable[[bytes], Iterator[str]]] = {"pdf": _pdf, "docx": _docx, "xlsx": _xlsx, "txt": _txt}
"""Type of file (hotline.desk.evidence.TYPES) → its texts, part by part. Pictures have none."""


def text_of(kind: str, content: bytes) -> str:
    """The first LONGEST characters of a file, a line per part. Raises whatever the readers raise for rubbish."""
    lines, length = [], 0
    for line in READERS[kind](content):
        lines.append(line.strip())
        length += len(line)
        if length > LONGEST:
            break
    return "\n".join(filter(None, lines))[:LONGEST]


def _limit() -> None:
    limits = {
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_FSIZE: LONGEST * 4,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for name, most in limits.items():
        resource.setrlimit(name, (most, most))
    os.nice(10)


if __name__ == "__main__":
    _limit()
    sys.stdout.buffer.write(text_of(sys.argv[1], sys.stdin.buffer.read()).encode(errors="replace"))
