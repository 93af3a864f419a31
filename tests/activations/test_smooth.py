import math

import numpy as np
import pytest

from shoestring.activations import smooth

X = np.array([-6.0, -1.5, -0.3, 0.0, 0.4, 1.7, 5.0])


def _sigmoid(x):
    return 1 / (1 + math.exp(-x))


BY_HAND = {
    "elu": (smooth.elu(0.7), lambda x: x if x > 0 else 0.7 * (math.exp(x) - 1)),
    "celu": (smooth.celu(0.7), lambda x: x if x > 0 else 0.7 * (math.exp(x / 0.7) - 1)),
    "selu": (smooth.selu(), lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1))),
    "gelu": (smooth.gelu(), lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2),
    "gelu_tanh": (
        smooth.gelu_tanh(), lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    "silu": (smooth.silu(), lambda x: x * _sigmoid(x)),
    "mish": (smooth.mish(), lambda x: x * math.tanh(math.log(1 + math.exp(x)))),
    "sigmoid": (smooth.sigmoid(), _sigmoid),
    "logsigmoid": (smooth.logsigmoid(), lambda x: math.log(_sigmoid(x))),
    "softplus": (smooth.softplus(2.0, 8.0), lambda x: x if 2 * x > 8 else math.log(1 + math.exp(2 * x)) / 2),
    "tanh": (smooth.tanh(), math.tanh),
    "tanhshrink": (smooth.tanhshrink(), lambda x: x - math.tanh(x)),
    "softsign": (smooth.softsign(), lambda x: x / (1 + abs(x))),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_values_are_those_of_the_definition(name):
    curve, definition = BY_HAND[name]
    assert curve.value(X) == pytest.approx([definition(float(x)) for x in X], abs=1e-13)


@pytest.mark.parametrize("name", BY_HAND)
def test_derivatives_are_limits_of_differences(name):
    curve, _ = BY_HAND[name]
    # Away from the breaks at 0 and 4; Richardson's extrapolation takes the error of the difference to h^4.
    x = np.array([-5.3, -1.1, -0.2, 0.31, 1.9, 3.3])

    def differ(of, h):
        return (of(x + h) - of(x - h)) / (2 * h)

    for of, derivative in ((curve.value, curve.slope), (curve.slope, curve.curvature)):
        better = (4 * differ(of, 5e-4) - differ(of, 1e-3)) / 3
        assert derivative(x) == pytest.approx(better, abs=1e-10)


@pytest.mark.parametrize("name", BY_HAND)
def test_nothing_overflows_far_out(name):
    curve, _ = BY_HAND[name]
    for of in (curve.value, curve.slope, curve.curvature):
        assert np.isfinite(of([-800.0, -60.0, 60.0, 800.0])).all()


def test_selu_keeps_mean_zero_and_variance_one():
    x = np.random.default_rng(0).normal(size=400_000)
    y = smooth.selu().value(x)
    assert abs(y.mean()) < 0.006 and y.var() == pytest.approx(1, abs=0.01)
