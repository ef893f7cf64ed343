"""Searches that a person keeps: named, renamed, dropped, and how much that is new each of them finds.

What is kept is what was asked for, never what was found: it is found anew each time, with the rights of that time. A
phone is kept by its HMAC alone, and a query code not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, searching
from hotline.errors import NotFound, OutOfOrder
from hotline.intake.fields import one_line
from hotline.intake.inquiry import InvalidInput
from hotline.models import SavedSearch
from hotline.rights import Actor
from hotline.searching import recognise
from search.documents import Query, Unavailable

MOST = 20
LONGEST_NAME = 40


def kept(session: Session, who: Actor) -> Sequence[SavedSearch]:
    """The person's own, by name."""
    mine = select(SavedSearch).where(SavedSearch.owner == who.id)
    return session.scalars(mine.order_by(SavedSearch.name)).all()


def keep(session: Session, who: Actor, name: str, asked: Mapping[str, str]) -> SavedSearch:
    """Keep what was asked under a name. Raises InvalidInput for a name that is empty, too long or taken, and for a
    search by a query code; OutOfOrder when there are MOST already.
    """
    mine = SavedSearch.owner == who.id
    if (session.scalar(select(func.count()).where(mine)) or 0) >= MOST:
        raise OutOfOrder(f"最多保存 {MOST} 个搜索，请先删掉不用的", f"at most {MOST} searches are kept; drop one first")
    at = db.now(session)
    row = SavedSearch(
        owner=who.id,
        name=_name(session, who, name),
        asked=_without_persons(session, who, asked),
        created_at=at,
        seen_at=at,
    )
    session.add(row)
    session.flush()
    return row


def rename(session: Session, who: Actor, search_id: int, name: str) -> SavedSearch:
    """Give one's own search another name. Raises NotFound, InvalidInput."""
    row = own(session, who, search_id)
    if row.name != name:
        row.name = _name(session, who, name)
    return row


def drop(session: Session, who: Actor, search_id: int) -> None:
    """Drop one's own search. Raises NotFound."""
    session.delete(own(session, who, search_id))


def see(session: Session, who: Actor, search_id: int) -> SavedSearch:
    """Note that what it finds has been seen: only what is received from now on is new. Raises NotFound."""
    row = own(session, who, search_id)
    row.seen_at = db.now(session)
    return row


def fresh(session: Session, row: SavedSearch, wanted: Query, who: Actor) -> int:
    """How many tickets that it finds were received since it was seen; `wanted` are its filters. Raises
    search.Unavailable.
    """
    since = max(wanted.received_from or row.seen_at, row.seen_at)
    asked = replace(wanted, received_from=since, sort="received_at")
    return searching.count(session, asked, row.asked.get("q", ""), who, row.asked.get("caller"))


def news(
    session: Session, rows: Sequence[SavedSearch], read: Callable[[Mapping[str, str]], Query], who: Actor
) -> list[int | None]:
    """What `fresh` says of each, None where nobody can say; `read` makes filters of what was asked, or raises
    InvalidInput. An index that does not answer is not waited for again.
    """
    counts: list[int | None] = [None] * len(rows)
    for place, row in enumerate(rows):
        try:
            counts[place] = fresh(session, row, read(row.asked), who)
        except InvalidInput:
            continue
        except Unavailable:
            break
    return counts


def own(session: Session, who: Actor, search_id: int) -> SavedSearch:
    """One's own search. Raises NotFound, for another's too."""
    mine = select(SavedSearch).where(SavedSearch.owner == who.id, SavedSearch.id == min(search_id, 2**62))
    row = session.scalars(mine).first()
    if row is None:
        raise NotFound("没有这个保存的搜索，可能已经删掉了", "there is no such saved search")
    return row


def _name(session: Session, who: Actor, name: str) -> str:
    clean = one_line(name).strip()
    if not clean:
        raise InvalidInput("name", "请给这个搜索起个名字", "the search needs a name")
    if len(clean) > LONGEST_NAME:
        raise InvalidInput("name", f"名字最多 {LONGEST_NAME} 个字", f"at most {LONGEST_NAME} characters")
    taken = select(SavedSearch.id).where(SavedSearch.owner == who.id, SavedSearch.name == clean)
    if session.scalar(taken) is not None:
        raise InvalidInput("name", f"您已有一个搜索叫“{clean}”，请换个名字", "you have a search of this name")
    return clean


def _without_persons(session: Session, who: Actor, asked: Mapping[str, str]) -> dict[str, str]:
    """What was asked with the words alone in clear."""
    sought = recognise(session, asked.get("q", ""), who)
    if sought.only:
        raise InvalidInput(
            "q", "查询码和证件号码不能保存，请只保存词语和条件", "codes and numbers of persons are not kept"
        )
    words = {"q": sought.text} | ({"caller": sought.caller} if sought.caller else {})
    return {name: text for name, text in {**asked, **words}.items() if text}
