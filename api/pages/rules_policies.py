"""The pages of the policy sets: the tables that a person reads, the draft's form, its trial and its publication."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.contract import read_json
from api.pages.frame import day
from api.pages.shapes import day_of_form, error_list, ticket_href
from hotline import db
from hotline.errors import NotFound, Refused
from hotline.intake.inquiry import InvalidInput, InvalidInputs
from hotline.knowledge import Knowledge, knowledge, today
from hotline.models import PolicyVersion
from hotline.rulemaking import policies, trying
from hotline.rulemaking.calendars import MOST_LOOKED_AT
from hotline.rulemaking.shelf import as_document, json_text
from sla import values as sla
from sla.policy import BY, KINDS, MODES, TELL, URGENCIES, WITH_ROWS, Ladder, Policy

NUMBERS_SHOWN = 30
LEVELS = {"warn": "预警", "urge": "催办", "supervise": "督办", "circulate": "通报"}
MODE_NAMES = {mode: words.replace("{} ", "").replace("个", "") for mode, words in MODES.items()}
MODE_NAMES["own_date"] = "自带期限，没有的按工作日"
GUARDS = {
    "return_working_days": "退单期限（工作日）",
    "return_working_days_complex": "复杂事项退单期限（工作日）",
    "dispatches_before_designation": "转办几次后指定单位",
    "extension_max_count": "延期次数",
    "extension_max_working_days": "延期最多（工作日）",
    "follow_up_tries": "回访几次算完",
    "mended_within_working_days": "差评整改期限（工作日）",
    "suspension_max_count": "挂账次数",
    "suspension_max_working_days": "挂账最长（工作日）",
    "urges_per_day": "每天可催办次数",
    "supervise_working_days": "督办反馈期限（工作日）",
}
Errors = list[dict[str, str]]


def line(row: PolicyVersion) -> dict[str, Any]:
    """A version in a list."""
    return {
        "code": row.set_code,
        "version": row.version,
        "name": row.data["name"],
        "source": row.data["source"],
        "from": row.effective_from,
        "published": row.published_at is not None,
        "href": f"/rules/policies/{row.set_code}?version={row.version}",
    }


@permit("read_rules")
def show(code: str) -> str:
    """A version of a set as tables, and the form of its draft."""
    return _page(code)


def _page(code: str, errors: Errors | None = None) -> str:
    with db.reading() as session:
        know, rows = knowledge(session), policies.versions(session, code)
        row = policies.find_version(session, code, _version_asked())
        draft = policies.find_draft(session, code)
        document = draft.data if draft else policies.find_version(session, code).data
        context = {
            "row": line(row),
            "versions": [line(each) for each in rows],
            "policy": _tables(know, Policy.parse(row.data)),
            "draft": line(draft) if draft else None,
            "clocks": list(_form_rows(document)),
            "guards": list(_form_guards(document)),
            "modes": MODE_NAMES,
            "json": request.form.get("document") or json_text(document),
            "today": str(today(db.now(session))),
            "may_edit": actor().may("edit_rules"),
        }
    return render_template("rules/policy.html", errors=errors or [], sent=request.form, **context)


def _version_asked() -> int | None:
    text = request.args.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _tables(know: Knowledge, policy: Policy) -> dict[str, Any]:
    return {
        "clocks": [(name, sla.CLOCKS[name]) for name in WITH_ROWS],
        "urgencies": [
            {
                "name": words,
                "rows": [(KINDS[kind], [_allowed(policy, name, kind, code) for name in WITH_ROWS]) for kind in KINDS],
            }
            for code, words in URGENCIES.items()
        ],
        "ladders": [(_whose(clock), list(_steps(ladder))) for clock, ladder in policy.ladders.items()],
        "guards": [(words, getattr(policy.guards, name)) for name, words in GUARDS.items()],
        "applies_to": [policies.row_words(know, row) for row in policy.applies_to],
        "from_next_day": policy.count_from_next_day,
        "closing": policy.closing,
    }


def _allowed(policy: Policy, clock: str, kind: str, urgency: str) -> str:
    """What holds for a kind; of several the earliest."""
    rows = policy.optional(clock, kind, urgency)
    return "，".join(dict.fromkeys(row.text for row in rows)) or ("同主办" if clock == "assist" else "不计")


def _whose(clock: str) -> str:
    return "其余各项" if clock == "default" else sla.CLOCKS[clock]


def _steps(ladder: Ladder) -> Iterator[dict[str, str]]:
    when = [f"用掉 {percent}%" for percent in ladder.percents]
    when += [f"到期后 {days} 个工作日" if days else "到期" for days in ladder.working_days]
    for level, moment, telling in zip(ladder.levels, when, ladder.telling, strict=True):
        yield {
            "level": LEVELS[level],
            "when": moment,
            "tell": "、".join(TELL[who] for who in telling.tell),
            "by": "、".join(BY[way] for way in telling.by),
        }


# The draft's form: each row's mode and amount, and the guards, by their paths in the document


def _form_rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for clock in WITH_ROWS:
        for i, row in enumerate(document["clocks"].get(clock, [])):
            path = f"clocks.{clock}[{i}]"
            yield {
                "path": path,
                "clock": sla.CLOCKS[clock],
                "whose": _fits(row),
                "mode": request.form.get(f"{path}.mode", row["mode"]),
                "amount": request.form.get(f"{path}.amount", row.get("amount", "")),
                "basis": row.get("basis", ""),
            }


def _fits(row: Mapping[str, Any]) -> str:
    kinds, urgencies = ([names[c] for c in row[key]] if key in row else ["各类"] for key, names in _FITTING)
    return "、".join(kinds) + ("（" + "、".join(urgencies) + "）" if "urgencies" in row else "")


_FITTING: tuple[tuple[str, Mapping[str, str]], ...] = (("kinds", KINDS), ("urgencies", URGENCIES))


def _form_guards(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, words in GUARDS.items():
        if name in document["guards"]:
            path = f"guards.{name}"
            yield {"path": path, "name": words, "amount": request.form.get(path, document["guards"][name])}


def _of_numbers(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the form's modes and amounts in their places. Raises InvalidInput for what is no number."""
    changed, wrong = deepcopy(document), list[InvalidInput]()
    for clock, rows in changed["clocks"].items():
        for i, row in enumerate(rows):
            path = f"clocks.{clock}[{i}]"
            row["mode"] = request.form.get(f"{path}.mode", row["mode"])
            if not _number(row, "amount", f"{path}.amount", row["mode"] != "same_day"):
                wrong.append(_no_number(f"{path}.amount", f"{sla.CLOCKS[clock]}，{_fits(row)}"))
    for name in changed["guards"]:
        if not _number(changed["guards"], name, f"guards.{name}"):
            wrong.append(_no_number(f"guards.{name}", GUARDS[name]))
    if wrong:
        raise wrong[0] if len(wrong) == 1 else InvalidInputs(wrong)
    return changed


def _number(row: dict[str, Any], key: str, path: str, needed: bool = True) -> bool:
    """Put what the form says into the row; False for what is no number."""
    text = request.form.get(path, "").strip()
    if re.fullmatch(r"[0-9]{1,6}", text, re.ASCII):
        row[key] = int(text)
    elif not needed and not text:
        row.pop(key, None)
    else:
        return path not in request.form
    return True


def _no_number(path: str, label: str) -> InvalidInput:
    text = request.form[path].strip()[:20]
    said = f"您填了“{text}”" if text else "您没有填"
    return InvalidInput(path, f"{label}：应为整数，{said}", f"{path}: a whole number is needed")


@permit("edit_rules")
def save(code: str) -> Response | tuple[str, int]:
    """Keep the form's numbers, or the whole document as JSON, as the draft."""
    try:
        with db.transaction() as session:
            draft = policies.save_draft(session, actor(), code, _sent(session, code))
    except InvalidInput as wrong:
        return _page(code, [_placed(each) for each in error_list(wrong)]), 422
    except NotFound:
        raise
    except Refused as refused:
        return _page(code, error_list(refused)), 409
    flash("草稿已保存，还没有施行。可以先试算。")
    return redirect(f"/rules/policies/{code}?version={draft.version}#draft", 303)


def _sent(session: Session, code: str) -> dict[str, Any]:
    if "document" not in request.form:
        draft = policies.find_draft(session, code)
        return _of_numbers(draft.data if draft else policies.find_version(session, code).data)
    policies.find_version(session, code)
    try:
        return as_document(read_json(request.form["document"].encode()))
    except ValueError as error:
        zh = f"不是有效的 JSON，请检查引号和逗号（{error}）"
        raise InvalidInput("document", zh, f"no JSON: {error}") from error


def _placed(error: dict[str, str]) -> dict[str, str]:
    """An error of the document stands at its cell, by the cell's name, or at the JSON where there is no such cell."""
    field = error["field"]
    if field not in request.form:
        return {**error, "field": "document"}
    name = GUARDS.get(field.removeprefix("guards."), field)
    return {**error, "message": error["message"].replace(f"{field}：", f"{name}：", 1)}


# Trial and publication


@permit("read_rules")
def show_trial(code: str) -> str:
    """The draft on the tickets of the last days."""
    text = request.args.get("days", "")
    days = (
        min(max(1, int(text)), trying.MOST_DAYS) if text.isascii() and text.isdigit() and len(text) < 6 else trying.DAYS
    )
    with db.reading() as session:
        row = policies.the_draft(session, code)
        draft = policies.checked(knowledge(session), code, row.data)
        trial = trying.try_draft(session, draft, days, most=MOST_LOOKED_AT)
    rows = [_difference(each) for each in trial.rows]
    return render_template("rules/trial.html", row=line(row), trial=trial, rows=rows, days=days, most=MOST_LOOKED_AT)


def _difference(row: trying.Difference) -> dict[str, Any]:
    who = actor()
    return {
        "name": row.name,
        "numbers": (row.due, row.breached, row.drafted, len(row.newly), len(row.no_longer)),
        "behind": [
            (
                words,
                len(numbers),
                [(n, ticket_href(n, who) if who.sees_tickets else "") for n in numbers[:NUMBERS_SHOWN]],
            )
            for words, numbers in (("新增超期", row.newly), ("不再超期", row.no_longer))
            if numbers
        ],
    }


@permit("edit_rules")
def publish(code: str) -> Response | tuple[str, int]:
    """Put the draft in force from a day."""
    try:
        with db.transaction() as session:
            made = policies.publish(session, actor(), code, day_of_form())
    except InvalidInput as wrong:
        return _page(code, error_list(wrong)), 422
    except NotFound:
        raise
    except Refused as refused:
        return _page(code, error_list(refused)), 409
    flash(f"已发布：{made.stamp}，从 {day(made.effective_from)} 起收到的工单适用，以前的不变。")
    return redirect(f"/rules/policies/{code}", 303)


@permit("edit_rules")
def discard(code: str) -> Response:
    """Throw the draft away."""
    with db.transaction() as session:
        policies.discard(session, actor(), code)
    flash("草稿已放弃。")
    return redirect("/rules", 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    path = "/rules/policies/<string:code>"
    blueprint.add_url_rule(path, endpoint="rules_policy", view_func=show)
    blueprint.add_url_rule(f"{path}/trial", endpoint="rules_trial", view_func=show_trial)
    for name, view in (("save", save), ("publish", publish), ("discard", discard)):
        blueprint.add_url_rule(f"{path}/{name}", endpoint=f"rules_policy_{name}", view_func=view, methods=["POST"])
