"""What the house has learned: 模型, its versions with their figures, and 派单差错, what was sent wrongly and why.

Read by dispatchers, managers and the system administrator; the administrator alone promotes and rolls back models and
makes drafts of the catalogue.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.shapes import error_list
from hotline import db
from hotline.errors import OutOfOrder, Refused, Stale
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge
from hotline.learning import keeping, mending, remedies, reporting, showing, training
from hotline.learning.misdispatch import HOWS, Line, misdispatch
from hotline.learning.remedies import Remedy
from hotline.learning.words import percent
from hotline.reports import Scope

PAGE_TRIES = 4
"""Proposals of each kind that are tried while somebody waits for the page; the command line tries more."""

FLOWS_SHOWN = 30
CONFUSED_SHOWN = 10
Errors = list[dict[str, str]]


# Models


@permit("read_models")
def models() -> str:
    """What answers now, and every version."""
    return _models([])


def _models(errors: Errors) -> str:
    with db.reading() as session:
        found = showing.overview(session, knowledge(session).matters_in_force)
    rows = [_version(line) for line in found.lines]
    may = actor().may("promote_models")
    return render_template("learning/models.html", found=found, rows=rows, may_promote=may, errors=errors)


def _version(line: showing.Line) -> dict[str, Any]:
    figures = line.row.figures
    return {
        "row": line.row,
        "state": line.state,
        "in_force": line.code in ("in_force", "left_aside"),
        "may_promote": line.code in ("kept", "before", "rolled_back"),
        "macro_f1": f"{figures['macro_f1']:.3f}",
        "accuracy": percent(figures["accuracy"]),
        "ece": f"{figures['ece']:.3f}",
        "href": f"/models/{line.row.version}",
    }


@permit("read_models")
def model(version: int) -> str:
    """One version: its data, its figures by category, how right it is at each coverage, what it confuses."""
    with db.reading() as session:
        matters = knowledge(session).matters_in_force
        line = showing.line_of(session, matters, version)
    figures = training.named(line.row.figures, matters)
    confused = sorted(
        (
            (count, true, said)
            for true, row in figures["confusion"].items()
            for said, count in row.items()
            if true != said and count
        ),
        key=lambda one: (-one[0], one[1], one[2]),
    )
    return render_template(
        "learning/model.html",
        line=line,
        version=_version(line),
        figures=figures,
        confused=confused[:CONFUSED_SHOWN],
        may_promote=actor().may("promote_models"),
    )


@permit("promote_models")
def promote(version: int) -> Response | tuple[str, int]:
    """Put a version in force."""
    try:
        with db.transaction() as session:
            keeping.promote(session, actor(), version, knowledge(session).matters_in_force)
    except (OutOfOrder, Stale) as refused:
        return _models(error_list(refused)), 409
    flash(f"已启用第 {version} 版模型，几秒后生效。")
    return redirect("/models", 303)


@permit("promote_models")
def rollback() -> Response | tuple[str, int]:
    """Take the version in force back."""
    try:
        with db.transaction() as session:
            before = keeping.rollback(session, actor())
    except (OutOfOrder, Stale) as refused:
        return _models(error_list(refused)), 409
    flash(f"已回退到第 {before.version} 版模型。" if before else "已回退，按目录的关键词分类。")
    return redirect("/models", 303)


# Mis-dispatch


@permit("read_models")
def show_misdispatch() -> tuple[str, int]:
    """The report of a period; with `try` also what would have prevented it."""
    return _report([])


def _report(errors: Errors) -> tuple[str, int]:
    with db.reading() as session:
        know = knowledge(session)
        try:
            scope = reporting.read_scope(session, request.values.get("from"), request.values.get("to"))
        except InvalidInput as wrong:
            scope, errors = reporting.read_scope(session, None, None), [*errors, *error_list(wrong)]
        context = _context(session, know, scope, tried=bool(request.values.get("try")))
    return render_template("learning/misdispatch.html", errors=errors, **context), 422 if errors else 200


def _context(session: Session, know: Knowledge, scope: Scope, tried: bool) -> dict[str, Any]:
    report = misdispatch(session, scope)
    found = remedies.remedies(session, know, report, PAGE_TRIES) if tried else []
    asked = {"from": str(scope.first), "to": str(scope.last)}
    return {
        "scope": scope,
        "fields": [
            {"name": "from", "label": "从", "type": "date", "value": asked["from"], "required": True},
            {"name": "to", "label": "到", "type": "date", "value": asked["to"], "required": True},
        ],
        "hows": HOWS.values(),
        "total": _line(know, report.total),
        "lines": [_line(know, line) for line in report.lines if line.corrected],
        "clean": sum(not line.corrected for line in report.lines),
        "flows": [
            {"from": know.unit_name(f.unit), "to": know.unit_name(f.to) or "待重新派单", "count": f.count}
            for f in report.flows[:FLOWS_SHOWN]
        ],
        "tried": tried,
        "remedies": [{"value": value_of(each), "text": remedies.words(each, know)} for each in found],
        "try_href": f"/misdispatch?{urlencode({**asked, 'try': '1'})}",
        "hidden": asked,
        "may_draft": actor().may("edit_rules"),
        "exports": f"/api/v1/reports/misdispatch?{urlencode(asked)}",
    }


def _line(know: Knowledge, line: Line) -> dict[str, Any]:
    return {
        "name": know.matter_path(line.matter) or reporting.UNKNOWN,
        "dispatched": line.dispatched,
        "by_machine": line.by_machine,
        "corrected": line.corrected,
        "hows": [line.hows[how] for how in HOWS],
        "rate": percent(line.rate),
        "share": line.rate,
    }


def value_of(remedy: Remedy) -> str:
    """A remedy as the value of a form's box; `remedy_of` reads it again."""
    return "|".join((remedy.kind, remedy.matter, remedy.place, remedy.unit, remedy.phrase))


def remedy_of(value: str) -> Remedy:
    """The remedy of a box. Raises InvalidInput for what is none."""
    parts = value.split("|", 4)
    if len(parts) != 5:
        raise InvalidInput("remedies", "改进建议不完整，请重新试算", "an incomplete remedy; try them again")
    kind, matter, place, unit, phrase = parts
    return Remedy(kind, matter, place, unit, phrase)


@permit("edit_rules")
def draft() -> Response | tuple[str, int]:
    """Make a draft of the catalogue out of the remedies that were ticked."""
    try:
        chosen = [remedy_of(value) for value in request.form.getlist("remedies")]
        with db.transaction() as session:
            scope = reporting.read_scope(session, request.form.get("from"), request.form.get("to"))
            made = mending.make_draft(session, actor(), scope, chosen)
    except InvalidInput as wrong:
        return _report(error_list(wrong))[0], 422
    except Refused as refused:
        return _report(error_list(refused))[0], 409
    flash(f"已存为目录草稿第 {made.version} 版，还没有发布；请核对、补上依据后发布。")
    return redirect(f"/misdispatch?{urlencode({'from': str(scope.first), 'to': str(scope.last)})}", 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    add = blueprint.add_url_rule
    add("/models", endpoint="models", view_func=models)
    add("/models/<int:version>", endpoint="model", view_func=model)
    add("/models/<int:version>/promote", endpoint="promote_model", view_func=promote, methods=["POST"])
    add("/models/rollback", endpoint="rollback_model", view_func=rollback, methods=["POST"])
    add("/misdispatch", endpoint="misdispatch", view_func=show_misdispatch)
    add("/misdispatch/draft", endpoint="misdispatch_draft", view_func=draft, methods=["POST"])
