from dataclasses import replace

import numpy as np
import pytest

from shoestring.data import pen_devices
from shoestring.data.pen_features_modern import ink_path
from shoestring.data.sigma_lognormal import synthetic_set


@pytest.fixture(scope="module")
def held():
    return pen_devices.with_posture(synthetic_set(12, genuine=8, forgeries=4, seed=2), seed=1)


def leans(samples):
    paths = [ink_path(item) for item in samples]
    return np.array([[p.tilt_x.mean(), p.tilt_y.mean()] for p in paths])


def test_angles_are_valid_and_repeatable(held):
    for item in held:
        assert (item.azimuth >= 0).all() and (item.azimuth < 2 * np.pi).all()
        assert (item.altitude >= 0).all() and (item.altitude <= np.pi / 2).all()
    again = pen_devices.with_posture(synthetic_set(12, genuine=8, forgeries=4, seed=2), seed=1)
    assert all(np.array_equal(a.azimuth, b.azimuth) for a, b in zip(held, again, strict=True))


def test_a_pen_leans_as_it_is_told():
    signature = synthetic_set(1, genuine=1, forgeries=0)[0]
    drawn = [pen_devices.hold(signature, np.array([0.3, -0.5]), np.random.default_rng(k)) for k in range(40)]
    assert leans(drawn).mean(axis=0) == pytest.approx([0.3, -0.5], abs=0.02)


def test_a_writer_is_steadier_than_people_are_and_forgers_are_other_people(held):
    lean = leans(held.signatures)
    own, forged = [], []
    for writer in np.unique(held.identity):
        mine = held.identity == writer
        own.append(lean[mine & held.genuine].std(axis=0))
        forged.append(np.abs(lean[mine & ~held.genuine] - lean[mine & held.genuine].mean(axis=0)))
    assert np.mean(own) < 0.5 * pen_devices.PEOPLE
    assert np.mean(np.concatenate(forged)) > 2 * np.mean(own)


def test_the_drawing_itself_is_untouched(held):
    plain = synthetic_set(12, genuine=8, forgeries=4, seed=2)
    assert all(np.array_equal(a.x, b.x) and np.array_equal(a.t, b.t) for a, b in zip(held, plain, strict=True))


def test_a_browser_pointer_is_coarse_and_keeps_every_stroke():
    fine = synthetic_set(3, genuine=2, forgeries=0, seed=4)
    for item in pen_devices.with_posture(fine):
        coarse = pen_devices.as_pointer(item, pixel=10.0, rate=60.0)
        assert coarse.pressure is None and coarse.azimuth is None and coarse.altitude is None
        assert (coarse.x % 10 == 0).all() and (coarse.y % 10 == 0).all()
        assert len(coarse) < len(item)
        assert strokes(coarse) == strokes(item)
        assert coarse.t[-1] == pytest.approx(item.t[-1], abs=0.01)
        ink, again = ink_path(item), ink_path(coarse)
        n = min(len(ink), len(again)) // 2
        assert np.abs(ink.x[:n] - again.x[:n]).mean() < 60


def strokes(item):
    down = item.pen_down.astype(int)
    return int(down[0] + (np.diff(down) == 1).sum())


def test_a_pointer_event_carries_the_pen_state_of_its_time():
    item = synthetic_set(1, genuine=1, forgeries=0, seed=3)[0]
    down = np.ones(len(item), dtype=bool)
    down[40:50] = False
    coarse = pen_devices.as_pointer(replace(item, pen_down=down), pixel=1.0, rate=50.0)
    lifted = coarse.t[~coarse.pen_down]
    assert lifted.min() >= item.t[40] - 1e-3 and lifted.max() <= item.t[49] + 1e-3
