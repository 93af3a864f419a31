import pytest
import torch
from torch import nn

from shoestring.distributed.compressors import NoCompression, PowerSGD
from shoestring.distributed.workers import Workers


class Recorder:
    """The part of a run that workers use."""

    step = 1
    study_at = 0

    def __init__(self):
        self.spent, self.decisions = [], []

    def vote(self):
        return True, False

    def decide(self, save, stop):
        self.decisions.append((save, stop))

    def spend(self, kind, n):
        self.spent.append((kind, n))

    def log(self, step, **values): ...

    def narrate(self, message): ...


def test_a_process_of_its_own_notices_nothing():
    run, model = Recorder(), nn.Linear(3, 2)
    workers = Workers(run, model, PowerSGD(rank=1))
    model(torch.ones(4, 3)).sum().backward()
    before = {name: weights.grad.clone() for name, weights in model.named_parameters()}
    grads = {name: weights.grad for name, weights in model.named_parameters()}
    assert workers.reduce()
    for name, weights in model.named_parameters():
        assert weights.grad is grads[name] and torch.equal(weights.grad, before[name])
    assert run.spent == [] and run.decisions == [] and workers.state_dict() == {}
    draws = iter(range(10))
    assert [workers.own(lambda: next(draws)) for _ in range(3)] == [0, 1, 2]
    assert workers.part([1, 2, 3]) == [1, 2, 3]


def test_alone_a_parameter_that_took_no_part_stays_without_a_gradient():
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(3, 2))
    workers = Workers(Recorder(), model, PowerSGD(rank=1))
    model[0](torch.ones(1, 3)).sum().backward()
    assert workers.reduce()
    # AdamW would shrink it, were its gradient zero.
    assert model[1].weight.grad is None and model[0].weight.grad is not None


@pytest.mark.parametrize("compressor", [NoCompression(), PowerSGD(rank=1)])
def test_alone_it_pays_what_earlier_workers_remembered_once(compressor):
    model = nn.Linear(3, 2)
    workers = Workers(Recorder(), model, compressor)
    workers.load_state_dict({"step": 7, "codec": {}, "residual": {"weight": torch.full((2, 3), 5.0)}})
    assert workers.state_dict()["residual"]["weight"].eq(5).all()
    for expected in (6.0, 1.0):
        model.zero_grad()
        model(torch.ones(1, 3)).sum().backward()
        workers.reduce()
        assert model.weight.grad.eq(expected).all()
    assert workers.state_dict() == {}
