"""Who may make rules, and what every publication has in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hotline import journal
from hotline.errors import Forbidden, Stale
from hotline.rights import SYSTEM, Actor

Watch = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""(items, words, how many) → the items, while a person sees how far it is."""


def unwatched(items: Iterable[Any], _words: str, _total: int) -> Iterable[Any]:
    """The items, with nobody looking on."""
    return items


def check_right(actor: Actor) -> None:
    """Raise Forbidden for who may not edit the rules."""
    if actor != SYSTEM and not actor.may("edit_rules"):
        raise Forbidden("只有系统管理员可以修改规则", "only a system administrator edits the rules")


def digest(document: Any) -> str:
    """The SHA-256 of a document's one byte form, as events name it."""
    return hashlib.sha256(journal.canonical(document)).hexdigest()


@contextmanager
def alone(session: Session) -> Iterator[None]:
    """What is written in it stands now; two who write at one moment are told apart by the tables' unique keys, and
    the later one is told so (Stale).
    """
    try:
        yield
        session.flush()
    except IntegrityError as error:
        raise Stale(
            "刚刚有人保存或发布了另一版，请刷新页面，看过之后再操作",
            "somebody saved or published another version at this moment; look again and repeat",
        ) from error
