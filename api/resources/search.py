"""GET /api/v1/search: the index finds, the database decides what is shown."""

from __future__ import annotations

from typing import Any

import chinese.spoken
from api.auth import actor, permit
from api.contract import Contract
from api.resources.filters import check_codes, shared, wrong_cursor
from api.schemas import HitPage, SearchFilters
from hotline import db, queries, rounds, vault
from hotline.intake.fields import phone_number
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Ticket
from hotline.rights import Actor
from search.documents import BadCursor, Hit, Page, Query

blueprint = Contract("search", __name__, url_prefix="/api/v1/search", description="检索")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(SearchFilters, location="query")
@blueprint.response(200, HitPage)
@blueprint.alt_response(503, "SERVICE_UNAVAILABLE")
@permit("search")
def search(filters: dict[str, Any]) -> dict[str, Any]:
    """Search tickets; the hotline's people also by a caller's phone. A unit finds only its own."""
    who = actor()
    with db.reading() as session:
        know = knowledge(session)
        check_codes(know, filters)
        page = ask(filters, who)
        tickets = queries.tickets_of(session, [hit.id for hit in page.hits], who)
    items = [_item(know, tickets[hit.id], hit, who) for hit in page.hits if hit.id in tickets]
    return {"items": items, "total": page.total, "relaxed": page.relaxed, "next": page.after}


def ask(filters: dict[str, Any], who: Actor) -> Page:
    """What the index finds among that which the reader may see. Raises InvalidInput and search.Unavailable."""
    asked = {name: filters[name] for name in ("sort", "size", "after")}
    asked["visible_to"] = (who.unit or "") if who.of_unit else None
    try:
        return rounds.index().search(Query(**shared(filters), **asked, **_words(filters["q"], who)))
    except BadCursor:
        raise wrong_cursor() from None


def _words(q: str, who: Actor) -> dict[str, Any]:
    """A phone finds its caller's tickets for the hotline's people; nobody else searches for numbers of persons."""
    if not who.may("desk"):
        return {"text": chinese.spoken.mask(q)}
    try:
        phone = phone_number(q, "q")
    except InvalidInput:
        phone = ""
    return {"phone_hmac": vault.digest(phone, "phone")} if phone else {"text": q}


def passages(ticket: Ticket, hit: Hit, who: Actor) -> dict[str, list[list[tuple[str, bool]]]]:
    """The marked passages by field. Of a confidential ticket a unit sees none: a number might be cut in two."""
    return {} if queries.person_hidden(ticket, who) else hit.highlights


def _item(know: Knowledge, ticket: Ticket, hit: Hit, who: Actor) -> dict[str, Any]:
    """The ticket as the table has it."""
    highlights = {
        name: [[{"text": text, "match": match} for text, match in piece] for piece in pieces]
        for name, pieces in passages(ticket, hit, who).items()
    }
    return queries.ticket_line(know, ticket, who) | {"score": hit.score, "highlights": highlights}
