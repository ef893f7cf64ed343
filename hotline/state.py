"""A ticket's state: what its events determine, as columns of its row or as plain values to fold events on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Foldable(Protocol):
    """What `apply` writes: the columns of a ticket's row that its events determine."""

    status: str
    kind: str
    urgency: str
    matter: str | None
    place: str | None
    unit: str | None
    assisting: list[Any]
    complex: bool
    cycle: int
    dispatches: int
    dispatched_at: datetime | None
    designated: bool
    extensions: int
    pending: str | None
    tries: int
    evaluated: bool
    parent_id: int | None
    policy: str
    calendar: str
    suspended_until: datetime | None
    suspensions: int
    supervised: bool
    excluded: str | None
    assisted: list[Any]


@dataclass(slots=True)
class State:
    """An empty ticket to fold events on."""

    status: str = "received"
    kind: str = "other"
    urgency: str = "normal"
    matter: str | None = None
    place: str | None = None
    unit: str | None = None
    assisting: list[Any] = field(default_factory=list)
    complex: bool = False
    cycle: int = 1
    dispatches: int = 0
    dispatched_at: datetime | None = None
    designated: bool = False
    extensions: int = 0
    pending: str | None = None
    tries: int = 0
    evaluated: bool = False
    parent_id: int | None = None
    policy: str = ""
    calendar: str = ""
    suspended_until: datetime | None = None
    suspensions: int = 0
    supervised: bool = False
    excluded: str | None = None
    assisted: list[Any] = field(default_factory=list)
