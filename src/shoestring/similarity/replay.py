"""Replay: nobody writes the same signature twice, so a copy that fits a stored one too well is a recording of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoestring.data.strokes import Signature

POINTS = 64
"""Points of each of the two paths in a trace."""
COPY_BELOW = 0.03
"""Two traces nearer than this are copies. Measured on SVC2004 task 2 (tests/similarity/test_replay.py): the nearest of
all 5,700 genuine pairs differ by 0.056, one pair in a thousand by less than 0.068; white noise of half a per cent of
the width, added to a copy, makes at most 0.026. What the check does not find: a copy with both another rhythm and
visible noise, or with its ends cut off."""


def trace(signature: Signature) -> NDArray[np.float32]:
    """The ink twice, as [2 * POINTS, 2]: equally spaced along its length, then equally spaced in time.

    Each half is centred and has a root mean square radius of 1, so place, size, sampling rate and start time drop out.
    The first half also ignores the timing, so a copy played at another rhythm is found; noise would lengthen its path
    and shift every point along it, so the second half finds the noisy copy that kept its rhythm. Ink of no extent gives
    zeros.
    """
    ink = signature.pen_down
    when = signature.t[ink].astype(np.float64)
    points = np.stack([signature.x[ink], signature.y[ink]], axis=1).astype(np.float64)
    if len(when) < 2 or when[-1] <= when[0]:
        return np.zeros((2 * POINTS, 2), dtype=np.float32)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    by_length = _at(points, along, np.linspace(0.0, along[-1], POINTS))
    by_time = _at(points, when, np.linspace(when[0], when[-1], POINTS))
    return np.concatenate([_normalised(by_length), _normalised(by_time)]).astype(np.float32)


def _at(points: NDArray[np.float64], along: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.interp(places, along, points[:, axis]) for axis in (0, 1)], axis=1)


def _normalised(path: NDArray[np.float64]) -> NDArray[np.float64]:
    path = path - path.mean(axis=0)
    radius = np.sqrt(np.square(path).sum(axis=1).mean())
    return path / radius if radius > 0 else path


def difference(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    """How far two traces are apart: 0 for copies, up to 1.4 for unrelated ones.

    The root mean square distance, point by point, after the best rotation, for the half of the traces in which it is
    smaller.
    """
    halves = [_turned(left[half], right[half]) for half in (slice(None, POINTS), slice(POINTS, None))]
    return min(halves)


def _turned(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    a, b = (side.astype(np.float64) @ np.array([1.0, 1.0j]) for side in (left, right))
    # |a - e^(i phi) b|^2 is least where the phase of the inner product is taken away, which leaves its modulus.
    squares = np.vdot(a, a).real + np.vdot(b, b).real - 2 * abs(np.vdot(a, b))
    return float(np.sqrt(max(squares, 0.0) / len(a)))


@dataclass(frozen=True)
class Replay:
    """Whether an item repeats a stored one too well."""

    suspected: bool
    nearest: str | None
    """Name of the nearest stored item; None without any."""
    difference: float | None
    """To that one, as :func:`difference`."""
    copy_below: float = COPY_BELOW


def check(probe: Signature, stored: Mapping[str, Signature]) -> Replay:
    """Compare a signature with every stored one of the person, forgeries and refused attempts included."""
    drawn = trace(probe)
    differences = {name: difference(drawn, trace(signature)) for name, signature in stored.items()}
    nearest = min(differences, key=lambda name: differences[name], default=None)
    value = None if nearest is None else differences[nearest]
    return Replay(value is not None and value < COPY_BELOW, nearest, value)
