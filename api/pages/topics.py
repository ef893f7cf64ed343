"""热点: what many people speak of, hottest first, what is rising, and where; a topic's own page with its feedback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.managing import manager_tabs
from api.pages.period import Period, head, read_period
from api.pages.shapes import error_list, page_asked, pager, row
from hotline import db, queries, worklists
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge
from hotline.models import TopicAlert
from hotline.reports.behind import Behind
from hotline.rights import Actor
from hotline.settings import settings
from hotline.topics import Topic, hottest, showing
from hotline.topics.judging import judge
from hotline.topics.thresholds import VERDICTS, thresholds
from hotline.worklists import PAGE_SIZE

SHOWN = 30
UNITS = 3
"""Units named in a line of the list; the topic's own page names all."""
STRETCHES = {"day": (1, "按天"), "week": (7, "按周")}
PATH = "/managers/topics"


@permit("read_rates")
def index() -> tuple[str, int]:
    """The list, the map by district, and what is rising."""
    with db.reading() as session:
        period = read_period(session)
        first, last = period.scope.first, period.scope.last
        by = "day" if request.args.get("by") == "day" else "week"
        context = {
            "period": head(session, period, PATH, (), by=by),
            "errors": period.errors,
            "topics": [_line(session, period, topic) for topic in hottest(session, first, last, SHOWN)],
            "alerts": [_alert(period, alert) for alert in showing.alerts(session, open_only=True)],
            "map": showing.by_district(session, last, STRETCHES[by][0]),
            "stretches": _stretches(period, by),
            "thresholds": _thresholds(session),
        }
    return render_template("topics/index.html", tabs=manager_tabs(), **context), 422 if period.errors else 200


def _line(session: Session, period: Period, topic: Topic) -> dict[str, Any]:
    more = f" 等 {len(topic.units)} 家" if len(topic.units) > UNITS else ""
    return {
        "topic": topic,
        "href": period.href(f"{PATH}/{topic.id}"),
        "course": showing.course(session, topic.id, period.scope.first, period.scope.last),
        "units": showing.units_words(topic.units[:UNITS]) + more,
        "why": "；".join(f"{part.name} {part.points:g}（{part.words}）" for part in topic.parts),
    }


def alert_href(period: Period, alert: TopicAlert) -> str:
    """Where an alert is read: its topic in the thirty days before it, whatever days the page is of."""
    around = {"from": str(alert.last - timedelta(days=29)), "to": str(alert.last)}
    return period.href(f"{PATH}/{alert.topic_id}", **around) + f"#alert-{alert.id}"


def _alert(period: Period, alert: TopicAlert) -> dict[str, Any]:
    return {
        "row": alert,
        "href": alert_href(period, alert),
        "action": period.href(f"{PATH}/alerts/{alert.id}"),
        "evidence": showing.evidence(alert),
        "verdict": VERDICTS.get(alert.verdict or "", ""),
    }


def _stretches(period: Period, current: str) -> list[dict[str, Any]]:
    return [
        {"title": title, "href": period.href(PATH, by=by) + "#districts", "count": None, "current": by == current}
        for by, (_, title) in STRETCHES.items()
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
        period, path = read_period(session), f"{PATH}/{topic_id}"
        found = showing.find_topic(session, topic_id, period.scope.first, period.scope.last)
        behind: Sequence[Behind] = found.tickets if found else ()
        context = {
            "period": head(session, period, path, ()),
            "back": period.href(PATH),
            "row": showing.row_of(session, topic_id),
            "topic": found,
            "days": _days(session, topic_id, period),
            "rows": _rows(session, behind[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], who),
            "pager": pager(path, period.asked, page, len(behind)),
            "alerts": [_alert(period, alert) for alert in showing.alerts(session, topic_id)],
            "units": showing.units_words(found.units if found else ()),
        }
    errors = [*period.errors, *errors]
    may = who.may("judge_topics")
    shown = {"errors": errors, "may_judge": may, "verdicts": VERDICTS, "tabs": manager_tabs()}
    return render_template("topics/topic.html", **context, **shown), 422 if errors else 200


def _days(session: Session, topic_id: int, period: Period) -> list[dict[str, Any]]:
    course = showing.course(session, topic_id, period.scope.first, period.scope.last)
    return [
        {"day": on, "count": count, "href": period.href(f"{PATH}/{topic_id}", **{"from": str(on), "to": str(on)})}
        for on, count in course
    ]


def _rows(session: Session, behind: Sequence[Behind], who: Actor) -> list[dict[str, Any]]:
    """Rows as in every list, but for when each was said, which an import is not."""
    know = knowledge(session)
    tickets = queries.tickets_of(session, [each.ticket_id for each in behind], who)
    found = [tickets[each.ticket_id] for each in behind if each.ticket_id in tickets]
    deadlines = worklists.nearest_deadlines(session, found, worklists.DESK_QUEUES[-1].clocks)
    said = {each.id: {"received_at": each.asked_at or each.received_at} for each in found}
    return [row(know, each, who, deadlines.get(each.id)) | said[each.id] for each in found]


@permit("judge_topics")
def feedback(alert_id: int) -> Response | tuple[str, int]:
    """Say whether an alert was real; then on with the days that were looked at."""
    said = request.form
    try:
        with db.transaction() as session:
            alert = judge(session, alert_id, actor(), said.get("verdict", ""), said.get("reason", ""))
            topic_id, verdict = alert.topic_id, VERDICTS[said["verdict"]]
            path = f"{PATH}/{topic_id}" if showing.exists(session, topic_id) else PATH
            back = read_period(session).href(path)
    except InvalidInput as wrong:
        with db.reading() as session:
            topic_id = showing.topic_of(session, alert_id)
        return _topic(topic_id, error_list(wrong))
    flash(f"已记下：第 {alert_id} 号预警{verdict}。今后这一类事项的预警线随反馈调整。")
    return redirect(back, 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    add = blueprint.add_url_rule
    add(PATH, endpoint="topics", view_func=index)
    add(f"{PATH}/<int:topic_id>", endpoint="topic", view_func=topic)
    add(f"{PATH}/alerts/<int:alert_id>", endpoint="topic_alert", view_func=feedback, methods=["POST"])
