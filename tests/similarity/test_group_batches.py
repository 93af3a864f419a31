import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.similarity.group_batches import GroupMix


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(5, genuine=4, forgeries=3, seed=1)


def test_a_batch_has_writers_as_groups_and_every_forgery_alone(samples):
    mix = GroupMix(identities=3, genuine=3, skilled=2)
    batch = mix.sampler(samples, np.random.default_rng(0)).draw()
    assert len(batch.rows) == len(np.unique(batch.rows)) == 3 * (3 + 2)
    genuine = samples.genuine[batch.rows]
    groups, counts = np.unique(batch.group[genuine], return_counts=True)
    assert counts.tolist() == [3, 3, 3]
    for group in groups:
        assert len(set(samples.identity[batch.rows[batch.group == group]])) == 1
    forged = batch.group[~genuine]
    assert len(np.unique(forged)) == 6 and not set(forged) & set(groups)


def test_writers_come_round_and_never_twice_in_a_batch(samples):
    sampler = GroupMix(identities=2, genuine=2, skilled=0).sampler(samples, np.random.default_rng(0))
    batches = [set(samples.identity[sampler.draw().rows]) for _ in range(50)]
    assert all(len(batch) == 2 for batch in batches)
    seen = [name for batch in batches for name in batch]
    counts = [seen.count(name) for name in np.unique(samples.identity)]
    assert sum(counts) == 100 and max(counts) - min(counts) <= 10
    assert len(batches[0] | batches[1]) == 4


def test_few_items_give_what_they_have_and_lone_ones_are_left_out(samples):
    keep = (samples.identity != samples.identity[0]) | (samples.sample == 1)
    small = samples.subset(keep)
    sampler = GroupMix(identities=8, genuine=9, skilled=9).sampler(small, np.random.default_rng(0))
    batch = sampler.draw()
    assert len(batch.rows) == 4 * 7 and samples.identity[0] not in small.identity[batch.rows]
    with pytest.raises(BadDataError, match="at least two"):
        GroupMix().sampler(samples.subset(np.arange(7)), np.random.default_rng(0))


def test_its_state_continues_the_round(samples):
    mix = GroupMix(identities=2, genuine=2, skilled=1)
    first, second = (mix.sampler(samples, np.random.default_rng(3)) for _ in range(2))
    first.draw()
    second.load_state_dict(first.state_dict())
    second._rng.bit_generator.state = first._rng.bit_generator.state
    for _ in range(6):
        assert np.array_equal(first.draw().rows, second.draw().rows)
