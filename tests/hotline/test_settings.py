"""Settings: each wrong one is named with its remedy, and nothing starts half-set."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hotline.settings import Settings, WrongSetting, read_settings

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
PRODUCTION = {
    "HOTLINE_ENVIRONMENT": "production",
    "HOTLINE_DATA_KEY": KEY,
    "HOTLINE_SECRET_KEY": "s" * 32,
    "HOTLINE_DATABASE_URL": "postgresql://hotline:word@127.0.0.1/hotline",
}


def read(home: Path, **more: str) -> Settings:
    """Embedded settings in `home`."""
    return read_settings({"HOTLINE_HOME": str(home)} | {f"HOTLINE_{name}": value for name, value in more.items()})


def test_with_nothing_set_the_house_is_embedded_and_all_of_it_lies_in_its_home(tmp_path: Path) -> None:
    made = read(tmp_path / "home")
    assert made.embedded
    assert made.database_url == f"sqlite:///{tmp_path}/home/hotline.db"
    assert made.seal_file == tmp_path / "home" / "seals.log"
    assert (made.redis_url, made.elasticsearch_url, made.old_data_keys) == ("", "", ())
    assert len(made.data_key) == 32
    assert not made.secure_cookies


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("PORT", "eighty", "number from 1 to 65535"),
        ("PORT", "0", "number from 1 to 65535"),
        ("PORT", "80.5", "whole number"),
        ("PORT", "nan", "number from 1 to 65535"),
        ("ENVIRONMENT", "staging", "embedded, production"),
        ("DATABASE_URL", "mysql://x", "postgresql:// or sqlite:///"),
        ("REDIS_URL", "127.0.0.1:6379", "redis:// or rediss://"),
        ("ELASTICSEARCH_URL", "127.0.0.1:9200", "http:// or https://"),
        ("DATA_KEY", "short", "32 random bytes"),
        ("DATA_KEY", "ä" * 43, "32 random bytes"),
        ("OLD_DATA_KEYS", f"{KEY},short", "32 random bytes"),
        ("SECRET_KEY", "too short", "at least 32"),
        ("WORKING_HOURS", "nine to five", "09:00-12:00"),
        ("WORKING_HOURS", "09:00-25:00", "09:00-12:00"),
        ("WORKING_HOURS", "13:00-12:00", "in order"),
        ("WORKING_HOURS", "13:00-17:00,09:00-12:00", "in order"),
        ("DISPATCH_THRESHOLD", "1.01", "number from 0 to 1"),
        ("RELAY_SECONDS", "0", "number from 0.1"),
        ("SWEEP_SECONDS", "-1", "number from 0.1"),
        ("TRUSTED_PROXIES", "all", "number from 0 to 5"),
        ("SECURE_COOKIES", "maybe", "yes, no"),
        ("SESSION_MINUTES", "0", "number from 1"),
        ("INTAKE_LIMIT", "many", "10 per minute"),
        ("QUERY_LIMIT", "10 per fortnight", "10 per minute"),
        ("LOGIN_LIMIT", "0 per minute", "10 per minute"),
        ("ROUNDING", "up", "half_up, truncate"),
        ("WEB_PROCESSES", "0", "number from 1"),
        ("WEB_THREADS", "1000", "number from 1 to 64"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_write(tmp_path: Path, name: str, value: str, remedy: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read(tmp_path, **{name: value})
    assert f"HOTLINE_{name}" in str(wrong.value)
    assert remedy in str(wrong.value)


@pytest.mark.parametrize("missing", ["DATA_KEY", "SECRET_KEY", "DATABASE_URL"])
def test_production_does_not_start_without_its_keys_and_its_database(tmp_path: Path, missing: str) -> None:
    given = {name: value for name, value in PRODUCTION.items() if name != f"HOTLINE_{missing}"}
    for environ in (given, given | {f"HOTLINE_{missing}": ""}):
        with pytest.raises(WrongSetting, match=f"HOTLINE_{missing} is missing"):
            read_settings(environ | {"HOTLINE_HOME": str(tmp_path / "home")})
    assert not (tmp_path / "home").exists(), "no key is made up in production"


def test_production_with_its_keys_starts_and_makes_none(tmp_path: Path) -> None:
    made = read_settings(PRODUCTION | {"HOTLINE_HOME": str(tmp_path / "home")})
    assert (made.embedded, made.secure_cookies, made.wechat_token) == (False, True, "")
    assert made.database_url == "postgresql+psycopg://hotline:word@127.0.0.1/hotline"
    assert not (tmp_path / "home").exists()


def test_a_name_that_is_no_setting_is_refused_as_the_typing_error_it_is(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="HOTLINE_PROT"):
        read(tmp_path, PROT="8000")
    assert read_settings({"HOTLINE_HOME": str(tmp_path), "HOME": "/", "OTHER": "1"}).port == 8000


def test_the_repr_of_the_settings_holds_no_secret(tmp_path: Path) -> None:
    secrets: Mapping[str, str] = {
        "HOTLINE_SECRET_KEY": "very-secret-" * 4,
        "HOTLINE_WECHAT_TOKEN": "wechat-secret",
        "HOTLINE_REDIS_URL": "redis://:redis-secret@127.0.0.1/0",
        "HOTLINE_ELASTICSEARCH_URL": "http://elastic:elastic-secret@127.0.0.1:9200",
        "HOTLINE_DATABASE_URL": "postgresql://hotline:database-secret@127.0.0.1/hotline",
    }
    said = repr(read_settings(PRODUCTION | secrets | {"HOTLINE_HOME": str(tmp_path)}))
    assert "secret" not in said
    assert repr(b"k" * 32) not in said
    assert "hotline_name" in said


# Keys of the embedded default


def test_the_embedded_keys_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    first, second = read(tmp_path / "home"), read(tmp_path / "home")
    assert (first.data_key, first.secret_key, first.wechat_token) == (
        second.data_key,
        second.secret_key,
        second.wechat_token,
    )
    assert len({first.data_key, first.secret_key.encode(), first.wechat_token.encode()}) == 3
    keys = tmp_path / "home" / "keys"
    assert keys.stat().st_mode & 0o777 == (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in keys.iterdir()} == dict.fromkeys(
        ["data", "secret", "wechat"], 0o600
    )
    assert read(tmp_path / "other").data_key != first.data_key


def test_first_starts_at_the_same_moment_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: read(tmp_path / "home").data_key, range(8)))
    assert len(set(made)) == 1


def test_two_processes_that_start_first_at_the_same_moment_agree_too(tmp_path: Path) -> None:
    code = "from hotline.settings import settings; print(settings().data_key.hex())"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    environ["HOTLINE_HOME"] = str(tmp_path / "home")
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in started]
    assert len(said[0].strip()) == 64
    assert said[0] == said[1]


def test_a_start_that_was_cut_off_while_it_made_a_key_hinders_no_later_one(tmp_path: Path) -> None:
    keys = tmp_path / "home" / "keys"
    keys.mkdir(parents=True)
    (keys / f"data.{os.getpid()}").write_text("half")
    assert len(read(tmp_path / "home").data_key) == 32


def test_a_key_file_that_was_damaged_is_named_and_not_replaced(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "keys" / "data").write_text("damaged")
    with pytest.raises(WrongSetting, match="HOTLINE_DATA_KEY"):
        read(tmp_path)
    assert (tmp_path / "keys" / "data").read_text() == "damaged"


def test_a_command_with_a_wrong_setting_says_it_in_one_sentence_and_ends(tmp_path: Path) -> None:
    environ = os.environ | {"HOTLINE_HOME": str(tmp_path), "HOTLINE_PORT": "eighty"}
    told = subprocess.run(
        [sys.executable, "-m", "hotline", "migrate"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert told.stderr.startswith("hotline: HOTLINE_PORT")
    assert "Traceback" not in told.stderr
    assert not list(tmp_path.glob("hotline.db*"))
