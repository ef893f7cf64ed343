"""The dresses of a bulletin by name: html, xlsx, docx and pdf; each made once for a document and kept a while."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from hotline import journal
from hotline.bulletins import page
from hotline.bulletins.pdf import pdf
from hotline.bulletins.shapes import Json
from hotline.bulletins.word import word
from hotline.bulletins.workbook import workbook
from hotline.errors import OutOfOrder
from hotline.intake.inquiry import InvalidInput

KEPT = 16
"""Files kept in memory, of some hundred kilobytes each."""


@dataclass(frozen=True, slots=True)
class Dress:
    """One form of a bulletin: how it is made, what it is called, and what browsers call it."""

    make: Callable[[Json, str], bytes]
    name: str
    media_type: str


DRESSES: Mapping[str, Dress] = {
    "pdf": Dress(pdf, "PDF", "application/pdf"),
    "docx": Dress(word, "Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": Dress(workbook, "Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "html": Dress(page.file, "网页", "text/html; charset=utf-8"),
}
"""In the order in which they are offered."""


def dressed(document: Json, sha256: str, form: str) -> bytes:
    """The document in one of DRESSES. Raises InvalidInput (as) for another name, NoChineseFont, OutOfOrder where the
    document does not give its hash (empty for a draft): no file says of itself what is not so.
    """
    if form not in DRESSES:
        zh = f"没有“{form[:20]}”这种格式，可选：{'、'.join(DRESSES)}"
        raise InvalidInput("as", zh, f"as: one of {', '.join(DRESSES)}")
    kept = journal.canonical(document)
    if sha256 and hashlib.sha256(kept).hexdigest() != sha256:
        zh = "内容与发布时的指纹不符，这一版被人动过，不能下载。请运维人员执行 python -m hotline bulletin verify"
        raise OutOfOrder(zh, "the content does not give its hash: run python -m hotline bulletin verify")
    return _dressed(kept, sha256, form)


@lru_cache(KEPT)
def _dressed(document: bytes, sha256: str, form: str) -> bytes:
    return DRESSES[form].make(json.loads(document), sha256)


def file_name(document: Json, form: str) -> str:
    """monthly-2026-10-01-v1.pdf; a draft's says so."""
    version = f"v{document['version']}" if document["version"] else "draft"
    return f"{document['kind']}-{document['first']}-{version}.{form}"
