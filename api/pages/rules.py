"""The rules' pages: the calendar and the working hours; read by who lives by them, edited by the system administrator.

A draft is saved, then shown with every open deadline that it would move, and only from there published.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages import rules_policies
from api.pages.shapes import error_list
from hotline import db
from hotline.errors import NotFound, Refused
from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge
from hotline.models import CalendarYear, WorkingHours
from hotline.rulebook import CITY
from hotline.rulemaking import calendars, drafts, policies, showing, words
from hotline.rulemaking.calendars import city_or, read_hours_text, read_weekdays_text
from hotline.rulemaking.notices import WEEKDAYS, read_notice, write_notice
from sla import values as sla
from sla.calendar import Calendar, Day

MOVES_SHOWN = 100
LONGEST_TEXT = 10_000
Errors = list[dict[str, str]]


@permit("read_rules")
def index() -> str:
    """What is in force, what is drafted, and where to change it."""
    with db.reading() as session:
        know = knowledge(session)
        context = {
            "current": know.rules.current,
            "drafts": [_draft_line(know, draft) for draft in drafts.all_drafts(session)],
            "years": [_year_line(know, row) for row in drafts.years_of(session) if row.published_at],
            "hours": [_hours_line(know, row) for row in drafts.hours_of(session) if row.published_at],
            "policies": [rules_policies.line(row) for row in policies.versions(session)],
            "may_edit": actor().may("edit_rules"),
        }
    return render_template("rules/index.html", **context)


def _draft_line(know: Knowledge, draft: drafts.Draft) -> dict[str, Any]:
    return {"name": words.draft_name(know, draft), "source": draft.source, "href": f"/rules/draft?{_which(draft)}"}


def _which(draft: drafts.Draft) -> str:
    return urlencode({"year": draft.year} if isinstance(draft, CalendarYear) else {"unit": draft.unit or "city"})


def _year_line(know: Knowledge, row: CalendarYear) -> dict[str, Any]:
    edition = next(name for name, number in know.rules.editions.items() if number == row.edition)
    href = f"/rules/calendar?{urlencode({'year': row.year, 'edition': edition})}"
    return {"year": row.year, "version": row.version, "edition": edition, "source": row.source, "href": href}


def _hours_line(know: Knowledge, row: WorkingHours) -> dict[str, Any]:
    return {
        "whose": words.unit_name(know, row.unit),
        "version": row.version,
        "text": words.hours_words(row.data),
        "source": row.source,
        "href": f"/rules/hours?{urlencode({'unit': row.unit or 'city'})}",
    }


# A year


@permit("read_rules")
def show_year() -> str:
    """A year as twelve months, and for who may edit it the form of its draft."""
    return _year_page()


@permit("edit_rules")
def save_year() -> Response | tuple[str, int]:
    """Keep the lines of the form as the year's draft."""
    form = request.form
    try:
        with db.transaction() as session:
            year = _year_of_form()
            days = read_notice(year, clean(form.get("days", "")[:LONGEST_TEXT]))
            draft = drafts.draft_year(session, actor(), year, days, form.get("source", ""))
    except InvalidInput as wrong:
        return _year_page(error_list(wrong)), 422
    except Refused as refused:
        return _year_page(error_list(refused)), 409
    flash("草稿已保存，还没有发布。请看会改哪些期限。")
    return redirect(f"/rules/draft?{_which(draft)}", 303)


def _year_of_form() -> int:
    text = request.form.get("year", "")
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise InvalidInput("year", "年份应为四位数字，如 2027", "a year such as 2027 is needed")
    return int(text)


def _year_page(errors: Errors | None = None) -> str:
    asked = request.values
    text = asked.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None
    with db.reading() as session:
        know = knowledge(session)
        shown = showing.year_of(session, year, asked.get("unit", CITY), asked.get("edition", ""))
        context = {
            "shown": shown,
            "head": showing.head(shown).splitlines(),
            "months": list(months(shown.calendar, shown.year)),
            "weekdays": WEEKDAYS,
            "fields": _year_fields(session, shown.year),
            "choices": _choices(know, shown),
            "provisional": shown.year not in shown.calendar.years,
            "previous": f"/rules/calendar?year={shown.year - 1}",
            "next": f"/rules/calendar?year={shown.year + 1}",
        }
    may_edit = actor().may("edit_rules") and not asked.get("edition")
    return render_template("rules/calendar.html", errors=errors or [], may_edit=may_edit, **context)


def months(calendar: Calendar, year: int) -> Iterator[dict[str, Any]]:
    """Twelve months as weeks of cells, None where the week lies outside; and the named days in words."""
    for month in range(1, 13):
        days = words.month_days(calendar, year, month)
        cells = [None] * days[0].date.weekday() + [_cell(day) for day in days]
        yield {
            "title": f"{month}月",
            "works": sum(day.working for day in days),
            "weeks": [cells[n : n + 7] for n in range(0, len(cells), 7)],
        }


def _cell(day: Day) -> dict[str, Any]:
    return {"day": day.date.day, "state": words.state_of(day), "name": day.name, "working": day.working}


def _choices(know: Knowledge, shown: showing.Shown) -> list[dict[str, Any]]:
    own = sorted({row.unit for row in know.rules.hours if row.unit != CITY})
    units = [{"value": "city", "title": "全市"}] + [{"value": u, "title": know.unit_name(u) or u} for u in own]
    editions = [{"value": name, "title": name} for name in reversed(know.rules.editions)]
    return [
        {
            "name": "year",
            "label": "年份",
            "type": "number",
            "value": shown.year,
            "min": 2000,
            "max": 2100,
            "required": True,
        },
        {
            "name": "unit",
            "label": "单位",
            "type": "select",
            "value": shown.unit or "city",
            "options": units,
            "required": True,
        },
        {
            "name": "edition",
            "label": "版次",
            "type": "select",
            "value": shown.calendar.version,
            "options": editions,
            "required": True,
        },
    ]


def _year_fields(session: Session, year: int) -> list[dict[str, Any]]:
    """Source and lines: as sent, or of the draft, or of the newest version."""
    rows = [row for row in drafts.years_of(session) if row.year == year]
    kept = {"source": rows[0].source, "days": write_notice(year, rows[0].days)} if rows else {"source": "", "days": ""}
    sent = request.form if request.method == "POST" else kept
    return [
        {
            "name": "source",
            "label": "依据",
            "type": "text",
            "required": True,
            "value": sent.get("source", ""),
            "maxlength": drafts.LONGEST_SOURCE,
            "hint": f"如：国务院办公厅关于{year}年部分节假日安排的通知。加本地放假日时，写明本地文件",
        },
        {
            "name": "days",
            "label": f"{year}年放假和补班",
            "type": "textarea",
            "required": True,
            "rows": 10,
            "value": sent.get("days", ""),
            "hint": "一行一段，如“10月1日—10月7日 休 国庆节”“10月10日 班 国庆节”；"
            "也可以把通知里“一、元旦：1月1日（周五）至3日（周日）放假……”整句贴进来",
        },
    ]


# Working hours


@permit("read_rules")
def show_hours() -> str:
    """Whose hours they are and what they are, and the form of a draft."""
    return _hours_page()


@permit("edit_rules")
def save_hours() -> Response | tuple[str, int]:
    """Keep the form as the draft of a unit's hours."""
    form = request.form
    try:
        data = {
            "hours": read_hours_text(form.get("hours", "")[:200]),
            "weekdays": read_weekdays_text(",".join(form.getlist("weekdays")[:7])),
            "holidays": form.get("holidays") == "1",
        }
        with db.transaction() as session:
            draft = drafts.draft_hours(session, actor(), city_or(form.get("unit", "")), data, form.get("source", ""))
    except InvalidInput as wrong:
        return _hours_page(error_list(wrong)), 422
    except Refused as refused:
        return _hours_page(error_list(refused)), 409
    flash("草稿已保存，还没有发布。请看会改哪些期限。")
    return redirect(f"/rules/draft?{_which(draft)}", 303)


def _hours_page(errors: Errors | None = None) -> str:
    unit = city_or(request.values.get("unit", ""))
    with db.reading() as session:
        know = knowledge(session)
        unit = unit if unit in know.units else CITY
        rows = [row for row in drafts.hours_of(session) if row.unit == unit]
        now = know.rules.document(know.rules.last, unit)
        context = {
            "whose": words.unit_name(know, unit),
            "now": words.hours_words(now),
            "own": unit == CITY or any(row.published_at for row in rows),
            "rows": [_hours_line(know, row) for row in rows if row.published_at],
            "fields": _hours_fields(know, unit, rows[0].data if rows else now, rows[0].source if rows else ""),
            "may_edit": actor().may("edit_rules"),
        }
    return render_template("rules/hours.html", errors=errors or [], **context)


def _hours_fields(know: Knowledge, unit: str, data: dict[str, Any], source: str) -> list[dict[str, Any]]:
    sent = request.form if request.method == "POST" else None
    own = [unit for unit in know.units.values() if city_or(unit.code) != CITY]
    units = [{"value": "city", "title": "全市"}] + [{"value": each.code, "title": each.name} for each in own]
    hours = "，".join("-".join(interval) for interval in data["hours"])
    weekdays = [str(day) for day in data.get("weekdays", [1, 2, 3, 4, 5])]
    holidays = data.get("holidays", True) if sent is None else sent.get("holidays") == "1"
    hint = "各段之间用逗号，如 09:00-12:00，13:00-17:00；全天是 00:00-24:00"
    return [
        {
            "name": "unit",
            "label": "单位",
            "type": "select",
            "required": True,
            "value": unit or "city",
            "options": units,
        },
        {
            "name": "hours",
            "label": "每天的工作时段",
            "type": "text",
            "required": True,
            "value": sent.get("hours", "") if sent else hours,
            "hint": hint,
        },
        {
            "name": "weekdays",
            "label": "工作日",
            "type": "checkboxes",
            "required": True,
            "value": sent.getlist("weekdays") if sent else weekdays,
            "options": [{"value": str(n), "title": f"星期{name}"} for n, name in enumerate(WEEKDAYS, 1)],
        },
        {"name": "holidays", "label": "放法定节假日（不勾：节假日也上班）", "type": "checkbox", "value": holidays},
        {
            "name": "source",
            "label": "依据",
            "type": "text",
            "required": True,
            "value": sent.get("source", "") if sent else source,
            "maxlength": drafts.LONGEST_SOURCE,
        },
    ]


# A draft: what it would move, and its publication


@permit("edit_rules")
def show_draft() -> str:
    """What publishing would move."""
    return _draft_page()


def _find(session: Session) -> drafts.Draft:
    text, unit = request.values.get("year", ""), request.values.get("unit", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None
    if (text and year is None) or not (text or "unit" in request.values):
        raise NotFound("没有这份草稿，请从规则页打开", "there is no such draft; open it from the rules page")
    return drafts.find_draft(session, year, city_or(unit))


def _draft_page(errors: Errors | None = None) -> str:
    with db.reading() as session:
        know, draft = knowledge(session), _find(session)
        preview = calendars.moves(session, draft, most=calendars.MOST_LOOKED_AT)
        changed = [move for move in preview.moves if move.moved]
        calendar = showing.drafted(session, draft)
        year = draft if isinstance(draft, CalendarYear) else None
        context = {
            "name": words.draft_name(know, draft),
            "draft": draft,
            "months": list(months(calendar, year.year)) if year else [],
            "weekdays": WEEKDAYS,
            "warnings": drafts.missing_holidays(year.year, year.days) if year else [],
            "hours": words.hours_words(draft.data) if isinstance(draft, WorkingHours) else "",
            "edit": f"/rules/{'calendar' if year else 'hours'}?{_which(draft)}",
            "changed": len(changed),
            "settled": sum(move.settled for move in preview.moves),
            "left": preview.left,
            "by_unit": [(words.unit_name(know, unit), count) for unit, count in preview.by_unit().items()],
            "moves": [_move(know, move) for move in changed[:MOVES_SHOWN]],
            "hidden": _hidden(draft),
        }
    return render_template("rules/draft.html", errors=errors or [], **context)


def _hidden(draft: drafts.Draft) -> dict[str, str]:
    which = {"year": str(draft.year)} if isinstance(draft, CalendarYear) else {"unit": draft.unit or "city"}
    return which | {"seen": drafts.identity(draft)["sha256"]}


def _move(know: Knowledge, move: calendars.Move) -> dict[str, str]:
    return {
        "number": move.number,
        "clock": sla.CLOCKS[move.clock],
        "unit": words.unit_name(know, move.unit),
        "was": words.stated(move.was),
        "to": words.stated(move.to),
    }


@permit("edit_rules")
def publish_draft() -> Response | tuple[str, int]:
    """Publish the draft that was seen; deadlines move by the round."""
    try:
        with db.transaction() as session:
            draft = _find(session)
            drafts.check_seen(draft, request.form.get("seen", ""))
            edition = calendars.publish(session, actor(), draft)
    except InvalidInput as wrong:
        return _draft_page(error_list(wrong)), 422
    flash(f"已发布：{edition}。在办期限正在后台逐件改，每件都有记录。")
    return redirect("/rules", 303)


@permit("edit_rules")
def discard_draft() -> Response:
    """Throw the draft away."""
    with db.transaction() as session:
        drafts.discard(session, actor(), _find(session))
    flash("草稿已放弃。")
    return redirect("/rules", 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    for path, name, view in (
        ("/rules", "rules", index),
        ("/rules/calendar", "rules_year", show_year),
        ("/rules/hours", "rules_hours", show_hours),
        ("/rules/draft", "rules_draft", show_draft),
    ):
        blueprint.add_url_rule(path, endpoint=name, view_func=view)
    for path, name, act in (
        ("/rules/calendar", "rules_save_year", save_year),
        ("/rules/hours", "rules_save_hours", save_hours),
        ("/rules/draft/publish", "rules_publish", publish_draft),
        ("/rules/draft/discard", "rules_discard", discard_draft),
    ):
        blueprint.add_url_rule(path, endpoint=name, view_func=act, methods=["POST"])
    rules_policies.register(blueprint)
