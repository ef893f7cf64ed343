"""What the public finds of published answers: the newest, those of a category, those that a question asks for.

Nothing of the ticket is in it: neither number nor person nor what the unit wrote for the hotline alone. What the tables
say counts, whatever the index still has: an answer is gone with its withdrawal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import chinese
from chinese.spoken import mask
from hotline.answers.indexing import index
from hotline.answers.publishing import PUBLISHED
from hotline.errors import NotFound
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Answer
from hotline.search_state import is_away
from routing.gist import EMPTY, FUNCTION
from search.documents import Like, Query

PAGE_SIZE, MOST_PAGES = 10, 100
LONGEST_QUERY = 200
LIKE, FIRST_WORDS = 3, 60
"""So many answers are suggested to who writes, each with so many characters."""

SHORTEST = 6
"""Characters of a message from which on something is suggested."""

_MOST_WORDS = 12
ONE_IN = 3
"""An answer is suggested where it has one in so many of the telling words: one in four let a courier answer a modem."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A published answer as anybody may see it."""

    id: int
    question: str
    answer: str
    matter: str | None
    matter_name: str
    unit: str
    published_at: datetime
    changed_at: datetime

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "id": self.id,
            "question": self.question,
            "answer": self.answer,
            "matter": self.matter,
            "matter_name": self.matter_name,
            "unit": self.unit,
            "published_at": self.published_at.isoformat(),
            "changed_at": self.changed_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A page of answers, and how many there are in all. `relaxed`: none has all the words."""

    items: Sequence[Shown]
    total: int
    relaxed: bool = False


def listed(session: Session, matter: str = "", page: int = 1) -> Found:
    """The newest of a category (a matter's code) or of all."""
    conditions = [Answer.state == PUBLISHED]
    know = knowledge(session)
    if matter:
        conditions.append(Answer.matter.in_(know.matter_tree.below(matter)))
    total = session.scalar(select(func.count()).select_from(Answer).where(*conditions)) or 0
    order = (Answer.published_at.desc(), Answer.id.desc())
    query = select(Answer).where(*conditions).order_by(*order).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return Found([_shown(know, row) for row in session.scalars(query)], total)


def found(session: Session, text: str, matter: str = "") -> Found:
    """What best answers a question: at most 50, best first. Raises search.Unavailable."""
    wanted = Query(text=text[:LONGEST_QUERY], matters=(matter,) if matter else (), size=5 * PAGE_SIZE)
    page = index().search(wanted)
    items = _these(session, [hit.id for hit in page.hits])
    return Found(items, len(items), page.relaxed)


def like(session: Session, text: str) -> list[Shown]:
    """Up to three answers to what somebody is writing; none before SHORTEST characters, and none while the index is
    known to be away: who writes waits for nothing. Raises search.Unavailable.
    """
    words = _words(text)
    if len(text.strip()) < SHORTEST or not words or is_away(session):
        return []
    page = index().search(Query(like=Like(words, of=ONE_IN), size=2 * LIKE))
    return _these(session, [hit.id for hit in page.hits])[:LIKE]


def one(session: Session, answer_id: int) -> Shown:
    """A published answer. Raises NotFound for one that is not, or not any more."""
    row = session.get(Answer, answer_id)
    if row is None or row.state != PUBLISHED:
        raise NotFound("没有这条问答，可能已经撤下", "there is no such answer, or not any more")
    return _shown(knowledge(session), row)


def categories(session: Session) -> list[tuple[str, str, int]]:
    """(code, name, how many) of the topmost matters that have answers, most first."""
    know = knowledge(session)
    query = select(Answer.matter, func.count()).where(Answer.state == PUBLISHED, Answer.matter.is_not(None))
    counts: Counter[str] = Counter()
    for matter, count in session.execute(query.group_by(Answer.matter)):
        if line := [code for code in know.matter_tree.ancestors(matter) if code in know.matters]:
            counts[min(line, key=lambda code: len(know.matter_tree.ancestors(code)))] += count
    return [(code, know.matters[code].name, count) for code, count in counts.most_common()]


def _words(text: str) -> tuple[str, ...]:
    """The words that tell what a message is about; no numbers."""
    cut = chinese.words(mask(text[: 5 * LONGEST_QUERY], whole=True))
    telling = (word for word in cut if len(word) > 1 and word not in EMPTY and word not in FUNCTION)
    counts = Counter(word for word in telling if not any(map(str.isdigit, word)))
    return tuple(sorted(counts, key=lambda word: (-counts[word] * len(word), word))[:_MOST_WORDS])


def _these(session: Session, ids: Iterable[int]) -> list[Shown]:
    """The published ones of these, in their order."""
    order, know = list(ids), knowledge(session)
    rows = session.scalars(select(Answer).where(Answer.id.in_(order), Answer.state == PUBLISHED))
    there = {row.id: row for row in rows}
    return [_shown(know, there[each]) for each in order if each in there]


def _shown(know: Knowledge, row: Answer) -> Shown:
    at = row.published_at or row.decided_at
    matter = know.matters[row.matter].name if row.matter in know.matters and row.matter else ""
    unit = know.unit_name(row.unit) or "热线"
    return Shown(row.id, row.question, row.answer, row.matter, matter, unit, at, row.decided_at)
