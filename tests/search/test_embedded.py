"""What only the embedded index does: its file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.documents import Document, Query, Unavailable
from search.embedded import EmbeddedEngine
from search.engines import open_engine

AT = datetime(2026, 3, 2, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def ticket(one: int, version: int = 1) -> Document:
    return Document(one, version, f"T{one}", "停水", "", "", "help", "normal", "web", "received", AT)


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    """A prepared index with one ticket."""
    engine = EmbeddedEngine(tmp_path / "home" / "search.db", timeout=5)
    engine.put([ticket(1)])
    return engine


def test_no_address_opens_the_embedded_index_in_the_home(tmp_path: Path) -> None:
    engine = open_engine("", tmp_path)
    assert isinstance(engine, EmbeddedEngine)
    engine.prepare()
    assert (tmp_path / "search.db").exists()


def test_the_file_is_readable_by_its_owner_alone(engine: EmbeddedEngine) -> None:
    with closing(sqlite3.connect(engine.path)) as held:
        held.execute("SELECT count(*) FROM documents").fetchone()
        modes = {path.name: path.stat().st_mode & 0o777 for path in engine.path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert any(name.endswith("-wal") for name in modes)


def test_searching_does_not_make_a_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        EmbeddedEngine(tmp_path / "search.db").search(Query())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"no database at all, and longer than a header " * 50, b"SQLite format 3\0" * 200])
def test_clearing_puts_a_new_file_in_the_place_of_a_damaged_one(engine: EmbeddedEngine, content: bytes) -> None:
    engine.path.write_bytes(content)
    with pytest.raises(Unavailable):
        engine.search(Query("停水"))
    engine.clear()
    assert engine.count() == 0
    engine.put([ticket(2)])
    assert engine.search(Query("停水")).total == 1


def test_an_index_of_an_older_form_is_made_anew(engine: EmbeddedEngine) -> None:
    with closing(sqlite3.connect(engine.path)) as database:
        database.execute("PRAGMA user_version = 99")
        database.execute("ALTER TABLE documents RENAME COLUMN version TO age")
    engine.prepare()
    assert engine.count() == 0
    engine.put([ticket(1)])
    assert engine.versions([1]) == {1: 1}


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    engine = EmbeddedEngine(tmp_path / "file" / "search.db")
    for call in (engine.prepare, engine.count, engine.clear):
        with pytest.raises(Unavailable):
            call()


def test_readers_go_on_while_a_writer_holds_the_index_and_another_writer_gives_up(engine: EmbeddedEngine) -> None:
    hasty = EmbeddedEngine(engine.path, timeout=0.2)
    with closing(sqlite3.connect(engine.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert hasty.search(Query("停水")).total == 1
        with pytest.raises(Unavailable, match="locked"):
            hasty.put([ticket(2)])
        writer.execute("ROLLBACK")
    hasty.put([ticket(2)])
    assert engine.count() == 2


def test_a_writer_waits_for_another_within_its_time(engine: EmbeddedEngine) -> None:
    with closing(sqlite3.connect(engine.path, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        threading.Timer(0.2, writer.execute, ["ROLLBACK"]).start()
        engine.put([ticket(2)])
    assert engine.count() == 2


def test_a_question_that_takes_too_long_is_ended(engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.put(ticket(one) for one in range(1, 3000))
    late = iter([time.monotonic()])
    monkeypatch.setattr("search.embedded_index.time.monotonic", lambda: next(late, float("inf")))
    with pytest.raises(Unavailable, match="interrupted"):
        engine.search(Query("停水"))


def test_a_failed_write_leaves_nothing_behind(engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ticket(3)
    object.__setattr__(broken, "version", None)
    with pytest.raises(Unavailable):
        engine.put([ticket(2), broken])
    assert engine.versions([1, 2, 3]) == {1: 1}
    assert engine.search(Query("停水")).total == 1


WRITER = """
import sys
from pathlib import Path
from tests.search.test_embedded import EmbeddedEngine, ticket
engine = EmbeddedEngine(Path(sys.argv[1]), timeout=30)
for version in range(int(sys.argv[2]), 200, 3):
    engine.put([ticket(7, version), ticket(1000 + version)])
"""


def test_processes_write_at_once_and_the_highest_version_stays(engine: EmbeddedEngine) -> None:
    command = [sys.executable, "-c", WRITER, str(engine.path)]
    writers = [subprocess.Popen([*command, str(first)], cwd=ROOT) for first in (1, 2, 3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    assert engine.versions([7]) == {7: 199}
    assert engine.count() == 1 + 1 + 199
    assert engine.search(Query("停水")).total == 201
