"""Who wrote: shown in full only for a reason, and the reason is in the ticket's history."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hotline.desk.case import Case, take
from hotline.desk.guards import needed
from hotline.errors import Forbidden
from hotline.lifecycle import Action
from hotline.queries import citizen_view, person_hidden
from hotline.rights import Actor


def unmask(session: Session, number: str, actor: Actor, reason: str) -> dict[str, str]:
    """Name, phone, and what else was given of the citizen, with an `unmask` event that says who looked at what and why.

    Nothing of a 举报's reporter or of a person who asked for confidentiality is shown to a unit [济南 Art. 32].
    Raises NotFound, Forbidden, and InvalidInput without a reason. The version stays: nothing of the ticket changed.
    """
    needed("reason", reason, "查看理由", "the reason")
    case = take(session, number, actor)
    _check(case)
    shown = citizen_view(session, case.ticket, actor, unmask=True)
    case.record(Action.UNMASK, {"fields": list(shown)}, reason)
    return shown


def _check(case: Case) -> None:
    actor, ticket = case.actor, case.ticket
    if not actor.may("unmask"):
        raise Forbidden("您的角色不能查看来件人信息", "your roles do not allow seeing who wrote")
    if person_hidden(ticket, actor):
        raise Forbidden(
            "来件人要求保密或属于举报，承办单位不能查看；确需联系请通过热线转达",
            "the citizen is confidential or reports wrongdoing; a unit may not see who it is",
        )
