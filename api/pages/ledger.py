"""台账: the table of supervision, disputes, where time went, and a ticket's whole track; every number opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from api.auth import actor, permit
from api.pages.frame import day, moment
from api.pages.shapes import error_list, page_asked, pager, row, ticket_href
from api.pages.told import moments
from hotline import db, disputes, queries, track, worklists
from hotline import ledger as table
from hotline.disputes import Dispute
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge, today
from hotline.ledger import AT_DESK, NUMBERS, Line
from hotline.lifecycle import Action
from hotline.reports import read_day
from hotline.rights import Actor
from hotline.timeline import events_view
from hotline.worklists import PAGE_SIZE
from sla.stages import HOTLINES, STAGES
from sla.words import length, minutes

_TONES = {"breached": "breached", "assist_overdue": "breached", "due_today": "soon"}


@permit("read_ledger")
def index() -> str:
    """The table, sorted by the column of the address."""
    unit, sort, down = _unit(), request.args.get("sort", ""), request.args.get("order") != "up"
    with db.reading() as session:
        found = table.ledger(session, table.asked_of(session, actor(), unit))
    lines = list(found.lines)
    if sort in NUMBERS:
        lines.sort(key=lambda line: line.counts[sort], reverse=down)
    return render_template(
        "ledger/index.html",
        at=found.at,
        total=_line(found.total, unit),
        lines=[_line(line, unit) for line in lines],
        columns=[_column(code, title, unit, (sort, down)) for code, title in NUMBERS.items()],
        tabs=_tabs("/ledger"),
        back=_href("/ledger") if unit else None,
    )


def _unit() -> str | None:
    return request.args.get("unit") or None


def _href(path: str, **asked: str | None) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def _tabs(current: str) -> list[dict[str, Any]]:
    pages = (("/ledger", "台账"), ("/ledger/time", "时间去向"), ("/ledger/disputes", "争议台账"))
    return [{"title": title, "href": href, "count": None, "current": href == current} for href, title in pages]


def _column(code: str, title: str, unit: str | None, sorted_by: tuple[str, bool]) -> dict[str, Any]:
    sort, down = sorted_by
    order = "up" if code == sort and down else "down"
    state = ("descending" if down else "ascending") if code == sort else None
    return {"title": title, "sort": state, "href": _href("/ledger", unit=unit, sort=code, order=order) + "#units"}


def _line(line: Line, unit: str | None) -> dict[str, Any]:
    cells = [
        {
            "count": line.counts[code],
            "tone": _TONES.get(code, "") if line.counts[code] else "",
            "href": _href("/ledger/tickets", number=code, line=line.unit, unit=unit) if line.counts[code] else None,
        }
        for code in NUMBERS
    ]
    own = line.unit if line.unit not in (None, AT_DESK) else None
    return {"name": line.name, "href": _href("/ledger", unit=own) if own else None, "cells": cells}


@permit("read_ledger")
def tickets() -> str:
    """The tickets behind one number of the table."""
    unit, number, line = _unit(), request.args.get("number", ""), request.args.get("line") or None
    with db.reading() as session:
        who, page = actor(), page_asked()
        asked = table.asked_of(session, who, unit)
        total = table.count_behind(session, asked, number, line)
        found = table.tickets_behind(session, asked, number, line, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        know = knowledge(session)
        deadlines = worklists.nearest_deadlines(session, found, worklists.DESK_QUEUES[-1].clocks)
        rows = [row(know, ticket, who, deadlines.get(ticket.id)) for ticket in found]
        whose = "待转办" if line == AT_DESK else know.short_names.get(line or unit or "", "")
    kept = {name: value for name, value in request.args.items() if name != "page"}
    return render_template(
        "tickets.html",
        title=f"{whose}：{NUMBERS[number]}" if whose else NUMBERS[number],
        note="",
        rows=rows,
        total=total,
        pager=pager("/ledger/tickets", kept, page, total),
        back={"title": "台账", "href": _href("/ledger", unit=unit)},
    )


@permit("read_ledger")
def dispute_list() -> str:
    """The dispute ledger, by state."""
    state = request.args.get("state", "")
    with db.reading() as session:
        who, know = actor(), knowledge(session)
        found = disputes.disputes(session, who)
    chosen = [each for each in found if state in ("", each.state)]
    page = page_asked()
    return render_template(
        "ledger/disputes.html",
        disputes=[_dispute(know, each, who) for each in chosen[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]],
        states=_state_tabs(found, state),
        pager=pager("/ledger/disputes", {"state": state} if state else {}, page, len(chosen)),
        tabs=_tabs("/ledger/disputes"),
    )


def _state_tabs(found: Sequence[Dispute], current: str) -> list[dict[str, Any]]:
    counts = [("", "全部", len(found))]
    counts += [(code, name.partition("（")[0], sum(each.state == code for each in found)) for code, name in _STATES]
    return [
        {"title": title, "href": _href("/ledger/disputes", state=code), "count": count, "current": code == current}
        for code, title, count in counts
    ]


_STATES = tuple(disputes.STATES.items())


def _dispute(know: Knowledge, each: Dispute, who: Actor) -> dict[str, Any]:
    shown = disputes.as_json(know, each, who)
    claims = [
        claim | {"at": datetime.fromisoformat(claim["at"]), "decided": _decided(claim["approved"])}
        for claim in shown["claims"]
    ]
    ruling = shown["ruling"] and shown["ruling"] | {"at": each.ruling.at if each.ruling else None}
    href = f"/tickets/{each.ticket.number}/track" if each.readable else None
    return shown | {"claims": claims, "ruling": ruling, "href": href}


def _decided(approved: bool | None) -> str:
    return {True: "同意退单", False: "不同意退单", None: "待审批"}[approved]


@permit("read_ledger")
def time_spent() -> tuple[str, int]:
    """Where the time of a period's tickets went."""
    with db.reading() as session:
        last = today(db.now(session))
        first, errors, report = last - timedelta(days=29), [], None
        asked = table.asked_of(session, actor(), _unit())
        name = knowledge(session).unit_name(asked.unit)
        try:
            first, last = _days(first, last)
            report = track.time_report(session, asked, first, last)
        except InvalidInput as wrong:
            errors = error_list(wrong)
    context = {
        "report": report,
        "stages": [_stage(each) for each in report.stages] if report else [],
        "name": name or "全市",
        "period": {"from": str(first), "to": str(last), "title": f"{day(first)}至{day(last)}"},
        "unit": _unit(),
        "errors": errors,
        "tabs": _tabs("/ledger/time"),
    }
    return render_template("ledger/time.html", **context), 422 if errors else 200


def _days(first: date, last: date) -> tuple[date, date]:
    asked = request.args
    begins = read_day(asked["from"], "from") if asked.get("from") else first
    return begins, read_day(asked["to"], "to") if asked.get("to") else last


def _stage(each: track.StageFigures) -> dict[str, Any]:
    owner = "热线" if each.stage in HOTLINES else "" if each.stage == "ended" else "承办单位"
    figures = [(each.median[0], each.median[1]), (each.p90[0], each.p90[1]), (each.total[0], each.total[1])]
    return {"name": STAGES[each.stage], "owner": owner, "tickets": each.tickets, "figures": figures}


@permit("read_tickets")
def track_of(number: str) -> str:
    """One vertical line of all that happened, and between two events how long it took and whose time it was."""
    with db.reading() as session:
        who = actor()
        ticket = queries.find_ticket(session, number, who)
        know, parts = knowledge(session), track.parts_of(session, ticket)
        events = events_view(session, ticket, who)
        context = {
            "ticket": {
                "number": number,
                "title": queries.shown_text(ticket, ticket.title, who),
                "href": ticket_href(number, who),
            },
            "steps": list(_steps(know, events, parts)),
            "parts": _totals(know, parts),
            "sums": f"/tickets/{number}/clocks",
        }
    return render_template("ledger/track.html", **context)


def _steps(know: Knowledge, events: list[dict[str, Any]], parts: Sequence[track.Part]) -> Iterator[dict[str, Any]]:
    """Each event, with the time since the one before."""
    before: datetime | None = None
    for event, told in zip(events, reversed(moments(know, events)), strict=True):
        at = told["at"]
        gap = track.between(parts, before, at, know) if before else []
        yield told | {"seq": event["seq"], "gap": [_gap(know, each) for each in gap], "facts": _facts(event, told)}
        before = at


def _facts(event: Mapping[str, Any], told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """An escalation's two times: when it fell due, and when it was found."""
    if event["action"] != Action.ESCALATE:
        return list(told["facts"])
    due, found = datetime.fromisoformat(event["data"]["due_at"]), told["at"]
    late = minutes(found - due) if found > due else "1 分钟以内"
    return [*told["facts"], ("应发生", moment(due)), ("发现", f"{moment(found)}，相差 {late}")]


def _gap(know: Knowledge, part: track.Part) -> dict[str, str]:
    stretch = part.stretch
    words = length(stretch.start, stretch.end, know.calendar)
    return {"stage": STAGES[stretch.stage], "owner": track.owner(know, stretch), "words": words}


def _totals(know: Knowledge, parts: Sequence[track.Part]) -> list[dict[str, Any]]:
    """By stage and owner, in the order they first came, with the share of the whole."""
    whole = sum((spent.natural for _, spent in parts), timedelta(0))
    sums: dict[tuple[str, str], timedelta] = {}
    worked: dict[tuple[str, str], timedelta] = {}
    for stretch, spent in parts:
        key = (STAGES[stretch.stage], track.owner(know, stretch))
        sums[key] = sums.get(key, timedelta(0)) + spent.natural
        worked[key] = worked.get(key, timedelta(0)) + spent.working
    rows = [
        {
            "stage": stage,
            "owner": owner,
            "natural": _said(sums[stage, owner]),
            "share": sums[stage, owner] / whole if whole else 0,
        }
        | {"working": _said(worked[stage, owner])}
        for stage, owner in sums
    ]
    total = sum(worked.values(), timedelta(0))
    return [*rows, {"stage": "合计", "owner": "", "natural": _said(whole), "working": _said(total), "share": None}]


def _said(span: timedelta) -> str:
    return minutes(span) if span else "0"


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    rule = blueprint.add_url_rule
    rule("/ledger", endpoint="ledger", view_func=index)
    rule("/ledger/tickets", endpoint="ledger_tickets", view_func=tickets)
    rule("/ledger/disputes", endpoint="ledger_disputes", view_func=dispute_list)
    rule("/ledger/time", endpoint="ledger_time", view_func=time_spent)
    rule("/tickets/<number:number>/track", endpoint="ticket_track", view_func=track_of)
