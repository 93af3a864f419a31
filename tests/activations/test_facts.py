"""Definitions against sampling and numbers by hand; the printed table is in ``tests/papers``."""

import numpy as np
import pytest
import torch

from shoestring.activations.curves import Curve, line
from shoestring.activations.facts import dead, facts, saturated, torch_gain
from shoestring.activations.piecewise import hardshrink, leaky_relu
from shoestring.activations.smooth import silu, tanh
from shoestring.activations.specs import ELEMENTWISE, default

# (slope left, right, by autograd) at each kink
KINKS = {
    "relu": [(0, 0, 1, 0)], "relu6": [(0, 0, 1, 0), (6, 1, 0, 0)], "leaky_relu": [(0, 0.01, 1, 0.01)],
    "prelu": [(0, 0.25, 1, 0.25)], "rrelu": [(0, 11 / 48, 1, 11 / 48)], "selu": [(0, 1.7581, 1.0507, 1.7581)],
    "hardswish": [(-3, 0, -0.5, 0), (3, 1.5, 1, 1)], "hardsigmoid": [(-3, 0, 1 / 6, 0), (3, 1 / 6, 0, 0)],
    "hardtanh": [(-1, 0, 1, 0), (1, 1, 0, 0)], "softshrink": [(-0.5, 1, 0, 0), (0.5, 0, 1, 0)],
    "hardshrink": [(-0.5, 1, 0, 0), (0.5, 0, 1, 0)], "threshold": [(0, 0, 1, 0)],
}  # fmt: skip
MINIMA = {"gelu": (-0.752, -0.170), "silu": (-1.278, -0.278), "mish": (-1.192, -0.309)}
CHI = {
    **dict.fromkeys(("relu", "relu6", "leaky_relu", "prelu", "rrelu"), (0.9995, 1.0005)),
    **dict.fromkeys(("elu", "gelu", "silu", "mish", "selu"), (1.03, 1.085)), "tanh": (1.175, 1.185),
    **dict.fromkeys(("softsign", "hardtanh", "tanhshrink", "softshrink"), (1.235, 1.475)),
    **dict.fromkeys(("sigmoid", "hardsigmoid", "logsigmoid", "softplus"), (0.0995, 0.325)),
}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return {entry.name: facts(default(entry).curve()) for entry in ELEMENTWISE}


@pytest.mark.parametrize("name", CHI)
def test_growth_of_the_gradient_lies_where_the_notes_say(name, found):
    assert CHI[name][0] <= found[name].chi <= CHI[name][1]


@pytest.mark.parametrize("name", KINKS)
def test_one_sided_slopes_and_what_autograd_returns(name, found):
    kinks = [(one.x, one.left, one.right, one.autograd) for one in found[name].breaks]
    assert kinks == [pytest.approx(kink, abs=5e-5) for kink in KINKS[name]]


@pytest.mark.parametrize("name", MINIMA)
def test_minima(name, found):
    assert found[name].minimum == pytest.approx(MINIMA[name], abs=0.0006)


def test_functions_that_have_no_lowest_place_have_no_minimum(found):
    assert {name for name, one in found.items() if one.minimum} == {*MINIMA, "gelu_tanh", "hardswish"}


def test_jumps_are_told_from_kinks(found):
    assert [one.jump for one in found["hardshrink"].breaks] == pytest.approx([0.5, 0.5])
    assert found["hardshrink"].lipschitz == np.inf and found["softshrink"].lipschitz == 1
    (threshold,) = found["softplus"].breaks
    assert threshold.x == 20 and threshold.right - threshold.left == pytest.approx(2.06e-9, rel=0.01)
    (zero,) = found["softsign"].breaks
    assert (zero.curvature_left, zero.curvature_right) == (2, -2)
    assert found["celu"].breaks[0].left == found["celu"].breaks[0].right == 1


def test_moments_against_sampling(found):
    x = np.random.default_rng(5).normal(size=100_000)
    for entry in ELEMENTWISE:
        curve, one = default(entry).curve(), found[entry.name]
        value, slope = curve.value(x), curve.slope(x)
        pairs = ((value, one.mean), (value**2, one.second_moment), (slope**2, one.slope_moment))
        for sampled, exact in pairs:
            assert sampled.mean() == pytest.approx(exact, abs=5 * sampled.std() / np.sqrt(len(x)) + 1e-12), entry.name
        assert np.mean(curve.slope(x) == 0) == pytest.approx(one.dead, abs=0.006)
        assert np.mean(np.abs(curve.slope(x)) < 0.05) == pytest.approx(one.saturated, abs=0.006), entry.name


def test_the_response_of_the_variance_is_one_for_homogeneous_functions_and_counts_jumps(found):
    for name in ("relu", "leaky_relu", "prelu"):
        assert found[name].length_slope == pytest.approx(1, abs=1e-9)
    # d/dq of E f(sqrt(q) x)^2 by hand: x^2 outside the jumps, which move as q grows.
    curve, lam = hardshrink(0.5), 0.5
    density = np.exp(-(lam**2) / 2) / np.sqrt(2 * np.pi)
    moved = 2 * lam**2 * density * lam / 2
    exact = (facts(curve).second_moment + moved) / facts(curve).second_moment
    assert facts(curve).length_slope == pytest.approx(exact, abs=1e-5)


def test_a_constant_has_no_gain():
    one = facts(Curve((line(0),)))
    assert one.gain == np.inf and one.dead == 1 and one.saturated == 1 and one.minimum is None


def test_saturation_is_exact_where_the_bound_is_crossed_within_a_piece():
    from scipy.special import ndtr

    edge = np.arccosh(np.sqrt(1 / 0.05))
    assert saturated(tanh()) == pytest.approx(2 * ndtr(-edge), abs=1e-12)
    assert dead(leaky_relu(0.0)) == 0.5 and 0.08 < saturated(silu()) < 0.0815


@pytest.mark.parametrize("name", [entry.name for entry in ELEMENTWISE])
def test_the_gain_of_torch_is_what_torch_says(name):
    spec = default(next(entry for entry in ELEMENTWISE if entry.name == name))
    slope = spec.values.get("negative_slope")
    try:
        said = torch.nn.init.calculate_gain(name, slope)
    except ValueError:
        said = None
    assert torch_gain(name, dict(spec.values)) == (said if said is None else pytest.approx(said))
