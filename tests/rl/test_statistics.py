import numpy as np
import pytest
from scipy import stats

from shoestring.rl.statistics import (
    bootstrap,
    bounded_mean,
    improvement_probability,
    interquartile_mean,
    mean,
    on_grid,
    optimality_gap,
    paired_difference,
    performance_profile,
    permutation_test,
)


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (10, 1), (7, 5)])
def test_the_interquartile_mean_is_scipy_s(shape):
    scores = rng().normal(size=shape)
    assert interquartile_mean(scores) == pytest.approx(stats.trim_mean(scores, 0.25, axis=None))
    assert interquartile_mean(np.stack([scores, scores + 1])) == pytest.approx(
        interquartile_mean(scores) + np.array([0, 1])
    )


def test_one_wild_run_does_not_move_it():
    scores = np.array([[1.0], [2.0], [3.0], [1e9]])
    assert interquartile_mean(scores) == 2.5


def test_intervals_cover_what_they_promise():
    draw, covered = rng(), 0
    for _ in range(150):
        found = bootstrap(draw.normal(3.0, 1.0, (20, 2)), draw, mean, 400)
        covered += found.low <= 3.0 <= found.high
    assert 0.86 <= covered / 150 <= 0.99


def test_runs_are_resampled_within_their_task():
    """Two tasks without any spread inside have no spread at all; resampling over the whole table would invent one."""
    found = bootstrap(np.tile([[0.0, 100.0]], (6, 1)), rng(), mean, 500)
    assert (found.value, found.low, found.high) == (50, 50, 50)


def test_a_single_run_says_so():
    found = bootstrap(np.array([[2.0]]), rng(), resamples=10)
    assert found.single and "one run" in str(found)
    assert str(bootstrap(np.array([[1.0], [3.0]]), rng(), resamples=10)).startswith("2 [")


def test_pairs_show_what_separate_intervals_hide():
    draw = rng()
    luck = draw.normal(0, 10, (12, 1))
    found = paired_difference(luck + 1 + draw.normal(0, 0.1, (12, 1)), luck, rng(), 2000)
    assert found.low > 0.9 and found.high < 1.1
    with pytest.raises(ValueError, match="one shape"):
        paired_difference(np.zeros((2, 1)), np.zeros((3, 1)), rng())


def test_probability_of_improvement_is_the_rank_statistic():
    ours, theirs = rng().integers(5, size=(9, 1)).astype(float), rng().integers(4, size=(7, 1)).astype(float)
    u = stats.mannwhitneyu(ours[:, 0], theirs[:, 0]).statistic
    assert improvement_probability(ours, theirs) == pytest.approx(u / 63)
    assert improvement_probability(np.ones((2, 1)), np.ones((3, 1))) == 0.5
    with pytest.raises(ValueError, match="tasks"):
        improvement_probability(np.zeros((2, 1)), np.zeros((2, 2)))


def test_profiles_and_gaps():
    scores = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert performance_profile(scores, [-1, 0, 1.5, 3]).tolist() == [1, 0.75, 0.5, 0]
    assert optimality_gap(scores, 2.0) == pytest.approx((2 + 1 + 0 + 0) / 4)


def test_permutations():
    assert permutation_test([1, 2, 3], [0, 0, 0], rng()) == 2 / 8
    assert permutation_test([1.0] * 20, [0.0] * 20, rng()) == pytest.approx(1 / 10_000)
    same = rng().normal(size=30)
    assert permutation_test(same, same[::-1], rng()) > 0.5
    with pytest.raises(ValueError, match="finite"):
        permutation_test([], [], rng())


def test_curves_of_unequal_length_on_one_grid():
    found = on_grid([[(10, 1.0), (20, 2.0)], [(15, 5.0)]], [5, 10, 19, 40])
    assert np.array_equal(found, [[np.nan, 1, 1, 2], [np.nan, np.nan, 5, 5]], equal_nan=True)


@pytest.mark.parametrize("scores", [np.zeros(3), np.zeros((0, 2)), np.array([[np.nan]])])
def test_tables_that_are_none_are_refused(scores):
    with pytest.raises(ValueError, match=r"\[runs, tasks\]"):
        bootstrap(scores, rng())


def test_an_interval_of_a_bounded_mean_by_hand_and_against_clopper_and_pearson():
    """Where all numbers are 1 both are exact; elsewhere this one is wider, as it holds for any distribution."""
    for count in (1, 20, 300):
        exact = stats.binomtest(count, count).proportion_ci(0.95, "exact")
        assert bounded_mean(1.0, count) == pytest.approx((exact.low, 1.0))
        assert bounded_mean(0.0, count) == pytest.approx((0.0, 1 - exact.low))
    low, high = bounded_mean(0.3, 50)
    exact = stats.binomtest(15, 50).proportion_ci(0.95, "exact")
    assert low < exact.low < 0.3 < exact.high < high and high - low < 1.4 * (exact.high - exact.low)
    for edge in (low, high):
        assert 50 * stats.entropy([0.3, 0.7], [edge, 1 - edge]) == pytest.approx(np.log(40))
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        bounded_mean(1.1, 3)


@pytest.mark.parametrize("chances", [(0.02, 0.9, 0.08), (0.9, 0.05, 0.05)])
def test_it_holds_as_often_as_it_says(chances):
    """Scores of games: 0, 1/2 or 1."""
    games = rng().choice([0, 0.5, 1], p=chances, size=(2_000, 60)).mean(axis=1)
    truth = 0.5 * chances[1] + chances[2]
    inside = [low <= truth <= high for low, high in (bounded_mean(value, 60) for value in games)]
    assert np.mean(inside) >= 0.95
