"""docs/operations.md says only what is true: its SQL and its commands are tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import click
import psycopg
import pytest
from psycopg import errors

from hotline import rounds
from hotline.__main__ import cli
from tests.journeys import proof
from tests.journeys.processes import ROOT
from tests.journeys.production import House, forget, open_old_tickets

GUIDE = (ROOT / "docs" / "operations.md").read_text()


def test_every_command_of_the_guide_exists() -> None:
    assert isinstance(cli, click.Group)
    named = set(re.findall(r"python -m hotline ([a-z-]+)", GUIDE)) | set(
        re.findall(r"^ {4}hotline ([a-z-]+)", GUIDE, re.M)
    )
    assert {"seed", "verify", "reindex", "add-staff", "add-token"} <= named
    assert not named - cli.commands.keys()


def test_the_role_of_the_guide_does_all_work_and_changes_no_history(
    postgres_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = postgres_database()
    house = House(tmp_path, owner)
    house.found()
    granting = re.findall(r"```sql\n(.*?)```", GUIDE, re.S)[0]
    plain = owner.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(granting)
    house.settings["HOTLINE_DATABASE_URL"] = re.sub(r"//\w+@", "//hotline_app@", plain)
    with house.within(monkeypatch):
        open_old_tickets(5)
        for task in (rounds.sweep_round, rounds.relay_round, rounds.seal_round):
            assert task() > 0
        assert proof.is_delivered()
        assert proof.is_sealed()
        house.token()
        assert "whole" in house.command("verify")
        forget()
    for harm in (
        "UPDATE events SET actor = 'nobody'",
        "DELETE FROM events",
        "DELETE FROM seals",
        "UPDATE escalations SET level = 'warn'",
        "TRUNCATE events CASCADE",
        "DROP TRIGGER events_no_delete ON events",
    ):
        address = house.settings["HOTLINE_DATABASE_URL"]
        with psycopg.connect(address) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(harm)
