import numpy as np
import pytest

from shoestring.rl.sum_tree import SumTree


@pytest.mark.parametrize("capacity", [1, 2, 7, 64])
def test_it_finds_what_cumulative_sums_find(capacity):
    rng, tree = np.random.default_rng(capacity), SumTree(capacity)
    weight = np.zeros(capacity)
    for _ in range(5):
        index = rng.integers(capacity, size=4)
        value = rng.choice([0.0, 1.0, 2.5], 4)
        tree.put(index, value)
        for at, new in zip(index, value, strict=True):
            weight[at] = new
        tree.put(index[:1], np.array([3.0]))
        weight[index[0]] = 3.0
        assert tree.leaves.tolist() == weight.tolist() and tree.total == pytest.approx(weight.sum())
        mass = rng.uniform(0, tree.total, 200)
        assert (tree.find(mass) == np.searchsorted(np.cumsum(weight), mass, side="right")).all()


def test_a_row_of_weight_zero_is_not_found_at_the_upper_end():
    tree = SumTree(6)
    tree.put(np.array([0, 2]), np.array([1.0, 1.0]))
    assert tree.find(np.array([0.0, 1.0, 2.0, 2.1])).tolist() == [0, 2, 2, 2]


def test_no_rows_at_all_are_refused():
    with pytest.raises(ValueError, match="capacity=0"):
        SumTree(0)
