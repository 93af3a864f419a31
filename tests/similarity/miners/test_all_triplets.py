import pytest
import torch

from shoestring.similarity.mined_hinge import mined_hinge
from shoestring.similarity.miners import AllTriplets, all_triplets
from tests.similarity.triplet_loop import GROUP, every, same, triplet_loop, vectors


@pytest.mark.parametrize("dense", [0, 8], ids=["searched", "compared"])
@pytest.mark.parametrize("margin", [0.2, 0.6, 4.0])
def test_equals_the_loop_over_triplets_by_values_and_gradients(monkeypatch, dense, margin):
    monkeypatch.setattr(all_triplets, "DENSE", dense)
    z = vectors()
    same(mined_hinge(z, GROUP, margin, AllTriplets()), triplet_loop(z, GROUP, margin, every), z)


@pytest.mark.parametrize("counts", [all_triplets._compared, all_triplets._searched])
def test_a_triplet_exactly_at_the_margin_is_free(counts):
    reach, far = torch.tensor([[3.0, 5.0, 4.0]]), torch.tensor([[1.0, 4.0, 5.0, torch.inf, 3.5]])
    of_near, of_far = counts(reach, far)
    assert of_near.tolist() == [[1, 3, 2]] and of_far.tolist() == [[3, 1, 0, 0, 2]]


def test_both_ways_agree_where_distances_repeat():
    draw = torch.Generator().manual_seed(0)
    reach = torch.randint(0, 6, (50, 20), generator=draw).double()
    far = torch.randint(0, 8, (50, 90), generator=draw).double()
    reach[7, 3:] = -torch.inf
    for one, other in zip(all_triplets._compared(reach, far), all_triplets._searched(reach, far), strict=True):
        assert torch.equal(one.long(), other)


def test_only_triplets_that_cost_something_are_averaged():
    z = torch.tensor([[0.0, 0.0], [0.3, 0.0], [0.0, 0.4], [5.0, 5.0]])
    value = mined_hinge(z, torch.tensor([0, 0, 1, 2]), 0.2, AllTriplets())
    # Squared: 0.09 within the identity; 0.16 from the first, 0.25 from the second; the fourth item is far away.
    assert value.item() == pytest.approx(((0.09 - 0.16 + 0.2) + (0.09 - 0.25 + 0.2)) / 2)
