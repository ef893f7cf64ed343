"""Where a year may be replayed, and that databases and processes make no difference to its figures."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from hotline import db, replaying
from hotline.replaying import Asked, Killed, NotEmpty, Scenario, report_of
from hotline.settings import settings
from hotline.verification import snapshot, verify
from tests.hotline_fixtures import forget
from tests.replaying.conftest import TICKETS, Year, played, settle


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test its own environment, and nothing kept of it."""
    yield
    monkeypatch.undo()
    forget()


def test_nothing_is_replayed_in_production(home: Path, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    more = {"ENVIRONMENT": "production", "SECRET_KEY": "s" * 40, "DATA_KEY": "A" * 43, "WECHAT_TOKEN": "t" * 12}
    for name, value in (more | {"DATABASE_URL": f"sqlite:///{home / 'hotline.db'}"}).items():
        monkeypatch.setenv(f"HOTLINE_{name}", value)
    with pytest.raises(NotEmpty, match="生产环境"):
        replaying.replay(Asked(scenario, TICKETS))
    assert not (home / "hotline.db").exists()


@pytest.mark.postgres
def test_both_databases_come_to_the_same_report(
    sqlite_year: Year, postgres_year: Year, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = []
    for made in (sqlite_year, postgres_year):
        settle(monkeypatch, made.home, made.url)
        with db.reading() as session:
            reports.append(report_of(session, scenario))
    assert reports[0] == reports[1]
    assert sqlite_year.done.acts == postgres_year.done.acts
    assert sqlite_year.done.adjusted == postgres_year.done.adjusted


@pytest.mark.postgres
def test_two_processes_end_the_year_with_the_same_figures(
    postgres_database: Callable[..., str],
    tmp_path: Path,
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    autumn = replace(scenario, first=date(2020, 9, 1))
    made = played(monkeypatch, Asked(autumn, 100, processes=2, indexed=False), tmp_path, postgres_database())
    with snapshot() as session:
        report, found = report_of(session, autumn), verify(session, settings().seal_file)
    ends, content = autumn.scaled(100)
    assert report.counts["closed"] == ends["closed"]
    assert report.counts["open_past_deadline"] == ends["open_past_deadline"]
    assert report.figure("satisfied_of_closed").numerator == content
    assert found.faults == []
    assert found.tickets == made.done.messages


def _killed(*_of: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.postgres
def test_a_replay_of_which_a_process_was_killed_ends_and_says_so(
    postgres_database: Callable[..., str],
    tmp_path: Path,
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hotline.replaying.running._one", _killed)
    with pytest.raises(Killed, match="exit code -9"):
        played(monkeypatch, Asked(scenario, 100, processes=2, indexed=False), tmp_path, postgres_database())
