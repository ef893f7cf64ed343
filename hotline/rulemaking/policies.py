"""The policy sets' administration: one draft of each set, checked when saved, tried on the past, published with a day.

A draft is a row without a day of publication. Published versions never change; tickets keep the version that they
came under. What is wrong with a document is an InvalidInput with the path of what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from hotline import db
from hotline import knowledge as knowing
from hotline.intake.inquiry import SOURCES, InvalidInput, InvalidInputs
from hotline.knowledge import Knowledge, knowledge, today
from hotline.models import PolicyVersion
from hotline.rights import Actor
from hotline.rulemaking.rights import alone, check_right
from hotline.rulemaking.shelf import Shelf, check_code
from sla.choice import Tie, ties
from sla.policy import CRITERIA, KINDS, URGENCIES, Policy

_SHELF = Shelf(PolicyVersion, PolicyVersion.set_code, "policy", "办理时限方案")
versions, find_version = _SHELF.versions, _SHELF.find_version
find_draft, the_draft = _SHELF.find_draft, _SHELF.the_draft

LONGEST_NAME = 60
LONGEST = {
    "working_days": 750,
    "own_date": 750,
    "working_minutes": 360_000,
    "natural_minutes": 1_576_800,
    "months": 36,
}
"""Three years in each mode. What is longer is a slip of the pen, and beyond the calendar no ticket could be opened."""
CRITERIA_NAMES = dict(zip(CRITERIA, ("类型", "紧急程度", "事项", "来源", "单位"), strict=True))


def save_draft(session: Session, actor: Actor, code: str, document: Mapping[str, Any]) -> PolicyVersion:
    """Keep `document` (the shape of seeds/policies/*.json) as the draft of a set, new or old; its version is ours.

    Raises Forbidden, InvalidInput with all that is wrong, and Stale where two save at once.
    """
    check_right(actor)
    check_code(code, document.get("code", code))
    with alone(session):
        draft = find_draft(session, code)
        draft = draft or PolicyVersion(set_code=code, version=_SHELF.next_version(session, code))
        policy = checked(knowledge(session), code, numbered(code, draft.version, document))
        draft.data = numbered(code, draft.version, document)
        draft.effective_from = policy.effective_from
        session.add(draft)
        _SHELF.note(session, actor, draft, "draft_rules")
    return draft


def discard(session: Session, actor: Actor, code: str) -> None:
    """Throw the draft of a set away. Raises Forbidden and NotFound."""
    check_right(actor)
    draft = the_draft(session, code)
    _SHELF.note(session, actor, draft, "discard_rules")
    session.delete(draft)


def publish(session: Session, actor: Actor, code: str, day: date) -> Policy:
    """Put the draft of a set in force from `day`, today at the earliest; tickets before it keep what they have.

    Raises Forbidden, NotFound, InvalidInput where it ties with a set in force then, and Stale.
    """
    check_right(actor)
    if day < today(db.now(session)):
        raise InvalidInput("from", "施行日期最早是今天，已收的工单不能改规矩", "in force from today on, not earlier")
    with alone(session):
        draft = the_draft(session, code)
        _SHELF.check_last(session, code, day)
        document = numbered(code, draft.version, draft.data) | {"effective_from": day.isoformat()}
        policy = checked(knowledge(session), code, document)
        draft.data, draft.effective_from, draft.published_at = document, day, db.now(session)
        _SHELF.note(session, actor, draft, "edit_rules")
    knowing.forget()
    return policy


# What a document may hold


def numbered(code: str, version: int, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document under its set's code and its own version."""
    return {**document, "version": str(version), "code": document.get("code", code)}


def checked(know: Knowledge, code: str, document: Mapping[str, Any]) -> Policy:
    """The policy of a document. Raises InvalidInput, or InvalidInputs with everything that is wrong with its codes."""
    check_code(code, document.get("code"))
    _check_writable(document)
    try:
        policy = Policy.parse(document)
    except (ValueError, TypeError) as error:
        raise _unreadable(str(error)) from error
    for name in ("name", "source"):
        if not 0 < len(document[name].strip()) <= LONGEST_NAME:
            raise InvalidInput(
                name, f"{name} 要写明，不超过 {LONGEST_NAME} 字", f"{name}: 1 to {LONGEST_NAME} characters"
            )
    wrong = [
        *_too_long(document),
        *_unknown_codes(know, policy),
        *(_tied(know, policy, tie) for tie in found_ties(know, policy)),
    ]
    if wrong:
        raise wrong[0] if len(wrong) == 1 else InvalidInputs(wrong)
    return policy


def _check_writable(document: Mapping[str, Any]) -> None:
    """Half a surrogate and NUL are in JSON what no database keeps and no page shows."""
    try:
        broken = "\0" in "".join(_texts(document)).encode().decode()
    except UnicodeEncodeError:
        broken = True
    if broken:
        raise InvalidInput(
            "document", "方案里有不能保存的字符，请重新输入", "the document holds characters that are none"
        )


def _texts(value: Any) -> Iterator[str]:
    """Every text and key within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from (str(key), *_texts(each))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _too_long(document: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """Limits, steps and guards beyond LONGEST, of a document that can be read."""
    days = LONGEST["working_days"]
    found = [
        (f"clocks.{clock}[{i}].amount", row.get("amount", 0), LONGEST.get(row["mode"], days))
        for clock, rows in document["clocks"].items()
        for i, row in enumerate(rows)
    ]
    found += [
        (f"ladders.{clock}[{i}].working_days", row.get("working_days", 0), days)
        for clock, rows in document["ladders"].items()
        for i, row in enumerate(rows)
    ]
    found += [(f"guards.{name}", value, days) for name, value in document["guards"].items()]
    for path, value, most in found:
        if value > most:
            yield InvalidInput(path, f"{path}：最多 {most}，您写了 {value}", f"{path}: {most} at most, not {value}")


def in_force_with(know: Knowledge, draft: Policy, day: date) -> list[Policy]:
    """One version of each set as on `day`, the draft in place of its own set's."""
    others = [policy for policy in know.rules.policies_on(day) if policy.code != draft.code]
    return [*others, draft]


def found_ties(know: Knowledge, policy: Policy) -> list[Tie]:
    """Rows of the policy that would fit one ticket as well as another set's."""
    every = ties(in_force_with(know, policy, policy.effective_from), know.chain)
    return [tie for tie in every if policy.code in (tie.one, tie.other)]


def _unreadable(english: str) -> InvalidInput:
    """The parser's own sentence with its path as the field: `clocks.resolve[2].mode: … is none of …`."""
    said = english.partition(": ")[2] or english
    path = re.match(r"[\w.\[\]]+", said)
    field = path[0].rstrip(".") if path else ""
    words = said[len(field) :].lstrip(": ")
    for pattern, zh in _PARSER_WORDS:
        if found := re.fullmatch(pattern, words):
            return InvalidInput(field, f"{field}：{found.expand(zh)}", said)
    return InvalidInput(field, f"{field or '文件'}：{words or said}", said)


_PARSER_WORDS = (
    (r"is missing", "没有写，请补上"),
    (r"(?P<n>\d+) or more is needed, not (?P<v>.+)", r"至少为 \g<n>，不能是 \g<v>"),
    (r"(?P<v>.+) is none of (?P<k>.+)", r"\g<v> 不认识，可用 \g<k>"),
    (r"(?P<t>int|str|list|dict|bool) is needed, not (?P<v>(?s:.+))", r"类型不对，应为 \g<t>"),
    (r"is not known; (?P<k>.+) are", r"不认识，请删去；可用 \g<k>"),
    (r"one of (?P<k>.+) is needed", r"至少要写 \g<k> 中的一项"),
    (r"no row for kind (?P<k>\w+) and urgency (?P<u>\w+)", r"缺少类型 \g<k>、紧急程度 \g<u> 的时限"),
    (r"Invalid isoformat string: (?P<v>.+)", r"\g<v> 不是日期，请写成 2027-01-01"),
    (r"each level once, the earliest step first, is needed", "每一级只能有一次，先到的写在前面"),
    (r"below 100, and without working_days, is needed", "应小于 100，且不与 working_days 同时写"),
)


def _unknown_codes(know: Knowledge, policy: Policy) -> Iterator[InvalidInput]:
    known: Mapping[str, Any] = {"matter": know.matters, "source": SOURCES, "unit": know.units}
    for i, row in enumerate(policy.applies_to):
        for name in row.keys() & known.keys():
            if row[name] not in known[name]:
                path = f"applies_to[{i}].{name}"
                zh = f"{path}：没有编码为“{row[name][:60]}”的{CRITERIA_NAMES[name]}，请核对"
                yield InvalidInput(path, zh, f"{path}: {row[name][:60]!r} is not known")


def _tied(know: Knowledge, policy: Policy, tie: Tie) -> InvalidInput:
    mine, theirs = (tie.row, tie.other_row) if tie.one == policy.code else (tie.other_row, tie.row)
    other = tie.other if tie.one == policy.code else tie.one
    name = next(p.name for p in know.policies.values() if p.code == other)
    place = policy.applies_to.index(mine)
    zh = (
        f"applies_to[{place}]：本方案的“{row_words(know, mine)}”与“{name}”（{other}）的“{row_words(know, theirs)}”"
        "对同一件工单同样合适，分不出用哪个；请把其中一个写得更具体"
    )
    return InvalidInput(f"applies_to[{place}]", zh, f"{dict(mine)} ties with {dict(theirs)} of {other}")


def row_words(know: Knowledge, row: Mapping[str, str]) -> str:
    """A row of criteria as people read it: 类型投诉，单位乌当区."""
    names: Mapping[str, Any] = {
        "kind": KINDS,
        "urgency": URGENCIES,
        "source": SOURCES,
        "matter": {code: know.matter_path(code) for code in know.matters if code == row.get("matter")},
        "unit": {code: know.unit_name(code) for code in know.units if code == row.get("unit")},
    }
    return "，".join(f"{CRITERIA_NAMES[name]}{names[name].get(code, code)}" for name, code in row.items())
