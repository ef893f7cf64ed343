"""The desk of agents, dispatchers and those who follow up: the queues, and a call to write down beside them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, render_template, request

from api.auth import actor, permit
from api.pages.alarms import alarm_strip
from api.pages.reminders import reminders
from api.pages.repeats import PILED, proposed, under_row
from api.pages.shapes import page_asked, pager, queue_tabs, row
from hotline import db, piles, worklists
from hotline.knowledge import knowledge
from hotline.piles import Pile
from hotline.rights import Actor
from hotline.worklists import DESK_QUEUES, Queue

CALL_FIELDS: tuple[dict[str, Any], ...] = (
    {"name": "caller", "label": "来电号码", "type": "tel", "inputmode": "tel", "maxlength": 20, "autocomplete": "off"},
    {
        "name": "transcript",
        "label": "通话内容",
        "type": "textarea",
        "required": True,
        "rows": 9,
        "hint": "直接打字，或粘贴语音识别结果（阿里、华为、讯飞、火山或“坐席：市民：”文本）。",
    },
)


@permit("desk")
def index() -> str:
    """The queue that was asked for; the first of this person's work otherwise."""
    return desk_page({}, [])


def desk_page(values: dict[str, str], errors: list[dict[str, str]]) -> str:
    """The desk; `values` and `errors` are those of the call that could not be read."""
    who, page = actor(), page_asked()
    queue = _queue(who)
    with db.reading() as session:
        know, counts = knowledge(session), worklists.queue_counts(session, who, DESK_QUEUES)
        heaps = piles.piles(session, who) if queue.code == PILED else {}
        found = worklists.queue_page(session, who, queue, page, piles.folded(session, who, heaps) if heaps else None)
        deadlines = worklists.nearest_deadlines(session, found, queue.clocks)
        like = proposed(session, found, who) if queue.code == PILED else {}
        rows = [
            row(know, ticket, who, deadlines.get(ticket.id))
            | under_row(ticket, heaps.get(ticket.id), like.get(ticket.id, ()))
            for ticket in found
        ]
        reminded, alarms = reminders(session, who), alarm_strip(session, who)
    return render_template(
        "desk/index.html",
        reminders=reminded,
        alarms=alarms,
        queues=queue_tabs("/desk", DESK_QUEUES, counts, queue),
        queue={"title": queue.title, "what": queue.what, "why_empty": queue.why_empty},
        rows=rows,
        piled=_piled(heaps.values(), counts[queue.code] if queue.code == PILED else 0),
        pager=pager("/desk", {"queue": queue.code}, page, counts[queue.code] - _under(heaps.values())),
        call_form=_call_form(values, errors) if who.may("intake") else None,
    )


def _piled(heaps: Collection[Pile], waiting: int) -> str:
    """What the reader should know: the count on the tab is of tickets, and the list is shorter; and where piles were
    looked for, when that is not everywhere.
    """
    together = sum(heap.count for heap in heaps)
    told = f"标签上的数字是件数；其中 {together:,} 件成堆，收成了 {len(heaps)} 行。" if heaps else ""
    ends = f"待受理的多，只在等得最久的和最新来的各 {piles.LOOKED_AT:,} 件里找成堆的。"
    return told + ends if waiting > 2 * piles.LOOKED_AT else told


def _under(heaps: Collection[Pile]) -> int:
    """How many stand under another one's row."""
    return sum(heap.count - 1 for heap in heaps)


def _queue(who: Actor) -> Queue:
    own = "reviewed" if who.may("follow_up") and not who.may("dispatch") else "received"
    asked = request.args.get("queue", own)
    return next((queue for queue in DESK_QUEUES if queue.code == asked), DESK_QUEUES[0])


def _call_form(values: dict[str, str], errors: list[dict[str, str]]) -> dict[str, Any]:
    fields = [{**each, "value": values.get(each["name"], "")} for each in CALL_FIELDS]
    return {"action": "/desk/calls", "fields": fields, "errors": errors, "key": "N", "submit": "整理成工单"}


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address."""
    blueprint.add_url_rule("/desk", endpoint="desk", view_func=index)
