import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from shoestring.activations.drawn import checked, curve, python_code
from shoestring.core.errors import BadDataError

POINTS = [(-3, -0.2), (-1, -0.3), (0, 0), (0.5, 2), (2, 2), (4, 3)]


def test_it_goes_through_the_points_and_equals_an_independent_interpolation():
    drawn = curve(POINTS)
    x, y = np.array(POINTS, dtype=float).T
    assert drawn.value(x) == pytest.approx(y, abs=1e-14)
    inside = np.linspace(-3, 4, 301)
    other = PchipInterpolator(x, y)
    assert drawn.value(inside) == pytest.approx(other(inside), abs=1e-12)
    assert drawn.slope(inside) == pytest.approx(other.derivative()(inside), abs=1e-12)


def test_it_is_straight_outside_and_its_slope_has_no_jump():
    drawn = curve(POINTS)
    assert np.diff(drawn.value([-9, -8, -7])) == pytest.approx(drawn.slope([-3.0, -3.0]))
    for number, place in enumerate(drawn.breaks):
        at = np.array([place])
        assert drawn.pieces[number].slope(at) == pytest.approx(drawn.pieces[number + 1].slope(at), abs=1e-12)


heights = st.lists(st.floats(-50, 50), min_size=2, max_size=12)


@settings(max_examples=60)
@example([0.0, 0.0, 2.225073858507203e-309])
@given(heights)
def test_it_never_swings_beyond_neighbouring_points(ys):
    points = [(float(number), y) for number, y in enumerate(ys)]
    drawn = curve(points)
    for (a, low), (b, high) in zip(points, points[1:], strict=False):
        y = drawn.value(np.linspace(a, b, 23))
        slack = 1e-9 * (1 + abs(low) + abs(high))
        assert y.min() >= min(low, high) - slack and y.max() <= max(low, high) + slack


@pytest.mark.parametrize("points", [POINTS, [(0, 0), (1, 2)]])
def test_the_code_defines_the_same_function(points):
    names: dict = {}
    exec(compile(python_code(points), "drawn", "exec"), names)
    x = torch.linspace(-6, 6, 241, dtype=torch.float64).requires_grad_()
    y = names["drawn"](x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    drawn = curve(points)
    assert y.detach().numpy() == pytest.approx(drawn.value(x.detach().numpy()), abs=1e-12)
    assert slope.numpy() == pytest.approx(drawn.slope(x.detach().numpy()), abs=1e-12)
    assert names["drawn"](torch.zeros(2)).dtype == torch.float32


def test_the_code_holds_numbers_only():
    from ast import Constant, parse, walk

    texts = [n.value for n in walk(parse(python_code(POINTS))) if isinstance(n, Constant) and isinstance(n.value, str)]
    assert texts == ["Monotone cubics between the drawn points, straight lines outside."]


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([(0, 0)], "2 to 64 points, not 1"), ([(n, n) for n in range(65)], "not 65"),
        ([(0, 0), (1, float("nan"))], r"points\[1\]"), ([(0, 0), (1, 2, 3)], r"points\[1\]"),
        ([(0, 0), (101, 1)], "between -100 and 100"), ([(1, 0), (1.0005, 1)], "less than 0.001 apart"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_function_is_refused(points, message):
    with pytest.raises(BadDataError, match=message):
        checked(points)


def test_points_may_come_in_any_order():
    assert checked([(2, 1), (-1, 0)]) == [(-1.0, 0.0), (2.0, 1.0)]
