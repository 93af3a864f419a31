"""What every loss with weights of its own must do, without a line of code for any of them."""

import pytest
import torch
from torch import nn

from shoestring.core import config
from shoestring.core.errors import BadDataError
from shoestring.similarity.losses import ClassLoss
from tests.contracts.members import kind, members

CLASSES, WIDTH = 6, 12

every_loss = pytest.mark.parametrize("loss", [member() for member in members(ClassLoss)], ids=kind)


def head(loss, seed=0):
    torch.manual_seed(seed)
    return loss.build(CLASSES, WIDTH).double()


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(1)
    z = torch.randn(14, WIDTH, generator=draw, dtype=torch.float64).requires_grad_()
    # One class is not in the batch.
    return z, torch.arange(14) % (CLASSES - 1)


@every_loss
def test_the_value_is_a_finite_scalar_whose_gradients_reach_vectors_and_weights(loss, batch):
    z, group = batch
    built = head(loss)
    value = built(z, group)
    value.backward()
    assert value.shape == () and value.dtype == torch.float64 and value.isfinite() and value > 0
    for gradient in (z.grad, *(weight.grad for weight in built.parameters())):
        assert gradient.isfinite().all() and gradient.abs().sum() > 0


@every_loss
def test_it_is_a_module_with_one_vector_a_class_that_a_checkpoint_brings_back(loss, batch):
    built, other = head(loss), head(loss, seed=1)
    assert isinstance(built, nn.Module) and [tuple(w.shape) for w in built.parameters()] == [(CLASSES, WIDTH)]
    assert other(*batch) != built(*batch)
    other.load_state_dict(built.state_dict())
    assert other(*batch) == built(*batch) == head(loss)(*batch)


@every_loss
def test_neither_order_nor_length_of_the_vectors_matters(loss, batch):
    z, group = batch
    built, shuffled = head(loss), torch.randperm(len(z), generator=torch.Generator().manual_seed(1))
    value = built(z, group).item()
    assert built(z[shuffled], group[shuffled]).item() == pytest.approx(value, rel=1e-12)
    assert built(7 * z, group).item() == pytest.approx(value, rel=1e-12)


@every_loss
def test_names_of_classes_only_choose_the_weights(loss, batch):
    z, group = batch
    built, renamed = head(loss), torch.tensor([3, 0, 5, 1, 2, 4])
    value = built(z, group).item()
    with torch.no_grad():
        next(built.parameters())[renamed] = next(head(loss).parameters())
    assert built(z, renamed[group]).item() == pytest.approx(value, rel=1e-12)


@every_loss
def test_vectors_on_their_own_weights_cost_less_than_on_others(loss):
    built = head(loss)
    z, group = next(built.parameters()).detach(), torch.arange(CLASSES)
    assert built(z, group) < built(z, group.roll(1))


@every_loss
def test_a_few_steps_learn_to_tell_the_classes_of_a_batch_apart(loss, batch):
    z, group = batch
    built, first = head(loss), None
    optimizer = torch.optim.Adam(built.parameters(), lr=0.05)
    for _ in range(30):
        value = built(z.detach(), group)
        first = first or value.item()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    assert built(z, group).item() < 0.8 * first


@every_loss
@pytest.mark.parametrize("wrong", [-1, CLASSES])
def test_a_class_it_was_not_built_for_is_refused(loss, wrong):
    with pytest.raises(BadDataError, match=f"class {wrong}"):
        head(loss)(torch.ones(2, WIDTH, dtype=torch.float64), torch.tensor([0, wrong]))


@every_loss
def test_a_single_class_is_refused(loss):
    with pytest.raises(BadDataError, match="1 classes"):
        loss.build(1, WIDTH)


@every_loss
def test_a_configuration_brings_it_back_equal(loss):
    assert config.load(type(loss), [config.Layer("test", config.as_table(loss))]) == loss
