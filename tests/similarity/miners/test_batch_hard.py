import pytest
import torch

from shoestring.similarity.mined_hinge import mined_hinge
from shoestring.similarity.miners import BatchHard
from tests.similarity.triplet_loop import GROUP, batch_hard_loop, same, vectors


@pytest.mark.parametrize("margin", [0.05, 0.2, 0.6])
def test_equals_the_loop_over_anchors_by_values_and_gradients(margin):
    z = vectors()
    same(mined_hinge(z, GROUP, margin, BatchHard()), batch_hard_loop(z, GROUP, margin), z)


def test_the_farthest_positive_meets_the_nearest_negative():
    z = torch.tensor([[0.0], [0.1], [0.5], [0.6]])
    value = mined_hinge(z, torch.tensor([0, 0, 0, 1]), 0.2, BatchHard())
    costs = [0.25 - 0.36 + 0.2, 0.16 - 0.25 + 0.2, 0.25 - 0.01 + 0.2]
    assert value.item() == pytest.approx(sum(costs) / 3)
