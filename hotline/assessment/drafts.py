"""The schemes' administration: one draft of each, checked when saved, tried on the past, published with a day.

A draft is a row without a day of publication. What is published never changes and is never taken out; each draft,
discard and publication is an event of `scheme:CODE`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.assessment.documents import read, write
from hotline.assessment.scheme import Scheme
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models import Unit
from hotline.models.assessment import SchemeVersion
from hotline.rights import SYSTEM, Actor
from hotline.rulemaking.rights import alone, digest

CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
DEFAULT = "default"
"""The scheme that is shown where none is asked for."""


def versions(session: Session, code: str | None = None) -> Sequence[SchemeVersion]:
    """Every version of a scheme, or of all, drafts included: by code, the newest first."""
    if code is not None and not CODE.fullmatch(code):
        return []
    rows = select(SchemeVersion).order_by(SchemeVersion.code, SchemeVersion.version.desc())
    return session.scalars(rows.where(SchemeVersion.code == code) if code else rows).all()


def find_version(session: Session, code: str, version: int | None = None) -> SchemeVersion:
    """A version of a scheme; without a number the newest published one, or else the draft. Raises NotFound."""
    rows = [row for row in versions(session, code) if version in (None, row.version)]
    found = next((row for row in rows if row.published_at is not None), rows[0] if rows else None)
    if found is None:
        named = code[:60] + (f"@{version}" if version is not None else "")
        raise NotFound(f"没有考核方案“{named}”，请核对编码", f"there is no scheme {named!r}")
    return found


def find_draft(session: Session, code: str) -> SchemeVersion | None:
    """The draft of a scheme, if there is one."""
    return next((row for row in versions(session, code) if row.published_at is None), None)


def the_draft(session: Session, code: str) -> SchemeVersion:
    """The draft of a scheme. Raises NotFound."""
    found = find_draft(session, code)
    if found is None:
        raise NotFound(f"“{code[:60]}”没有草稿，请先保存草稿", f"scheme {code[:60]!r} has no draft; save one first")
    return found


def for_period(session: Session, code: str, first: date) -> Scheme:
    """The version that judges a period which began on `first`: the one in force on that day, so that nobody is judged
    by what was not yet known; of a period before the scheme, its earliest version. `code` may name one: CODE@VERSION.

    Raises NotFound where nothing of the scheme is published.
    """
    name, _, version = code.partition("@")
    published = [row for row in versions(session, name) if row.published_at is not None]
    if version:
        published = [row for row in published if str(row.version) == version]
    begun = [row for row in published if row.effective_from <= first]
    in_force = max(
        begun, key=lambda row: (row.effective_from, row.version), default=published[-1] if published else None
    )
    if in_force is None:
        raise NotFound(f"没有已发布的考核方案“{code[:60]}”，请核对编码", f"no scheme {code[:60]!r} is published")
    newest = max(begun, key=lambda row: (row.effective_from, row.version), default=published[-1])
    return read(newest.data)


def save_draft(session: Session, actor: Actor, code: str, document: Mapping[str, Any]) -> SchemeVersion:
    """Keep `document` (the shape of seeds/schemes/*.json) as the draft of a scheme, new or old; its version is ours.

    Raises Forbidden, InvalidInput with all that is wrong, and Stale where two save at once.
    """
    check_right(actor)
    _check_code(code, document.get("code", code))
    with alone(session):
        draft = find_draft(session, code)
        if draft is None:
            newest = session.scalar(select(func.max(SchemeVersion.version)).where(SchemeVersion.code == code))
            draft = SchemeVersion(code=code, version=(newest or 0) + 1)
        numbered = {"effective_from": today(db.now(session)).isoformat(), **document, "code": code}
        scheme = checked(session, {**numbered, "version": draft.version})
        draft.data, draft.effective_from = write(scheme), scheme.effective_from
        session.add(draft)
        _note(session, actor, draft, "draft_scheme")
    return draft


def draft_like(session: Session, actor: Actor, code: str, name: str, like: str) -> SchemeVersion:
    """A draft of a new scheme that begins as the version `like` (CODE@VERSION). Raises as `save_draft`."""
    check_right(actor)
    if versions(session, code):
        raise InvalidInput("code", f"已有编码为“{code[:40]}”的方案，请换一个编码", f"there is a scheme {code[:40]!r}")
    model = next((row for row in versions(session) if f"{row.code}@{row.version}" == like), None)
    if model is None:
        raise InvalidInput("like", "请选择从哪一版开始改", "choose a version to begin with")
    return save_draft(session, actor, code, {**model.data, "code": code, "name": name})


def discard(session: Session, actor: Actor, code: str) -> None:
    """Throw the draft of a scheme away. Raises Forbidden and NotFound."""
    check_right(actor)
    draft = the_draft(session, code)
    _note(session, actor, draft, "discard_scheme")
    session.delete(draft)


def publish(session: Session, actor: Actor, code: str, day: date) -> Scheme:
    """Put the draft of a scheme in force from `day`, today at the earliest: a period that has begun keeps its version.

    Raises Forbidden, NotFound, InvalidInput for a past day, OutOfOrder where a later version begins later, and Stale.
    """
    check_right(actor)
    if day < today(db.now(session)):
        zh = "施行日期最早是今天，已经开始的考核期不能改规矩"
        raise InvalidInput("from", zh, "in force from today on, not earlier")
    with alone(session):
        draft = the_draft(session, code)
        if any(row.published_at is not None and row.effective_from > day for row in versions(session, code)):
            raise OutOfOrder(
                "同一方案已有更晚施行的版本，请选更晚的日期", "a later version of this scheme begins later"
            )
        scheme = checked(session, {**draft.data, "effective_from": day.isoformat()})
        draft.data, draft.effective_from, draft.published_at = write(scheme), day, db.now(session)
        _note(session, actor, draft, "publish_scheme")
    return scheme


def ship(session: Session, documents: Sequence[Mapping[str, Any]]) -> None:
    """Publish the shipped schemes in a house that has none; run twice it adds nothing."""
    if session.scalar(select(func.count()).select_from(SchemeVersion)):
        return
    for document in documents:
        scheme = read(document)
        row = SchemeVersion(code=scheme.code, version=scheme.version, effective_from=scheme.effective_from)
        row.data, row.published_at = write(scheme), db.now(session)
        session.add(row)
        _note(session, SYSTEM, row, "publish_scheme")


def checked(session: Session, document: Mapping[str, Any]) -> Scheme:
    """The scheme of a document whose peer groups this city has. Raises InvalidInput with everything that is wrong."""
    scheme = read(document)
    known = set(session.scalars(select(Unit.peer_group).where(Unit.peer_group.is_not(None)).distinct()))
    named = [*scheme.groups, *(group for m in scheme.measures for target in m.targets for group in target.groups)]
    unknown = [group for group in dict.fromkeys(named) if group not in known]
    if unknown and known:
        zh = f"groups：没有“{'、'.join(unknown)}”这一类单位，现有 {'、'.join(sorted(map(str, known)))}"
        raise InvalidInput("groups", zh, f"groups: no units of {', '.join(unknown)}")
    return scheme


def as_document(value: Any) -> dict[str, Any]:
    """A JSON value that is an object. Raises InvalidInput."""
    if not isinstance(value, dict):
        raise InvalidInput("document", "方案应是一个 JSON 对象：{…}", "a JSON object is needed")
    return value


def json_text(document: Mapping[str, Any]) -> str:
    """The document as a person edits it."""
    return json.dumps(document, ensure_ascii=False, indent=2)


def check_right(actor: Actor) -> None:
    """Raise Forbidden for who may not edit the schemes."""
    if actor != SYSTEM and not actor.may("edit_schemes"):
        raise Forbidden("只有系统管理员可以修改考核方案", "only a system administrator edits the schemes")


def _check_code(code: str, said: object) -> None:
    if not CODE.fullmatch(code) or said != code:
        zh = f"code 应为“{code[:40]}”，只用小写字母、数字和连字符"
        raise InvalidInput("code", zh, f"code: {code[:40]!r}, lower case letters, digits and hyphens, is needed")


def _note(session: Session, actor: Actor, row: SchemeVersion, action: str) -> None:
    data = {
        "scheme": row.code,
        "version": row.version,
        "effective_from": row.effective_from.isoformat(),
        "source": row.data["source"],
        "sha256": digest(row.data),
    }
    journal.record(session, journal.Entry(f"scheme:{row.code}", action, actor.id, db.now(session), data))
