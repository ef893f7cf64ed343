"""/api/v1/reports: rates, groups, comparisons and stages, each number with its fraction and the tickets behind it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import actor, permit
from api.contract import Contract
from api.resources.filters import day_span, pack, unpack
from api.schemas import TicketPage
from hotline import db, queries, reports
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.kinds import KINDS
from hotline.knowledge import knowledge
from hotline.reports import tables
from hotline.reports.behind import Place
from hotline.reports.grouping import BY
from hotline.reports.printing import as_json

blueprint = Contract("reports", __name__, url_prefix="/api/v1/reports", description="报表")

ORDER = "behind"
"""What a cursor of the lists behind numbers was made for."""


class Period(Schema):
    """Two days, both included, in Asia/Shanghai; perhaps of one unit, peer group, matter or place with all below it, of
    one kind or source, of who opened the ticket (`agent`), or without what is excluded from assessment (`assessed`).
    """

    from_ = fields.Date(data_key="from", required=True)
    to = fields.Date(required=True)
    unit = fields.String(load_default=None, validate=validate.Length(max=64))
    group = fields.String(load_default=None, validate=validate.Length(max=64))
    kind = fields.String(load_default=None, validate=validate.OneOf(tuple(KINDS)))
    source = fields.String(load_default=None, validate=validate.OneOf(tuple(SOURCES)))
    matter = fields.String(load_default=None, validate=validate.Length(max=64))
    place = fields.String(load_default=None, validate=validate.Length(max=64))
    agent = fields.String(load_default=None, validate=validate.Length(max=64))
    assessed = fields.Boolean(load_default=False)


class Grouping(Period):
    """Row by row; `hours` adds the times of handling."""

    by = fields.String(required=True, validate=validate.OneOf(tuple(BY)))
    hours = fields.Boolean(load_default=False)


class Comparing(Period):
    """Beside the period before and the year before; perhaps row by row."""

    by = fields.String(load_default=None, validate=validate.OneOf(tuple(BY)))


class Listing(Period):
    """The list behind a number, page by page; of a row of a grouping: `by`, and the row's code."""

    by = fields.String(load_default=None, validate=validate.OneOf(tuple(BY)))
    row = fields.String(load_default=None, validate=validate.Length(max=64))
    after = fields.String(load_default=None, validate=validate.Length(max=200))
    size = fields.Integer(load_default=100, validate=validate.Range(1, 100))


class Behind(Listing):
    """Which side of a rate, page by page."""

    part = fields.String(required=True, validate=validate.OneOf(reports.PARTS))


def _falling() -> fields.Boolean:
    return fields.Boolean(required=True, metadata={"description": "less is better: the target is a most, not a least"})


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
    falling = _falling()
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


class CutOffPeriod(Days):
    """The days, and the instant before which everything is seen."""

    cut_off = fields.String(required=True, metadata={"format": "date-time"})


class Meaning(Schema):
    """A metric in words."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    falling = _falling()
    numerator = fields.String(required=True)
    denominator = fields.String(required=True)
    excluded = fields.String(required=True)


class Side(Schema):
    """A figure in a row: `value` null for an empty denominator."""

    numerator = fields.Integer(required=True, allow_none=True)
    denominator = fields.Integer(required=True, allow_none=True)
    value = fields.Float(required=True, allow_none=True)
    target = fields.Float(required=True, allow_none=True)


class GroupRow(Schema):
    """A row: figures by metric key, counts by name; `state` says why one stands apart."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Nested(Side), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class Groups(Schema):
    """The rows of a grouping, and their total of the same base."""

    period = fields.Nested(CutOffPeriod, required=True)
    by = fields.String(required=True)
    judged = fields.String(required=True)
    metrics = fields.List(fields.Nested(Meaning), required=True)
    rows = fields.List(fields.Nested(GroupRow), required=True)
    total = fields.Nested(GroupRow, required=True)


class FigureChange(Schema):
    """A figure on three sides; `on_before` 环比 and `on_year` 同比 in points or hours, null where a side is empty."""

    now = fields.Nested(Side, required=True)
    before = fields.Nested(Side, required=True, allow_none=True)
    year_before = fields.Nested(Side, required=True, allow_none=True)
    on_before = fields.Float(required=True, allow_none=True)
    on_year = fields.Float(required=True, allow_none=True)


class CountChange(Schema):
    """A volume on three sides; `on_before` and `on_year` in per cent, null where there was none."""

    now = fields.Integer(required=True)
    before = fields.Integer(required=True)
    year_before = fields.Integer(required=True)
    on_before = fields.Float(required=True, allow_none=True)
    on_year = fields.Float(required=True, allow_none=True)


class ChangeRow(Schema):
    """A row compared."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Nested(FigureChange), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Nested(CountChange), required=True)


class Comparison(Schema):
    """The whole, and with `by` its rows, beside the period before and the same a year before."""

    period = fields.Nested(CutOffPeriod, required=True)
    before = fields.Nested(CutOffPeriod, required=True)
    year_before = fields.Nested(CutOffPeriod, required=True)
    metrics = fields.List(fields.Nested(Meaning), required=True)
    total = fields.Nested(ChangeRow, required=True)
    rows = fields.List(fields.Nested(ChangeRow), required=True)


class StageTimes(Schema):
    """A stage: of `due` clocks `count` were met; median and p90 in hours."""

    clock = fields.String(required=True)
    name = fields.String(required=True)
    due = fields.Integer(required=True)
    count = fields.Integer(required=True)
    median_working = fields.Float(required=True, allow_none=True)
    p90_working = fields.Float(required=True, allow_none=True)
    median_natural = fields.Float(required=True, allow_none=True)
    p90_natural = fields.Float(required=True, allow_none=True)


class Stages(Schema):
    """How long each stage took."""

    period = fields.Nested(CutOffPeriod, required=True)
    stages = fields.List(fields.Nested(StageTimes), required=True)


@blueprint.route("/rates", methods=["GET"])
@blueprint.arguments(Period, location="query")
@blueprint.response(200, Report)
@permit("read_rates")
def get_rates(asked: dict[str, Any]) -> dict[str, Any]:
    """The rates of the days from `from` to `to`, with their numerators and denominators."""
    with db.reading() as session:
        return as_json(reports.rates_of(session, scope_of(session, asked)))


@blueprint.route("/groups", methods=["GET"])
@blueprint.arguments(Grouping, location="query")
@blueprint.response(200, Groups)
@permit("read_rates")
def get_groups(asked: dict[str, Any]) -> dict[str, Any]:
    """按单位、分组、类型、来源、事项、区域、坐席或日周月年分行，附合计."""
    with db.reading() as session:
        scope = scope_of(session, asked)
        return tables.grouped_json(scope, reports.grouped(session, scope, asked["by"], asked["hours"]))


@blueprint.route("/compare", methods=["GET"])
@blueprint.arguments(Comparing, location="query")
@blueprint.response(200, Comparison)
@permit("read_rates")
def get_comparison(asked: dict[str, Any]) -> dict[str, Any]:
    """各项指标和数量与上期（环比）、上年同期（同比）对照，各附分子分母."""
    with db.reading() as session:
        return tables.compared_json(reports.compared(session, scope_of(session, asked), asked["by"]))


@blueprint.route("/stages", methods=["GET"])
@blueprint.arguments(Period, location="query")
@blueprint.response(200, Stages)
@permit("read_rates")
def get_stages(asked: dict[str, Any]) -> dict[str, Any]:
    """各环节用时的中位数和九成位数，工作小时和自然小时."""
    with db.reading() as session:
        scope = scope_of(session, asked)
        return tables.stages_json(scope, reports.stages(session, scope))


@blueprint.route("/rates/<string:metric>/tickets", methods=["GET"])
@blueprint.arguments(Behind, location="query")
@blueprint.response(200, TicketPage)
@permit("read_rates")
def get_tickets(asked: dict[str, Any], metric: str) -> dict[str, Any]:
    """The tickets behind a number: as many as it says, so one may stand twice where clocks or evaluations count."""
    return _page(asked, metric, asked["part"])


@blueprint.route("/counts/<string:name>/tickets", methods=["GET"])
@blueprint.arguments(Listing, location="query")
@blueprint.response(200, TicketPage)
@permit("read_rates")
def get_counted(asked: dict[str, Any], name: str) -> dict[str, Any]:
    """报表中一项数量背后的工单."""
    return _page(asked, name, "")


def _page(asked: dict[str, Any], metric: str, part: str) -> dict[str, Any]:
    after = unpack(ORDER, asked["after"])
    with db.reading() as session:
        wanted = reports.Asked(scope_of(session, asked), metric, part, row_of(asked))
        page, place = reports.page_of(session, reports.listed_behind(session, wanted), asked["size"], after)
        know, tickets = knowledge(session), queries.tickets_of(session, [each.ticket_id for each in page], actor())
        items = [queries.ticket_line(know, tickets[each.ticket_id], actor()) for each in page]
    return {"items": items, "next": cursor(place)}


def cursor(place: Place | None) -> str | None:
    """Where the next page of a list behind a number begins, as an address carries it; None after the last one."""
    return pack([ORDER, place[0].isoformat(), place[1]]) if place else None


def row_of(asked: dict[str, Any]) -> reports.Row | None:
    """The row of a grouping that is asked for, None for the whole. Raises InvalidInput."""
    if asked["by"] is None and asked["row"] is None:
        return None
    if asked["by"] is None or asked["row"] is None:
        missing = "by" if asked["by"] is None else "row"
        raise InvalidInput(missing, "by 和 row 要一起写：按什么分组，哪一行", "give by and row together")
    return reports.Row(asked["by"], asked["row"])


def scope_of(session: Any, asked: dict[str, Any]) -> reports.Scope:
    """The checked question of a request. Raises InvalidInput."""
    day_span(asked["from_"], asked["to"])
    names = ("unit", "kind", "source", "group", "matter", "place", "agent", "assessed")
    return reports.scope_of(session, asked["from_"], asked["to"], **{name: asked[name] for name in names})
