import pytest
import torch
from torch import nn

from shoestring.core.errors import ConfigError
from shoestring.distributed.compressors import NoCompression, PowerSGD
from shoestring.distributed.simulated import SimulatedWorkers, gather_workers
from shoestring.distributed.workers import Workers, averaged_state
from tests.distributed.test_workers import Recorder


def step(workers, model, seed):
    draw = torch.Generator().manual_seed(seed)
    for worker in workers.members:
        model(torch.randn(8, 6, generator=draw)).square().mean().backward()
        workers.collect(worker)
    assert workers.reduce()
    return {name: one.grad.clone() for name, one in model.named_parameters()}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Linear(6, 5)


def test_the_mean_over_workers_is_the_gradient_of_all_rows(model):
    grads = step(SimulatedWorkers(Recorder(), model, NoCompression(), 4), model, 1)
    draw = torch.Generator().manual_seed(1)
    model.zero_grad()
    model(torch.cat([torch.randn(8, 6, generator=draw) for _ in range(4)])).square().mean().backward()
    torch.testing.assert_close(grads["weight"], model.weight.grad)


def test_bytes_are_charged_as_a_network_would_carry_them(model):
    run = Recorder()
    step(SimulatedWorkers(run, model, PowerSGD(rank=1), 4), model, 1)
    # 5, then 6 numbers of the factors, 5 of the bias and 3 for the run; 2 (W - 1) of them cross links.
    assert run.spent == [("bytes", 2 * 3 * 4 * (5 + 6 + 5 + 3))]


def test_a_saved_state_goes_on_to_the_bit_and_with_other_workers_in_the_mean(model):
    first = SimulatedWorkers(Recorder(), model, PowerSGD(rank=1), 3)
    for seed in range(4):
        model.zero_grad()
        step(first, model, seed)
    state = first.state_dict()
    again, fewer = (SimulatedWorkers(Recorder(), model, PowerSGD(rank=1), count) for count in (3, 2))
    again.load_state_dict(state)
    fewer.load_state_dict(state)
    mean = averaged_state(state["members"])["residual"]["weight"]
    torch.testing.assert_close(fewer.state_dict()["members"][1]["residual"]["weight"], mean)
    model.zero_grad()
    expected = step(first, model, 9)
    model.zero_grad()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in step(again, model, 9).items())
    alone = Workers(Recorder(), model, PowerSGD(rank=1))
    alone.load_state_dict(state)
    torch.testing.assert_close(alone.state_dict()["residual"]["weight"], mean)


def test_one_is_a_process_and_none_is_refused(model):
    assert isinstance(gather_workers(Recorder(), model, PowerSGD(), 1), Workers)
    assert gather_workers(Recorder(), model, PowerSGD(), 3).count == 3
    with pytest.raises(ConfigError, match="workers=0"):
        gather_workers(Recorder(), model, PowerSGD(), 0)
