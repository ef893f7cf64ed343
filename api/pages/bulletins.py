"""The managers' bulletins: what is published, with its versions and files; drafts; publishing and correcting."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.frame import moment
from api.pages.managing import manager_tabs
from api.pages.shapes import error_list
from api.resources.bulletins import attachment
from hotline import db
from hotline.bulletins import freezing, page
from hotline.bulletins.dresses import DRESSES, dressed, file_name
from hotline.bulletins.periods import KINDS, Period, newest_over, period_with, read_first
from hotline.bulletins.shapes import Json
from hotline.errors import Refused
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models import Bulletin

HOME = "/managers/bulletins"
Errors = list[dict[str, str]]


@permit("read_rates")
def index() -> str:
    """What is published, what is due, and where to look at another period."""
    return _index([])


def _index(errors: Errors) -> str:
    with db.reading() as session:
        now = today(db.now(session))
        rows = freezing.newest(session)
        periods = [newest_over(kind, now) for kind in KINDS]
        due = [_period(each) for each in periods if not freezing.current(session, each.kind, each.first)]
    return render_template(
        "bulletins/index.html",
        tabs=manager_tabs(),
        rows=[_line(row) for row in rows],
        due=due,
        fields=_period_fields(now),
        errors=errors,
    )


def _period(period: Period) -> dict[str, str]:
    href = f"{HOME}/draft?kind={period.kind}&first={period.first}"
    return {"kind": KINDS[period.kind], "name": period.name, "href": href}


def _line(row: Bulletin) -> dict[str, Any]:
    content = row.content
    return {
        "href": _href(row),
        "kind": content["kind_name"],
        "period": content["period"],
        "issue": content["issue"],
        "version": row.version,
        "published": moment(row.published_at),
        "sha256": row.sha256,
        "reason": row.reason,
    }


def _href(row: Bulletin) -> str:
    return f"{HOME}/{row.kind}/{row.first}?version={row.version}"


def _period_fields(now: date) -> list[Json]:
    options = [{"value": code, "title": name} for code, name in KINDS.items()]
    kind = request.args.get("kind") or "monthly"
    day = request.args.get("first") or str(newest_over("monthly", now).first)
    return [
        {"name": "kind", "label": "种类", "type": "select", "required": True, "value": kind, "options": options},
        {"name": "first", "label": "期间里的一天", "type": "date", "required": True, "value": day},
    ]


# A draft


@permit("read_rates")
def draft() -> str | Response | tuple[str, int]:
    """What would be published now; any day of a period leads to it."""
    try:
        kind, day = _asked()
        period = period_with(kind, day)
        if period.first != day:
            return redirect(f"{HOME}/draft?kind={kind}&first={period.first}")
        return _draft(kind, day)
    except InvalidInput as wrong:
        return _index(error_list(wrong)), 422


def _asked() -> tuple[str, date]:
    kind = request.values.get("kind", "")
    if kind not in KINDS:
        raise InvalidInput("kind", "请选通报的种类：日报、周报、月报或年报", "choose a kind")
    return kind, read_first(request.values.get("first", ""))


def _draft(kind: str, first: date, errors: Errors | None = None) -> str:
    remark = request.form.get("remark", "")
    with db.reading() as session:
        document = freezing.draft(session, kind, first)
        published = freezing.current(session, kind, first)
    return render_template(
        "bulletins/draft.html",
        tabs=manager_tabs(),
        document=document,
        sections=page.sections(document),
        published=_line(published) if published else None,
        may_publish=actor().may("publish_bulletins") and document["over"] and not published,
        hidden={"kind": kind, "first": str(first), "seen": freezing.digest(document)},
        fields=[_remark(remark)],
        files=_files(f"{HOME}/draft", f"?kind={kind}&first={first}"),
        errors=errors or [],
    )


def _remark(value: str) -> Json:
    hint = "印在通报开头，如本期要求；没有就不写。不要写市民的姓名、电话。"
    names = {"name": "remark", "label": "按语", "type": "textarea", "rows": 3}
    return names | {"value": value, "hint": hint, "maxlength": freezing.LONGEST_REMARK}


def _files(start: str, end: str = "") -> list[dict[str, str]]:
    return [{"title": dress.name, "href": f"{start}/{form}{end}"} for form, dress in DRESSES.items()]


@permit("read_rates")
def draft_file(form: str) -> Response:
    """A draft as a file, which says that it is one."""
    kind, first = _asked()
    with db.reading() as session:
        document = freezing.draft(session, kind, first)
    response = Response(dressed(document, "", form), content_type=DRESSES[form].media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(document, form)}"'
    return response


@permit("publish_bulletins")
def publish() -> Response | tuple[str, int]:
    """Freeze what was looked at, with a remark perhaps."""
    kind, first = _asked()
    try:
        with db.reading() as session:
            plain = freezing.draft(session, kind, first)
            _check_seen(plain)
            document = freezing.with_remark(plain, request.form.get("remark", ""))
        with db.transaction() as session:
            row = freezing.publish(session, actor(), document)
    except InvalidInput as wrong:
        return _draft(kind, first, error_list(wrong)), 422
    except Refused as refused:
        return _draft(kind, first, error_list(refused)), 409
    flash(f"已发布，指纹 {row.sha256[:16]}…")
    return redirect(_href(row), 303)


def _check_seen(document: Json) -> None:
    freezing.check_seen(document, request.form.get("seen", ""))


# What is published


@permit("read_rates")
def show(kind: str, first: str) -> str:
    """A version as it was frozen; the newest where none is named."""
    asked = request.args.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None
    with db.reading() as session:
        rows = freezing.versions(session, kind, read_first(first))
        row = freezing.find(session, kind, read_first(first), version)
    return render_template(
        "bulletins/one.html",
        tabs=manager_tabs(),
        document=row.content,
        line=_line(row),
        whole=freezing.digest(row.content) == row.sha256,
        versions=[_line(each) | {"current": each.id == row.id} for each in rows],
        newest=row.version == rows[0].version,
        sections=page.sections(row.content),
        files=_files(f"{HOME}/{kind}/{first}/{row.version}"),
        may_correct=actor().may("publish_bulletins") and row.version == rows[0].version,
        correct=f"{HOME}/{kind}/{first}/correct",
    )


@permit("read_rates")
def file(kind: str, first: str, version: int, form: str) -> Response:
    """A version as a file."""
    with db.reading() as session:
        row = freezing.find(session, kind, read_first(first), version)
    return attachment(row, form)


# Correcting


@permit("publish_bulletins")
def correction(kind: str, first: str) -> str:
    """The form of a correction."""
    with db.reading() as session:
        return _correction(session, kind, first)


@permit("publish_bulletins")
def correct(kind: str, first: str) -> str | Response | tuple[str, int]:
    """First the difference, then, once it was looked at, the new version."""
    reason, remark, seen = (request.form.get(name, "") for name in ("reason", "remark", "seen"))
    try:
        with db.reading() as session:
            document = freezing.correction(session, kind, read_first(first), reason, remark)
            if not seen:
                return _correction(session, kind, first, document=document)
            freezing.check_seen(document, seen)
        with db.transaction() as session:
            row = freezing.publish(session, actor(), document)
    except (InvalidInput, Refused) as wrong:
        with db.reading() as session:
            status = 422 if isinstance(wrong, InvalidInput) else 409
            return _correction(session, kind, first, error_list(wrong)), status
    flash(f"更正已发布，为第 {row.version} 版；旧版仍在旁边。")
    return redirect(_href(row), 303)


def _correction(
    session: Session, kind: str, first: str, errors: Errors | None = None, document: Json | None = None
) -> str:
    row = freezing.find(session, kind, read_first(first))
    sent = request.form if request.method == "POST" else {"reason": "", "remark": freezing.remark_of(row.content)}
    reason = {
        "name": "reason",
        "label": "为什么更正",
        "type": "text",
        "required": True,
        "value": sent.get("reason", ""),
    }
    hint = "印在更正说明里，如：补录 10 月 12 日漏转的工单"
    hidden = {"reason": sent.get("reason", ""), "remark": sent.get("remark", "")}
    return render_template(
        "bulletins/correct.html",
        tabs=manager_tabs(),
        line=_line(row),
        document=row.content,
        fields=[reason | {"hint": hint, "maxlength": freezing.LONGEST_REASON}, _remark(sent.get("remark", ""))],
        differences=document["sections"][-1]["tables"][0] if document else None,
        hidden=hidden | {"seen": freezing.digest(document)} if document else {},
        errors=errors or [],
    )


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    rule, one = blueprint.add_url_rule, f"{HOME}/<string:kind>/<string:first>"
    rule(HOME, endpoint="bulletins", view_func=index)
    rule(HOME, endpoint="bulletins_publish", view_func=publish, methods=["POST"])
    rule(f"{HOME}/draft", endpoint="bulletins_draft", view_func=draft)
    rule(f"{HOME}/draft/<string:form>", endpoint="bulletins_draft_file", view_func=draft_file)
    rule(one, endpoint="bulletin", view_func=show)
    rule(f"{one}/correct", endpoint="bulletin_correction", view_func=correction)
    rule(f"{one}/correct", endpoint="bulletin_correct", view_func=correct, methods=["POST"])
    rule(f"{one}/<int:version>/<string:form>", endpoint="bulletin_file", view_func=file)
