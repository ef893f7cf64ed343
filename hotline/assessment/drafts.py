"""The schemes' administration: one draft of each, checked when saved, tried on the past, published with a day.

A draft is a row without a day of publication. What is published never changes and is never taken out; each draft,
discard and publication is an event of `scheme:CODE`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.assessment.documents import read, write
from hotline.assessment.scheme import Scheme
from hotline.errors import Forbidden, NotFound
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models import Unit
from hotline.models.assessment import SchemeVersion
from hotline.rights import SYSTEM, Actor
from hotline.rulemaking.rights import alone
from hotline.rulemaking.shelf import Shelf, check_code

_SHELF = Shelf(SchemeVersion, SchemeVersion.code, "scheme", "考核方案")
versions, find_version = _SHELF.versions, _SHELF.find_version
find_draft, the_draft = _SHELF.find_draft, _SHELF.the_draft

DEFAULT = "default"
"""The scheme that is shown where none is asked for."""


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
    if not published:
        raise NotFound(f"没有已发布的考核方案“{code[:60]}”，请核对编码", f"no scheme {code[:60]!r} is published")
    in_force = max(begun, key=lambda row: (row.effective_from, row.version), default=published[-1])
    return read(in_force.data)


def save_draft(session: Session, actor: Actor, code: str, document: Mapping[str, Any]) -> SchemeVersion:
    """Keep `document` (the shape of seeds/schemes/*.json) as the draft of a scheme, new or old; its version is ours.

    Raises Forbidden, InvalidInput with all that is wrong, and Stale where two save at once.
    """
    check_right(actor)
    check_code(code, document.get("code", code))
    with alone(session):
        draft = find_draft(session, code)
        draft = draft or SchemeVersion(code=code, version=_SHELF.next_version(session, code))
        numbered = {"effective_from": today(db.now(session)).isoformat(), **document, "code": code}
        scheme = checked(session, {**numbered, "version": draft.version})
        draft.data, draft.effective_from = write(scheme), scheme.effective_from
        session.add(draft)
        _SHELF.note(session, actor, draft, "draft_scheme")
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
    _SHELF.note(session, actor, draft, "discard_scheme")
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
        _SHELF.check_last(session, code, day)
        scheme = checked(session, {**draft.data, "effective_from": day.isoformat()})
        draft.data, draft.effective_from, draft.published_at = write(scheme), day, db.now(session)
        _SHELF.note(session, actor, draft, "publish_scheme")
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
        _SHELF.note(session, SYSTEM, row, "publish_scheme")


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


def check_right(actor: Actor) -> None:
    """Raise Forbidden for who may not edit the schemes."""
    if actor != SYSTEM and not actor.may("edit_schemes"):
        raise Forbidden("只有系统管理员可以修改考核方案", "only a system administrator edits the schemes")
