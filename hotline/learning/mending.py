"""A remedy made into a draft of the catalogue: for a person to look at, try and publish; nothing is in force by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from hotline import db
from hotline.cataloguing import document, drafts
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge, today
from hotline.learning.remedies import Remedy
from hotline.models import CatalogueVersion
from hotline.reports import Scope
from hotline.rights import Actor

MOST = 20
LONGEST_PHRASE = 20


def make_draft(session: Session, actor: Actor, scope: Scope, chosen: Sequence[Remedy]) -> CatalogueVersion:
    """A new draft with these remedies in it, its source naming the report's period.

    A row for a matter and place that have one already takes its place. The basis stays empty, as the check before
    publication tells: only a person knows it, and words that keep its place would be published. Raises Forbidden for
    who may not edit the rules, InvalidInput for what the catalogue does not have, OutOfOrder for too many drafts.
    """
    know = knowledge(session)
    for each in chosen:
        _check(know, each)
    if not 1 <= len(chosen) <= MOST:
        raise InvalidInput("remedies", f"请选择 1 至 {MOST} 条改进建议", f"choose 1 to {MOST} remedies")
    draft = drafts.new_draft(session, actor, f"派单差错周报（{scope.first} 至 {scope.last}）的改进建议")
    rows, phrases = ([each for each in chosen if each.kind == kind] for kind in ("row", "phrase"))
    content = document(session, draft.version)
    if rows:
        changes = _row_changes(content.responsibilities, rows, today(db.now(session)).isoformat())
        drafts.edit(session, actor, draft.version, "responsibilities", changes)
    if phrases:
        drafts.edit(session, actor, draft.version, "matters", _phrase_changes(content.matters, phrases))
    return draft


def _row_changes(rows: Sequence[dict[str, Any]], chosen: Sequence[Remedy], day: str) -> list[drafts.Change]:
    """Each row in place of the one in force for its matter and place, or as a new one."""
    numbers = {
        (row["matter"], row["place"]): number
        for number, row in enumerate(rows, 1)
        if row["effective_from"] <= day and (row["effective_to"] or day) >= day
    }
    last = {(each.matter, each.place): each for each in chosen}
    return [drafts.Change(_row(rows, each, numbers.get(key), day), numbers.get(key)) for key, each in last.items()]


def _row(rows: Sequence[dict[str, Any]], each: Remedy, number: int | None, day: str) -> dict[str, Any]:
    if number is not None:
        before = rows[number - 1]
        beside = [unit for unit in before["assisting"] if unit != each.unit]
        return before | {"lead": each.unit, "assisting": beside, "legal_basis": ""}
    row = {"matter": each.matter, "place": each.place, "lead": each.unit, "assisting": [], "legal_basis": ""}
    return row | {"effective_from": day, "effective_to": None}


def _phrase_changes(rows: Sequence[dict[str, Any]], chosen: Sequence[Remedy]) -> list[drafts.Change]:
    changes = []
    for number, row in enumerate(rows, 1):
        more = dict.fromkeys(each.phrase for each in chosen if each.matter == row["code"])
        fresh = [phrase for phrase in more if phrase not in row["phrases"]]
        if fresh:
            changes.append(drafts.Change(row | {"phrases": [*row["phrases"], *fresh]}, number))
    return changes


def _check(know: Knowledge, each: Remedy) -> None:
    """A remedy comes back from a form: hold it to the catalogue."""
    if each.matter not in know.matters_in_force:
        raise InvalidInput("remedies", f"现行目录中没有事项“{each.matter[:40]}”", f"no matter {each.matter[:40]!r}")
    if each.kind == "row" and (each.place not in know.places_in_force or each.unit not in know.units):
        raise InvalidInput(
            "remedies",
            f"没有地点“{each.place[:40]}”或单位“{each.unit[:40]}”，请重新生成周报",
            "no such place or unit; make the report again",
        )
    if each.kind == "phrase" and not 2 <= len(each.phrase.strip()) <= LONGEST_PHRASE:
        raise InvalidInput("remedies", f"关键词应为 2 至 {LONGEST_PHRASE} 个字", "a phrase has 2 to 20 characters")
    if each.kind not in ("row", "phrase"):
        raise InvalidInput("remedies", "改进建议的类型应为 row 或 phrase", "kind must be row or phrase")
