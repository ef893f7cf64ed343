"""A complaint that a dispatcher sees to be a 举报: whom it accuses is read then, and its citizen is hidden."""

from __future__ import annotations

import pytest

from hotline.errors import OutOfOrder
from hotline.models import Ticket
from hotline.queries import person_hidden
from tests.hotline.city import BRIBE, DISPATCHER, INSURANCE, WUDANG, House


def test_the_accused_unit_does_not_get_it_even_by_the_dispatch_that_names_it_a_report(house: House) -> None:
    ticket = house.open(BRIBE, kind="complaint")
    with house.transaction() as session:
        session.get_one(Ticket, ticket.id).accused = []  # as when nobody saw an accusation in it at first
    with pytest.raises(OutOfOrder, match="被举报单位"):
        house.act(ticket, "dispatch", by=DISPATCHER, unit=INSURANCE, kind="report")
    ticket = house.act(ticket, "dispatch", by=DISPATCHER, unit=WUDANG, kind="report")
    assert (ticket.kind, ticket.accused, ticket.confidential) == ("report", [INSURANCE], True)
    assert person_hidden(ticket, house.handler(WUDANG))
    assert not house.faults()
