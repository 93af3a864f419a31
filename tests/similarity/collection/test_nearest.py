"""Both ways of searching give the rows of a sort of all products; filters are tested with the filters."""

import numpy as np

from shoestring.core.database import reading
from shoestring.similarity.collection import nearest
from shoestring.similarity.collection.store import row_of
from shoestring.similarity.search import unit
from tests.similarity.collection.test_collection import filled


def test_the_nearest_rows_with_ties_by_age(collections):
    made, vectors = filled(collections, 60)
    made.add([{"id": f"copy {n}", "vector": vectors[9]} for n in range(40)])
    everything = np.concatenate([vectors, np.repeat(vectors[9:10], 40, axis=0)]).astype(float)
    query = unit(vectors[9:10] + 0.1 * vectors[3:4])
    order = np.lexsort((np.arange(100), -(everything @ query[0].astype(float)).round(9)))
    with reading(collections.engine) as connection:
        row = row_of(connection, made.number, made.name)
        load = lambda: collections.cache.load(connection, row)  # noqa: E731
        numbers, scores, searched = nearest.search(connection, row, query, 7, filter={}, cached=load)
        all_numbers = load().numbers
    assert numbers.tolist() == all_numbers[order[:7]].tolist() and searched == 100
    np.testing.assert_allclose(scores, (everything @ query[0].astype(float))[order[:7]], rtol=1e-6)


def test_postgresql_needs_no_copy_to_search(postgres_url, tmp_path):
    from shoestring.similarity.collection import Collections

    store = Collections.open(postgres_url)
    made, vectors = filled(store, 30)
    assert made.search(vectors[4], k=1).hits[0].id == "r4" and not store.cache.folder.exists()
    store.close()
