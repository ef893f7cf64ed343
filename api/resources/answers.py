"""/api/v1/answers: published answers for everybody; publishing and withdrawing them for who may."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from marshmallow import Schema, fields, validate

from api.auth import actor, permit, public
from api.contract import Contract
from api.limits import limiter
from api.schemas import Code, Text
from hotline import db
from hotline.answers import finding, publishing
from hotline.answers.finding import LONGEST_QUERY, MOST_PAGES
from hotline.answers.publishing import LONGEST_ANSWER, LONGEST_QUESTION, LONGEST_REASON, Wording
from hotline.models import Answer as Row
from search.documents import Unavailable

blueprint = Contract("answers", __name__, url_prefix="/api/v1/answers", description="公开问答")

OFTEN = "60 per minute; 600 per hour"
CACHED = "public, max-age=30"


def answers_limit() -> str:
    """How often one address may look for answers: more often than for a status, for it is asked while one types."""
    return OFTEN


per_address = limiter.limit(answers_limit)


class AnswersAsked(Schema):
    """Which answers: of a question in words, of a category, or the newest."""

    q = Text(load_default="", longest=LONGEST_QUERY)
    matter = Code(load_default="")
    page = fields.Integer(load_default=1, validate=validate.Range(1, MOST_PAGES))


class AnswersLike(Schema):
    """What somebody is writing; it is neither kept nor logged."""

    text = Text(required=True, longest=5000)


class PublicAnswer(Schema):
    """A question and its answer, without anything of a person."""

    id = fields.Integer(required=True)
    question = fields.String(required=True)
    answer = fields.String(required=True)
    matter = fields.String(required=True, allow_none=True)
    matter_name = fields.String(required=True)
    unit = fields.String(required=True)
    published_at = fields.String(required=True, metadata={"format": "date-time"})
    changed_at = fields.String(required=True, metadata={"format": "date-time"})


class PublicAnswers(Schema):
    """A page of them; `relaxed`: none has all the words."""

    items = fields.List(fields.Nested(PublicAnswer), required=True)
    total = fields.Integer(required=True)
    relaxed = fields.Boolean(required=True)


class NewAnswer(Schema):
    """The words that a person approved for a ticket's reply."""

    ticket = Code(required=True)
    question = Text(required=True, longest=LONGEST_QUESTION)
    answer = Text(required=True, longest=LONGEST_ANSWER)


class AnswerReason(Schema):
    """Why it is withdrawn."""

    reason = Text(required=True, longest=LONGEST_REASON)


class AnswerDecided(Schema):
    """What became of it."""

    id = fields.Integer(required=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)


@blueprint.route("", methods=["GET"])
@per_address
@blueprint.arguments(AnswersAsked, location="query")
@blueprint.alt_response(200, schema=PublicAnswers, success=True)
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
@blueprint.alt_response(503, "SERVICE_UNAVAILABLE")
@public
def list_answers(asked: dict[str, Any]) -> Response:
    """Published answers: those that answer `q` best, or the newest."""
    with db.reading() as session:
        if asked["q"].strip():
            page = finding.found(session, asked["q"], asked["matter"])
        else:
            page = finding.listed(session, asked["matter"], asked["page"])
    answer = jsonify(items=[each.as_json() for each in page.items], total=page.total, relaxed=page.relaxed)
    answer.headers["Cache-Control"] = CACHED
    return answer


@blueprint.route("/<int:answer_id>", methods=["GET"])
@per_address
@blueprint.alt_response(200, schema=PublicAnswer, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
@public
def get_answer(answer_id: int) -> dict[str, Any]:
    """One published answer."""
    with db.reading() as session:
        return finding.one(session, answer_id).as_json()


@blueprint.route("/like", methods=["POST"])
@per_address
@blueprint.arguments(AnswersLike)
@blueprint.alt_response(200, schema=PublicAnswers, success=True)
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
@public
def post_like(body: dict[str, str]) -> dict[str, Any]:
    """Up to three answers to what somebody is writing. The text is in the body, which no log holds; with the index away
    there is none, and writing goes on.
    """
    try:
        with db.reading() as session:
            found = finding.like(session, body["text"])
    except Unavailable:
        found = []
    return {"items": [each.as_json() for each in found], "total": len(found), "relaxed": False}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewAnswer)
@blueprint.alt_response(200, schema=AnswerDecided, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("approve_answers")
def post_answer(body: dict[str, str]) -> dict[str, Any]:
    """Publish a ticket's reply in these words, or put right what is published; refused while personal data is in it."""
    with db.transaction() as session:
        wording = Wording(body["question"], body["answer"])
        return _decided(publishing.publish(session, body["ticket"], actor(), wording))


@blueprint.route("/<int:answer_id>/withdraw", methods=["POST"])
@blueprint.arguments(AnswerReason)
@blueprint.alt_response(200, schema=AnswerDecided, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("approve_answers")
def post_answer_withdrawal(body: dict[str, str], answer_id: int) -> dict[str, Any]:
    """Take a published answer back: it is gone at once."""
    with db.transaction() as session:
        return _decided(publishing.withdraw(session, answer_id, actor(), body["reason"]))


def _decided(row: Row) -> dict[str, Any]:
    return {"id": row.id, "state": row.state, "version": row.version}
