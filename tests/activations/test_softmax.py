import numpy as np
import pytest
import torch
from torch import nn
from torch.autograd.functional import jacobian

from shoestring.activations import softmax as s

X = np.array([-1.0, 0.3, 2.0, 0.3])


@pytest.mark.parametrize(
    ("module", "ours"),
    [
        (nn.Softmax(-1), s.softmax_jacobian), (nn.Softmin(-1), s.softmin_jacobian),
        (nn.LogSoftmax(-1), s.log_softmax_jacobian),
    ],
)  # fmt: skip
def test_jacobians_are_those_of_autograd(module, ours):
    assert ours(X) == pytest.approx(jacobian(module, torch.tensor(X)).numpy(), abs=1e-14)


def test_properties_of_the_jacobians():
    j = s.softmax_jacobian(X)
    assert j == pytest.approx(j.T) and j.sum(1) == pytest.approx(np.zeros(4), abs=1e-15)
    draws = np.random.default_rng(0).normal(scale=3, size=(200, 5))
    norms = [np.linalg.norm(s.softmax_jacobian(x), 2) for x in draws]
    assert max(norms) <= 0.5
    assert np.linalg.norm(s.softmax_jacobian(np.zeros(2)), 2) == pytest.approx(0.5)
    assert s.log_softmax_jacobian(X).sum(1) == pytest.approx(np.zeros(4), abs=1e-15)


def test_values_are_those_of_torch_and_do_not_overflow():
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 300
    assert s.softmax(x.numpy()) == pytest.approx(torch.softmax(x, -1).numpy())
    assert s.log_softmax(x.numpy()) == pytest.approx(torch.log_softmax(x, -1).numpy())
    assert s.softmax2d(x.numpy()) == pytest.approx(nn.Softmax2d()(x).numpy())


def test_the_gate_and_both_derivatives_are_those_of_torch():
    a, b = (torch.randn(6, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) for n in (1, 2))
    joined = torch.cat([a, b], -1).requires_grad_()
    out = nn.GLU()(joined)
    (grad,) = torch.autograd.grad(out.sum(), joined)
    value, by_a, by_b = s.glu(a.numpy(), b.numpy())
    assert out.shape == a.shape and value == pytest.approx(out.detach().numpy())
    assert np.hstack([by_a, by_b]) == pytest.approx(grad.numpy())
    with pytest.raises(RuntimeError, match="even"):
        nn.GLU()(torch.zeros(3))


def test_attention_is_that_of_torch():
    q, k, v = (torch.randn(5, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) for n in range(3))
    ours, weights = s.attention(q.numpy(), k.numpy(), v.numpy())
    assert ours == pytest.approx(nn.functional.scaled_dot_product_attention(q, k, v).numpy())
    assert weights.sum(1) == pytest.approx(np.ones(5))


@pytest.mark.parametrize("bias", [False, True])
def test_sizes_of_the_adaptive_softmax_are_those_of_torch(bias):
    module = nn.AdaptiveLogSoftmaxWithLoss(40, 100, [10, 30], div_value=2.0, head_bias=bias)
    sizes = s.adaptive_sizes(40, 100, (10, 30), 2.0, bias)
    assert sum(count for _, count in sizes) == sum(p.numel() for p in module.parameters())
    assert [outputs for outputs, _ in sizes] == [12, 20, 70]
    output, loss = module(torch.randn(6, 40), torch.arange(0, 90, 15))
    assert output.shape == (6,) and float(loss.detach()) == pytest.approx(-float(output.detach().mean()), rel=1e-6)
    assert module.log_prob(torch.randn(3, 40)).detach().exp().sum(1).numpy() == pytest.approx(np.ones(3), abs=1e-5)
