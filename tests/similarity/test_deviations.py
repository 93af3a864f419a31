import numpy as np
import pytest

from shoestring.data.pen_features_modern import InkPath
from shoestring.similarity import deviations as dev
from shoestring.similarity import dtw

ALIGN, COMPARE = ("vx", "vy"), ("x", "y", "cos")


def series(seed, n=80, pressure=False, tilt=False):
    draw = np.random.default_rng(seed)
    t = np.arange(n) / 100
    x, y = (sum(draw.normal() * np.sin(draw.uniform(3, 20) * t + draw.uniform(0, 6)) for _ in range(4)) for _ in "xy")
    extra = (draw.uniform(size=n), draw.uniform(size=n)) if tilt else (None, None)
    return dev.Series(InkPath(x, y, t, draw.uniform(size=n) if pressure else None, *extra), 2)


def test_sums_add_up_each_feature_along_the_alignment():
    left, right = series(0), series(1, n=101)
    steps = dtw.path(left.array(ALIGN), right.array(ALIGN))
    found = dev.sums(left, right, ALIGN, COMPARE)
    for k, name in enumerate(COMPARE):
        a, b = left.array((name,))[:, 0], right.array((name,))[:, 0]
        assert found[k] == pytest.approx(sum(abs(a[i] - b[j]) for i, j in steps))
    assert dev.sums(right, left, ALIGN, COMPARE) == pytest.approx(found, rel=0.05)


def test_without_features_it_is_plain_dtw():
    left, right = series(0), series(1)
    assert dev.sums(left, right, ALIGN, ()) == pytest.approx([dtw.distance(left.array(ALIGN), right.array(ALIGN))])


def test_a_perfect_copy_is_finite():
    assert np.isfinite(np.log(dev.sums(series(0), series(0), ALIGN, COMPARE))).all()


def test_the_equation_term_by_term():
    distance, own, usual = np.array([[0.5, 0.1]]), np.array([0.2, -0.4]), np.array([0.1, -0.2])
    trust = 4 / (4 + 2.5)
    expected = distance - (trust * own + (1 - trust) * usual)
    assert dev.deviations(distance, own, usual, 5, 2.5) == pytest.approx(expected)
    assert dev.deviations(distance, own, usual, 5, 0.0) == pytest.approx(distance - own)
    assert dev.deviations(distance, None, usual, 1, 2.5) == pytest.approx(distance - usual)


def test_copies_of_one_signature_do_not_make_a_perfectly_steady_hand():
    usual = np.array([0.0])
    copies = dev.deviations(np.array([0.0]), np.array([-13.0]), usual, 5, 0.0)
    assert copies == pytest.approx(1.5)


def test_own_spread_is_the_mean_of_all_pairs_by_length():
    people = [series(k, n) for k, n in ((0, 80), (1, 90), (2, 120))]
    pairs = [(0, 1), (0, 2), (1, 2)]
    expected = np.mean([dev.sums(people[b], people[a], ALIGN, COMPARE) for a, b in pairs], axis=0) / 45
    assert dev.own_spread(people, ALIGN, COMPARE) == pytest.approx(np.log(expected))
    assert dev.own_spread(people[:1], ALIGN, COMPARE) is None


def test_equipment_is_what_all_have_and_features_follow_it():
    assert dev.equipment_of(False, False) == "ink" and dev.equipment_of(True, True) == "ink+pressure+tilt"
    assert dev.common([series(0, pressure=True, tilt=True), series(1, tilt=True)]) == "ink+tilt"
    names = ("x", "pressure", "tilt_x", "pressure_level")
    assert dev.within(names, "ink") == ("x",)
    assert dev.within(names, "ink+tilt") == ("x", "tilt_x")
    assert dev.within(names, "ink+pressure") == ("x", "pressure", "pressure_level")
    assert dev.within(names, "ink+pressure+tilt") == names
