import math

import numpy as np
import pytest
from scipy.stats import lognorm

from shoestring.data.lognormal_strokes import Strokes, through


def one(**changes):
    values = {"length": 3.0, "onset": 0.2, "delay": -1.6, "spread": 0.3, "start": 0.4, "end": 1.9} | changes
    return Strokes(**{name: np.array([value]) for name, value in values.items()})


T = np.linspace(0, 3, 30_001)


def test_speed_is_the_lognormal_density_of_an_independent_library_times_the_length():
    stroke = one()
    expected = 3.0 * lognorm.pdf(T, s=0.3, loc=0.2, scale=math.exp(-1.6))
    np.testing.assert_allclose(stroke.speed(T)[:, 0], expected, atol=1e-12)
    np.testing.assert_allclose(stroke.done(T)[:, 0], lognorm.cdf(T, s=0.3, loc=0.2, scale=math.exp(-1.6)), atol=1e-12)


def test_the_area_under_the_speed_is_the_length():
    assert np.trapezoid(one(length=7.0).speed(T)[:, 0], T) == pytest.approx(7.0, rel=1e-6)


def test_the_peak_lies_at_the_mode_of_the_lognormal():
    stroke = one()
    assert stroke.peak()[0] == pytest.approx(0.2 + math.exp(-1.6 - 0.09))
    assert T[np.argmax(stroke.speed(T)[:, 0])] == pytest.approx(stroke.peak()[0], abs=1e-4)
    assert stroke.when(0.5)[0] == pytest.approx(0.2 + math.exp(-1.6))
    np.testing.assert_allclose(stroke.done(stroke.when(0.9)), 0.9)


def test_nothing_moves_up_to_the_onset():
    stroke = one(spread=2.0)
    early = np.array([-1.0, 0.0, 0.2])
    for quantity in (stroke.speed, stroke.position, stroke.velocity):
        assert (quantity(early) == 0).all()


@pytest.mark.parametrize(("start", "end"), [(0.4, 1.9), (1.0, 1.0), (2.0, -3.5), (0.0, 2 * math.pi)])
def test_the_position_is_the_integral_of_the_velocity(start, end):
    strokes = Strokes(
        *(np.array(values) for values in ((3.0, 1.0), (0.2, 0.4), (-1.6, -1.2), (0.3, 0.2), (start, 0.3), (end, -0.3)))
    )
    velocity = strokes.velocity(T)
    steps = (velocity[1:] + velocity[:-1]) / 2 * (T[1] - T[0])
    np.testing.assert_allclose(strokes.position(T)[1:], np.cumsum(steps, axis=0), atol=1e-6)


def test_a_half_turn_ends_on_the_diameter_of_its_circle():
    # An arc of length pi that turns by pi is half of a unit circle.
    end = one(length=math.pi, start=0.0, end=math.pi).position(np.array([50.0]))
    np.testing.assert_allclose(end, [[0.0, 2.0]], atol=1e-9)


def test_strokes_through_targets_end_there_and_peak_when_told():
    targets = np.array([[0.0, 0], [3, 4], [3, -1], [9, 9]])
    peaks, widths = np.array([0.3, 0.6, 0.8]), np.array([0.05, 0.04, 0.03])
    strokes = through(targets, np.array([1.5, -2.5, 0.0]), peaks, widths, np.array([0.1, 0.3, 0.5]))
    np.testing.assert_allclose(strokes.position(np.array([50.0]))[0], targets[-1], atol=1e-6)
    np.testing.assert_allclose(strokes.peak(), peaks)
    spread = np.exp(strokes.delay + strokes.spread**2 / 2) * np.sqrt(np.expm1(strokes.spread**2))
    np.testing.assert_allclose(spread, widths)
    for k in range(3):
        alone = Strokes(
            *(getattr(strokes, name)[k : k + 1] for name in ("length", "onset", "delay", "spread", "start", "end"))
        )
        np.testing.assert_allclose(alone.position(np.array([50.0]))[0], targets[k + 1] - targets[k], atol=1e-6)
