"""Settings, read once from the environment. A wrong or missing one is named, and nothing starts."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

ENVIRONMENTS = ("embedded", "production")
ONE_LIMIT = r"[1-9]\d* per (second|minute|hour|day)"


class WrongSetting(Exception):
    """A setting is missing or wrong; the message names it and says what to write."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the house; each field is the variable HOTLINE_<FIELD> of .env.example. Secrets, and addresses
    that hold passwords, are not in its repr.
    """

    home: Path
    port: int
    environment: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    elasticsearch_url: str = field(repr=False)
    data_key: bytes = field(repr=False)
    old_data_keys: tuple[bytes, ...] = field(repr=False)
    secret_key: str = field(repr=False)
    wechat_token: str = field(repr=False)
    city: str
    hotline_name: str
    policy_set: str
    working_hours: tuple[tuple[str, str], ...]
    dispatch_threshold: float
    likeness_least: float
    join_least: float
    likeness_days: int
    pile_least: int
    pile_days: int
    topic_days: int
    topic_least: int
    topic_past_weeks: int
    topic_weights: tuple[float, ...]
    topic_chance: float
    topic_alert_least: int
    topic_precision: float
    dispatch_accuracy: float
    relay_seconds: float
    sweep_seconds: float
    reconcile_hour: int
    seal_file: Path
    trusted_proxies: int
    secure_cookies: bool
    session_minutes: int
    intake_limit: str
    query_limit: str
    login_limit: str
    attachment_bytes: int
    rounding: str
    bulletin_folder: Path | None
    open_data_licence: str
    web_processes: int
    web_threads: int

    @property
    def embedded(self) -> bool:
        """True when one machine runs all of it with no server beside."""
        return self.environment == "embedded"


def _key(name: str, text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except ValueError:
        key = b""
    if len(key) != 32:
        raise WrongSetting(f"{name} must be 32 random bytes in URL-safe base64: python -m hotline new-key prints one")
    return key


def _kept_key(home: Path, name: str) -> str:
    """The embedded default's own key, made once under HOTLINE_HOME and readable by its owner alone."""
    path = home / "keys" / name
    try:
        if not path.exists():
            _make_key(home, path)
        return path.read_text().strip()
    except OSError as error:
        raise WrongSetting(
            f"HOTLINE_HOME cannot be written ({error}); name another folder, or give us this one"
        ) from error


def _make_key(home: Path, path: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        file.flush()
        os.fsync(descriptor)  # data closed with a key that a power cut took would be lost
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)  # atomic: of two first starts, one key wins
    Path(fresh).unlink()


class _Reader:
    """Reads typed values out of the environment; an unknown HOTLINE_ name is refused, since it is a typing error."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.values = {k: v for k, v in environ.items() if k.startswith("HOTLINE_") and v != ""}
        known = {f"HOTLINE_{field.name.upper()}" for field in fields(Settings)}
        if unknown := sorted(self.values.keys() - known):
            raise WrongSetting(f"unknown setting {', '.join(unknown)}; .env.example lists all of them")

    def text(self, name: str, default: str, allowed: tuple[str, ...] = ()) -> str:
        value = self.values.get(f"HOTLINE_{name}", default)
        if allowed and value not in allowed:
            raise WrongSetting(f"HOTLINE_{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        text = self.values.get(f"HOTLINE_{name}", str(default))
        try:
            value = float(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise WrongSetting(f"HOTLINE_{name} must be a number from {low:g} to {high:g}, not {text!r}")
        return value

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self.number(name, default, low, high)
        if value != int(value):
            raise WrongSetting(f"HOTLINE_{name} must be a whole number, not {value!r}")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        return self.text(name, "yes" if default else "no", ("yes", "no")) == "yes"

    def address(self, name: str, *schemes: str) -> str:
        value = self.text(name, "")
        if value and not value.startswith(schemes):
            raise WrongSetting(f"HOTLINE_{name} must begin with {' or '.join(schemes)}")
        return value

    def folder(self, name: str) -> Path | None:
        value = self.text(name, "")
        if value and not Path(value).is_dir():
            raise WrongSetting(f"HOTLINE_{name} must be a folder that is there, not {value!r}")
        return Path(value).resolve() if value else None

    def limit(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if not re.fullmatch(rf"{ONE_LIMIT}(; ?{ONE_LIMIT})*", value):
            raise WrongSetting(f"HOTLINE_{name} must look like 10 per minute; 60 per hour, not {value!r}")
        return value

    def needed(self, name: str) -> str:
        value = self.text(name, "")
        if not value:
            raise WrongSetting(f"HOTLINE_{name} is missing: production needs it; .env.example says what it is")
        return value


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from `environ`. Raises WrongSetting naming the first wrong one.

    With no HOTLINE_ENVIRONMENT the house is embedded: SQLite and the embedded index under HOTLINE_HOME, keys made
    there at the first start. In production every secret must be given.
    """
    read = _Reader(environ)
    home = Path(read.text("HOME", "var")).resolve()
    embedded = read.text("ENVIRONMENT", "embedded", ENVIRONMENTS) == "embedded"
    secret = read.text("SECRET_KEY", "") if embedded else read.needed("SECRET_KEY")
    data_key = read.text("DATA_KEY", "") if embedded else read.needed("DATA_KEY")
    database_url = (
        read.text("DATABASE_URL", f"sqlite:///{home / 'hotline.db'}") if embedded else read.needed("DATABASE_URL")
    )
    if len(secret) < 32 and not (embedded and not secret):
        raise WrongSetting("HOTLINE_SECRET_KEY must have at least 32 characters: python -m hotline new-key prints one")
    return Settings(
        home=home,
        port=read.integer("PORT", 8000, 1, 65535),
        environment="embedded" if embedded else "production",
        database_url=_database(database_url),
        redis_url=read.address("REDIS_URL", "redis://", "rediss://"),
        elasticsearch_url=read.address("ELASTICSEARCH_URL", "http://", "https://"),
        data_key=_key("HOTLINE_DATA_KEY", data_key or _kept_key(home, "data")),
        old_data_keys=tuple(_key("HOTLINE_OLD_DATA_KEYS", k) for k in read.text("OLD_DATA_KEYS", "").split(",") if k),
        secret_key=secret or _kept_key(home, "secret"),
        wechat_token=read.text("WECHAT_TOKEN", "") or (_kept_key(home, "wechat")[:32] if embedded else ""),
        city=read.text("CITY", "贵阳市"),
        hotline_name=read.text("HOTLINE_NAME", "12345 政务服务便民热线"),
        policy_set=read.text("POLICY_SET", "guangdong-2022"),
        working_hours=_hours(read.text("WORKING_HOURS", "09:00-12:00,13:00-17:00")),
        dispatch_threshold=read.number("DISPATCH_THRESHOLD", 0.65, 0, 1),
        dispatch_accuracy=read.number("DISPATCH_ACCURACY", 0.97, 0, 1),
        **_of_repeats(read),
        **_of_topics(read),
        relay_seconds=read.number("RELAY_SECONDS", 1, 0.1, 3600),
        sweep_seconds=read.number("SWEEP_SECONDS", 5, 0.1, 3600),
        reconcile_hour=read.integer("RECONCILE_HOUR", 3, 0, 23),
        seal_file=Path(read.text("SEAL_FILE", str(home / "seals.log"))),
        **_of_the_door(read, embedded),
        attachment_bytes=read.integer("ATTACHMENT_BYTES", 10 * 1024 * 1024, 1024, 100 * 1024 * 1024),
        rounding=read.text("ROUNDING", "half_up", ("half_up", "truncate")),
        bulletin_folder=read.folder("BULLETIN_FOLDER"),
        open_data_licence=read.text("OPEN_DATA_LICENCE", "CC BY 4.0"),
        web_processes=read.integer("WEB_PROCESSES", 1 if embedded else 2, 1, 64),
        web_threads=read.integer("WEB_THREADS", 8, 1, 64),
    )


def _of_the_door(read: _Reader, embedded: bool) -> dict[str, Any]:
    """Who may come in, how often and for how long."""
    return {
        "trusted_proxies": read.integer("TRUSTED_PROXIES", 0, 0, 5),
        "secure_cookies": read.flag("SECURE_COOKIES", not embedded),
        "session_minutes": read.integer("SESSION_MINUTES", 30, 1, 1440),
        "intake_limit": read.limit("INTAKE_LIMIT", "30 per minute"),
        "query_limit": read.limit("QUERY_LIMIT", "10 per minute; 60 per hour"),
        "login_limit": read.limit("LOGIN_LIMIT", "10 per minute"),
    }


def _of_repeats(read: _Reader) -> dict[str, Any]:
    """When tickets are proposed as one matter, and when they are a pile."""
    likeness_least = read.number("LIKENESS_LEAST", 0.6, 0.05, 1)
    return {
        "likeness_least": likeness_least,
        "join_least": read.number("JOIN_LEAST", max(0.9, likeness_least), likeness_least, 1),
        "likeness_days": read.integer("LIKENESS_DAYS", 90, 1, 3660),
        "pile_least": read.integer("PILE_LEAST", 5, 2, 10_000),
        "pile_days": read.integer("PILE_DAYS", 7, 1, 366),
    }


def _of_topics(read: _Reader) -> dict[str, Any]:
    """What is a topic, how hot it is, and when managers are told."""
    return {
        "topic_days": read.integer("TOPIC_DAYS", 90, 7, 366),
        "topic_least": read.integer("TOPIC_LEAST", 3, 2, 1000),
        "topic_past_weeks": read.integer("TOPIC_PAST_WEEKS", 8, 2, 104),
        "topic_weights": _weights(read.text("TOPIC_WEIGHTS", "1,0.5,2,0.5")),
        "topic_chance": read.number("TOPIC_CHANCE", 0.0001, 1e-12, 0.05),
        "topic_alert_least": read.integer("TOPIC_ALERT_LEAST", 5, 2, 10_000),
        "topic_precision": read.number("TOPIC_PRECISION", 0.5, 0.1, 0.95),
    }


def _weights(text: str) -> tuple[float, ...]:
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?(,\d{1,4}(\.\d{1,4})?){3}", text):
        raise WrongSetting(f"HOTLINE_TOPIC_WEIGHTS must be four numbers such as 1,0.5,2,0.5, not {text!r}")
    return tuple(map(float, text.split(",")))


def _hours(text: str) -> tuple[tuple[str, str], ...]:
    instant = r"([01]\d|2[0-3]):[0-5]\d"
    spans = rf"{instant}-{instant}(,{instant}-{instant})*"
    if not (re.fullmatch(spans, text) and all(a < b for a, b in pairwise(re.split("[-,]", text)))):
        raise WrongSetting(f"HOTLINE_WORKING_HOURS must look like 09:00-12:00,13:00-17:00, in order, not {text!r}")
    return tuple((span[:5], span[6:]) for span in text.split(","))


def _database(url: str) -> str:
    """The address in SQLAlchemy's words; a plain postgresql:// address is served by psycopg 3."""
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if not url.startswith(("postgresql+psycopg://", "sqlite:///")):
        raise WrongSetting("HOTLINE_DATABASE_URL must begin with postgresql:// or sqlite:///")
    return url


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment at the first call."""
    return read_settings(os.environ)
