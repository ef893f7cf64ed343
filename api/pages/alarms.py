"""The strip of alarms on top of the desks: what rings, since when, and where to take it in hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from api.pages.shapes import ticket_href
from hotline.alarms import foremost, ringing
from hotline.lifecycle import STATUS_NAMES, Status
from hotline.queries import shown_text
from hotline.rights import Actor


def alarm_strip(session: Session, who: Actor) -> dict[str, Any]:
    """{total, items: [{number, what, title, status, since, href}]} for templates/alarms.html: `total` ring."""
    found = ringing(session, who)
    items = [
        {
            "number": one.ticket.number,
            "what": one.what,
            "title": shown_text(one.ticket, one.ticket.title, who),
            "status": STATUS_NAMES[Status(one.ticket.status)],
            "since": one.since,
            "href": ticket_href(one.ticket.number, who),
        }
        for one in foremost(found)
    ]
    return {"total": len(found), "items": items}
