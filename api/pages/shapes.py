"""What the templates are handed: errors, rows of lists, tabs and page links, in the shapes of templates/macros.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request

from api.errors import for_people
from hotline.alarms import alarm_words
from hotline.errors import Refused
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.kinds import KINDS
from hotline.knowledge import Knowledge
from hotline.lifecycle import STATUS_NAMES, Status
from hotline.models import Ticket
from hotline.queries import listed_title
from hotline.rights import Actor
from hotline.worklists import MOST_COUNTED, MOST_PAGES, PAGE_SIZE, Deadline, Queue
from routing.decision import URGENCIES


def error_list(wrong: InvalidInput | Refused) -> list[dict[str, str]]:
    """[{field, message}] for a page; what is refused as a whole has no field."""
    if isinstance(wrong, Refused):
        return [{"field": "", "message": wrong.message["zh"]}]
    return [{"field": each.field, "message": for_people(each.message["zh"])} for each in wrong.problems]


def ticket_href(number: str, who: Actor) -> str:
    """Where a person reads a ticket: a unit beside its list, others on a page of its own."""
    return f"/unit/{number}#ticket" if who.of_unit else f"/tickets/{number}"


def names_of(ticket: Ticket) -> dict[str, Any]:
    """Codes of a ticket with their names in Chinese."""
    return {
        "number": ticket.number,
        "status": ticket.status,
        "status_label": STATUS_NAMES[Status(ticket.status)],
        "kind_label": KINDS.get(ticket.kind, ticket.kind),
        "urgency": ticket.urgency,
        "urgency_label": URGENCIES.get(ticket.urgency, ticket.urgency),
        "source_label": SOURCES.get(ticket.source, ticket.source),
        "received_at": ticket.received_at,
        "alarm": alarm_words((ticket.decision or {}).get("alarms")),
    }


def row(
    know: Knowledge, ticket: Ticket, who: Actor, deadline: Deadline | None = None, href: str = ""
) -> dict[str, Any]:
    """A ticket in a list."""
    return names_of(ticket) | {
        "href": href or ticket_href(ticket.number, who),
        "title": listed_title(know, ticket, who),
        "unit": know.short_names.get(ticket.unit or "", ""),
        "place": know.place_name(ticket.place),
        "deadline": deadline,
        "current": False,
    }


def queue_tabs(path: str, queues: Sequence[Queue], counts: Mapping[str, int], current: Queue) -> list[dict[str, Any]]:
    """A tab per queue with its count; the first is the path itself."""
    return [
        {
            "title": queue.title,
            "href": path if queue is queues[0] else f"{path}?queue={queue.code}",
            "count": counts[queue.code] if counts[queue.code] <= MOST_COUNTED else None,
            "current": queue is current,
        }
        for queue in queues
    ]


def pager(path: str, asked: Mapping[str, str], page: int, total: int) -> dict[str, str | None]:
    """Links to the pages beside this one, and which rows these are."""

    def link(number: int) -> str:
        return f"{path}?{urlencode({**asked, 'page': number})}"

    last = min(MOST_PAGES, max(1, -(-total // PAGE_SIZE)))
    first = (page - 1) * PAGE_SIZE + 1
    whole = f"共 {total:,} 件" if total <= MOST_COUNTED else "共十万件以上"
    text = f"第 {first:,}–{min(page * PAGE_SIZE, total):,} 件，{whole}" if total > PAGE_SIZE else ""
    return {
        "previous": link(page - 1) if page > 1 else None,
        "next": link(page + 1) if page < last else None,
        "text": text,
    }


def page_asked() -> int:
    """The page of a list that was asked for, from 1; the first for what is no page."""
    text = request.args.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(1, number), MOST_PAGES)


def day_of_form() -> date:
    """The day of a form's field `from`, from which on something is in force. Raises InvalidInput."""
    try:
        return date.fromisoformat(request.form.get("from", ""))
    except ValueError:
        raise InvalidInput("from", "请填施行日期，如 2027-01-01", "a date such as 2027-01-01 is needed") from None
