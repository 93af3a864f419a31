"""Proof of a deletion: pieces of what was deleted are searched for in the files of the database."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from shoestring.core.database import maintaining, sqlite_path

NEEDLE = 48
"""Bytes of a needle. Databases cut long values at page borders, so a value is searched in pieces."""
STRIDE = 512
"""A piece is taken every so many bytes: what is left of a value and longer than NEEDLE + STRIDE cannot hide."""
KEY = 8
"""Bytes of a needle that are looked up first; no needle is shorter."""
CHECKPOINT_TRIES = 20
REWRITE_TRIES = 6
"""Together they wait about 6 seconds for transactions that began before the deletion."""
SERVER_CHUNK = 4 * 2**20
FILE_CHUNK = 8 * 2**20
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_TABLE_BITS = 20


@dataclass(frozen=True)
class Proof:
    """What was looked for after the deletion, where, and what was found."""

    needles: int
    """Pieces of the deleted values that were searched for."""
    searched_files: int
    searched_bytes: int
    found: int | None
    """Pieces that are still there; None where the files cannot be read, see ``note``."""
    shared: int
    """Pieces that are there because a record that was not deleted holds the same bytes."""
    note: str


Held = Callable[[set[bytes]], set[bytes]]
"""Of the pieces that were found, those that records which were not deleted hold."""


def pieces(value: bytes) -> list[bytes]:
    """Up to NEEDLE bytes at every STRIDE of ``value`` and at its end; none of a value too plain to be recognised."""
    starts = {*range(0, max(1, len(value) - NEEDLE + 1), STRIDE), max(0, len(value) - NEEDLE)}
    found = [value[start : start + NEEDLE] for start in sorted(starts)]
    # A run of equal bytes occurs in every database file by chance, as padding.
    return [piece for piece in found if len(piece) >= KEY and len(set(piece)) >= 6]


def occurring(chunks: Iterable[bytes], needles: Iterable[bytes]) -> tuple[set[bytes], int]:
    """The needles (KEY bytes or more) that occur within one of the chunks, and the number of bytes searched.

    One pass for all needles together: every eight bytes of a chunk, at every offset, are looked up in a table of the
    most telling eight bytes of each needle, and only where they agree the whole needle is compared.
    """
    keys: dict[int, list[tuple[int, bytes]]] = {}
    for needle in set(needles):
        place = max(range(len(needle) - KEY + 1), key=lambda at: (len(set(needle[at : at + KEY])), at))
        keys.setdefault(int.from_bytes(needle[place : place + KEY], "little"), []).append((place, needle))
    wanted = np.array(sorted(keys), np.uint64)
    table = np.zeros(1 << _TABLE_BITS, np.bool_)
    shift = np.uint64(64 - _TABLE_BITS)
    table[(wanted * _SPREAD) >> shift] = True
    found: set[bytes] = set()
    searched = 0
    for chunk in chunks:
        searched += len(chunk)
        for offset in range(min(KEY, len(chunk) - KEY + 1)):
            words = np.frombuffer(chunk, "<u8", (len(chunk) - offset) // KEY, offset)
            hits = np.flatnonzero(table[(words * _SPREAD) >> shift])
            hits = hits[np.isin(words[hits], wanted)]
            for hit in hits.tolist():
                for place, needle in keys[int(words[hit])]:
                    begin = hit * KEY + offset - place
                    if begin >= 0 and needle not in found and chunk[begin : begin + len(needle)] == needle:
                        found.add(needle)
    return found, searched


def search(files: Sequence[Path], needles: Sequence[bytes]) -> tuple[set[bytes], int]:
    """The needles that occur in ``files``, and the number of bytes of the files."""
    found: set[bytes] = set()
    for path in files:
        found |= occurring(_file_chunks(path), needles)[0]
    return found, sum(path.stat().st_size for path in files)


def prove(
    engine: Engine, needles: Sequence[bytes], tables: Sequence[str], held: Held, *, beside: Sequence[Path] = ()
) -> Proof:
    """Overwrite what a deletion left in the files of a database, and search them.

    Args:
        needles: pieces of what was deleted.
        tables: where it was; PostgreSQL writes these anew, SQLite the whole file.
        held: see ``Held``.
        beside: further files to search, such as caches.
    """
    if engine.dialect.name == "sqlite":
        return _prove_sqlite(engine, needles, held, beside)
    return _prove_postgresql(engine, needles, tables, held, beside)


def _prove_sqlite(engine: Engine, needles: Sequence[bytes], held: Held, beside: Sequence[Path]) -> Proof:
    path = sqlite_path(engine)
    assert path is not None
    complete = rebuild_sqlite(engine)
    # Everything that begins with the name of the database: journals, write-ahead log, its index.
    files = [file for file in sorted(path.parent.iterdir()) if file.name.startswith(path.name) and file.is_file()]
    files += beside
    found, searched = search(files, needles)
    shared = held(found) if found else set()
    note = "deleted pages were overwritten, the file was rebuilt and its log emptied"
    if not complete:
        note = "other connections kept the write-ahead log busy; delete anything again to empty it"
    return Proof(len(needles), len(files), searched, len(found - shared), len(shared), note)


def rebuild_sqlite(engine: Engine) -> bool:
    """Rebuild the file and empty the write-ahead log; False when readers kept it busy all the time."""
    with maintaining(engine) as connection:
        connection.exec_driver_sql("VACUUM")
        for attempt in range(CHECKPOINT_TRIES):
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            if not busy:
                return True
            time.sleep(0.05 * attempt)
    return False


def _prove_postgresql(
    engine: Engine, needles: Sequence[bytes], tables: Sequence[str], held: Held, beside: Sequence[Path]
) -> Proof:
    with maintaining(engine) as connection:
        for attempt in range(REWRITE_TRIES):
            checkpointed = _rewrite(connection, tables)
            try:
                found, files, searched = _search_server(connection, needles)
            except DBAPIError as error:
                reason = str(error.orig).splitlines()[0]
                note = f"the rows are deleted, the tables rewritten; the files of the server cannot be read ({reason})"
                return Proof(len(needles), 0, 0, None, 0, note)
            here, more = search(beside, needles)
            found, files, searched = found | here, files + len(beside), searched + more
            shared = held(found) if found else set()
            left = found - shared
            if not left:
                break
            # Rewriting a table keeps deleted rows that a transaction begun before can still see: let those end.
            time.sleep(0.1 * 2**attempt)
    note = "the tables were rewritten; the server's write-ahead log and backups keep old pages until they are recycled"
    if left:
        note = "a transaction that began before the deletion is still open: end it, then delete anything again"
    if not checkpointed:
        note += "; no right to CHECKPOINT: memory may hold pages that the files do not show yet"
    return Proof(len(needles), files, searched, len(left), len(shared), note)


def _rewrite(connection: Connection, tables: Sequence[str]) -> bool:
    """Write the tables anew; whether they are also on the disk."""
    for table in tables:
        connection.exec_driver_sql(f"VACUUM FULL {table}")
    # The old files of the tables disappear, and the pages in memory reach the new ones, at a checkpoint.
    try:
        connection.exec_driver_sql("CHECKPOINT")
    except DBAPIError:
        return False
    return True


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        rest = b""
        while content := stream.read(FILE_CHUNK):
            yield rest + content
            rest = content[-(NEEDLE - 1) :]


def _search_server(connection: Connection, needles: Sequence[bytes]) -> tuple[set[bytes], int, int]:
    """Search the files of our tables, their indexes and out-of-line values, read through the server itself."""
    query = text(
        "SELECT pg_relation_filepath(c.oid) AS path FROM pg_class c WHERE pg_relation_filepath(c.oid) IS NOT NULL AND "
        "c.relnamespace IN (current_schema()::regnamespace, 'pg_toast'::regnamespace)"
    )
    found: set[bytes] = set()
    files = searched = 0
    for path in connection.scalars(query).all():
        files += 1
        here, size = occurring(_server_chunks(connection, path), needles)
        found, searched = found | here, searched + size
    return found, files, searched


def _server_chunks(connection: Connection, path: str) -> Iterator[bytes]:
    # Chunks overlap, or a needle across a border would be missed. Segments beyond 1 GiB have a number behind the name.
    read = text("SELECT pg_read_binary_file(:path, :offset, :length, true)")
    segment, offset = 0, 0
    while True:
        name = path if segment == 0 else f"{path}.{segment}"
        chunk = connection.scalar(read, {"path": name, "offset": offset, "length": SERVER_CHUNK})
        if chunk:
            yield bytes(chunk)
        if chunk is not None and len(chunk) == SERVER_CHUNK:
            offset += SERVER_CHUNK - NEEDLE
        elif chunk is None or offset == 0:
            return
        else:
            segment, offset = segment + 1, 0
