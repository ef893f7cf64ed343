"""What the API answers and takes, a class per shape; OpenAPI is made of these."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from webargs.fields import DelimitedList

from hotline.intake.fields import clean
from hotline.intake.inquiry import SOURCES
from hotline.kinds import KINDS
from hotline.lifecycle import Status
from routing.coordinates import DATUMS

LONGEST_TEXT = 5000
NUMBER = validate.Regexp(r"[0-9]{8,32}\Z")


class Text(fields.String):
    """Text that is safe to store and show: control, bidi and half characters are taken out."""

    def __init__(self, longest: int = LONGEST_TEXT, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(max=longest), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return clean(str(super()._deserialize(value, attr, data, **kwargs)))


class Code(Text):
    """The code of a unit, matter, place or the like."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=64, **kwargs)


class Flag(fields.Boolean):
    """true or false and nothing else: "no" and 2 are mistakes, not answers."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Not a valid boolean.")
        return value


class Whole(fields.Integer):
    """A whole number that is written as one."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(low, high), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool | str):
            raise ValidationError("Not a valid integer.")
        return int(super()._deserialize(value, attr, data, **kwargs) or 0)


def codes(known: Any = None) -> DelimitedList:
    """Several codes of a filter, separated by commas, each meaning: or this one."""
    item = fields.String(validate=validate.OneOf(tuple(known)) if known else validate.Length(max=64))
    return DelimitedList(item, load_default=(), validate=validate.Length(max=50))


def moment(**kwargs: Any) -> fields.String:
    """An instant in ISO 8601 with its zone."""
    return fields.String(metadata={"format": "date-time"}, **kwargs)


class Problem(Schema):
    """RFC 9457: what is wrong, and for wrong input each field with what to do."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))


class Unit(Schema):
    """A unit by its code."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    short_name = fields.String()


class Matter(Schema):
    """A matter with its path in the catalogue."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    path = fields.List(fields.String())


class Place(Schema):
    """A place with what it lies in."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class Span(Schema):
    """From an instant to another."""

    start = moment(required=True)
    end = moment(required=True)


class Clock(Schema):
    """A clock with its sum, line by line; `state` is running, kept, missed or stopped.

    `party` is the unit of an assisting unit's clock, else empty; `suspended` are the times that did not count.
    """

    clock = fields.String(required=True)
    name = fields.String()
    party = fields.String()
    suspended = fields.List(fields.Nested(Span))
    cycle = fields.Integer()
    started_at = moment()
    due_at = moment(required=True)
    allowance = fields.String()
    met_at = moment(allow_none=True)
    stopped_at = moment(allow_none=True)
    provisional = fields.Boolean(required=True)
    policy = fields.String()
    calendar = fields.String()
    state = fields.String()
    sum = fields.List(fields.String())


class Candidate(Schema):
    """Another possible way for a ticket, with the reasons for it."""

    unit = fields.Nested(Unit, allow_none=True)
    matter = fields.Nested(Matter, allow_none=True)
    place = fields.Nested(Place, allow_none=True)
    confidence = fields.Float()
    reasons = fields.List(fields.String())


class Why(Schema):
    """For staff and machines: why it went where it went."""

    confidence = fields.Float()
    reasons = fields.List(fields.String())
    candidates = fields.List(fields.Nested(Candidate))
    suggested_unit = fields.Nested(Unit, allow_none=True)


class Opened(Why):
    """The answer to an intake."""

    number = fields.String(required=True)
    query_code = fields.String(required=True)
    status = fields.String(required=True)
    kind = fields.String(required=True)
    urgency = fields.String(required=True)
    matter = fields.Nested(Matter, required=True, allow_none=True)
    place = fields.Nested(Place, required=True, allow_none=True)
    unit = fields.Nested(Unit, required=True, allow_none=True)
    advice = fields.String()
    clocks = fields.List(fields.Nested(Clock), required=True)


class TicketLine(Schema):
    """A ticket in a list."""

    number = fields.String(required=True)
    version = fields.Integer(required=True)
    status = fields.String(required=True)
    status_name = fields.String(required=True)
    kind = fields.String(required=True)
    urgency = fields.String(required=True)
    source = fields.String(required=True)
    title = fields.String(required=True)
    matter = fields.Nested(Matter, allow_none=True)
    place = fields.Nested(Place, allow_none=True)
    unit = fields.Nested(Unit, allow_none=True)
    cycle = fields.Integer()
    pending = fields.String(allow_none=True)
    received_at = moment()
    due_at = moment(allow_none=True)


class Citizen(Schema):
    """Who wrote, masked unless it was unmasked with a reason."""

    name = fields.String(required=True)
    phone = fields.String(required=True)
    address = fields.String()
    id_number = fields.String()


class Point(Schema):
    """Where on earth, in degrees of a datum."""

    latitude = fields.Float(required=True)
    longitude = fields.Float(required=True)
    datum = fields.String(required=True, validate=validate.OneOf(DATUMS))


class Ticket(TicketLine, Why):
    """A ticket for staff."""

    kind_name = fields.String()
    urgency_name = fields.String()
    content = fields.String(required=True)
    place_said = fields.String()
    point = fields.Nested(Point, allow_none=True)
    assisting = fields.List(fields.Nested(Unit, allow_none=True))
    assisted = fields.List(fields.Nested(Unit, allow_none=True))
    suspended_until = moment(allow_none=True)
    supervised = fields.Boolean()
    excluded = fields.String(allow_none=True, validate=validate.OneOf(("asked", "yes", "no")))
    dispatches = fields.Integer()
    designated = fields.Boolean()
    complex = fields.Boolean()
    asked_at = moment(allow_none=True)
    confidential = fields.Boolean()
    no_reply = fields.Boolean()
    details = fields.Dict(keys=fields.String(), allow_none=True, metadata={"description": "专项表单的内容"})
    citizen = fields.Nested(Citizen)


class TicketPage(Schema):
    """A page of tickets; `next` is the `after` of the next page, null at the end."""

    items = fields.List(fields.Nested(TicketLine), required=True)
    next = fields.String(required=True, allow_none=True)


class Event(Schema):
    """One event of a ticket's history."""

    seq = fields.Integer(required=True)
    at = moment(required=True)
    action = fields.String(required=True)
    name = fields.String(required=True)
    by = fields.String(required=True)
    data = fields.Dict(keys=fields.String())
    text = fields.String()


class Similar(Schema):
    """Another ticket that seems to be about the same, or is of the same caller."""

    number = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    status_name = fields.String(required=True)
    reason = fields.String(required=True)


class Likeness(Similar):
    """Another ticket that seems to be the same matter. `proposed`: sure enough for 建议并单; `may_join`: you may merge
    the later one into the earlier one now.
    """

    reason_name = fields.String(required=True)
    unit = fields.Nested(Unit, required=True, allow_none=True)
    received_at = moment(required=True)
    score = fields.Float(required=True)
    words = fields.String(required=True)
    reasons = fields.List(fields.String(), required=True)
    proposed = fields.Boolean(required=True)
    may_join = fields.Boolean(required=True)


class Fragment(Schema):
    """A piece of a highlight."""

    text = fields.String(required=True)
    match = fields.Boolean(required=True)


class Told(Schema):
    """One step in the citizen's words."""

    at = moment(required=True)
    action = fields.String(required=True)
    text = fields.String(required=True)


class PublicReply(Schema):
    """A reviewed public reply."""

    at = moment(required=True)
    unit = fields.String(required=True)
    text = fields.String(required=True)


class Evaluated(Schema):
    """`state` is open (it is time to evaluate), given or closed."""

    state = fields.String(required=True, validate=validate.OneOf(("open", "given", "closed")))
    solved = fields.Boolean()
    satisfied = fields.Boolean()
    level = fields.Integer()
    level_name = fields.String()


class Progress(Schema):
    """What the public may see of a ticket."""

    number = fields.String(required=True)
    status = fields.String(required=True)
    status_name = fields.String(required=True)
    unit = fields.String(required=True)
    received_at = moment(required=True)
    timeline = fields.List(fields.Nested(Told), required=True)
    clocks = fields.List(fields.Nested(Clock), required=True)
    replies = fields.List(fields.Nested(PublicReply), required=True)
    evaluation = fields.Nested(Evaluated, required=True)
    can_withdraw = fields.Boolean(required=True)
    can_urge = fields.Boolean(required=True)
    suspended_until = moment(required=True, allow_none=True)


class Filters(Schema):
    """Which tickets: several codes in one filter are separated by commas; days are of Asia/Shanghai, both included."""

    status = codes(Status)
    kind = codes(KINDS)
    unit = codes()
    matter = codes()
    place = codes()
    source = codes(SOURCES)
    from_ = fields.Date(data_key="from", load_default=None)
    to = fields.Date(load_default=None)
    after = fields.String(load_default=None, validate=validate.Length(max=400))
    size = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class ListFilters(Filters):
    """Filters of the list of tickets and its order: newest first, or nearest deadline first."""

    order = fields.String(load_default="received_at", validate=validate.OneOf(("received_at", "due_at")))


class Node(Schema):
    """A node of the catalogue of matters, of the units or of the places, with the code of its parent."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True)
    kind = fields.String(allow_none=True)
    short_name = fields.String()
    level = fields.String()
    path = fields.List(fields.String())


class Nodes(Schema):
    """All nodes, parents before or after their children."""

    items = fields.List(fields.Nested(Node), required=True)


class Role(Schema):
    """A role with its Chinese name."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class Me(Schema):
    """Who the token or session stands for, and what it may do."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.Nested(Role), required=True)
    unit = fields.Nested(Unit, allow_none=True, required=True)
    permissions = fields.List(fields.String(), required=True)
