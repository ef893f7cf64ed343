"""Reading what files say: each kind, and files that mean harm."""

from __future__ import annotations

import io
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
import xlsxwriter

from hotline import attachment_texts, file_reader
from hotline.attachment_texts import read

SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(document: bytes) -> bytes:
    """A Word file with this document in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", document)
    return out.getvalue()


def paragraphs(*texts: str) -> bytes:
    said = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)
    return f'<w:document xmlns:w="{SPACE}"><w:body>{said}</w:body></w:document>'.encode()


def pdf(stream: bytes, more: bytes = b"") -> bytes:
    """A PDF of one page that shows what the stream says."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<<%s/Length %d>>stream\n%s\nendstream" % (more, len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(out),
    )


def test_each_kind_of_file_is_read() -> None:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book, {"in_memory": True}) as file:
        file.add_worksheet("费用").write_row(0, 0, ["公积金", 12])
    assert read("docx", docx(paragraphs("羊昌镇", "道路维修"))) == "羊昌镇\n道路维修"
    assert read("xlsx", book.getvalue()) == "费用\n公积金 12.0"
    assert read("pdf", pdf(b"BT /F 12 Tf 10 10 Td (asphalt 2026) Tj ET")) == "asphalt 2026"
    assert read("txt", "\ufeff现场\r\n情况".encode()) == "现场\r\n情况"


def test_only_so_much_is_kept() -> None:
    assert len(read("txt", ("字" * 200_000).encode())) == file_reader.LONGEST


BOMB = b"<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(ord("b"), ord("k"))
)
HARMFUL: dict[str, tuple[str, bytes | Callable[[], bytes]]] = {
    "rubbish": ("pdf", b"%PDF-1.7 rubbish" * 50),
    "no parts": ("docx", b"PK\x03\x04 nothing"),
    "entities": ("docx", docx(BOMB + b"]><l>&j;</l>")),
    "external entity": ("docx", docx(b"<!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><l>&a;</l>")),
    "unpacks to much": ("docx", lambda: docx(b" " * 100_000_000)),
    "a stream that unpacks to much": ("pdf", lambda: pdf(zlib.compress(b" " * 400_000_000), b"/Filter/FlateDecode")),
    "no table": ("xlsx", docx(b"<w/>")),
    "not UTF-8": ("txt", b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_file_says_nothing_and_holds_nobody_up(name: str) -> None:
    kind, content = HARMFUL[name]
    assert read(kind, content if isinstance(content, bytes) else content()) == ""


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(attachment_texts, "SECONDS", 0.001)
    begun = time.monotonic()
    assert read("txt", b"text") == ""
    assert time.monotonic() - begun < file_reader.CPU_SECONDS


def test_the_reader_has_no_settings_and_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_KEY", "secret")
    seen = {}

    def run(command: list[str], **given: object) -> None:
        seen.update(given, command=command)

    monkeypatch.setattr(attachment_texts.subprocess, "run", run)
    read("txt", b"text")
    assert seen["env"] == {}
    assert "-I" in seen["command"]
