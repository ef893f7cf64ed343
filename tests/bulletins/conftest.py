"""The month of tests/assessment, of which a bulletin is made; its document is made once and dressed many times."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from hotline import db
from hotline.bulletins import freezing
from hotline.bulletins.shapes import Json
from hotline.models import Bulletin
from hotline.rights import SYSTEM
from tests.assessment.conftest import Month, lived, month
from tests.hotline_fixtures import database, postgres_template, sqlite_template, web

__all__ = ["database", "lived", "month", "postgres_template", "sqlite_template", "web"]


def drafted(month: Month, remark: str = "") -> Json:
    """The draft of the month's bulletin."""
    with db.reading() as session:
        return freezing.draft(session, "monthly", month.first, remark)


def published(month: Month, remark: str = "") -> Bulletin:
    """The month's bulletin, frozen."""
    document = drafted(month, remark)
    with db.transaction() as session:
        return freezing.publish(session, SYSTEM, document)


def corrected(month: Month, reason: str = "补录漏转的工单") -> Bulletin:
    """Its correction."""
    with db.reading() as session:
        document = freezing.correction(session, "monthly", month.first, reason)
    with db.transaction() as session:
        return freezing.publish(session, SYSTEM, document)


def section(document: Json, code: str) -> Json:
    """A section of a document."""
    found: Json = next(each for each in document["sections"] if each["code"] == code)
    return found


def figures(table: Json) -> dict[str, dict[str, object]]:
    """Row code → column code → cell, of the rows that are no headings."""
    codes = [each["code"] for each in table["columns"]]
    rows = [each for each in table["rows"] if each["level"] != "group"]
    return {each["code"]: dict(zip(codes, each["cells"], strict=True)) for each in rows}


@pytest.fixture(scope="session")
def frozen() -> dict[str, Json]:
    """The document of the month, once it has been made."""
    return {}


@pytest.fixture
def document(database: str, home: Path, frozen: dict[str, Json], request: pytest.FixtureRequest) -> Json:
    """A published document, for tests that only dress it: no house stands behind it."""
    if not frozen:
        frozen["document"] = published(request.getfixturevalue("month")).content
    return deepcopy(frozen["document"])
