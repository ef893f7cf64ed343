"""/api/v1/topics: the hottest topics of a period, the alerts of what rises, and what people say of the alerts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.auth import actor, permit
from api.contract import Contract
from hotline import db
from hotline.knowledge import today
from hotline.reports import Scope, scope_of
from hotline.topics import hottest, showing
from hotline.topics.judging import LONGEST_REASON, judge
from hotline.topics.thresholds import VERDICTS

blueprint = Contract("topics", __name__, url_prefix="/api/v1/topics", description="热点与预警")

DAYS = 30


class TopicDays(Schema):
    """Two days, both included, in Asia/Shanghai; the last thirty without them."""

    from_ = fields.Date(data_key="from", load_default=None)
    to = fields.Date(load_default=None)


class TopicsAsked(TopicDays):
    """Which topics."""

    limit = fields.Integer(load_default=10, validate=validate.Range(1, 100))


class AlertsAsked(Schema):
    """Which alerts: all of the newest, or those alone that nobody has judged."""

    waiting = fields.Boolean(load_default=False)


class HeatPart(Schema):
    """One part of a heat, and how it was worked out."""

    name = fields.String(required=True)
    words = fields.String(required=True)
    points = fields.Float(required=True)


class Topic(Schema):
    """A topic within a period: `usual` callers were to be expected, `chance` is how likely so many more are without a
    cause; both null where there is no past. `tickets` are numbers.
    """

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    matter = fields.String(required=True)
    place = fields.String(required=True)
    first = fields.String(required=True, metadata={"format": "date-time"})
    last = fields.String(required=True, metadata={"format": "date-time"})
    count = fields.Integer(required=True)
    callers = fields.Integer(required=True)
    likes = fields.Integer(required=True)
    usual = fields.Float(required=True, allow_none=True)
    growth = fields.Float(required=True, allow_none=True)
    chance = fields.Float(required=True, allow_none=True)
    heat = fields.Float(required=True)
    parts = fields.List(fields.Nested(HeatPart), required=True)
    units = fields.List(fields.String(), required=True)
    tickets = fields.List(fields.String(), required=True)


class TopicList(Schema):
    """Topics, hottest first."""

    items = fields.List(fields.Nested(Topic), required=True)


class TopicAlert(Schema):
    """A rise that managers were told of, as it stood then."""

    id = fields.Integer(required=True)
    topic = fields.Integer(required=True)
    level = fields.Integer(required=True)
    name = fields.String(required=True)
    matter = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    first = fields.String(required=True, metadata={"format": "date"})
    last = fields.String(required=True, metadata={"format": "date"})
    seen = fields.Integer(required=True)
    expected = fields.Float(required=True)
    chance = fields.Float(required=True)
    threshold = fields.Float(required=True)
    tickets = fields.List(fields.String(), required=True)
    raised_at = fields.String(required=True, metadata={"format": "date-time"})
    over_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    verdict = fields.String(required=True, allow_none=True)
    verdict_name = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)


class TopicAlertList(Schema):
    """Alerts, the newest first."""

    items = fields.List(fields.Nested(TopicAlert), required=True)


class TopicVerdict(Schema):
    """Whether an alert was real 属实 or not 不属实, and why."""

    verdict = fields.String(required=True, validate=validate.OneOf(tuple(VERDICTS)))
    reason = fields.String(required=True, validate=validate.Length(1, LONGEST_REASON))


def _scope(session: Session, asked: dict[str, Any]) -> Scope:
    last = asked["to"] or today(db.now(session))
    return scope_of(session, asked["from_"] or last - timedelta(days=DAYS - 1), last)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(TopicsAsked, location="query")
@blueprint.response(200, TopicList)
@permit("read_rates")
def list_topics(asked: dict[str, Any]) -> dict[str, Any]:
    """The hottest topics of a period, each with how its heat was worked out."""
    with db.reading() as session:
        scope = _scope(session, asked)
        found = hottest(session, scope.first, scope.last, asked["limit"])
    return {"items": [showing.topic_view(topic) for topic in found]}


@blueprint.route("/<int:topic_id>", methods=["GET"])
@blueprint.arguments(TopicDays, location="query")
@blueprint.response(200, TopicList)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rates")
def get_topic(asked: dict[str, Any], topic_id: int) -> dict[str, Any]:
    """One topic within a period; an empty list where nobody spoke of it then."""
    with db.reading() as session:
        scope = _scope(session, asked)
        found = showing.find_topic(session, topic_id, scope.first, scope.last)
    return {"items": [showing.topic_view(found)] if found else []}


@blueprint.route("/alerts", methods=["GET"])
@blueprint.arguments(AlertsAsked, location="query")
@blueprint.response(200, TopicAlertList)
@permit("read_rates")
def list_alerts(asked: dict[str, Any]) -> dict[str, Any]:
    """What rose: the newest alerts with their evidence."""
    with db.reading() as session:
        found = showing.alerts(session, open_only=asked["waiting"])
    return {"items": [showing.alert_view(alert) for alert in found]}


@blueprint.route("/alerts/<int:alert_id>/verdict", methods=["POST"])
@blueprint.arguments(TopicVerdict)
@blueprint.alt_response(200, schema=TopicAlert, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("judge_topics")
def post_topic_verdict(body: dict[str, str], alert_id: int) -> dict[str, Any]:
    """Say whether an alert was real; the threshold of its family of matters moves by it."""
    with db.transaction() as session:
        return showing.alert_view(judge(session, alert_id, actor(), body["verdict"], body["reason"]))
