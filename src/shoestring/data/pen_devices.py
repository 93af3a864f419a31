"""What devices add to or take from synthetic signatures: the tilt of a pen, the coarse clock and grid of a browser."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shoestring.data.strokes import Signature, SignatureSet, repair

Array = NDArray[np.float64]
MEAN = np.array([0.40, -0.34])
"""Lean of a right-handed writer's pen, seen from above, as a share of its length: to the right and towards the body."""
PEOPLE, SESSION, SAMPLE, WANDER = 0.11, 0.035, 0.02, 0.03
"""Standard deviations of that lean between people, between sessions, between signatures and within one."""
_PERIOD = 0.4
"""Seconds in which the lean wanders."""


def with_posture(samples: SignatureSet, seed: int = 0) -> SignatureSet:
    """The same signatures with azimuth and altitude; forgers hold the pen their own way.

    Genuine items keep their writer's posture, with a new session half way through. Items that have angles are replaced,
    too. The same arguments give the same set.
    """
    signatures = list(samples.signatures)
    for number, writer in enumerate(np.unique(samples.identity)):
        rng = np.random.default_rng([seed, number])
        own = MEAN + rng.normal(scale=PEOPLE, size=2)
        genuine = np.flatnonzero((samples.identity == writer) & samples.genuine)
        genuine = genuine[np.argsort(samples.sample[genuine], kind="stable")]
        for session in np.array_split(genuine, 2):
            today = own + rng.normal(scale=SESSION, size=2)
            for row in session:
                signatures[row] = hold(signatures[row], today + rng.normal(scale=SAMPLE, size=2), rng)
        for row in np.flatnonzero((samples.identity == writer) & ~samples.genuine):
            signatures[row] = hold(signatures[row], MEAN + rng.normal(scale=PEOPLE, size=2), rng)
    return replace(samples, signatures=tuple(signatures))


def hold(signature: Signature, lean: Array, rng: np.random.Generator) -> Signature:
    """``signature`` drawn with a pen that leans by ``lean`` [2] on average; see :data:`MEAN`."""
    seconds = np.asarray(signature.t, dtype=np.float64)
    knots = np.arange(seconds[0] - _PERIOD, seconds[-1] + 2 * _PERIOD, _PERIOD)
    paths = [np.interp(seconds, knots, rng.normal(scale=WANDER, size=len(knots))) + mean for mean in lean]
    x, y = paths
    flat = np.clip(np.hypot(x, y), 1e-6, 0.95)
    azimuth = np.mod(np.arctan2(y, x), 2 * np.pi).astype(np.float32)
    # Rounding to single precision must not reach the full turn itself.
    azimuth[azimuth >= np.float32(2 * np.pi)] = 0
    return replace(signature, azimuth=azimuth, altitude=np.arccos(flat).astype(np.float32))


def as_pointer(signature: Signature, pixel: float, rate: float) -> Signature:
    """``signature`` as a mouse in a browser would have drawn it: points on a grid, no pressure, no angles.

    ``pixel`` is the size of a grid cell in the signature's units, ``rate`` the events a second. Each point keeps the
    pen state in force at its time; all strokes survive.
    """
    t = np.asarray(signature.t, dtype=np.float64)
    even = np.arange(t[0], t[-1] + 1e-9, 1 / rate)
    # The ends of strokes are events of their own, whatever the rate.
    change = np.flatnonzero(np.diff(signature.pen_down.astype(np.int8)))
    times = np.union1d(even, np.concatenate([t[:1], t[change], t[change + 1], t[-1:]]))
    times = times[np.append(True, np.diff(times) > 1e-4)]
    x, y = (np.round(np.interp(times, t, c) / pixel) * pixel for c in (signature.x, signature.y))
    down = signature.pen_down[np.clip(np.searchsorted(t, times + 1e-6, side="right") - 1, 0, len(t) - 1)]
    made = repair(x, y, times, down, where="browser pointer")[0]
    return replace(made, pressure=None, azimuth=None, altitude=None)
