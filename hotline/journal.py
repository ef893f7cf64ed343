"""The journal: one row is history, audit chain and outbox at once.

`record` writes an event within the act's own transaction. The hash of each event covers its content and the hash of
the same subject's event before, so no edit, deletion or reordering goes unseen; every minute `seal` puts a Merkle
root over the new events and chains it to the seal before, so a cut tail is found too, and no lock or counter row
lies on the way of intake. `verify` (verification.py) checks all of it offline.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline import db, vault
from hotline.models import Event, EventText, Seal
from hotline.rows import table_of

GENESIS = "0" * 64
SEAL_BATCH = 20_000
_EVENTS, _TEXTS = table_of(Event), table_of(EventText)


@dataclass(frozen=True, slots=True)
class Link:
    """The end of a subject's chain: the last seq and its hash; Link(0, GENESIS) before the first event."""

    seq: int = 0
    hash: str = GENESIS


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: Any) -> bytes:
    """The one byte form of a JSON value that hashes are made of."""
    return _canonical(value).encode()


def event_hash(row: Mapping[str, Any]) -> str:
    """The hash of an event's content and of the event before it: 64 hex digits."""
    content = {name: row[name] for name in ("subject", "seq", "action", "actor", "unit", "data", "previous")}
    return hashlib.sha256(canonical(content | {"at": row["at"].isoformat()})).hexdigest()


def last_link(session: Session, subject: str) -> Link:
    """The end of the chain of `subject`; the caller holds the subject's row lock."""
    row = session.execute(
        select(Event.seq, Event.hash).where(Event.subject == subject).order_by(Event.seq.desc()).limit(1)
    ).first()
    return Link(row.seq, row.hash) if row else Link()


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded. `texts` is free text: the event keeps a salted commitment, event_texts the words."""

    subject: str
    action: str
    actor: str
    at: datetime
    data: Mapping[str, Any]
    unit: str | None = None
    ticket_id: int | None = None
    text: str = ""


def rows(entries: Sequence[Entry], link: Link) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Event rows and text rows for entries of one subject that continue `link`, in order."""
    events, texts = [], []
    for entry in entries:
        data, seq = dict(entry.data), link.seq + 1
        if entry.text:
            salt = vault.new_salt()
            data["text"] = vault.commitment(salt, "text", entry.text)
            texts.append({"subject": entry.subject, "seq": seq, "salt": salt, "text": entry.text})
        row = {
            "subject": entry.subject,
            "seq": seq,
            "ticket_id": entry.ticket_id,
            "at": entry.at,
            "action": str(entry.action),
            "actor": entry.actor,
            "unit": entry.unit,
            "data": data,
            "previous": link.hash,
        }
        link = Link(seq, event_hash(row))
        events.append(row | {"hash": link.hash})
    return events, texts


def write(session: Session, events: Sequence[dict[str, Any]], texts: Sequence[dict[str, Any]] = ()) -> None:
    """Insert what `rows` made."""
    session.execute(_EVENTS.insert(), list(events))
    if texts:
        session.execute(_TEXTS.insert(), list(texts))


def record(session: Session, entry: Entry) -> dict[str, Any]:
    """Write one event at the end of its subject's chain, in the caller's transaction; returns the row."""
    events, texts = rows([entry], last_link(session, entry.subject))
    write(session, events, texts)
    return events[0]


def merkle_root(hashes: Sequence[str]) -> str:
    """The Merkle root of hex hashes in order; leaves and nodes are told apart (RFC 6962)."""
    level = [hashlib.sha256(b"\0" + bytes.fromhex(h)).digest() for h in hashes]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        odd = [level[-1]] if len(level) % 2 else []
        level = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs] + odd
    return level[0].hex() if level else GENESIS


def seal_hash(number: int, at: datetime, count: int, root: str, previous: str) -> str:
    """The hash of a seal's content."""
    return hashlib.sha256(canonical([number, at.isoformat(), count, root, previous])).hexdigest()


def seal(session: Session, file: Path | None = None) -> Seal | None:
    """Seal the events that no seal holds yet; None when there are none.

    One sealer at a time: the next number is a primary key, so of two one fails and rolls back. The last seal is read
    before the events, so that one who missed the other's seal cannot take a number after it. The seal is also
    appended to `file`, outside the database, where a cut tail of seals can be held against it; a line written by a
    transaction that then failed is harmless, since verify compares only the newest line of each number.
    """
    before = session.scalars(select(Seal).order_by(Seal.id.desc()).limit(1)).first()
    fresh = session.execute(
        select(Event.id, Event.hash).where(Event.seal.is_(None)).order_by(Event.id).limit(SEAL_BATCH)
    ).all()
    if not fresh:
        return None
    number, previous = (before.id + 1, before.hash) if before else (1, GENESIS)
    at, root = db.now(session), merkle_root([row.hash for row in fresh])
    made = Seal(id=number, at=at, count=len(fresh), root=root, previous=previous, hash="")
    made.hash = seal_hash(number, at, len(fresh), root, previous)
    session.add(made)
    session.flush()
    session.execute(update(Event), [{"id": row.id, "seal": number} for row in fresh])
    if file:
        _append(file, made)
    return made


def _append(file: Path, made: Seal) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(
            json.dumps({"seal": made.id, "at": made.at.isoformat(), "count": made.count, "hash": made.hash}) + "\n"
        )
