"""Pen features of the verifiers after 2015: an evenly sampled, low-passed ink path and its derivatives.

The twelve features of :data:`DSDTW_FEATURES` are those of DsDTW (Jiang, Lai, Jin & Zhu 2022, "DsDTW: local
representation learning with deep soft-DTW for dynamic signature verification", section III-A); the others are in use
since the SVC2004 competition. All are local in time, so two signatures of different length can be laid over each other
by dynamic time warping (:mod:`shoestring.similarity.dtw`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.strokes import Signature

Floats = NDArray[np.float64]
ModernFeature = Literal[
    "x", "y", "vx", "vy", "ax", "ay", "jx", "jy", "speed", "cos", "sin", "angle", "log_curvature", "turn",
    "total", "tangential", "centripetal", "log_speed", "pressure", "pressure_level", "pressure_change", "tilt_x",
    "tilt_y",
]  # fmt: skip
DSDTW_FEATURES: tuple[ModernFeature, ...] = (
    "vx", "vy", "speed", "cos", "sin", "angle", "log_curvature", "total", "tangential", "centripetal", "turn",
    "pressure",
)  # fmt: skip
PRESSURE_FEATURES: frozenset[ModernFeature] = frozenset({"pressure", "pressure_level", "pressure_change"})
TILT_FEATURES: frozenset[ModernFeature] = frozenset({"tilt_x", "tilt_y"})
RATE = 100.0
"""Samples a second of an ink path: the tablets of the field; slower devices are interpolated."""
SHORTEST = 8
"""Samples of the shortest path: below this a derivative of third order means nothing."""
_ORDER = 4
_TURN_FLOOR = 1.0
"""Radians a second below which a path counts as straight."""
_SPEED_FLOOR = 0.05
_LOG_SPEED_FLOOR = 0.1
"""Shares of the mean speed that keep logarithms finite where the pen rests."""
_FASTEST_TURN = 40.0
"""Radians a second; beyond it a turn is a sampling artefact at a cusp."""
_FLAT = 1e-6


@dataclass(frozen=True, eq=False)
class InkPath:
    """What the pen drew, at :data:`RATE` samples a second of ink time; every array is float64 [T], T >= 8.

    Ink time leaves out how long the pen was lifted: a gap between two strokes is crossed on a straight line at the
    signature's mean speed. Devices that record a hover path and devices that do not thus give the same path.
    """

    x: Floats
    y: Floats
    """Device units, low-passed, y upwards."""
    seconds: Floats
    """Time of each sample on the clock of the signature it came from, lifted time included."""
    pressure: Floats | None = None
    """In [0, 1] of the device's range, low-passed."""
    tilt_x: Floats | None = None
    tilt_y: Floats | None = None
    """The pen as a unit vector, seen from above: both 0 upright, and without the jump of an angle at a full turn."""

    def __len__(self) -> int:
        return len(self.x)


def ink_path(signature: Signature, cutoff: float = 20.0) -> InkPath:
    """Even samples of what ``signature`` drew; coordinates and pressure lose what is faster than ``cutoff`` Hz.

    Raises:
        BadDataError: fewer than two pen-down points, or ink without length.
    """
    rows = np.flatnonzero(signature.pen_down)
    if len(rows) < 2:
        raise BadDataError(f"a signature with {len(rows)} pen-down points cannot be compared; sign again")
    x, y, t = (np.asarray(c, dtype=np.float64)[rows] for c in (signature.x, signature.y, signature.t))
    lifted = np.diff(rows) > 1
    length, step = np.hypot(np.diff(x), np.diff(y)), np.diff(t)
    if not length[~lifted].sum() > 0:
        raise BadDataError("a signature whose ink has no length cannot be compared; sign again")
    mean_speed = length[~lifted].sum() / max(step[~lifted].sum(), 1 / RATE)
    ink = np.concatenate([[0.0], np.cumsum(np.where(lifted, length / mean_speed, step))])
    moving = np.concatenate([[True], np.diff(ink) > 1e-6])
    ink, rows = ink[moving], rows[moving]
    even = np.linspace(0, ink[-1], max(int(ink[-1] * RATE) + 1, SHORTEST))

    def sampled(channel: NDArray[np.floating] | None) -> Floats | None:
        return None if channel is None else np.interp(even, ink, np.asarray(channel, dtype=np.float64)[rows])

    pressure, tilt_x, tilt_y = sampled(signature.pressure), None, None
    if signature.azimuth is not None and signature.altitude is not None:
        flat = np.cos(np.asarray(signature.altitude, dtype=np.float64))
        tilt_x, tilt_y = sampled(flat * np.cos(signature.azimuth)), sampled(flat * np.sin(signature.azimuth))
    return InkPath(
        low_pass(np.interp(even, ink, x[moving]), cutoff), low_pass(np.interp(even, ink, y[moving]), cutoff),
        np.interp(even, ink, t[moving]), None if pressure is None else low_pass(pressure, cutoff), tilt_x, tilt_y,
    )  # fmt: skip


def low_pass(series: Floats, cutoff: float, rate: float = RATE) -> Floats:
    """``series`` [T] through a Butterworth filter of fourth order, forwards and backwards, so without delay.

    A ``cutoff`` (Hz) at or above half the ``rate`` leaves it as it is.
    """
    if cutoff >= rate / 2:
        return series
    # Importing it takes most of a second, which encoders of texts, imported beside those of pens, would pay as well.
    from scipy.signal import sosfiltfilt

    return np.asarray(sosfiltfilt(_sections(cutoff, rate), series, padlen=min(len(series) - 1, 15)))


@cache
def _sections(cutoff: float, rate: float) -> Floats:
    from scipy.signal import butter

    # Designing the filter takes longer than applying it.
    return np.asarray(butter(_ORDER, cutoff, fs=rate, output="sos"))


def modern_features(path: InkPath) -> dict[ModernFeature, Floats]:
    """All features that the channels of ``path`` allow, each [T].

    Every one has mean 0 and standard deviation 1 over the signature, except those that mean something as they are:
    ``cos`` and ``sin`` of the direction, ``log_speed`` (natural logarithm of units a second), ``pressure_level``
    (device range) and the tilt (shares of the pen's length).
    """
    vx, vy = _rate_of(path.x), _rate_of(path.y)
    ax, ay = _rate_of(vx), _rate_of(vy)
    speed = np.hypot(vx, vy)
    mean_speed = max(float(speed.mean()), _FLAT)
    angle = np.unwrap(np.arctan2(vy, vx))
    turn, tangential = _rate_of(angle), _rate_of(speed)
    centripetal = speed * turn
    found: dict[ModernFeature, Floats] = {
        "x": standardise(path.x), "y": standardise(path.y),
        "vx": standardise(vx), "vy": standardise(vy),
        "ax": standardise(ax), "ay": standardise(ay),
        "jx": standardise(_rate_of(ax)), "jy": standardise(_rate_of(ay)),
        "speed": standardise(speed), "cos": np.cos(angle), "sin": np.sin(angle),
        "angle": standardise(np.arctan2(vy, vx)),
        "log_curvature": standardise(np.log((np.abs(turn) + _TURN_FLOOR) / (speed / mean_speed + _SPEED_FLOOR))),
        "turn": standardise(np.clip(turn, -_FASTEST_TURN, _FASTEST_TURN)),
        "total": standardise(np.hypot(tangential, centripetal)),
        "tangential": standardise(tangential), "centripetal": standardise(centripetal),
        "log_speed": np.log(speed + _LOG_SPEED_FLOOR * mean_speed),
    }  # fmt: skip
    if path.pressure is not None:
        found["pressure"] = standardise(path.pressure)
        found["pressure_level"] = path.pressure
        found["pressure_change"] = standardise(_rate_of(path.pressure))
    if path.tilt_x is not None and path.tilt_y is not None:
        found["tilt_x"], found["tilt_y"] = path.tilt_x, path.tilt_y
    return found


def stack(features: dict[ModernFeature, Floats], names: Sequence[ModernFeature], step: int = 1) -> Floats:
    """The named features as contiguous [ceil(T / step), len(names)], every ``step``-th sample."""
    return np.ascontiguousarray(np.stack([features[name][::step] for name in names], axis=1))


def standardise(series: Floats) -> Floats:
    """``series`` with mean 0 and standard deviation 1; all zeros where it does not vary."""
    return (series - series.mean()) / max(float(series.std()), _FLAT)


def _rate_of(series: Floats) -> Floats:
    return np.asarray(np.gradient(series) * RATE)
