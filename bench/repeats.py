"""A new message against 100,000 open tickets: looked up, scored and sorted on both databases; and the piles."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select

from bench import house
from bench.figures import Figure, say
from hotline import db, desk, piles, repeats, vault
from hotline.desk.opening import content_digest
from hotline.intake.inquiry import Inquiry
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Citizen, Ticket, Trace
from hotline.rights import CITIZEN, Actor
from hotline.rows import Rows, insert_all, table_of
from routing.decision import Decision
from routing.likeness import traces

OPEN = 100_000
AT_ONCE = 5_000
ASKED = 200
DISPATCHER = Actor("staff:0", "", frozenset({"dispatcher"}))


def repeats_sqlite() -> Sequence[Figure]:
    """On SQLite."""
    with house.furnished():
        return _measured("sqlite")


def repeats_postgres() -> Sequence[Figure]:
    """On PostgreSQL."""
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()):
        return _measured("postgres")


def _measured(database: str) -> Sequence[Figure]:
    _fill()
    with db.reading() as session:
        know = knowledge(session)
    said = [_asked(know, number) for number in range(ASKED + 20)]
    asked = sorted(_milliseconds(partial(_look_up, *each)) for each in said[20:])
    heaps = statistics.median(_milliseconds(_heaps) for _ in range(5))
    return (
        Figure(f"repeats_{database}", statistics.median(asked), "ms", limit=20),
        Figure(f"repeats_{database}_95", asked[int(0.95 * len(asked))], "ms"),
        Figure(f"piles_{database}", heaps, "ms"),
    )


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def _look_up(inquiry: Inquiry, decision: Decision) -> None:
    with db.reading() as session:
        repeats.like_now(session, inquiry, decision)


def _heaps() -> None:
    with db.reading() as session:
        piles.piles(session, DISPATCHER)


def _asked(know: Knowledge, number: int) -> tuple[Inquiry, Decision]:
    """Every other one repeats a ticket that is there, with a few words more."""
    title, text, place = _told(know, number * 7 if number % 2 else OPEN + number)
    inquiry = Inquiry("web", f"asked-{number}", f"{text}，请尽快处理", "web", title=title, phone=_phone(number * 7))
    return inquiry, Decision("help", "normal", None, place, None)


def _told(know: Knowledge, number: int) -> tuple[str, str, str]:
    """(title, text, place): two of the demo's messages, somewhere else each time."""
    texts, places = house.texts(), list(know.places.values())
    place = places[number * 31 % len(places)]
    one, two = texts[number % len(texts)], texts[number * 17 // len(texts) % len(texts)]
    return f"{place.name}{one[:16]}", f"我住{place.name}{number % 997}号。{one[:150]}{two[20:120]}", place.code


def _phone(number: int) -> str:
    return f"138{number // 2 % 10**8:08d}"


def _fill() -> None:
    """So many tickets that wait, with their traces: rows like those of one that was opened, made at once."""
    with db.transaction() as session:
        first = desk.open_ticket(session, house.inquiry(0), CITIZEN, hold=True).ticket.id
    with db.reading() as session:
        know = knowledge(session)
        ticket, citizen = (
            dict(session.execute(select(table_of(model)).where(key == first)).mappings().one())
            for model, key in ((Ticket, Ticket.id), (Citizen, Citizen.ticket_id))
        )
    for start in range(0, OPEN, AT_ONCE):
        rows = [_rows(know, ticket, citizen, first + 1 + number) for number in range(start, start + AT_ONCE)]
        with db.transaction() as session:
            insert_all(session, Rows(Ticket, [each[0] for each in rows]))
            insert_all(session, Rows(Citizen, [each[1] for each in rows]))
            insert_all(session, Rows(Trace, list(_traces([each[0] for each in rows]))))
        say(f"repeats: {start + AT_ONCE:,} of {OPEN:,} tickets")
    if db.engine().dialect.name == "postgresql":
        house.execute("ANALYZE")


def _rows(know: Knowledge, ticket: dict[str, Any], citizen: dict[str, Any], number: int) -> tuple[Any, Any]:
    title, text, place = _told(know, number)
    phone = vault.digest(_phone(number), "phone")
    own = {"id": number, "number": f"{number:014d}", "external_id": f"row-{number}", "query_code_digest": f"{number}"}
    told = {"title": title, "content": text, "place": place, "matter": None}
    digest = content_digest(Inquiry("web", "", text, "web", title=title))
    known = {"ticket_id": number, "phone_digest": phone, "sender_digest": phone}
    return ticket | own | told | {"content_digest": digest}, citizen | known


def _traces(rows: Sequence[Any]) -> Iterator[dict[str, int]]:
    for row in rows:
        for feature in traces(row["title"], row["content"], row["place"]):
            yield {"feature": feature, "ticket_id": row["id"]}
