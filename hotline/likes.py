"""Likes of imported messages: kept beside the ticket, since they say nothing of the matter and grow from day to day."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline import db
from hotline.models import Like, Ticket


def keep(session: Session, channel: str, counts: Mapping[str, tuple[int, int]]) -> None:
    """Keep (likes, dislikes) by external id, in the place of what was kept before; ids without a ticket are passed by.

    Within the caller's transaction.
    """
    if not counts:
        return
    known = select(Ticket.id, Ticket.external_id).where(Ticket.channel == channel, Ticket.external_id.in_(list(counts)))
    found = {row.id: counts[row.external_id] for row in session.execute(known)}
    rows = [{"ticket_id": ticket, "likes": likes, "dislikes": against} for ticket, (likes, against) in found.items()]
    if rows:
        added = (postgresql if db.is_postgres(session) else sqlite).insert(Like)
        newer = {"likes": added.excluded.likes, "dislikes": added.excluded.dislikes}
        session.execute(added.on_conflict_do_update(index_elements=["ticket_id"], set_=newer), rows)
