import math

import pytest
import torch

from shoestring.similarity.losses import CosineTarget


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(0)
    left = torch.randn(16, 30, generator=draw, dtype=torch.float64).requires_grad_()
    right = torch.randn(16, 30, generator=draw, dtype=torch.float64)
    return left, right, torch.arange(16) % 3 == 0


@pytest.mark.parametrize("different", [-0.9, -1.0])
def test_it_equals_the_definition_pair_by_pair(different, batch):
    left, right, same = batch
    total = 0.0
    for a, b, equal in zip(left.tolist(), right.tolist(), same.tolist(), strict=True):
        cosine = sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))
        total += (cosine - (1.0 if equal else different)) ** 2
    assert CosineTarget(different=different)(left, right, same).item() == pytest.approx(total / 16, rel=1e-12)


def test_the_published_targets_cost_nothing_and_their_opposites_most():
    here, there = torch.tensor([[2.0, 0.0]]), torch.tensor([[-3.0, 0.0]])
    loss, same = CosineTarget(different=-1.0), torch.tensor([True])
    assert loss(here, here, same).item() == loss(here, there, ~same).item() == 0
    assert loss(here, here, ~same).item() == loss(here, there, same).item() == 4
    assert CosineTarget()(here, there, ~same).item() == pytest.approx(0.01)


def test_length_does_not_matter(batch):
    left, right, same = batch
    loss = CosineTarget()
    assert loss(7 * left, right / 3, same).item() == pytest.approx(loss(left, right, same).item(), rel=1e-12)


@pytest.mark.parametrize("different", [1.0, -1.5])
def test_a_target_that_is_no_cosine_is_refused(different):
    with pytest.raises(ValueError, match="different"):
        CosineTarget(different=different)
