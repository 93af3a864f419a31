import pytest
import torch

from shoestring.similarity.mined_hinge import mined_hinge
from shoestring.similarity.miners import HardestNegative
from tests.similarity.triplet_loop import GROUP, hardest, same, triplet_loop, vectors


@pytest.mark.parametrize("margin", [0.05, 0.2, 0.6])
def test_equals_the_loop_over_triplets_by_values_and_gradients(margin):
    z = vectors()
    same(mined_hinge(z, GROUP, margin, HardestNegative()), triplet_loop(z, GROUP, margin, hardest), z)


def test_a_collapsed_network_stays_at_the_margin():
    z = torch.full((6, 3), 0.5)
    assert mined_hinge(z, torch.tensor([0, 0, 0, 1, 1, 1]), 0.2, HardestNegative()).item() == pytest.approx(0.2)


def test_pairs_without_cost_are_in_the_mean():
    z, group = torch.tensor([[0.0], [0.5], [0.6]]), torch.tensor([0, 0, 1])
    value = mined_hinge(torch.cat([z, z + 100]), torch.cat([group, torch.tensor([2, 2, 2])]), 0.2, HardestNegative())
    # Two pairs cost 0.09 and 0.44, the six of the far identity nothing.
    assert value.item() == pytest.approx((0.09 + 0.44) / 8, rel=1e-4)
