"""The catalogue as files on disk: a workbook, a JSON document, a folder of CSV, or a zip of files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotline.cataloguing import sheets
from hotline.cataloguing.documents import PARTS, Document, Row
from hotline.cataloguing.naming import Names
from hotline.intake.inquiry import InvalidInput

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a zip: the same content is the same bytes."""


def named(content: Document, names: Names, target: Path) -> dict[str, bytes]:
    """The files that `target` asks for by its name: one .xlsx or .json, or three .csv."""
    suffix = target.suffix.lower()
    if suffix == ".xlsx":
        return {target.name: sheets.workbook(content, names)}
    if suffix == ".json":
        return {target.name: json.dumps(content.as_json(), ensure_ascii=False, indent=1).encode()}
    if suffix in ("", ".zip"):
        return {f"{name}.csv": sheets.table(content, part, names) for part, name in PARTS.items()}
    raise InvalidInput(
        "target",
        f"不认识 {suffix}：请写成 .xlsx、.json、.zip，或一个文件夹",
        f"{suffix} is not known: .xlsx, .json, .zip or a folder",
    )


def write(made: Mapping[str, bytes], target: Path) -> Path:
    """Write files to a folder, into one zip, or one file under its own name. Raises InvalidInput where it cannot."""
    try:
        if target.suffix.lower() == ".zip":
            target.write_bytes(zipped(made))
        elif target.name in made:
            target.write_bytes(made[target.name])
        else:
            target.mkdir(exist_ok=True)
            for name, content in made.items():
                (target / name).write_bytes(content)
    except OSError as error:
        zh = f"写不进 {target}：{error.strerror}，请另选位置"
        raise InvalidInput("target", zh, f"cannot write {target}: {error.strerror}") from error
    return target


def zipped(made: Mapping[str, bytes]) -> bytes:
    """A zip of files; the same content is the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def read(path: Path, content: Document, names: Names) -> dict[str, Any]:
    """The parts that a file holds: sheets (see sheets.read), or lists of rows by part in JSON. Raises InvalidInput."""
    if path.suffix.lower() != ".json":
        return dict(sheets.read(path, content, names))
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, OSError, RecursionError) as error:
        raise InvalidInput("file", f"{path.name} 不是 JSON：{error}", f"{path.name} is no JSON: {error}") from error
    return parts_of(found)


def parts_of(found: Any) -> dict[str, list[Row]]:
    """The parts of a JSON document. Raises InvalidInput for what is none."""
    if not isinstance(found, dict) or not found or not found.keys() <= PARTS.keys():
        zh = f"应是一个 JSON 对象，只有 {'、'.join(PARTS)} 这几项（至少一项）"
        raise InvalidInput("file", zh, f"an object with one or more of {', '.join(PARTS)} is needed")
    return found
