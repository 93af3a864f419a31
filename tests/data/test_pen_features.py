import math

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.pen_features import (
    BOUNDED,
    feature_scales,
    normalised_paths,
    pen_features,
    stack_features,
    without_trend,
)
from shoestring.data.stroke_files import read_signatures
from shoestring.data.strokes import Signature

ALL = (
    "pen", "x", "y", "speed", "centripetal", "tangential", "cos_direction", "sin_direction", "cos_turn", "sin_turn",
)  # fmt: skip


def signature(x, y, t, down=None):
    x, y, t = (np.asarray(values, dtype=np.float32) for values in (x, y, t))
    return Signature(x, y, t, np.ones(len(x), dtype=bool) if down is None else np.asarray(down, dtype=bool))


def scribble(seed=0, points=60):
    draw = np.random.default_rng(seed)
    t = np.cumsum(draw.uniform(0.005, 0.02, points))
    return signature(draw.normal(size=points).cumsum(), draw.normal(size=points).cumsum(), t - t[0])


def features_at(path, interval=0.01):
    x, y = np.asarray(path, dtype=np.float64)
    return pen_features(x, y, np.ones_like(x), np.array(interval))


def test_trend_is_what_a_least_squares_line_leaves():
    t, values = np.array([0.0, 1.0, 2.0, 5.0]), np.array([1.0, 4.0, 2.0, 7.0])
    slope, start = np.polyfit(t, values, 1)
    assert without_trend(t, values) == pytest.approx(values - (start + slope * t), abs=1e-12)


def test_place_slope_and_size_do_not_matter():
    plain = scribble()
    moved = signature(3 * plain.x + 40 + 25 * plain.t, 3 * plain.y - 7 - 60 * plain.t, plain.t)
    assert stack_features([moved], ALL)[0] == pytest.approx(stack_features([plain], ALL)[0], rel=1e-3, abs=1e-3)


def test_both_axes_are_divided_by_the_spread_of_y_before_resampling():
    t = np.array([0.0, 0.1, 0.2, 0.3])
    # Both channels have no trend over t, y has a population standard deviation of 2.
    x, y, _, interval = normalised_paths([signature([5, -5, -5, 5], [2, -2, -2, 2], t)], points=4)
    assert x[0] == pytest.approx([2.5, -2.5, -2.5, 2.5], abs=1e-6)
    assert y[0] == pytest.approx([1, -1, -1, 1], abs=1e-6)
    assert interval == pytest.approx([0.1])


def test_points_are_equally_far_apart_in_time_not_in_place():
    # The pen rests from 0.1 s to 0.3 s: half of the time, so half of the points.
    x, _, _, interval = normalised_paths([signature([0, 1, 1, 0], [0, 1, 1, 0], [0, 0.1, 0.3, 0.4])], points=5)
    assert interval == pytest.approx([0.1])
    assert x[0, 2:4] == pytest.approx(x[0, 1])
    assert x[0, 0] == pytest.approx(-x[0, 1])


def test_the_pen_is_down_only_between_two_recorded_points_that_are():
    t = np.linspace(0, 0.5, 6)
    path = signature([0, 1, 2, 2, 1, 0], [0, 1, 0, 1, 0, 1], t, down=[1, 1, 0, 1, 1, 1])
    # Two points inside each of the five stretches; the points in between belong to either side.
    assert normalised_paths([path], points=16)[2].reshape(-1)[1:].reshape(5, 3)[:, :2].tolist() == [
        [1, 1], [-1, -1], [-1, -1], [1, 1], [1, 1],
    ]  # fmt: skip


def test_dropping_the_lifted_pen_takes_its_points_and_its_time():
    drawn = signature([0, 1, 1, 0], [0, 1, 0, 1], [0, 0.1, 0.1, 0.2])
    lifted = signature([0, 1, 9, 1, 0], [0, 1, 9, 0, 1], [0, 0.1, 0.5, 0.9, 1.0], down=[1, 1, 0, 1, 1])
    dropped = normalised_paths([lifted], points=7, pen_up="drop")
    expected = normalised_paths([drawn], points=7)
    assert all(got == pytest.approx(wanted, abs=1e-5) for got, wanted in zip(dropped, expected, strict=True))


def test_a_circle_has_the_acceleration_and_the_turn_of_the_text_book():
    radius, omega, interval = 2.0, 3.0, 0.001
    angle = omega * interval * np.arange(300)
    features = features_at(radius * np.stack([np.cos(angle), np.sin(angle)]), interval)
    inside = slice(2, -2)
    assert features["speed"][inside] == pytest.approx(radius * omega, rel=1e-4)
    assert features["centripetal"][inside] == pytest.approx(radius * omega**2, rel=1e-4)
    assert features["tangential"][inside] == pytest.approx(0, abs=1e-3)
    assert features["cos_direction"][inside] == pytest.approx(-np.sin(angle)[inside], abs=1e-6)
    # From the point before to the point after are two intervals; leftwards is positive.
    assert features["sin_turn"][inside] == pytest.approx(math.sin(2 * omega * interval), rel=1e-6)
    assert features["cos_turn"][inside] == pytest.approx(math.cos(2 * omega * interval), rel=1e-9)


def test_a_straight_accelerated_line_is_exact_up_to_its_ends():
    t = 0.01 * np.arange(50)
    features = features_at([0.6 * 7 / 2 * t**2, -0.8 * 7 / 2 * t**2])
    assert features["speed"] == pytest.approx(7 * t, abs=1e-9)
    assert features["tangential"][1:] == pytest.approx(7, rel=1e-9)
    assert features["centripetal"] == pytest.approx(0, abs=1e-9)
    assert features["cos_direction"][1:] == pytest.approx(0.6) and features["sin_direction"][1:] == pytest.approx(-0.8)


def test_every_feature_equals_a_slow_loop():
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(2, 30)).cumsum(axis=1)
    h = 0.02
    features = features_at([x, y], h)

    def rate(values, i):
        return (values[i + 1] - values[i - 1]) / (2 * h)

    vx = [0.0, *(rate(x, i) for i in range(1, 29)), 0.0]
    vy = [0.0, *(rate(y, i) for i in range(1, 29)), 0.0]
    for i in range(3, 27):
        speed, direction = math.hypot(vx[i], vy[i]), math.atan2(vy[i], vx[i])
        ax, ay = rate(vx, i), rate(vy, i)
        turn = math.atan2(vy[i + 1], vx[i + 1]) - math.atan2(vy[i - 1], vx[i - 1])
        slow = {
            "pen": 1.0, "x": x[i], "y": y[i], "speed": speed,
            # The acceleration turned into the frame of the moving pen.
            "tangential": ax * math.cos(direction) + ay * math.sin(direction),
            "centripetal": abs(-ax * math.sin(direction) + ay * math.cos(direction)),
            "cos_direction": math.cos(direction), "sin_direction": math.sin(direction),
            "cos_turn": math.cos(turn), "sin_turn": math.sin(turn),
        }  # fmt: skip
        assert {name: values[i] for name, values in features.items()} == pytest.approx(slow, abs=1e-9)


def test_a_resting_pen_has_no_direction():
    features = features_at([[0, 1, 1, 1, 1, 1, 2], [0, 0, 0, 0, 0, 0, 0]])
    assert features["cos_direction"][3] == features["sin_direction"][3] == 0
    assert features["cos_turn"][3] == 0 and features["speed"][3] == features["tangential"][3] == 0


def test_slow_writing_is_seen_although_the_number_of_points_is_equal():
    quick = scribble()
    slow = signature(quick.x, quick.y, 2 * quick.t)
    (speed, gain), (half, quarter) = stack_features([quick, slow], ["speed", "tangential"])
    assert half == pytest.approx(speed / 2, rel=1e-2, abs=1e-2)
    assert quarter == pytest.approx(gain / 4, rel=1e-2, abs=1e-2 * float(np.abs(gain).max()))


def test_scales_bring_the_majority_into_the_unit_interval_and_leave_bounded_features():
    stacked = stack_features([scribble(seed) for seed in range(8)], ALL)
    scales = feature_scales(stacked, ALL, share=0.9)
    inside = (np.abs(stacked / scales[:, None]) <= 1).mean(axis=(0, 2))
    assert all(scales[i] == 1 for i, name in enumerate(ALL) if name in BOUNDED)
    assert inside[[name not in BOUNDED for name in ALL]] == pytest.approx(0.9, abs=0.001)
    assert feature_scales(np.zeros((2, 1, 5), np.float32), ["speed"]).tolist() == [1]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (signature([0, 1, 2], [0, 1, 0], [1, 1, 1]), "resampled"),
        (signature([0, 1, 2], [0, 1, 2], [0, 0.1, 0.2]), "on one line"),
        (signature([5, 5, 5], [7, 7, 7], [0, 0.1, 0.2]), "on one line"),
    ],
)
def test_what_has_no_time_or_no_size_is_refused_by_its_number(bad, message):
    with pytest.raises(BadDataError, match=f"signature 1: .*{message}"):
        stack_features([scribble(), bad], ALL)


def test_a_pen_that_never_touches_is_refused_only_where_its_path_is_dropped():
    hovering = signature([0, 1, 2, 0], [0, 1, 0, 2], [0, 0.1, 0.2, 0.3], down=[0, 0, 0, 0])
    assert np.isfinite(stack_features([hovering], ALL)).all()
    with pytest.raises(BadDataError, match="0 points"):
        stack_features([hovering], ALL, pen_up="drop")


def test_real_signatures_all_have_finite_features(shared_data):
    samples = read_signatures(shared_data / "svc2004_task2")
    for pen_up in ("keep", "drop"):
        stacked = stack_features(samples, ALL, pen_up=pen_up)
        assert stacked.shape == (1200, 10, 200) and np.isfinite(stacked).all()
