"""More signatures from one: duplicates as the same hand would make them, and imitations by others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoestring.data.lognormal_fit import fit
from shoestring.data.lognormal_strokes import Strokes
from shoestring.data.strokes import Signature, repair

Array = NDArray[np.float64]
GAP = 3.0
"""Intervals without a point that count as a gap, in which the device saw no pen."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A stretch of N points without a gap, as lognormal strokes and what they leave over."""

    t: Array
    """[N], regular."""
    start: Array
    """[2] place of the first point."""
    strokes: Strokes | None
    """None for a stretch too short for a fit."""
    rest: Array
    """[N, 2] place minus start minus model, so that the sum gives the recording back."""
    down: NDArray[np.bool_]
    pressure: Array | None


def duplicates(signature: Signature, n: int, rng: np.random.Generator, amount: float = 1.0) -> tuple[Signature, ...]:
    """``n`` signatures as the writer of ``signature`` might have made them, at the same sampling rate.

    Each stretch between gaps is decomposed once into lognormal strokes (:func:`shoestring.data.lognormal_fit.fit`).
    Every duplicate then draws each stroke anew within the ranges of one person that Diaz, Fischer, Ferrer & Plamondon
    2018 ("Dynamic signature verification system based on one real signature") use: length, width in time and sigma
    +-10 %, time +-25 ms, directions +-0.1 rad; what the model left over is added back. On top come errors of the whole:
    size, tempo, the places where the pen is set down, the times of the gaps, and a little pressure. ``amount`` scales
    everything; 0 gives the recording back, resampled to a regular clock. Pen angles are left out.
    """
    interval = float(np.median(np.diff(signature.t)))
    pieces = _pieces(signature, interval)
    return tuple(_again(pieces, interval, amount, rng) for _ in range(n))


def _pieces(signature: Signature, interval: float) -> list[Piece]:
    t = signature.t.astype(np.float64)
    place = np.stack([signature.x, signature.y], axis=1).astype(np.float64)
    found = []
    for rows in _stretches(t, interval):
        grid = _ticks(t[rows], min(max(interval, 0.004), 0.01))
        path = np.stack([np.interp(grid, t[rows], place[rows, axis]) for axis in (0, 1)], axis=1)
        strokes = fit(grid, path) if len(grid) >= 6 and np.ptp(path, axis=0).max() > 0 else None
        rest = path - path[0]
        if strokes is not None:
            rest = rest - strokes.position(grid) + strokes.position(grid[:1])
        pressure = None if signature.pressure is None else np.interp(grid, t[rows], signature.pressure[rows])
        found.append(Piece(grid, path[0], strokes, rest, pen_state(grid, t[rows], signature.pen_down[rows]), pressure))
    return found


def _again(pieces: list[Piece], interval: float, amount: float, rng: np.random.Generator) -> Signature:
    size = np.exp(amount * rng.normal(0, 0.05, 2))
    tempo = np.exp(amount * rng.normal(0, 0.045))
    height = max(np.ptp(np.concatenate([piece.start + piece.rest for piece in pieces])[:, 1]), 1e-6)
    heavier = amount * rng.normal(0, 0.05)
    clock, places, presses = [], [], []
    end = 0.0
    for number, piece in enumerate(pieces):
        if number:
            gap = piece.t[0] - pieces[number - 1].t[-1]
            end += gap * tempo * np.exp(amount * rng.normal(0, 0.15))
        t = piece.t - piece.t[0]
        path = piece.rest
        if piece.strokes is not None:
            moved = _perturb(piece.strokes, amount, rng)
            path = path + moved.position(piece.t) - moved.position(piece.t[:1])
        drift = np.stack([0.035 * smooth_noise(t, 0.3, rng) + rng.normal(0, 0.05) for _ in range(2)], axis=1)
        places.append(size * (piece.start + path) + amount * height * drift)
        if piece.pressure is not None:
            own = amount * 0.05 * smooth_noise(t, 0.2, rng)
            presses.append(np.clip(piece.pressure + np.where(piece.down, heavier + own, 0), 0, 1))
        clock.append(end + tempo * t)
        end = clock[-1][-1]
    times = np.concatenate(clock)
    down = np.concatenate([piece.down for piece in pieces])
    pressure = np.concatenate(presses) if presses else None
    return resample(sample_times(times, interval), times, np.concatenate(places), down, pressure)


def _perturb(strokes: Strokes, amount: float, rng: np.random.Generator) -> Strokes:
    def within(reach: float) -> Array:
        return amount * rng.uniform(-reach, reach, len(strokes))

    # Onset, mu and sigma trade off against one another in a fit, so what is varied is what can be seen: the time of the
    # peak, the width and the skew.
    peak = strokes.peak() + within(0.025)
    spread = strokes.spread * (1 + within(0.1))
    width = np.exp(strokes.delay + strokes.spread**2 / 2) * np.sqrt(np.expm1(strokes.spread**2)) * (1 + within(0.1))
    delay = np.log(width / np.sqrt(np.expm1(spread**2))) - spread**2 / 2
    return Strokes(
        strokes.length * (1 + within(0.1)),
        peak - np.exp(delay - spread**2),
        delay,
        spread,
        strokes.start + within(0.1),
        strokes.end + within(0.1),
    )


def smooth_noise(t: Array, period: float, rng: np.random.Generator) -> Array:
    """A random smooth curve [N] over the places ``t`` (ascending, any unit), mean 0 and standard deviation about 1: a
    uniform cubic B-spline whose independent normal coefficients stand ``period`` apart."""
    place = (t - t[0]) / period
    knot = np.minimum(place.astype(np.int64), int(place[-1]))
    u = place - knot
    c = rng.standard_normal(int(place[-1]) + 4)
    basis = ((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3)
    # The squares of the basis add up to 151/315 on average (the basis itself to 1).
    return np.asarray(sum(part * c[knot + i] for i, part in enumerate(basis)) / 6 / np.sqrt(151 / 315))


def imitations(signature: Signature, n: int, rng: np.random.Generator) -> tuple[Signature, ...]:
    """``n`` skilled forgeries of a signature, by as many forgers, each with the sampling rate of the original.

    A forger knows the picture and draws it: the same geometry up to an own slant and proportions and to errors that
    drift along the path; slower, at a speed that follows his own rhythm more than the original's; with hesitations and
    a slight tremor; and with an own pressure that varies less with the movement. The amounts are drawn for each
    forger, so some of the imitations are good. Not from a paper: the ranges were set by hand, see docs/reference.
    """
    return tuple(_imitate(signature, rng) for _ in range(n))


def _imitate(signature: Signature, rng: np.random.Generator) -> Signature:
    x, y, t = (column.astype(np.float64) for column in (signature.x, signature.y, signature.t))
    down = signature.pen_down
    skill = rng.uniform(0.5, 1.5)
    """Small is good."""
    height = max(float(np.ptp(y[down])), float(np.ptp(x[down])) / 4)
    step = np.hypot(np.diff(x), np.diff(y))
    path = np.concatenate([[0.0], np.cumsum(step)]) / height

    new_t = _retime(step, t, path, skill, rng)
    # Errors of shape drift over about a letter; the forger corrects them again when he looks.
    drift = [0.06 * smooth_noise(path, 0.8, rng) + 0.02 * smooth_noise(path, 0.25, rng) for _ in range(2)]
    tremor = [0.003 * smooth_noise(new_t, 0.09, rng) for _ in range(2)]
    x, y = (axis + height * skill * (drift[i] + tremor[i]) for i, axis in enumerate((x, y)))
    stretch = np.exp(0.08 * skill * rng.standard_normal(2))
    shear, tilt = 0.06 * skill * rng.standard_normal(), np.radians(2.5) * skill * rng.standard_normal()
    size = np.exp(0.08 * rng.standard_normal())
    x, y = size * stretch[0] * (x + shear * y), size * stretch[1] * y
    x, y = np.cos(tilt) * x - np.sin(tilt) * y, np.sin(tilt) * x + np.cos(tilt) * y

    interval = float(np.median(np.diff(t)))
    grid = sample_times(new_t, interval)
    return resample(grid, new_t, np.stack([x, y], axis=1), down, _press(signature, new_t, skill, rng))


def _retime(step: Array, t: Array, path: Array, skill: float, rng: np.random.Generator) -> Array:
    """The forger's clock [N]: slower, flatter in speed, with an own rhythm and a few hesitations."""
    dt = np.diff(t)
    length = step / max(path[-1], 1e-9)
    speed = length / dt
    typical = np.median(speed[speed > 0])
    # Drawing flattens the speed profile: fast parts lose more than slow ones.
    flat = (np.maximum(speed, 0.05 * typical) / typical) ** rng.uniform(0.0, 0.35)
    middle = (path[1:] + path[:-1]) / 2
    slow = np.exp(rng.normal(0.12, 0.16)) * flat * np.exp(0.32 * skill * smooth_noise(middle, 0.7, rng))
    new = dt * slow
    total = float(new.sum())
    for _ in range(rng.poisson(1.2 * skill)):
        # A hesitation is a dip of the speed, not a stop of the clock: spread over a few points.
        centre = rng.uniform(0, path[-1])
        near = np.exp(-0.5 * ((middle - centre) / 0.08) ** 2)
        new += near / max(near.sum(), 1e-9) * rng.uniform(0.02, 0.05) * total
    return np.concatenate([[0.0], np.cumsum(new)])


def _press(signature: Signature, t: Array, skill: float, rng: np.random.Generator) -> Array | None:
    if signature.pressure is None:
        return None
    pressure, down = signature.pressure.astype(np.float64), signature.pen_down
    typical = float(np.median(pressure[down]))
    level = np.clip(typical + rng.normal(-0.15, 0.12), 0.15, 0.95)
    own = 0.11 * skill * smooth_noise(t, 0.25, rng)
    # What the original does at touch-down and lift-off every pen does, so part of its variation stays.
    return np.where(down, np.clip(level + rng.uniform(0.5, 1.0) * (pressure - typical) + own, 0.01, 1.0), pressure)


def sample_times(t: Array, interval: float) -> Array:
    """Regular clocks of ``interval`` seconds over the span of ``t``, one for each stretch without a gap."""
    return np.concatenate([_ticks(t[rows], interval) for rows in _stretches(t, interval)])


def _stretches(t: Array, interval: float) -> list[NDArray[np.int64]]:
    return np.split(np.arange(len(t)), np.flatnonzero(np.diff(t) > GAP * interval) + 1)


def _ticks(t: Array, interval: float) -> Array:
    return np.asarray(t[0] + interval * np.arange(int((t[-1] - t[0]) / interval + 0.5) + 1))


def pen_state(grid: Array, t: Array, down: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the pen is down at the times ``grid``: the state of the nearer point of ``t``, with no lift lost."""
    before = np.clip(np.searchsorted(t, grid, side="right") - 1, 0, len(t) - 1)
    after = np.minimum(before + 1, len(t) - 1)
    state = np.where(grid - t[before] < t[after] - grid, down[before], down[after])
    # A short lift must not fall between two ticks, or two strokes would become one.
    lifts = t[~down]
    right = np.clip(np.searchsorted(grid, lifts), 1, max(len(grid) - 1, 1))
    if len(grid) > 1:
        state[np.where(lifts - grid[right - 1] < grid[right] - lifts, right - 1, right)] = False
    return np.asarray(state)


def resample(grid: Array, t: Array, place: Array, down: NDArray[np.bool_], pressure: Array | None) -> Signature:
    """The path ``place`` [N, 2] over ``t`` [N] at the times ``grid``, linear between its points."""
    x, y = np.interp(grid, t, place[:, 0]), np.interp(grid, t, place[:, 1])
    force = None if pressure is None else np.interp(grid, t, pressure)
    return repair(x, y, grid, pen_state(grid, t, down), pressure=force)[0]
