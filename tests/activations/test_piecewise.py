import numpy as np
import pytest

from shoestring.activations import piecewise

X = np.array([-7.0, -3.0, -1.0, -0.5, -0.2, 0.0, 0.3, 0.5, 2.0, 3.0, 6.0, 9.0])
BY_HAND = {
    "threshold": (piecewise.threshold(0.3, -2.0), lambda x: x if x > 0.3 else -2.0),
    "relu": (piecewise.relu(), lambda x: max(0.0, x)),
    "relu6": (piecewise.relu6(), lambda x: min(max(0.0, x), 6.0)),
    "leaky_relu": (piecewise.leaky_relu(0.2), lambda x: x if x > 0 else 0.2 * x),
    "prelu": (piecewise.prelu(0.25), lambda x: x if x > 0 else 0.25 * x),
    "rrelu": (piecewise.rrelu(0.1, 0.3), lambda x: x if x > 0 else 0.2 * x),
    "hardtanh": (piecewise.hardtanh(-1.0, 2.0), lambda x: min(max(-1.0, x), 2.0)),
    "hardsigmoid": (piecewise.hardsigmoid(), lambda x: min(max(0.0, x / 6 + 0.5), 1.0)),
    "hardswish": (piecewise.hardswish(), lambda x: x * min(max(0.0, x + 3), 6.0) / 6),
    "softshrink": (piecewise.softshrink(0.5), lambda x: np.sign(x) * max(abs(x) - 0.5, 0.0)),
    "hardshrink": (piecewise.hardshrink(0.5), lambda x: x if abs(x) > 0.5 else 0.0),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_values_are_those_of_the_definition(name):
    curve, definition = BY_HAND[name]
    assert curve.value(X) == pytest.approx([definition(float(x)) for x in X])


def test_hardswish_has_slopes_that_jump_by_a_half_at_both_ends():
    curve = piecewise.hardswish()
    left, middle, right = curve.pieces
    ends = [np.array([place]) for place in curve.breaks]
    assert [left.slope(ends[0])[0], middle.slope(ends[0])[0]] == [0.0, -0.5]
    assert [middle.slope(ends[1])[0], right.slope(ends[1])[0]] == [1.5, 1.0]


def test_parameters_that_contradict_one_another_are_refused():
    with pytest.raises(ValueError, match="above upper"):
        piecewise.rrelu(0.5, 0.1)
    with pytest.raises(ValueError, match="not below max_val"):
        piecewise.hardtanh(1.0, 1.0)


def test_a_shrink_of_nothing_is_the_identity():
    assert piecewise.softshrink(0.0).breaks == () and piecewise.hardshrink(0.0).value(X).tolist() == X.tolist()


def test_random_relu_draws_a_slope_for_each_place():
    x, y = piecewise.rrelu_in_training(0.1, 0.4, low=-4, high=4, count=5000, seed=1)
    slopes = y / x
    assert (slopes[x > 0] == 1).all()
    below = slopes[x < 0]
    assert below.min() > 0.1 - 1e-12 and below.max() < 0.4 + 1e-12 and len(set(below.round(9))) > 2000
    # The standard error of a mean of 2,500 draws from U(0.1, 0.4) is 0.0017.
    assert below.mean() == pytest.approx(0.25, abs=0.007)
