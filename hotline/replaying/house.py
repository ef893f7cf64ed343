"""The house that a year is replayed in: empty of tickets, furnished with the demo city and its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, knowledge, migrations, seeds, staff
from hotline.knowledge import Knowledge
from hotline.models import Staff, Ticket, Unit
from hotline.rights import CITIZEN, Actor
from hotline.running import CREDENTIALS
from hotline.seeds import city
from hotline.settings import settings

AGENTS = 12
"""Agents who take the calls, beside the demo's own."""

_BEFORE = timedelta(days=1)


class NotEmpty(ValueError):
    """The house is no place for a replay; the message says why, and what to do."""


def furnish(start: datetime) -> None:
    """Migrate, seed and people the house as of the day before `start`. Raises NotEmpty in production, and where there
    are tickets already.
    """
    if not settings().embedded:
        raise NotEmpty("回放生成的是虚构工单，不能在生产环境进行；请用 --home 另指一个文件夹")
    migrations.migrate()
    with db.transaction() as session:
        if session.scalar(select(func.count()).select_from(Ticket)):
            raise NotEmpty("这里已经有工单了，回放只在空的系统里进行；请用 --home 指定一个新文件夹，或换一个空数据库")
        session.info["now"] = start - _BEFORE
        seeds.seed_rules(session)
        seeds.seed_city(session, seeds.DEMO)
    knowledge.forget()
    with db.transaction() as session:
        session.info["now"] = start - _BEFORE
        _employ(session)


def _employ(session: Session) -> None:
    if session.scalar(select(func.count()).select_from(Staff)):
        return
    credentials = city.make_people(session)
    for number in range(AGENTS):
        staff.add_staff(session, f"agent-{number + 1:02d}", f"坐席 {number + 1:02d}", ("agent",), None, "")
    credentials.write(settings().home / CREDENTIALS)


@dataclass(frozen=True)
class People:
    """Who acts: the hotline's by trade, and each unit's account by its code."""

    agents: tuple[Actor, ...]
    hotline: dict[str, Actor]
    units: dict[str, Actor]
    know: Knowledge

    def of_unit(self, code: str | None) -> Actor:
        """The account of the unit, or of the nearest above it that has one. LookupError where there is none."""
        return next(self.units[each] for each in self.know.unit_tree.ancestors(code) if each in self.units)


def people(session: Session, know: Knowledge) -> People:
    """The accounts of the house. LookupError where one that the replay needs is missing."""
    accounts = {row.login: row for row in session.scalars(select(Staff).where(Staff.active))}
    units = {row.unit: staff.actor_of(session, row) for row in accounts.values() if row.login == f"unit-{row.unit}"}
    trades = {login: staff.actor_of(session, accounts[login]) for login in ("agent", "dispatcher", "follow-up")}
    agents = [login for login in sorted(accounts) if login.startswith("agent")]
    return People(
        agents=tuple(staff.actor_of(session, accounts[login]) for login in agents),
        hotline=trades | {"citizen": CITIZEN},
        units={code: actor for code, actor in units.items() if code},
        know=know,
    )


def onboarding(session: Session) -> dict[str, date]:
    """Since when each unit takes tickets."""
    return {row.code: row.onboarded_on for row in session.execute(select(Unit.code, Unit.onboarded_on))}
