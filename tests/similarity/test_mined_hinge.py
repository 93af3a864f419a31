import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity import mined_hinge as mined_hinge_module
from shoestring.similarity.mined_hinge import Mined, mined_hinge
from shoestring.similarity.miners import AllTriplets, BatchHard, HardestNegative, SemiHard
from tests.similarity.triplet_loop import GROUP, every, same, triplet_loop, vectors

MINERS = [AllTriplets(), SemiHard(), SemiHard(otherwise="farthest"), HardestNegative(), BatchHard()]


@pytest.mark.parametrize("miner", MINERS, ids=str)
@pytest.mark.parametrize("block", [1, 40, 100])
def test_blocks_of_anchors_change_nothing(miner, block):
    z = vectors()
    same(mined_hinge(z, GROUP, 0.4, miner, block=block), mined_hinge(z, GROUP, 0.4, miner), z)


@pytest.mark.parametrize("miner", MINERS, ids=str)
def test_both_ways_of_summing_the_gradient_agree(monkeypatch, miner):
    z = vectors()
    found = []
    for sparse in (0, 10**9):
        monkeypatch.setattr(mined_hinge_module, "SPARSE", sparse)
        found.append(torch.autograd.grad(mined_hinge(z, GROUP, 0.4, miner, block=60), z)[0])
    torch.testing.assert_close(*found, rtol=1e-10, atol=1e-13)
    assert found[0].abs().sum() > 0


@pytest.mark.parametrize("miner", MINERS, ids=str)
def test_gradients_are_those_of_the_values(miner):
    z = vectors(seed=3)
    assert torch.autograd.gradcheck(lambda z: mined_hinge(z, GROUP, 0.4, miner), z)


def test_what_a_miner_is_given():
    z = vectors()
    seen = []

    def mine(near, far, margin):
        seen.append((near.clone(), far.clone()))
        assert margin == 0.25
        return Mined(torch.zeros_like(near), torch.zeros_like(far), torch.tensor(0))

    assert mined_hinge(z, GROUP, 0.25, mine).item() == 0
    near, far = (torch.cat(side) for side in zip(*seen, strict=True))
    everyone = (z[:, None] - z[None]).square().sum(dim=2)
    # Anchors come identity by identity; those on their own are nobody's anchor.
    anchors = [a for g in (0, 1, 2, 4) for a in torch.nonzero(g == GROUP).flatten().tolist()]
    for row, a in enumerate(anchors):
        mates = [b for b in torch.nonzero(GROUP[a] == GROUP).flatten().tolist() if b != a]
        wanted = sorted(everyone[a, mates].tolist())
        assert near[row][near[row] > -torch.inf].sort().values.tolist() == pytest.approx(wanted, abs=1e-12)
        assert torch.equal(far[row] == torch.inf, GROUP[a] == GROUP)
        others = GROUP[a] != GROUP
        torch.testing.assert_close(far[row, others], everyone[a, others].detach())
    assert near.shape == (len(anchors), 4)


def test_single_precision_equals_the_loop_in_double_where_everything_has_nearly_collapsed():
    draw = torch.Generator().manual_seed(0)
    centre = F.normalize(torch.randn(8, generator=draw), dim=0)
    z = (centre + 1e-4 * torch.randn(len(GROUP), 8, generator=draw)).requires_grad_()
    exact = z.detach().double().requires_grad_()
    for margin in (0.2, 1e-7):
        value, expected = mined_hinge(z, GROUP, margin, AllTriplets()), triplet_loop(exact, GROUP, margin, every)
        assert value.item() == pytest.approx(expected.item(), rel=1e-6)
        found, wanted = torch.autograd.grad(value, z)[0], torch.autograd.grad(expected, exact)[0]
        torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=1e-5 * wanted.abs().max().item())


def test_tight_identities_keep_the_digits_of_their_gradient():
    draw = torch.Generator().manual_seed(0)
    centres = F.normalize(torch.randn(10, 8, generator=draw), dim=1)
    z = (centres[GROUP] + 1e-3 * torch.randn(len(GROUP), 8, generator=draw)).requires_grad_()
    exact = z.detach().double().requires_grad_()
    found = torch.autograd.grad(mined_hinge(z, GROUP, 1.0, AllTriplets()), z)[0]
    wanted = torch.autograd.grad(triplet_loop(exact, GROUP, 1.0, every), exact)[0]
    torch.testing.assert_close(found.double(), wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_value_and_gradient_have_the_type_of_the_vectors(dtype):
    z = vectors().detach().to(dtype).requires_grad_()
    value = mined_hinge(z, GROUP, 0.2, AllTriplets())
    value.backward()
    assert value.dtype == z.grad.dtype == dtype and z.grad.abs().sum() > 0


def test_without_gradient_none_is_kept():
    with torch.no_grad():
        value = mined_hinge(vectors(), GROUP, 0.2, AllTriplets())
    assert value > 0 and not value.requires_grad


def test_a_gradient_from_above_is_passed_on():
    z = vectors()
    plain, scaled = (torch.autograd.grad(k * mined_hinge(z, GROUP, 0.2, AllTriplets()), z)[0] for k in (1, -3))
    torch.testing.assert_close(scaled, -3 * plain)


def test_gradients_of_second_order_are_refused():
    z = vectors()
    (slope,) = torch.autograd.grad(mined_hinge(z, GROUP, 0.2, AllTriplets()), z, create_graph=True)
    with pytest.raises(RuntimeError, match="does not require grad"):
        slope.square().sum().backward()
