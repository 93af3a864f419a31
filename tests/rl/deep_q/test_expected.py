import numpy as np
import pytest
import torch

from shoestring.rl.deep_q import ExpectedValues


def test_the_gradient_is_that_of_hubers_loss():
    predicted, target = np.array([[0.0], [0.5], [-7.0]]), np.array([[3.0], [0.25], [-6.5]])
    of, wrong = ExpectedValues().gradient(predicted, target)
    learned = torch.tensor(predicted, requires_grad=True)
    torch.nn.functional.huber_loss(learned, torch.tensor(target), reduction="sum").backward()
    assert of == pytest.approx(learned.grad.numpy()) and wrong.tolist() == [3.0, 0.25, 0.5]


def test_the_target_discounts_what_follows():
    found = ExpectedValues().target(np.array([[10.0], [10.0]]), np.array([1.0, 2.0]), np.array([0.9, 0.0]))
    assert found[:, 0] == pytest.approx([10.0, 2.0])
