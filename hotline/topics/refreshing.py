"""The row of a topic is made of its tickets: name, matter, place, how many, by whom, and who has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, distinct, func, select, update
from sqlalchemy.orm import Session

from hotline.knowledge import Knowledge, knowledge
from hotline.models import Ticket, Topic, TopicTicket
from hotline.topics.naming import MOST_READ, name_of

MOST_UNITS = 12
MAJORITY = 0.5
"""What share of a topic's tickets must lie in a place, or be of a matter, for the topic to be called by it."""

PLACED = 0.5

BATCH = 200


def refresh(session: Session, topics: Sequence[int]) -> None:
    """Make the rows of these topics anew, within the caller's transaction; one without tickets goes."""
    know = knowledge(session)
    for start in range(0, len(topics), BATCH):
        ids = list(topics[start : start + BATCH])
        summed = {row.topic_id: row for row in session.execute(_SUMS.where(TopicTicket.topic_id.in_(ids)))}
        gone = [topic for topic in ids if topic not in summed]
        if gone:
            session.execute(delete(Topic).where(Topic.id.in_(gone)))
        basis = dict(session.execute(select(Topic.id, Topic.basis).where(Topic.id.in_(ids))).all())
        rows = [_row(session, know, summed[topic], basis[topic]) for topic in ids if topic in basis and topic in summed]
        if rows:
            session.execute(update(Topic), rows)


_SUMS = select(
    TopicTicket.topic_id,
    func.count().label("tickets"),
    func.count(distinct(TopicTicket.caller)).label("callers"),
    func.min(TopicTicket.at).label("first_at"),
    func.max(TopicTicket.at).label("last_at"),
).group_by(TopicTicket.topic_id)


def _row(session: Session, know: Knowledge, summed: Any, basis: str) -> dict[str, Any]:
    matter, place, units = (_counted(session, summed.topic_id, column) for column in _COUNTED)
    leading = _majority(matter, summed.tickets)
    where = _place_of(know, place, summed.tickets)
    name = "" if leading is None else know.matters[leading].name
    titles = [] if basis == "rise" else list(_titles(session, summed.topic_id))
    return {
        "id": summed.topic_id,
        "name": name_of(titles, know.place_name(where), name),
        "matter": matter.most_common(1)[0][0] if matter else None,
        "place": where,
        "first_at": summed.first_at,
        "last_at": summed.last_at,
        "count": summed.tickets,
        "callers": summed.callers,
        "units": [unit for unit, _ in units.most_common(MOST_UNITS)],
    }


_COUNTED = (Ticket.matter, Ticket.place, Ticket.unit)


def _counted(session: Session, topic: int, column: Any) -> Counter[str]:
    """How many of a topic's tickets have each code of a column; those without any are left out."""
    query = select(column, func.count()).join(TopicTicket, TopicTicket.ticket_id == Ticket.id)
    rows = session.execute(query.where(TopicTicket.topic_id == topic, column.is_not(None)).group_by(column))
    return Counter(dict(sorted(rows.all())))


def _majority(counted: Counter[str], count: int) -> str | None:
    code, many = counted.most_common(1)[0] if counted else ("", 0)
    return code if many and many >= MAJORITY * count else None


def _place_of(know: Knowledge, counted: Counter[str], count: int) -> str | None:
    """The deepest place that holds most of the tickets of which a place is known, and PLACED of all; None where there
    is none below the city.
    """
    holding: Counter[str] = Counter()
    for code, many in counted.items():
        for above in know.place_tree.ancestors(code):
            holding[above] += many
    least = max(MAJORITY * counted.total(), PLACED * count)
    most = [code for code, many in holding.items() if many > least and know.places[code].level != "city"]
    return max(most, key=lambda code: (len(know.place_tree.ancestors(code)), holding[code], code), default=None)


def _titles(session: Session, topic: int) -> Iterator[tuple[str, str]]:
    """(caller, title) of what may be quoted, newest first: nothing of a 举报 or of who asked for confidentiality."""
    open_to_all = Ticket.confidential.is_(False), Ticket.kind != "report"
    query = select(TopicTicket.caller, Ticket.title).join(Ticket, Ticket.id == TopicTicket.ticket_id)
    query = query.where(TopicTicket.topic_id == topic, *open_to_all)
    yield from session.execute(query.order_by(TopicTicket.at.desc(), Ticket.id.desc()).limit(MOST_READ))
