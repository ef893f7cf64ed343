"""What people corrected is an example, what the machine alone decided is none, and nobody can be read out of either."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hotline import db
from hotline.knowledge import knowledge
from hotline.learning import history
from tests.hotline_fixtures import Web

POTHOLES = "从羊昌到新场镇的路上全是坑，下雨积水看不见，摩托车摔了好几次，请派人来修"
PERSON = {"phone": "13800138000", "name": "陆小满", "place": "乌当区羊昌镇"}
OTHER = "05-01-01"


def learned(since: bool = False) -> dict[str, list[tuple[str, str]]]:
    """Kind → (label, text) of the examples; `since` tomorrow."""
    with db.reading() as session:
        day = (datetime.now(UTC) + timedelta(days=2)).date() if since else None
        found = history.examples(session, knowledge(session).matters_in_force, day)
    return {kind: [(each.label, each.text) for each in rows] for kind, rows in found.items() if rows}


def sent(web: Web, content: str = POTHOLES, **more: object) -> str:
    return str(web.open(content, **PERSON, **more)["number"])


def test_what_the_machine_sent_and_nobody_changed_is_no_example(web: Web) -> None:
    number = sent(web)
    web.act(number, "accept", "wudang")
    assert learned() == {}


def test_dispatched_again_under_another_matter_is_an_example_of_that_matter(web: Web) -> None:
    web.act(sent(web), "dispatch", "dispatcher", unit="dept-medical-insurance", matter=OTHER)
    assert learned() == {"redispatched": [(OTHER, POTHOLES)]}
    assert learned(since=True) == {}


def test_dispatched_again_under_the_same_matter_says_nothing_of_the_matter(web: Web) -> None:
    web.act(sent(web), "dispatch", "dispatcher", unit="dept-medical-insurance")
    assert learned() == {}


def test_returned_with_approval_and_sent_on_under_another_matter(web: Web) -> None:
    number = sent(web)
    web.act(number, "return", "wudang", text="不是我区的路")
    web.act(number, "decide_return", "dispatcher", approved=True)
    assert learned() == {}, "nobody has said yet what it is about"
    web.act(number, "dispatch", "dispatcher", unit="dept-medical-insurance", matter=OTHER)
    assert learned() == {"returned": [(OTHER, POTHOLES)]}


def test_returned_to_the_unit_of_another_candidate_is_an_example_of_its_matter(web: Web) -> None:
    number = sent(web)
    with db.reading() as session:
        from hotline.models import Ticket

        ticket = session.query(Ticket).filter_by(number=number).one()
        other = next(each for each in ticket.decision["candidates"] if each["matter"] != ticket.decision["matter"])
    web.act(number, "return", "wudang", text="应由市级部门办理", proposed_unit=other["unit"])
    assert learned() == {}, "it is not approved yet"
    web.act(number, "decide_return", "dispatcher", approved=True)
    assert learned() == {"returned": [(other["matter"], POTHOLES)]}


def test_a_refused_return_changes_nothing(web: Web) -> None:
    number = sent(web)
    web.act(number, "return", "wudang", text="不是我区的路")
    web.act(number, "decide_return", "dispatcher", approved=False, text="就是你区的路")
    assert learned() == {}


def test_a_designated_unit_settles_the_matter(web: Web) -> None:
    web.act(sent(web), "dispatch", "dispatcher", unit="dept-medical-insurance", matter=OTHER, designate=True)
    assert learned() == {"designated": [(OTHER, POTHOLES)]}


def test_closed_after_a_persons_dispatch_confirms_the_matter(web: Web) -> None:
    number = str(web.open("请问这个事情应该找谁", **PERSON)["number"])
    web.act(number, "dispatch", "dispatcher", unit="district-wudang", matter="05-01-01")
    web.act(number, "accept", "wudang")
    web.act(number, "resolve", "wudang", result="已办", public_reply="已经办理。")
    web.act(number, "review", "dispatcher", passed=True)
    assert set(learned()) == {"redispatched"}, "the machine had no matter, so a person's is a correction"
    web.act(number, "follow_up", "follow_up", answered=True, solved=True, level=5)
    assert set(learned()) == {"redispatched"}


def test_confidential_tickets_and_reports_of_wrongdoing_are_left_out(web: Web) -> None:
    secret = sent(web, confidential=True)
    report = sent(web, POTHOLES + "。", kind="report")
    for number in (secret, report):
        web.act(number, "dispatch", "dispatcher", unit="dept-medical-insurance", matter=OTHER)
    assert learned() == {}


def test_numbers_and_the_citizens_name_are_struck_before_anything_is_learned(web: Web) -> None:
    said = f"我叫陆小满，电话13800138000，身份证520102199003071230，{POTHOLES}"
    web.act(sent(web, said), "dispatch", "dispatcher", unit="dept-medical-insurance", matter=OTHER)
    ((_, text),) = learned()["redispatched"]
    assert POTHOLES in text
    assert not [part for part in ("陆小满", "1380", "8000", "5201", "1230") if part in text]
