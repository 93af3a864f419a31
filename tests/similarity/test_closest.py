import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity import closest
from shoestring.similarity.closest import closest_pair


def slow(vectors):
    scores = vectors @ vectors.T
    pairs = [(scores[i, j], i, j) for i in range(len(vectors)) for j in range(i + 1, len(vectors))]
    best = max(pairs, key=lambda pair: pair[0])
    return best[1], best[2]


@pytest.mark.parametrize("count", [2, 7, 8, 9, 40])
def test_it_is_the_best_of_all_pairs_whatever_the_blocks(count, monkeypatch):
    monkeypatch.setattr(closest, "BLOCK", 8)
    for seed in range(5):
        vectors = np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)
        first, second, score = closest_pair(vectors)
        assert (first, second) == slow(vectors)
        assert score == pytest.approx(float(vectors[first] @ vectors[second]), rel=1e-5)


def test_one_vector_is_no_pair():
    with pytest.raises(BadDataError, match="1 vectors make no pair"):
        closest_pair(np.ones((1, 2), np.float32))
