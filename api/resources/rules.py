"""The rules over HTTP: the calendar and the policy sets, read by who lives by them, edited by the system administrator.

What is published moves open deadlines in the background, by the round of hotline.rulemaking.calendars.move_round.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.auth import actor, permit
from api.contract import Contract
from api.resources.versions import (
    DraftDocument,
    InForceFrom,
    PublishedRule,
    VersionDocument,
    VersionList,
    WhichVersion,
    version_document,
    version_line,
)
from api.schemas import Code, Flag, Text, Whole, moment
from hotline import db
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge
from hotline.models import CalendarYear, WorkingHours
from hotline.rulebook import CITY
from hotline.rulemaking import calendars, drafts, policies, showing, trying, words
from hotline.rulemaking.calendars import MOST_LOOKED_AT, city_or

blueprint = Contract("rules", __name__, url_prefix="/api/v1/rules", description="规则")


class RuleVersion(Schema):
    """A version of a year or of a unit's working hours; a draft has no edition yet."""

    year = fields.Integer()
    unit = fields.String()
    version = fields.Integer(required=True)
    edition = fields.Integer(required=True, allow_none=True)
    source = fields.String(required=True)
    published_at = moment(required=True, allow_none=True)
    data = fields.Dict(keys=fields.String())


class Calendars(Schema):
    """The editions of the calendar, oldest first, and every version of years and working hours."""

    current = fields.String(required=True)
    editions = fields.List(fields.String(), required=True)
    years = fields.List(fields.Nested(RuleVersion), required=True)
    hours = fields.List(fields.Nested(RuleVersion), required=True)


class CalendarOfYear(Schema):
    """A year as a unit (null: the city) lives by it; `provisional` while no notice has been published for it."""

    year = fields.Integer(required=True)
    edition = fields.String(required=True)
    unit = fields.String(required=True, allow_none=True)
    provisional = fields.Boolean(required=True)
    version = fields.Integer(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    published_at = moment(required=True, allow_none=True)
    holidays = fields.Dict(keys=fields.String(), values=fields.String())
    makeups = fields.Dict(keys=fields.String(), values=fields.String())
    working_days = fields.List(fields.Integer())
    hours = fields.List(fields.List(fields.String()))
    weekdays = fields.List(fields.Integer())


class Whose(Schema):
    """Whose calendar, and in which edition."""

    unit = fields.String(load_default="", validate=validate.Length(max=64))
    edition = fields.String(load_default="", validate=validate.Length(max=64))


class YearDraft(Schema):
    """A draft of a year, with the notice that says so."""

    year = Whole(drafts.FIRST_YEAR, drafts.LAST_YEAR, required=True)
    source = Text(required=True, longest=drafts.LONGEST_SOURCE)
    holidays = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    makeups = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


class HoursDraft(Schema):
    """A draft of working hours; `unit` city is everybody's who has none of their own. `weekdays`: 1 is Monday."""

    unit = Code(required=True)
    source = Text(required=True, longest=drafts.LONGEST_SOURCE)
    hours = fields.List(fields.List(fields.String(), validate=validate.Length(equal=2)), required=True)
    weekdays = fields.List(Whole(1, 7), required=True)
    holidays = Flag(required=True)


class CalendarDraft(Schema):
    """Which draft: of a year, or of a unit's working hours."""

    year = Whole(drafts.FIRST_YEAR, drafts.LAST_YEAR)
    unit = Code()


class DeadlineMove(Schema):
    """An open deadline that the draft moves; `settled`: it was provisional and is so no more."""

    number = fields.String(required=True)
    clock = fields.String(required=True)
    unit = fields.String(required=True, allow_none=True)
    from_ = moment(data_key="from", attribute="from", required=True)
    to = moment(required=True)
    settled = fields.Boolean(required=True)


class DeadlineMoves(Schema):
    """What publishing would move; `left` tickets were not looked at."""

    items = fields.List(fields.Nested(DeadlineMove), required=True)
    left = fields.Integer(required=True)


class TrialDays(Schema):
    """On how many days back a draft is tried."""

    days = Whole(1, trying.MOST_DAYS, load_default=trying.DAYS)


class PolicyTrial(Schema):
    """What a draft would have changed, clock by clock, with the tickets behind each difference."""

    since = moment(required=True)
    tickets = fields.Integer(required=True)
    left = fields.Integer(required=True)
    clocks = fields.List(fields.Dict(keys=fields.String()), required=True)


# The calendar


@blueprint.route("/calendar", methods=["GET"])
@blueprint.response(200, Calendars)
@permit("read_rules")
def get_calendars() -> dict[str, Any]:
    """日历的各版、各年和各单位的工作时间."""
    with db.reading() as session:
        rules = knowledge(session).rules
        return {
            "current": rules.current,
            "editions": list(rules.editions),
            "years": [_version(row) for row in drafts.years_of(session)],
            "hours": [_version(row) for row in drafts.hours_of(session)],
        }


@blueprint.route("/calendar/<string:year>", methods=["GET"])
@blueprint.arguments(Whose, location="query")
@blueprint.response(200, CalendarOfYear)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rules")
def get_year(asked: dict[str, str], year: str) -> dict[str, Any]:
    """一年的日历：放假、补班、每月工作日数和工作时间."""
    with db.reading() as session:
        return showing.as_json(showing.year_of(session, _number(year), asked["unit"], asked["edition"]))


@blueprint.route("/calendar/drafts", methods=["POST"])
@blueprint.arguments(YearDraft)
@blueprint.response(200, RuleVersion)
@permit("edit_rules")
def post_year_draft(body: dict[str, Any]) -> dict[str, Any]:
    """存一年日历的草稿；每年只有一份草稿，再存即替换."""
    days = {part: body[part] for part in ("holidays", "makeups")}
    with db.transaction() as session:
        return _version(drafts.draft_year(session, actor(), body["year"], days, body["source"]))


@blueprint.route("/calendar/hours/drafts", methods=["POST"])
@blueprint.arguments(HoursDraft)
@blueprint.response(200, RuleVersion)
@permit("edit_rules")
def post_hours_draft(body: dict[str, Any]) -> dict[str, Any]:
    """存一个单位（或全市）工作时间的草稿."""
    data = {name: body[name] for name in ("hours", "weekdays", "holidays")}
    with db.transaction() as session:
        return _version(drafts.draft_hours(session, actor(), city_or(body["unit"]), data, body["source"]))


@blueprint.route("/calendar/moves", methods=["POST"])
@blueprint.arguments(CalendarDraft)
@blueprint.response(200, DeadlineMoves)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("edit_rules")
def post_moves(body: dict[str, Any]) -> dict[str, Any]:
    """看发布这份草稿会改哪些在办期限，不改任何东西."""
    with db.reading() as session:
        found = calendars.moves(session, _draft(session, body), most=MOST_LOOKED_AT)
    return {"items": [_move(each) for each in found.moves if each.moved or each.settled], "left": found.left}


@blueprint.route("/calendar/publish", methods=["POST"])
@blueprint.arguments(CalendarDraft)
@blueprint.response(200, PublishedRule)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_rules")
def post_publish(body: dict[str, Any]) -> dict[str, str]:
    """发布日历草稿为新的一版；在办期限随后在后台逐件改，每件留痕."""
    with db.transaction() as session:
        return {"published": calendars.publish(session, actor(), _draft(session, body))}


# Policies


@blueprint.route("/policies", methods=["GET"])
@blueprint.response(200, VersionList)
@permit("read_rules")
def get_policies() -> dict[str, Any]:
    """办理时限方案的各版，草稿在内."""
    with db.reading() as session:
        return {"items": [version_line(row) for row in policies.versions(session)]}


@blueprint.route("/policies/<string:code>", methods=["GET"])
@blueprint.arguments(WhichVersion, location="query")
@blueprint.response(200, VersionDocument)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rules")
def get_policy(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """一个方案的一版，全文."""
    with db.reading() as session:
        row = policies.find_version(session, code, asked["version"])
        return version_document(row)


@blueprint.route("/policies/<string:code>/drafts", methods=["POST"])
@blueprint.arguments(DraftDocument)
@blueprint.response(200, VersionDocument)
@permit("edit_rules")
def post_policy_draft(body: dict[str, Any], code: str) -> dict[str, Any]:
    """存方案的草稿；每个方案只有一份草稿，再存即替换."""
    with db.transaction() as session:
        row = policies.save_draft(session, actor(), code, body["document"])
        return version_document(row)


@blueprint.route("/policies/<string:code>/try", methods=["POST"])
@blueprint.arguments(TrialDays, required=False)
@blueprint.response(200, PolicyTrial)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("edit_rules")
def post_try(body: dict[str, Any], code: str) -> dict[str, Any]:
    """拿近几天收到的工单试算草稿：哪些会超期、哪些不再超期；只看最新的 2,000 件."""
    with db.reading() as session:
        draft = policies.checked(knowledge(session), code, policies.the_draft(session, code).data)
        return words.trial_json(trying.try_draft(session, draft, body["days"], most=MOST_LOOKED_AT))


@blueprint.route("/policies/<string:code>/publish", methods=["POST"])
@blueprint.arguments(InForceFrom)
@blueprint.response(200, PublishedRule)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_rules")
def post_policy_publish(body: dict[str, Any], code: str) -> dict[str, str]:
    """从某一天起施行草稿；以前收到的工单仍按原方案."""
    with db.transaction() as session:
        return {"published": policies.publish(session, actor(), code, body["from_"]).stamp}


def _draft(session: Session, body: dict[str, Any]) -> drafts.Draft:
    if ("year" in body) == ("unit" in body):
        raise InvalidInput("year", "year 和 unit 要写一个，且只写一个", "give year or unit, and one of them only")
    unit = city_or(body["unit"]) if "unit" in body else CITY
    return drafts.find_draft(session, body.get("year"), unit)


def _number(year: str) -> int:
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise InvalidInput("year", "年份应为四位数字，如 2027", "a year such as 2027 is needed")
    return int(year)


def _version(row: CalendarYear | WorkingHours) -> dict[str, Any]:
    what: dict[str, Any] = (
        {"year": row.year, "data": row.days}
        if isinstance(row, CalendarYear)
        else {"unit": row.unit or "city", "data": row.data}
    )
    return what | {
        "version": row.version,
        "edition": row.edition,
        "source": row.source,
        "published_at": row.published_at.isoformat() if row.published_at else None,
    }


def _move(move: calendars.Move) -> dict[str, Any]:
    return {
        "number": move.number,
        "clock": move.clock,
        "unit": move.unit,
        "from": move.was.isoformat(),
        "to": move.to.isoformat(),
        "settled": move.settled,
    }
