import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from shoestring.similarity.fusion import SHARES, fit_fusion


@pytest.fixture
def table():
    draw = np.random.default_rng(0)
    kind = np.repeat(["genuine", "skilled", "random"], [60, 40, 200])
    middle = {"genuine": 0.0, "skilled": 1.0, "random": 1.5}
    centre = np.array([middle[k] for k in kind])[:, None]
    return centre * [1.0, 0.5, 0.0] + draw.normal(size=(300, 3)), kind


def test_without_pull_it_is_the_weighted_logistic_regression(table):
    deviations, kind = table
    share = np.array([SHARES[k] / (kind == k).sum() for k in kind])
    plain = LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000).fit(
        -deviations, kind == "genuine", sample_weight=share * 300
    )
    fitted = fit_fusion(deviations, kind, pull=0.0)
    assert fitted.weights == pytest.approx(np.maximum(plain.coef_[0], 0), abs=0.05)
    assert fitted.weights[0] > fitted.weights[1] > 0.2 and (fitted.weights >= 0).all()


def test_a_strong_pull_makes_equal_weights_of_the_size_the_mean_deviation_deserves(table):
    deviations, kind = table
    fitted = fit_fusion(deviations, kind, pull=1e4)
    assert fitted.weights == pytest.approx(fitted.weights.mean(), rel=1e-2)
    alone = fit_fusion(deviations.mean(axis=1, keepdims=True), kind, pull=0.0)
    assert fitted.weights.sum() == pytest.approx(alone.weights[0], rel=1e-2)
    assert fitted.offset == pytest.approx(alone.offset, abs=0.02)


def test_scores_are_calibrated_log_odds_for_balanced_shares():
    draw = np.random.default_rng(1)
    # Unit Gaussians one and a half apart: the true log odds are linear with slope 1.5 and zero half way.
    deviations = np.concatenate([draw.normal(0, 1, 20_000), draw.normal(1.5, 1, 5_000)])[:, None]
    fitted = fit_fusion(deviations, np.repeat(["genuine", "skilled"], [20_000, 5_000]))
    assert fitted.weights[0] == pytest.approx(1.5, rel=0.05)
    assert expit(fitted(np.array([[0.75]])))[0] == pytest.approx(0.5, abs=0.02)


def test_a_useless_feature_never_counts_the_wrong_way_round(table):
    deviations, kind = table
    backwards = np.column_stack([deviations[:, 0], -deviations[:, 0]])
    assert fit_fusion(backwards, kind, pull=0.0).weights[1] == 0


def test_perfect_separation_stays_finite():
    kind = np.repeat(["genuine", "random"], 5)
    fitted = fit_fusion(np.arange(10.0)[:, None] ** 3, kind)
    assert np.isfinite(fitted.weights).all() and np.isfinite(fitted.offset)
