"""台账 over HTTP: the table and the tickets behind it, disputes, where time went, and a ticket's track and sums."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import actor, permit
from api.contract import Contract
from api.resources.filters import day_span, pack, unpack
from api.schemas import TicketPage, Unit
from hotline import db, disputes, explaining, ledger, queries, track
from hotline.knowledge import knowledge

blueprint = Contract("ledger", __name__, url_prefix="/api/v1", description="台账")


class OfUnit(Schema):
    """A unit with those below it; without one, all that the reader may see."""

    unit = fields.String(load_default=None, validate=validate.Length(max=64))


class BehindNumber(OfUnit):
    """Which number of the table, page by page; `line` is a unit's own line, `-` that of tickets without a unit."""

    number = fields.String(required=True, validate=validate.OneOf(tuple(ledger.NUMBERS)))
    line = fields.String(load_default=None, validate=validate.Length(max=64))
    after = fields.String(load_default=None, validate=validate.Length(max=200))
    size = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class Period(OfUnit):
    """Two days, both included, in Asia/Shanghai, at most a quarter."""

    from_ = fields.Date(data_key="from", required=True)
    to = fields.Date(required=True)


class Disputed(OfUnit):
    """Disputes of one state."""

    state = fields.String(load_default=None, validate=validate.OneOf(tuple(disputes.STATES)))


class Number(Schema):
    """A column of the table."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class Line(Schema):
    """A line: the whole (`unit` null), a unit's own tickets, or `-` for those that no unit holds."""

    unit = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class Ledger(Schema):
    """The table as it stood at an instant."""

    at = fields.String(required=True, metadata={"format": "date-time"})
    numbers = fields.List(fields.Nested(Number), required=True)
    total = fields.Nested(Line, required=True)
    units = fields.List(fields.Nested(Line), required=True)


class Claim(Schema):
    """A unit handed the ticket back; `approved` is null until the hotline has decided."""

    unit = fields.Nested(Unit, allow_none=True, required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    text = fields.String(required=True)
    proposed_unit = fields.Nested(Unit, allow_none=True, required=True)
    approved = fields.Boolean(allow_none=True, required=True)
    decided_at = fields.String(allow_none=True, required=True)
    decided_text = fields.String(required=True)


class Ruling(Schema):
    """The unit that the hotline named, and why."""

    unit = fields.Nested(Unit, allow_none=True, required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    text = fields.String(required=True)


class Dispute(Schema):
    """A disputed ticket with its claims in order and the decision."""

    number = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    state_name = fields.String(required=True)
    claims = fields.List(fields.Nested(Claim), required=True)
    ruling = fields.Nested(Ruling, allow_none=True, required=True)


class Disputes(Schema):
    """The newest first."""

    items = fields.List(fields.Nested(Dispute), required=True)


class Hours(Schema):
    """Hours, day and night and of working time."""

    natural = fields.Float(required=True)
    working = fields.Float(required=True)


class Stage(Schema):
    """A stage over a period; `tickets` is how many were in it, the base of median and p90."""

    stage = fields.String(required=True)
    name = fields.String(required=True)
    owner = fields.String(required=True)
    tickets = fields.Integer(required=True)
    median = fields.Nested(Hours, required=True)
    p90 = fields.Nested(Hours, required=True)
    total = fields.Nested(Hours, required=True)


class TimeReport(Schema):
    """Where the time went of the `tickets` that came in the period; the `open` ones are measured up to `at`."""

    from_ = fields.String(data_key="from", attribute="from", required=True)
    to = fields.String(required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    tickets = fields.Integer(required=True)
    open = fields.Integer(required=True)
    stages = fields.List(fields.Nested(Stage), required=True)


class Part(Schema):
    """A stage of one ticket: whose time, from when to when."""

    stage = fields.String(required=True)
    name = fields.String(required=True)
    owner = fields.String(required=True)
    unit = fields.String(allow_none=True, required=True)
    from_ = fields.String(data_key="from", attribute="from", required=True)
    to = fields.String(required=True)
    natural_seconds = fields.Integer(required=True)
    working_seconds = fields.Integer(required=True)


class Named(Schema):
    """A unit by code and name."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class Suspended(Schema):
    """A stretch that did not count."""

    from_ = fields.String(data_key="from", attribute="from", required=True)
    to = fields.String(required=True)


class PolicyName(Schema):
    """The policy version that the clock runs by."""

    stamp = fields.String(required=True)
    name = fields.String(required=True)


class CalendarName(Schema):
    """The edition of the calendar, and the unit's own hours in words where it has any."""

    edition = fields.String(required=True)
    own_hours = fields.String(allow_none=True, required=True)


class Explained(Schema):
    """A clock with its sum on paper, line by line."""

    clock = fields.String(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)
    cycle = fields.Integer(required=True)
    opened_by = fields.Integer(required=True)
    party = fields.String(required=True)
    unit = fields.Nested(Named, allow_none=True, required=True)
    started_at = fields.String(required=True)
    due_at = fields.String(required=True)
    met_at = fields.String(allow_none=True, required=True)
    stopped_at = fields.String(allow_none=True, required=True)
    allowance = fields.String(required=True)
    state = fields.String(required=True)
    verdict = fields.String(required=True)
    provisional = fields.Boolean(required=True)
    suspended = fields.List(fields.Nested(Suspended), required=True)
    policy = fields.Nested(PolicyName, required=True)
    calendar = fields.Nested(CalendarName, required=True)
    lines = fields.List(fields.String(), required=True)


@blueprint.route("/ledger", methods=["GET"])
@blueprint.arguments(OfUnit, location="query")
@blueprint.response(200, Ledger)
@permit("read_ledger")
def get_ledger(asked: dict[str, Any]) -> dict[str, Any]:
    """How many tickets are open, due, breached, suspended, supervised, by level: the whole, and each unit."""
    with db.reading() as session:
        return ledger.as_json(ledger.ledger(session, ledger.asked_of(session, actor(), asked["unit"])))


@blueprint.route("/ledger/tickets", methods=["GET"])
@blueprint.arguments(BehindNumber, location="query")
@blueprint.response(200, TicketPage)
@permit("read_ledger")
def get_ledger_tickets(asked: dict[str, Any]) -> dict[str, Any]:
    """The tickets behind a number of the ledger, nearest deadline first."""
    number, after = asked["number"], unpack("ledger", asked["after"])
    with db.reading() as session:
        scope = ledger.asked_of(session, actor(), asked["unit"])
        found, cursor = ledger.page_behind(session, scope, number, asked["line"], asked["size"], after)
        know = knowledge(session)
        items = [queries.ticket_line(know, ticket, actor()) for ticket in found]
    return {"items": items, "next": pack(["ledger", cursor[0].isoformat(), cursor[1]]) if cursor else None}


@blueprint.route("/ledger/disputes", methods=["GET"])
@blueprint.arguments(Disputed, location="query")
@blueprint.response(200, Disputes)
@permit("read_ledger")
def get_disputes(asked: dict[str, Any]) -> dict[str, Any]:
    """Tickets that more than one unit has handed back, with the hotline's decision; the newest first."""
    with db.reading() as session:
        ledger.asked_of(session, actor(), asked["unit"])
        found = disputes.disputes(session, actor(), asked["state"], asked["unit"])
        return {"items": disputes.listed(session, found, actor())}


@blueprint.route("/ledger/time", methods=["GET"])
@blueprint.arguments(Period, location="query")
@blueprint.response(200, TimeReport)
@permit("read_ledger")
def get_time(asked: dict[str, Any]) -> dict[str, Any]:
    """Where the time of the tickets went that came in a period: median, p90 and sum of each stage."""
    day_span(asked["from_"], asked["to"])
    with db.reading() as session:
        scope = ledger.asked_of(session, actor(), asked["unit"])
        return track.report_json(track.time_report(session, scope, asked["from_"], asked["to"]))


@blueprint.route("/tickets/<number:number>/track", methods=["GET"])
@blueprint.response(200, Part(many=True))
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def get_track(number: str) -> list[dict[str, Any]]:
    """Where the ticket's time went: its stages in order, which are its whole life together."""
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, actor())
        return track.parts_json(knowledge(session), track.parts_of(session, ticket))


@blueprint.route("/tickets/<number:number>/explanation", methods=["GET"])
@blueprint.response(200, Explained(many=True))
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def get_explanation(number: str) -> list[dict[str, Any]]:
    """Each clock of each cycle with its sum: what counted, what did not and why, under which versions."""
    with db.reading() as session:
        return explaining.as_json(explaining.explanation(session, queries.find_ticket(session, number, actor())))
