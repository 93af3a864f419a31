import math

import torch
from torch import nn

from shoestring.nn.best import BestWeights


def linear(value):
    module = nn.Linear(1, 1)
    return set_to(module, value)


def set_to(module, value):
    with torch.no_grad():
        module.weight.fill_(value)
    return module


def test_the_weights_of_the_lowest_measure_come_back():
    module = linear(0.0)
    best = BestWeights(module)
    for step, measure in enumerate([0.5, 0.3, 0.3, math.nan, 0.4], start=1):
        set_to(module, float(step))
        best.offer(measure, step)
    best.restore()
    assert (module.weight.item(), best.value, best.step) == (2.0, 0.3, 2)


def test_before_any_measure_the_first_weights_are_kept():
    module = linear(7.0)
    best = BestWeights(module)
    set_to(module, 8.0)
    best.restore()
    assert module.weight.item() == 7.0 and best.step == 0


def test_its_state_goes_on_elsewhere():
    best = BestWeights(linear(1.0))
    best.offer(0.5, 3)
    module = linear(9.0)
    other = BestWeights(module)
    other.load_state_dict(best.state_dict())
    assert not other.offer(0.6, 4)
    other.restore()
    assert (module.weight.item(), other.value, other.step) == (1.0, 0.5, 3)
