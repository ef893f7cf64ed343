"""POST /api/v1/tickets/{number}/{act}: one path per act of the life cycle, its schema the act's own arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.contract import Contract
from api.resources.filters import wanted_version
from api.resources.tickets import ETAG, with_version
from api.schemas import NUMBER, Code, Flag, Text, Ticket, Whole
from hotline import db, desk, queries, worker
from hotline.desk.evidence import MOST_FILES
from hotline.kinds import KINDS
from hotline.lifecycle import ACTION_NAMES, Action
from routing.decision import URGENCIES

blueprint = Contract("acts", __name__, url_prefix="/api/v1/tickets", description="办理")

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "您看到的版本(ETag);工单已被他人更新时为 409，什么也不改",
}


class FileId(Whole):
    """The id of an attachment."""

    def __init__(self) -> None:
        super().__init__(1, 999_999_999_999)


class Answer(Schema):
    """即时答复."""

    public_reply = Text(required=True)


class Reject(Schema):
    """不予受理."""

    reason = Code(required=True)
    text = Text(load_default="")


class Dispatch(Schema):
    """转办."""

    unit = Code(required=True)
    assisting = fields.List(Code(), validate=validate.Length(max=20))
    matter = Code(allow_none=True)
    place = Code(allow_none=True)
    kind = fields.String(allow_none=True, validate=validate.OneOf(tuple(KINDS)))
    urgency = fields.String(allow_none=True, validate=validate.OneOf(tuple(URGENCIES)))
    complex = Flag()
    designate = Flag()
    text = Text(load_default="")


class Accept(Schema):
    """签收."""


class Contact(Schema):
    """先行联系."""

    text = Text(required=True)


class Return(Schema):
    """申请退单."""

    text = Text(required=True)
    proposed_unit = Code(allow_none=True)


class Decide(Schema):
    """审批."""

    approved = Flag(required=True)
    text = Text(load_default="")


class Extend(Schema):
    """申请延期, in working days."""

    days = Whole(1, 366, required=True)
    text = Text(required=True)


class Suspend(Schema):
    """申请挂账, in working days; `evidence` are ids of attachments that no act has taken yet."""

    days = Whole(1, 366, required=True)
    text = Text(required=True)
    evidence = fields.List(FileId(), required=True, validate=validate.Length(1, MOST_FILES))


class Statement(Schema):
    """What was done or what is wanted: 协办反馈, 督办反馈, 拆单理由."""

    text = Text(required=True)


class Supervise(Schema):
    """督办: what is wanted, and in how many working days the unit reports back (the policy's unless given)."""

    text = Text(required=True)
    days = Whole(1, 366, allow_none=True)


class Exclude(Schema):
    """申请不计入考核, perhaps with `evidence`: ids of attachments that no act has taken yet."""

    text = Text(required=True)
    evidence = fields.List(FileId(), validate=validate.Length(max=MOST_FILES))


class DecideExclusion(Schema):
    """不计入考核审批, with the reason."""

    approved = Flag(required=True)
    text = Text(required=True)


class Resolve(Schema):
    """办结: `result` for the hotline, `public_reply` for the public."""

    result = Text(required=True)
    public_reply = Text(required=True)


class Review(Schema):
    """审核."""

    passed = Flag(required=True)
    text = Text(load_default="")


class FollowUp(Schema):
    """回访; `level` from 5, very satisfied, to 1."""

    answered = Flag(required=True)
    solved = Flag(allow_none=True)
    satisfied = Flag(allow_none=True)
    level = Whole(1, 5, allow_none=True)
    text = Text(load_default="")


class Reopen(Schema):
    """重办."""

    text = Text(required=True)
    unit = Code(allow_none=True)


class Remark(Schema):
    """An act with nothing but a remark."""

    text = Text(load_default="")


class Merge(Schema):
    """并单 into another open ticket."""

    into = fields.String(required=True, validate=NUMBER)
    text = Text(load_default="")


SCHEMAS: dict[Action, type[Schema]] = {
    Action.ANSWER: Answer,
    Action.REJECT: Reject,
    Action.DISPATCH: Dispatch,
    Action.ACCEPT: Accept,
    Action.CONTACT: Contact,
    Action.RETURN: Return,
    Action.DECIDE_RETURN: Decide,
    Action.EXTEND: Extend,
    Action.DECIDE_EXTENSION: Decide,
    Action.SUSPEND: Suspend,
    Action.DECIDE_SUSPENSION: Decide,
    Action.RESUME: Remark,
    Action.ASSIST: Statement,
    Action.URGE: Remark,
    Action.SUPERVISE: Supervise,
    Action.FEEDBACK: Statement,
    Action.EXCLUDE: Exclude,
    Action.DECIDE_EXCLUSION: DecideExclusion,
    Action.RESOLVE: Resolve,
    Action.REVIEW: Review,
    Action.FOLLOW_UP: FollowUp,
    Action.REOPEN: Reopen,
    Action.CLOSE: Remark,
    Action.WITHDRAW: Remark,
    Action.MERGE: Merge,
    Action.UNMERGE: Statement,
}


def _view_of(action: Action) -> Callable[..., Response]:
    """The view of one act; all differ only in their schema and permission."""

    def post_act(body: dict[str, Any], number: str) -> Response:
        who, version = actor(), wanted_version()
        with db.transaction() as session:
            ticket = desk.perform(session, number, who, action, body, version)
            view = queries.ticket_view(session, ticket, who)
        worker.nudge()
        return with_version(view)

    post_act.__name__ = str(action)
    post_act.__doc__ = f"{ACTION_NAMES[action]}：对工单做这一步，答复为工单的新状态。"
    return post_act


def _register(action: Action, schema: type[Schema]) -> None:
    view = permit(action)(_view_of(action))
    for status, name in ((404, "NOT_FOUND"), (409, "CONFLICT")):
        view = blueprint.alt_response(status, name)(view)
    view = blueprint.alt_response(200, schema=Ticket, headers=ETAG, success=True)(view)
    view = blueprint.doc(parameters=[IF_MATCH])(view)
    view = blueprint.arguments(schema, required=schema not in (Accept, Remark))(view)
    blueprint.route(f"/<number:number>/{action}", methods=["POST"])(view)


for _action, _schema in SCHEMAS.items():
    _register(_action, _schema)
