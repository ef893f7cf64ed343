"""The page of targets 目标值: what each figure should reach, for whom, since when; a new row by who may set one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.period import unit_options
from api.pages.shapes import error_list
from hotline import db, reports
from hotline.errors import Refused
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge, today
from hotline.models import Target
from hotline.reports import targets
from hotline.reports.metrics import BY_KEY, METRICS
from hotline.reports.scope import peer_groups

PATH = "/rules/targets"
Errors = list[dict[str, str]]


@permit("read_rules")
def index() -> str:
    """Every target there was, the newest first, and the form of another."""
    return _index([])


def _index(errors: Errors) -> str:
    with db.reading() as session:
        now = today(db.now(session))
        rows = list(_lines(session, now))
        fields = list(_fields(session, str(now))) if actor().may("edit_targets") else []
    return render_template("rules/targets.html", rows=rows, fields=fields, errors=errors)


def _lines(session: Session, now: date) -> Iterator[dict[str, Any]]:
    for _, rows in groupby(targets.listed(session), key=lambda row: (row.metric, row.peer_group, row.unit)):
        followed = False
        for row in rows:
            state = "尚未施行" if row.effective_from > now else "已被取代" if followed else "现行"
            followed = followed or row.effective_from <= now
            yield _line(session, row) | {"state": state}


def _line(session: Session, row: Target) -> dict[str, Any]:
    metric, value = BY_KEY[row.metric], targets.value_of(row)
    most = "不高于" if metric.falling else "不低于"
    return {
        "name": metric.name,
        "whose": knowledge(session).unit_name(row.unit) or row.unit or row.peer_group or "全市",
        "value": "不设目标" if value is None else f"{most} {value.normalize():f} {metric.unit}",
        "from": row.effective_from,
        "source": row.source,
    }


def _fields(session: Session, now: str) -> Iterator[dict[str, Any]]:
    groups = peer_groups(session)
    fields: list[dict[str, Any]] = [
        {"name": "metric", "label": "指标", "type": "select", "required": True, "options": _metrics()},
        {"name": "value", "label": "目标值", "hint": "如 90 或 87.5；不再设目标就留空", "inputmode": "decimal"},
        {"name": "unit", "label": "只对一家单位", "type": "select", "options": unit_options(session)},
        {
            "name": "group",
            "label": "只对一类单位",
            "type": "select",
            "options": [{"value": each, "title": each} for each in dict.fromkeys(groups.values())],
            "hint": "单位和类别都不选，就是全市的目标",
        },
        {"name": "from", "label": "施行日期", "type": "date", "required": True, "value": now, "min": now},
        {"name": "source", "label": "依据", "required": True, "maxlength": targets.LONGEST_SOURCE},
    ]
    for each in fields:
        yield {"type": "text"} | each | {"value": request.form.get(each["name"], each.get("value", ""))}


def _metrics() -> list[dict[str, str]]:
    return [{"value": each.key, "title": f"{each.name}（{each.unit}）"} for each in METRICS]


@permit("edit_targets")
def add() -> Response | tuple[str, int]:
    """Put a target in force from a day on."""
    said = {name: value.strip() for name, value in request.form.items()}
    whose = targets.Aim(said.get("unit", ""), said.get("group", ""))
    try:
        value = targets.read_value(said["value"]) if said.get("value") else None
        begins = reports.read_day(said.get("from"), "from")
        asked = targets.NewTarget(said.get("metric", ""), value, begins, said.get("source", ""), whose)
        with db.transaction() as session:
            targets.set_target(session, actor(), asked)
    except InvalidInput as wrong:
        return _index(error_list(wrong)), 422
    except Refused as refused:
        return _index(error_list(refused)), 409
    flash("目标值已设定，从施行日期起的报表按它来比；以前的报表不变。")
    return redirect(PATH, 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their address."""
    blueprint.add_url_rule(PATH, endpoint="targets", view_func=index)
    blueprint.add_url_rule(PATH, endpoint="target_add", view_func=add, methods=["POST"])
