"""The triage page's words on floods."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hotline import piles
from hotline.models import Ticket
from tests.pages.conftest import Visitor

Sign = Callable[[str], Visitor]
Write = Callable[..., Ticket]


def test_the_list_says_where_piles_were_looked_for_when_more_waits(
    signed_in: Sign, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [write(f"路灯不亮，第 {number} 次说", hold=True, phone="13900000007") for number in range(7)]
    desk = signed_in("dispatcher")
    assert "里找成堆的" not in desk.get("/desk")
    monkeypatch.setattr(piles, "LOOKED_AT", 3)
    page = desk.get("/desk")
    assert "只在等得最久的和最新来的各 3 件里找成堆的" in page
    assert "其中 7 件成堆，收成了 1 行" in page
    assert sum(each.number in page for each in sent) == 1
    assert "里找成堆的" not in desk.get("/desk?queue=resolved")
