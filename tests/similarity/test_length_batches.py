import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoestring.similarity.length_batches import LengthBatches, cut_by_budget, padding_waste


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 100), st.integers(1, 9), st.booleans())
def test_every_row_is_in_one_batch_and_no_batch_breaks_its_budget(lengths, budget, most, padded):
    table = np.array(lengths, dtype=np.int64)
    batches = cut_by_budget(table, budget, most, padded=padded)
    rows = np.concatenate([*batches, np.zeros(0, dtype=np.int64)])
    assert sorted(rows.tolist()) == list(range(len(table)))
    for batch in batches:
        cost = len(batch) * max(table[batch].max(), 1) if padded else table[batch].sum()
        assert len(batch) <= most and (len(batch) == 1 or cost <= budget + (0 if padded else len(batch)))


def test_waste_is_the_share_that_is_padding():
    lengths = np.array([1, 3, 4, 4])
    assert padding_waste(lengths, [np.array([0, 1]), np.array([2, 3])]) == pytest.approx(1 - 12 / 14)
    assert padding_waste(lengths, []) == 0
    assert padding_waste(lengths, cut_by_budget(lengths, 4, 9)) == 0


def test_a_round_shows_every_row_once_and_sorting_saves_padding():
    draw = np.random.default_rng(0)
    lengths = draw.integers(1, 60, size=(500, 2))
    waste = {}
    for pool in (1, 32):
        sampler = LengthBatches(rows=16, pool=pool).sampler(lengths, np.random.default_rng(1))
        batches = [sampler.draw()]
        while sampler.rounds_left:
            batches.append(sampler.draw())
        assert sorted(np.concatenate(batches).tolist()) == list(range(500))
        assert max(map(len, batches)) <= 16
        waste[pool] = padding_waste(lengths.max(axis=1), batches)
    assert waste[32] < 0.15 and waste[1] > 0.25


def test_sorted_batches_come_in_no_order():
    sampler = LengthBatches(rows=8).sampler(np.arange(256), np.random.default_rng(0))
    means = np.array([sampler.draw().mean() for _ in range(32)])
    assert abs(np.corrcoef(means, np.arange(32))[0, 1]) < 0.5


def test_a_sampler_goes_on_where_it_was():
    def made():
        return LengthBatches(rows=7, tokens=200).sampler(np.arange(1, 60), np.random.default_rng(3))

    first, second = made(), made()
    for _ in range(5):
        first.draw(), second.draw()
    state = first.state_dict()
    third = made()
    for _ in range(1):
        third.draw()
    third.load_state_dict(state)
    while second.rounds_left:
        assert np.array_equal(third.draw(), second.draw())
    assert third.rounds_left == 0


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"tokens": 0}, {"pool": 0}])
def test_sizes_below_one_are_refused(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        LengthBatches(**wrong)
