"""The dispute ledger against the hotline's own rule of what is disputed."""

from __future__ import annotations

from hotline import disputes
from hotline.disputes import Dispute
from hotline.models import Ticket
from hotline.rights import Actor
from tests.hotline.city import DISPATCHER, TRANSPORT, WATER, WUDANG, House

MANAGER = Actor("staff:9004", "管理者", frozenset({"manager"}))


def listed(house: House, actor: Actor = MANAGER, state: str | None = None) -> list[Dispute]:
    with house.transaction() as session:
        return disputes.disputes(session, actor, state)


def returned(house: House, *units: str) -> Ticket:
    ticket = house.open()
    for unit in units:
        house.wait(minutes=5)
        house.act(ticket, "dispatch", unit=unit)
        house.act(ticket, "return", text=f"{unit}不管")
        house.act(ticket, "decide_return", approved=True, text="情况属实")
    return ticket


def test_one_return_is_no_dispute_and_two_are(house: House) -> None:
    returned(house, WUDANG)
    assert listed(house) == []
    ticket = returned(house, WUDANG, TRANSPORT)
    (one,) = listed(house)
    assert one.ticket.number == ticket.number
    assert [(claim.unit, claim.text, claim.approved, claim.decided_text) for claim in one.claims] == [
        (WUDANG, f"{WUDANG}不管", True, "情况属实"),
        (TRANSPORT, f"{TRANSPORT}不管", True, "情况属实"),
    ]
    assert one.state == "open"


def test_the_decision_is_the_dispatch_that_says_so_with_its_reason(house: House) -> None:
    ticket = returned(house, WUDANG, TRANSPORT)
    house.act(ticket, "dispatch", unit=WATER, text="管网由水务集团管")
    (one,) = listed(house, state="decided")
    assert one.ruling
    assert (one.ruling.unit, one.ruling.text) == (WATER, "管网由水务集团管")
    assert listed(house, state="open") == []


def test_a_refused_return_leaves_the_matter_with_the_unit_that_has_it(house: House) -> None:
    ticket = returned(house, WUDANG)
    house.act(ticket, "dispatch", unit=TRANSPORT)
    house.act(ticket, "return", text="不归我们")
    assert [each.state for each in listed(house)] == ["open"]
    house.act(ticket, "decide_return", by=DISPATCHER, approved=False)
    assert [(each.state, each.claims[-1].approved) for each in listed(house)] == [("settled", False)]


def test_a_unit_sees_the_disputes_that_it_took_part_in(house: House) -> None:
    returned(house, WUDANG, TRANSPORT)
    assert [len(listed(house, house.handler(unit))) for unit in (WUDANG, TRANSPORT, WATER)] == [1, 1, 0]
    (one,) = listed(house, house.handler(WUDANG))
    assert [claim.text for claim in one.claims] == [f"{WUDANG}不管", ""]
    assert not one.readable
