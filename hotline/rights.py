"""Who may do what: roles, permissions, and which tickets a reader may know of. Deny by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = {
    "agent": "坐席",
    "dispatcher": "派单员",
    "unit_handler": "承办人",
    "unit_reviewer": "承办单位审核人",
    "follow_up": "回访员",
    "manager": "管理者",
    "intake": "来件系统",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
}

ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
"""Three administrators with disjoint rights; nobody holds two, nor another role beside (GB/T 22239 8.1.5)."""

_HOTLINE = frozenset({"agent", "dispatcher", "follow_up"})
_UNIT = frozenset({"unit_handler", "unit_reviewer"})

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "me": frozenset(ROLES),
    "intake": frozenset({"agent", "dispatcher", "intake"}),
    "read_tickets": _HOTLINE | _UNIT | {"manager"},
    "search": _HOTLINE | _UNIT | {"manager"},
    "read_catalogue": _HOTLINE | _UNIT | {"manager", "intake", "system_admin"},
    "desk": _HOTLINE,
    "unit_desk": _UNIT,
    "read_rates": frozenset({"manager", "dispatcher"}),
    "unmask": _HOTLINE | _UNIT,
    "read_audit": frozenset({"audit_admin"}),
    "answer": frozenset({"agent", "dispatcher"}),
    "reject": frozenset({"agent", "dispatcher"}),
    "dispatch": frozenset({"agent", "dispatcher"}),
    "accept": _UNIT,
    "contact": _UNIT,
    "return": _UNIT,
    "decide_return": frozenset({"dispatcher"}),
    "extend": _UNIT,
    "decide_extension": frozenset({"dispatcher"}),
    "suspend": _UNIT,
    "decide_suspension": frozenset({"dispatcher"}),
    "resume": _UNIT | {"dispatcher"},
    "assist": _UNIT,
    "urge": frozenset({"agent", "dispatcher"}),
    "supervise": frozenset({"manager", "dispatcher"}),
    "feedback": _UNIT,
    "exclude": _UNIT,
    "decide_exclusion": frozenset({"manager"}),
    "resolve": _UNIT,
    "review": frozenset({"dispatcher"}),
    "follow_up": frozenset({"follow_up"}),
    "reopen": frozenset({"follow_up", "dispatcher"}),
    "close": frozenset({"follow_up", "dispatcher"}),
    "withdraw": frozenset({"agent", "dispatcher"}),
    "merge": frozenset({"dispatcher"}),
    "unmerge": frozenset({"dispatcher"}),
    "apart": frozenset({"dispatcher"}),
    "attach": _HOTLINE | _UNIT,
    "read_ledger": _UNIT | {"manager", "dispatcher"},
    "read_notices": _UNIT | _HOTLINE | {"manager"},
    "enter_forms": frozenset({"dispatcher", "agent", "intake"}),
    "edit_rules": frozenset({"system_admin"}),
    "read_rules": frozenset({"system_admin", "manager", "dispatcher"}),
    "read_models": frozenset({"system_admin", "manager", "dispatcher"}),
    "promote_models": frozenset({"system_admin"}),
    "edit_targets": frozenset({"system_admin"}),
    "edit_schemes": frozenset({"system_admin"}),
    "read_schemes": frozenset({"system_admin", "manager", "dispatcher"}),
    "publish_bulletins": frozenset({"manager"}),
    "judge_topics": frozenset({"manager"}),
    "approve_answers": frozenset({"dispatcher"}),
    "load_calls": frozenset({"intake"}),
    "export": frozenset({"manager"}),
}
"""Permission → the roles that have it. What is not listed is nobody's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts or reads: a person or machine with roles, the citizen (by code), or the system itself.

    `units` is the actor's own unit and all below it; empty for the hotline's people, who see every ticket.
    """

    id: str
    name: str
    roles: frozenset[str] = frozenset()
    unit: str | None = None
    units: frozenset[str] = field(default=frozenset())

    def may(self, permission: str) -> bool:
        """True when one of the actor's roles has the permission."""
        return bool(self.roles & PERMISSIONS.get(permission, frozenset()))

    @property
    def of_unit(self) -> bool:
        """True for a unit's people: they see only what is theirs."""
        return bool(self.roles & _UNIT) and not self.roles & (_HOTLINE | {"manager"})

    @property
    def sees_tickets(self) -> bool:
        """True when the actor may read tickets at all."""
        return self.may("read_tickets")


SYSTEM = Actor("system", "系统")
CITIZEN = Actor("citizen", "来件人")


def check_roles(roles: frozenset[str]) -> None:
    """Raise ValueError for unknown roles, or for an administrator with any second role."""
    if unknown := roles - ROLES.keys():
        raise ValueError(f"unknown roles: {', '.join(sorted(unknown))}")
    if roles & ADMINISTRATORS and len(roles) > 1:
        raise ValueError("an administrator holds one role only: system, security or audit")
