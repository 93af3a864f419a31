import numpy as np
import pytest

from shoestring.similarity.cohort_scores import spread_over, symmetric_norm

DRAW = np.random.default_rng(0)


def test_it_is_the_mean_of_both_sides_in_their_own_standard_deviations():
    score, left, right = DRAW.normal(size=(4, 3)), DRAW.normal(size=(4, 20)), DRAW.normal(1, 2, size=(3, 20))
    found = symmetric_norm(score, left, right)
    for i in range(4):
        for j in range(3):
            first = (score[i, j] - np.mean(left[i])) / np.sqrt(np.mean((left[i] - np.mean(left[i])) ** 2))
            second = (score[i, j] - np.mean(right[j])) / np.sqrt(np.mean((right[j] - np.mean(right[j])) ** 2))
            assert found[i, j] == pytest.approx((first + second) / 2)


def test_the_unit_of_the_scores_does_not_matter():
    score, left, right = DRAW.normal(size=(4, 3)), DRAW.normal(size=(4, 20)), DRAW.normal(size=(3, 20))
    np.testing.assert_allclose(
        symmetric_norm(5 * score + 2, 5 * left + 2, 5 * right + 2), symmetric_norm(score, left, right)
    )


def test_one_stranger_shifts_and_does_not_scale():
    found = symmetric_norm(np.array([[3.0]]), np.array([[1.0]]), np.array([[2.0]]))
    assert found == pytest.approx(np.array([[1.5]]))
    assert np.isfinite(symmetric_norm(np.ones((1, 1)), np.ones((1, 4)), np.ones((1, 4)))).all()


def test_rows_are_spread_over_identities():
    names = np.array(["b", "a", "a", "b", "a", "b", "c", "c", "c"])
    assert spread_over(names, 9).tolist() == list(range(9)) and spread_over(names, 100).tolist() == list(range(9))
    chosen = spread_over(names, 3)
    assert sorted(names[chosen].tolist()) == ["a", "b", "c"] and (np.diff(chosen) > 0).all()
