"""The tickets behind a number of the managers' pages, and the form by which they, or a table, are taken out."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, send_file
from sqlalchemy import Select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.frame import day
from api.pages.period import Period, read_period, told
from api.pages.shapes import error_list, row
from api.resources.filters import unpack
from api.resources.reports import ORDER, cursor
from hotline import db, queries, reports, worklists
from hotline.clocks import LEVEL_NAMES
from hotline.desk.hotline_acts import LEVELS as STARS
from hotline.errors import Refused
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge
from hotline.reports import Asked, Behind, Row, evaluations, exporting, grouping, sheets
from hotline.reports.course import LEVELS
from hotline.reports.metrics import BY_KEY, COUNTS
from hotline.worklists import PAGE_SIZE

PATH, EXPORT = "/managers/tickets", "/managers/export"
FORMATS = [{"value": "xlsx", "title": "Excel 表格（xlsx）"}, {"value": "csv", "title": "CSV"}]
Named = tuple[str, str, Select[Any]]


def rows_of(session: Session, behind: Sequence[Behind]) -> list[dict[str, Any]]:
    """Rows in the order of `behind`, which may name a ticket twice."""
    who, know = actor(), knowledge(session)
    tickets = queries.tickets_of(session, [each.ticket_id for each in behind], who)
    deadlines = worklists.nearest_deadlines(session, list(tickets.values()), worklists.DESK_QUEUES[-1].clocks)
    found = [tickets[each.ticket_id] for each in behind if each.ticket_id in tickets]
    return [row(know, ticket, who, deadlines.get(ticket.id)) for ticket in found]


@permit("read_rates")
def tickets() -> str:
    """The tickets behind a number: a metric's part, a count, a level of escalation or of satisfaction, or a day."""
    with db.reading() as session:
        period, after = read_period(session), request.args.get("after") or None
        _check(period)
        title, note, listed = _behind(session, period)
        page, place = reports.page_of(session, listed, PAGE_SIZE, unpack(ORDER, after))
        rows, total = rows_of(session, page), reports.size_of(session, listed)
    asked = {name: value for name, value in request.args.items() if name != "after"}
    return render_template(
        "tickets.html",
        title=title,
        note=note,
        rows=rows,
        total=total,
        pager={
            "first": f"{PATH}?{urlencode(asked)}" if after else None,
            "next": f"{PATH}?{urlencode({**asked, 'after': cursor(place)})}" if place else None,
            "text": "",
        },
        back=period.back(),
        export=_export_href(asked) if total else None,
    )


def _export_href(asked: Mapping[str, str]) -> str | None:
    """Where this list is taken out, for who may; lists by day or level are not among the exports."""
    if not actor().may("export") or not ("metric" in asked or "count" in asked):
        return None
    return f"{EXPORT}?{urlencode({**asked, 'what': 'tickets'})}"


def _behind(session: Session, period: Period) -> Named:
    """(title, how the number is made, what is behind it). Raises InvalidInput for a number that there is not."""
    asked: Mapping[str, str] = request.args
    if "level" in asked:
        return _at_level(session, period, asked["level"])
    if "stars" in asked:
        found = evaluations.listed_at(period.scope, asked["stars"])
        said = STARS.get(int(asked["stars"] or 0), "没有说满意程度")
        return f"评价：{said}", f"{told(session, period)}。以最近一次有效评价为准", found
    if "day" in asked:
        one = reports.read_day(asked["day"], "from")
        reports.scope_of(session, one, one)
        return f"{day(one)}收到", "", worklists.received_on(one, actor())
    row = _row(asked)
    of = f"（{grouping.grouping(session, period.scope, row.by).name_of(row.code)}）" if row else ""
    wanted = _asked(period, row)
    listed = reports.listed_behind(session, wanted)
    if not wanted.part:
        return f"{COUNTS.get(wanted.metric, '工单')}{of}", f"{told(session, period)}。", listed
    named = next(each for each in BY_KEY.values() if each.id == wanted.metric)
    words = named.numerator if wanted.part == "numerator" else named.denominator
    title = f"{named.name}{of}：{'分子' if wanted.part == 'numerator' else '分母'}"
    return title, f"{told(session, period)}。{words}；{named.cohort}", listed


def _asked(period: Period, row: Row | None) -> Asked:
    """The count, or the part of a metric, that the address asks for."""
    asked = request.args
    if "count" in asked:
        return Asked(period.scope, asked["count"], "", row)
    return Asked(period.scope, asked.get("metric", ""), asked.get("part") or "numerator", row)


def _row(asked: Mapping[str, str]) -> Row | None:
    """The row of a table that is asked for, None for the whole."""
    return Row(asked["by"], asked.get("row", "")) if asked.get("by") else None


def _at_level(session: Session, period: Period, level: str) -> Named:
    if level not in LEVELS:
        raise InvalidInput("level", f"没有“{level[:20]}”这一级，请从统计页打开", f"there is no level {level[:20]!r}")
    return (
        LEVEL_NAMES[level],
        worklists.ladder_words(session).get(level, ""),
        reports.listed_overdue(period.scope, level),
    )


@permit("export")
def export_form() -> tuple[str, int]:
    """What is to be taken out, and why."""
    with db.reading() as session:
        period = read_period(session)
        return _form(session, period, period.errors), 422 if period.errors else 200


@permit("export")
def export() -> Response | tuple[str, int]:
    """The file itself, after it stands in the audit."""
    who = actor()
    form, reason = request.form.get("format", ""), request.form.get("reason", "")
    with db.reading() as session:
        period = read_period(session)
        try:
            made = exporting.file_of(who, _sheet(session, period), form, reason)
        except (InvalidInput, Refused) as wrong:
            return _form(session, period, error_list(wrong)), 422
    with db.transaction() as session:
        exporting.record(session, who, made)
    answer = send_file(io.BytesIO(made.content), made.type, as_attachment=True, download_name=made.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sheet(session: Session, period: Period) -> exporting.Sheet:
    _check(period)
    asked = request.args
    if asked.get("what") == "groups":
        return sheets.group_sheet(session, period.scope, asked.get("by", ""))
    return sheets.ticket_sheet(session, _asked(period, _row(asked)))


def _check(period: Period) -> None:
    """Raise InvalidInput where the address asks for what cannot be: no list of something else instead."""
    if period.errors:
        wrong = period.errors[0]
        raise InvalidInput(wrong["field"], wrong["message"], "the address asks for what cannot be")


def _form(session: Session, period: Period, errors: list[dict[str, str]]) -> str:
    groups = request.args.get("what") == "groups"
    what = f"按{grouping.NAMES.get(request.args.get('by', ''), '组')}的统计表" if groups else "工单清单"
    return render_template(
        "managers/export.html",
        title=f"导出{what}，{told(session, period)}",
        action=f"{EXPORT}?{urlencode(list(request.args.items()))}",
        errors=errors,
        fields=[
            {
                "name": "reason",
                "label": "为什么导出",
                "type": "text",
                "required": True,
                "maxlength": exporting.LONGEST_REASON,
                "value": request.form.get("reason", ""),
                "hint": "会记入审计：谁、何时、为什么、什么范围、多少行、文件的指纹。",
            },
            {
                "name": "format",
                "label": "格式",
                "type": "radio",
                "required": True,
                "options": FORMATS,
                "value": request.form.get("format", "xlsx"),
            },
        ],
        back=period.back() if groups else {"title": "清单", "href": _list_href()},
    )


def _list_href() -> str:
    """The list that is to be taken out."""
    return f"{PATH}?{urlencode({name: value for name, value in request.args.items() if name != 'what'})}"


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule(PATH, endpoint="managers_tickets", view_func=tickets)
    blueprint.add_url_rule(EXPORT, endpoint="managers_export", view_func=export_form)
    blueprint.add_url_rule(EXPORT, endpoint="managers_export_file", view_func=export, methods=["POST"])
