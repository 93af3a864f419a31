"""Oracles: threshold loops that read the definitions, scikit-learn, and literal numbers."""

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score, roc_curve

from shoestring.core.errors import BadDataError
from shoestring.similarity.metrics import (
    auc,
    cllr,
    d_prime,
    eer,
    fnmr_at_fmr,
    genuine_accepted_at,
    min_cllr,
    rank,
    zero_fmr,
)


@pytest.fixture(params=["continuous", "ties", "separated", "reversed"])
def scores(request):
    draw = np.random.default_rng(7)
    genuine = np.arange(300) % 4 == 0
    score = draw.normal(size=300) + 1.5 * genuine
    if request.param == "ties":
        score = np.round(score * 2)
    if request.param == "separated":
        score = score + 20 * genuine
    if request.param == "reversed":
        score = -score
    return score, genuine


def test_det_is_the_definition_at_every_distinct_score(scores):
    score, genuine = scores
    det = rank(score, genuine).det
    assert det.threshold[:-1].tolist() == sorted(set(score.tolist()))
    for threshold, fmr, fnmr in zip(det.threshold, det.fmr, det.fnmr, strict=True):
        assert fmr == pytest.approx(np.mean(score[~genuine] >= threshold), abs=1e-12)
        assert fnmr == pytest.approx(np.mean(score[genuine] < threshold), abs=1e-12)
    assert (det.fmr[-1], det.fnmr[-1], det.fmr[0], det.fnmr[0]) == (0, 1, 1, 0)


def test_eer_crosses_the_roc_of_scikit_learn(scores):
    score, genuine = scores
    fpr, tpr, _ = roc_curve(genuine, score, drop_intermediate=False)
    expected = brentq(lambda x: 1 - x - np.interp(x, fpr, tpr), 0, 1)
    assert eer(rank(score, genuine)).value == pytest.approx(expected, abs=1e-9)


def test_eer_by_hand():
    # At t = 2 one of four impostors and no genuine is wrong; at t = 3 no impostor and one of two genuine.
    # The line from (1/4, 0) to (0, 1/2) meets the diagonal at one third of the way: EER 1/6, threshold 2 + 1/3.
    point = eer(rank([2, 3, 0, 0, 1, 2], [True, True, False, False, False, False]))
    assert point.value == pytest.approx(1 / 6)
    assert point.threshold == pytest.approx(2 + 1 / 3)


def test_equal_scores_are_one_operating_point_in_any_order():
    # All scores equal: accept all or nobody, so the EER is one half; a sort that splits ties would say 0 or 1.
    for genuine in ([True, True, False, False], [False, False, True, True]):
        assert eer(rank(np.ones(4), genuine)).value == pytest.approx(0.5)
        assert auc(rank(np.ones(4), genuine)) == pytest.approx(0.5)


@pytest.mark.parametrize("target", [0.5, 0.1, 0.01, 0.0])
def test_fnmr_at_fmr_is_the_lowest_threshold_within_the_limit(scores, target):
    score, genuine = scores
    point = fnmr_at_fmr(rank(score, genuine), target)
    allowed = [t for t in [*np.unique(score), np.inf] if np.mean(score[~genuine] >= t) <= target]
    assert point.value == pytest.approx(np.mean(score[genuine] < min(allowed)))
    assert np.mean(score[~genuine] >= point.threshold) <= target


def test_a_rate_that_is_exactly_the_target_is_within_it():
    impostors = np.arange(1000.0)
    point = fnmr_at_fmr(rank([*impostors, 2000.0], [False] * 1000 + [True]), 0.1)
    assert point.threshold == 900.0


def test_zero_fmr_lies_just_above_the_best_impostor():
    point = zero_fmr(rank([1, 2, 3, 2.5, 0], [True, True, True, False, False]))
    assert (point.value, point.threshold) == (pytest.approx(2 / 3), 3)


def test_genuine_accepted_where_four_of_five_forgeries_fail():
    point = genuine_accepted_at(rank([5, 4.5, 3, 1, 2, 3, 4, 5], [True] * 3 + [False] * 5), 0.8)
    assert (point.value, point.threshold) == (pytest.approx(2 / 3), 4.5)
    point = genuine_accepted_at(rank([5, 4.5, 3, 1, 2, 3, 4.5, 5], [True] * 3 + [False] * 5), 0.8)
    assert (point.value, point.threshold) == (pytest.approx(1 / 3), 5)


def test_auc_is_that_of_scikit_learn(scores):
    score, genuine = scores
    assert auc(rank(score, genuine)) == pytest.approx(roc_auc_score(genuine, score))


def test_d_prime_by_hand():
    assert d_prime(rank([4, 6, 0, 2], [True, True, False, False])) == pytest.approx(4)
    assert np.isnan(d_prime(rank([4, 4, 2, 2], [True, True, False, False])))


def test_cllr_is_the_mean_cost_in_bits(scores):
    score, genuine = scores
    bits = [np.log2(1 + np.exp(-s if own else s)) for s, own in zip(score, genuine, strict=True)]
    expected = (np.mean(np.array(bits)[genuine]) + np.mean(np.array(bits)[~genuine])) / 2
    assert cllr(rank(score, genuine)) == pytest.approx(expected)
    assert cllr(rank(np.zeros(300), genuine)) == pytest.approx(1.0)


def slow_min_cllr(score, genuine):
    """Pool adjacent violators as the textbook says: merge neighbours until the share of genuine never falls."""
    sides = [np.sum(genuine), np.sum(~genuine)]
    blocks = [
        [np.sum(genuine[score == s]) / sides[0], np.sum(~genuine[score == s]) / sides[1]] for s in np.unique(score)
    ]
    merged = True
    while merged:
        merged = False
        for place in range(len(blocks) - 1):
            left, right = blocks[place], blocks[place + 1]
            if left[0] / sum(left) >= right[0] / sum(right):
                blocks[place : place + 2] = [[left[0] + right[0], left[1] + right[1]]]
                merged = True
                break
    cost = 0.0
    for own, other in blocks:
        cost += own * np.log2(1 + other / own) if own else 0
        cost += other * np.log2(1 + own / other) if other else 0
    return cost / 2


def test_min_cllr_is_pool_adjacent_violators(scores):
    score, genuine = scores
    assert min_cllr(rank(score, genuine)) == pytest.approx(slow_min_cllr(score, genuine), abs=1e-9)


def test_min_cllr_is_never_above_cllr(scores):
    score, genuine = scores
    assert min_cllr(rank(score, genuine)) <= cllr(rank(score, genuine)) + 1e-12


@pytest.mark.parametrize("metric", [eer, zero_fmr, auc, d_prime, cllr, min_cllr], ids=lambda metric: metric.__name__)
def test_a_weight_of_k_is_the_row_k_times(scores, metric):
    score, genuine = scores
    times = np.random.default_rng(3).integers(0, 4, size=len(score))
    ranking = rank(score, genuine)
    weighted = metric(ranking.weighted(times[ranking.order]))
    repeated = metric(rank(np.repeat(score, times), np.repeat(genuine, times)))
    value = [getattr(result, "value", result) for result in (weighted, repeated)]
    assert value[0] == pytest.approx(value[1], abs=1e-9)


def test_one_side_without_weight_has_no_error_rates():
    ranking = rank([1.0, 2.0], [True, False]).weighted([1, 0])
    values = [eer(ranking).value, fnmr_at_fmr(ranking, 0.1).value, min_cllr(ranking), cllr(ranking), d_prime(ranking)]
    assert np.isnan(values).all()


@pytest.mark.parametrize(
    ("score", "genuine"), [([], []), ([1.0], [True, False]), ([np.nan], [True]), ([[1.0]], [[True]])]
)
def test_unusable_scores_are_refused(score, genuine):
    with pytest.raises(BadDataError):
        rank(score, genuine)
