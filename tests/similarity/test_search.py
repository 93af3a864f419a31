import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity import search
from shoestring.similarity.search import block_rows, top_k, unit
from tests.similarity.vectors import clumps


def by_loop(matrix, query, k, rows=None):
    """Every row by itself, in float64, sorted by score and then by number."""
    numbers = range(len(matrix)) if rows is None else rows
    scored = [(-sum(float(a) * float(b) for a, b in zip(matrix[i], query, strict=True)), int(i)) for i in numbers]
    return [(i, -s) for s, i in sorted(scored)[:k]]


@pytest.mark.parametrize("block", [4 * 16 * 7, 16 * 2**20])
@pytest.mark.parametrize("k", [1, 5, 400])
def test_the_best_rows_are_those_of_a_loop_in_blocks_of_any_size(monkeypatch, block, k):
    monkeypatch.setattr(search, "BLOCK_BYTES", block)
    vectors, _ = clumps(20, 10)
    found = top_k(vectors, vectors[:6] * 2.0, k)
    assert found.row.shape == (6, min(k, 200))
    for query in range(6):
        expected = by_loop(vectors, vectors[query] * np.float32(2), k)
        assert found.row[query].tolist() == [row for row, _ in expected]
        np.testing.assert_allclose(found.score[query], [score for _, score in expected], rtol=1e-12)


def test_of_equal_rows_the_first_are_found_across_blocks(monkeypatch):
    monkeypatch.setattr(search, "BLOCK_BYTES", 4 * 16 * 11)
    vectors, _ = clumps(1, 300)
    vectors[5::3] = vectors[5]
    # A sum in another order would make some of them look better: all sums are of one kind.
    found = top_k(vectors, vectors[5:6], 20)
    assert found.row[0].tolist() == list(range(5, 65, 3)) and len(set(found.score[0])) == 1


def test_of_equal_rows_within_one_block_the_first_are_found():
    rows = np.tile(np.eye(4, dtype=np.float32), (100, 1))
    found = top_k(rows, rows[:1] * 2, 3)
    assert found.row[0].tolist() == [0, 4, 8] and found.score[0].tolist() == [2, 2, 2]


def test_chosen_rows_only(monkeypatch):
    monkeypatch.setattr(search, "BLOCK_BYTES", 4 * 16 * 7)
    vectors, _ = clumps(10, 10)
    rows = np.arange(1, 100, 3)
    found = top_k(vectors, vectors[:2], 4, rows=rows)
    for query in range(2):
        assert found.row[query].tolist() == [row for row, _ in by_loop(vectors, vectors[query], 4, rows)]
    assert top_k(vectors, vectors[:2], 4, rows=rows[:0]).row.shape == (2, 0)


def test_a_memory_map_and_an_empty_matrix(tmp_path):
    vectors, _ = clumps(5, 5)
    np.save(tmp_path / "v.npy", vectors)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    assert top_k(mapped, vectors[:1], 3).row.tolist() == top_k(vectors, vectors[:1], 3).row.tolist()
    assert top_k(vectors[:0], vectors[:1], 3).row.shape == (1, 0)


def test_rounding_in_float32_does_not_decide():
    draw = np.random.default_rng(0)
    # Large terms: the rows differ by less than the last place of their products in float32.
    base = draw.normal(size=64).astype(np.float32) * 1000
    matrix = np.repeat(base[None], 12, axis=0)
    matrix[:, 0] += np.arange(12, dtype=np.float32) / 4096
    query = np.concatenate([[1.0], draw.normal(size=63)]).astype(np.float32)[None]
    for k in (1, 3, 12):
        assert top_k(matrix, query, k).row[0].tolist() == [row for row, _ in by_loop(matrix, query[0], k)]


@pytest.mark.parametrize("shapes", [((3, 4), (1, 5), 1), ((3, 4), (4,), 1), ((3, 4), (1, 4), 0)])
def test_what_does_not_fit_is_refused(shapes):
    matrix, query, k = shapes
    with pytest.raises(BadDataError, match="cannot search"):
        top_k(np.ones(matrix, np.float32), np.ones(query, np.float32), k)


def test_unit_vectors():
    tiny, huge = np.finfo(np.float64).tiny, np.finfo(np.float64).max
    found = unit(np.array([[3.0, 4.0], [tiny, 0.0], [huge, huge], [-2.0, 0.0]]))
    np.testing.assert_allclose(found, [[0.6, 0.8], [1, 0], [0.5**0.5, 0.5**0.5], [-1, 0]], rtol=1e-6)
    assert found.dtype == np.float32
    for bad in ([0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]):
        with pytest.raises(BadDataError, match="row 1 has no direction"):
            unit(np.array([[1.0, 1.0], bad]))
    for shape in ((3,), (2, 0)):
        with pytest.raises(BadDataError, match="expected"):
            unit(np.ones(shape))


def test_blocks_bound_the_memory_of_vectors_and_scores():
    assert block_rows(384) * 384 * 4 <= search.BLOCK_BYTES
    assert block_rows(8, 10_000) * 10_000 * 4 <= search.BLOCK_BYTES and block_rows(10**9) == 1
