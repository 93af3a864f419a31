import math

import pytest
import torch

from shoestring.similarity.losses import ExponentialContrastive

PAIRS = 16


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(0)
    left, right = (torch.tanh(torch.randn(PAIRS, 50, generator=draw, dtype=torch.float64)) for _ in range(2))
    return left.requires_grad_(), right, torch.arange(PAIRS) % 3 == 0


@pytest.mark.parametrize("bound", [100.0, 171.6])
def test_it_equals_the_equation_pair_by_pair(batch, bound):
    left, right, same = batch
    total = 0.0
    for a, b, equal in zip(left.tolist(), right.tolist(), same.tolist(), strict=True):
        energy = sum(abs(x - y) for x, y in zip(a, b, strict=True))
        total += 2 / bound * energy**2 if equal else 2 * bound * math.exp(-2.77 / bound * energy)
    value = ExponentialContrastive(energy_bound=bound)(left, right, same)
    assert value.item() == pytest.approx(total / PAIRS, rel=1e-12)


def test_it_has_the_published_end_points():
    here, far = torch.zeros(1, 50), torch.full((1, 50), 2.0)
    impostor, loss = torch.tensor([False]), ExponentialContrastive()
    assert loss(here, here, impostor).item() == pytest.approx(200.0)
    assert loss(here, far, impostor).item() == pytest.approx(200 * math.exp(-2.77), rel=1e-6)
    assert loss(here, far, ~impostor).item() == pytest.approx(200.0)


def test_impostors_that_nearly_coincide_are_pushed_apart():
    # The reason why the energy is a norm and not its square.
    left = torch.full((1, 50), 1e-4, requires_grad=True)
    ExponentialContrastive()(left, torch.zeros(1, 50), torch.tensor([False])).backward()
    assert (left.grad < -5).all()


def test_both_terms_pull_equally_hard_at_43_percent_of_the_bound():
    slopes = []
    for same in (True, False):
        left = torch.tensor([[43.0]], dtype=torch.float64, requires_grad=True)
        ExponentialContrastive()(left, torch.zeros(1, 1), torch.tensor([same])).backward()
        slopes.append(left.grad.item())
    assert slopes[0] == pytest.approx(-slopes[1], rel=0.03) and slopes[0] > 0


def test_a_bound_of_nothing_is_refused():
    with pytest.raises(ValueError, match="energy_bound=0"):
        ExponentialContrastive(energy_bound=0)
