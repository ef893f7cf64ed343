"""Elasticsearch 8.19, the real server and its real HTTP layer, put together from its published jars.

`pom.xml` beside this file names the version. Maven fetches the jars once per machine; `EsServer.java` starts
a node on them. The distribution's other modules are not there: no reindex, no update by query, no `GET /`.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import urllib.request
import zipfile
from pathlib import Path

from tests.servers import debian
from tests.servers.process import MissingServer, Server, free_port

HERE = Path(__file__).parent
PARTS = (HERE / "pom.xml", HERE / "EsServer.java")
HEAP = "512m"
TRANSPORT = "transport-netty4"
DESCRIPTOR = "plugin-descriptor.properties"


def server(folder: Path) -> Server:
    """An empty one-node cluster that keeps its data in `folder`."""
    java, parts = debian.java(), assembled()
    for name in ("config", "plugins", "tmp"):
        (folder / name).mkdir()
    shutil.copytree(parts / "modules", folder / "modules")
    port = free_port()
    memory = [f"-Xms{HEAP}", f"-Xmx{HEAP}", f"-Djava.io.tmpdir={folder / 'tmp'}"]
    classes = f"{parts / 'classes'}:{parts / 'lib'}/*"
    command = [java, *memory, "-cp", classes, "EsServer", str(folder), str(port)]
    return Server("Elasticsearch", f"http://127.0.0.1:{port}", command, folder, lambda: _answers(port))


def _answers(port: int) -> bool:
    # Not through urlopen's default opener: a proxy of the environment has no business on loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/_cluster/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def assembled() -> Path:
    """The folder with lib/, modules/ and classes/, made at the first call on this machine."""
    key = hashlib.sha256(b"".join(part.read_bytes() for part in PARTS)).hexdigest()[:12]
    ready = debian.cache() / f"elasticsearch-{key}"
    with debian.alone("elasticsearch"):
        if not ready.exists():
            fresh = ready.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            _assemble(fresh)
            fresh.rename(ready)
    return ready


def _assemble(folder: Path) -> None:
    javac = str(Path(debian.java()).with_name("javac"))
    lib, transport = folder / "lib", folder / "modules" / TRANSPORT
    transport.mkdir(parents=True)
    fetch = ["dependency:copy-dependencies", f"-DoutputDirectory={lib}"]
    _run(debian.maven(), "-q", "-B", "-f", str(PARTS[0]), *fetch)
    for jar in [*lib.glob("netty-*.jar"), *lib.glob(f"{TRANSPORT}-*.jar")]:
        jar.rename(transport / jar.name)
    _describe(transport)
    _run(javac, "-cp", f"{lib}/*", "-d", str(folder / "classes"), str(PARTS[1]))


def _describe(transport: Path) -> None:
    """Lay the plugin's descriptor beside its jars, without a module's name: no jar here is a named module."""
    jar = next(transport.glob(f"{TRANSPORT}-*.jar"))
    text = zipfile.ZipFile(jar).read(f"META-INF/es-plugins/{TRANSPORT}/{DESCRIPTOR}").decode()
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "modulename"))]
    (transport / DESCRIPTOR).write_text("\n".join(lines) + "\n")


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        last = (done.stderr + done.stdout).strip()[-1500:]
        raise MissingServer(f"Elasticsearch could not be put together, {Path(words[0]).name} said: {last}")
