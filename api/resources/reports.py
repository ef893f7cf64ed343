"""GET /api/v1/reports/rates: each rate with its numerator and denominator, and the tickets behind either."""

from __future__ import annotations

import base64
from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import actor, permit
from api.contract import Contract
from api.resources.filters import day_span, wrong_cursor
from api.schemas import TicketPage
from hotline import db, queries, reports
from hotline.intake.inquiry import SOURCES
from hotline.kinds import KINDS
from hotline.knowledge import knowledge
from hotline.reports.printing import as_json

blueprint = Contract("reports", __name__, url_prefix="/api/v1/reports", description="报表")


class Period(Schema):
    """Two days, both included, in Asia/Shanghai; perhaps of one unit with those below it, one kind or one source."""

    from_ = fields.Date(data_key="from", required=True)
    to = fields.Date(required=True)
    unit = fields.String(load_default=None, validate=validate.Length(max=64))
    kind = fields.String(load_default=None, validate=validate.OneOf(tuple(KINDS)))
    source = fields.String(load_default=None, validate=validate.OneOf(tuple(SOURCES)))


class Behind(Period):
    """Which side of a rate, page by page."""

    part = fields.String(required=True, validate=validate.OneOf(("numerator", "denominator")))
    after = fields.String(load_default=None, validate=validate.Length(max=40))
    size = fields.Integer(load_default=100, validate=validate.Range(1, 100))


class Figure(Schema):
    """A rate: `value` is in `unit` (per cent, or hours), null for an empty denominator."""

    metric = fields.String(required=True)
    part = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    numerator = fields.Integer(required=True, allow_none=True)
    denominator = fields.Integer(required=True, allow_none=True)
    value = fields.Float(required=True, allow_none=True)
    unit = fields.String(required=True)
    target = fields.Float(allow_none=True)
    definition = fields.String()
    exclusions = fields.String()
    note = fields.String()


class Days(Schema):
    """The first and the last day."""

    from_ = fields.String(data_key="from", attribute="from", required=True)
    to = fields.String(required=True)


class Report(Schema):
    """The rates of a period as they stood at its cut-off."""

    period = fields.Nested(Days, required=True)
    cut_off = fields.String(required=True, metadata={"format": "date-time"})
    metrics = fields.List(fields.Nested(Figure), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())


@blueprint.route("/rates", methods=["GET"])
@blueprint.arguments(Period, location="query")
@blueprint.response(200, Report)
@permit("read_rates")
def get_rates(asked: dict[str, Any]) -> dict[str, Any]:
    """The rates of the days from `from` to `to`, with their numerators and denominators."""
    with db.reading() as session:
        return as_json(reports.rates_of(session, _scope(session, asked)))


@blueprint.route("/rates/<string:metric>/tickets", methods=["GET"])
@blueprint.arguments(Behind, location="query")
@blueprint.response(200, TicketPage)
@permit("read_rates")
def get_tickets(asked: dict[str, Any], metric: str) -> dict[str, Any]:
    """The tickets behind a number: as many as it says, so one may stand twice where clocks or evaluations count."""
    start, size = _start(asked["after"]), asked["size"]
    with db.reading() as session:
        behind = reports.tickets_behind(session, metric, asked["part"], _scope(session, asked))
        page = behind[start : start + size]
        know, tickets = knowledge(session), queries.tickets_of(session, [each.ticket_id for each in page], actor())
        items = [queries.ticket_line(know, tickets[each.ticket_id], actor()) for each in page]
    return {"items": items, "next": _cursor(start + size) if start + size < len(behind) else None}


def _scope(session: Any, asked: dict[str, Any]) -> reports.Scope:
    day_span(asked["from_"], asked["to"])
    return reports.scope_of(session, asked["from_"], asked["to"], asked["unit"], asked["kind"], asked["source"])


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode()


def _start(cursor: str | None) -> int:
    """Where a page begins; the list behind a closed period does not change. Raises InvalidInput."""
    try:
        start = int(base64.b64decode(cursor or _cursor(0), altchars=b"-_", validate=True))
    except ValueError:
        raise wrong_cursor() from None
    if start < 0:
        raise wrong_cursor()
    return start
