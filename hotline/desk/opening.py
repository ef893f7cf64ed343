"""The opening of a ticket: known already? route, clock, write, and dispatch at once when sure enough (即接即转)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

import chinese
from hotline import clocks, db, facts, journal, lifecycle, vault
from hotline.errors import Mismatch
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.knowledge import Knowledge, knowledge, today
from hotline.lifecycle import Action
from hotline.models import Assist, Citizen, Cycle, Event, EventText, Fact, Likeness, Ticket, Transcript, Untraced
from hotline.models import Clock as ClockRow
from hotline.models.tickets import ticket_numbers
from hotline.rights import Actor
from hotline.rows import Row, Rows, insert_new, table_of
from hotline.settings import settings
from hotline.state import State
from routing.decision import Decision, Message, Point
from sla.clock import clocks as run_clocks
from sla.policy import Policy
from sla.values import Clock
from sla.values import Event as Moment

MOST_LIKENESSES = 3
_SAME = {"reason": "same_text", "score": 1.0, "reasons": ["内容一字不差"]}
"""How an exact repeat is kept: the one likeness that is looked for while a message comes in (repeats.py has more)."""

_TICKETS = table_of(Ticket)
_LIKE = (
    select(_TICKETS.c.id)
    .where(_TICKETS.c.content_digest == bindparam("digest"))
    .order_by(_TICKETS.c.id.desc())
    .limit(MOST_LIKENESSES)
)
_CITIZENS = table_of(Citizen)
_LATELY = (
    select(_TICKETS.c.received_at)
    .join(_CITIZENS, _CITIZENS.c.ticket_id == _TICKETS.c.id)
    .where(_CITIZENS.c.sender_digest == bindparam("sender"))
    .order_by(_TICKETS.c.id.desc())
    .limit(bindparam("most"))
)
_NEXT = select(
    ticket_numbers.next_value(),
    func.now(),
    func.array(_LIKE.scalar_subquery()),
    func.array(_LATELY.scalar_subquery()),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket, whether this call made it, its query code in plain, its first clocks with their sums, and the ids of
    earlier tickets of the same text.
    """

    ticket: Ticket
    created: bool
    query_code: str
    clocks: Sequence[Clock] = ()
    like: Sequence[int] = ()


def open_ticket(
    session: Session, inquiry: Inquiry, actor: Actor, hold: bool = False, heard: Decision | None = None
) -> Opened:
    """A ticket for the inquiry, or the one that it already has: (channel, external id) is unique for ever.

    Routed, under running clocks, and dispatched in this same transaction when the Decision is sure enough; else, or
    with `hold` (an agent has the citizen on the line), from a form, or out of a flood from one sender, it waits at the
    desk with the candidates. `heard` is the router's decision where it has been asked already. Raises Mismatch when
    the key was used for another message, and InvalidInput for a time of receipt in the future.
    """
    know = knowledge(session)
    decision = heard or _decided(know, inquiry)
    digest = content_digest(inquiry)
    number, at, like, lately = _what_was_before(session, digest, sender_digest(inquiry))
    if inquiry.received_at is not None and inquiry.received_at > at:
        raise InvalidInput("received_at", "来件时间晚于现在，请核对", "the time of receipt lies in the future")
    if not decision.alarms and _is_flood(lately, at):
        decision, hold = _held_back(decision, len(lately)), True
    opening = _Opening(inquiry, decision, actor, at, number, know, hold)
    row = opening.ticket_row(digest)
    if not insert_new(session, Rows(Ticket, [row]), opening.hanging_rows(row, like), ("channel", "external_id")):
        return known_ticket(session, inquiry)
    facts.forget_if_simulated(session)
    return Opened(_as_written(row), True, opening.code, opening.clocks, like)


def known_ticket(session: Session, inquiry: Inquiry) -> Opened:
    """The ticket that this (channel, external id) has. Raises Mismatch when it was another message."""
    key = (Ticket.channel == inquiry.channel) & (Ticket.external_id == inquiry.external_id)
    ticket = session.scalars(select(Ticket).where(key)).one()
    check_same(inquiry, ticket.content_digest)
    return Opened(ticket, False, query_code(ticket))


def known_digests(session: Session, channel: str, external_ids: Iterable[str]) -> dict[str, str]:
    """External id → the digest of its message, for those of `external_ids` that have a ticket already."""
    wanted = (_TICKETS.c.channel == channel) & _TICKETS.c.external_id.in_(list(external_ids))
    rows = session.execute(select(_TICKETS.c.external_id, _TICKETS.c.content_digest).where(wanted))
    return {row.external_id: row.content_digest for row in rows}


def check_same(inquiry: Inquiry, digest: str) -> None:
    """Raise Mismatch unless the message is the one with this digest."""
    if content_digest(inquiry) != digest:
        raise Mismatch(
            "这个幂等键（或来件编号）已用于另一条内容，请换一个新的键",
            "this idempotency key (or external id) was used for another message; use a new one",
        )


def query_code(ticket: Ticket) -> str:
    """The citizen's code of a ticket, opened."""
    return vault.decrypt(ticket.query_code_sealed, f"code:{ticket.id}")


def content_digest(inquiry: Inquiry) -> str:
    """Equal for exact repeats of a message, whatever the spelling of spaces, widths and scripts; of a form's, with all
    its details.
    """
    said = (inquiry.title, inquiry.content, *filter(None, [details_text(inquiry.details)]))
    return vault.digest(chinese.normalise("\n".join(said)), "content")


def sender_digest(inquiry: Inquiry) -> str | None:
    """The same for all that one hand sent; None where nobody knows whose it is.

    Of a phone it is the phone's own digest, so that it can be filled in for tickets of before.
    """
    if inquiry.sender:
        return vault.digest(f"{inquiry.channel}:{inquiry.sender}", "sender")
    return vault.digest(inquiry.phone, "phone") if inquiry.phone else None


def details_text(details: Mapping[str, Any] | None) -> str:
    """A form's details in the one spelling that the opening's event commits to; empty without."""
    return journal.canonical(details).decode() if details is not None else ""


def _decided(know: Knowledge, inquiry: Inquiry) -> Decision:
    """What the router thinks. A form says itself what it is: no kind, urgency, accusation or refusal is read into its
    words.
    """
    kind = inquiry.kind if inquiry.details is None else "other"
    decision = know.router.route(message_of(replace(inquiry, kind=kind)))
    if inquiry.details is None:
        return decision
    reasons = tuple(reason for reason in decision.reasons if not reason.startswith(_OF_KIND))
    decision = replace(decision, urgency="normal", accused=(), reject_reason=None, reasons=reasons)
    return replace(decision, kind=inquiry.kind or decision.kind)


def message_of(inquiry: Inquiry) -> Message:
    """What the router reads of an inquiry."""
    turns = tuple((turn.role, turn.text) for turn in inquiry.turns)
    return Message(inquiry.content, inquiry.title, inquiry.place, inquiry.kind, turns, inquiry.point)


def message_again(ticket: Ticket | Any, turns: Sequence[Any] | None, kind: str | None = None) -> Message:
    """What the router reads of a ticket, or of a row with its columns, and its transcript's `turns`, once more.

    Of kinds only a 举报 is read as one, so that nobody is sent their own; or `kind`, where it is named.
    """
    said = tuple((turn[1], turn[4]) for turn in turns or ())
    point = Point(**ticket.point) if ticket.point else None
    kind = kind or ("report" if ticket.kind == "report" else None)
    return Message(ticket.content, ticket.title, ticket.place_said, kind, said, point)


_OF_KIND = ("类别依据", "紧急依据")
"""How the router's reasons for a kind and an urgency begin."""


@dataclass
class _Opening:
    inquiry: Inquiry
    decision: Decision
    actor: Actor
    at: datetime
    number: int
    know: Knowledge
    hold: bool

    def __post_init__(self) -> None:
        self.code = vault.new_query_code()
        self.salt = vault.new_salt()
        sure = self.decision.unit is not None and self.decision.confidence >= self.know.dispatch_threshold
        waits = self.hold or self.inquiry.details is not None or self.decision.reject_reason
        goes = sure and not waits
        self.policy = self._policy_for(self.decision.unit if goes else None)
        self.entries = [self._entry(Action.OPEN, self._open_data())]
        if goes:
            self.entries.append(self._entry(Action.DISPATCH, self._dispatch_data()))
        self.moments = [Moment(seq, e.at, e.action, e.data) for seq, e in enumerate(self.entries, 1)]
        self.clocks = run_clocks(self.moments, self.know.rules, explain=True)

    def _policy_for(self, unit: str | None) -> Policy:
        decision = self.decision
        facts = {"kind": decision.kind, "urgency": decision.urgency, "matter": decision.matter}
        day = today(self.at)
        fitting = self.know.fitting_policy(day, facts | {"source": self.inquiry.source, "unit": unit})
        return fitting or self.know.default_policy(day)

    def _entry(self, action: Action, data: Mapping[str, Any]) -> journal.Entry:
        subject, actor = f"ticket:{self.number}", "system" if action == Action.DISPATCH else self.actor.id
        return journal.Entry(subject, action, actor, self.at, data, self.actor.unit, self.number)

    def _open_data(self) -> dict[str, Any]:
        inquiry, decision = self.inquiry, self.decision
        said = {"content": inquiry.content, "name": inquiry.name, "phone": inquiry.phone}
        said |= {"id_number": inquiry.id_number, "address": inquiry.address}
        said["details"] = details_text(inquiry.details)
        return {
            "channel": inquiry.channel,
            "source": inquiry.source,
            "kind": decision.kind,
            "urgency": decision.urgency,
            "matter": decision.matter,
            "place": decision.place,
            "policy": self.policy.stamp,
            "calendar": self.know.rules.current,
            "asked_at": inquiry.received_at.isoformat() if inquiry.received_at else None,
            "due_at": inquiry.due_at.isoformat() if inquiry.due_at else None,
            "citizen": {f: vault.commitment(self.salt, f, text) for f, text in said.items() if text},
        }

    def _dispatch_data(self) -> dict[str, Any]:
        decision = self.decision
        return {
            "unit": decision.unit,
            "assisting": list(decision.assisting),
            "matter": decision.matter,
            "place": decision.place,
            "kind": decision.kind,
            "urgency": decision.urgency,
            "complex": False,
            "designated": False,
            "count": 1,
        }

    def ticket_row(self, digest: str) -> dict[str, Any]:
        """All columns: what was said, and the fold of the events so far."""
        inquiry, state = self.inquiry, State()
        for entry in self.entries:
            lifecycle.apply(state, entry.action, entry.at, entry.data)
        folded = {name: getattr(state, name) for name in State.__slots__}
        return folded | {
            "id": self.number,
            "number": f"{today(self.at):%Y%m%d}{self.number:06d}",
            "query_code_digest": vault.digest(self.code, "code"),
            "query_code_sealed": vault.encrypt(self.code, f"code:{self.number}"),
            "channel": inquiry.channel,
            "external_id": inquiry.external_id,
            "source": inquiry.source,
            "source_number": inquiry.source_number,
            "title": inquiry.title or first_sentence(inquiry.content),
            "content": inquiry.content,
            "content_digest": digest,
            "place_said": inquiry.place,
            "received_at": self.at,
            "asked_at": inquiry.received_at,
            "confidential": inquiry.confidential or self.decision.kind == "report",
            "no_reply": inquiry.no_reply,
            "accused": list(self.decision.accused),
            "decision": decision_json(self.decision),
            "version": 1,
            "due_at": next((c.due_at for c in self.clocks if c.name == "resolve"), None),
            "nearest_at": clocks.nearest(self.clocks),
            "policy": self.policy.stamp,
            **({"details": dict(inquiry.details)} if inquiry.details is not None else {}),
            **({"point": asdict(inquiry.point)} if inquiry.point else {}),
        }

    def hanging_rows(self, row: Row, like: Sequence[int]) -> list[Rows]:
        """All that hangs on the ticket: person, history, cycle and clocks, and what only some have."""
        own, (events, texts) = {"ticket_id": self.number}, journal.rows(self.entries, journal.Link())
        turns = [[t.seq, t.role, t.begin_ms, t.end_ms, t.text] for t in self.inquiry.turns]
        return [
            Rows(Citizen, [self.citizen_row()]),
            Rows(Event, events),
            Rows(EventText, texts),
            Rows(Cycle, [own | {"number": 1, "started_at": self.at}]),
            Rows(ClockRow, clocks.first_rows(self.number, row["unit"], self.clocks, self.know.rules)),
            Rows(Fact, [facts.of_opening(row, self.actor.id, self.moments, self.clocks, self.know.rules)]),
            Rows(Transcript, [own | {"turns": turns}] if turns else []),
            Rows(Assist, [own | {"unit": unit} for unit in row["assisting"]]),
            Rows(Likeness, [own | {"other_id": other, **_SAME} for other in like]),
            Rows(Untraced, [own]),
        ]

    def citizen_row(self) -> dict[str, Any]:
        """The citizen, closed with the data key."""
        inquiry, closed = self.inquiry, {}
        for field in ("name", "phone", "id_number", "address"):
            text = getattr(inquiry, field)
            closed[field] = vault.encrypt(text, f"{field}:{self.number}") if text else None
        return closed | {
            "ticket_id": self.number,
            "phone_digest": vault.digest(inquiry.phone, "phone") if inquiry.phone else None,
            "id_number_digest": vault.digest(inquiry.id_number, "id_number") if inquiry.id_number else None,
            "sender_digest": sender_digest(inquiry),
            "phone_tail_digest": vault.digest(f"{self.number}:{inquiry.phone[-4:]}", "tail") if inquiry.phone else None,
            "salt": self.salt,
        }


def first_sentence(content: str, most: int = 40) -> str:
    """A title where the citizen gave none: the first sentence, shortened."""
    line = next((part for part in chinese.sentences(content) if len(part) > 3), content.strip())
    return line if len(line) <= most else line[: most - 1] + "…"


def decision_json(decision: Decision) -> dict[str, Any]:
    """What the ticket keeps of the Decision: enough to show why, and the candidates."""
    return {
        "unit": decision.unit,
        "matter": decision.matter,
        "place": decision.place,
        "confidence": round(decision.confidence, 4),
        "reasons": list(decision.reasons),
        "advice": decision.advice,
        "reject_reason": decision.reject_reason,
        "alarms": list(decision.alarms),
        "question": decision.question,
        "candidates": [
            {
                "unit": each.unit,
                "matter": each.matter,
                "place": each.place,
                "confidence": round(each.confidence, 4),
                "reasons": list(each.reasons),
            }
            for each in decision.candidates
        ],
    }


def _as_written(row: Row) -> Ticket:
    """The row as an object to read. It is in the table already, so nothing is marked as changed, at ten times less."""
    ticket = Ticket()
    vars(ticket).update(row)
    return ticket


def _what_was_before(
    session: Session, digest: str, sender: str | None
) -> tuple[int, datetime, list[int], list[datetime]]:
    """The next ticket's number, the time of the act, the newest tickets of the same text, and when the newest of the
    same sender came, in one question.

    A sequence takes no lock; SQLite has one writer anyway.
    """
    asked = {"digest": digest, "sender": sender, "most": settings().pile_least - 1}
    if not db.is_postgres(session):
        number = session.scalar(select(func.max(_TICKETS.c.id))) or 0
        lately = list(session.scalars(_LATELY, asked)) if sender else []
        return number + 1, db.now(session), list(session.scalars(_LIKE, {"digest": digest})), lately
    number, at, found, lately = session.connection().execute(_NEXT, asked).one()
    return number, session.info.get("now") or at, found, lately


def _held_back(decision: Decision, before: int) -> Decision:
    why = f"来件依据：同一来件人 {settings().pile_days} 天内已有 {before} 件以上，没有自动转办，请先看是否重复"
    return replace(decision, reasons=(*decision.reasons, why))


def _is_flood(lately: Sequence[datetime], at: datetime) -> bool:
    """Whether one more makes a pile: a person looks at it first, and no unit gets the tenth of the same."""
    most, days = settings().pile_least, settings().pile_days
    return len(lately) >= most - 1 and min(lately) >= at - timedelta(days=days)
