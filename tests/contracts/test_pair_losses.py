"""What every pair loss must do, without a line of code for any of them."""

import pytest
import torch

from shoestring.core import config
from shoestring.similarity.losses import PairLoss
from tests.contracts.members import kind, members

PAIRS = 16

every_loss = pytest.mark.parametrize("loss", [member() for member in members(PairLoss)], ids=kind)


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(0)
    left, right = (torch.tanh(torch.randn(PAIRS, 50, generator=draw, dtype=torch.float64)) for _ in range(2))
    return left.requires_grad_(), right.requires_grad_(), torch.arange(PAIRS) % 3 == 0


@every_loss
def test_the_value_is_a_finite_scalar_of_the_type_of_the_input(loss, batch):
    value = loss(*batch)
    assert value.shape == () and value.dtype == torch.float64 and value.isfinite() and value >= 0


@every_loss
def test_gradients_are_finite_and_reach_both_sides(loss, batch):
    left, right, same = batch
    loss(left, right, same).backward()
    for side in (left, right):
        assert side.grad.isfinite().all() and side.grad.abs().sum() > 0


@every_loss
def test_order_and_sides_do_not_matter(loss, batch):
    left, right, same = batch
    shuffled = torch.randperm(PAIRS, generator=torch.Generator().manual_seed(1))
    value = loss(left, right, same).item()
    assert loss(left[shuffled], right[shuffled], same[shuffled]).item() == pytest.approx(value, rel=1e-12)
    assert loss(right, left, same).item() == pytest.approx(value, rel=1e-12)


@every_loss
def test_a_genuine_pair_costs_less_when_alike_and_an_impostor_pair_more(loss, batch):
    left, right, _ = batch
    near = left + 0.01 * right
    for same, cheaper, dearer in ((True, near, -left), (False, -left, near)):
        label = torch.full((PAIRS,), same)
        assert loss(left, cheaper, label) < loss(left, dearer, label)


@every_loss
def test_coinciding_pairs_have_finite_gradients(loss, batch):
    left, _, same = batch
    loss(left, left.detach().clone(), same).backward()
    assert left.grad.isfinite().all()


@every_loss
def test_a_configuration_brings_it_back_equal(loss):
    table = config.as_table(loss)
    assert config.load(type(loss), [config.Layer("test", table)]) == loss
