"""Copies of real signatures, disguised; and real second signatures, which must never be called copies."""

from dataclasses import replace

import numpy as np
import pytest

from shoestring.data.strokes import Signature
from shoestring.similarity.replay import COPY_BELOW, POINTS, check, difference, trace


def pen(seed=0, points=150):
    """A smooth scribble of two strokes at an uneven speed."""
    draw = np.random.default_rng(seed)
    t = np.cumsum(draw.uniform(0.008, 0.012, size=points))
    phase = t / t[-1] * 2 * np.pi
    waves = [sum(draw.normal() * np.sin(k * phase + 6 * draw.random()) for k in range(1, 9)) for _ in range(2)]
    x, y, t = (column.astype(np.float32) for column in (300 * t / t[-1] + 40 * waves[0], 40 * waves[1], t - t[0]))
    down = np.ones(points, bool)
    down[points // 2] = False
    return Signature(x=x, y=y, t=t, pen_down=down, pressure=None)


def moved(signature, x=None, y=None, t=None):
    columns = {"x": x, "y": y, "t": t}
    return replace(signature, **{k: np.asarray(v, np.float32) for k, v in columns.items() if v is not None})


def width(signature):
    return float(np.ptp(signature.x[signature.pen_down]))


def rotated(s):
    return moved(s, s.x * np.cos(0.3) - s.y * np.sin(0.3), s.x * np.sin(0.3) + s.y * np.cos(0.3))


def noisy(s):
    draw = np.random.default_rng(len(s))
    noise = 0.005 * width(s) * draw.normal(size=(2, len(s)))
    return moved(s, s.x + noise[0], s.y + noise[1])


def other_rhythm(s):
    end = float(s.t[-1])
    return moved(s, t=s.t + 0.05 * end * np.sin(2 * np.pi * s.t / end))


DISGUISES = {
    "as it is": lambda s: s,
    "moved": lambda s: moved(s, s.x + 1234, s.y - 77),
    "scaled": lambda s: moved(s, s.x * 0.31, s.y * 0.31),
    "later": lambda s: moved(s, t=s.t + 3),
    "slower": lambda s: moved(s, t=s.t * 1.5),
    "another rhythm": other_rhythm,
    "rotated": rotated,
    "stretched by 5 %": lambda s: moved(s, s.x * 1.05),
    "noise of 0.5 % of the width": noisy,
    "on a grid of 300 pixels": lambda s: moved(s, *(np.round(c / width(s) * 300) for c in (s.x, s.y))),
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize("seed", range(3))
def test_a_disguised_copy_is_found(disguise, seed):
    stored = {"a": pen(seed + 10), "b": pen(seed), "c": pen(seed + 20)}
    answer = check(disguise(pen(seed)), stored)
    assert answer.suspected and answer.nearest == "b" and answer.difference < COPY_BELOW


def test_another_drawing_is_no_copy():
    answer = check(pen(1), {"a": pen(2), "b": pen(3)})
    assert not answer.suspected and answer.difference > 10 * COPY_BELOW
    assert check(pen(1), {}) == type(answer)(False, None, None)


def test_difference_by_hand():
    # Constant offset d in one coordinate after normalisation: both halves equal, so the distance is that of one.
    left = trace(pen(4))
    assert left.shape == (2 * POINTS, 2) and left.dtype == np.float32
    for half in (left[:POINTS], left[POINTS:]):
        assert half.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
        assert np.square(half).sum(axis=1).mean() == pytest.approx(1, abs=1e-5)
    mirrored = left * np.array([1, -1], np.float32)
    slow = [
        min(
            np.sqrt(
                np.square(left[half] - mirrored[half] @ [[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]).sum(1).mean()
            )
            for a in np.linspace(0, 2 * np.pi, 2001)
        )
        for half in (slice(None, POINTS), slice(POINTS, None))
    ]
    assert difference(left, mirrored) == pytest.approx(min(slow), abs=1e-4)
    assert difference(left, left) == pytest.approx(0, abs=1e-6)


def test_a_dot_has_a_trace_and_matches_nothing_but_dots():
    dot = Signature(
        x=np.ones(3, np.float32), y=np.ones(3, np.float32), t=np.arange(3, dtype=np.float32), pen_down=np.ones(3, bool)
    )
    assert not trace(dot).any()
    hover = replace(dot, pen_down=np.zeros(3, bool))
    assert not trace(hover).any()
    assert difference(trace(dot), trace(pen(0))) == pytest.approx(1, abs=1e-4)


def test_no_genuine_pair_of_svc2004_is_called_a_copy_and_every_copy_is(shared_data):
    from shoestring.data.stroke_files import read_signatures

    signatures = read_signatures(shared_data / "svc2004_task2")
    traces = np.stack([trace(signature) for signature in signatures])
    nearest = []
    for writer in np.unique(signatures.identity):
        mine = np.flatnonzero((signatures.identity == writer) & signatures.genuine)
        pairs = [(a, b) for place, a in enumerate(mine) for b in mine[place + 1 :]]
        nearest.append(min(difference(traces[a], traces[b]) for a, b in pairs))
    assert min(nearest) > 1.8 * COPY_BELOW
    for disguise in (rotated, other_rhythm, noisy, DISGUISES["on a grid of 300 pixels"]):
        found = [difference(traces[i], trace(disguise(signatures[i]))) < COPY_BELOW for i in range(0, 1200, 13)]
        assert np.mean(found) > 0.98
