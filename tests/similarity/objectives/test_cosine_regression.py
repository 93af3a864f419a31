import numpy as np
import pytest
import torch

from shoestring.similarity.objectives.cosine_regression import CosineRegression


def test_it_is_the_squared_error_of_the_cosine_whatever_the_lengths():
    draw = np.random.default_rng(0)
    left, right, target = draw.normal(size=(5, 3)), draw.normal(size=(5, 3)), draw.random(5)
    cosine = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(left, right, strict=True)]
    loss = CosineRegression().build(3)
    found = loss((torch.tensor(7 * left), torch.tensor(right)), torch.tensor(target))
    assert found.item() == pytest.approx(np.mean((cosine - target) ** 2))
