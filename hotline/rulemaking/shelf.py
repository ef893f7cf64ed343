"""Documents with a code that are kept in versions: policy sets and schemes of assessment.

A row without a day of publication is the draft, one of each code. What is published never changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hotline import db, journal
from hotline.errors import NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.models import PolicyVersion, SchemeVersion
from hotline.rights import Actor
from hotline.rulemaking.rights import digest

Row = TypeVar("Row", PolicyVersion, SchemeVersion)

_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Row]):
    """All versions of all documents of one kind. `code` is the column that names a document; `kind` its word in events
    and in English, `name` in Chinese.
    """

    model: type[Row]
    code: InstrumentedAttribute[str]
    kind: str
    name: str

    def versions(self, session: Session, code: str | None = None) -> Sequence[Row]:
        """Every version of a document, or of all, drafts included: by code, the newest first."""
        if code is not None and not _CODE.fullmatch(code):
            return []
        rows = select(self.model).order_by(self.code, self.model.version.desc())
        return session.scalars(rows.where(self.code == code) if code else rows).all()

    def find_version(self, session: Session, code: str, version: int | None = None) -> Row:
        """A version; without a number the newest published one, or else the draft. Raises NotFound."""
        rows = [row for row in self.versions(session, code) if version in (None, row.version)]
        found = next((row for row in rows if row.published_at is not None), rows[0] if rows else None)
        if found is None:
            named = code[:60] + (f"@{version}" if version is not None else "")
            raise NotFound(f"没有{self.name}“{named}”，请核对编码", f"there is no {self.kind} {named!r}")
        return found

    def find_draft(self, session: Session, code: str) -> Row | None:
        """The draft, if there is one."""
        return next((row for row in self.versions(session, code) if row.published_at is None), None)

    def the_draft(self, session: Session, code: str) -> Row:
        """The draft. Raises NotFound."""
        found = self.find_draft(session, code)
        if found is None:
            raise NotFound(
                f"“{code[:60]}”没有草稿，请先保存草稿", f"{self.kind} {code[:60]!r} has no draft; save one first"
            )
        return found

    def next_version(self, session: Session, code: str) -> int:
        """The number of a new draft."""
        return (session.scalar(select(func.max(self.model.version)).where(self.code == code)) or 0) + 1

    def check_last(self, session: Session, code: str, day: date) -> None:
        """Raise OutOfOrder where a published version begins after `day`: it would hide one that begins then."""
        if any(row.published_at is not None and row.effective_from > day for row in self.versions(session, code)):
            raise OutOfOrder(
                "同一方案已有更晚施行的版本，请选更晚的日期", f"a later version of this {self.kind} begins later"
            )

    def note(self, session: Session, actor: Actor, row: Row, action: str) -> None:
        """The event of a draft, a discard or a publication, with the document's digest."""
        code = getattr(row, self.code.key)
        data = {
            self.kind: code,
            "version": row.version,
            "effective_from": row.effective_from.isoformat(),
            "source": row.data["source"],
            "sha256": digest(row.data),
        }
        journal.record(session, journal.Entry(f"{self.kind}:{code}", action, actor.id, db.now(session), data))


def check_code(code: str, said: object) -> None:
    """Raise InvalidInput unless `code` can name a document and the document says the same."""
    if not _CODE.fullmatch(code) or said != code:
        zh = f"code 应为“{code[:40]}”，只用小写字母、数字和连字符"
        raise InvalidInput("code", zh, f"code: {code[:40]!r}, lower case letters, digits and hyphens, is needed")


def code_and_version(named: str) -> tuple[str, int | None]:
    """CODE or CODE@VERSION as people write it. Raises InvalidInput for a version that is no number."""
    name, _, version = named.partition("@")
    if version and not (version.isascii() and version.isdecimal()):
        raise InvalidInput("code", f"“{version}”不是版本号，请写成 {name}@1", f"{version!r} is no version")
    return name, int(version) if version else None


def as_document(value: Any) -> dict[str, Any]:
    """A JSON value that is an object. Raises InvalidInput."""
    if not isinstance(value, dict):
        raise InvalidInput("document", "方案应是一个 JSON 对象：{…}", "a JSON object is needed")
    return value


def json_text(document: Mapping[str, Any]) -> str:
    """The document as a person edits it."""
    return json.dumps(document, ensure_ascii=False, indent=2)
