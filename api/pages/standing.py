"""How a ticket stands beside its status: suspended, supervised, urged, asked about, kept out of the assessment; who
assists and whether they have reported; and its files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.pages.frame import moment
from hotline import db, lifecycle, queries, worklists
from hotline.files import file_view, files_of
from hotline.knowledge import Knowledge, knowledge
from hotline.lifecycle import ACTION_NAMES, Action
from hotline.models import Clock, Ticket
from hotline.queries import Told, shown_text
from hotline.rights import Actor
from sla import words

EXCLUDED = {
    "asked": ("soon", "单位申请不计入考核，等管理者审批"),
    "yes": ("", "不计入考核"),
    "no": ("", "申请过不计入考核，管理者没有同意"),
}
_ASKED = lifecycle.DECIDES | {Action.DECIDE_EXCLUSION: Action.EXCLUDE}


def standing(session: Session, ticket: Ticket, who: Actor) -> dict[str, Any]:
    """{notes: [{tone, text}], assists: [{unit, said, href, deadline}], files: [{name, size, by, at, href}]}."""
    know, told = knowledge(session), queries.timeline(session, ticket.id)
    clocks = queries.current_clocks(session, [ticket.id])[ticket.id]
    notes = [*_notes(ticket, know, clocks, db.now(session)), *_urges(told)]
    return {
        "notes": [{"tone": tone, "text": text} for tone, text in notes],
        "assists": list(_assists(session, ticket, know, clocks)),
        "files": _files(session, ticket, who, know),
    }


def _notes(ticket: Ticket, know: Knowledge, clocks: Sequence[Clock], now: datetime) -> Iterator[tuple[str, str]]:
    running = {clock.name: clock for clock in clocks if clock.met_at is None and clock.stopped_at is None}
    if ticket.supervised:
        yield "breached", f"督办中{_feedback_by(running.get('supervise'), know, now)}"
    if ticket.suspended_until:
        calendar = know.rules.calendar(ticket.calendar, ticket.unit)
        yield "soon", f"已挂账，最迟 {words.deadline(ticket.suspended_until, calendar)} 恢复办理"
    if ticket.pending:
        yield "soon", f"单位{ACTION_NAMES[Action(ticket.pending)]}，等热线审批"
    if ticket.excluded:
        yield EXCLUDED[ticket.excluded]


def _feedback_by(clock: Clock | None, know: Knowledge, now: datetime) -> str:
    if clock is None:
        return ""
    calendar = worklists.calendar_of(know, clock)
    return f"，{words.deadline(clock.due_at, calendar)} 前反馈（{words.remaining(clock.due_at, now, calendar)}）"


def _urges(told: Sequence[Told]) -> Iterator[tuple[str, str]]:
    urged = [each.at for each in told if each.action == Action.URGE]
    if urged:
        yield "soon", f"市民催办 {len(urged)} 次，最近一次 {moment(urged[-1])}"


def _assists(session: Session, ticket: Ticket, know: Knowledge, clocks: Sequence[Clock]) -> Iterator[dict[str, Any]]:
    now, newest = db.now(session), {clock.party: clock for clock in clocks if clock.name == "assist"}
    for code in ticket.assisting:
        clock = newest.get(code)
        yield {
            "unit": know.unit_name(code),
            "said": _reported(code in ticket.assisted, clock),
            "href": f"/tickets/{ticket.number}/clocks",
            "deadline": _deadline(know, clock, now) if clock else None,
        }


def _deadline(know: Knowledge, clock: Clock, now: datetime) -> dict[str, Any]:
    return asdict(worklists.deadline_of(clock, now, worklists.calendar_of(know, clock)))


def _reported(reported: bool, clock: Clock | None) -> str:
    waits = clock is not None and clock.stopped_at is None
    return "已反馈" if reported else "还没有反馈" if waits else "没有反馈"


def _files(
    session: Session, ticket: Ticket, who: Actor, know: Knowledge, event: int | None = None
) -> list[dict[str, Any]]:
    """Files that were handed in, with their addresses; with `event` those of this event."""
    rows = [row for row in files_of(session, ticket, who) if row.event_seq is not None]
    return [
        file_view(know, row)
        | {"at": row.at, "kb": -(-row.size // 1024), "href": f"/api/v1/tickets/{ticket.number}/attachments/{row.id}"}
        for row in rows
        if event in (None, row.event_seq)
    ]


def asked(session: Session, ticket: Ticket, who: Actor, action: Action) -> dict[str, Any] | None:
    """What is to be decided: {by, at, days, text, files}; None for an act that decides nothing."""
    wanted = _ASKED.get(action)
    found = [each for each in queries.timeline(session, ticket.id) if each.action == wanted]
    if not found:
        return None
    last, know = found[-1], knowledge(session)
    return {
        "by": know.unit_name(last.unit) or "热线",
        "at": last.at,
        "days": last.data.get("days"),
        "text": shown_text(ticket, last.text, who),
        "files": _files(session, ticket, who, know, last.seq),
    }
