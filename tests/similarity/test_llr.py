import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from shoestring.core.errors import BadDataError
from shoestring.similarity.llr import Affine, fit_affine
from shoestring.similarity.metrics import cllr, min_cllr, rank


def test_fit_is_balanced_logistic_regression():
    draw = np.random.default_rng(0)
    genuine = np.arange(20_000) % 5 == 0
    score = 100 + 3 * (draw.normal(size=20_000) + 1.2 * genuine)
    ours = fit_affine(score, genuine)
    peer = LogisticRegression(C=1e10, class_weight="balanced", tol=1e-10, max_iter=1000)
    peer.fit((score - 100)[:, None], genuine)
    # Platt's targets move the fit by the order of one in the number of scores.
    assert ours.slope == pytest.approx(peer.coef_[0, 0], rel=5e-3)
    assert ours(100.0) == pytest.approx(peer.intercept_[0], abs=1e-2)


def test_gaussian_scores_get_their_true_ratio():
    draw = np.random.default_rng(1)
    genuine = np.arange(40_000) % 10 == 0
    fitted = fit_affine(draw.normal(size=40_000) + 2.0 * genuine, genuine)
    # N(2, 1) against N(0, 1): log ratio 2 s - 2.
    assert (fitted.slope, fitted.offset) == (pytest.approx(2, rel=0.05), pytest.approx(-2, rel=0.05))


def test_calibration_costs_little_more_than_the_best_map():
    draw = np.random.default_rng(2)
    genuine = np.arange(8000) % 2 == 0
    score = 5 - 7 * draw.normal(size=8000) + 9 * genuine
    fitted = fit_affine(score, genuine)
    best = min_cllr(rank(score, genuine))
    assert best <= cllr(rank(fitted(score), genuine)) < best + 0.01 < 0.9 < cllr(rank(score, genuine))


def test_separated_sides_stay_finite_and_modest():
    fitted = fit_affine([0, 1, 2, 10, 11, 12], [False] * 3 + [True] * 3)
    assert np.isfinite([fitted.slope, fitted.offset]).all()
    # Three comparisons on each side can show a ratio of about (4/5) / (1/5), not certainty.
    assert 0 < fitted(12.0) < 5 and -5 < fitted(0.0) < 0


def test_scores_without_information_have_ratio_one():
    assert fit_affine([1, 1, 1, 1], [True, True, False, False])(1.0) == pytest.approx(0, abs=1e-6)


def test_one_side_alone_is_refused():
    with pytest.raises(BadDataError, match="both sides"):
        fit_affine([1, 2], [True, True])


def test_affine_is_what_it_says():
    assert Affine(2.0, 1.0)([0, 3]).tolist() == [1, 7]
