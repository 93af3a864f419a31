"""Pen features of Bromley, Guyon, LeCun, Säckinger and Shah 1993 (NIPS 6), "Preprocessing".

The path is made independent of place, slope and size, resampled to points equally far apart *in time*, and described at
each point by position, rhythm and direction. Equal spacing in time is what punishes a forger who draws the right shape
at the wrong speed.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.strokes import Signature

PenFeature = Literal[
    "pen", "x", "y", "speed", "centripetal", "tangential", "cos_direction", "sin_direction", "cos_turn", "sin_turn"
]
"""The ten candidates of the paper, of which each of its networks takes eight."""
PenUp = Literal["keep", "drop"]
Floats = NDArray[np.float64]

POINTS = 200
BOUNDED = frozenset({"pen", "cos_direction", "sin_direction", "cos_turn", "sin_turn"})
"""Features that lie in [-1, 1] by nature and are never scaled."""
_MIN_STEP = 1e-6
"""A step shorter than this, in standard deviations of y, has no direction."""


def normalised_paths(
    signatures: Sequence[Signature], points: int = POINTS, pen_up: PenUp = "keep"
) -> tuple[Floats, Floats, Floats, Floats]:
    """``x``, ``y``, pen state [N, ``points``] of every signature, and seconds [N] from one point to the next.

    The linear fit of x(t) and of y(t) is subtracted, both are divided by the standard deviation of what is left of y,
    and the path is linearly interpolated at ``points`` times equally spaced between its first and last point. The pen
    state is 1 between two recorded points that are both down, else -1. ``pen_up="drop"`` first takes out the points
    where the pen is up, together with the time around them.

    Raises:
        BadDataError: a signature has less than two points (left), takes no time, or has no height.
    """
    rows = [_normalised_path(signature, points, pen_up, number) for number, signature in enumerate(signatures)]
    paths = np.array([path for path, _ in rows], dtype=np.float64).reshape(len(rows), 3, points)
    return paths[:, 0], paths[:, 1], paths[:, 2], np.array([interval for _, interval in rows], dtype=np.float64)


def without_trend(t: Floats, values: Floats) -> Floats:
    """``values`` [N] minus their least-squares straight line over ``t`` [N]; ``t`` must not be constant."""
    centred = t - t.mean()
    slope = centred @ values / (centred @ centred)
    return values - values.mean() - slope * centred


def pen_features(x: Floats, y: Floats, pen: Floats, interval: Floats) -> dict[PenFeature, Floats]:
    """The ten features of paths [..., T >= 3] whose points are ``interval`` [...] seconds apart; each is [..., T].

    Speed is in lengths per second and both accelerations in lengths per second squared; the centripetal one is a
    magnitude. The direction is that of the velocity, and the turn is the change of direction from the point before to
    the point after. Where the pen rests there is no direction: its cosine and sine, and those of the turn, are 0.
    """
    rate = 1 / interval[..., None]
    vx, vy = _derivative(x) * rate, _derivative(y) * rate
    ax, ay = _derivative(vx) * rate, _derivative(vy) * rate
    speed = np.hypot(vx, vy)
    moving = speed > _MIN_STEP * rate
    inverse = np.divide(1.0, speed, where=moving, out=np.zeros_like(speed))
    cos, sin = vx * inverse, vy * inverse
    before_cos, after_cos = _neighbours(cos)
    before_sin, after_sin = _neighbours(sin)
    return {
        "pen": pen,
        "x": x,
        "y": y,
        "speed": speed,
        "centripetal": np.abs(vx * ay - vy * ax) * inverse,
        "tangential": (vx * ax + vy * ay) * inverse,
        "cos_direction": cos,
        "sin_direction": sin,
        "cos_turn": before_cos * after_cos + before_sin * after_sin,
        "sin_turn": before_cos * after_sin - before_sin * after_cos,
    }


def stack_features(
    signatures: Sequence[Signature], names: Sequence[PenFeature], points: int = POINTS, pen_up: PenUp = "keep"
) -> NDArray[np.float32]:
    """[N, len(names), ``points``], unscaled; errors as for :func:`normalised_paths`."""
    features = pen_features(*normalised_paths(signatures, points, pen_up))
    return np.stack([features[name] for name in names], axis=1).astype(np.float32)


def feature_scales(
    stacked: NDArray[np.float32], names: Sequence[PenFeature], share: float = 0.9
) -> NDArray[np.float32]:
    """Divisors [F] that bring ``share`` of the values of ``stacked`` [N, F, T] into [-1, 1]; 1 for bounded features.

    The paper asks for "the majority"; the divisors are learned once, on training data, and belong to the model.
    """
    scales = np.quantile(np.abs(stacked).transpose(1, 0, 2).reshape(len(names), -1), share, axis=1)
    bounded = np.array([name in BOUNDED for name in names])
    return np.where(bounded | (scales == 0), 1.0, scales).astype(np.float32)


def _normalised_path(signature: Signature, points: int, pen_up: PenUp, number: int) -> tuple[Floats, float]:
    t, x, y = (np.asarray(channel, dtype=np.float64) for channel in (signature.t, signature.x, signature.y))
    down = np.asarray(signature.pen_down, dtype=bool)
    # Some tablets record a pen-up path, others only mark the point where the pen lands again: both make the way there.
    drawn = down[1:] & down[:-1]
    if pen_up == "drop":
        t = np.concatenate([t[:1], t[0] + np.cumsum(np.diff(t) * drawn)])
        t, x, y = t[down], x[down], y[down]
        drawn = np.ones(max(len(t) - 1, 0), dtype=bool)
    if len(t) < 2 or t[-1] <= t[0]:
        raise BadDataError(
            f"signature {number}: {len(t)} points over {t[-1] - t[0] if len(t) else 0:g} s cannot be resampled; "
            "a signature needs at least two points with the pen down at different times"
        )
    x, y = without_trend(t, x), without_trend(t, y)
    size = y.std()
    if not size > _MIN_STEP * (np.abs(y).max() + np.abs(x).max()):
        raise BadDataError(f"signature {number}: all points lie on one line, so its size is unknown; sign again")
    times = np.linspace(t[0], t[-1], points)
    segment = np.minimum(np.searchsorted(t, times, side="right") - 1, len(t) - 2)
    pen = np.where(drawn[segment], 1.0, -1.0)
    path = np.stack([np.interp(times, t, x) / size, np.interp(times, t, y) / size, pen])
    return path, float(times[1] - times[0])


def _derivative(values: Floats) -> Floats:
    # Second order at the ends too, so that constant acceleration is exact everywhere.
    return np.gradient(values, axis=-1, edge_order=2)


def _neighbours(values: Floats) -> tuple[Floats, Floats]:
    """The value before and after each point; the ends are repeated."""
    padded = np.concatenate([values[..., :1], values, values[..., -1:]], axis=-1)
    return padded[..., :-2], padded[..., 2:]
