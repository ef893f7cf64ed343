"""The proof, offline: every chain, every seal, every row against the fold of its events, facts too. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from hotline import db, journal, lifecycle, recounting, vault
from hotline.bulletins import freezing
from hotline.desk.opening import details_text
from hotline.models import Citizen, Event, EventText, Seal, Ticket
from hotline.state import State
from hotline.vault import commitment

BATCH = 5_000


@dataclass(slots=True)
class Findings:
    """What was checked and what is wrong; `faults` is empty when the record is whole."""

    events: int = 0
    seals: int = 0
    tickets: int = 0
    unsealed: int = 0
    faults: list[str] = field(default_factory=list)


@contextmanager
def snapshot() -> Iterator[Session]:
    """A session that sees one moment of the database, so that a house at work is not found at fault for what happens
    between two questions; and a proof of years may take its time.
    """
    postgres = db.engine().dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ"} if postgres else {}
    with Session(db.engine().execution_options(read_only=True, **options)) as session:
        if postgres:
            session.execute(sql("SET LOCAL statement_timeout = 0"))
        yield session


def verify(session: Session, seal_file: Path | None = None) -> Findings:
    """Check chains, seals, the seals' copy outside the database, texts, and tickets against their history."""
    found = Findings()
    _check_chains(session, found)
    found.faults += _without_history(session)
    _check_seals(session, found)
    if seal_file is not None and seal_file.exists():
        found.faults += _against_copy(session, seal_file)
    found.faults += _wrong_texts(session)
    found.faults += _wrong_citizens(session)
    found.faults += recounting.unlike(session)
    found.faults += freezing.faults(session)
    return found


def _check_chains(session: Session, found: Findings) -> None:
    """Each subject's events: seq gapless from 1, hash right, linked; a ticket's row equals their fold."""
    rows = session.scalars(select(Event).order_by(Event.subject, Event.seq).execution_options(yield_per=BATCH))
    for subject, events in groupby(rows, key=lambda event: event.subject):
        history = list(events)
        found.events += len(history)
        found.unsealed += sum(1 for event in history if event.seal is None)
        found.faults += _broken_links(subject, history)
        if subject.startswith("ticket:"):
            found.tickets += 1
            found.faults += _unlike_fold(session, history)


def _without_history(session: Session) -> Iterator[str]:
    """Tickets whose events are all gone."""
    for number in session.scalars(select(Ticket.id).where(~exists().where(Event.ticket_id == Ticket.id))):
        yield f"ticket:{number}: its history is missing"


def _broken_links(subject: str, history: Iterable[Event]) -> Iterator[str]:
    link = journal.Link()
    for event in history:
        if (event.ticket_id is not None or subject.startswith("ticket:")) and subject != f"ticket:{event.ticket_id}":
            yield f"{subject}: event {event.seq} is filed under ticket {event.ticket_id}"
        if event.seq != link.seq + 1:
            yield f"{subject}: event {link.seq + 1} is missing, {event.seq} follows {link.seq}"
        elif event.previous != link.hash:
            yield f"{subject}: event {event.seq} does not continue event {link.seq}"
        if event.hash != journal.event_hash(_content(event)):
            yield f"{subject}: event {event.seq} was changed"
        link = journal.Link(event.seq, event.hash)


def _content(event: Event) -> Mapping[str, Any]:
    names = ("subject", "seq", "at", "action", "actor", "unit", "data", "previous")
    return {name: getattr(event, name) for name in names}


def _unlike_fold(session: Session, history: list[Event]) -> Iterator[str]:
    ticket = session.get(Ticket, int(history[0].subject.removeprefix("ticket:")))
    if ticket is None:
        yield f"{history[0].subject}: the ticket's row is missing"
        return
    try:
        state = lifecycle.fold((event.action, event.at, event.data) for event in history)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        yield f"{history[0].subject}: the history cannot be folded ({error!r})"
        return
    for name in State.__slots__:
        kept, folded = getattr(ticket, name), getattr(state, name)
        if kept != folded:
            yield f"{history[0].subject}: {name} is {kept!r}, the history says {folded!r}"


def _check_seals(session: Session, found: Findings) -> None:
    previous, number = journal.GENESIS, 0
    for seal in session.scalars(select(Seal).order_by(Seal.id)):
        found.seals += 1
        hashes = session.scalars(select(Event.hash).where(Event.seal == seal.id).order_by(Event.id)).all()
        if seal.id != number + 1:
            found.faults.append(f"seal {number + 1} is missing")
        elif seal.previous != previous:
            found.faults.append(f"seal {seal.id} does not continue seal {number}")
        if seal.hash != journal.seal_hash(seal.id, seal.at, seal.count, seal.root, seal.previous):
            found.faults.append(f"seal {seal.id} was changed")
        if (len(hashes), journal.merkle_root(hashes)) != (seal.count, seal.root):
            found.faults.append(
                f"seal {seal.id}: {seal.count} events were sealed, {len(hashes)} are here or they differ"
            )
        previous, number = seal.hash, seal.id


def _against_copy(session: Session, seal_file: Path) -> Iterator[str]:
    """The copy outside the database: a cut tail of seals shows here."""
    kept = {row.id: row.hash for row in session.execute(select(Seal.id, Seal.hash))}
    lines = (json.loads(line) for line in seal_file.read_text("utf-8").splitlines() if line.strip())
    newest = {line["seal"]: line["hash"] for line in lines}
    for number, sealed in sorted(newest.items()):
        if kept.get(number) != sealed:
            yield f"seal {number} of {seal_file.name} is not in the database, or differs there"


def _wrong_texts(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(EventText, Event.data).join(
            Event, (Event.subject == EventText.subject) & (Event.seq == EventText.seq), isouter=True
        )
    )
    for text, data in rows:
        if (data or {}).get("text") != commitment(text.salt, "text", text.text):
            yield f"{text.subject}: the text of event {text.seq} was changed"


def _wrong_citizens(session: Session) -> Iterator[str]:
    """What the citizen said against the commitments of the opening, unless the person was erased; what was not said
    then must not be there now.
    """
    rows = session.execute(
        select(Ticket.id, Ticket.content, Ticket.details, Citizen, Event.data)
        .outerjoin(Citizen, Citizen.ticket_id == Ticket.id)
        .join(Event, (Event.ticket_id == Ticket.id) & (Event.seq == 1))
        .execution_options(yield_per=BATCH)
    )
    for number, content, details, citizen, data in rows:
        if citizen is None:
            yield f"ticket:{number}: the citizen's row is missing"
        elif citizen.erased_at is None:
            said = {"content": content, "details": details_text(details)}
            yield from _unlike_commitments(number, said, citizen, data.get("citizen", {}))


def _unlike_commitments(
    number: int, said: Mapping[str, str], citizen: Citizen, committed: Mapping[str, str]
) -> Iterator[str]:
    said = {**said, **{name: _opened(citizen, name) for name in ("name", "phone", "id_number", "address")}}
    for name, text in said.items():
        if committed.get(name) != (commitment(citizen.salt, name, text) if text else None):
            yield f"ticket:{number}: the citizen's {name} was changed"


def _opened(citizen: Citizen, name: str) -> str:
    closed = getattr(citizen, name)
    try:
        return vault.decrypt(closed, f"{name}:{citizen.ticket_id}") if closed else ""
    except vault.WrongKey:
        return "(closed with another key, or altered)"
