"""Programs that no Python wheel brings: found on the machine, or installed where that is a matter of course.

As root on a Debian machine (a container, a fresh virtual machine, CI) missing packages are installed; anyone
else is told in one sentence what to install.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import MissingServer

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_PACKAGES = ("chromium", "fonts-noto-cjk", "fontconfig", "libatomic1")
"""The last is for the driver of playwright, whose wheel brings a Node that is linked to it."""
JAVA_NEEDED = 17


def cache() -> Path:
    """The folder for what is fetched once per machine, outside the clone."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(root) / "hotline-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Hold a lock across processes, so that two runs on one machine do not fetch the same thing."""
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def java() -> str:
    """The path of a `java` whose `javac` beside it is version 17 or later."""
    if _java_version() < JAVA_NEEDED:
        install("Elasticsearch needs a Java development kit, version 17 or later", "default-jdk-headless")
    if _java_version() < JAVA_NEEDED:
        raise MissingServer(f"javac is older than {JAVA_NEEDED}: Elasticsearch needs a later one first in PATH")
    return shutil.which("java") or "java"


def _java_version() -> int:
    if not shutil.which("javac") or not shutil.which("java"):
        return 0
    words = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"javac (\d+)", words)
    return int(found[1]) if found else 0


def maven() -> str:
    """The path of `mvn`, which fetches Elasticsearch's jars."""
    if not shutil.which("mvn"):
        install("Elasticsearch's jars are fetched by Maven", "maven")
    return shutil.which("mvn") or "mvn"


def chromium() -> str:
    """The path of a Chromium, on a machine that has a Chinese font for it and what its driver needs."""
    if not (_chromium() and _chinese_font() and _loads("libatomic.so.1")):
        install("Journeys run in Chromium, with a Chinese font", *CHROMIUM_PACKAGES)
    return _chromium() or "chromium"


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def _chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install(why: str, *packages: str) -> None:
    """Install Debian packages. Raises MissingServer where that is not ours to do, or failed."""
    wanted = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise MissingServer(f"{why}: please install it (on Debian: apt-get install {wanted})")
    with alone("apt"):
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            done = _apt_get(*words)
            if done.returncode != 0:
                last = (done.stderr or done.stdout).strip()[-800:]
                raise MissingServer(f"{why}, and apt-get could not install {wanted}: {last}")


def _apt_get(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3", *words],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
