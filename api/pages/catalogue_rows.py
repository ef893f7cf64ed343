"""The rows of a version's matters, places and responsibilities: looked through by name, changed singly in a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.shapes import error_list, page_asked
from hotline import db
from hotline.cataloguing import PARTS, Document, document, drafts
from hotline.cataloguing.documents import Row
from hotline.cataloguing.drafts import Change
from hotline.cataloguing.listing import listed, names_of
from hotline.cataloguing.naming import Names
from hotline.cataloguing.shapes import LEVELS
from hotline.errors import NotFound, Refused
from hotline.intake.inquiry import InvalidInput, InvalidInputs
from routing.decision import KINDS, URGENCIES

SIZE = 50
LONGEST_TEXT = 25_000
WHERE = "/rules/catalogue/<int:version>/<any(matters,places,responsibilities):part>"
REFERENCES = {"matter": "事项", "place": "地点", "lead": "单位", "assisting": "单位", "parent": "地点"}
"""Fields that name another row: by code or by name."""

Errors = list[dict[str, str]]
Field = tuple[str, str, str, bool, str, Mapping[str, str]]

FIELDS: Mapping[str, tuple[Field, ...]] = {
    "matters": (
        ("code", "编码", "text", True, "如 01-05-01；编码发出后永不另作他用", {}),
        ("name", "名称", "text", True, "", {}),
        (
            "phrases",
            "说法",
            "textarea",
            False,
            "群众怎么说，每行一个；“占道…摆摊”是前后两个词，末尾加 ! 是决定性的",
            {},
        ),
        ("shared", "共用说法", "textarea", False, "别的事项也有的说法，每行一个；每一处都要写在这里", {}),
        ("examples", "例句", "textarea", False, "来件的原话可能怎么写，每行一条，两三条即可；不要写真人的信息", {}),
        ("kind", "通常的类型", "select", False, "", KINDS),
        ("urgency", "通常的紧急程度", "select", False, "", URGENCIES),
    ),
    "places": (
        ("code", "编码", "text", True, "行政区划代码，或上级编码加序号，如 520112-r09", {}),
        ("name", "名称", "text", True, "", {}),
        ("level", "级别", "select", True, "", LEVELS),
        ("parent", "上级", "text", False, "编码或名称；市没有上级", {}),
        ("aliases", "别名", "textarea", False, "每行一个", {}),
    ),
    "responsibilities": (
        ("matter", "事项", "text", True, "编码或名称；可以写大类、中类，越具体的行越先用", {}),
        ("place", "地点", "text", True, "编码或名称；写到市即全市", {}),
        ("lead", "主办单位", "text", True, "编码或名称；一事一地只有一个主办", {}),
        ("assisting", "协办单位", "textarea", False, "编码或名称，每行一个", {}),
        ("legal_basis", "依据", "text", False, "法律、三定规定或文件", {}),
        ("effective_from", "起始日期", "date", True, "", {}),
        ("effective_to", "截止日期", "date", False, "不填即一直有效", {}),
    ),
}
"""Part → its form: (field, label, type, needed, hint, options)."""

_WHICH_ROW = re.compile(f"^(?:{'|'.join(PARTS.values())})第 \\d+ 行：")
_LISTS = frozenset({"phrases", "shared", "examples", "aliases", "assisting"})


@permit("read_rules")
def show(version: int, part: str) -> str:
    """The rows of a part, found by words, fifty a page."""
    asked, page = request.args.get("q", "")[:100], page_asked()
    with db.reading() as session:
        row, content = drafts.find_version(session, version), document(session, version)
        names = names_of(session, content)
    found = listed(content, names, part, asked, page, SIZE)
    here = f"/rules/catalogue/{version}/{part}"
    return render_template(
        "catalogue/rows.html",
        version=version,
        part=part,
        name=PARTS[part],
        draft=row.published_at is None,
        q=asked,
        total=found.total,
        rows=[
            _cells(part, number, each, names) | {"href": f"{here}/row?number={number}"} for number, each in found.rows
        ],
        pager=_pager(here, asked, page, found.total),
        others=[(name, f"/rules/catalogue/{version}/{other}") for other, name in PARTS.items() if other != part],
        may_edit=actor().may("edit_rules") and row.published_at is None,
    )


def _cells(part: str, number: int, row: Row, names: Names) -> dict[str, Any]:
    """A row as people read it: its title and what else there is to say."""
    if part == "matters":
        usual = [KINDS[row["kind"]]] if row.get("kind") else []
        usual += [URGENCIES[row["urgency"]]] if row.get("urgency") else []
        said = "、".join([*row["phrases"], *row.get("shared", [])])
        return {
            "number": number,
            "title": names.name("matter", row["code"]),
            "cells": [row["code"], said, "、".join(usual)],
        }
    if part == "places":
        said = "、".join(row["aliases"])
        return {
            "number": number,
            "title": names.name("place", row["code"]),
            "cells": [row["code"], LEVELS[row["level"]], said],
        }
    lead, assisting = (row["lead"],), row["assisting"]
    units = ["、".join(names.name("lead", code) or code for code in codes) for codes in (lead, assisting)]
    days = row["effective_from"] + (f" 至 {row['effective_to']}" if row["effective_to"] else " 起")
    matter, place = (names.name(field, row[field]) or row[field] for field in ("matter", "place"))
    return {"number": number, "title": matter, "cells": [place, *units, row["legal_basis"], days]}


def _pager(path: str, asked: str, page: int, total: int) -> dict[str, str | None]:
    def link(number: int) -> str:
        return f"{path}?{urlencode({'q': asked, 'page': number})}"

    return {
        "previous": link(page - 1) if page > 1 else None,
        "next": link(page + 1) if page * SIZE < total else None,
        "text": f"第 {(page - 1) * SIZE + 1:,}–{min(page * SIZE, total):,} 行，共 {total:,} 行" if total > SIZE else "",
    }


# One row of a draft


@permit("edit_rules")
def show_row(version: int, part: str) -> str:
    """The form of a row, or of a new one."""
    return _form(version, part, _number())


def _number() -> int | None:
    """The number of the row in question; None for a new one."""
    text = request.values.get("number", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _form(version: int, part: str, number: int | None, errors: Errors | None = None) -> str:
    with db.reading() as session:
        draft, content = drafts.the_draft(session, version), document(session, version)
        names = names_of(session, content)
    rows = content.part(part)
    if number is not None and not 0 < number <= len(rows):
        raise NotFound(f"没有第 {number} 行，请回到列表再选", f"there is no row {number}")
    row = rows[number - 1] if number else {field: request.args.get(field) for field in ("matter", "place")}
    return render_template(
        "catalogue/row.html",
        version=version,
        part=part,
        name=PARTS[part],
        number=number,
        title=_title(part, row, names) if number else "新增一行",
        fields=[_field(each, row, names) for each in FIELDS[part]],
        hidden={"seen": request.form.get("seen") or draft.sha256, "number": number or ""},
        errors=errors or [],
    )


def _title(part: str, row: Row, names: Names) -> str:
    if part == "responsibilities":
        return "，".join(names.name(field, row[field]) or row[field] for field in ("matter", "place"))
    return names.name("matter" if part == "matters" else "place", row["code"])


def _field(given: Field, row: Row, names: Names) -> dict[str, Any]:
    name, label, kind, required, hint, options = given
    value = request.form[name] if name in request.form else _text(name, row.get(name), names)
    return {
        "name": name,
        "label": label,
        "type": kind,
        "required": required,
        "hint": hint,
        "value": value,
        "options": [{"value": code, "title": title} for code, title in options.items()],
        "half": name in ("kind", "urgency", "effective_from", "effective_to"),
        "rows": 3,
    }


def _text(name: str, value: Any, names: Names) -> str:
    """A value as the form shows it: units by name, since nobody knows their codes by heart."""
    if name in ("lead", "assisting"):
        return "\n".join(
            names.name(name, code) or code for code in ([value] if isinstance(value, str) else value or [])
        )
    return "\n".join(value) if isinstance(value, list) else value or ""


@permit("edit_rules")
def save(version: int, part: str) -> Response | tuple[str, int]:
    """Put the form's row into the draft."""
    number = _number()
    try:
        with db.transaction() as session:
            row = _row_sent(session, version, part)
            drafts.edit(session, actor(), version, part, [Change(row, number)], request.form.get("seen", ""))
    except InvalidInput as wrong:
        return _form(version, part, number, [_placed(each) for each in error_list(wrong)]), 422
    except NotFound:
        raise
    except Refused as refused:
        return _form(version, part, number, error_list(refused)), 409
    flash("已存进草稿，还没有发布。")
    return _to_list(version, part, row.get("code") or row["matter"])


def _row_sent(session: Session, version: int, part: str) -> Row:
    """The row of the form, names made codes. Raises InvalidInput(s) for names that are nobody's."""
    drafts.the_draft(session, version)
    content = document(session, version)
    names, wrong = names_of(session, content), list[InvalidInput]()
    row: Row = {}
    for name, *_ in FIELDS[part]:
        text = request.form.get(name, "")[:LONGEST_TEXT].strip()
        value: Any = [line.strip() for line in text.splitlines() if line.strip()] if name in _LISTS else text or None
        try:
            row[name] = _coded(name, value, content, names) if value and name in REFERENCES else value
        except InvalidInput as error:
            wrong.append(InvalidInput(name, error.message["zh"], error.message["en"]))
    if wrong:
        raise wrong[0] if len(wrong) == 1 else InvalidInputs(wrong)
    return {name: value for name, value in row.items() if value is not None}


def _coded(name: str, value: Any, content: Document, names: Names) -> Any:
    field = "place" if name == "parent" else name
    return [names.code(field, each) for each in value] if isinstance(value, list) else names.code(field, value)


def _placed(error: dict[str, str]) -> dict[str, str]:
    """An error of a row stands at its field, responsibilities[12].lead at lead, and need not say which row it is."""
    return {
        "message": _WHICH_ROW.sub("", error["message"]),
        "field": error["field"].rpartition(".")[2] if "." in error["field"] or "[" not in error["field"] else "",
    }


@permit("edit_rules")
def remove(version: int, part: str) -> Response | tuple[str, int]:
    """Take a row out of the draft."""
    number = _number()
    try:
        with db.transaction() as session:
            drafts.edit(session, actor(), version, part, [Change(None, number or 0)], request.form.get("seen", ""))
    except NotFound:
        raise
    except InvalidInput as wrong:
        return _form(version, part, None, error_list(wrong)), 422
    except Refused as refused:
        return _form(version, part, number, error_list(refused)), 409
    flash("已从草稿删去这一行。")
    return _to_list(version, part, "")


def _to_list(version: int, part: str, words: str) -> Response:
    query = f"?{urlencode({'q': words})}" if words else ""
    return redirect(f"/rules/catalogue/{version}/{part}{query}", 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule(WHERE, endpoint="catalogue_rows", view_func=show)
    blueprint.add_url_rule(f"{WHERE}/row", endpoint="catalogue_row", view_func=show_row)
    for name, view in (("save", save), ("remove", remove)):
        blueprint.add_url_rule(f"{WHERE}/{name}", endpoint=f"catalogue_row_{name}", view_func=view, methods=["POST"])
