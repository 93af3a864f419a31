import pytest
import torch

from shoestring.similarity.mined_hinge import mined_hinge
from shoestring.similarity.miners import SemiHard, semi_hard
from tests.similarity.triplet_loop import GROUP, same, semi_hard_or_farthest, triplet_loop, vectors
from tests.similarity.triplet_loop import semi_hard as chosen

RULES = {"drop": chosen, "farthest": semi_hard_or_farthest}


@pytest.mark.parametrize("dense", [0, 8], ids=["searched", "compared"])
@pytest.mark.parametrize("margin", [0.05, 0.2, 0.6])
@pytest.mark.parametrize("otherwise", RULES)
def test_equals_the_loop_over_triplets_by_values_and_gradients(monkeypatch, dense, margin, otherwise):
    monkeypatch.setattr(semi_hard, "DENSE", dense)
    z = vectors()
    expected = triplet_loop(z, GROUP, margin, RULES[otherwise])
    same(mined_hinge(z, GROUP, margin, SemiHard(otherwise=otherwise)), expected, z)


@pytest.mark.parametrize("find", [semi_hard._compared, semi_hard._searched])
def test_the_nearest_strictly_beyond_is_found_with_its_column(find):
    near = torch.tensor([[2.0, 0.5, 4.0, -torch.inf]])
    far = torch.tensor([[torch.inf, 3.0, 1.0, 2.0, 2.5]])
    distance, column = find(near, far)
    assert distance.tolist() == [[2.5, 1.0, torch.inf, 1.0]]
    assert column[0, :2].tolist() == [4, 2]


def test_both_ways_agree_on_distances():
    draw = torch.Generator().manual_seed(0)
    near = torch.randint(0, 9, (50, 20), generator=draw).double()
    far = torch.randint(0, 8, (50, 90), generator=draw).double()
    (one, here), (other, there) = semi_hard._compared(near, far), semi_hard._searched(near, far)
    assert torch.equal(one, other)
    found = one < torch.inf
    # Among equally near ones either may be taken.
    assert torch.equal(far.gather(1, here)[found], far.gather(1, there)[found])


def test_negatives_nearer_than_the_positive_and_beyond_the_margin_are_left_out():
    z, group = torch.tensor([[0.0], [0.5], [0.1]]), torch.tensor([0, 0, 1])
    # From 0: positive 0.25, negative 0.01 (nearer). From 0.5: positive 0.25, negative 0.16 (nearer).
    assert mined_hinge(z, group, 0.2, SemiHard()).item() == 0
    far = torch.tensor([[0.0], [0.5], [2.0]])
    assert mined_hinge(far, group, 0.2, SemiHard()).item() == 0


def test_a_pair_without_one_is_dropped_from_the_mean_or_takes_the_farthest():
    z, group = torch.tensor([[0.0], [0.5], [0.6]]), torch.tensor([0, 0, 1])
    # From 0: 0.25 < 0.36 < 0.45, cost 0.09. From 0.5: the only negative, at 0.01, is nearer: cost 0.44.
    assert mined_hinge(z, group, 0.2, SemiHard()).item() == pytest.approx(0.09)
    farthest = mined_hinge(z, group, 0.2, SemiHard(otherwise="farthest")).item()
    assert farthest == pytest.approx((0.09 + 0.44) / 2)
