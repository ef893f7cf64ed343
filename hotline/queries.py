"""Reads: tickets for those who may see them, timelines, clocks with sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true, tuple_
from sqlalchemy.orm import Session

import chinese.spoken
from chinese.caller import nameless
from hotline import lifecycle, vault
from hotline.desk.case import history, visible
from hotline.desk.opening import Opened
from hotline.errors import NotFound
from hotline.kinds import KINDS
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Assist, Citizen, Clock, Event, EventText, Reply, Ticket
from hotline.rights import Actor
from routing.decision import URGENCIES
from sla import values as sla
from sla.clock import clocks as run_clocks


def find_ticket(session: Session, number: str, actor: Actor) -> Ticket:
    """The ticket with this number. Raises NotFound, also for one that the actor may not know of."""
    ticket = session.scalars(select(Ticket).where(Ticket.number == number)).first()
    if ticket is None or not visible(ticket, actor):
        raise NotFound(f"没有编号为 {number} 的工单，请核对编号", f"there is no ticket {number}; check the number")
    return ticket


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on tickets that holds for all that `actor` may see, and for nothing else."""
    if not actor.of_unit:
        return true() if actor.sees_tickets else ~true()
    units = sorted(actor.units)
    assists = exists().where(Assist.ticket_id == Ticket.id, Assist.unit.in_(units))
    return or_(Ticket.unit.in_(units), assists)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of a list: codes, each tuple meaning any of these; `order` is due_at or received_at (newest first)."""

    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    pending: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    due_before: datetime | None = None
    order: str = "received_at"


FAR = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


def ticket_list(
    session: Session, actor: Actor, wanted: Wanted, size: int = 20, after: tuple[datetime, int] | None = None
) -> tuple[list[Ticket], tuple[datetime, int] | None]:
    """A page of tickets and the cursor of the next page (None at the end); keyset paging, no offset."""
    query = select(Ticket).where(visible_to(actor), *_conditions(session, wanted))
    rows: list[Ticket] = []
    for part in _ordered(query, wanted.order, after):
        rows += session.scalars(part.limit(size + 1 - len(rows)))
        if len(rows) > size:
            break
    else:
        return rows, None
    last = rows[size - 1]
    return rows[:size], (_sort_time(last, wanted.order), last.id)


def _sort_time(ticket: Ticket, order: str) -> datetime:
    return ticket.due_at or FAR if order == "due_at" else ticket.received_at


def _ordered(query: Select[Any], order: str, after: tuple[datetime, int] | None) -> Iterator[Select[Any]]:
    """The parts of the list one after the other, each by an index of its own, so that page 5,000 is as near as the
    first: those with a deadline, then those without.
    """
    if order != "due_at":
        query = query.where(tuple_(Ticket.received_at, Ticket.id) < after) if after else query
        yield query.order_by(Ticket.received_at.desc(), Ticket.id.desc())
        return
    if after is None or after[0] < FAR:
        due = query.where(Ticket.due_at.is_not(None))
        due = due.where(tuple_(Ticket.due_at, Ticket.id) > after) if after else due
        yield due.order_by(Ticket.due_at, Ticket.id)
    last = after[1] if after and after[0] >= FAR else 0
    yield query.where(Ticket.due_at.is_(None), Ticket.id > last).order_by(Ticket.id)


def _conditions(session: Session, wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    know = knowledge(session)
    below = (
        (Ticket.matter, wanted.matters, know.matter_tree),
        (Ticket.place, wanted.places, know.place_tree),
        (Ticket.unit, wanted.units, know.unit_tree),
    )
    for column, codes, tree in below:
        if codes:
            yield column.in_(sorted(set().union(*(tree.below(code) for code in codes))))
    plain = ((Ticket.status, wanted.statuses), (Ticket.kind, wanted.kinds), (Ticket.source, wanted.sources))
    for plain_column, values in plain:
        if values:
            yield plain_column.in_(values)
    if wanted.pending:
        yield Ticket.pending.is_not(None) if wanted.pending == "any" else Ticket.pending == wanted.pending
    if wanted.received_from:
        yield Ticket.received_at >= wanted.received_from
    if wanted.received_to:
        yield Ticket.received_at < wanted.received_to
    if wanted.due_before:
        yield and_(Ticket.due_at < wanted.due_before, Ticket.status.in_(["received", "dispatched", "accepted"]))


def unit_view(know: Knowledge, code: str | None) -> dict[str, str] | None:
    """{code, name, short_name} of a unit, or None."""
    if code not in know.units or code is None:
        return None
    return {"code": code, "name": know.units[code].name, "short_name": know.short_names[code]}


def matter_view(know: Knowledge, code: str | None) -> dict[str, Any] | None:
    """{code, name, path} of a matter, or None."""
    if code not in know.matters:
        return None
    matter = know.matters[code]
    return {"code": code, "name": matter.name, "path": list(matter.path)}


def place_view(know: Knowledge, code: str | None) -> dict[str, str] | None:
    """{code, name} of a place with what it lies in: 乌当区羊昌镇."""
    return {"code": code, "name": know.place_name(code)} if code in know.places and code else None


def clock_view(clock: sla.Clock) -> dict[str, Any]:
    """A clock as the API shows it, with its sum line by line."""
    return {
        "clock": clock.name,
        "name": sla.CLOCKS[clock.name],
        "party": clock.party,
        "suspended": [{"start": start.isoformat(), "end": end.isoformat()} for start, end in clock.suspended],
        "cycle": clock.cycle,
        "started_at": clock.started_at.isoformat(),
        "due_at": clock.due_at.isoformat(),
        "allowance": clock.allowance,
        "met_at": clock.met_at.isoformat() if clock.met_at else None,
        "stopped_at": clock.stopped_at.isoformat() if clock.stopped_at else None,
        "provisional": clock.provisional,
        "policy": clock.policy,
        "calendar": clock.calendar,
        "sum": list(clock.sum),
    }


def ticket_clocks(session: Session, ticket: Ticket, explain: bool = True) -> list[sla.Clock]:
    """All clocks of a ticket, computed from its history as it stands."""
    moments, _ = history(session, ticket.id)
    return run_clocks(moments, knowledge(session, ticket.calendar, ticket.policy).rules, explain=explain)


def opened_view(session: Session, opened: Opened, actor: Actor | None) -> dict[str, Any]:
    """The answer to an intake: what the citizen needs, and to staff and machines why it went where it went."""
    know, ticket = knowledge(session), opened.ticket
    view = {
        "number": ticket.number,
        "query_code": opened.query_code,
        "status": ticket.status,
        "kind": ticket.kind,
        "urgency": ticket.urgency,
        "matter": matter_view(know, ticket.matter),
        "place": place_view(know, ticket.place),
        "unit": unit_view(know, ticket.unit),
        "advice": ticket.decision.get("advice", ""),
        "clocks": [clock_view(clock) for clock in opened.clocks or ticket_clocks(session, ticket)],
    }
    return view | (_why(know, ticket) if actor is not None else {})


def _why(know: Knowledge, ticket: Ticket) -> dict[str, Any]:
    decision = ticket.decision
    candidates = [
        each
        | {
            "unit": unit_view(know, each["unit"]),
            "matter": matter_view(know, each["matter"]),
            "place": place_view(know, each["place"]),
        }
        for each in decision["candidates"]
    ]
    return {
        "confidence": decision["confidence"],
        "reasons": decision["reasons"],
        "candidates": candidates,
        "suggested_unit": unit_view(know, decision["unit"]),
    }


def ticket_view(session: Session, ticket: Ticket, actor: Actor) -> dict[str, Any]:
    """A ticket for staff: an allow-list of fields, the citizen masked."""
    know = knowledge(session)
    return {
        "number": ticket.number,
        "version": ticket.version,
        "status": ticket.status,
        "status_name": lifecycle.STATUS_NAMES[lifecycle.Status(ticket.status)],
        "kind": ticket.kind,
        "kind_name": KINDS.get(ticket.kind, ticket.kind),
        "urgency": ticket.urgency,
        "urgency_name": URGENCIES.get(ticket.urgency, ticket.urgency),
        "source": ticket.source,
        "title": shown_text(ticket, ticket.title, actor),
        "content": shown_text(ticket, ticket.content, actor),
        "matter": matter_view(know, ticket.matter),
        "place": place_view(know, ticket.place),
        "place_said": shown_text(ticket, ticket.place_said, actor),
        "point": point_view(ticket, actor),
        "unit": unit_view(know, ticket.unit),
        "assisting": [unit_view(know, code) for code in ticket.assisting],
        "assisted": [unit_view(know, code) for code in ticket.assisted],
        "suspended_until": ticket.suspended_until.isoformat() if ticket.suspended_until else None,
        "supervised": ticket.supervised,
        "excluded": ticket.excluded,
        "cycle": ticket.cycle,
        "dispatches": ticket.dispatches,
        "designated": ticket.designated,
        "complex": ticket.complex,
        "pending": ticket.pending,
        "received_at": ticket.received_at.isoformat(),
        "asked_at": ticket.asked_at.isoformat() if ticket.asked_at else None,
        "due_at": ticket.due_at.isoformat() if ticket.due_at else None,
        "confidential": ticket.confidential,
        "no_reply": ticket.no_reply,
        "details": ticket.details,
        "citizen": citizen_view(session, ticket, actor),
        **(_why(know, ticket) if not actor.of_unit else {}),
    }


def ticket_line(know: Knowledge, ticket: Ticket, actor: Actor) -> dict[str, Any]:
    """A ticket in a list: what its row holds, no query and nothing decrypted."""
    return {
        "number": ticket.number,
        "version": ticket.version,
        "status": ticket.status,
        "status_name": lifecycle.STATUS_NAMES[lifecycle.Status(ticket.status)],
        "kind": ticket.kind,
        "urgency": ticket.urgency,
        "source": ticket.source,
        "title": listed_title(know, ticket, actor),
        "matter": matter_view(know, ticket.matter),
        "place": place_view(know, ticket.place),
        "unit": unit_view(know, ticket.unit),
        "cycle": ticket.cycle,
        "pending": ticket.pending,
        "received_at": ticket.received_at.isoformat(),
        "due_at": ticket.due_at.isoformat() if ticket.due_at else None,
    }


def tickets_of(session: Session, ids: Sequence[int], actor: Actor) -> dict[int, Ticket]:
    """The tickets with these ids that are there and that the actor may see."""
    query = select(Ticket).where(Ticket.id.in_(ids), visible_to(actor))
    return {ticket.id: ticket for ticket in session.scalars(query)}


def shown_text(ticket: Ticket, text: str, actor: Actor) -> str:
    """Where the person is hidden, so is the name they say is theirs, and each phone and ID number to its last digit."""
    return chinese.spoken.mask(nameless(text), whole=True) if person_hidden(ticket, actor) else text


NOT_QUOTED = "（举报或要求保密，不显示内容）"


def listed_title(know: Knowledge, ticket: Ticket, actor: Actor) -> str:
    """The title in a list: for who neither takes nor handles the ticket (a manager) of a 举报, or of who asked for
    confidentiality, the matter alone. A list is read in passing and shown round; words may point to who wrote.
    """
    if person_hidden(ticket, actor) and not actor.of_unit:
        return (know.matters[ticket.matter].name if ticket.matter in know.matters else "") + NOT_QUOTED
    return shown_text(ticket, ticket.title, actor)


def point_view(ticket: Ticket, actor: Actor) -> dict[str, Any] | None:
    """Where on earth; not where the person is hidden, since a point that a telephone gave is where its owner stood."""
    return None if person_hidden(ticket, actor) else ticket.point


def person_hidden(ticket: Ticket, actor: Actor) -> bool:
    """True when only the hotline's people may know who wrote: asked for, or the reporter of a 举报 [济南 Art. 32]."""
    return (ticket.confidential or ticket.kind == "report") and not actor.may("desk")


def citizen_view(session: Session, ticket: Ticket, actor: Actor, unmask: bool = False) -> dict[str, str]:
    """Name and phone, masked unless `unmask`, and then address and ID number where they were given; nothing at all of a
    confidential person for units and managers.
    """
    row = session.get(Citizen, ticket.id)
    if row is None or row.erased_at or person_hidden(ticket, actor):
        return {"name": "", "phone": ""}
    name, phone = _opened(row.name, f"name:{ticket.id}"), _opened(row.phone, f"phone:{ticket.id}")
    if unmask:
        rest = {field: _opened(getattr(row, field), f"{field}:{ticket.id}") for field in ("address", "id_number")}
        return {"name": name, "phone": phone} | {field: text for field, text in rest.items() if text}
    return {"name": name[:1] + "*" * (len(name) - 1), "phone": phone[:3] + "*" * max(0, len(phone) - 7) + phone[-4:]}


def _opened(closed: bytes | None, context: str) -> str:
    return vault.decrypt(closed, context) if closed else ""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a timeline with its free text, if it has not been erased."""

    seq: int
    at: datetime
    action: str
    actor: str
    unit: str | None
    data: Mapping[str, Any]
    text: str = ""


def timeline(session: Session, ticket_id: int) -> list[Told]:
    """The whole history of a ticket, in order."""
    rows = session.execute(
        select(Event, EventText.text)
        .outerjoin(EventText, and_(EventText.subject == Event.subject, EventText.seq == Event.seq))
        .where(Event.subject == f"ticket:{ticket_id}")
        .order_by(Event.seq)
    )
    return [Told(e.seq, e.at, e.action, e.actor, e.unit, e.data, text or "") for e, text in rows]


def replies(session: Session, ticket_id: int) -> Sequence[Reply]:
    """All replies of a ticket, in order."""
    return session.scalars(select(Reply).where(Reply.ticket_id == ticket_id).order_by(Reply.seq)).all()


def current_clocks(session: Session, ids: Sequence[int]) -> dict[int, list[Clock]]:
    """The clock rows that hold now, by ticket."""
    found: dict[int, list[Clock]] = {number: [] for number in ids}
    rows = session.scalars(
        select(Clock).where(Clock.ticket_id.in_(ids), Clock.known_until.is_(None)).order_by(Clock.id)
    )
    for row in rows:
        found[row.ticket_id].append(row)
    return found


def same_caller(session: Session, ticket: Ticket, size: int = 5) -> list[Ticket]:
    """Other tickets of the same phone, newest first; by HMAC, nothing is decrypted."""
    row = session.get(Citizen, ticket.id)
    if row is None or row.phone_digest is None:
        return []
    query = select(Ticket).join(Citizen, Citizen.ticket_id == Ticket.id)
    query = query.where(Citizen.phone_digest == row.phone_digest, Ticket.id != ticket.id)
    return list(session.scalars(query.order_by(Ticket.id.desc()).limit(size)))
