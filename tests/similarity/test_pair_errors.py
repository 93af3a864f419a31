import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.pair_errors import (
    boundary,
    check_enough,
    difference,
    folds_of,
    groups_of,
    rate,
    wrong_when_held_out,
)


def test_pairs_that_share_an_item_directly_or_by_a_chain_are_one_group():
    pairs = np.array([[0, 1], [5, 6], [1, 2], [8, 9], [2, 3], [6, 7]])
    group = groups_of(pairs)
    assert [set(np.flatnonzero(group == one).tolist()) for one in group] == [
        {0, 2, 4}, {1, 5}, {0, 2, 4}, {3}, {0, 2, 4}, {1, 5}
    ]  # fmt: skip


def test_no_group_is_torn_and_parts_are_of_like_size():
    draw = np.random.default_rng(0)
    group = draw.integers(40, size=100)
    fold = folds_of(group, 5, draw)
    assert all(len(set(fold[group == one])) == 1 for one in set(group))
    assert max(np.bincount(fold)) - min(np.bincount(fold)) <= max(np.bincount(group)) and set(fold) == set(range(5))
    again = folds_of(group, 5, np.random.default_rng(1))
    assert not np.array_equal(fold, again), "ties fall at random"


def test_the_threshold_makes_both_errors_equally_frequent():
    scores, same = np.array([0.1, 0.2, 0.35, 0.6, 0.3, 0.7, 0.8, 0.9]), np.arange(8) >= 4
    threshold = boundary(scores, same)
    assert (scores[~same] >= threshold).mean() == (scores[same] < threshold).mean() == 0.25


def slow_wrong(table, same, fold):
    found = []
    for pair in range(len(same)):
        others = [p for p in range(len(same)) if fold[p] != fold[pair]]
        row = table[fold[pair]]
        threshold = boundary(row[others], same[others])
        found.append(bool(row[pair] >= threshold) != bool(same[pair]))
    return found


def test_a_held_out_pair_has_no_part_in_its_own_verdict():
    draw = np.random.default_rng(3)
    same, fold = draw.random(40) < 0.5, draw.integers(4, size=40)
    table = draw.normal(size=(4, 40)) + same
    assert wrong_when_held_out(table, same, fold).tolist() == slow_wrong(table, same, fold)
    plain = wrong_when_held_out(table[0], same, fold)
    assert plain.tolist() == slow_wrong(np.tile(table[0], (4, 1)), same, fold)
    # Scores that know the answers of all pairs but the held-out ones are right by chance only.
    cheat = np.where(fold[None] != np.arange(4)[:, None], same, ~same).astype(float)
    assert wrong_when_held_out(cheat, same, fold).all()


def test_too_few_pairs_say_how_many_more():
    same = np.array([True] * 12 + [False] * 7)
    alone = np.arange(19)
    with pytest.raises(BadDataError, match="12 same and 7 different .* teach 3 more different"):
        check_enough(same, alone, alone % 5, 10)
    same = np.array([True, False] * 10)
    check_enough(same, np.arange(20), np.arange(20) % 5, 10)
    for group in (np.zeros(20, int), np.arange(20) % 2):
        with pytest.raises(BadDataError, match="hang together"):
            check_enough(same, group, group, 10)


def test_the_rate_rests_on_groups_and_the_difference_on_the_same_pairs():
    wrong = np.arange(40) < 8
    alone, pairs = np.arange(40), np.arange(40) // 2
    found = rate(wrong, alone)
    # Clopper-Pearson for 8 of 40 and 4 of 20, as tables have it.
    assert (found["value"], round(found["low"], 3), round(found["high"], 3)) == (0.2, 0.091, 0.356)
    assert [round(rate(wrong, pairs)[side], 3) for side in ("low", "high")] == [0.057, 0.437]
    better = wrong & (np.arange(40) >= 6)
    gain = difference(wrong, better, alone)
    assert gain["value"] == pytest.approx(6 / 40) and 0 < gain["low"] < 6 / 40 < gain["high"] < 0.3
    assert difference(wrong, wrong, alone) == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert difference(better, wrong, alone)["high"] < 0
