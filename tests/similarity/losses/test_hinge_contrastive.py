import math

import pytest
import torch

from shoestring.similarity.losses import HingeContrastive


def test_it_equals_the_equation_pair_by_pair():
    draw = torch.Generator().manual_seed(0)
    left, right = (torch.randn(12, 3, generator=draw, dtype=torch.float64) for _ in range(2))
    same, total = torch.arange(12) % 2 == 0, 0.0
    for a, b, equal in zip(left.tolist(), right.tolist(), same.tolist(), strict=True):
        distance = math.dist(a, b)
        total += distance**2 / 2 if equal else max(0, 2.5 - distance) ** 2 / 2
    assert HingeContrastive(margin=2.5)(left, right, same).item() == pytest.approx(total / 12, rel=1e-12)


def test_it_is_silent_beyond_its_margin_and_finite_at_zero():
    left = torch.tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    loss = HingeContrastive(margin=5.0)(left, torch.zeros(2, 2), torch.tensor([False, False]))
    loss.backward()
    assert loss.item() == pytest.approx(25 / 4)
    assert left.grad.isfinite().all() and (left.grad[1] == 0).all()


def test_the_hinge_is_on_the_distance_and_not_on_its_square():
    # At distance 0.1 an impostor costs (1 - 0.1)^2 / 2; with the square inside it would be (1 - 0.01) / 2.
    value = HingeContrastive()(torch.tensor([[0.1]]), torch.zeros(1, 1), torch.tensor([False]))
    assert value.item() == pytest.approx(0.405)


def test_a_margin_of_nothing_is_refused():
    with pytest.raises(ValueError, match="margin=0"):
        HingeContrastive(margin=0)
