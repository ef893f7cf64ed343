"""How was this answered before? Closed tickets that are most like a ticket, with the public replies they got.

A unit is shown the replies of other units too, for what to say; but whose ticket it was, and what stood in it, it does
not learn: neither number nor title, of the time the month alone, and of the citizen nothing, though the reply calls
them by name. Replies to 举报 and to who asked for confidentiality are no examples for anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

import chinese
import chinese.spoken
from hotline import queries, rounds
from hotline.answers.candidates import known_of
from hotline.answers.masking import masked
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Reply, Ticket
from hotline.rights import Actor
from hotline.searchable import hidden
from search.documents import Like, Query

MOST = 5
MOST_WORDS, READ = 12, 1000
"""Words that a ticket is known by, and the signs of it that are read."""

PREFER_MATTER, PREFER_PLACE = 6.0, 2.0
"""What the same matter and the same place are worth, beside a rare word's five or so."""

_MORE = 3
"""So many times as many are asked for: some fall out on the way."""


@dataclass(frozen=True, slots=True)
class Before:
    """An answer of before. `ticket` is None for who may not know of it; `at` is when it was replied."""

    reply: str
    unit: str
    matter: str
    at: datetime
    ticket: Ticket | None


def answered_before(session: Session, ticket: Ticket, who: Actor) -> list[Before]:
    """The replies that the most similar tickets got, best first; the same words once. Raises search.Unavailable."""
    know = knowledge(session)
    words = telling_words(know, ticket)
    if not words:
        return []
    like = Like(words, tuple(_prefer(ticket)))
    page = rounds.index().search(Query(like=like, statuses=("closed",), replied=True, size=MOST * _MORE))
    ids = [hit.id for hit in page.hits if hit.id != ticket.id]
    return list(islice(_told(session, know, ids, who), MOST))


def _prefer(ticket: Ticket) -> Iterable[tuple[str, str, float]]:
    if ticket.matter:
        yield "matter", ticket.matter, PREFER_MATTER
    if ticket.place:
        yield "place", ticket.place, PREFER_PLACE


def telling_words(know: Knowledge, ticket: Ticket) -> tuple[str, ...]:
    """The words that a ticket is known by: those of its title and the most frequent of the rest, the longer the better,
    without places, which are no matter, and without numbers.
    """
    places = {
        word for each in know.place_tree.ancestors(ticket.place) for word in chinese.words(know.places[each].name)
    }
    text = chinese.spoken.mask(f"{ticket.title}\n{ticket.title}\n{ticket.content[:READ]}", whole=True)
    counts = Counter(
        word
        for word in chinese.words(text)
        if len(word) > 1 and word not in places and not any(sign.isdigit() for sign in word)
    )
    return tuple(sorted(counts, key=lambda word: (-counts[word] * len(word), word))[:MOST_WORDS])


def _told(session: Session, know: Knowledge, ids: list[int], who: Actor) -> Iterable[Before]:
    """What the tables say today: the index may be a moment behind."""
    found = session.scalars(select(Ticket).where(Ticket.id.in_(ids), Ticket.status == "closed"))
    tickets = {each.id: each for each in found if not hidden(each)}
    mine = queries.tickets_of(session, list(tickets), who) if who.of_unit else tickets
    replies = _last_replies(session, list(tickets))
    told: set[str] = set()
    for one in ids:
        reply = replies.get(one)
        if one not in tickets or reply is None or reply.public_reply in told:
            continue
        told.add(reply.public_reply)
        yield Before(
            masked(reply.public_reply, known_of(session, one)).text,
            know.unit_name(reply.unit) or "热线",
            know.matter_path(tickets[one].matter),
            reply.at,
            mine.get(one),
        )


def _last_replies(session: Session, ids: list[int]) -> dict[int, Reply]:
    """The last reply of each ticket that passed its review."""
    query = select(Reply).where(Reply.ticket_id.in_(ids), Reply.passed.is_(True), Reply.public_reply != "")
    return {reply.ticket_id: reply for reply in session.scalars(query.order_by(Reply.seq))}
