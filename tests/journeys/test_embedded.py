"""`python -m hotline up`, as a newcomer meets it: it comes up with its city, stops cleanly, and whatever ended it
before stands in the way of no next start."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotline.second_factor import in_fours
from tests.journeys.processes import Program, alive, children, ended, eventually, run
from tests.journeys.speaking import Speaker, wechat_signed
from tests.servers.process import free_port

START_SECONDS = 120
WAGES = "动力小镇一家公司拖欠我们十二个工人三个月工资，找了老板好几次都不给，请帮忙"
POTHOLES = "坐席：您好。市民：从羊昌到新场镇的路上坑洼很多，车都开不了，请派人来修一修路。坐席：好的。"
INSURANCE = "请问贵阳人社通这个APP为什么没有异地医保备案登记的功能？"


class Embedded:
    """A home, a port, and the program; everything else is the default."""

    def __init__(self, folder: Path) -> None:
        self.home, self.port = folder / "home", free_port()
        self.settings = {"HOTLINE_HOME": str(self.home), "HOTLINE_PORT": str(self.port)}
        self.program = Program(self.settings, folder / "up.log", "-m", "hotline", "up")
        self.speaker = Speaker(f"http://127.0.0.1:{self.port}")

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.program.start()
        eventually(self.is_ready, "it is ready", START_SECONDS)

    def is_ready(self) -> bool:
        """True when the web says so; fails when the program has ended."""
        assert self.program.process is not None
        assert self.program.process.poll() is None, self.program.words_said()[-3000:]
        return self.speaker.get("/readyz")[0] == 200

    def everyone(self) -> list[int]:
        """The program and all below it."""
        found = [self.program.pid]
        for pid in found:
            found += children(pid)
        return found

    def credentials(self) -> dict[str, Any]:
        """What the demo made."""
        made: dict[str, Any] = json.loads((self.home / "demo-credentials.json").read_text())
        return made

    def token(self, unit: str = "") -> str:
        """The token of a unit, or of the intake machine."""
        return str(next(each["token"] for each in self.credentials()["tokens"] if each["unit"] == unit))

    def count(self) -> int:
        """How many tickets there are, as the command line counts them."""
        done = run(self.settings, "-m", "hotline", "reindex")
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split()[0])


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One that runs, for the tests that leave it running."""
    house = Embedded(tmp_path_factory.mktemp("embedded"))
    with ended(house.program):
        house.start()
        yield house


def test_it_comes_up_with_the_demo_city_and_says_where_to_go(embedded: Embedded) -> None:
    assert embedded.speaker.get("/healthz")[0] == 200
    eventually(lambda: "按 Ctrl-C 停止" in embedded.program.words_said(), "it says how to stop it")
    said = embedded.program.words_said()
    assert f"http://127.0.0.1:{embedded.port}" in said
    assert all(person["password"] in said for person in embedded.credentials()["staff"])
    assert all(in_fours(person["totp"]) in said for person in embedded.credentials()["staff"] if "totp" in person)
    assert stat.S_IMODE((embedded.home / "demo-credentials.json").stat().st_mode) == 0o600
    assert embedded.count() > 100


def test_a_second_start_on_the_same_home_says_so_and_ends(embedded: Embedded) -> None:
    again = run(embedded.settings | {"HOTLINE_PORT": str(free_port())}, "-m", "hotline", "up")
    assert again.returncode == 1
    assert "already running" in again.stderr
    assert "Traceback" not in again.stderr


def test_an_urgent_matter_taken_in_is_dispatched_at_once_and_found_within_seconds(embedded: Embedded) -> None:
    body = {"content": "乌当区羊昌镇甘井村的路灯杆倒了，横在路中间", "phone": "13800000001"}
    ticket = embedded.speaker.post("/api/v1/intake/web", body, embedded.token())
    assert ticket["status"] == "dispatched"
    assert ticket["clocks"]
    assert all(clock["sum"] for clock in ticket["clocks"])

    def found() -> bool:
        page = embedded.speaker.read("/api/v1/search?q=甘井村 路灯杆", embedded.token(ticket["unit"]["code"]))
        return ticket["number"] in [item["number"] for item in page["items"]]

    eventually(found, "the search finds it", 15)


def test_the_longest_search_that_the_contract_allows_is_answered(embedded: Embedded) -> None:
    unit = embedded.token("district-wudang")
    found = embedded.speaker.read(f"/api/v1/search?q={'路' * 500}&from=2026-01-01&to=2026-12-31&facets=unit", unit)
    assert found["items"] == []


# The three cases that the city published, from the intake to the satisfied citizen.


def test_potholes_told_on_the_phone_go_to_the_district_as_a_matter_of_transport(embedded: Embedded) -> None:
    call = {"call_id": "journey-1", "form": "plain", "caller": "13985551234", "transcript": POTHOLES}
    ticket = embedded.speaker.post("/api/v1/intake/calls", call, embedded.token())
    assert ticket["unit"]["code"] == "district-wudang"
    assert "交通" in ticket["matter"]["path"][0]
    _to_the_satisfied_citizen(embedded, ticket, {"query_code": ticket["query_code"], "tail": "1234"})


def test_a_question_by_wechat_goes_to_the_medical_insurance_bureau_as_a_consultation(embedded: Embedded) -> None:
    secret = (embedded.home / "keys" / "wechat").read_text().strip()[:32]
    path, xml = wechat_signed(secret, INSURANCE, 77001)
    status, text = embedded.speaker.send(path, xml, "text/xml")
    assert status == 200, text
    number, code = (text.partition(word)[2].split()[0] for word in ("编号：", "查询码："))
    ticket = embedded.speaker.read(f"/api/v1/tickets/{number}", embedded.token("dept-medical-insurance"))
    assert ticket["kind"] == "consultation"
    _to_the_satisfied_citizen(embedded, ticket, {"query_code": code, "tail": ""})


def test_wages_owed_in_a_park_go_to_the_zone_that_runs_it(embedded: Embedded) -> None:
    body = {"content": WAGES, "phone": "13985554321", "name": "李师傅"}
    ticket = embedded.speaker.post("/api/v1/intake/web", body, embedded.token())
    assert ticket["unit"]["code"] == "district-gaoxin"
    _to_the_satisfied_citizen(embedded, ticket, {"query_code": ticket["query_code"], "tail": "4321"})


def _to_the_satisfied_citizen(house: Embedded, ticket: dict[str, Any], citizen: dict[str, str]) -> None:
    """The unit by token, dispatcher and follow-up by a session, the citizen by code; then the rates."""
    number, unit = ticket["number"], house.token(ticket["unit"]["code"])
    before = _satisfied(house)
    reply = f"您好，您反映的事({number})已经办好。"
    house.speaker.post(f"/api/v1/tickets/{number}/accept", {}, unit)
    house.speaker.post(f"/api/v1/tickets/{number}/contact", {"text": "已电话联系"}, unit)
    house.speaker.post(f"/api/v1/tickets/{number}/resolve", {"result": "现场已处理", "public_reply": reply}, unit)
    query = f"/api/v1/public/tickets/{citizen['query_code']}?phone_tail={citizen['tail']}"
    assert house.speaker.read(query)["replies"] == []
    staff = {person["login"]: person["password"] for person in house.credentials()["staff"]}
    dispatcher, follow_up = (house.speaker.signed_in(login, staff[login]) for login in ("dispatcher", "follow-up"))
    dispatcher.act(number, "review", {"passed": True})
    follow_up.act(number, "follow_up", {"answered": True, "solved": True, "satisfied": True, "level": 5})
    seen = house.speaker.read(query)
    assert [each["text"] for each in seen["replies"]] == [reply]
    assert seen["evaluation"]["level"] == 5
    numerator, denominator = _satisfied(house)
    assert (numerator, denominator) == (before[0] + 1, before[1] + 1)


def _satisfied(house: Embedded) -> tuple[int, int]:
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    done = run(house.settings, "-m", "hotline", "report", "--from", today, "--to", today, "--json")
    assert done.returncode == 0, done.stderr
    rate = next(m for m in json.loads(done.stdout)["metrics"] if m["metric"] == "satisfied_of_evaluated")
    return rate["numerator"], rate["denominator"]


# How it ends, and starts again.


def test_ctrl_c_stops_all_of_it_and_the_next_start_keeps_the_data(embedded: Embedded) -> None:
    content = {"content": "再来一件：南明区花果园停水两天了"}
    embedded.speaker.post("/api/v1/intake/web", content, embedded.token())
    kept, secrets, everyone = embedded.count(), embedded.credentials(), embedded.everyone()
    assert len(everyone) >= 4  # itself, gunicorn, its worker, the ticker
    assert embedded.program.send(signal.SIGINT) == 0
    assert not [pid for pid in everyone if alive(pid)]
    assert "已停止" in embedded.program.words_said()
    embedded.start()
    assert embedded.count() == kept
    assert embedded.credentials() == secrets


def test_no_orphan_of_a_killed_program_stands_in_the_way_of_the_next(embedded: Embedded) -> None:
    kept, everyone = embedded.count(), embedded.everyone()
    os.kill(embedded.program.pid, signal.SIGKILL)
    assert embedded.program.ended() == -signal.SIGKILL
    eventually(lambda: not [pid for pid in everyone if alive(pid)], "its children end with it")
    embedded.start()
    assert embedded.count() == kept


def test_a_start_that_was_cut_off_in_the_demo_load_starts_over(tmp_path: Path) -> None:
    house = Embedded(tmp_path)
    with ended(house.program):
        house.program.start()
        eventually(lambda: "载入演示城市" in house.program.words_said(), "it loads the demo city")
        eventually((house.home / "hotline.db-wal").exists, "it writes")
        time.sleep(1)
        house.program.kill()
        assert not (house.home / "demo-credentials.json").exists()
        house.start()
        assert house.count() > 100
        assert house.speaker.read("/api/v1/tickets", house.token("district-wudang"))["items"]


def test_a_port_in_use_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run({"HOTLINE_HOME": str(tmp_path / "home"), "HOTLINE_PORT": port}, "-m", "hotline", "up")
    assert done.returncode == 1
    assert done.stderr.strip() == f"hotline: port {port} is in use by another program; stop it, or set HOTLINE_PORT"


@pytest.mark.parametrize("command", ["up", "migrate"])
def test_a_home_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = run({"HOTLINE_HOME": str(tmp_path / "file" / "home")}, "-m", "hotline", command)
    assert done.returncode == 1
    assert done.stderr.startswith("hotline: HOTLINE_HOME cannot be written")
    assert len(done.stderr.splitlines()) == 1
