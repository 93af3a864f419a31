"""Writing rows: new ones are added, changed ones replaced, known ones left alone."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy import Row as SqlRow

from shoestring.core.errors import BadDataError, ConflictError
from shoestring.data.rows import Row, as_json
from shoestring.similarity.collection.erase import chunks, forget_answers
from shoestring.similarity.collection.records import Added
from shoestring.similarity.collection.tables import collections, from_column, growth, items, marked, to_column

SAME = 1e-5
"""Vectors of the same item may differ by so much: encoders round differently in other company."""
MOST_GENERATIONS = 100


def insert_rows(
    connection: Connection, collection: SqlRow[Any], rows: Sequence[Row], vectors: NDArray[np.float32],
    *, at_most: int | None = None,
) -> Added:  # fmt: skip
    """Write ``rows`` with their unit vectors [N, D] into the locked ``collection``.

    Raises:
        BadDataError: vectors of another width.
        ConflictError: more than ``at_most`` rows.
    """
    if not len(rows):
        return Added(0, 0, 0)
    if collection.width not in (None, vectors.shape[1]):
        raise BadDataError(
            f"vectors of {vectors.shape[1]} numbers, the collection has {collection.width}: they are of another model"
        )
    dialect = connection.dialect.name
    added = replaced = unchanged = 0
    for places in chunks(range(len(rows))):
        known = stored_rows(connection, collection.id, [rows[place].id for place in places], vectors=True)
        fresh, stale, changed = [], [], []
        for place in places:
            row, vector = rows[place], vectors[place]
            old = known.get(marked(row.id))
            if old is None:
                added += 1
            elif same_item(old, row) and np.abs(from_column(old.vector) - vector).max() <= SAME:
                unchanged += 1
                continue
            else:
                replaced += 1
                stale.append(old.number)
                if not same_item(old, row):
                    changed.append(old.id)
            fresh.append(
                {"collection": collection.id, "id": marked(row.id), "text": row.text, "reference": row.reference,
                 "metadata": as_json(row.metadata), "vector": to_column(dialect, vector)}
            )  # fmt: skip
        if stale:
            connection.execute(delete(items).where(items.c.number.in_(stale)))
        # What somebody said about the old content does not hold for the new one.
        forget_answers(connection, collection.id, changed)
        if fresh:
            connection.execute(insert(items), fresh)
    total = collection.rows + added
    if at_most is not None and added and total > at_most:
        raise ConflictError(f"{total:,} rows, a collection has at most {at_most:,}; nothing was added")
    if added or replaced:
        note_change(connection, collection, total, grown=not replaced, width=vectors.shape[1])
    return Added(added, replaced, unchanged)


def note_change(
    connection: Connection, collection: SqlRow[Any], rows: int, *, grown: bool, width: int | None = None
) -> None:
    """Begin a new generation; ``grown`` if nothing was done but to add rows."""
    old = growth.c.collection == collection.id
    if grown:
        known = connection.scalars(select(growth.c.generation).where(old).order_by(growth.c.rows.desc())).all()
        if len(known) >= MOST_GENERATIONS:
            connection.execute(delete(growth).where(old, growth.c.generation.in_(known[MOST_GENERATIONS - 1 :])))
        values = {"collection": collection.id, "generation": collection.generation, "rows": collection.rows}
        connection.execute(insert(growth).values(**values))
    else:
        connection.execute(delete(growth).where(old))
    changed: dict[str, Any] = {"generation": secrets.token_hex(8), "rows": rows}
    changed |= {} if width is None else {"width": width}
    connection.execute(update(collections).where(collections.c.id == collection.id).values(**changed))


def stored_rows(
    connection: Connection, collection: int, ids: Sequence[str], *, vectors: bool
) -> Mapping[str, SqlRow[Any]]:
    """What is stored of a few ids, by marked id."""
    columns = [items.c.number, items.c.id, items.c.text, items.c.reference, items.c.metadata]
    query = select(*columns, *([items.c.vector] if vectors else []))
    wanted = [marked(identity) for identity in ids]
    rows = connection.execute(query.where(items.c.collection == collection, items.c.id.in_(wanted)))
    return {row.id: row for row in rows}


def same_item(old: SqlRow[Any], row: Row) -> bool:
    """Whether everything but the vector is as it was."""
    return (old.text, old.reference, old.metadata) == (row.text, row.reference, as_json(row.metadata))
