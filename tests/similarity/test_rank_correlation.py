import numpy as np
import pytest
from scipy.stats import spearmanr

from shoestring.core.errors import BadDataError
from shoestring.similarity.rank_correlation import correlation, spearman, spearman_interval


def test_it_is_the_correlation_of_ranks_with_ties():
    draw = np.random.default_rng(0)
    left, right = draw.integers(0, 6, size=80), draw.normal(size=80).round(1)
    assert spearman(left, right) == pytest.approx(spearmanr(left, right).statistic, abs=1e-12)
    assert spearman(np.array([1, 2, 3]), np.array([10, 20, 40])) == 1
    assert np.isnan(spearman(np.ones(4), np.arange(4)))


def test_the_interval_covers_about_as_often_as_it_says():
    hits = 0
    for seed in range(24):
        draw = np.random.default_rng(seed)
        shared = draw.normal(size=150)
        left, right = shared + draw.normal(size=150), shared + draw.normal(size=150)
        found = spearman_interval(left, right, resamples=100, seed=seed)
        hits += found["low"] <= 6 / np.pi * np.arcsin(0.5 / 2) <= found["high"]
    assert hits >= 18


def test_too_few_pairs_or_no_difference_are_refused():
    for left in (np.arange(2.0), np.ones(9)):
        with pytest.raises(BadDataError, match="at least three"):
            spearman_interval(left, np.arange(len(left)))


def test_rows_are_correlated_each_for_itself():
    rows = np.array([[1.0, 2, 3], [1, 1, 1]])
    found = correlation(rows, np.array([[3.0, 2, 1], [1, 2, 3]]))
    assert found[0] == pytest.approx(-1) and np.isnan(found[1])
