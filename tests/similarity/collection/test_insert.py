"""Rows are written once; the operations as a whole are tested with the collection."""

import numpy as np
import pytest
from sqlalchemy import select

from shoestring.core.database import reading, writing
from shoestring.core.errors import BadDataError
from shoestring.data.rows import Row
from shoestring.similarity.collection.insert import insert_rows
from shoestring.similarity.collection.records import Added
from shoestring.similarity.collection.store import row_of
from shoestring.similarity.collection.tables import growth
from tests.similarity.collection.test_collection import filled


def write(store, made, rows, vectors):
    with writing(store.engine) as connection:
        row = row_of(connection, made.number, made.name, lock=True)
        return insert_rows(connection, row, rows, np.asarray(vectors, np.float32))


def test_every_change_begins_a_generation_and_nothing_else_does(collections):
    made, vectors = filled(collections, 20)

    def state():
        with reading(collections.engine) as connection:
            known = connection.execute(select(growth.c.rows).where(growth.c.collection == made.number)).scalars().all()
            return row_of(connection, made.number, made.name).generation, sorted(known)

    first = state()
    same = Row("r3", metadata=made.search(vectors[3], k=1).hits[0].metadata)
    assert write(collections, made, [same], vectors[3:4] + 1e-6) == Added(0, 0, 1)
    assert state() == first == (first[0], [0])
    assert write(collections, made, [Row("new")], vectors[:1]) == Added(1, 0, 0)
    assert state()[0] != first[0] and state()[1] == [0, 20]
    assert write(collections, made, [Row("new", text="other")], vectors[:1]) == Added(0, 1, 0)
    assert state()[1] == []


def test_a_vector_that_moved_is_replaced(collections):
    made = collections.create("given")
    write(collections, made, [Row("a")], [[1.0, 0.0]])
    assert write(collections, made, [Row("a")], [[1.0, 1e-4]]) == Added(0, 1, 0)
    with pytest.raises(BadDataError, match="vectors of 3 numbers, the collection has 2"):
        write(collections, made, [Row("b")], [[1.0, 0.0, 0.0]])
