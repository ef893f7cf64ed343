"""Versions, findings, differences and trials in Chinese for a terminal or a page, and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hotline.cataloguing.checking import Finding, Findings
from hotline.cataloguing.comparing import Changed, Difference
from hotline.cataloguing.documents import PARTS, Row
from hotline.cataloguing.naming import Names
from hotline.cataloguing.shapes import FIELDS, LEVELS
from hotline.cataloguing.trying import Move, Trial
from hotline.knowledge import today
from hotline.models import CatalogueVersion
from routing.decision import KINDS, URGENCIES

FIRST_LINES = 20
KINDS_OF_FINDINGS = {"faults": "错误", "overlaps": "重叠", "gaps": "空缺", "notes": "提示"}
VERDICTS = {"better": "改对", "worse": "改错", "": ""}


def state(row: CatalogueVersion, in_force: int | None) -> str:
    """草稿; 现行，2026-01-01 起; 2027-01-01 起施行; or 曾施行，2019-12-04 起."""
    if row.published_at is None:
        return "草稿"
    if row.version == in_force:
        return f"现行，{row.effective_from} 起"
    begun = row.effective_from is not None and row.effective_from <= today(datetime.now(UTC))
    return f"{'曾施行，' if begun else ''}{row.effective_from} 起{'' if begun else '施行'}"


def version_json(row: CatalogueVersion, in_force: int | None = None) -> dict[str, Any]:
    """Which version it is, without its rows."""
    return {
        "version": row.version,
        "state": "draft" if row.published_at is None else "in_force" if row.version == in_force else "published",
        "source": row.source,
        "effective_from": row.effective_from.isoformat() if row.effective_from else None,
        "sha256": row.sha256,
        "author": row.author,
        "created_at": row.created_at.isoformat(),
        "published_at": row.published_at.isoformat() if row.published_at else None,
    }


# Findings


def finding_lines(found: Findings) -> Iterator[str]:
    """Every finding by kind; the last line says whether it may be published."""
    for kind, name in KINDS_OF_FINDINGS.items():
        findings: Sequence[Finding] = getattr(found, kind)
        if findings:
            yield f"{name} {len(findings)} 处"
            yield from (f"  {each.words}" for each in findings)
    yield "没有空缺、重叠和错误，可以发布" if found.clean else f"共 {len(found.against)} 处须先改好，才能发布"


def findings_json(found: Findings) -> dict[str, Any]:
    """The findings for machines."""
    kinds = {kind: [finding_json(each) for each in getattr(found, kind)] for kind in KINDS_OF_FINDINGS}
    return {"clean": found.clean, **kinds}


def finding_json(each: Finding) -> dict[str, Any]:
    """One finding."""
    message = {"zh": each.words, "en": each.en}
    return {"part": each.part, "row": each.row, "matter": each.matter or None, "message": message}


# Differences


def difference_lines(found: Sequence[Difference], names: Names) -> Iterator[str]:
    """What was added, removed and changed, part by part."""
    if not any(each.rows for each in found):
        yield "没有差异"
    for part in (each for each in found if each.rows):
        counts = f"新增 {len(part.added)}，删去 {len(part.removed)}，修改 {len(part.changed)}"
        yield f"{PARTS[part.part]}：{counts}"
        for sign, rows in (("+", part.added), ("-", part.removed)):
            yield from (f"  {sign} {row_words(row, names)}" for row in rows[:FIRST_LINES])
            yield from _left(len(rows))
        yield from (
            f"  * {row_words(each.after, names)}：{change_words(each, names)}" for each in part.changed[:FIRST_LINES]
        )
        yield from _left(len(part.changed))


def _left(count: int) -> Iterator[str]:
    if count > FIRST_LINES:
        yield f"    其余 {count - FIRST_LINES:,} 行从略"


def row_words(row: Row, names: Names) -> str:
    """Which row it is: 01-05-01 城乡建设 › …, or 停水（乌当区）由水务局主办."""
    if "code" in row:
        field = "place" if "level" in row else "matter"
        return f"{row['code']} {names.name(field, row['code']) or row['name']}"
    matter, place, lead = (names.name(field, row[field]) or row[field] for field in ("matter", "place", "lead"))
    until = f"至 {row['effective_to']}" if row["effective_to"] else "起"
    return f"{row['matter']} {matter}（{place}）由{lead}主办，{row['effective_from']} {until}"


def change_words(change: Changed, names: Names) -> str:
    """主办单位由…改为…; of lists what is new and what is gone."""
    part = "responsibilities" if "lead" in change.after else "places" if "level" in change.after else "matters"
    return "；".join(_field_words(part, field, change, names) for field in change.fields)


def _field_words(part: str, field: str, change: Changed, names: Names) -> str:
    name = FIELDS[part][field][0].removesuffix("编码") or "编码"
    before, after = change.before.get(field), change.after.get(field)
    if isinstance(before or after, list):
        old, new = before or [], after or []
        told = [("加", [each for each in new if each not in old]), ("去", [each for each in old if each not in new])]
        said = "，".join(
            f"{verb}{'、'.join(_called(field, each, names) for each in some)}" for verb, some in told if some
        )
        return f"{name}{said or '换了次序'}"
    return f"{name}由“{_called(field, before, names)}”改为“{_called(field, after, names)}”"


def _called(field: str, value: Any, names: Names) -> str:
    """What a value is called: people read names, and know codes at best as their own."""
    if field in _NAMED and value:
        return names.name(_NAMED[field], value) or str(value)
    return _CLOSED.get(field, {}).get(value) or str(value or "（空）")


_NAMED = {"lead": "lead", "assisting": "assisting", "parent": "place"}
_CLOSED: Mapping[str, Mapping[Any, str]] = {"kind": KINDS, "urgency": URGENCIES, "level": LEVELS}


def differences_json(found: Sequence[Difference]) -> dict[str, Any]:
    """The differences for machines, rows whole."""
    return {
        each.part: {
            "added": each.added,
            "removed": each.removed,
            "changed": [
                {"number": c.number, "before": c.before, "after": c.after, "fields": c.fields} for c in each.changed
            ],
        }
        for each in found
    }


# Trials


def trial_lines(trial: Trial, names: Names) -> Iterator[str]:
    """The counts, the pairs of units, and the first of the tickets."""
    yield f"试派最近 {trial.tickets:,} 件" + (f"（其余 {trial.left:,} 件未看）" if trial.left else "")
    yield f"会自动派出：原 {trial.goes_before:,} 件，草案 {trial.goes_now:,} 件"
    if trial.settled:
        yield f"已结案的 {trial.settled:,} 件里派对：原 {trial.right_before:,} 件，草案 {trial.right_now:,} 件"
        yield f"  其中自动派错：原 {trial.goes_wrong_before:,} 件，草案 {trial.goes_wrong_now:,} 件"
        yield f"  改对 {trial.better:,} 件，改错 {trial.worse:,} 件"
    yield f"与现行不同的 {len(trial.moves):,} 件"
    for (was, now), count in trial.pairs[:FIRST_LINES]:
        yield f"  {unit_words(was, names)} → {unit_words(now, names)}：{count:,} 件"
    yield from _left(len(trial.pairs))
    yield from (f"  {move_words(move, names)}" for move in trial.moves[:FIRST_LINES])
    yield from _left(len(trial.moves))


def move_words(move: Move, names: Names) -> str:
    """The number, matter and unit before and after, whether it goes by itself, and the verdict."""
    was, now = (f"{matter_words(way.matter, names)}、{unit_words(way.unit, names)}" for way in (move.was, move.now))
    goes = f"，{goes_words(move)}" if move.was.goes != move.now.goes else ""
    verdict = f"［{VERDICTS[move.verdict]}］" if move.verdict else ""
    return f"{move.number} {was} → {now}{goes}{verdict}"


def goes_words(move: Move) -> str:
    """What changes about going by itself."""
    return "改为自动派出" if move.now.goes else "改为人工派单" if move.was.goes else ""


def matter_words(code: str | None, names: Names) -> str:
    """The matter's path, or that none was recognised."""
    return (names.name("matter", code) or code) if code else "未识别事项"


def unit_words(code: str | None, names: Names) -> str:
    """The unit's name, or that there is none."""
    return (names.name("lead", code) or code) if code else "（无承办单位）"


def trial_json(trial: Trial) -> dict[str, Any]:
    """The trial for machines, every move included."""
    counts = ("tickets", "left", "settled", "right_before", "right_now", "goes_before", "goes_now")
    wrong = ("goes_wrong_before", "goes_wrong_now", "better", "worse")
    return {
        **{name: getattr(trial, name) for name in (*counts, *wrong)},
        "pairs": [{"before": was, "after": now, "tickets": count} for (was, now), count in trial.pairs],
        "moves": [
            {
                "number": move.number,
                "before": move.was._asdict(),
                "after": move.now._asdict(),
                "right": move.right,
                "verdict": move.verdict or None,
            }
            for move in trial.moves
        ],
    }
