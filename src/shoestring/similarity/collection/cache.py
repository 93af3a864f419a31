"""The vectors of a collection in a file that is mapped into memory: a copy that is checked, never trusted."""

import json
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from shoestring.core.files import atomic_folder, recover
from shoestring.similarity.collection.tables import from_column, growth, items
from shoestring.similarity.search import Vectors

HEAD = "head.json"
VECTORS = "vectors.f32"
NUMBERS = "numbers.i64"
BATCH = 2000


@dataclass(frozen=True)
class Cached:
    """The rows of one generation."""

    folder: Path
    generation: str
    vectors: Vectors
    """[N, D], a memory map."""
    numbers: NDArray[np.int64]
    """[N] growing; the key of each row in the table of items."""


class VectorCache:
    """One folder a collection and generation, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.indexes: dict[int, tuple[str, Any]] = {}
        """The index of each collection that is in memory, with its generation; see :mod:`.approximate`."""
        self._open: dict[int, Cached] = {}

    def load(self, connection: Connection, row: Row[Any]) -> Cached:
        """The rows of the collection ``row`` as ``connection`` sees them.

        What is in memory or on the disk is used if it is of this generation and undamaged; else it is made anew, from
        an older generation and the rows behind it where no row was taken away since.
        """
        known = self._open.get(row.id)
        if known is not None and known.generation == row.generation:
            return known
        with self._locked():
            found = self._read(row, row.generation, row.rows)
            if found is None:
                found = self._build(connection, row)
        self._open[row.id] = found
        return found

    def drop(self, collection: int) -> None:
        """Delete all copies of a collection; processes that have one open keep it until they look again."""
        self._open.pop(collection, None)
        self.indexes.pop(collection, None)
        if self.folder.is_dir():
            with self._locked():
                for entry in self.folder.glob(f"{collection}-*"):
                    shutil.rmtree(entry, ignore_errors=True)
        self.drop_lessons(collection)

    def lessons(self, collection: int) -> Path:
        """Where the pairs lie that a training reads: they go with the rows, and stay when rows are added."""
        return self.folder / f"lessons-{collection}"

    def drop_lessons(self, collection: int) -> None:
        """Delete them: a row is gone, or is no longer what it was."""
        shutil.rmtree(self.lessons(collection), ignore_errors=True)

    def files(self) -> list[Path]:
        """Every file, for the search after a deletion."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file()) if self.folder.is_dir() else []

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self.folder / "lock"):
            recover(self.folder)
            yield

    def _place(self, collection: int, generation: str) -> Path:
        return self.folder / f"{collection}-{generation}"

    def _read(self, row: Row[Any], generation: str, rows: int) -> Cached | None:
        """A copy on the disk, None unless every byte of it is as it was written."""
        folder = self._place(row.id, generation)
        try:
            head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
            if (head["generation"], head["rows"], head["width"]) != (generation, rows, row.width):
                return None
            sizes = {VECTORS: 4 * rows * row.width, NUMBERS: 8 * rows}
            if any((folder / name).stat().st_size != size for name, size in sizes.items()):
                return None
            vectors = np.memmap(folder / VECTORS, "<f4", "r", shape=(rows, row.width))
            numbers = np.fromfile(folder / NUMBERS, "<i8")
            whole = _checksum(vectors) == head["vectors"] and _checksum(numbers) == head["numbers"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return Cached(folder, generation, vectors, numbers) if whole else None

    def _older(self, connection: Connection, row: Row[Any]) -> Cached | None:
        """A copy of an earlier generation that lacks rows at its end and nothing else."""
        query = select(growth.c.generation, growth.c.rows).where(growth.c.collection == row.id)
        for generation, rows in connection.execute(query.order_by(growth.c.rows.desc())):
            known = self._open.get(row.id)
            if rows and known is not None and known.generation == generation:
                return known
            if rows and (found := self._read(row, generation, rows)) is not None:
                return found
        return None

    def _build(self, connection: Connection, row: Row[Any]) -> Cached:
        older = self._older(connection, row)
        folder = self._place(row.id, row.generation)

        def fill(into: Path) -> None:
            numbers: list[int] = [] if older is None else older.numbers.tolist()
            behind = numbers[-1] if numbers else -1
            query = select(items.c.number, items.c.vector).where(items.c.collection == row.id, items.c.number > behind)
            found = connection.execute(query.order_by(items.c.number).execution_options(yield_per=BATCH))
            with (into / VECTORS).open("wb") as stream:
                checksum = 0
                for block in () if older is None else (older.vectors,):
                    checksum = _checksum(block)
                    block.tofile(stream)
                for batch in found.partitions():
                    block = np.stack([from_column(one.vector) for one in batch]).astype("<f4")
                    checksum = zlib.crc32(block, checksum)
                    block.tofile(stream)
                    numbers += [one.number for one in batch]
            if len(numbers) != row.rows:
                raise RuntimeError(f"collection {row.id} counts {row.rows} rows and has {len(numbers)}")
            array = np.array(numbers, "<i8")
            array.tofile(into / NUMBERS)
            head = {"generation": row.generation, "rows": row.rows, "width": row.width}
            head |= {"vectors": checksum, "numbers": _checksum(array)}
            (into / HEAD).write_text(json.dumps(head), encoding="utf-8")
            for path in into.iterdir():
                path.chmod(0o600)

        atomic_folder(folder, fill)
        for entry in self.folder.glob(f"{row.id}-*"):
            if entry != folder:
                shutil.rmtree(entry, ignore_errors=True)
        made = self._read(row, row.generation, row.rows)
        if made is None:
            raise RuntimeError(f"{folder}: the copy of the vectors that was just written cannot be read")
        return made


def _checksum(values: NDArray[Any]) -> int:
    total = 0
    for start in range(0, len(values), BATCH):
        total = zlib.crc32(np.ascontiguousarray(values[start : start + BATCH]), total)
    return total
