from dataclasses import replace

import numpy as np
import pytest

from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.stroke_files import read_signatures
from shoestring.data.stroke_variants import duplicates, imitations, pen_state, sample_times, smooth_noise


@pytest.fixture(scope="module")
def originals():
    found = synthetic_set(4, 1, 0, seed=5)
    return list(found)


def strokes(signature):
    return int((np.diff(np.concatenate([[0], signature.pen_down.astype(int)])) == 1).sum())


def test_smooth_noise_is_standard_and_smooth():
    t = np.linspace(0, 400, 40_001)
    curve = smooth_noise(t, 2.0, np.random.default_rng(0))
    assert curve.mean() == pytest.approx(0, abs=0.2) and curve.std() == pytest.approx(1, abs=0.15)
    assert np.abs(np.diff(curve)).max() < 0.03
    steps = np.diff(curve, n=3) / np.diff(t)[0] ** 3
    assert np.abs(steps).max() < 10
    # Far apart, the curve knows nothing of itself; near by, it does.
    assert abs(np.corrcoef(curve[:-2000], curve[2000:])[0, 1]) < 0.25
    assert np.corrcoef(curve[:-20], curve[20:])[0, 1] > 0.9


def test_without_variation_a_duplicate_is_the_recording(originals):
    for original in originals:
        (copy,) = duplicates(original, 1, np.random.default_rng(0), amount=0.0)
        assert strokes(copy) == strokes(original) and abs(len(copy) - len(original)) <= strokes(original)
        for name in ("x", "y"):
            expected = np.interp(copy.t, original.t, getattr(original, name))
            np.testing.assert_allclose(getattr(copy, name), expected, atol=0.05)
        np.testing.assert_allclose(copy.pressure, np.interp(copy.t, original.t, original.pressure), atol=1e-3)


def test_duplicates_differ_from_one_another_and_stay_near(originals):
    for original in originals:
        size = np.ptp(original.y)
        first, second = duplicates(original, 2, np.random.default_rng(1))
        for copy in (first, second):
            assert 0.8 < copy.t[-1] / original.t[-1] < 1.25 and strokes(copy) == strokes(original)
            grid = np.linspace(0, 1, 200)
            apart = [
                np.abs(np.interp(grid, a.t / a.t[-1], a.y) - np.interp(grid, b.t / b.t[-1], b.y)).mean()
                for a, b in ((copy, original), (first, second))
            ]
            assert all(0.005 * size < d < 0.4 * size for d in apart[:1])
        assert len(first) != len(second) or not np.array_equal(first.x, second.x)


def test_the_same_generator_gives_the_same_variants(originals):
    for make in (duplicates, imitations):
        a, b = (make(originals[0], 2, np.random.default_rng(7)) for _ in range(2))
        for one, other in zip(a, b, strict=True):
            np.testing.assert_array_equal(one.x, other.x)
            np.testing.assert_array_equal(one.pressure, other.pressure)


def test_imitations_are_slower_lighter_and_farther_off_than_duplicates(originals):
    rng = np.random.default_rng(2)
    slower, lighter = [], []
    for original in originals:
        for copy in imitations(original, 12, rng):
            assert strokes(copy) == strokes(original)
            slower.append(copy.t[-1] / original.t[-1])
            lighter.append(copy.pressure[copy.pen_down].mean() - original.pressure[original.pen_down].mean())
    assert 1.1 < np.median(slower) < 1.5 and np.median(lighter) < -0.05


def test_a_recording_without_pressure_stays_without(originals):
    bare = replace(originals[0], pressure=None)
    for make in (duplicates, imitations):
        assert make(bare, 1, np.random.default_rng(0))[0].pressure is None


def test_clocks_leave_gaps_out_and_lifts_are_never_lost():
    t = np.array([0, 0.01, 0.02, 0.2, 0.21])
    np.testing.assert_allclose(sample_times(t, 0.01), t)
    grid = 0.01 * np.arange(5)
    # A lift of 2 ms between two ticks still shows.
    state = pen_state(grid, np.array([0, 0.014, 0.015, 0.016, 0.04]), np.array([True, True, False, True, True]))
    assert state.tolist() in ([True, True, False, True, True], [True, False, True, True, True])


def test_on_real_signatures_duplicates_are_nearer_than_forgeries(shared_data):
    found = read_signatures(shared_data / "svc2004_task2")
    rng = np.random.default_rng(0)
    near, far = [], []

    def curve(signature):
        share = np.linspace(0, 1, 150)
        points = [np.interp(share, signature.t / signature.t[-1], axis) for axis in (signature.x, signature.y)]
        return np.stack([(axis - axis.mean()) / axis.std() for axis in points])

    for writer in np.unique(found.identity)[:8]:
        own = found[int(np.flatnonzero((found.identity == writer) & found.genuine)[0])]
        forged = found[int(np.flatnonzero((found.identity == writer) & ~found.genuine)[0])]
        (copy,) = duplicates(own, 1, rng)
        near.append(np.abs(curve(own) - curve(copy)).mean())
        far.append(np.abs(curve(own) - curve(forged)).mean())
    assert np.median(near) < 0.7 * np.median(far)
