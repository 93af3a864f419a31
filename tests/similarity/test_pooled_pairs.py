import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.pooled_pairs import PooledPairs

FACES = synthetic_faces(9, 6, height=16, width=16)


def test_pairs_are_half_genuine_of_few_items_and_labelled_rightly():
    pairs = PooledPairs(identities=4, items=3).sampler(FACES, np.random.default_rng(0)).draw(16)
    same = FACES.identity[pairs.left] == FACES.identity[pairs.right]
    assert (same == pairs.same).all() and same.sum() == 8 and (pairs.left != pairs.right).all()
    assert len(np.unique(pairs.both)) <= 12 and len(np.unique(FACES.identity[pairs.both])) <= 4
    assert len(set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))) == 16


def test_a_pool_gives_what_it_has():
    sampler = PooledPairs(identities=2, items=2).sampler(FACES, np.random.default_rng(0))
    pairs = sampler.draw(100)
    assert pairs.same.sum() == 2 and len(pairs.same) == 2 + 4
    assert len(sampler.draw(1).same) == 1 and not sampler.draw(1).same.any()


def test_everybody_comes_round_and_a_restored_sampler_goes_on():
    rng = np.random.default_rng(1)
    sampler = PooledPairs(identities=3, items=2).sampler(FACES, rng)
    seen = np.concatenate([sampler.draw(12).both for _ in range(3)])
    assert len(np.unique(FACES.identity[seen])) == 9
    state = sampler.state_dict()
    expected = [sampler.draw(8) for _ in range(3)]
    again = PooledPairs(identities=3, items=2).sampler(FACES, np.random.default_rng(99))
    again.load_state_dict(state)
    for pairs in expected:
        other = again.draw(8)
        assert np.array_equal(pairs.both, other.both) and np.array_equal(pairs.same, other.same)


def test_one_identity_is_refused():
    with pytest.raises(BadDataError):
        PooledPairs().sampler(FACES.subset(FACES.identity == "p001"), np.random.default_rng(0))
    with pytest.raises(ValueError, match="two of each"):
        PooledPairs(items=1)
