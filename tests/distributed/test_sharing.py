import pytest
import torch
from torch import nn

from shoestring.distributed.communicator import VirtualGroup
from shoestring.distributed.compressors import NoCompression, PowerSGD
from shoestring.distributed.sharing import broadcast_model, gradient_shapes, reduce_gradients, reducer_for


def model(seed):
    torch.manual_seed(seed)
    made = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Linear(5, 2))
    made[0].bias.requires_grad_(False)
    return made


@pytest.fixture
def group():
    made = VirtualGroup(2)
    yield made
    made.close()


def test_only_what_is_trained_has_a_shape():
    shapes = gradient_shapes(model(0))
    assert list(shapes) == ["0.weight", "1.weight", "1.bias", "2.weight", "2.bias"] and shapes["0.weight"] == (5, 6)


def test_everybody_starts_from_worker_zero_buffers_included(group):
    models = [model(0), model(1)]
    models[0][1].num_batches_tracked += 3
    group.run(lambda member: broadcast_model(models[member.rank], member))
    for name, tensor in models[0].state_dict().items():
        assert torch.equal(tensor, models[1].state_dict()[name]), name


@pytest.mark.parametrize("compressor", [NoCompression(), PowerSGD(rank=5, minimum_rate=0)])
def test_a_step_of_two_workers_is_the_step_of_one_with_both_batches(group, compressor):
    inputs = torch.randn(2, 8, 6)
    plain = [nn.Linear(6, 5) for _ in range(3)]
    for other in plain[1:]:
        other.load_state_dict(plain[0].state_dict())
    plain[0](inputs.flatten(0, 1)).square().mean().backward()

    def work(member):
        reducer = reducer_for(plain[1 + member.rank], compressor, member)
        plain[1 + member.rank](inputs[member.rank]).square().mean().backward()
        return reduce_gradients(plain[1 + member.rank], reducer)

    assert group.run(work) == [True, True]
    for name in ("weight", "bias"):
        for other in plain[1:]:
            torch.testing.assert_close(getattr(other, name).grad, getattr(plain[0], name).grad, rtol=1e-4, atol=1e-5)


def test_a_step_that_is_not_finite_leaves_no_gradient_and_so_moves_nothing(group):
    models = [nn.Linear(6, 5) for _ in range(2)]
    optimizers = [torch.optim.SGD(one.parameters(), lr=1.0, momentum=0.9) for one in models]
    before = [one.weight.detach().clone() for one in models]

    def work(member):
        one = models[member.rank]
        one(torch.full((2, 6), torch.inf if member.rank else 1.0)).sum().backward()
        good = reduce_gradients(one, reducer_for(one, PowerSGD(rank=1), member))
        optimizers[member.rank].step()
        return good

    assert group.run(work) == [False, False]
    assert all(torch.equal(one.weight, old) for one, old in zip(models, before, strict=True))
