"""The pages of the schemes of assessment: what a version says, its draft as form or as text, trial, publication."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.contract import read_json
from api.pages.frame import day
from api.pages.shapes import day_of_form, error_list
from hotline import db
from hotline.assessment import Ranked, Scheme, drafts, trying, words
from hotline.assessment.documents import MEASURABLE, plain, read
from hotline.assessment.scheme import EMPTY
from hotline.errors import NotFound, Refused
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models.assessment import SchemeVersion
from hotline.rulemaking.shelf import as_document, json_text

PATH = "/rules/schemes"
NUMBERS = {"weight": "满分", "target": "目标（%）", "deduct": "每差 1 个百分点扣", "floor": "最低分"}
RULES = {"top": "前几名", "bottom": "后几名", "points": {"red": "不少于几分", "black": "不足几分"}}
Errors = list[dict[str, str]]


def line(row: SchemeVersion) -> dict[str, Any]:
    """A version in a list."""
    return {
        "code": row.code,
        "version": row.version,
        "name": row.data["name"],
        "source": row.data["source"],
        "from": row.effective_from,
        "published": row.published_at is not None,
        "href": f"{PATH}/{row.code}?version={row.version}",
    }


@permit("read_schemes")
def index() -> str:
    """Every version of every scheme, and the form of a new one."""
    return _index()


def _index(errors: Errors | None = None) -> str:
    with db.reading() as session:
        rows = drafts.versions(session)
    return render_template(
        "assessment/schemes.html",
        schemes=[line(row) for row in rows],
        fields=_new_fields(list(rows)),
        may_edit=actor().may("edit_schemes"),
        errors=errors or [],
    )


def _new_fields(rows: list[SchemeVersion]) -> list[dict[str, Any]]:
    likes = [
        {"value": f"{row.code}@{row.version}", "title": f"{row.data['name']}，第 {row.version} 版"} for row in rows
    ]
    fields: list[dict[str, Any]] = [
        {"name": "code", "label": "编码", "hint": "小写字母、数字和连字符，如 guiyang-2027", "maxlength": 40},
        {"name": "name", "label": "名称", "maxlength": 60},
        {"name": "like", "label": "从哪一版开始改", "type": "select", "options": likes},
    ]
    return [{"type": "text", "required": True, "value": request.form.get(f["name"], "")} | f for f in fields]


@permit("edit_schemes")
def new() -> Response | tuple[str, int]:
    """A draft of a new scheme, like a version that there is."""
    code, like = request.form.get("code", "").strip(), request.form.get("like", "")
    try:
        with db.transaction() as session:
            row = drafts.draft_like(session, actor(), code, request.form.get("name", ""), like)
    except InvalidInput as wrong:
        return _index(error_list(wrong)), 422
    except Refused as refused:
        return _index(error_list(refused)), 409
    flash("草稿已保存，还没有施行。请改好后试算。")
    return redirect(f"{PATH}/{row.code}?version={row.version}#draft", 303)


@permit("read_schemes")
def show(code: str) -> str:
    """A version of a scheme in words, and the form of its draft."""
    return _page(code)


def _page(code: str, errors: Errors | None = None) -> str:
    with db.reading() as session:
        row, draft = drafts.find_version(session, code, _version_asked()), drafts.find_draft(session, code)
        document = (draft or drafts.find_version(session, code)).data
        context = {
            "row": line(row),
            "versions": [line(each) for each in drafts.versions(session, code)],
            "scheme": _said(read(row.data)),
            "draft": line(draft) if draft else None,
            "metrics": list(_metric_rows(document)),
            "lists": list(_list_rows(document)),
            "json": request.form.get("document") or json_text(document),
            "empty_now": request.form.get("empty") or document["empty"],
            "least_now": request.form.get("least", document.get("least", 0)),
            "today": str(today(db.now(session))),
            "may_edit": actor().may("edit_schemes"),
        }
    choices = {"measurable": MEASURABLE, "numbers": NUMBERS, "empties": EMPTY}
    return render_template("assessment/scheme.html", errors=errors or [], sent=request.form, **choices, **context)


def _version_asked() -> int | None:
    text = request.args.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _said(scheme: Scheme) -> dict[str, Any]:
    return {
        "full": plain(scheme.full),
        "measures": [
            {"name": each.name, "words": words.measure_words(each), "targets": words.target_words(each)}
            for each in scheme.measures
        ],
        "method": words.method_words(scheme),
        "groups": "、".join(scheme.groups),
        "red": words.list_words(scheme, "red"),
        "black": words.list_words(scheme, "black"),
    }


# The draft's form: each metric's numbers by their paths in the document, and one row more for another metric


def _metric_rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    rows = document["metrics"]
    for n in range(len(rows) + 1):
        path, row = f"metrics[{n}]", rows[n] if n < len(rows) else {}
        yield {
            "path": path,
            "metric": request.form.get(f"{path}.metric", row.get("metric", "")),
            "numbers": [(f"{path}.{key}", request.form.get(f"{path}.{key}", row.get(key, ""))) for key in NUMBERS],
            "targets": [
                {
                    "path": f"{path}.targets[{i}].target",
                    "name": each["name"] or "、".join([*each["sources"], *each["groups"]]),
                    "value": request.form.get(f"{path}.targets[{i}].target", each["target"]),
                }
                for i, each in enumerate(row.get("targets", []))
            ],
        }


def _list_rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for color, title in (("red", "红榜"), ("black", "黑榜")):
        for n, rule in enumerate(document.get(color, [])):
            for key in [key for key in ("top", "bottom", "points") if key in rule]:
                path, label = f"{color}[{n}].{key}", RULES[key]
                name = label[color] if isinstance(label, dict) else label
                value = request.form.get(path, rule[key])
                yield {"path": path, "name": f"{title}第 {n + 1} 条：{name}", "value": value}


def _of_form(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """The document with the form's numbers in it, and which of the form's rows each metric came from."""
    rows, kept = list(document["metrics"]), list[int]()
    made = []
    for n in range(len(rows) + 1):
        path, row = f"metrics[{n}]", rows[n] if n < len(rows) else {}
        metric = request.form.get(f"{path}.metric", row.get("metric", ""))
        if metric:
            numbers = {key: _sent(f"{path}.{key}", row.get(key)) for key in NUMBERS}
            targets = [
                {**each, "target": _sent(f"{path}.targets[{i}].target", each["target"])}
                for i, each in enumerate(row.get("targets", []))
            ]
            kept.append(n)
            made.append({"metric": metric, **{k: v for k, v in numbers.items() if v}, "targets": targets})
    lists = {color: [_rule(color, n, rule) for n, rule in enumerate(document[color])] for color in ("red", "black")}
    others = {"empty": _sent("empty", document["empty"]), "least": _sent("least", document.get("least")) or 0}
    return {**document, "metrics": made, **others, **lists}, kept


def _rule(color: str, n: int, rule: Mapping[str, Any]) -> dict[str, Any]:
    sent = {key: _sent(f"{color}[{n}].{key}", value) for key, value in rule.items()}
    return {key: value for key, value in sent.items() if value not in ("", None)}


def _sent(path: str, kept: Any) -> Any:
    return request.form[path].strip() if path in request.form else kept


@permit("edit_schemes")
def save(code: str) -> Response | tuple[str, int]:
    """Keep the form's numbers, or the whole document as JSON, as the draft."""
    kept: list[int] = []
    try:
        with db.transaction() as session:
            document, kept = _document(session, code)
            draft = drafts.save_draft(session, actor(), code, document)
    except InvalidInput as wrong:
        return _page(code, [_placed(each, kept) for each in error_list(wrong)]), 422
    except NotFound:
        raise
    except Refused as refused:
        return _page(code, error_list(refused)), 409
    flash("草稿已保存，还没有施行。可以先试算。")
    return redirect(f"{PATH}/{code}?version={draft.version}#draft", 303)


def _document(session: Session, code: str) -> tuple[dict[str, Any], list[int]]:
    newest = drafts.find_draft(session, code) or drafts.find_version(session, code)
    if "document" not in request.form:
        return _of_form(newest.data)
    try:
        return as_document(read_json(request.form["document"].encode("utf-8", "replace"))), []
    except ValueError as error:
        zh = f"不是有效的 JSON，请检查引号和逗号（{error}）"
        raise InvalidInput("document", zh, f"no JSON: {error}") from error


def _placed(error: dict[str, str], kept: list[int]) -> dict[str, str]:
    """An error of the document stands at its cell of the form, or at the text where there is no such cell."""
    found = re.match(r"metrics\[(\d+)\]", error["field"])
    field = error["field"]
    if found and int(found[1]) < len(kept):
        field = f"metrics[{kept[int(found[1])]}]{field[found.end() :]}"
    if field not in request.form:
        return {**error, "field": "document"}
    name = NUMBERS.get(field.rpartition(".")[2], "")
    said = error["message"].replace(f"{error['field']}：", f"{name}：" if name else "", 1)
    return {"field": field, "message": said}


# Trial and publication


@permit("read_schemes")
def show_trial(code: str) -> str:
    """The draft on the last whole months, beside the version that judged them."""
    text = request.args.get("months", "")
    months = min(max(1, int(text)), trying.MOST_MONTHS) if text.isascii() and text.isdigit() and len(text) < 4 else 3
    with db.reading() as session:
        row = drafts.the_draft(session, code)
        found = trying.try_draft(session, read(row.data), months)
    return render_template(
        "assessment/trial.html", row=line(row), months=[_month(month) for month in found], asked=months
    )


def _month(month: trying.Month) -> dict[str, Any]:
    return {
        "title": f"{month.first.year}年{month.first.month}月",
        "stamp": month.was.rules.version if month.was else None,
        "rows": [_change(each) for each in month.changes],
        "changed": sum(bool(each.points or each.places or None in (each.was, each.now)) for each in month.changes),
    }


def _change(change: trying.Change) -> dict[str, Any]:
    return {
        "group": change.group,
        "name": change.name,
        "was": _standing(change.was),
        "now": _standing(change.now),
        "points": _signed(change.points),
        "places": _moved(change.places),
        "tone": "" if not change.points else "kept" if change.points > 0 else "breached",
    }


def _standing(one: Ranked | None) -> tuple[str, str]:
    return (str(one.place), str(one.points)) if one else ("—", "无名次")


def _signed(points: Decimal | None) -> str:
    return "—" if points is None else f"{points:+}" if points else "不变"


def _moved(places: int | None) -> str:
    if not places:
        return "—" if places is None else "不变"
    return f"{'升' if places > 0 else '降'} {abs(places)} 名"


@permit("edit_schemes")
def publish(code: str) -> Response | tuple[str, int]:
    """Put the draft in force from a day."""
    try:
        with db.transaction() as session:
            made = drafts.publish(session, actor(), code, day_of_form())
    except InvalidInput as wrong:
        return _page(code, error_list(wrong)), 422
    except NotFound:
        raise
    except Refused as refused:
        return _page(code, error_list(refused)), 409
    flash(f"已发布：{made.stamp}，{day(made.effective_from)} 起开始的考核期适用，以前的不变。")
    return redirect(f"{PATH}/{code}", 303)


@permit("edit_schemes")
def discard(code: str) -> Response:
    """Throw the draft away."""
    with db.transaction() as session:
        drafts.discard(session, actor(), code)
    flash("草稿已放弃。")
    return redirect(PATH, 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    path = f"{PATH}/<string:code>"
    blueprint.add_url_rule(PATH, endpoint="schemes", view_func=index)
    blueprint.add_url_rule(PATH, endpoint="schemes_new", view_func=new, methods=["POST"])
    blueprint.add_url_rule(path, endpoint="scheme", view_func=show)
    blueprint.add_url_rule(f"{path}/trial", endpoint="scheme_trial", view_func=show_trial)
    for name, view in (("save", save), ("publish", publish), ("discard", discard)):
        blueprint.add_url_rule(f"{path}/{name}", endpoint=f"scheme_{name}", view_func=view, methods=["POST"])
