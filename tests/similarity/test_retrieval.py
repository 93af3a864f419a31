import math

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.retrieval import Ranked, map_at_r, mrr, ndcg_at, rank_by_label, recall_at
from tests.similarity.vectors import clumps


@pytest.fixture
def ranked():
    draw = np.random.default_rng(0)
    relevant = draw.random((50, 30)) < 0.15
    return Ranked(relevant, relevant.sum(axis=1) + draw.integers(1, 4, size=50))


def test_measures_are_those_of_a_loop(ranked):
    recall, reciprocal, precision, gain = [], [], [], []
    for hits, total in zip(ranked.relevant.tolist(), ranked.total.tolist(), strict=True):
        recall.append(any(hits[:5]))
        reciprocal.append(next((1 / (place + 1) for place, hit in enumerate(hits) if hit), 0))
        precision.append(sum(sum(hits[: i + 1]) / (i + 1) for i in range(total) if hits[i]) / total)
        best = sum(1 / math.log2(i + 2) for i in range(min(total, 10)))
        gain.append(sum(1 / math.log2(i + 2) for i in range(10) if hits[i]) / best)
    assert recall_at(ranked, 5) == pytest.approx(np.mean(recall))
    assert mrr(ranked) == pytest.approx(np.mean(reciprocal))
    assert map_at_r(ranked) == pytest.approx(np.mean(precision))
    assert ndcg_at(ranked) == pytest.approx(np.mean(gain))


def test_numbers_by_hand():
    """Two to be found, at places 2 and 3: P(2) = 1/2 is all that MAP@R sees."""
    one = Ranked(np.array([[False, True, True]]), np.array([2]))
    assert (recall_at(one, 1), recall_at(one, 2), mrr(one), map_at_r(one)) == (0, 1, 0.5, 0.25)
    assert ndcg_at(one, 3) == pytest.approx((1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3)))


def test_ranking_by_label_leaves_out_the_query_and_counts_those_alone():
    vectors, label = clumps(5, 6)
    label[0] = 99
    vectors[7] = vectors[9]
    ranked = rank_by_label(vectors, label, places=10)
    assert ranked.excluded == 1 and ranked.relevant.shape == (29, 10)
    rows = [row for row in range(30) if row]
    for place, row in enumerate(rows):
        scores = vectors.astype(float) @ vectors[row].astype(float)
        order = sorted((other for other in range(30) if other != row), key=lambda other: (-scores[other], other))
        assert ranked.relevant[place].tolist() == [label[other] == label[row] for other in order[:10]]
        assert ranked.total[place] == (label == label[row]).sum() - 1


def test_many_copies_of_the_query_do_not_make_it_find_itself():
    vectors = np.repeat(clumps(1, 1)[0], 40, axis=0)
    ranked = rank_by_label(vectors, np.arange(40) // 2, places=5)
    assert ranked.relevant.sum() <= 40 and ranked.relevant.shape == (40, 5)


def test_what_cannot_be_judged_is_refused(ranked):
    for wrong in (
        lambda: recall_at(ranked, 0),
        lambda: ndcg_at(ranked, 31),
        lambda: Ranked(ranked.relevant, ranked.total * 0),
    ):
        with pytest.raises(BadDataError):
            wrong()
    with pytest.raises(BadDataError, match="MAP@R"):
        map_at_r(Ranked(ranked.relevant, ranked.total + 40))
    with pytest.raises(BadDataError, match="labels"):
        rank_by_label(np.ones((3, 2), np.float32), np.arange(4))
