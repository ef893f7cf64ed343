"""The PDF of a bulletin, set by Typst from the document and its pictures; the same document gives the same bytes."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from hotline import journal
from hotline.bulletins import fonts, pictures
from hotline.bulletins.shapes import Json
from hotline.settings import settings

LETTERHEAD = Path(__file__).parent / "letterhead"
MAIN = "bulletin.typ"


def pdf(document: Json, sha256: str) -> bytes:
    """The pages as one PDF. Raises NoChineseFont, and typst's own error for a city's letterhead that is wrong."""
    return bytes(_set(document, sha256, format="pdf", timestamp=stamp(document)))


def pages(document: Json, sha256: str, ppi: float = 100) -> list[bytes]:
    """The pages as pictures in PNG, so that they can be looked at."""
    made: Any = _set(document, sha256, format="png", ppi=ppi)
    return made if isinstance(made, list) else [made]


def stamp(document: Json) -> datetime:
    """The time written into a file: that of the publication, of a draft the cut-off."""
    return (
        datetime.fromisoformat(document["published_at"] or document["cut_off"]).astimezone(UTC).replace(microsecond=0)
    )


def _set(document: Json, sha256: str, **how: Any) -> Any:
    plain, running = fonts.families()
    with tempfile.TemporaryDirectory(prefix="bulletin-") as place:
        root = Path(place)
        _lay_out(root, document)
        inputs = {"hash": sha256, "plain": plain, "text": running}
        return typst.compile(str(root / MAIN), root=place, font_paths=fonts.paths(), sys_inputs=inputs, **how)


def _lay_out(root: Path, document: Json) -> None:
    """Everything that the compiler may read: the letterhead, the document, its pictures, the city's files."""
    own = settings().bulletin_folder
    shutil.copy(LETTERHEAD / "house.typ", root)
    shutil.copy(own / MAIN if own and (own / MAIN).is_file() else LETTERHEAD / MAIN, root / MAIN)
    if own:
        shutil.copytree(own, root / "city")
    (root / "pictures").mkdir()
    sections = []
    for part in document["sections"]:
        drawn = [_draw(root, each) for each in part["pictures"]]
        sections.append(part | {"pictures": drawn})
    (root / "document.json").write_bytes(journal.canonical(document | {"sections": sections}))


def _draw(root: Path, picture: Json) -> Json:
    (root / "pictures" / f"{picture['code']}.svg").write_text(pictures.svg(picture), "utf-8")
    return {"code": picture["code"], "title": picture["title"], "width": pictures.size(picture)[0]}
