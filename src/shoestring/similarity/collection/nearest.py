"""Exact search of the stored rows: in the mapped copy on SQLite, within the database on PostgreSQL."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, func, literal, select, true

from shoestring.similarity.collection.cache import Cached
from shoestring.similarity.collection.filters import condition
from shoestring.similarity.collection.tables import from_column, items
from shoestring.similarity.search import SPARE, Vectors, top_k

Answer = tuple[NDArray[np.int64], NDArray[np.float64], int]
"""Numbers of the rows, their cosines, and how many rows were compared."""


def search(
    connection: Connection, row: Row[Any], query: Vectors, k: int, *,
    filter: Mapping[str, Any], cached: Callable[[], Cached],
) -> Answer:  # fmt: skip
    """The ``k`` rows nearest to ``query`` [1, D] among those that fit ``filter``; ties by age."""
    fits = condition(connection.dialect.name, filter) if filter else true()
    if connection.dialect.name == "postgresql":
        return _in_database(connection, row, query, k, fits)
    copy = cached()
    places = None
    if filter:
        chosen = select(items.c.number).where(items.c.collection == row.id, fits).order_by(items.c.number)
        places = np.searchsorted(copy.numbers, np.array(connection.scalars(chosen).all(), np.int64))
    found = top_k(copy.vectors, query, k, rows=places)
    return copy.numbers[found.row[0]], found.score[0], row.rows if places is None else len(places)


def _in_database(connection: Connection, row: Row[Any], query: Vectors, k: int, fits: Any) -> Answer:
    """pgvector compares in float32; a few more rows are fetched and compared in float64, as elsewhere."""
    mine = (items.c.collection == row.id, fits)
    # The operator of pgvector for the inner product with its sign turned, so that the nearest come first.
    distance = items.c.vector.op("<#>")(literal(query[0].tolist(), items.c.vector.type))
    nearest = select(items.c.number, items.c.vector).where(*mine).order_by(distance, items.c.number).limit(k + SPARE)
    rows = connection.execute(nearest).all()
    searched = connection.scalar(select(func.count()).select_from(items).where(*mine)) or 0
    if not rows:
        return np.empty(0, np.int64), np.empty(0), searched
    numbers = np.array([one.number for one in rows], np.int64)
    vectors = np.stack([from_column(one.vector) for one in rows])
    order = np.argsort(numbers)
    found = top_k(vectors[order], query, k)
    return numbers[order][found.row[0]], found.score[0], searched
