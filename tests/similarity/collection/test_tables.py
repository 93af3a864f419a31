from contextlib import closing

import numpy as np

from shoestring.similarity.collection import Collections, Teaching
from shoestring.similarity.collection.tables import LAYOUT, from_column, marked, metadata, to_column, unmarked


def test_vectors_come_back_bit_for_bit(collections):
    vectors = np.random.default_rng(0).normal(size=(50, 33)).astype(np.float32)
    made = collections.create("given")
    made.add([{"id": str(n), "vector": v} for n, v in enumerate(vectors)])
    stored, _ = made.vectors()
    norms = np.linalg.norm(vectors.astype(float), axis=1)
    np.testing.assert_array_equal(stored, (vectors.astype(float) / norms[:, None]).astype(np.float32))
    for dialect in ("sqlite", "postgresql"):
        np.testing.assert_array_equal(from_column(to_column(dialect, vectors[0])), vectors[0])


def test_marks_come_off_and_keep_similar_names_apart():
    assert unmarked(marked("item")) == "item" and marked("a") not in marked("ab")


def test_every_table_is_of_the_layout():
    assert LAYOUT.info.name in metadata.tables and set(metadata.tables) == {
        "collection_info", "collections", "collection_items", "collection_growth", "collection_taught",
    }  # fmt: skip


def test_a_store_of_layout_1_gets_the_table_of_answers_and_keeps_its_rows(database):
    from sqlalchemy import create_engine, make_url, text

    store = Collections.open(database)
    store.create("given").add([{"id": "a", "vector": [1.0, 0.0]}, {"id": "b", "vector": [0.0, 1.0]}])
    store.close()
    url = make_url(database)
    engine = create_engine(url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE collection_taught"))
        connection.execute(text("UPDATE collection_info SET version = 1"))
    engine.dispose()
    store = Collections.open(database)
    made = store.get("given")
    assert len(made) == 2 and Teaching(made).add([("a", "b", False)])
    store.close()
    with closing(Collections.open(database)) as again:
        assert len(Teaching(again.get("given")).answers()) == 1
