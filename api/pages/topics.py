"""热点: what many people speak of, hottest first, what is rising, and where; a topic's own page with its feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.frame import day
from api.pages.managing import manager_tabs
from api.pages.shapes import error_list, page_asked, pager, row
from hotline import db, queries, worklists
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge, today
from hotline.models import Ticket as TicketRow
from hotline.models import TopicAlert
from hotline.reports.behind import Behind
from hotline.reports.scope import read_day, scope_of
from hotline.rights import Actor
from hotline.settings import settings
from hotline.topics import Topic, hottest, showing
from hotline.topics.judging import judge
from hotline.topics.thresholds import VERDICTS, thresholds
from hotline.worklists import PAGE_SIZE

SHOWN = 30
STRETCHES = {1: "按天", 7: "按周"}
NOT_QUOTED = "（举报或要求保密，不显示内容）"
PATH = "/managers/topics"


@dataclass(frozen=True, slots=True)
class Period:
    """The days that the address asks for, and why they cannot be."""

    first: date
    last: date
    today: date
    errors: list[dict[str, str]]

    def href(self, path: str = PATH, **more: str) -> str:
        """An address of the same period."""
        return f"{path}?{urlencode({'from': str(self.first), 'to': str(self.last), **more})}"

    @property
    def title(self) -> str:
        """2026年6月1日至2026年6月30日."""
        return f"{day(self.first)}至{day(self.last)}"

    def presets(self, path: str) -> list[dict[str, Any]]:
        """近 7 天, 近 30 天, 近 90 天, 今年."""
        spans = [(f"近 {days} 天", self.today - timedelta(days=days - 1)) for days in (7, 30, 90)]
        spans.append(("今年", self.today.replace(month=1, day=1)))
        return [
            {
                "title": title,
                "href": Period(first, self.today, self.today, []).href(path),
                "current": (first, self.today) == (self.first, self.last),
            }
            for title, first in spans
        ]


def _period(session: Session) -> Period:
    now = today(db.now(session))
    first, last, asked = now - timedelta(days=29), now, request.args
    try:
        begins = read_day(asked["from"], "from") if asked.get("from") else first
        ends = read_day(asked["to"], "to") if asked.get("to") else last
        scope = scope_of(session, begins, ends)
        return Period(scope.first, scope.last, now, [])
    except InvalidInput as wrong:
        return Period(first, last, now, error_list(wrong))


@permit("read_rates")
def index() -> tuple[str, int]:
    """The list, the map by district, and what is rising."""
    with db.reading() as session:
        period = _period(session)
        found = hottest(session, period.first, period.last, SHOWN)
        stretch = 1 if request.args.get("by") == "day" else 7
        context = {
            "period": period,
            "topics": [_line(session, period, topic) for topic in found],
            "alerts": [_alert(alert) for alert in showing.alerts(session, open_only=True)],
            "map": showing.by_district(session, period.last, stretch),
            "stretches": _stretches(period, stretch),
            "thresholds": _thresholds(session),
        }
    return render_template("topics/index.html", tabs_of=manager_tabs(), **context), 422 if period.errors else 200


def _line(session: Session, period: Period, topic: Topic) -> dict[str, Any]:
    return {
        "topic": topic,
        "href": period.href(f"{PATH}/{topic.id}"),
        "course": showing.course(session, topic.id, period.first, period.last),
        "units": showing.units_words(topic.units),
        "why": "；".join(f"{part.name} {part.points:g}（{part.words}）" for part in topic.parts),
    }


def _alert(alert: TopicAlert) -> dict[str, Any]:
    around = Period(alert.last - timedelta(days=29), alert.last, alert.last, [])
    return {
        "row": alert,
        "href": around.href(f"{PATH}/{alert.topic_id}") + f"#alert-{alert.id}",
        "evidence": showing.evidence(alert),
        "verdict": VERDICTS.get(alert.verdict or "", ""),
    }


def _stretches(period: Period, current: int) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "href": period.href(by="day" if days == 1 else "week") + "#districts",
            "count": None,
            "current": days == current,
        }
        for days, title in STRETCHES.items()
    ]


def _thresholds(session: Session) -> dict[str, Any]:
    know, found = knowledge(session), thresholds(session)
    families = [
        {
            "name": know.matters[code].name if code in know.matters else "事项不明",
            "at": each,
            "words": _once(each.chance),
        }
        for code, each in found.families.items()
    ]
    begin = 10**-found.begin
    return {"families": families, "begin": _once(begin), "share": f"{settings().topic_precision:.0%}"}


def _once(chance: float) -> str:
    return f"1/{1 / chance:,.0f}"


@permit("read_rates")
def topic(topic_id: int) -> tuple[str, int]:
    """A topic: its heat as a sum, its course, its tickets and its alerts. 404 where there is none."""
    return _topic(topic_id, [])


def _topic(topic_id: int, errors: list[dict[str, str]]) -> tuple[str, int]:
    who, page = actor(), page_asked()
    with db.reading() as session:
        period = _period(session)
        asked = {"from": str(period.first), "to": str(period.last)}
        found = showing.find_topic(session, topic_id, period.first, period.last)
        behind: Sequence[Behind] = found.tickets if found else ()
        context = {
            "period": period,
            "row": showing.row_of(session, topic_id),
            "topic": found,
            "days": _days(session, topic_id, period),
            "rows": _rows(session, behind[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], who),
            "pager": pager(f"{PATH}/{topic_id}", asked, page, len(behind)),
            "alerts": [_alert(alert) for alert in showing.alerts(session, topic_id)],
            "units": showing.units_words(found.units if found else ()),
        }
    errors = [*period.errors, *errors]
    may = who.may("judge_topics")
    shown = {"errors": errors, "may_judge": may, "verdicts": VERDICTS, "tabs_of": manager_tabs(), "path": PATH}
    return render_template("topics/topic.html", **context, **shown), 422 if errors else 200


def _days(session: Session, topic_id: int, period: Period) -> list[dict[str, Any]]:
    course = showing.course(session, topic_id, period.first, period.last)
    return [
        {"day": on, "count": count, "href": Period(on, on, period.today, []).href(f"{PATH}/{topic_id}")}
        for on, count in course
    ]


def _rows(session: Session, behind: Sequence[Behind], who: Actor) -> list[dict[str, Any]]:
    """Rows as in every list; of a 举报 and of who asked for confidentiality nothing is quoted."""
    know = knowledge(session)
    tickets = queries.tickets_of(session, [each.ticket_id for each in behind], who)
    found = [tickets[each.ticket_id] for each in behind if each.ticket_id in tickets]
    deadlines = worklists.nearest_deadlines(session, found, worklists.DESK_QUEUES[-1].clocks)
    return [row(know, each, who, deadlines.get(each.id)) | _as_said(each) for each in found]


def _as_said(ticket: TicketRow) -> dict[str, Any]:
    """When it was said, which an import is not; and no title of what is not to be quoted."""
    said = {"received_at": ticket.asked_at or ticket.received_at}
    return said | ({"title": NOT_QUOTED} if ticket.confidential or ticket.kind == "report" else {})


@permit("judge_topics")
def feedback(alert_id: int) -> Response | tuple[str, int]:
    """Say whether an alert was real."""
    said = request.form
    try:
        with db.transaction() as session:
            alert = judge(session, alert_id, actor(), said.get("verdict", ""), said.get("reason", ""))
            topic_id, verdict = alert.topic_id, VERDICTS[said["verdict"]]
            there = showing.exists(session, topic_id)
    except InvalidInput as wrong:
        with db.reading() as session:
            topic_id = showing.topic_of(session, alert_id)
        return _topic(topic_id, error_list(wrong))
    flash(f"已记下：第 {alert_id} 号预警{verdict}。今后这一类事项的预警线随反馈调整。")
    return redirect(f"{PATH}/{topic_id}" if there else PATH, 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    add = blueprint.add_url_rule
    add(PATH, endpoint="topics", view_func=index)
    add(f"{PATH}/<int:topic_id>", endpoint="topic", view_func=topic)
    add(f"{PATH}/alerts/<int:alert_id>", endpoint="topic_alert", view_func=feedback, methods=["POST"])
