import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.cluster_scores import bcubed, pairwise


def bcubed_by_loop(found, true):
    rows = range(len(found))
    precision, recall = [], []
    for i in rows:
        mine = [j for j in rows if found[j] == found[i]]
        label = [j for j in rows if true[j] == true[i]]
        both = len(set(mine) & set(label))
        precision.append(both / len(mine))
        recall.append(both / len(label))
    return np.mean(precision), np.mean(recall)


def pairwise_by_loop(found, true):
    pairs = [(i, j) for i in range(len(found)) for j in range(i)]
    joined = [pair for pair in pairs if found[pair[0]] == found[pair[1]]]
    belonging = [pair for pair in pairs if true[pair[0]] == true[pair[1]]]
    both = len(set(joined) & set(belonging))
    return both / len(joined), both / len(belonging)


@pytest.mark.parametrize(("measure", "loop"), [(bcubed, bcubed_by_loop), (pairwise, pairwise_by_loop)])
def test_both_are_those_of_a_loop(measure, loop):
    draw = np.random.default_rng(0)
    for groups, labels in ((3, 5), (8, 2), (1, 4)):
        found, true = draw.integers(groups, size=40), draw.integers(labels, size=40).astype(str)
        answer, expected = measure(found, true), loop(found, true)
        assert (answer.precision, answer.recall) == pytest.approx(expected)
        assert answer.f == pytest.approx(2 * expected[0] * expected[1] / sum(expected))


def test_the_example_of_bagga_and_baldwin():
    """Fifteen rows, three labels of 5, 2 and 5 and so on: joining the two large ones is worse than a small mistake."""
    true = np.array([1] * 5 + [2] * 2 + [3] * 5)
    small, large = np.array([1] * 5 + [2] * 7), np.array([1] * 5 + [2] * 2 + [1] * 5)
    assert bcubed(small, true).precision == pytest.approx(16 / 21)
    assert bcubed(large, true).precision == pytest.approx(7 / 12)
    assert bcubed(small, true).recall == bcubed(large, true).recall == 1


def test_the_ends_of_the_scale():
    true = np.array([0, 0, 1, 1])
    assert (bcubed(true + 5, true).f, pairwise(true + 5, true).f) == (1, 1)
    alone = pairwise(np.arange(4), true)
    assert np.isnan(alone.precision) and alone.recall == 0
    assert bcubed(np.arange(4), true).precision == 1 and bcubed(np.arange(4), true).recall == 0.5
    with pytest.raises(BadDataError, match="one of each"):
        bcubed(true, true[:3])
    with pytest.raises(BadDataError, match="one of each"):
        pairwise(true[:0], true[:0])
