import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity import search, vector_codes
from shoestring.similarity.search import top_k
from shoestring.similarity.vector_codes import Ranges, rescored, search_bits, to_bits
from tests.similarity.vectors import clumps


@pytest.fixture(scope="module")
def vectors():
    return clumps(60, 20, width=64)[0]


def test_a_decoded_vector_is_within_half_a_step(vectors):
    ranges = Ranges.fit(vectors)
    error = np.abs(ranges.decode(ranges.encode(vectors)) - vectors)
    assert (error <= ranges.step * 0.5001).all() and error.max() > ranges.step.min() * 0.4


def test_a_single_vector_has_the_code_that_it_has_in_company(vectors):
    """Ranges of the batch would make every number of a single vector an end of its own range: a code of zeros."""
    ranges = Ranges.fit(vectors)
    alone = ranges.encode(vectors[7:8])
    assert (alone == ranges.encode(vectors)[7:8]).all() and len(np.unique(alone)) > 20
    assert np.corrcoef(ranges.decode(alone)[0], vectors[7])[0, 1] > 0.999
    with pytest.raises(BadDataError, match="no range"):
        Ranges.fit(vectors[:1])


def test_what_is_out_of_range_becomes_the_end_and_constant_numbers_survive(vectors):
    flat = vectors.copy()
    flat[:, 3] = 0.25
    ranges = Ranges.fit(flat)
    assert ranges.encode(flat * 100).min() == -128 and ranges.encode(flat * 100).max() == 127
    np.testing.assert_allclose(ranges.decode(ranges.encode(flat))[:, 3], 0.25, atol=1e-6)


def test_search_by_bytes_finds_what_exact_search_finds_with_the_true_scores(vectors, monkeypatch):
    ranges = Ranges.fit(vectors[:200])
    exact = top_k(vectors, vectors[:40], 10)
    monkeypatch.setattr(search, "BLOCK_BYTES", 4 * 64 * 300)
    found = ranges.search(ranges.encode(vectors), vectors[:40], 10, truth=vectors)
    assert (found.row == exact.row).all() and (found.score == exact.score).all()


def test_values_are_compared_and_not_raw_codes():
    """Numbers with wide ranges count for more: with raw codes the order of these two rows flips."""
    sample = np.array([[0, 0], [1, 0.001], [0.5, 0.0005]], np.float32)
    ranges = Ranges.fit(sample)
    rows = np.array([[0.6, 0.0], [0.4, 0.001]], np.float32)
    query = np.ones((1, 2), np.float32)
    codes = ranges.encode(rows)
    raw = codes.astype(float).sum(axis=1)
    assert raw[1] > raw[0], "the example does not tell the two apart"
    assert ranges.search(codes, query, 1, truth=rows, wider=1).row.tolist() == [[0]]


def test_search_by_bits_with_a_stored_middle(vectors):
    middle = vectors.mean(axis=0)
    bits = to_bits(vectors, middle)
    assert bits.shape == (1200, 8) and (to_bits(vectors[5:6], middle) == bits[5:6]).all()
    exact = top_k(vectors, vectors[:40], 5)
    found = search_bits(bits, bits[:40], 5, truth=vectors, vectors=vectors[:40])
    assert (found.row == exact.row).mean() > 0.95
    assert (found.row[:, 0] == exact.row[:, 0]).all() and found.score.shape == (40, 5)
    with pytest.raises(BadDataError, match="k=0"):
        search_bits(bits, bits[:1], 0, truth=vectors, vectors=vectors[:1])


def test_bits_are_counted_without_help_of_the_processor(vectors, monkeypatch):
    values = np.arange(256, dtype=np.uint8)
    expected = [f"{value:b}".count("1") for value in range(256)]
    assert vector_codes._ones(values).tolist() == expected
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    assert vector_codes._ones(values).tolist() == expected


def test_rescoring_orders_the_candidates_by_the_truth(vectors):
    candidates = np.array([[9, 3, 500, 44]])
    found = rescored(candidates, vectors, vectors[3:4], 2)
    scores = {int(row): float(vectors[row] @ vectors[3]) for row in candidates[0]}
    assert found.row[0].tolist() == sorted(scores, key=scores.get, reverse=True)[:2]
