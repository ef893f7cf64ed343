"""One ticket as staff read it: what was said and by whom, its clocks, replies, history, and what was seen before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.orm import Session

from api.pages.shapes import names_of, ticket_href
from api.pages.standing import standing
from api.pages.summary import call_summary, content_parts, message_summary
from api.pages.told import moments
from hotline import db, queries, worklists
from hotline.intake.forms import details_shown
from hotline.intake.inquiry import Turn
from hotline.kinds import WITHOUT_CITIZEN
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Clock, Ticket
from hotline.queries import shown_text
from hotline.rights import Actor
from hotline.timeline import events_view
from routing.coordinates import DATUMS
from routing.decision import Point
from sla.values import CLOCKS

PERSON_TITLES = {"information_request": "申请人"} | dict.fromkeys(WITHOUT_CITIZEN, "")
"""Kind of ticket → what its person is called, empty where there is none."""

ROLE_LABELS = {"agent": "坐席", "citizen": "市民", "unknown": "未知"}


def dossier(session: Session, ticket: Ticket, who: Actor, reveal: dict[str, Any] | None = None) -> dict[str, Any]:
    """The context that the hotline's and the units' page of a ticket have in common: ticket, clocks, moments."""
    know = knowledge(session)
    return {
        "ticket": _ticket(session, ticket, who) | {"person": _person(session, ticket, who, reveal or {})},
        "clocks": _clocks(session, ticket, know),
        "moments": moments(know, events_view(session, ticket, who)),
    }


def _ticket(session: Session, ticket: Ticket, who: Actor) -> dict[str, Any]:
    know = knowledge(session)
    matter = know.matters.get(ticket.matter or "")
    return names_of(ticket) | {
        "title": shown_text(ticket, ticket.title, who),
        "content": shown_text(ticket, ticket.content, who),
        "place": know.place_name(ticket.place) or shown_text(ticket, ticket.place_said, who),
        "point": _point_shown(know, ticket, who),
        "matter_path": matter.path if matter else (),
        "unit": know.unit_name(ticket.unit),
        **standing(session, ticket, who),
        "cycle": ticket.cycle,
        "dispatches": ticket.dispatches,
        "confidential": ticket.confidential,
        "no_reply": ticket.no_reply and ticket.kind not in WITHOUT_CITIZEN,
        "details": details_shown(ticket.kind, ticket.details),
        "person_title": PERSON_TITLES.get(ticket.kind, "来电人"),
        "replies": list(_replies(session, ticket, who)),
        "links": [line(other, who, why) for why, other in worklists.linked_tickets(session, ticket, who)],
        **({} if who.of_unit else _words(session, ticket, who)),
        "href": ticket_href(ticket.number, who),
    }


def _point_shown(know: Knowledge, ticket: Ticket, who: Actor) -> str:
    """26.63200, 106.75500（WGS84，乌当区）: the point as it came, its datum, and the place that it lies in; or ''."""
    given = queries.point_view(ticket, who)
    if not given:
        return ""
    point = Point(**given)
    within = know.router.outlines.places_of(point)
    where = know.place_name(max(within, key=lambda code: len(know.place_tree.ancestors(code)))) if within else ""
    said = "，".join(filter(None, (DATUMS[point.datum], where)))
    return f"{point.latitude:.5f}, {point.longitude:.5f}（{said}）"


def _words(session: Session, ticket: Ticket, who: Actor) -> dict[str, Any]:
    """What was said, for the hotline's people: the turns of the call, the content in parts, and the summary."""
    know, content = knowledge(session), shown_text(ticket, ticket.content, who)
    turns = [
        replace(each, text=shown_text(ticket, each.text, who)) for each in worklists.transcript_turns(session, ticket)
    ]
    codes = {"matter": ticket.matter, "place": ticket.place}
    person = {} if queries.person_hidden(ticket, who) else queries.citizen_view(session, ticket, who)
    call_back = " ".join(filter(None, (person.get("name"), person.get("phone"))))
    summary = call_summary(know, turns, codes, call_back) if turns else message_summary(know, content, codes)
    return {"turns": turn_lines(turns), "content_parts": content_parts(content), "summary": summary}


def line(ticket: Ticket, who: Actor, relation: str = "") -> dict[str, Any]:
    """Another ticket, in one line."""
    return names_of(ticket) | {
        "href": ticket_href(ticket.number, who),
        "title": shown_text(ticket, ticket.title, who),
        "relation": relation,
        "at": ticket.received_at,
    }


def turn_lines(turns: Sequence[Turn], marks: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The turns of a call; `marks` are words to be marked in the citizen's."""
    return [
        {
            "seq": turn.seq,
            "role": turn.role,
            "role_label": ROLE_LABELS[turn.role],
            "at": f"{turn.begin_ms // 60000:02}:{turn.begin_ms // 1000 % 60:02}" if turn.end_ms else "",
            "parts": _marked(turn.text, marks if turn.role != "agent" else ()),
        }
        for turn in turns
    ]


def _marked(text: str, marks: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in parts, those that are one of the marks told apart."""
    words = sorted({re.escape(mark) for mark in marks if mark}, key=len, reverse=True)
    parts = re.split(f"({'|'.join(words)})", text) if words else [text]
    return [(part, place % 2 == 1) for place, part in enumerate(parts) if part]


def _person(session: Session, ticket: Ticket, who: Actor, reveal: dict[str, Any]) -> dict[str, Any] | None:
    """Who wrote, as far as this reader may see. `reveal`: {person} just unmasked, or {errors} of the reason given."""
    if queries.person_hidden(ticket, who):
        return None
    shown = reveal.get("person") or queries.citizen_view(session, ticket, who)
    masked = "person" not in reveal and bool(shown["name"] or shown["phone"])
    action = f"/tickets/{ticket.number}/reveal"
    ask = {"action": action, "errors": reveal.get("errors", [])} if masked and who.may("unmask") else None
    return {**shown, "masked": masked, "note": "", "reveal": ask}


def _replies(session: Session, ticket: Ticket, who: Actor) -> Iterator[dict[str, Any]]:
    know = knowledge(session)
    for reply in reversed(queries.replies(session, ticket.id)):
        yield {
            "at": reply.at,
            "unit": know.unit_name(reply.unit) or "热线",
            "internal": shown_text(ticket, reply.result, who),
            "public": shown_text(ticket, reply.public_reply, who),
            "cycle": reply.cycle,
        }


def _clocks(session: Session, ticket: Ticket, know: Knowledge) -> list[dict[str, Any]]:
    """Those that run, nearest first; then the ended ones, newest first. Assisting units' stand with the units."""
    now = db.now(session)
    rows = [row for row in queries.current_clocks(session, [ticket.id])[ticket.id] if not row.party]

    def order(clock: Clock) -> tuple[bool, float]:
        runs = clock.met_at is None and clock.stopped_at is None
        return (not runs, clock.due_at.timestamp() if runs else -clock.started_at.timestamp())

    return [
        {
            "label": CLOCKS[clock.name],
            "cycle": clock.cycle,
            "allowance": clock.allowance,
            "deadline": asdict(worklists.deadline_of(clock, now, worklists.calendar_of(know, clock))),
            "href": f"/tickets/{ticket.number}/clocks",
        }
        for clock in sorted(rows, key=order)
    ]
