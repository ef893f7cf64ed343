"""docker-compose.yml says only what is true of the code; a wrong name is seen without a container engine."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
import yaml

from hotline.running import LONGEST_ADDRESS

ROOT = Path(__file__).resolve().parents[1]
OURS = ("migrate", "web", "worker", "indexer", "beat")
SERVERS = ("postgres", "redis", "elasticsearch")
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def _compose() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text()
    parsed: dict[str, Any] = yaml.safe_load(text)
    return parsed


def _service(name: str) -> dict[str, Any]:
    service: dict[str, Any] = _compose()["services"][name]
    return service


def _words(command: str | list[str]) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else command


def _environments() -> Iterator[tuple[str, str, str]]:
    for name, service in _compose()["services"].items():
        for variable, value in service.get("environment", {}).items():
            yield name, variable, str(value)


def _example() -> set[str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return {found[1] for line in lines if (found := re.match(r"(?:# )?([A-Z][A-Z_]+)=", line))}


def _setting_names() -> set[str]:
    from hotline.settings import Settings

    return {f"HOTLINE_{field.name.upper()}" for field in fields(Settings)}


def test_the_services_are_those_of_the_house() -> None:
    assert set(_compose()["services"]) == {*OURS, *SERVERS}


def test_every_setting_given_to_a_service_is_a_field_of_the_settings() -> None:
    given = {variable for _, variable, _ in _environments() if variable.startswith("HOTLINE_")}
    assert given
    assert given <= _setting_names()


def test_every_variable_that_the_file_asks_for_is_in_the_example() -> None:
    asked = {name for name, _, _ in VARIABLE.findall((ROOT / "docker-compose.yml").read_text())}
    assert {"HOTLINE_DATA_KEY", "HOTLINE_SECRET_KEY", "POSTGRES_PASSWORD"} <= asked
    assert asked <= _example()
    assert {name for name in asked if name.startswith("HOTLINE_")} <= _setting_names()


def test_the_settings_given_to_our_services_let_the_house_start() -> None:
    from hotline.settings import read_settings

    secrets = {
        "POSTGRES_PASSWORD": "p",
        "REDIS_PASSWORD": "r",
        "ELASTIC_PASSWORD": "e",
        "HOTLINE_DATA_KEY": "A" * 43 + "=",
        "HOTLINE_SECRET_KEY": "s" * 43,
    }

    def fill(value: str) -> str:
        return VARIABLE.sub(lambda m: secrets.get(m[1], m[3] if m[2] == ":-" else ""), value)

    for name in OURS:
        given = {variable: fill(str(value)) for variable, value in _service(name)["environment"].items()}
        settings = read_settings(given)
        assert not settings.embedded
        assert urlsplit(settings.database_url).hostname == "postgres"
        assert urlsplit(settings.redis_url).hostname == "redis"
        assert urlsplit(settings.elasticsearch_url).hostname == "elasticsearch"


def test_no_secret_stands_in_the_file_and_none_has_a_default() -> None:
    secret = re.compile(r"PASSWORD|KEY|SECRET|AUTH$")
    for service, variable, value in _environments():
        if secret.search(variable):
            found = VARIABLE.fullmatch(value)
            assert found, f"{service}: {variable} is not taken from the environment"
            # Old keys are none in most houses, so they alone may be left out.
            wanted = ":-" if variable == "HOTLINE_OLD_DATA_KEYS" else ":?"
            assert (found[2], found[3] if wanted == ":-" else "") == (wanted, ""), (
                f"{service}: {variable} has a default"
            )
    for url in (value for _, _, value in _environments() if "://" in value):
        password = urlsplit(VARIABLE.sub(lambda m: "${" + m[1] + "}", url)).password
        assert password
        assert VARIABLE.fullmatch(password), f"a password stands in {url}"


def test_every_program_of_a_command_comes_with_the_requirements() -> None:
    scripts = {entry.name for entry in entry_points(group="console_scripts")}
    for name in OURS:
        program = _words(_service(name)["command"])[0]
        assert program == "python" or program in scripts, f"{name} runs {program}"


def test_the_command_that_migrates_exists() -> None:
    words = _words(_service("migrate")["command"])
    assert words[:3] == ["python", "-m", "hotline"]
    groups = [value for value in vars(import_module("hotline.__main__")).values() if isinstance(value, click.Group)]
    assert any(words[3] in group.commands for group in groups)


def test_the_web_application_exists_under_the_name_that_gunicorn_is_given() -> None:
    module, _, name = _words(_service("web")["command"])[1].partition(":")
    tree = ast.parse((ROOT / f"{module}.py").read_text())
    assigned = {
        target.id
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    assert name in assigned


@pytest.mark.parametrize("name", ["worker", "indexer", "beat"])
def test_worker_and_beat_run_the_celery_application_of_the_code(name: str) -> None:
    from celery import Celery

    words = _words(_service(name)["command"])
    assert words[words.index("-A") + 2] == {"indexer": "worker"}.get(name, name)
    assert isinstance(import_module(words[words.index("-A") + 1]).app, Celery)


def test_what_waits_for_the_index_has_workers_that_do_nothing_else() -> None:
    queues = {name: _words(_service(name)["command"]) for name in ("worker", "indexer")}
    consumed = {name: set(words[words.index("-Q") + 1].split(",")) for name, words in queues.items()}
    assert consumed == {"worker": {"clocks", "seal", "chores"}, "indexer": {"index"}}


def test_the_port_is_one_and_the_same_everywhere() -> None:
    web = _service("web")
    inside = {
        web["environment"]["HOTLINE_PORT"],
        next(word for word in web["command"] if word.startswith("--bind=")).rpartition(":")[2],
        web["ports"][0].rpartition(":")[2],
        str(urlsplit(re.findall(r"http://[^\"]+", web["healthcheck"]["test"][-1])[0]).port),
        re.findall(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[0],
    }
    assert inside == {"8000"}


def test_the_web_takes_the_same_longest_address_as_make_run() -> None:
    assert f"--limit-request-line={LONGEST_ADDRESS}" in _service("web")["command"]


def test_the_web_listens_on_loopback_alone_and_no_server_has_a_port_outside() -> None:
    published = {name: service["ports"] for name, service in _compose()["services"].items() if "ports" in service}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])
    assert _compose()["networks"]["inside"]["internal"] is True
    assert all(_service(name)["networks"] == ["inside"] for name in SERVERS)


def test_the_health_check_asks_a_page_that_exists(home: Path) -> None:
    from api import create_app

    asked = urlsplit(re.findall(r"http://[^\"]+", _service("web")["healthcheck"]["test"][-1])[0]).path
    assert asked in {rule.rule for rule in create_app().url_map.iter_rules()}


def test_every_service_that_stays_has_a_health_check_and_restarts() -> None:
    for name, service in _compose()["services"].items():
        if name == "migrate":
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name


def test_nothing_serves_before_the_migration_is_through() -> None:
    for name in ("web", "worker", "indexer", "beat"):
        assert _service(name)["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert _service("migrate")["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_every_volume_and_network_that_is_used_is_declared() -> None:
    compose = _compose()
    for name, service in compose["services"].items():
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(compose["volumes"]), name
        assert set(service["networks"]) <= set(compose["networks"]), name


def test_our_services_own_nothing_but_their_data_folder() -> None:
    for name in OURS:
        service = _service(name)
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["volumes"] == [f"hotline:{service['environment']['HOTLINE_HOME']}"]
    assert re.search(r"^USER hotline$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_elasticsearch_is_the_version_that_the_tests_run_on() -> None:
    pom = (ROOT / "tests/servers/pom.xml").read_text()
    tested = set(re.findall(r"<version>(8[\d.]+)</version>", pom))
    assert {_service("elasticsearch")["image"]} == {f"elasticsearch:{version}" for version in tested}
