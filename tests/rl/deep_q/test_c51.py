import math

import numpy as np
import pytest
import torch

from shoestring.rl.deep_q import C51
from shoestring.rl.deep_q.c51 import project

RNG = np.random.default_rng(0)


def by_loop(p, reward, discount, support):
    """Algorithm 1 of the article, one atom after another."""
    atoms, gap = len(support), support[1] - support[0]
    found = np.zeros_like(p)
    for row in range(len(p)):
        for j in range(atoms):
            moved = min(max(reward[row] + discount[row] * support[j], support[0]), support[-1])
            at = (moved - support[0]) / gap
            low, high = math.floor(at), math.ceil(at)
            if low == high:
                found[row, low] += p[row, j]
            else:
                found[row, low] += p[row, j] * (high - at)
                found[row, high] += p[row, j] * (at - low)
    return found


def test_the_projection_is_that_of_the_loop():
    support = np.linspace(-2, 2, 9)
    p = RNG.dirichlet(np.ones(9), 40)
    reward, discount = RNG.normal(0, 2, 40), RNG.choice([0.0, 0.5, 0.9], 40)
    reward[:3], discount[:3] = [0.5, 50.0, -50.0], [0.0, 0.9, 0.9]
    found = project(p, reward, discount, support)
    assert found == pytest.approx(by_loop(p, reward, discount, support), abs=1e-6)
    assert found.sum(axis=1) == pytest.approx(np.ones(40), abs=1e-5)
    assert found[1, -1] == pytest.approx(1) and found[2, 0] == pytest.approx(1)


def test_a_mean_inside_the_range_moves_as_a_number_would():
    values = C51(atoms=11, low=-10, high=10)
    logits = RNG.standard_normal((5, 11)).astype(np.float32) * 4
    mean = values.expectation(logits[:, None])[:, 0]
    found = values.target(logits, np.full(5, 0.3), np.full(5, 0.5))
    assert found @ values.support() == pytest.approx(0.3 + 0.5 * mean, abs=1e-4)


def test_the_gradient_is_that_of_the_cross_entropy():
    values, target = C51(atoms=6), RNG.dirichlet(np.ones(6), 3).astype(np.float32)
    logits = torch.randn(3, 6, generator=torch.Generator().manual_seed(0), requires_grad=True)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(target), reduction="none")
    loss.sum().backward()
    of, wrong = values.gradient(logits.detach().numpy(), target)
    entropy = -(target * np.log(target)).sum(axis=1)
    assert of == pytest.approx(logits.grad.numpy(), abs=1e-6)
    assert wrong == pytest.approx(loss.detach().numpy() - entropy, abs=1e-5)


@pytest.mark.parametrize("settings", [{"atoms": 1}, {"low": 5.0, "high": 5.0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        C51(**settings)
