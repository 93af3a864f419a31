import numpy as np
import pytest
from scipy import linalg, stats

from shoestring.core.errors import BadDataError
from shoestring.similarity.signer_model import (
    Moments,
    from_byte,
    least_redundant,
    log_density,
    moments,
    to_byte,
    variances,
)


def vectors(n=10, d=5, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_adding_one_by_one_equals_all_at_once_until_the_window_is_full():
    data = vectors(6)
    model = moments(data[:1], window=6)
    for row in data[1:]:
        model = model.add(row, window=6)
    assert model.count == 6
    assert model.mean == pytest.approx(data.mean(axis=0)) and model.squares == pytest.approx(6 * data.var(axis=0))


def test_only_the_last_of_the_window_enrol():
    data = vectors(9)
    model = moments(data, window=6)
    assert model.count == 6 and model.mean == pytest.approx(data[3:].mean(axis=0))


def test_a_full_window_forgets_a_sixth_at_each_step():
    model = Moments(6, np.array([1.0]), np.array([12.0])).add(np.array([7.0]), window=6)
    # Five sixths of the squares stay (10), and a new one at a distance of 6 from the mean of five adds 6 * 5.
    assert (model.count, model.mean.tolist(), model.squares.tolist()) == (6, [2.0], [40.0])


def test_a_changed_habit_is_learned_within_a_few_windows():
    model = moments(vectors(6), window=6)
    for row in 5 + vectors(40, seed=1):
        model = model.add(row, window=6)
    assert model.mean == pytest.approx(5, abs=1.5) and (model.squares / 6 < 4).all()


def test_variances_by_hand():
    usual = np.array([1.0, 4.0])
    model = Moments(6, np.zeros(2), np.array([6.0, 18.0]))
    assert variances(model, usual, prior=0, shared=False).tolist() == [1.0, 3.0]
    assert variances(model, usual, prior=6, shared=False).tolist() == [1.0, 3.5]
    assert variances(model, usual, prior=0, shared=True).tolist() == [2.0, 2.0]
    assert variances(model, usual, prior=6, shared=True).tolist() == [2.25, 2.25]


def test_a_single_signature_borrows_the_usual_variance_and_none_vanishes():
    usual = np.array([1.0, 4.0])
    assert variances(Moments(1, usual, np.zeros(2)), usual, 0, False).tolist() == [0.5, 2.0]
    assert variances(Moments(6, usual, np.zeros(2)), usual, 0, False) == pytest.approx([0.01, 0.04])


def test_the_density_is_that_of_independent_gaussians():
    data, mean, variance = vectors(4), vectors(1)[0], np.square(vectors(1, seed=2)[0]) + 0.1
    expected = stats.norm.logpdf(data, mean, np.sqrt(variance)).sum(axis=1)
    assert log_density(data, mean, variance) == pytest.approx(expected)


def test_bytes_are_the_nearest_level_and_outliers_take_the_end():
    low, high = np.array([-1.0]), np.array([1.0])
    grid = np.linspace(-1, 1, 1001)[:, None]
    assert np.abs(from_byte(to_byte(grid, low, high), low, high) - grid).max() <= 1 / 255 + 1e-12
    assert to_byte(np.array([[-9.0], [-1.0], [1.0], [9.0]]), low, high).ravel().tolist() == [0, 0, 255, 255]


def test_copies_and_constants_are_the_first_to_go():
    base = vectors(50, 3)
    noise = 0.01 * vectors(50, 3, seed=1)
    data = np.concatenate([base, -2 * base + noise, np.ones((50, 2))], axis=1)
    kept = least_redundant(data, keep=3)
    assert sorted(i % 3 for i in kept if i < 6) == [0, 1, 2]
    assert least_redundant(data, keep=8).tolist() == list(range(8))


def test_the_choice_is_that_of_a_pivoted_decomposition():
    data = vectors(60, 12) @ vectors(12, 12, seed=1)
    pivots = linalg.qr(data - data.mean(axis=0), pivoting=True, mode="economic")[2]
    for keep in (1, 5, 11):
        assert least_redundant(data, keep).tolist() == sorted(pivots[:keep])


def test_a_faint_feature_is_not_kept_for_being_unlike_the_others():
    a, b, faint = vectors(200, 3).T
    assert least_redundant(np.stack([a, 0.01 * faint, a + b], axis=1), keep=2).tolist() == [0, 2]


def test_when_all_is_explained_any_feature_will_do():
    a = vectors(20, 1)
    assert least_redundant(np.hstack([a, a, a]), keep=2).tolist() == [0, 1]


def test_more_features_than_there_are_cannot_be_kept():
    with pytest.raises(BadDataError, match="keep 6 of 5"):
        least_redundant(vectors(), keep=6)
