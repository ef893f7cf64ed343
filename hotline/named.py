"""Calendars and policies by name: what is shipped, else what is in a file, else what the database has published.

What is shipped needs neither settings nor a database; the database is asked only where one is configured, and only
for a name that is neither shipped nor a file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from hotline.intake.inquiry import InvalidInput
from hotline.rulebook import Rulebook
from sla.calendar import Calendar
from sla.policy import Policy

SEEDS = Path(__file__).parent / "seeds"
CONFIGURED_BY = ("HOTLINE_DATABASE_URL", "HOTLINE_HOME")

_MODELS = {"calendar": "hotline/seeds/calendar.json", "policy": "hotline/seeds/policies/guangdong-2022.json"}
_Made = TypeVar("_Made", Calendar, Policy)


def calendar_named(name: object = None) -> Calendar:
    """The shipped calendar (None, cn-2026.1 or cn-2026), a file's in the shape of seeds/calendar.json, or an edition.

    InvalidInput for `calendar` where there is none of that name, or its file is wrong.
    """
    if name is not None and not isinstance(name, str):
        raise InvalidInput("calendar", "须是文件名或日历版本名", "must be a file or the name of an edition")
    shipped = _shipped_calendar()
    if name is None or name in (shipped.version, shipped.version.partition(".")[0]):
        return shipped
    found = _of_file("calendar", name, Calendar.parse) if _is_file(name) else _edition(name)
    if found is None:
        raise InvalidInput(
            "calendar",
            f"没有文件也没有日历版本叫“{name}”，随附的版本是 {shipped.version}",
            f"no file and no edition is called {name!r}; {shipped.version} is shipped",
        )
    return found


def policy_named(name: object, on: date) -> Policy:
    """CODE or CODE@VERSION of a shipped set, a file in the shape of seeds/policies, or a published set in force `on`.

    InvalidInput for `policy` where there is none of that name, or its file is wrong.
    """
    if not isinstance(name, str):
        raise InvalidInput("policy", "须是办法代码或文件名", "must be the code of a set or a file")
    shipped = _shipped_policies()
    if name in shipped:
        return shipped[name]
    found = _of_file("policy", name, Policy.parse) if _is_file(name) else _published_policy(name, on)
    if found is None:
        stamps = [policy.stamp for code, policy in shipped.items() if code == policy.code]
        raise InvalidInput(
            "policy",
            f"没有文件也没有办法叫“{name}”，随附的有 {'、'.join(stamps)}",
            f"no file and no set is called {name!r}; {', '.join(stamps)} are shipped",
        )
    return found


@cache
def _shipped_calendar() -> Calendar:
    return Calendar.parse(json.loads((SEEDS / "calendar.json").read_text("utf-8")))


@cache
def _shipped_policies() -> dict[str, Policy]:
    """By code and by stamp."""
    files = sorted((SEEDS / "policies").glob("*.json"))
    policies = [Policy.parse(json.loads(file.read_text("utf-8"))) for file in files]
    return {name: policy for policy in policies for name in (policy.code, policy.stamp)}


@lru_cache(maxsize=64)
def _of_file(option: str, name: str, parse: Callable[[Mapping[str, Any]], _Made]) -> _Made:
    model = _MODELS[option]
    try:
        return parse(json.loads(Path(name).read_text("utf-8")))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(
            option,
            f"文件“{name}”不能用（{error}），请按 {model} 的格式写",
            f"the file {name!r} will not do ({error}); {model} shows the form",
        ) from error


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _edition(name: str) -> Calendar | None:
    rules = _published()
    return rules.calendar(name) if rules and name in rules.editions else None


def _published_policy(name: str, on: date) -> Policy | None:
    rules = _published()
    if rules is None:
        return None
    in_force = {policy.code: policy for policy in rules.policies_on(on)}
    return rules.policies.get(name) or in_force.get(name)


def _published() -> Rulebook | None:
    """What the configured database has published; None where none is configured, or it cannot answer."""
    if not any(os.environ.get(name) for name in CONFIGURED_BY):
        return None
    from sqlalchemy.exc import SQLAlchemyError

    from hotline import db
    from hotline.knowledge import Unseeded, knowledge
    from hotline.settings import WrongSetting

    try:
        with db.reading() as session:
            return knowledge(session).rules
    except (WrongSetting, Unseeded, SQLAlchemyError):
        return None
