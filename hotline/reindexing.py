"""The index and the tables compared and made equal: built anew beside the live one, filled again, or mended in place.

All of it goes block by block of ids, with digests: a block that adds up costs one comparison. It works while people
work: what is on its way to the index is no fault, and one process at a time does it. Whatever is killed in the middle
is gone on with by the next who tries, and what is there already is not written a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields

import structlog
from sqlalchemy import func, select

from hotline import db, lease, relay
from hotline.models import Event, Ticket
from hotline.searchable import documents
from search.digests import BLOCK, Stamp, Tally, stamp, tally
from search.documents import Document
from search.life import Engine, Index, NothingKept
from search.projection import batches

LEASE, LEASE_SECONDS = "index", 60.0
"""One process at a time; so long after it died nobody else begins."""

PASSES = 3
"""A new index that is not right after being mended so often is not swapped in."""

AGAIN = 500
"""Tickets that changed meanwhile, put at once."""

NONE = Tally(0, 0)

log = structlog.get_logger()

Watch = Callable[[Sequence[int], str], Iterable[int]]
"""What shows how far it is: given the blocks and a word, it gives them back one by one."""


class Busy(RuntimeError):
    """Another process is at work on the index, or was within the last minute."""


class Unsound(RuntimeError):
    """The index that was built is not what the tables say, however often it was mended."""


@dataclass
class Found:
    """What a comparison found, and mended: ids of tickets by what was wrong with them in the index.

    `ahead`: newer there than in the tables, as after a restored backup; only a new index can mend that.
    """

    tickets: int = 0
    lacking: list[int] = field(default_factory=list)
    older: list[int] = field(default_factory=list)
    differing: list[int] = field(default_factory=list)
    orphans: list[int] = field(default_factory=list)
    ahead: list[int] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {each.name: len(getattr(self, each.name)) for each in fields(self) if each.name != "tickets"}

    @property
    def faults(self) -> int:
        """How many tickets were wrong."""
        return sum(self.counts.values())


def rebuild(index: Engine, watch: Watch, kept: bool = False) -> Found:
    """Build a fresh index beside the live one and swap it in, or with `kept` bring the one before up to date and swap
    that in; what was mended on the way. One that was begun and left is gone on with.

    Raises Busy, Unsound, search.life.NothingKept, search.Unavailable. The live index serves throughout.
    """
    with _alone() as ours:
        index.prepare()
        beside, since = index.build(kept), _last_event()
        found = _fill(beside, _held(watch, ours))
        index.swap()
        _put_again(index, since)
    log.info("index_swapped", tickets=found.tickets, back=kept, **found.counts)
    return found


def dropped(index: Engine) -> Found:
    """Drop a build that was left. Raises Busy while somebody is at it, search.Unavailable."""
    with _alone():
        index.abandon()
    return Found()


def refill(index: Engine, watch: Watch) -> Found:
    """Fill the live index, which was made empty, from the tables. Raises Busy, Unsound, search.Unavailable."""
    with _alone() as ours:
        found = _fill(index, _held(watch, ours))
        index.filled()
    log.info("index_filled", tickets=found.tickets, **found.counts)
    return found


def reconcile(index: Engine, watch: Watch) -> Found:
    """Compare the live index with the tables and mend it: what lacks or is older or differs is put, what no table knows
    is taken out; what was found. Where it is ahead of the tables it is built anew. Raises Busy, search.Unavailable.
    """
    with _alone() as ours:
        index.prepare()
        found = _compare(index, _held(watch, ours))
    log.info("index_reconciled", tickets=found.tickets, **found.counts)
    if found.ahead:
        rebuild(index, watch)
    return found


def tend(index: Engine, watch: Watch) -> Found:
    """What heals an index without a person: one that was emptied or lost is filled, one of another form gets one
    beside, a build that was left is gone on with. Raises Busy, Unsound, search.Unavailable.
    """
    index.prepare()
    life = index.life()
    if not (life.building or life.fits):
        with suppress(NothingKept):
            return rebuild(index, watch, kept=True)
    if life.building or not life.fits:
        return rebuild(index, watch)
    return refill(index, watch) if life.filling else Found()


def lacks(index: Engine) -> int:
    """How many tickets the index has too few, by the counts alone; what is on its way left aside."""
    with db.reading() as session:
        tickets = session.scalar(select(func.count()).select_from(Ticket)) or 0
        undelivered = select(func.count(func.distinct(Event.ticket_id))).where(Event.delivered_at.is_(None))
        expected = tickets - (session.scalar(undelivered) or 0)
    index.refresh()
    return max(0, expected - index.count())


@contextmanager
def _alone() -> Iterator[lease.Holder]:
    ours = lease.Holder(LEASE, LEASE_SECONDS)
    if not ours.holds():
        raise Busy("another process is at work on the index")
    try:
        yield ours
    finally:
        ours.let_go()


def _held(watch: Watch, ours: lease.Holder) -> Watch:
    def watched(blocks: Sequence[int], words: str) -> Iterator[int]:
        for block in watch(blocks, words):
            if not ours.holds():
                raise Busy("another process has taken over")
            yield block

    return watched


def _fill(target: Index, watch: Watch) -> Found:
    """Put every block that does not add up, then look at those that still do not."""
    target.refresh()
    there, expected = target.tallies(), dict[int, Tally]()
    target.put(_lacking(watch(_blocks(there), "filling"), there, expected))
    found = Found(tickets=sum(each.count for each in expected.values()))
    for _ in range(PASSES):
        target.refresh()
        there = target.tallies()
        wrong = [block for block in expected.keys() | there if expected.get(block, NONE) != there.get(block, NONE)]
        before = found.faults
        for block in watch(sorted(wrong), "checking"):
            expected[block] = _mend(target, block, found)
        if found.faults == before:
            return found
    raise Unsound(f"after {PASSES} passes there are still faults: {found.counts}")


def _lacking(blocks: Iterable[int], there: dict[int, Tally], expected: dict[int, Tally]) -> Iterator[Document]:
    for block in blocks:
        found = _documents(block)
        expected[block] = tally(map(stamp, found))
        if expected[block] != there.get(block, NONE):
            yield from found


def _compare(target: Index, watch: Watch) -> Found:
    target.refresh()
    there, found = target.tallies(), Found()
    for block in watch(_blocks(there), "comparing"):
        tickets = _documents(block)
        found.tickets += len(tickets)
        if tally(map(stamp, tickets)) != there.get(block, NONE):
            _mend(target, block, found)
    return found


def _blocks(there: Iterable[int]) -> list[int]:
    """All blocks in which there may be anything, the newest first: what people look for most is there first."""
    with db.reading() as session:
        first, last = session.execute(select(func.min(Ticket.id), func.max(Ticket.id))).one()
    tickets = () if last is None else range(first // BLOCK, last // BLOCK + 1)
    return sorted({*tickets, *there}, reverse=True)


def _documents(block: int) -> list[Document]:
    with db.reading() as session:
        within = select(Ticket.id).where(Ticket.id >= block * BLOCK, Ticket.id < (block + 1) * BLOCK)
        ids = list(session.scalars(within))
        return list(documents(session, ids)) if ids else []


def _mend(target: Index, block: int, found: Found) -> Tally:
    """Look at each document of a block: first the tables, then what is on its way, then the index, so that only a real
    fault shows as one. Mends, adds to `found`, and gives what the tables add up to.
    """
    tickets = {each.id: each for each in _documents(block)}
    with db.reading() as session:
        waiting = relay.on_the_way(session, block * BLOCK, (block + 1) * BLOCK)
    target.refresh()
    have, should = target.stamps(block), {one: stamp(each) for one, each in tickets.items()}
    suspects = [one for one in should.keys() | have if one not in waiting and should.get(one) != have.get(one)]
    if suspects:
        _judge(target, suspects, should, have, found)
    return tally(should.values())


def _judge(
    target: Index, suspects: Sequence[int], should: dict[int, Stamp], have: dict[int, Stamp], found: Found
) -> None:
    """With the tables read once more: what changed between the readings is no fault."""
    with db.reading() as session:
        now = {each.id: each for each in documents(session, suspects)}
    faults: dict[str, list[int]] = {name: [] for name in found.counts}
    for one in suspects:
        if fault := _fault(should.get(one), have.get(one), now.get(one)):
            faults[fault].append(one)
            getattr(found, fault).append(one)
    target.put(now[one] for name in ("lacking", "older", "differing") for one in faults[name])
    target.remove({one: have[one].version for one in faults["orphans"]})


def _fault(should: Stamp | None, have: Stamp | None, now: Document | None) -> str:
    """What is wrong with a document: what it should have been at first, what it is, and what the tables say now."""
    if now is None:
        return "orphans" if have else ""
    if have is None:
        return "lacking"
    if should and have.version < should.version:
        return "older"
    if have.version > now.version:
        return "ahead"
    return "differing" if have.version == now.version and have != stamp(now) else ""


def _last_event() -> int:
    with db.reading() as session:
        return session.scalar(select(func.max(Event.id))) or 0


def _put_again(index: Engine, since: int) -> None:
    """What changed since the build began: a relay of an older release, which follows no build, may have written it to
    the index that was live then.
    """
    with db.reading() as session:
        changed = select(Event.ticket_id).where(Event.id > since, Event.ticket_id.is_not(None)).distinct()
        for ids in batches(sorted(filter(None, session.scalars(changed))), AGAIN):
            index.put(documents(session, ids))
