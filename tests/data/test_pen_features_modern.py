import numpy as np
import pytest
from scipy.signal import butter, filtfilt

from shoestring.core.errors import BadDataError
from shoestring.data.pen_features_modern import (
    DSDTW_FEATURES,
    RATE,
    InkPath,
    ink_path,
    low_pass,
    modern_features,
    stack,
    standardise,
)
from shoestring.data.strokes import Signature


def signature(x, y, t, down=None, **optional):
    down = np.ones(len(x), dtype=bool) if down is None else np.asarray(down, dtype=bool)
    channels = {name: np.asarray(values, dtype=np.float32) for name, values in optional.items()}
    return Signature(*(np.asarray(c, dtype=np.float32) for c in (x, y, t)), down, **channels)


def circle(radius=2.0, turns=2.0, seconds=2.0, rate=RATE):
    t = np.arange(int(seconds * rate) + 1) / rate
    angle = 2 * np.pi * turns * t / seconds
    return InkPath(radius * np.cos(angle), radius * np.sin(angle), t)


def test_a_circle_has_the_derivatives_of_a_circle():
    features = modern_features(circle())
    inner = slice(5, -5)
    # Constant speed: what is left of it after standardising is noise of the edges; direction turns evenly.
    assert features["log_speed"][inner] == pytest.approx(np.log(1.1 * 2 * 2 * np.pi), abs=2e-3)
    angle = np.unwrap(np.arctan2(features["sin"], features["cos"]))
    assert np.diff(angle)[inner] == pytest.approx(2 * np.pi / RATE, rel=1e-3)
    # Acceleration points inwards: minus position, both standardised.
    assert features["ax"][inner] == pytest.approx(-features["x"][inner], abs=0.05)
    # The jerk is minus the velocity.
    assert features["jy"][inner] == pytest.approx(-features["vy"][inner], abs=0.1)


def test_tangential_and_centripetal_parts_make_up_the_acceleration():
    t = np.arange(300) / RATE
    # Never slow: at a cusp, differences of sampled speeds are not the derivative.
    path = InkPath(np.sin(3 * t) * 20 + 100 * t, np.cos(4 * t) * 20, t)
    vx, vy = np.gradient(path.x) * RATE, np.gradient(path.y) * RATE
    ax, ay = np.gradient(vx) * RATE, np.gradient(vy) * RATE
    speed = np.hypot(vx, vy)
    features = modern_features(path)
    inner = slice(5, -5)
    cross = (vx * ay - vy * ax) / speed
    along = (vx * ax + vy * ay) / speed
    for name, expected in (("centripetal", cross), ("tangential", along), ("total", np.hypot(cross, along))):
        assert np.corrcoef(features[name][inner], expected[inner])[0, 1] > 0.999, name


def test_features_do_not_depend_on_place_and_standardised_ones_not_on_size():
    path = circle()
    moved = InkPath(7 * path.x + 100, 7 * path.y - 50, path.seconds)
    before, after = modern_features(path), modern_features(moved)
    for name in before:
        shift = np.log(7) if name == "log_speed" else 0.0
        assert after[name] == pytest.approx(before[name] + shift, abs=1e-6), name


def test_optional_features_exist_only_with_their_channel():
    path = circle()
    assert not {"pressure", "pressure_level", "tilt_x"} & set(modern_features(path))
    full = InkPath(path.x, path.y, path.seconds, np.linspace(0, 1, len(path)), path.x, path.y)
    assert set(DSDTW_FEATURES) <= set(modern_features(full)) and len(DSDTW_FEATURES) == 12
    assert modern_features(full)["pressure_level"] == pytest.approx(np.linspace(0, 1, len(path)))


def test_lifted_time_is_left_out_and_the_gap_is_crossed_at_mean_speed():
    # Ten units in 1 s, a pause of 5 s over a gap of 10 units, ten units in 1 s.
    t = np.concatenate([np.linspace(0, 1, 51), [3.5], np.linspace(6, 7, 51)])
    x = np.concatenate([np.linspace(0, 10, 51), [15], np.linspace(20, 30, 51)])
    down = np.ones(len(t), dtype=bool)
    down[51] = False
    path = ink_path(signature(x, np.zeros_like(x), t, down), cutoff=50.0)
    assert len(path) == 301
    assert np.diff(path.x) == pytest.approx(0.1, abs=1e-3)
    # The clock of the signature survives, for a replay.
    assert path.seconds[0] == 0 and path.seconds[-1] == pytest.approx(7) and (np.diff(path.seconds) > 0).all()


def test_a_recorded_hover_path_changes_nothing():
    t = np.arange(200) / 100
    x, y = np.cos(3 * t) * 50, np.sin(2 * t) * 50
    down = np.ones(200, dtype=bool)
    down[80:120] = False
    hover = ink_path(signature(x, y, t, down))
    strayed = np.where(down, x, 500.0)
    assert ink_path(signature(strayed, y, t, down)).x == pytest.approx(hover.x)


def test_devices_with_other_rates_give_nearly_the_same_path():
    fast, slow = np.arange(0, 2, 0.005), np.arange(0, 2, 1 / 60)
    paths = [ink_path(signature(50 * np.cos(4 * t), 50 * np.sin(3 * t), t)) for t in (fast, slow)]
    shortest = min(map(len, paths)) - 3
    assert paths[0].x[:shortest] == pytest.approx(paths[1].x[:shortest], abs=0.5)


def test_low_pass_is_scipys_zero_phase_butterworth():
    noise = np.random.default_rng(0).normal(size=400)
    b, a = butter(4, 10.0, fs=100.0)
    assert low_pass(noise, 10.0)[40:-40] == pytest.approx(filtfilt(b, a, noise)[40:-40], abs=1e-6)
    assert low_pass(noise, 50.0) is noise
    t = np.arange(400) / 100
    assert np.abs(low_pass(np.sin(2 * np.pi * 2 * t), 10.0) - np.sin(2 * np.pi * 2 * t))[20:-20].max() < 0.01
    assert np.abs(low_pass(np.sin(2 * np.pi * 30 * t), 10.0))[20:-20].max() < 0.01


def test_standardise_and_stack():
    series = standardise(np.array([1.0, 2.0, 3.0, 6.0]))
    assert series.mean() == pytest.approx(0) and series.std() == pytest.approx(1)
    assert (standardise(np.full(5, 3.0)) == 0).all()
    features = modern_features(circle())
    table = stack(features, ("x", "cos"), 3)
    assert table.flags.c_contiguous and table.shape == (-(-201 // 3), 2)
    assert (table[:, 1] == features["cos"][::3]).all()


@pytest.mark.parametrize(
    ("x", "down"), [([0, 1, 2], [1, 0, 0]), ([3, 3, 3], [1, 1, 1]), ([0, 5, 9], [1, 0, 1])],
    ids=["one point", "no extent", "only dots"],
)  # fmt: skip
def test_what_has_no_ink_is_refused(x, down):
    with pytest.raises(BadDataError):
        ink_path(signature(x, [0, 0, 0], [0, 0.1, 0.2], down))
