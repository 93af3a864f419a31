"""Decomposition of a recorded pen path into lognormal strokes.

This is not the robust XZERO extraction of O'Reilly & Plamondon 2009, which adds strokes one by one, but a shorter way
to the same model: one stroke for each stretch between two minima of the speed, all parameters of a path then fitted
together by least squares on the velocity. How well it does is measured by :func:`snr`.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import least_squares

from shoestring.data.lognormal_strokes import Strokes, through

Array = NDArray[np.float64]

SMOOTHING = 0.008
"""Seconds; a Gaussian of this width passes the 10 Hz of handwriting and damps the grain of tablets."""
SHORTEST = 0.03
"""Seconds; minima of the speed closer than this are grain, not strokes."""
PRIOR = (1.0, 0.1, 0.7, 0.35, 1.5, 1.5)
"""Standard deviations of (ln D, t0, mu, ln sigma, theta_s, theta_e) about their first guess: strokes that the data do
not determine must not run away."""
PRIOR_WEIGHT = 0.02
"""Noise of the velocity against its root mean square, which sets the prior against the data."""


def fit(t: Array, place: Array, evaluations: int = 25) -> Strokes:
    """Lognormal strokes whose velocity follows that of a path ``place`` [N, 2] at the regular times ``t`` [N], N >= 4.

    ``evaluations`` bounds the Levenberg-Marquardt steps.
    """
    observed = velocity(t, place)
    first = _first_guess(t, observed)
    scale = float(np.sqrt(np.mean(observed**2)))
    if scale == 0:
        return first
    guess = _pack(first)
    weight = PRIOR_WEIGHT / np.repeat(PRIOR, len(first))

    def residual(parameters: Array) -> Array:
        difference = (_unpack(parameters).velocity(t) - observed) / scale
        return np.concatenate([difference.T.ravel(), weight * (parameters - guess)])

    def jacobian(parameters: Array) -> Array:
        return np.concatenate([_jacobian(_unpack(parameters), t) / scale, np.diag(weight)])

    found = least_squares(residual, guess, jacobian, method="lm", max_nfev=evaluations)
    return _unpack(found.x) if np.isfinite(found.x).all() else first


def velocity(t: Array, place: Array) -> Array:
    """Velocity [N, 2] of a path at the regular times ``t``, freed from the grain of the device."""
    interval = (t[-1] - t[0]) / (len(t) - 1)
    smooth = gaussian_filter1d(place, SMOOTHING / interval, axis=0, mode="nearest")
    return np.asarray(np.gradient(smooth, interval, axis=0))


def snr(observed: Array, model: Array) -> float:
    """Signal-to-noise ratio of a reconstructed velocity [N, 2] in dB (O'Reilly & Plamondon 2009, section 4)."""
    noise = float(np.sum((observed - model) ** 2))
    return float(10 * np.log10(np.sum(observed**2) / max(noise, np.finfo(np.float64).tiny)))


def _first_guess(t: Array, observed: Array) -> Strokes:
    speed = np.hypot(observed[:, 0], observed[:, 1])
    interval = (t[-1] - t[0]) / (len(t) - 1)
    inside = np.flatnonzero((speed[1:-1] < speed[:-2]) & (speed[1:-1] <= speed[2:])) + 1
    borders = [0]
    for minimum in (*inside, len(t) - 1):
        if minimum - borders[-1] >= max(2, SHORTEST / interval):
            borders.append(int(minimum))
    borders[-1] = len(t) - 1
    if len(borders) < 2:
        borders = [0, len(t) - 1]
    begin, finish = np.array(borders[:-1]), np.array(borders[1:])
    distance = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * interval)])
    stretches = [slice(a, b + 1) for a, b in pairwise(borders)]
    start, end = np.array([_directions(observed[rows], distance[rows]) for rows in stretches]).T
    peaks = np.array([rows.start + np.argmax(speed[rows]) for rows in stretches])
    widths = np.maximum((finish - begin) * interval / 2.6, interval)
    k = len(begin)
    # Only times and widths are taken from here; lengths and directions follow the path itself.
    guess = through(np.zeros((k + 1, 2)), np.zeros(k), t[peaks], widths, np.full(k, 0.25))
    tiny = 1e-3 * distance[-1] + np.finfo(np.float64).tiny
    length = np.maximum(distance[finish] - distance[begin], tiny)
    return Strokes(length, guess.onset, guess.delay, guess.spread, start, end)


def _directions(observed: Array, distance: Array) -> tuple[float, float]:
    """Direction at the start and the end of a stroke, from its inner part: at its ends it turns into its neighbours."""
    angle = np.unwrap(np.arctan2(observed[:, 1], observed[:, 0]))
    share = (distance - distance[0]) / max(float(distance[-1] - distance[0]), np.finfo(np.float64).tiny)
    early, middle, late = np.interp((0.25, 0.5, 0.75), share, angle)
    turn = np.clip(2 * (late - early), -2 * np.pi, 2 * np.pi)
    return float(middle - turn / 2), float(middle + turn / 2)


def _pack(strokes: Strokes) -> Array:
    return np.concatenate(
        [np.log(strokes.length), strokes.onset, strokes.delay, np.log(strokes.spread), strokes.start, strokes.end]
    )


def _unpack(parameters: Array) -> Strokes:
    length, onset, delay, spread, start, end = parameters.reshape(6, -1)
    return Strokes(np.exp(np.clip(length, -50, 50)), onset, delay, np.exp(np.clip(spread, -4, 1)), start, end)


def _jacobian(strokes: Strokes, t: Array) -> Array:
    """Derivatives of all velocities by all parameters in the order of :func:`_pack`: [2 N, 6 K]."""
    since = np.maximum(t[:, None] - strokes.onset, np.finfo(np.float64).tiny)
    z = (np.log(since) - strokes.delay) / strokes.spread
    speed, done = strokes.speed(t), strokes.done(t)
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    turn = strokes.end - strokes.start
    angle = strokes.start + turn * done
    cos, sin = np.cos(angle), np.sin(angle)
    zero = np.zeros_like(speed)
    before = since <= np.finfo(np.float64).tiny
    by_onset = np.where(before, 0.0, speed * (1 + z / strokes.spread) / since)
    done_by_onset = np.where(before, 0.0, -density / (strokes.spread * since))
    # For each parameter: the derivative of the speed and that of the direction.
    parts = (
        (speed, zero),
        (by_onset, turn * done_by_onset),
        (speed * z / strokes.spread, -turn * density / strokes.spread),
        (speed * (z**2 - 1), -turn * density * z),
        (zero, 1 - done),
        (zero, done),
    )
    across = np.concatenate([along * cos - speed * bend * sin for along, bend in parts], axis=1)
    upward = np.concatenate([along * sin + speed * bend * cos for along, bend in parts], axis=1)
    return np.concatenate([across, upward])
