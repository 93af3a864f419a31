import math

import pytest
import torch

from shoestring.distributed.study import study


def test_errors_are_those_of_numpy_and_of_eckart_and_young():
    draw = torch.Generator().manual_seed(0)
    true = {"w": torch.randn(6, 3, 3, generator=draw), "b": torch.randn(4, generator=draw)}
    applied = {"w": true["w"] + 0.1, "b": true["b"]}
    found = study(true, applied, (1, 2, 6))
    flat = torch.cat([true["w"].flatten(), true["b"]]).double().numpy()
    other = torch.cat([applied["w"].flatten(), applied["b"]]).double().numpy()
    size = (flat**2).sum() ** 0.5
    assert found.cosine == pytest.approx(flat @ other / size / (other**2).sum() ** 0.5)
    assert found.relative_error == pytest.approx(((flat - other) ** 2).sum() ** 0.5 / size)
    u, s, vh = torch.linalg.svd(true["w"].view(6, 9), full_matrices=False)
    best = (u[:, :2] * s[:2]) @ vh[:2]
    assert found.optimal_error[2] == pytest.approx(float((true["w"].view(6, 9) - best).norm()) / size, rel=1e-5)
    assert found.optimal_error[6] == pytest.approx(0, abs=1e-6)


def test_no_gradient_has_no_direction():
    zero = {"w": torch.zeros(2, 2)}
    assert math.isnan(study(zero, zero).cosine)
