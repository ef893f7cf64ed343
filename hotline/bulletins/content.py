"""The content of a bulletin: everything that it shows, as plain JSON, gathered once and dressed four times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from hotline.bulletins.carried import carried
from hotline.bulletins.closure import closure
from hotline.bulletins.hot import hot
from hotline.bulletins.overdue import overdue
from hotline.bulletins.overview import overview
from hotline.bulletins.periods import KINDS, instant, period_of
from hotline.bulletins.shapes import Json
from hotline.bulletins.standing import standing
from hotline.bulletins.stretches import Three, is_over, three
from hotline.bulletins.volume import volume
from hotline.settings import settings

FORM = 1
"""The form of this JSON; a later form is another number, so that an old bulletin is read as it was written."""

NUMERALS = "一二三四五六七八九十"

Part = Callable[[Session, Three], Json]
PARTS: tuple[Part, ...] = (
    overview,
    volume,
    closure,
    carried,
    standing,
    hot,
    overdue,
)


def content(session: Session, kind: str, first: date) -> Json:
    """Everything that the bulletin of `kind` whose period begins on `first` shows, as of the period's cut-off.

    {form, kind, kind_name, first, last, period, issue, title, office, city, cut_off, cut_off_words, over, sections}:
    sections as in shapes.py. `over` is false while the period runs. Raises InvalidInput naming kind or first.
    """
    period = period_of(kind, first)
    found = three(session, period)
    office = _office()
    return {
        "form": FORM,
        "kind": kind,
        "kind_name": KINDS[kind],
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "period": period.name,
        "issue": period.issue,
        "title": f"关于{period.name}诉求办理情况的通报",
        "office": office,
        "city": settings().city,
        "over": is_over(session, period.last),
        "cut_off": found.now.scope.cut_off.isoformat(),
        "cut_off_words": instant(found.now.scope.cut_off),
        "sections": [_numbered(n, part(session, found)) for n, part in enumerate(PARTS)],
    }


def _numbered(number: int, made: Json) -> Json:
    return made | {"title": f"{NUMERALS[number]}、{made['title']}"}


def _office() -> str:
    """Who issues it: the hotline with its city."""
    city, name = settings().city, settings().hotline_name
    return (name if name.startswith(city) else f"{city}{name}").replace(" ", "")
