"""Publishing and correcting: a bulletin is frozen with its hash; a correction is another version with the difference.

A *document* is what is frozen and dressed: the content with {version, published_at, published, corrects: {version,
sha256} or None}; a correction has a last section that says why and lists every cell that differs. Version 0 is a
draft. The hash covers the whole document, so also the hash of the version that it corrects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.bulletins.content import content
from hotline.bulletins.differences import differences
from hotline.bulletins.periods import instant, period_of
from hotline.bulletins.shapes import Json, section
from hotline.errors import Forbidden, NotFound, OutOfOrder, Stale
from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput
from hotline.models import Bulletin, Event
from hotline.rights import SYSTEM, Actor
from hotline.rulemaking.rights import alone

LONGEST_REMARK, LONGEST_REASON = 2_000, 300
REMARK, CORRECTION = "remark", "correction"


def digest(document: Json) -> str:
    """The SHA-256 of a document's one byte form: 64 hex digits."""
    return hashlib.sha256(journal.canonical(document)).hexdigest()


def draft(session: Session, kind: str, first: date, remark: str = "") -> Json:
    """The document as it would be published now; `remark` is a paragraph of the office's own, at the beginning.

    Raises InvalidInput naming kind, first or remark.
    """
    made = content(session, kind, first) | {"version": 0, "published_at": "", "published": "", "corrects": None}
    return with_remark(made, remark)


def with_remark(document: Json, remark: str) -> Json:
    """A draft without a remark, with one at its beginning. Raises InvalidInput (remark)."""
    said = _text(remark, "remark", "按语", LONGEST_REMARK)
    if not said:
        return document
    return document | {"sections": [section(REMARK, "按语", text=said.splitlines()), *document["sections"]]}


def remark_of(document: Json) -> str:
    """The remark of a document, or an empty text."""
    return "\n".join(line for each in document["sections"] if each["code"] == REMARK for line in each["text"])


def check_seen(document: Json, seen: str) -> None:
    """Raise Stale where a draft is not the one (by its digest) that a person looked at before publishing it."""
    if digest(document) != seen:
        zh = "数字在您查看之后有了变化，请重新看一遍再发布"
        raise Stale(zh, "the figures have changed since you looked; look again")


def correction(session: Session, kind: str, first: date, reason: str, remark: str | None = None) -> Json:
    """The document of a correction: today's figures of the same cut-off, why, and what differs from the newest version.

    Without a `remark` the old one stays. Raises NotFound where nothing is published, InvalidInput naming reason or
    remark, OutOfOrder where nothing differs.
    """
    old = find(session, kind, first)
    why = _text(reason, "reason", "更正的原因", LONGEST_REASON)
    if len(why) < 4:
        zh = f"请写明为什么更正，4 到 {LONGEST_REASON} 字，印在通报上"
        raise InvalidInput("reason", zh, "say why it is corrected; it is printed")
    made = draft(session, kind, first, remark_of(old.content) if remark is None else remark)
    found = differences(old.content, made)
    if not found["rows"]:
        zh = f"按现在的数据重算，与第 {old.version} 版没有不同，不用更正"
        raise OutOfOrder(zh, f"nothing differs from version {old.version}")
    text = [f"更正第 {old.version} 版（{instant(old.published_at)} 发布，指纹 {old.sha256}）。原因：{why}"]
    last = section(CORRECTION, "更正说明", text=text, tables=[found])
    return made | {
        "sections": [*made["sections"], last],
        "corrects": {"version": old.version, "sha256": old.sha256, "reason": why},
    }


def publish(session: Session, actor: Actor, document: Json) -> Bulletin:
    """Freeze a document that `draft` or `correction` made; the event of it names the hash.

    Raises Forbidden, OutOfOrder while the period runs or where it is published already, Stale where somebody was
    quicker.
    """
    check_right(actor)
    first = first_of(document)
    if not document["over"]:
        zh = f"{document['period']}还没有结束，只能看草稿，结束以后再发布"
        raise OutOfOrder(zh, "the period is not over; a draft can be looked at")
    version = _next_version(session, document, first)
    at = db.now(session)
    frozen = document | {"version": version, "published_at": at.isoformat(), "published": instant(at)}
    row = Bulletin(
        kind=document["kind"],
        first=first,
        version=version,
        content=frozen,
        sha256=digest(frozen),
        published_at=at,
        published_by=actor.id,
        reason=(document["corrects"] or {}).get("reason"),
    )
    with alone(session):
        session.add(row)
    _note(session, actor, row)
    return row


def _next_version(session: Session, document: Json, first: date) -> int:
    mine = (Bulletin.kind == document["kind"], Bulletin.first == first)
    newest = session.scalar(select(func.max(Bulletin.version)).where(*mine)) or 0
    corrects = document["corrects"]
    if newest and not corrects:
        zh = f"{document['period']}的通报已经发布，数字有误请更正：更正是旁边的新一版，旧版不动"
        raise OutOfOrder(zh, "it is published already; correct it instead")
    if corrects and corrects["version"] != newest:
        raise Stale("刚刚有人发布了更正，请重新看一遍", "somebody has just corrected it; look again")
    return newest + 1


def _note(session: Session, actor: Actor, row: Bulletin) -> None:
    data = {"kind": row.kind, "first": row.first.isoformat(), "version": row.version, "sha256": row.sha256}
    action = "correct_bulletin" if row.version > 1 else "publish_bulletin"
    if row.version > 1:
        data |= {"reason": row.reason, "corrects": row.content["corrects"]["sha256"]}
    journal.record(session, journal.Entry(subject(row.kind, row.first), action, actor.id, row.published_at, data))


def first_of(document: Json) -> date:
    """The first day of a document's period."""
    return date.fromisoformat(document["first"])


def subject(kind: str, first: date) -> str:
    """The chain of a bulletin's events."""
    return f"bulletin:{kind}:{first}"


def check_right(actor: Actor) -> None:
    """Raise Forbidden for who may not publish."""
    if actor != SYSTEM and not actor.may("publish_bulletins"):
        raise Forbidden("只有管理者可以发布通报", "only a manager publishes bulletins")


def versions(session: Session, kind: str, first: date) -> Sequence[Bulletin]:
    """Every version of a bulletin, newest first. Raises InvalidInput naming kind or first, NotFound for none."""
    period = period_of(kind, first)
    mine = select(Bulletin).where(Bulletin.kind == kind, Bulletin.first == first).order_by(Bulletin.version.desc())
    found = session.scalars(mine).all()
    if not found:
        raise NotFound(f"{period.name}的通报还没有发布", "this bulletin is not published")
    return found


def find(session: Session, kind: str, first: date, version: int | None = None) -> Bulletin:
    """A version of a bulletin, the newest without a number. Raises NotFound, InvalidInput."""
    found = next((each for each in versions(session, kind, first) if version in (None, each.version)), None)
    if found is None:
        raise NotFound(f"没有第 {version} 版，请从列表中选择", f"there is no version {version}")
    return found


def current(session: Session, kind: str, first: date) -> Bulletin | None:
    """The newest version of one bulletin, however long ago; None where it is not published."""
    mine = select(Bulletin).where(Bulletin.kind == kind, Bulletin.first == first)
    return session.scalars(mine.order_by(Bulletin.version.desc()).limit(1)).first()


def newest(session: Session, limit: int = 100, kind: str | None = None) -> Sequence[Bulletin]:
    """The newest version of each bulletin, the latest periods first."""
    last = select(func.max(Bulletin.id)).group_by(Bulletin.kind, Bulletin.first)
    query = select(Bulletin).where(Bulletin.id.in_(last)).order_by(Bulletin.first.desc(), Bulletin.kind).limit(limit)
    return session.scalars(query.where(Bulletin.kind == kind) if kind else query).all()


def faults(session: Session) -> list[str]:
    """What is not as it was published: a content that does not give its hash, or a hash that no event names."""
    events = select(Event.data).where(Event.action.in_(("publish_bulletin", "correct_bulletin")))
    named = {(data["kind"], data["first"], data["version"]): data["sha256"] for data in session.scalars(events)}
    wrong = []
    for row in session.scalars(select(Bulletin).order_by(Bulletin.id)):
        key = (row.kind, row.first.isoformat(), row.version)
        if digest(row.content) != row.sha256:
            wrong.append(f"{subject(row.kind, row.first)} version {row.version}: the content does not give its hash")
        if named.pop(key, None) != row.sha256:
            wrong.append(f"{subject(row.kind, row.first)} version {row.version}: no event names this hash")
    return wrong + [f"bulletin:{kind}:{first} version {version} is missing" for kind, first, version in named]


def _text(given: str, field: str, name: str, longest: int) -> str:
    text = clean(given).strip()
    if len(text) > longest:
        raise InvalidInput(
            field, f"{name}最多 {longest} 字，现在 {len(text)} 字", f"{field}: {longest} characters at most"
        )
    return text
