"""The shipped calendar and policy, as every installation begins with them."""

from __future__ import annotations

import pytest

from sla.calendar import Calendar
from sla.policy import Policy
from tests.sla.paper import shipped


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return Calendar.parse(shipped("calendar.json"))


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy.parse(shipped("policies/guangdong-2022.json"))
