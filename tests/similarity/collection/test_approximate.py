import sys

import numpy as np
import pytest

from shoestring.core.errors import MissingExtraError
from shoestring.similarity.collection import approximate
from shoestring.similarity.collection.approximate import HEAD, INDEX
from shoestring.similarity.search import top_k, unit
from tests.similarity.collection.test_cache import fresh
from tests.similarity.collection.test_collection import filled


@pytest.fixture
def indexed(local):
    made, vectors = filled(local, 600)
    return local, made, vectors, made.search(vectors[0], exact=False)


def folder(store):
    return next(path for path in store.cache.folder.iterdir() if path.is_dir())


def recall_by_loop(index, vectors):
    """For each row asked for, its ten nearest others by a sort of all products."""
    shares = []
    for row in np.unique(np.linspace(0, len(vectors) - 1, approximate.MEASURED).astype(int)):
        order = [
            int(other) for other in np.argsort(-(vectors.astype(float) @ vectors[row]), kind="stable") if other != row
        ]
        found = set(index.search(vectors[row : row + 1], 11)[0].tolist())
        shares.append(len(set(order[:10]) & found) / 10)
    return np.mean(shares)


def test_an_approximate_answer_states_its_recall(indexed):
    store, made, vectors, found = indexed
    assert not found.exact and 0.9 < found.recall <= 1 and found.searched == 600
    exact = made.search(vectors[0])
    assert exact.exact and exact.recall is None
    assert {hit.id for hit in found.hits[:5]} == {hit.id for hit in exact.hits[:5]}
    np.testing.assert_allclose(
        [hit.score for hit in found.hits], sorted((hit.score for hit in found.hits), reverse=True)
    )


def test_recall_is_measured_and_not_assumed(monkeypatch):
    """Unstructured rows and an index that hardly looks: what it misses has to show."""
    import faiss

    monkeypatch.setattr(approximate, "EFFORT", 1)
    vectors = unit(np.random.default_rng(0).normal(size=(3000, 64)))
    graph = faiss.IndexHNSWFlat(64, 4, faiss.METRIC_INNER_PRODUCT)
    graph.add(vectors)
    index = approximate.Index(graph, 0.0)
    measured = approximate.measure(index, vectors)
    assert measured == pytest.approx(recall_by_loop(index, vectors)) and measured < 0.9
    flat = faiss.IndexFlatIP(64)
    flat.add(vectors)

    class Exact:
        def search(self, query, k):
            return top_k(vectors, query, k).row[0], None

    assert approximate.measure(Exact(), vectors) == 1.0


def test_the_index_is_used_again_and_never_when_stale_or_damaged(indexed, monkeypatch):
    store, made, vectors, first = indexed
    built = []
    build = approximate._build
    monkeypatch.setattr(approximate, "_build", lambda *args: built.append(1) or build(*args))
    other = fresh(store)
    assert other.get("given").search(vectors[0], exact=False).recall == first.recall and not built
    damages = (
        lambda: (folder(store) / INDEX).write_bytes((folder(store) / INDEX).read_bytes()[:-9] + b"123456789"),
        lambda: (folder(store) / HEAD).write_text('{"rows": 5}'),
        (folder(store) / INDEX).unlink,
    )
    for number, damage in enumerate(damages):
        damage()
        later = fresh(store)
        assert later.get("given").search(vectors[0], exact=False, build=False).exact
        assert not later.get("given").search(vectors[0], exact=False).exact and len(built) == number + 1
        later.close()
    made.add([{"id": "new", "vector": -vectors[0]}])
    stale = made.search(-vectors[0], exact=False, build=False)
    assert stale.exact and stale.hits[0].id == "new" and "no index" in stale.note
    assert made.search(-vectors[0], exact=False).hits[0].id == "new"
    made.delete(["new"])
    assert "new" not in {hit.id for hit in made.search(-vectors[0], k=50, exact=False).hits}
    other.close()


def test_filtered_searches_are_exact(indexed):
    _, made, vectors, _ = indexed
    found = made.search(vectors[0], filter={"group": 3}, exact=False)
    assert found.exact and found.recall is None and {hit.metadata["group"] for hit in found.hits} == {3}


def test_more_neighbours_than_rows_and_one_row_alone(local):
    made, vectors = filled(local, 10)
    assert len(made.search(vectors[0], k=50, exact=False).hits) == 10
    one = local.create("one")
    one.add([{"id": "a", "vector": vectors[0]}])
    assert one.search(vectors[0], exact=False).recall == 1.0


def test_without_faiss_the_way_out_is_named(local, monkeypatch):
    made, vectors = filled(local, 10)
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtraError, match=r"shoestring\[search\]"):
        made.search(vectors[0], exact=False)
