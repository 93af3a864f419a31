"""What every miner must do, without a line of code for any of them."""

import pytest
import torch

from shoestring.core import config
from shoestring.similarity.miners import Miner
from tests.contracts.members import kind, members

ANCHORS, POSITIVES, BATCH = 12, 3, 30
MARGIN = 0.4

every_miner = pytest.mark.parametrize("miner", [member() for member in members(Miner)], ids=kind)


@pytest.fixture(params=[POSITIVES, 12], ids=["few positives", "many positives"])
def block(request):
    """Distances in which the last two anchors have one positive less."""
    draw = torch.Generator().manual_seed(0)
    near = torch.rand(ANCHORS, request.param, generator=draw, dtype=torch.float64)
    far = torch.rand(ANCHORS, BATCH, generator=draw, dtype=torch.float64) * 2
    near[-2:, -1] = -torch.inf
    far[:, : request.param + 1] = torch.inf
    return near, far


@every_miner
def test_every_triplet_has_one_positive_and_one_negative(miner, block):
    near, far = block
    mined = miner(near, far, MARGIN)
    assert mined.near.shape == near.shape and mined.far.shape == far.shape
    assert torch.equal(mined.near.sum(dim=1), mined.far.sum(dim=1))
    assert mined.near.sum() > 0 and 0 < mined.near.sum() <= mined.terms
    for counts in (mined.near, mined.far):
        assert (counts >= 0).all() and torch.equal(counts, counts.round()) and counts.dtype == near.dtype


@every_miner
def test_what_is_not_there_is_not_used(miner, block):
    near, far = block
    mined = miner(near, far, MARGIN)
    assert (mined.near[near == -torch.inf] == 0).all() and (mined.far[far == torch.inf] == 0).all()


@every_miner
def test_the_cost_of_what_is_counted_is_never_negative(miner, block):
    near, far = block
    mined = miner(near, far, MARGIN)
    for a in range(ANCHORS):
        used = [(n.item(), w.item()) for n, w in zip(near[a], mined.near[a], strict=True) if w]
        met = [(f.item(), w.item()) for f, w in zip(far[a], mined.far[a], strict=True) if w]
        assert sum(w * (n + MARGIN) for n, w in used) - sum(w * f for f, w in met) >= 0
        # Nothing counted is out of reach of everything it could be counted with.
        assert all(f < max(n for n, _ in used) + MARGIN for f, _ in met)


@every_miner
def test_nothing_costs_anything_when_negatives_are_beyond_the_margin(miner, block):
    near, far = block
    mined = miner(near, far + 1 + MARGIN, MARGIN)
    assert mined.near.sum() == mined.far.sum() == 0


@every_miner
def test_the_input_is_not_changed(miner, block):
    near, far = block
    kept = near.clone(), far.clone()
    miner(near, far, MARGIN)
    assert torch.equal(near, kept[0]) and torch.equal(far, kept[1])


@every_miner
def test_a_configuration_brings_it_back_equal(miner):
    assert config.load(type(miner), [config.Layer("test", config.as_table(miner))]) == miner
