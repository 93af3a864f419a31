import numpy as np

from shoestring.similarity.uncertain import SPREAD, uncertain_pairs
from tests.similarity.vectors import clumps


def test_they_are_near_the_threshold_and_no_row_comes_twice():
    vectors, _ = clumps(10, 40)
    for threshold in (0.2, 0.6):
        found = uncertain_pairs(vectors, threshold, 20, set(), np.random.default_rng(0))
        assert len(found) == 20
        for first, second, score in found:
            assert first < second and abs(score - float(vectors[first] @ vectors[second])) < 1e-5
            assert abs(score - threshold) < SPREAD + 0.02
        assert len({row for pair in found for row in pair[:2]}) == 40
        scores = [score for *_, score in found]
        assert min(scores) < threshold < max(scores), "both sides are asked about"


def test_what_is_known_is_not_asked_again():
    vectors, _ = clumps(1, 6)
    known = {(a, b) for a in range(6) for b in range(a + 1, 6)}
    free = (2, 4)
    for _ in range(3):
        found = uncertain_pairs(vectors, 0.5, 3, known - {free}, np.random.default_rng(0))
        assert [pair[:2] for pair in found] == [free]
    assert uncertain_pairs(vectors, 0.5, 3, known, np.random.default_rng(0)) == []
    assert uncertain_pairs(vectors[:1], 0.5, 3, set(), np.random.default_rng(0)) == []
    assert uncertain_pairs(vectors[:0], 0.5, 3, set(), np.random.default_rng(0)) == []
