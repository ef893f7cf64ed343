"""The embedded index: SQLite files behind pointers, symbolic links that are turned in one step.

`search.db` points to the live file, `search.db-building` to the one that is built beside it, `search.db-kept` to the
one before; `search.db-filling` is there while a live one that was made empty is not whole.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from search import embedded_query
from search.asking import answer
from search.documents import Page, Query, Unavailable
from search.embedded_index import EmbeddedIndex
from search.life import Damaged, Life, NothingKept
from search.projection import Projection

_ENDINGS = ("-wal", "-shm")


class EmbeddedEngine(EmbeddedIndex):
    """`search.life.Engine` over the pointer `path` and those beside it."""

    def __init__(self, path: Path, timeout: float = 5.0) -> None:
        """Opens nothing."""
        super().__init__(path, timeout)
        self._beside = EmbeddedIndex(path.with_name(f"{path.name}-building"), timeout)
        self._kept, self._filling = (path.with_name(f"{path.name}-{word}") for word in ("kept", "filling"))

    def search(self, query: Query) -> Page:
        """See `Engine.search`."""
        with self._open() as database:
            database.execute("BEGIN")
            return answer(query, lambda asked: embedded_query.find(database, asked))

    def prepare(self) -> None:
        """See `Engine.prepare`. A file of another form is no use to this code, and gives way to an empty one."""
        with self._on_disk():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.is_symlink():
                self._give_way()
            if not self._file().exists():
                self._filling.touch(mode=0o600)
        if self.furnish():
            self._filling.touch(mode=0o600)

    def clear(self) -> None:
        """See `Engine.clear`. Where the file is damaged, a new one takes its place."""
        try:
            self.prepare()
            self._filling.touch(mode=0o600)
            self.empty()
        except Damaged:
            with self._on_disk():
                self._filling.touch(mode=0o600)
                self._turn(self.path, self._fresh())
                self._sweep()

    def life(self) -> Life:
        """See `Engine.life`."""
        live, building, kept = map(_named, self._pointers)
        return Life(live, building, kept, fits=self._fits(live), filling=self._filling.exists())

    def filled(self) -> None:
        """See `Engine.filled`."""
        with self._on_disk():
            self._filling.unlink(missing_ok=True)

    def build(self, kept: bool = False) -> EmbeddedIndex:
        """See `Engine.build`."""
        _, building, before = map(_named, self._pointers)
        with self._on_disk():
            if kept:
                if not self._fits(before):
                    raise NothingKept("no index of today's form is kept")
                self._kept.replace(self._beside.path)
            elif not self._fits(building):
                self._turn(self._beside.path, self._fresh())
            self._sweep()
        return self._beside

    def swap(self) -> None:
        """See `Engine.swap`: the pointer to the one beside takes the place of that to the live one."""
        live, building, _ = map(_named, self._pointers)
        if building is None:
            raise Unavailable("the index beside was dropped")
        with self._on_disk():
            if live:
                self._turn(self._kept, live)
            self._beside.path.replace(self.path)
            self._filling.unlink(missing_ok=True)
            self._sweep()

    def abandon(self) -> None:
        """See `Engine.abandon`."""
        with self._on_disk():
            self._beside.path.unlink(missing_ok=True)
            self._sweep()

    def remove(self, versions: Mapping[int, int]) -> None:
        """See `Index.remove`."""
        self._follow(lambda: self._beside.remove(versions))
        self.prepare()
        super().remove(versions)

    def write(self, batch: Sequence[Projection]) -> None:
        """First beside, then live: whichever was live in between, the one that is live afterwards has it."""
        self._follow(lambda: self._beside.write(batch))
        self.prepare()
        super().write(batch)

    def _follow(self, write: Callable[[], None]) -> None:
        """Write to the one beside, unless there is none, or it has just become live or was dropped."""
        if not self._beside.path.is_symlink():
            return
        try:
            write()
        except Unavailable:
            if self._beside.path.is_symlink():
                raise

    @property
    def _pointers(self) -> tuple[Path, Path, Path]:
        return self.path, self._beside.path, self._kept

    @contextmanager
    def _on_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(f"the index {self.path} cannot be made: {error}") from error

    def _fresh(self) -> str:
        return f"{self.path.name}-v{embedded_query.SCHEMA}-{secrets.token_hex(4)}"

    def _fits(self, name: str | None) -> bool:
        return bool(name) and str(name).startswith(f"{self.path.name}-v{embedded_query.SCHEMA}-")

    def _turn(self, pointer: Path, name: str) -> None:
        """Let a pointer name another file, which is made where it is missing, in one step."""
        fresh = pointer.with_name(f"{pointer.name}-{secrets.token_hex(4)}")
        fresh.symlink_to(name)
        EmbeddedIndex(fresh, self.timeout).furnish()
        fresh.replace(pointer)

    def _give_way(self) -> None:
        """There is no pointer: there is nothing, or the plain file of an older version."""
        if self.path.exists():
            self._turn(self.path, self._fresh())
            for ending in _ENDINGS:
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
            return
        with suppress(FileExistsError):  # another process was quicker
            self.path.symlink_to(self._fresh())

    def _sweep(self) -> None:
        """Drop every file that no pointer names."""
        named = set(map(_named, self._pointers))
        for file in self.path.parent.glob(f"{self.path.name}-v*"):
            if file.name.removesuffix(_ENDINGS[0]).removesuffix(_ENDINGS[1]) not in named:
                file.unlink(missing_ok=True)


def _named(pointer: Path) -> str | None:
    try:
        return str(pointer.readlink())
    except OSError:
        return None
