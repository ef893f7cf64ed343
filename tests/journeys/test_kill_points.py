"""A process that dies just before or just after a commit: what it promised is there once, and the next one goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotline import db, rounds
from hotline.settings import settings
from hotline.verification import snapshot, verify
from tests.journeys import proof
from tests.journeys.processes import ended, eventually
from tests.journeys.production import House, Sender, forget, open_old_tickets

MOMENTS = ("before", "after")
ROUNDS = ("sweep_round", "relay_round", "seal_round")
OLD_TICKETS = 4


@pytest.fixture(scope="module")
def house(postgres_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """PostgreSQL and the embedded index: what is killed here is the house's own processes."""
    made = House(tmp_path_factory.mktemp("house"), postgres_database())
    made.settings["TRAPS"] = str(made.folder)
    made.found()
    with pytest.MonkeyPatch.context() as patch, made.within(patch):
        open_old_tickets(OLD_TICKETS)
        yield made


def _set_trap(house: House, moment: str) -> Path:
    trap = house.folder / moment
    trap.touch()
    return trap


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_message_is_kept_once_when_the_web_dies_at_its_commit(house: House, moment: str, tmp_path: Path) -> None:
    bind = f"--bind=127.0.0.1:{house.port}"
    web = house.program("web", "-m", "gunicorn", "tests.journeys.kill_points:app", bind, "--threads=8")
    with ended(web):
        web.start()
        eventually(lambda: house.get("/readyz")[0] == 200, "the web is ready")
        sender = Sender(house.address, house.token(), tmp_path / "ledger.jsonl", f"{moment}-")
        trap = _set_trap(house, moment)
        sender.send(20)
        sender.wait()
        sender.close()
    assert not trap.exists()
    assert any(0 in line["statuses"] for line in sender.lines())
    with db.reading() as session:
        assert not proof.lost_or_doubled(session, sender.lines(), f"{moment}-")
        assert not proof.wrong_clocks(session)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("task", ROUNDS)
def test_a_round_that_dies_at_its_commit_is_done_once_by_the_next(house: House, task: str, moment: str) -> None:
    open_old_tickets(OLD_TICKETS, f"{task}-{moment}-")
    trap = _set_trap(house, moment)
    killed = house.program(task, "-m", "tests.journeys.kill_points", task)
    with ended(killed):
        killed.start()
        assert killed.ended() == -signal.SIGKILL
    assert not trap.exists()
    forget()
    for again in ROUNDS:
        getattr(rounds, again)()
    with db.reading() as session:
        assert proof.is_delivered()
        assert proof.is_sealed()
        assert not proof.wrong_clocks(session)
        assert not proof.wrong_escalations(session, db.now(session))
        assert not proof.not_indexed(session)
    with snapshot() as session:
        assert not verify(session, settings().seal_file).faults
