"""Drafts of the catalogue: any number side by side, edited by whole lists or row by row, never two at one moment.

A draft is a version without a day of publication. Whoever saves says which content was seen (its sha256); where
somebody saved meanwhile nothing is lost in silence: Stale. A draft may be incomplete; what it may not be is malformed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, load_only

from hotline import db, journal
from hotline.cataloguing import shapes
from hotline.cataloguing.documents import (
    MOST_VERSIONS,
    PARTS,
    Document,
    Row,
    document,
    newest_first,
    no_version,
    order_of,
    seeded,
)
from hotline.errors import OutOfOrder, Stale
from hotline.intake.fields import one_line
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Unseeded, today
from hotline.models import CatalogueVersion
from hotline.rights import SYSTEM, Actor
from hotline.rulemaking.drafts import checked_source
from hotline.rulemaking.rights import alone, check_right, digest

SUBJECT = "catalogue"
EXAMPLE = "市政府办公室关于调整部分事项主办单位的通知"
"""What a source of a draft looks like, for who gave none."""
MOST_DRAFTS = 50
FIRST_SOURCE = "建站时的事项目录、地点和权责清单"

_HEAD = load_only(
    CatalogueVersion.version,
    CatalogueVersion.source,
    CatalogueVersion.effective_from,
    CatalogueVersion.sha256,
    CatalogueVersion.author,
    CatalogueVersion.created_at,
    CatalogueVersion.published_at,
)


def versions(session: Session) -> Sequence[CatalogueVersion]:
    """Every version and draft, the newest number first; their documents are not read."""
    return session.scalars(select(CatalogueVersion).options(_HEAD).order_by(CatalogueVersion.version.desc())).all()


def find_version(session: Session, version: int) -> CatalogueVersion:
    """A version or draft by its number. Raises NotFound."""
    mine = select(CatalogueVersion).options(_HEAD).where(CatalogueVersion.version == version)
    found = session.scalars(mine).first() if 0 < version < MOST_VERSIONS else None
    if found is None:
        raise no_version(version)
    return found


def the_draft(session: Session, version: int) -> CatalogueVersion:
    """A draft by its number. Raises NotFound, and OutOfOrder for what has been published."""
    found = find_version(session, version)
    if found.published_at is not None:
        raise OutOfOrder(
            f"第 {version} 版已发布，不能再改；请以它为底稿新建草稿",
            f"version {version} is published and stays as it is; make a draft from it",
        )
    return found


def newest_published(session: Session) -> CatalogueVersion | None:
    """The last publication: in force, or about to be."""
    table = CatalogueVersion
    rows = select(table).options(_HEAD).where(table.published_at.is_not(None))
    return session.scalars(rows.order_by(*newest_first()).limit(1)).first()


def new_draft(session: Session, actor: Actor, source: str, of: int | None = None) -> CatalogueVersion:
    """A draft with the rows of version `of`; without a number, of the last publication (in force, or about to be).

    `source` is why: the decision or notice that it follows. Before the first draft ever, what was seeded is kept as
    the first version, so that it can be returned to. Raises Forbidden, NotFound, InvalidInput and Stale.
    """
    said = checked_source(one_line(source) if isinstance(source, str) else source, EXAMPLE)
    with alone(session):
        begin(session, actor)
        newest = newest_published(session) or _keep_first(session)
        if len([row for row in versions(session) if row.published_at is None]) >= MOST_DRAFTS:
            zh = f"草稿已有 {MOST_DRAFTS} 份，请先发布或删去一些"
            raise OutOfOrder(zh, f"there are {MOST_DRAFTS} drafts; publish or discard some")
        content = document(session, newest.version if of is None else of)
        draft = _version(session, content, said, actor)
        session.flush()
        note(session, actor, draft, "draft_rules")
    return draft


def begin(session: Session, actor: Actor) -> None:
    """Check the right, and wait for whoever is changing the catalogue: its changes are one after the other, and so are
    the events of its chain. Raises Forbidden.
    """
    check_right(actor)
    session.execute(select(CatalogueVersion.id).where(CatalogueVersion.version == 1).with_for_update())


def moment(session: Session) -> datetime:
    """Now, and later than whatever was made or published before: by that order it is known what a draft has seen."""
    last = session.scalar(select(func.max(func.coalesce(CatalogueVersion.published_at, CatalogueVersion.created_at))))
    now = db.now(session)
    return now if last is None or now > last else last + timedelta(microseconds=1)


def _keep_first(session: Session) -> CatalogueVersion:
    """What the tables hold, as the version that has been in force all the time."""
    content = seeded(session)
    if not content.matters or not content.places:
        raise Unseeded("the tables are empty: run `python -m hotline seed`, or `make run` for the demo city")
    first = _version(session, content, FIRST_SOURCE, SYSTEM)
    begun = min((row["effective_from"] for row in content.responsibilities), default="")
    day = today(first.created_at)
    first.effective_from = min(day, day.fromisoformat(begun)) if begun else day
    first.published_at = first.created_at
    session.flush()
    note(session, SYSTEM, first, "edit_rules")
    return first


def _version(session: Session, content: Document, source: str, actor: Actor) -> CatalogueVersion:
    newest = session.scalar(select(func.max(CatalogueVersion.version)))
    made = CatalogueVersion(
        version=(newest or 0) + 1,
        source=source,
        sha256=digest(content.as_json()),
        author=actor.id,
        created_at=moment(session),
        **content.as_json(),
    )
    session.add(made)
    return made


# Editing


def save(session: Session, actor: Actor, version: int, part: str, rows: object, seen: str = "") -> CatalogueVersion:
    """Put `rows` in place of a whole part of a draft. `seen` is the sha256 that was looked at ('' for the present one).

    Raises Forbidden, NotFound, OutOfOrder, InvalidInput with all that is wrong with the rows, and Stale.
    """
    begin(session, actor)
    return _keep(session, actor, version, {part: shapes.checked_rows(part, rows)}, seen)


def save_parts(
    session: Session, actor: Actor, version: int, parts: Mapping[str, object], seen: str = ""
) -> CatalogueVersion:
    """Put several whole parts in place at once. Raises as `save`."""
    begin(session, actor)
    wrong: list[InvalidInput] = []
    made = {}
    for part, rows in parts.items():
        try:
            made[part] = shapes.checked_rows(part, rows)
        except InvalidInput as error:
            wrong += error.problems
    shapes.raise_all(wrong)
    return _keep(session, actor, version, made, seen)


class Change(NamedTuple):
    """One row's change: `row` in place of the row with this number (counted from 1 before any change); a new row
    where `number` is None; the row taken out where `row` is None.
    """

    row: Mapping[str, Any] | None
    number: int | None = None


def edit(
    session: Session, actor: Actor, version: int, part: str, changes: Sequence[Change], seen: str = ""
) -> CatalogueVersion:
    """Change single rows of a part of a draft. Raises as `save`."""
    begin(session, actor)
    shapes.check_part(part)
    the_draft(session, version)
    rows: list[Row | None] = [dict(row) for row in document(session, version).part(part)]
    _check_numbers(part, changes, len(rows))
    for change in changes:
        made = None if change.row is None else shapes.checked_row(part, change.row, change.number or len(rows) + 1)
        if change.number is None:
            rows.append(made)
        else:
            rows[change.number - 1] = made
    kept = shapes.checked_rows(part, [row for row in rows if row is not None])
    return _keep(session, actor, version, {part: kept}, seen)


def discard(session: Session, actor: Actor, version: int) -> None:
    """Throw a draft away. Raises Forbidden, NotFound, OutOfOrder."""
    begin(session, actor)
    draft = the_draft(session, version)
    note(session, actor, draft, "discard_rules")
    session.execute(delete(CatalogueVersion).where(CatalogueVersion.id == draft.id))


def _check_numbers(part: str, changes: Sequence[Change], count: int) -> None:
    for number in (change.number for change in changes if change.number is not None):
        if not 1 <= number <= count:
            zh = f"{PARTS[part]}没有第 {number} 行，现有 {count} 行"
            raise InvalidInput("number", zh, f"{part} has no row {number}, but {count} rows")


def _keep(session: Session, actor: Actor, version: int, parts: Mapping[str, list[Row]], seen: str) -> CatalogueVersion:
    """Write parts where the draft still has the content that was seen."""
    draft = the_draft(session, version)
    if seen and seen != draft.sha256:
        raise stale()
    content = document(session, version).as_json() | {part: sorted(rows, key=order_of) for part, rows in parts.items()}
    values = dict(parts) | {"sha256": digest(content)}
    change_seen(session, draft, draft.sha256, values)
    note(session, actor, draft, "draft_rules")
    return draft


def change_seen(session: Session, draft: CatalogueVersion, seen: str, values: Mapping[str, Any]) -> None:
    """Change a draft that still has this sha256, or raise Stale."""
    table = CatalogueVersion
    mine = (table.id == draft.id) & (table.sha256 == seen) & table.published_at.is_(None)
    done = session.execute(update(table).where(mine).values(**values).execution_options(synchronize_session=False))
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise stale()
    session.refresh(draft, list(values.keys() - PARTS.keys()))


def stale() -> Stale:
    """What is said to who saw something older."""
    return Stale(
        "这份草稿刚刚被别人改过，请刷新页面，看过之后再操作",
        "the draft was changed meanwhile; look at it again and repeat",
    )


def identity(draft: CatalogueVersion) -> dict[str, Any]:
    """Which version it is, as events name it."""
    begins = draft.effective_from.isoformat() if draft.effective_from else None
    return {
        "catalogue": draft.version,
        "effective_from": begins,
        "source": draft.source,
        "sha256": draft.sha256,
    }


def note(session: Session, actor: Actor, draft: CatalogueVersion, action: str) -> None:
    """One event of the catalogue's own chain."""
    journal.record(session, journal.Entry(SUBJECT, action, actor.id, db.now(session), identity(draft)))
