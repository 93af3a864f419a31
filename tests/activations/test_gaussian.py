import numpy as np
import pytest
from scipy.special import ndtr

from shoestring.activations.curves import Curve, line
from shoestring.activations.gaussian import expectation, nodes, probability, variance_map
from shoestring.activations.piecewise import relu
from shoestring.activations.smooth import tanh


def test_moments_of_the_normal_distribution_are_exact():
    x, weights = nodes(())
    moments = [float(weights @ x**power) for power in (0, 1, 2, 3, 4, 6, 8)]
    assert moments == pytest.approx([1, 0, 1, 0, 3, 15, 105], abs=1e-11)


def test_a_jump_between_two_panels_costs_no_digits():
    step = Curve((line(0), line(0, 1)), (0.3217,), ("left",))
    assert expectation(step, step.value) == pytest.approx(1 - ndtr(0.3217), abs=1e-14)
    # Without the split the same nodes are wrong in the third digit.
    x, weights = nodes(())
    assert abs(float(weights @ step.value(x)) - (1 - ndtr(0.3217))) > 1e-4


def test_quadrature_agrees_with_sampling():
    draws = np.random.default_rng(3).normal(size=1_000_000)
    curve = tanh()
    sampled = curve.value(draws) ** 2
    error = sampled.std() / 1000
    assert expectation(curve, lambda x: curve.value(x) ** 2) == pytest.approx(sampled.mean(), abs=4 * error)


def test_the_variance_map_of_a_homogeneous_function_is_linear():
    assert [variance_map(relu(), q) for q in (0.1, 1.0, 7.0)] == pytest.approx([0.05, 0.5, 3.5])


def test_probabilities_keep_their_digits_in_both_tails():
    assert probability(-np.inf, np.inf) == 1
    assert probability(10, 11) == pytest.approx(probability(-11, -10)) and probability(10, 11) > 7e-24
