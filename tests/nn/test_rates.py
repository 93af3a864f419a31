import pytest
import torch

from shoestring.nn.rates import set_rate, warm_up


def test_it_rises_to_one_and_falls_to_just_above_zero():
    assert [warm_up(step, 10, 0.2) for step in (1, 2, 3, 10)] == pytest.approx([0.5, 1, 8 / 9, 1 / 9])
    assert [warm_up(step, 4, 0.0) for step in (1, 4)] == pytest.approx([4 / 5, 1 / 5])
    assert warm_up(1, 1, 0.1) == 1


def test_every_group_gets_the_rate():
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": [weight]} for weight in weights], lr=1.0)
    set_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]
