"""A new message against 100,000 open tickets: looked up, scored and sorted on both databases; and the piles.

No message is asked twice, so that nothing of it is remembered from before. Two times are measured for each: by the
clock on the wall, as whoever asks feels it, and of the processor, in this process and in PostgreSQL's together, which
is what the asking costs whatever else the machine does. The limit is on the processor's: on a machine with nothing
else to do the wall's is about the same, since the database is in memory and the questions follow one another; on a
busy one the wall's tells of the neighbours. The piles' limit is on the processor's too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

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
ASKED, WARMING = 200, 20
DISPATCHER = Actor("staff:0", "", frozenset({"dispatcher"}))


def repeats_sqlite() -> Iterator[Figure]:
    """On SQLite."""
    with house.furnished():
        yield from _measured("sqlite")


def repeats_postgres() -> Iterator[Figure]:
    """On PostgreSQL."""
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()):
        yield from _measured("postgres")


def _measured(database: str) -> Iterator[Figure]:
    _fill()
    with db.reading() as session:
        know = knowledge(session)
    said = [_asked(know, number) for number in range(ASKED + WARMING)]
    asked = [_spent(partial(_look_up, *each)) for each in said][WARMING:]
    yield from _figures(f"repeats_{database}", asked, 20)
    yield from _figures(f"piles_{database}", [_spent(_heaps) for _ in range(20)], 100)


def _figures(name: str, spent: Sequence[tuple[float, float]], limit: float) -> Iterator[Figure]:
    """Median and 95 % of (wall, processor), both in milliseconds; the limit is on the processor's median."""
    wall, processor = (sorted(column) for column in zip(*spent, strict=True))
    most = int(0.95 * len(spent))
    yield Figure(f"{name}_processor", statistics.median(processor), "ms of the processor", limit)
    yield Figure(f"{name}_processor_95", processor[most], "ms of the processor")
    yield Figure(name, statistics.median(wall), "ms by the clock")
    yield Figure(f"{name}_95", wall[most], "ms by the clock")


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """(by the clock, of the processor) in milliseconds; with the processor's time of the database's servers."""
    servers = _servers()
    wall, processor = time.perf_counter(), time.process_time() + _ran(servers)
    work()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() + _ran(servers) - processor) * 1e3


def _servers() -> Sequence[int]:
    """The process numbers of PostgreSQL's servers for this database; none where it is SQLite."""
    if db.engine().dialect.name == "sqlite":
        return ()
    with db.reading() as session:
        return session.scalars(_SERVERS).all()


_SERVERS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")


def _ran(servers: Sequence[int]) -> float:
    """Seconds that these processes have been on a processor, as Linux counts them."""
    return sum(int(Path(f"/proc/{each}/schedstat").read_text().split()[0]) for each in servers) / 1e9


def _look_up(inquiry: Inquiry, decision: Decision) -> None:
    with db.reading() as session:
        repeats.like_now(session, inquiry, decision)


def _heaps() -> None:
    with db.reading() as session:
        piles.piles(session, DISPATCHER)


def _asked(know: Knowledge, number: int) -> tuple[Inquiry, Decision]:
    """Every other one repeats a ticket that is there, with a few words more."""
    title, content, place = _told(know, number * 7 if number % 2 else OPEN + number)
    inquiry = Inquiry("web", f"asked-{number}", f"{content}，请尽快处理", "web", title=title, phone=_phone(number * 7))
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
    """So many tickets that wait, with their traces: rows like those of one that was opened, made at once.

    What PostgreSQL's autovacuum does within minutes is done at once.
    """
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
        with db.engine().connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def _rows(know: Knowledge, ticket: dict[str, Any], citizen: dict[str, Any], number: int) -> tuple[Any, Any]:
    title, content, place = _told(know, number)
    phone = vault.digest(_phone(number), "phone")
    own = {"id": number, "number": f"{number:014d}", "external_id": f"row-{number}", "query_code_digest": f"{number}"}
    told = {"title": title, "content": content, "place": place, "matter": None}
    digest = content_digest(Inquiry("web", "", content, "web", title=title))
    known = {"ticket_id": number, "phone_digest": phone, "sender_digest": phone}
    return ticket | own | told | {"content_digest": digest}, citizen | known


def _traces(rows: Sequence[Any]) -> Iterator[dict[str, int]]:
    for row in rows:
        for feature in traces(row["title"], row["content"], row["place"]):
            yield {"feature": feature, "ticket_id": row["id"]}
