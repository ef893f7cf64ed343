"""The pages of the catalogue's versions: the list, one version with what the check finds, its differences, its trial.

A draft is edited row by row (catalogue_rows) or by a workbook, and published from its own page, where everything that
stands against it is listed on top with a link to the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.catalogue_files import read_into, workbook_of
from api.pages import catalogue_rows
from api.pages.shapes import error_list, ticket_href
from api.uploads import takes_files
from hotline import db
from hotline.cataloguing import PARTS, comparing, document, drafts, number_in_force, publishing, trying, words
from hotline.cataloguing.checking import Finding, Findings
from hotline.cataloguing.listing import names_of
from hotline.cataloguing.naming import Names
from hotline.errors import NotFound, Refused
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models import CatalogueVersion
from hotline.rulemaking.drafts import LONGEST_SOURCE

FINDINGS_SHOWN = 30
ROWS_SHOWN = 100
HERE = "/rules/catalogue"
Errors = list[dict[str, str]]


@permit("read_rules")
def index() -> str:
    """Every version and draft, and the form of a new draft."""
    return _index()


def _index(errors: Errors | None = None) -> str:
    with db.reading() as session:
        now, rows = number_in_force(session), drafts.versions(session)
    versions = [line(row, now) for row in rows]
    return render_template(
        "catalogue/index.html",
        versions=versions,
        fields=_draft_fields(versions),
        may_edit=actor().may("edit_rules"),
        errors=errors or [],
    )


def line(row: CatalogueVersion, in_force: int | None) -> dict[str, Any]:
    """A version in a list."""
    return {
        "version": row.version,
        "state": words.state(row, in_force),
        "draft": row.published_at is None,
        "in_force": row.version == in_force,
        "source": row.source,
        "made": row.published_at or row.created_at,
        "href": f"{HERE}/{row.version}",
    }


def _draft_fields(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sent = request.form
    options = [{"value": v["version"], "title": f"第 {v['version']} 版（{v['state']}）"} for v in versions]
    return [
        {
            "name": "source",
            "label": "依据",
            "type": "text",
            "required": True,
            "value": sent.get("source", ""),
            "hint": "哪份通知或决定，例如：市政府办公室关于调整部分事项主办单位的通知",
            "maxlength": LONGEST_SOURCE,
        },
        {
            "name": "of",
            "label": "底稿",
            "type": "select",
            "value": sent.get("of", ""),
            "options": options,
            "hint": "不选则以最近发布的一版为底稿；选旧版即退回到那一版",
        },
    ]


@permit("edit_rules")
def add() -> Response | tuple[str, int]:
    """Make a draft."""
    of = request.form.get("of", "")
    try:
        with db.transaction() as session:
            made = drafts.new_draft(session, actor(), request.form.get("source", ""), _whole(of) if of else None)
    except InvalidInput as wrong:
        return _index(error_list(wrong)), 422
    except NotFound:
        raise
    except Refused as refused:
        return _index(error_list(refused)), 409
    flash(f"已建第 {made.version} 版草稿，还没有发布。")
    return redirect(f"{HERE}/{made.version}", 303)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


# One version


@permit("read_rules")
def show(version: int) -> str:
    """A version: what the check finds, what differs, and for a draft how to change and publish it."""
    return _page(version)


def _page(version: int, errors: Errors | None = None) -> str:
    with db.reading() as session:
        row, now = drafts.find_version(session, version), number_in_force(session)
        content = document(session, version)
        first = max(_day_or_none() or date.min, today(db.now(session)))
        found = publishing.findings(session, version, first) if row.published_at is None else None
        may_edit = actor().may("edit_rules") and row.published_at is None
        context = {
            "row": line(row, now),
            "seen": row.sha256,
            "parts": [(name, len(content.part(part)), f"{HERE}/{version}/{part}") for part, name in PARTS.items()],
            "findings": list(_groups(version, found, may_edit)) if found else [],
            "clean": found is None or found.clean,
            "differences": [
                (PARTS[each.part], len(each.added), len(each.removed), len(each.changed))
                for each in comparing.differences(document(session), content)
            ],
            "behind": row.published_at is None and publishing.is_behind(session, row),
            "today": str(today(db.now(session))),
            "first": first,
        }
    return render_template(
        "catalogue/version.html", errors=errors or [], sent=request.form, may_edit=may_edit, **context
    )


def _groups(version: int, found: Findings, may_edit: bool) -> Iterator[dict[str, Any]]:
    """The findings by kind, the first of each with a link to the row."""
    for kind, name in words.KINDS_OF_FINDINGS.items():
        findings: tuple[Finding, ...] = getattr(found, kind)
        if findings:
            shown = [(each.words, _where(version, kind, each, may_edit)) for each in findings[:FINDINGS_SHOWN]]
            act = "补一行" if kind == "gaps" else "去改"
            left = len(findings) - len(shown)
            yield {"name": name, "act": act, "count": len(findings), "rows": shown, "left": left}


def _where(version: int, kind: str, found: Finding, may_edit: bool) -> str:
    """Where it is put right: the row's form; for a gap, the form of a new row for the matter."""
    if not may_edit:
        return ""
    if kind == "gaps":
        return f"{HERE}/{version}/responsibilities/row?{urlencode({'matter': found.matter})}"
    return f"{HERE}/{version}/{found.part}/row?number={found.row}" if found.row else ""


@permit("read_rules")
def sheets(version: int) -> Response:
    """The version as a workbook."""
    return workbook_of(version)


@permit("edit_rules")
@takes_files
def upload(version: int) -> Response | tuple[str, int]:
    """Put the sheets of an uploaded file into the draft: all of them, or none where a row is bad."""
    try:
        uploaded = _uploaded()
        with db.transaction() as session:
            read_into(session, version, uploaded, request.form.get("seen", ""))
    except InvalidInput as wrong:
        return _page(version, [{"field": "file", "message": each["message"]} for each in error_list(wrong)]), 422
    except NotFound:
        raise
    except Refused as refused:
        return _page(version, error_list(refused)), 409
    flash("表格已读进草稿。")
    return redirect(f"{HERE}/{version}", 303)


def _uploaded() -> FileStorage:
    found = request.files.get("file")
    if found is None or not found.filename:
        raise InvalidInput("file", "请选择文件", "choose a file")
    return found


@permit("edit_rules")
def publish(version: int) -> Response | tuple[str, int]:
    """Put the draft in force from a day."""
    form = request.form
    try:
        with db.transaction() as session:
            publishing.publish(session, actor(), version, _day(), form.get("seen", ""), bool(form.get("behind")))
    except InvalidInput as wrong:
        return _page(version, _of_publication(wrong)), 422
    except NotFound:
        raise
    except Refused as refused:
        return _page(version, error_list(refused)), 409
    flash(f"第 {version} 版已发布。")
    return redirect(f"{HERE}/{version}", 303)


def _of_publication(wrong: InvalidInput) -> Errors:
    """A bad day stands at its field; what the check finds stands on the page already."""
    if wrong.problems[0].field == "effective_from":
        return [{**each, "field": "from"} for each in error_list(wrong)]
    return [{"field": "findings", "message": "检查没有通过，没有发布；请按“检查”里的各处改好"}]


def _day() -> date:
    found = _day_or_none()
    if found is None:
        zh = "请填施行日期，如 2027-01-01"
        raise InvalidInput("effective_from", zh, "a date such as 2027-01-01 is needed")
    return found


def _day_or_none() -> date | None:
    try:
        return date.fromisoformat(request.values.get("from", ""))
    except ValueError:
        return None


@permit("edit_rules")
def discard(version: int) -> Response | tuple[str, int]:
    """Throw the draft away."""
    try:
        with db.transaction() as session:
            drafts.discard(session, actor(), version)
    except NotFound:
        raise
    except Refused as refused:
        return _page(version, error_list(refused)), 409
    flash(f"第 {version} 版草稿已删去。")
    return redirect(HERE, 303)


# What it changes


@permit("read_rules")
def show_differences(version: int) -> str:
    """Row by row against the one in force, or against another version."""
    against = _whole(request.args.get("against", "")) or None
    with db.reading() as session:
        row, now = drafts.find_version(session, version), number_in_force(session)
        old, new = document(session, against), document(session, version)
        names = names_of(session, old).also(new)
        others = [line(each, now) for each in drafts.versions(session) if each.version != version]
    found = comparing.differences(old, new)
    parts = [_part(each, names) for each in found if each.rows]
    return render_template(
        "catalogue/differences.html", row=line(row, now), parts=parts, against=against, others=others
    )


def _part(found: comparing.Difference, names: Names) -> dict[str, Any]:
    lists = [
        ("新增", len(found.added), [words.row_words(row, names) for row in found.added[:ROWS_SHOWN]]),
        ("删去", len(found.removed), [words.row_words(row, names) for row in found.removed[:ROWS_SHOWN]]),
        (
            "修改",
            len(found.changed),
            [
                f"{words.row_words(each.after, names)}：{words.change_words(each, names)}"
                for each in found.changed[:ROWS_SHOWN]
            ],
        ),
    ]
    return {"name": PARTS[found.part], "lists": [each for each in lists if each[1]]}


@permit("edit_rules")
def show_trial(version: int) -> str | tuple[str, int]:
    """The newest tickets routed by the draft and by the one in force."""
    try:
        with db.reading() as session:
            row, now, content = (
                drafts.find_version(session, version),
                number_in_force(session),
                document(session, version),
            )
            trial = trying.what_if(session, content, trying.AT_ONCE)
            context = _trial(session, trial, names_of(session, content))
    except InvalidInput as wrong:
        return _page(version, [{**each, "field": ""} for each in error_list(wrong)]), 422
    return render_template("catalogue/trial.html", row=line(row, now), trial=trial, most=trying.AT_ONCE, **context)


def _trial(session: Session, trial: trying.Trial, names: Names) -> dict[str, Any]:
    who = actor()
    return {
        "pairs": [
            (words.unit_words(was, names), words.unit_words(now, names), count) for (was, now), count in trial.pairs
        ],
        "moves": [
            {
                "number": move.number,
                "href": ticket_href(move.number, who) if who.sees_tickets else "",
                "matters": list(dict.fromkeys(words.matter_words(way.matter, names) for way in (move.was, move.now))),
                "units": list(dict.fromkeys(words.unit_words(way.unit, names) for way in (move.was, move.now))),
                "goes": words.goes_words(move),
                "verdict": words.VERDICTS[move.verdict],
            }
            for move in trial.moves[:ROWS_SHOWN]
        ],
    }


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    one = f"{HERE}/<int:version>"
    blueprint.add_url_rule(HERE, endpoint="catalogue", view_func=index)
    blueprint.add_url_rule(f"{HERE}/drafts", endpoint="catalogue_add", view_func=add, methods=["POST"])
    blueprint.add_url_rule(one, endpoint="catalogue_version", view_func=show)
    blueprint.add_url_rule(f"{one}/sheets", endpoint="catalogue_sheets", view_func=sheets)
    blueprint.add_url_rule(f"{one}/differences", endpoint="catalogue_differences", view_func=show_differences)
    blueprint.add_url_rule(f"{one}/trial", endpoint="catalogue_trial", view_func=show_trial)
    for name, view in (("upload", upload), ("publish", publish), ("discard", discard)):
        blueprint.add_url_rule(f"{one}/{name}", endpoint=f"catalogue_{name}", view_func=view, methods=["POST"])
    catalogue_rows.register(blueprint)
