import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoestring.core.errors import BadDataError
from shoestring.similarity.metrics import rank
from shoestring.similarity.verification_pairs import (
    accuracy_threshold,
    all_pairs,
    fold_accuracy,
    fold_pairs,
    fold_val,
    squared_distances,
    supports,
    val_at_far,
)

PEOPLE = np.repeat([f"p{k}" for k in range(20)], 6)


def test_all_pairs_are_each_pair_once():
    pairs = all_pairs(PEOPLE[:8])
    expected = [(i, j) for i in range(8) for j in range(i + 1, 8)]
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == expected
    assert pairs.same.tolist() == [PEOPLE[i] == PEOPLE[j] for i, j in expected]


def test_folds_share_no_identity_and_hold_as_many_of_each_kind():
    pairs = fold_pairs(PEOPLE, 5, 30, np.random.default_rng(0))
    owners = [set(PEOPLE[pairs.first[pairs.fold == k]]) | set(PEOPLE[pairs.second[pairs.fold == k]]) for k in range(5)]
    assert sum(map(len, owners)) == len(set().union(*owners)) == 20
    for k in range(5):
        mine = pairs.fold == k
        assert pairs.same[mine].sum() == (~pairs.same[mine]).sum() == 30
    assert (pairs.same == (PEOPLE[pairs.first] == PEOPLE[pairs.second])).all() and (pairs.first != pairs.second).all()
    assert len(set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))) == len(pairs.first)


def test_a_fold_without_one_of_the_kinds_is_refused():
    with pytest.raises(BadDataError, match="fewer folds"):
        fold_pairs(PEOPLE, 20, 10, np.random.default_rng(0))


def test_distances_are_squared():
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert squared_distances(vectors, all_pairs(np.array(["a", "b", "c"]))).tolist() == [2.0, 4.0, 2.0]


scored = st.lists(st.tuples(st.integers(-6, 6), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(same for _, same in rows) < len(rows)
)


@given(scored, st.sampled_from([0.0, 0.1, 0.25, 0.5]))
def test_val_is_that_of_a_loop_over_all_thresholds(rows, far):
    score, same = (np.array(column) for column in zip(*rows, strict=True))
    best = 0.0
    for threshold in [*score, score.max() + 1]:
        if np.mean(score[~same] >= threshold) <= far + 1e-12:
            best = max(best, np.mean(score[same] >= threshold))
    found = val_at_far(rank(score, same), far)
    assert found.value == pytest.approx(best) and np.mean(score[same] >= found.threshold) == pytest.approx(best)


@given(scored)
def test_accuracy_is_that_of_a_loop_over_all_thresholds(rows):
    score, same = (np.array(column) for column in zip(*rows, strict=True))
    rates = {t: np.mean((score >= t) == same) for t in [*score.tolist(), float(score.max()) + 1]}
    found = accuracy_threshold(score, same)
    assert found.value == pytest.approx(max(rates.values()))
    assert np.mean((score >= found.threshold) == same) == pytest.approx(found.value)


def test_the_threshold_of_a_fold_comes_from_the_others_alone():
    draw = np.random.default_rng(0)
    same, fold = np.tile([True, False], 60), np.repeat(np.arange(6), 20)
    score = draw.normal(size=120) + 1.5 * same
    # On the last fold everything is shifted, so that its own best threshold is far from that of the others.
    score[fold == 5] += 10
    found = fold_accuracy(score, same, fold)
    for k in range(6):
        mine = fold == k
        threshold = max(score[~mine], key=lambda t: (round(np.mean((score[~mine] >= t) == same[~mine]), 9), -t))
        assert found.threshold[k] == pytest.approx(threshold)
        assert found.value[k] == pytest.approx(np.mean((score[mine] >= threshold) == same[mine]))
    assert found.value[5] == 0.5
    assert found.mean == pytest.approx(np.mean(found.value))
    assert found.error == pytest.approx(np.std(found.value, ddof=1) / np.sqrt(6))


def test_val_of_a_fold_takes_its_threshold_from_the_others():
    draw = np.random.default_rng(1)
    same, fold = np.tile([True, False], 100), np.repeat(np.arange(4), 50)
    score = draw.normal(size=200) + 2 * same
    found = fold_val(score, same, fold, 0.1)
    for k in range(4):
        mine = fold == k
        impostors = np.sort(score[~mine & ~same])
        allowed = [t for t in score[~mine] if np.mean(impostors >= t) <= 0.1]
        assert found.threshold[k] == min(allowed)
        assert found.value[k] == pytest.approx(np.mean(score[mine & same] >= min(allowed)))


def test_the_rule_of_three():
    assert supports(3000, 1e-3) and not supports(2999, 1e-3) and supports(300, 1e-2)
