"""The quiet line above a desk's list: what its people were reminded of today, and where it waits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from hotline import db, sweep
from hotline.models import Notice, Ticket
from tests.pages.conftest import Visitor

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]


def _swept_after(days: int) -> None:
    """The sweep as it would be then, told today."""
    now = datetime.now(UTC)
    with db.transaction() as session:
        session.info["now"] = now + timedelta(days=days)
        sweep.sweep(session)
        session.execute(update(Notice).values(at=now))


def _line(page: str) -> list[tuple[str, str]]:
    """(address, words) of each link in the line."""
    found = re.search(r"今日提醒：(.*?)</p>", page)
    return re.findall(r'<a href="([^"]+)">([^<]+)</a>', found[1]) if found else []


def test_a_unit_is_reminded_of_its_own_by_level_the_gravest_first(signed_in: SignIn, write: Write) -> None:
    write()
    _swept_after(60)
    line = _line(signed_in("wudang").get("/unit"))
    assert line == [
        ("/unit?queue=overdue", "3 项超期 5 个工作日以上"),
        ("/unit?queue=overdue", "3 项超期 1 个工作日以上"),
        ("/unit?queue=overdue", "3 项已到期"),
        ("/unit?queue=soon", "3 项时限已用 75%"),
    ]
    assert not _line(signed_in("gaoxin").get("/unit")), "another unit hears nothing of it"


def test_the_dispatchers_are_reminded_of_what_waits_at_the_desk(signed_in: SignIn, write: Write) -> None:
    write(hold=True)
    _swept_after(60)
    line = _line(signed_in("dispatcher").get("/desk"))
    assert line[0] == ("/desk?queue=received", "1 项超期 5 个工作日以上")
    assert not _line(signed_in("agent").get("/desk"))


def test_on_a_quiet_day_there_is_no_line(signed_in: SignIn, write: Write) -> None:
    write()
    assert "今日提醒" not in signed_in("wudang").get("/unit")
    assert "今日提醒" not in signed_in("dispatcher").get("/desk")
