"""The acts on a ticket's page: each that may be done now as a form, and what a form got for an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from api.pages.forms import FORMS, Form, field_of, named, options_of, title_of
from api.pages.frame import moment
from api.pages.standing import asked
from hotline import worklists
from hotline.kinds import choices
from hotline.knowledge import knowledge
from hotline.lifecycle import ACTION_NAMES, Action
from hotline.models import Ticket
from hotline.possible import possible_acts
from hotline.proposals import similar_tickets
from hotline.rights import Actor

Lists = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True)
class Answer:
    """What a form got for an answer: the act that was not done, what was filled in, and why; or who wrote."""

    action: Action | None = None
    form: Form = field(default_factory=Form)
    errors: list[dict[str, str]] = field(default_factory=list)
    version: int | None = None
    reveal: dict[str, Any] = field(default_factory=dict)


def act_forms(session: Session, ticket: Ticket, who: Actor, answer: Answer) -> list[dict[str, Any]]:
    """The forms of the acts that may be done now, in FORMS' order; the one that was refused is open, as it was sent."""
    possible = possible_acts(session, ticket, who)
    if answer.action and answer.action not in possible:
        possible = [*possible, answer.action]
    lists = options_of(knowledge(session), _similar_options(session, ticket, who))
    lists = {**lists, "kinds": lambda: named(choices(ticket.kind))}
    made = [_act(session, ticket, who, action, answer, lists) for action in FORMS if action in possible]
    return sorted(made, key=lambda act: (not act["primary"], act["danger"]))


def _similar_options(session: Session, ticket: Ticket, who: Actor) -> list[dict[str, Any]]:
    if not who.may(Action.MERGE):
        return []
    return [{"value": other.number, "title": other.title} for _, other in similar_tickets(session, ticket, who)]


def _act(session: Session, ticket: Ticket, who: Actor, action: Action, answer: Answer, lists: Lists) -> dict[str, Any]:
    form, failed = FORMS[action], answer.action == action
    values: Mapping[str, Any] = answer.form if failed else _values(session, ticket, action)
    errors = [*answer.errors, *_meanwhile(session, ticket, answer)] if failed else []
    return {
        "name": action,
        "title": title_of(action),
        "key": form.key,
        "action": f"/tickets/{ticket.number}",
        "version": ticket.version,
        "fields": [field_of(entry, values.get(entry.name, ""), lists) for entry in form.entries],
        "danger": form.danger,
        "primary": form.primary,
        "note": form.note or (" " if errors and not form.entries else ""),
        "open": failed,
        "errors": errors,
        "submit": form.submit,
        "takes_files": form.takes_files,
        "asked": asked(session, ticket, who, action),
    }


def _values(session: Session, ticket: Ticket, action: Action) -> dict[str, Any]:
    """What a form is filled with before anybody wrote: a dispatch with what the machine thinks or the ticket has."""
    if action != Action.DISPATCH:
        return {}
    know = knowledge(session)
    return {
        "unit": (ticket.decision["unit"] if ticket.unit is None else "") or "",
        "assisting": "、".join(know.short_names[code] for code in ticket.assisting if code in know.short_names),
        "place": know.place_name(ticket.place),
        "matter": ticket.matter,
        "kind": ticket.kind,
        "urgency": ticket.urgency,
        "complex": ticket.complex,
    }


def _meanwhile(session: Session, ticket: Ticket, answer: Answer) -> list[dict[str, str]]:
    """What others did since the reader opened the page."""
    if answer.version is None:
        return []
    know = knowledge(session)
    told = worklists.acts_since(session, ticket, answer.version)
    return [
        {
            "field": "",
            "message": f"{moment(each.at)} {know.unit_name(each.unit) or '热线'}：{ACTION_NAMES[Action(each.action)]}",
        }
        for each in told
    ]
