"""Deleting rows for good, with the proof that their bytes are gone."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Row, delete, or_, select

from shoestring.core.database import reading
from shoestring.core.erasure import FILE_CHUNK, Proof, occurring, pieces, prove
from shoestring.similarity.collection.cache import VectorCache
from shoestring.similarity.collection.tables import collections, from_column, growth, items, marked, taught

MOST_ROWS = 2000
"""Rows whose bytes are searched for after a deletion; of more rows an even choice."""
CHUNK = 500
VALUES = (items.c.id, items.c.text, items.c.reference, items.c.metadata, items.c.vector)


def needles(connection: Connection, collection: int, ids: Sequence[str] | None = None) -> list[bytes]:
    """Pieces of what is stored of the rows ``ids``, or of all of a collection."""
    mine = items.c.collection == collection
    if ids is None:
        numbers = connection.scalars(select(items.c.number).where(mine).order_by(items.c.number)).all()
        keys: Sequence[Any] = _even(numbers)
        column: Any = items.c.number
    else:
        keys, column = [marked(identity) for identity in _even(ids)], items.c.id
    found: list[bytes] = []
    for chunk in chunks(keys):
        for row in connection.execute(select(*VALUES).where(mine, column.in_(chunk))):
            found += [piece for value in _bytes(row) for piece in pieces(value)]
    return found


def of_name(stored: str) -> list[bytes]:
    """Pieces of the name of a collection, as it is stored."""
    return pieces(stored.encode())


def delete_rows(connection: Connection, collection: int, ids: Sequence[str]) -> int:
    """Delete by id, with what was answered about them; how many there were."""
    mine = items.c.collection == collection
    forget_answers(connection, collection, [marked(one) for one in ids])
    return sum(
        connection.execute(delete(items).where(mine, items.c.id.in_([marked(one) for one in chunk]))).rowcount
        for chunk in chunks(ids)
    )


def forget_answers(connection: Connection, collection: int, stored: Sequence[str]) -> None:
    """Delete the answers about rows, given their ids as they are stored."""
    for chunk in chunks(stored):
        about = or_(taught.c.first.in_(chunk), taught.c.second.in_(chunk))
        connection.execute(delete(taught).where(taught.c.collection == collection, about))


def delete_all(connection: Connection, collection: int) -> None:
    """Delete every row of a collection."""
    for table in (items, growth, taught):
        connection.execute(delete(table).where(table.c.collection == collection))


def prove_erased(engine: Engine, cache: VectorCache, wanted: Sequence[bytes]) -> Proof:
    """Overwrite, and search the files of the database and all caches."""
    tables = [table.name for table in (items, growth, taught, collections)]
    return prove(engine, wanted, tables, lambda found: _held(engine, found), beside=cache.files())


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Pieces that a single statement can name."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _held(engine: Engine, found: set[bytes]) -> set[bytes]:
    """Of the pieces those that rows which are still there hold, such as the same text."""

    def values() -> Iterator[bytes]:
        waiting: list[bytes] = []
        size = 0
        with reading(engine) as connection:
            names = connection.scalars(select(collections.c.name)).all()
            rows = connection.execute(select(*VALUES).execution_options(yield_per=1000))
            for value in _joined(names, rows):
                # What is between values is in no piece: a piece has six different bytes or more.
                waiting.append(value)
                size += len(value)
                if size > FILE_CHUNK:
                    yield b"\0\0\0\0\0\0\0\0".join(waiting)
                    waiting, size = [], 0
        yield b"\0\0\0\0\0\0\0\0".join(waiting)

    return occurring(values(), found)[0]


def _joined(names: Iterable[str], rows: Iterable[Row[Any]]) -> Iterator[bytes]:
    yield from (name.encode() for name in names)
    for row in rows:
        yield from _bytes(row)


def _bytes(row: Row[Any]) -> list[bytes]:
    texts = [value.encode() for value in (row.id, row.text, row.reference, row.metadata) if value]
    return [*texts, from_column(row.vector).astype("<f4").tobytes()]


def _even(values: Sequence[Any]) -> Sequence[Any]:
    if len(values) <= MOST_ROWS:
        return values
    return [values[place] for place in np.linspace(0, len(values) - 1, MOST_ROWS).astype(int).tolist()]
