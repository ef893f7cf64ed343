"""From a draft to the version in force: the check, the register of codes, and the event.

The tables matters and places are the register of every code ever given out, with the last name published under it.
A code is never taken out of it and never means something else: tickets and reports of years ago point at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from hotline import db
from hotline import knowledge as knowing
from hotline.cataloguing import drafts
from hotline.cataloguing.checking import Finding, Findings, check
from hotline.cataloguing.documents import Document, Row, document
from hotline.cataloguing.shapes import LEVELS, raise_all
from hotline.errors import OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models import CatalogueVersion, Matter, Place, Unit
from hotline.rights import Actor
from routing.catalogue import parent_of

MOST_DAYS_AHEAD = 366
"""No later version may begin earlier, so a slip in the year would close the catalogue until then."""


class Registered(NamedTuple):
    """A code of the register: what it means."""

    name: str
    parent: str | None
    level: str
    active: bool


def findings(session: Session, version: int, day: date | None = None) -> Findings:
    """What stands against publishing a version from `day` on (today where None), and what is to be noted."""
    content = document(session, version)
    found = check(content, session.scalars(select(Unit)).all(), day or today(db.now(session)))
    faults, notes = _against_register(content, _register(session))
    notes += [*_left_behind(session, drafts.find_version(session, version)), *_model_left_aside(session, content)]
    return found.with_more(faults, notes)


def publish(
    session: Session, actor: Actor, version: int, effective_from: date, seen: str = "", behind: bool = False
) -> CatalogueVersion:
    """Put a draft in force from a day on, today at the earliest; it must be clean.

    `seen` is the sha256 that was looked at ('' for the present one). A draft made before another version was published
    would undo what that one changed, and is refused unless `behind`. Raises Forbidden, NotFound, OutOfOrder, Stale,
    and InvalidInput(s) with what stands against it.
    """
    drafts.begin(session, actor)
    _check_day(effective_from, today(db.now(session)))
    draft = drafts.the_draft(session, version)
    if seen and seen != draft.sha256:
        raise drafts.stale()
    _check_place_in_time(session, draft, effective_from, behind)
    raise_all([each.problem() for each in findings(session, version, effective_from).against])
    values = {"effective_from": effective_from, "published_at": drafts.moment(session)}
    drafts.change_seen(session, draft, draft.sha256, values)
    _give_out(session, document(session, version))
    drafts.note(session, actor, draft, "edit_rules")
    knowing.forget()
    return draft


def _check_day(day: date, first: date) -> None:
    if day < first:
        zh = "施行日期最早是今天，已收的工单不能改规矩"
        raise InvalidInput("effective_from", zh, "in force from today on, not earlier")
    if day > (last := first + timedelta(days=MOST_DAYS_AHEAD)):
        zh = f"施行日期最晚是一年后（{last}），请核对年份"
        raise InvalidInput("effective_from", zh, f"in force from {last} at the latest")


def _check_place_in_time(session: Session, draft: CatalogueVersion, day: date, behind: bool) -> None:
    newest = drafts.newest_published(session)
    if newest is None or newest.effective_from is None:
        return
    if newest.effective_from > day:
        zh = f"第 {newest.version} 版自 {newest.effective_from} 起施行，请选这一天或更晚"
        raise OutOfOrder(zh, f"version {newest.version} begins on {newest.effective_from}; choose that day or later")
    if not behind and _is_behind(draft, newest):
        raise OutOfOrder(
            f"{_behind_words(newest)}；请看过差异，确认后再发布",
            f"version {newest.version} was published after this draft was made; look at the differences and confirm",
        )


def is_behind(session: Session, draft: CatalogueVersion) -> bool:
    """True where another version was published after this draft was made."""
    newest = drafts.newest_published(session)
    return newest is not None and _is_behind(draft, newest)


def _is_behind(draft: CatalogueVersion, newest: CatalogueVersion) -> bool:
    return newest.published_at is not None and newest.published_at > draft.created_at


def _behind_words(newest: CatalogueVersion) -> str:
    return f"这份草稿建立之后又发布了第 {newest.version} 版，直接发布会撤销它的改动"


def _left_behind(session: Session, draft: CatalogueVersion) -> Iterator[Finding]:
    newest = drafts.newest_published(session)
    if draft.published_at is None and newest is not None and _is_behind(draft, newest):
        yield Finding("matters", None, _behind_words(newest), f"version {newest.version} was published meanwhile")


def _model_left_aside(session: Session, content: Document) -> Iterator[Finding]:
    if not knowing.knowledge(session).model_fits(knowing.matters_of(content).values()):
        zh = "现行模型学过的事项有改名或停用的，发布后这个模型会停用，暂按关键词分类；请发布后重新训练"
        yield Finding("matters", None, zh, "the model in force is older than these matters and will be left aside")


# The register of codes


def _register(session: Session) -> dict[str, dict[str, Registered]]:
    matters = session.execute(select(Matter.code, Matter.name, Matter.parent, Matter.active))
    places = session.execute(select(Place.code, Place.name, Place.parent, Place.level, Place.active))
    return {
        "matters": {row.code: Registered(row.name, row.parent, "", row.active) for row in matters},
        "places": {row.code: Registered(row.name, row.parent, row.level, row.active) for row in places},
    }


def _against_register(
    content: Document, register: Mapping[str, Mapping[str, Registered]]
) -> tuple[list[Finding], list[Finding]]:
    """Faults: codes that would mean something else. Notes: codes that get another name."""
    faults, notes = list[Finding](), list[Finding]()
    for part, codes in register.items():
        for number, row in enumerate(content.part(part), 1):
            before = codes.get(row["code"])
            if before is None:
                continue
            if why := _other_meaning(part, row, before):
                faults.append(Finding(part, number, why, f"{row['code']} would mean something else"))
            elif before.name != row["name"]:
                zh = f"{row['code']} 由“{before.name}”改名为“{row['name']}”；改名不能换意思，新意思请用新编码"
                notes.append(Finding(part, number, zh, f"{row['code']} is renamed"))
    return faults, notes


def _other_meaning(part: str, row: Row, before: Registered) -> str:
    """Why the row gives a code another meaning, or nothing."""
    renamed = before.name != row["name"]
    code, use_new = row["code"], "，请用新编码"
    if renamed and not before.active:
        return f"{code} 曾是“{before.name}”，已停用，不能改作“{row['name']}”{use_new}"
    if part != "places":
        return ""
    if row["level"] != before.level:
        was, now = LEVELS.get(before.level, before.level), LEVELS[row["level"]]
        return f"{code} {before.name}的级别由{was}改成了{now}{use_new}"
    if renamed and row["parent"] != before.parent:
        return f"{code} {before.name}既改名又换了上级{use_new}"
    return ""


def _give_out(session: Session, content: Document) -> None:
    """Write the codes of a document into the register: new ones in, names as published, what is left out retired."""
    _write(session, Matter, [_matter_columns(row) for row in content.matters])
    _write(session, Place, [row | {"active": True} for row in content.places])


def _matter_columns(row: Row) -> Row:
    return {
        "code": row["code"],
        "name": row["name"],
        "parent": parent_of(row["code"]),
        "level": row["code"].count("-") + 1,
        "phrases": [*row["phrases"], *row.get("shared", [])],
        "examples": row.get("examples", []),
        "kind": row.get("kind"),
        "urgency": row.get("urgency"),
        "active": True,
    }


def _write(session: Session, table: type[Matter] | type[Place], rows: Sequence[Row]) -> None:
    known = set(session.scalars(select(table.code)))
    fresh = [row for row in _parents_first(rows) if row["code"] not in known]
    if fresh:
        session.execute(insert(table), fresh)
    if old := [row for row in rows if row["code"] in known]:
        session.execute(update(table), old)
    if retired := known - {row["code"] for row in rows}:
        session.execute(update(table), [{"code": code, "active": False} for code in retired])


def _parents_first(rows: Iterable[Row]) -> Iterator[Row]:
    waiting = {row["code"]: row for row in rows}
    below = defaultdict(list)
    for row in waiting.values():
        below[row["parent"] if row["parent"] in waiting else None].append(row)
    ready = below[None]
    while ready:
        yield from ready
        ready = [child for row in ready for child in below[row["code"]]]
