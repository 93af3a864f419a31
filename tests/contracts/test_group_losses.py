"""What every group loss must do, without a line of code for any of them."""

import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity.losses import GroupLoss
from tests.contracts.members import kind, members

every_loss = pytest.mark.parametrize("loss", [member() for member in members(GroupLoss)], ids=kind)


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(0)
    z = F.normalize(torch.randn(18, 12, generator=draw, dtype=torch.float64), dim=1).requires_grad_()
    # Four identities of four, and two forgeries on their own.
    return z, torch.cat([torch.arange(4).repeat(4), torch.tensor([7, 9])])


@every_loss
def test_the_value_is_a_finite_scalar_with_finite_gradients(loss, batch):
    z, group = batch
    value = loss(z, group)
    value.backward()
    assert value.shape == () and value.dtype == torch.float64 and value.isfinite() and value > 0
    assert z.grad.isfinite().all() and z.grad.abs().sum() > 0


@every_loss
def test_neither_order_nor_the_names_of_groups_matter(loss, batch):
    z, group = batch
    shuffled = torch.randperm(len(z), generator=torch.Generator().manual_seed(1))
    renamed = torch.tensor([40, 3, 12, 5, 0, 0, 0, 1, 0, 99])[group]
    value = loss(z, group).item()
    assert loss(z[shuffled], renamed[shuffled]).item() == pytest.approx(value, rel=1e-12)


@every_loss
def test_identities_that_are_far_apart_cost_next_to_nothing(loss, batch):
    _, group = batch
    tight = torch.eye(12, dtype=torch.float64)[group]
    assert loss(tight, group).item() < 0.01 < loss(*batch).item()


@every_loss
@pytest.mark.parametrize("group", [torch.zeros(6), torch.arange(6)], ids=["one identity", "all alone"])
def test_a_batch_without_contrast_is_zero_and_can_be_differentiated(loss, group):
    z = F.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(2)), dim=1).requires_grad_()
    value = loss(z, group.long())
    value.backward()
    assert value.item() == 0 and (z.grad == 0).all()


@every_loss
def test_coinciding_vectors_have_finite_gradients(loss):
    z = torch.ones(6, 4, dtype=torch.float64).div(2).requires_grad_()
    loss(z, torch.tensor([0, 0, 1, 1, 2, 2])).backward()
    assert z.grad.isfinite().all()
