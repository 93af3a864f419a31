import numpy as np
import pytest
from scipy import stats

from shoestring.recipes.intervals import median_interval


def test_known_order_statistics():
    # Conover, table of exact intervals of the median: n = 10 gives x(2) .. x(9) with 97.85 %.
    found = median_interval([9, 1, 8, 2, 7, 3, 6, 4, 5, 10])
    assert (found.value, found.low, found.high, found.n) == (5.5, 2, 9, 10)
    assert found.coverage == pytest.approx(0.978516, abs=1e-6)


@pytest.mark.parametrize("n", range(2, 40))
def test_coverage_is_that_of_the_binomial_and_the_next_narrower_one_does_not_cover(n):
    found = median_interval(range(1, n + 1))
    k = int(found.low)
    assert found.high == n + 1 - k
    assert found.coverage == pytest.approx(1 - 2 * stats.binom.cdf(k - 1, n, 0.5), abs=1e-6)
    assert k == 1 or found.coverage >= 0.95
    assert k + 1 > n // 2 or 1 - 2 * stats.binom.cdf(k, n, 0.5) < 0.95


def test_one_value_has_no_interval_worth_the_name():
    assert median_interval([0.5]).as_dict() == {"value": 0.5, "low": 0.5, "high": 0.5, "seeds": 1, "coverage": 0.0}


def test_the_interval_covers_the_median_of_a_skewed_distribution_as_often_as_it_says():
    rng = np.random.default_rng(0)
    draws = rng.exponential(size=(4000, 7))
    found = [median_interval(row) for row in draws]
    hits = np.mean([item.low <= np.log(2) <= item.high for item in found])
    assert abs(hits - found[0].coverage) < 4 * np.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [float("inf")]])
def test_what_has_no_median_is_refused(values):
    with pytest.raises(ValueError, match="finite"):
        median_interval(values)
