"""A person's search: what was typed into the one field is recognised, the reader's right is laid upon the query, and
the index is asked.

A phone goes to the index by its HMAC, a query code not at all: neither is ever sent or written down in clear.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

import chinese.spoken
from hotline import db, queries, rounds, vault
from hotline.attachment_texts import texts_for
from hotline.intake.fields import phone_number
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Ticket
from hotline.rights import Actor
from hotline.searchable import file_readers
from search.documents import Hit, Page, Query
from search.highlights import Fragment, highlights
from search.sounds import named
from search.spelling import Spelling
from search.words import parse

FEW = 3
"""With fewer hits than this, another spelling is looked for."""

MOST_UNITS = 5
EMPTY = Page((), 0, None)
_LINE = (
    Ticket.id,
    Ticket.number,
    Ticket.version,
    Ticket.status,
    Ticket.kind,
    Ticket.urgency,
    Ticket.source,
    Ticket.title,
    Ticket.matter,
    Ticket.place,
    Ticket.unit,
    Ticket.cycle,
    Ticket.pending,
    Ticket.received_at,
    Ticket.due_at,
    Ticket.confidential,
)

_FOUND = select(*_LINE).where(Ticket.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed: `text` for the index, a `caller` by the HMAC of the phone, a `ticket` by its number or its code.
    `only`: nothing but that ticket is meant, or nothing at all where there is none.
    """

    text: str = ""
    caller: str | None = None
    ticket: tuple[int, str] | None = None
    only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, what was sought, the spelling that finds more, and the units whose names begin as was typed."""

    page: Page
    sought: Sought
    better: str | None = None
    units: tuple[str, ...] = ()


def find(session: Session, wanted: Query, typed: str, who: Actor, caller: str | None = None) -> Answer:
    """Search for what was typed under the filters of `wanted`, among what the reader may see.

    `caller` is the HMAC that an earlier page gave for a phone; only who may search by phone searches by it. Raises
    search.BadCursor, search.Unavailable.
    """
    sought = recognise(session, typed, who)
    if caller and who.may("desk"):
        sought = replace(sought, caller=caller)
    if sought.only:
        return Answer(_alone(sought), sought)
    query = _allowed(session, wanted, sought, who)
    page = rounds.index().search(query)
    if wanted.after is None:
        page = _with_the_named(page, sought, wanted)
        know = knowledge(session)
        return Answer(page, sought, _better(know, query, page), tuple(units_named(know, typed, who)))
    return Answer(page, sought)


def _allowed(session: Session, wanted: Query, sought: Sought, who: Actor) -> Query:
    """The query with what was sought, and with the reader's right whatever was wished for."""
    on_the_clock = wanted.overdue or "overdue" in wanted.facets
    return replace(
        wanted,
        text=sought.text,
        phone_hmac=sought.caller,
        visible_to=(who.unit or "") if who.of_unit else None,
        file_readers=file_readers(who),
        now=db.now(session) if on_the_clock else None,
    )


def recognise(session: Session, typed: str, who: Actor) -> Sought:
    """Tell a query code, a phone and a ticket's number from words. Phones and codes are for the hotline's people; what
    others type of them finds nothing.
    """
    given = unicodedata.normalize("NFKC", typed).strip()
    code = vault.clean_query_code(given)
    if code and (coded := _ticket(session, Ticket.query_code_digest == vault.digest(code, "code"))):
        return Sought(ticket=coded if who.may("desk") else None, only=True)
    text = chinese.spoken.mask(given, whole=True)
    if who.may("desk") and (phone := _phone(given)):
        rest = "" if _is_phone(given) else text
        return Sought(rest.replace("*", " ").strip(), vault.digest(phone, "phone"))
    if text != given and not text.strip("* "):
        return Sought(only=True)
    if given.isascii() and given.isdigit() and 8 <= len(given) <= 32:
        mine = (Ticket.number == given) & queries.visible_to(who)
        return Sought(text, ticket=_ticket(session, mine))
    return Sought(text)


def _ticket(session: Session, condition: Any) -> tuple[int, str] | None:
    row = session.execute(select(Ticket.id, Ticket.number).where(condition)).first()
    return (row.id, row.number) if row else None


def _phone(text: str) -> str:
    """The phone that the text is or holds, in the one form in which phones are kept, or ''."""
    if whole := _is_phone(text):
        return whole
    return next((kept for each in chinese.spoken.phones(text) if (kept := _is_phone(each))), "")


def _is_phone(text: str) -> str:
    try:
        return phone_number(text, "q")
    except InvalidInput:
        return ""


def _alone(sought: Sought) -> Page:
    hits = () if sought.ticket is None else (Hit(*sought.ticket, 0.0),)
    return Page(hits, len(hits), None)


def _with_the_named(page: Page, sought: Sought, wanted: Query) -> Page:
    """The page with the ticket whose number was typed on top, also while the index does not know it yet."""
    if sought.ticket is None or replace(wanted, sort="", size=0, facets=()) != replace(Query(), sort="", size=0):
        return page
    others = tuple(hit for hit in page.hits if hit.id != sought.ticket[0])
    known = next((hit for hit in page.hits if hit.id == sought.ticket[0]), None)
    first = known or Hit(*sought.ticket, 0.0)
    return replace(page, hits=(first, *others), total=page.total + (known is None))


def _better(know: Knowledge, query: Query, page: Page) -> str | None:
    """Another spelling that finds more among what the reader may see; looked for where few were found."""
    if (page.total >= FEW and not page.relaxed) or not query.text:
        return None
    corrected = spelling(know).corrected(query.text)
    if corrected is None:
        return None
    other = rounds.index().search(replace(query, text=corrected, size=1, facets=()))
    return corrected if (other.relaxed, -other.total) < (page.relaxed, -page.total) and other.total else None


_spelling: tuple[Knowledge, Spelling] | None = None


def spelling(know: Knowledge) -> Spelling:
    """The words of the catalogue, of places and of units; made once for each reading of the tables."""
    global _spelling  # noqa: PLW0603  one per process, as the knowledge itself
    kept = _spelling
    if kept is None or kept[0] is not know:
        matters = (word for each in know.matters_in_force.values() for word in (each.name, *each.phrases))
        places = (word for each in know.places_in_force.values() for word in (each.name, *each.aliases))
        units = (word for each in know.units.values() for word in (each.name, *each.aliases))
        kept = _spelling = (know, Spelling((*matters, *places, *units)))
    return kept[1]


def units_named(know: Knowledge, typed: str, who: Actor) -> list[str]:
    """The codes of the units that the letters spell (wdq → 乌当区); a unit's people are offered their own alone."""
    names: Mapping[str, Sequence[str]] = {
        code: (know.short_names[code], unit.name, *unit.aliases)
        for code, unit in know.units.items()
        if not who.of_unit or code in who.units
    }
    return named(unicodedata.normalize("NFKC", typed).strip(), names)[:MOST_UNITS]


def lines(session: Session, hits: Sequence[Hit], who: Actor) -> dict[int, Any]:
    """What a list shows of the tickets that were found: those that are there and that the reader may see, by id."""
    mine = _FOUND if who.sees_tickets and not who.of_unit else _FOUND.where(queries.visible_to(who))
    return {row.id: row for row in session.execute(mine, {"ids": [hit.id for hit in hits]})} if hits else {}


def passages(session: Session, ticket: Any, hit: Hit, text: str, who: Actor) -> dict[str, list[Fragment]]:
    """The marked passages by field, `files` among them where nothing else of the ticket holds what was sought. Of a
    confidential ticket a unit sees none: a number might be cut in two.
    """
    if queries.person_hidden(ticket, who):
        return {}
    if hit.highlights or not (marks := parse(text).marks):
        return hit.highlights
    said = "\n".join(f"{name}：{words}" for name, words in texts_for(session, ticket, who))
    return highlights({"files": said}, marks)


def count(session: Session, wanted: Query, typed: str, who: Actor, caller: str | None = None) -> int:
    """How many tickets have all that is asked for, among what the reader may see now. Raises search.Unavailable."""
    sought = recognise(session, typed, who)
    if caller and who.may("desk"):
        sought = replace(sought, caller=caller)
    if sought.only or (caller and not sought.caller):
        return 0
    page = rounds.index().search(_allowed(session, replace(wanted, size=1, after=None, facets=()), sought, who))
    return 0 if page.relaxed else page.total
