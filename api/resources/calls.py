"""POST /api/v1/calls: the exchange hands in its call records; GET /api/v1/reports/calls: what they come to."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import permit
from api.contract import Contract
from api.errors import say
from api.resources.filters import day_span
from hotline import db, reports
from hotline.calls.keeping import keep
from hotline.calls.records import FIELDS, Record, record_of
from hotline.calls.statistics import GROUPINGS, CallTable, call_table
from hotline.intake.inquiry import InvalidInput
from hotline.reports.metrics import BY_KEY
from hotline.reports.rates import Pair, ratio_figure

blueprint = Contract("calls", __name__, url_prefix="/api/v1", description="话单")

MOST = 1000


def _text() -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


class Records(Schema):
    """Call records by Asterisk's own names; at most 1,000 at once. clid and src are read over and not kept."""

    Record = Schema.from_dict({name: _text() for name in (*FIELDS, "agent", "sequence", "linkedid")}, name="CallRecord")
    records = fields.List(fields.Nested(Record), required=True, validate=validate.Length(min=1, max=MOST))


class Refused(Schema):
    """A record that was not taken: its place from 0, the field and why."""

    index = fields.Integer(required=True)
    field = fields.String(required=True)
    message = fields.String(required=True)


class Taken(Schema):
    """What became of the records: new, known already (or another leg of a known call), and not taken."""

    added = fields.Integer(required=True)
    known = fields.Integer(required=True)
    bad = fields.List(fields.Nested(Refused), required=True)


class Asked(Schema):
    """Two days, both included, and what the calls are told apart by."""

    from_ = fields.Date(data_key="from", required=True)
    to = fields.Date(required=True)
    by = fields.String(load_default="hour", validate=validate.OneOf(GROUPINGS))


class Row(Schema):
    """A row: answered and abandoned add up to offered; seconds, null where there is no call."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    offered = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    prompt = fields.Integer(required=True, metadata={"description": "answered within 15 seconds"})
    abandoned = fields.Integer(required=True)
    talk_seconds = fields.Integer(required=True)
    connect_rate = fields.Float(required=True, allow_none=True)
    connect_rate_15s = fields.Float(required=True, allow_none=True)
    wait_median = fields.Float(required=True, allow_none=True)
    wait_p90 = fields.Float(required=True, allow_none=True)
    talk_median = fields.Float(required=True, allow_none=True)
    talk_p90 = fields.Float(required=True, allow_none=True)
    patience_median = fields.Float(required=True, allow_none=True)


class Table(Schema):
    """The rows, and the total of the same calls."""

    by = fields.String(required=True)
    rows = fields.List(fields.Nested(Row), required=True)
    total = fields.Nested(Row, required=True)


@blueprint.route("/calls", methods=["POST"])
@blueprint.arguments(Records)
@blueprint.response(200, Taken)
@permit("load_calls")
def post_calls(body: dict[str, Any]) -> dict[str, Any]:
    """Keep call records; sent again they are the same calls. Bad ones are told by their place, the others are taken."""
    records: list[Record] = []
    bad = []
    for place, told in enumerate(body["records"]):
        try:
            records.append(record_of({name: value for name, value in told.items() if value is not None}))
        except InvalidInput as error:
            bad.append({"index": place, "field": error.field, "message": say(error.message["zh"], error.message["en"])})
    with db.transaction() as session:
        done = keep(session, records)
    return {"added": done.added, "known": done.known, "bad": bad}


@blueprint.route("/reports/calls", methods=["GET"])
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, Table)
@permit("read_rates")
def get_calls(asked: dict[str, Any]) -> dict[str, Any]:
    """The calls of a period by hour, day or agent."""
    day_span(asked["from_"], asked["to"])
    with db.reading() as session:
        scope = reports.scope_of(session, asked["from_"], asked["to"])
        return table_view(call_table(session, scope.first, scope.last, asked["by"]))


def table_view(table: CallTable) -> dict[str, Any]:
    """The table with each row's rates."""
    return {"by": table.by, "rows": [_row(each) for each in table.rows], "total": _row(table.total)}


def _row(group: Any) -> dict[str, Any]:
    rates = {"connect_rate": group.answered, "connect_rate_15s": group.prompt}
    found = {key: ratio_figure(BY_KEY[key], Pair(n, group.offered)).value for key, n in rates.items()}
    return asdict(group) | found
