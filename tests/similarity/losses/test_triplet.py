import pytest
import torch
from torch.nn import functional as F

from shoestring.core import config
from shoestring.similarity.losses import Triplet
from shoestring.similarity.miners import AllTriplets, HardestNegative, SemiHard
from tests.similarity.triplet_loop import GROUP, every, hardest, same, semi_hard, triplet_loop, vectors


@pytest.mark.parametrize(
    ("miner", "rule"),
    [(SemiHard(), semi_hard), (HardestNegative(), hardest), (AllTriplets(), every)],
    ids=lambda value: getattr(value, "kind", ""),
)
@pytest.mark.parametrize("margin", [0.2, 0.6])
def test_equals_the_loop_over_triplets_by_values_and_gradients(miner, rule, margin):
    z = vectors()
    same(Triplet(margin=margin, miner=miner)(z, GROUP), triplet_loop(z, GROUP, margin, rule), z)


def test_distances_are_squared_and_the_margin_is_the_papers():
    z = torch.tensor([[0.0, 0.0], [0.3, 0.0], [0.0, 0.4]])
    # |a - p|^2 = 0.09, |a - n|^2 = 0.16 from the first anchor; from the second 0.09 and 0.25.
    group = torch.tensor([0, 0, 1])
    assert Triplet(margin=0.2)(z, group).item() == pytest.approx(((0.09 - 0.16 + 0.2) + (0.09 - 0.25 + 0.2)) / 2)


def test_a_large_batch_equals_the_dense_cube():
    draw = torch.Generator().manual_seed(0)
    z = F.normalize(torch.randn(120, 8, generator=draw, dtype=torch.float64), dim=1).requires_grad_()
    group = torch.randint(0, 6, (120,), generator=draw)
    squared = (z[:, None] - z[None]).square().sum(dim=2)
    positive = (group[:, None] == group[None]) & ~torch.eye(120, dtype=torch.bool)
    valid = positive[:, :, None] & (group[:, None] != group[None])[:, None, :]
    hinge = (squared[:, :, None] - squared[:, None, :] + 0.2).clamp_min(0) * valid
    same(Triplet(miner=AllTriplets())(z, group), hinge.sum() / (hinge > 0).sum(), z)


def test_configurations_choose_the_miner_by_a_word_or_leave_it():
    def read(table):
        return config.load(Triplet, [config.Layer("test", table)])

    assert read({"kind": "triplet", "margin": 0.3}) == Triplet(margin=0.3, miner=SemiHard())
    assert read({"miner": "all"}).miner == AllTriplets()
    assert read({"miner": {"otherwise": "farthest"}}).miner == SemiHard(otherwise="farthest")


def test_a_margin_beyond_the_sphere_is_refused():
    with pytest.raises(ValueError, match="margin"):
        Triplet(margin=5)
