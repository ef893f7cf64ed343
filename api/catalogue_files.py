"""The catalogue's workbook out of the house, and sheets of it in: what the API and the pages share."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path

from flask import send_file
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from api.auth import actor
from hotline import db
from hotline.cataloguing import document, drafts, files, sheets
from hotline.cataloguing.listing import names_of
from hotline.models import CatalogueVersion

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook_of(version: int) -> Response:
    """A version as a workbook, to be saved."""
    with db.reading() as session:
        content = document(session, version)
        made = sheets.workbook(content, names_of(session, content))
    return send_file(io.BytesIO(made), XLSX, as_attachment=True, download_name=f"catalogue-{version}.xlsx")


def read_into(session: Session, version: int, uploaded: FileStorage, seen: str = "") -> CatalogueVersion:
    """Put the parts of an uploaded file into a draft. Raises InvalidInput with every bad row."""
    drafts.the_draft(session, version)
    content = document(session, version)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheets{Path(uploaded.filename or '').suffix.lower()[:8]}"
        uploaded.save(path)
        parts: Mapping[str, object] = files.read(path, content, names_of(session, content))
    return drafts.save_parts(session, actor(), version, parts, seen)
