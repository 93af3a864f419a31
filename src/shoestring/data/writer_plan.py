"""The plan of a synthetic signature: a word of an invented alphabet, as virtual target points of lognormal strokes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SECONDS = (0.8, 6.0)
"""Shortest and longest plan."""


@dataclass(frozen=True, eq=False)
class Writer:
    """The plan of one signature: K strokes between K + 1 target points, pen-up ones included."""

    targets: Array
    """[K + 1, 2] in units of the height of a small letter."""
    turns: Array
    """[K] radians."""
    beats: Array
    """[K] seconds from the previous peak of speed to this one."""
    lifted: NDArray[np.bool_]
    """[K] True for a movement with the pen up."""
    press: Array
    """[K] pressure habitually used, in [0, 1]."""
    spread: float
    """Typical sigma."""
    overlap: float
    """Width of a speed profile as a share of its beat."""
    unit: float
    """Height of a small letter in device units."""
    consistency: float
    """Scale of all errors; 1 is average."""
    hover: bool
    """Whether the device records the path of the lifted pen."""


def draw_writer(rng: np.random.Generator) -> Writer:
    """A new writer: cursive, separate characters, or little more than a flourish."""
    style = rng.choice(3, p=(0.6, 0.25, 0.15))
    letters = [_letter(style, rng) for _ in range(rng.integers(3, 8))]
    count = {0: rng.integers(3, 10), 1: rng.integers(2, 4), 2: rng.integers(1, 4)}[int(style)]
    word = [letters[i] for i in rng.integers(len(letters), size=count)]
    lift = {0: rng.uniform(0.0, 0.5), 1: 1.0, 2: rng.uniform(0.0, 0.3)}[int(style)]
    moves, turns, lifted = [], [], []
    gap = rng.uniform(0.15, 0.6)
    at = np.zeros(2)
    for number, (points, arcs, ups) in enumerate(word):
        if number:
            # On to the next letter: a ligature, or with the pen up to where that letter starts.
            moves.append(np.array([gap, 0.0]) + points[0] - at)
            turns.append(rng.normal(0.0, 0.5))
            lifted.append(bool(rng.random() < lift))
        moves.extend(np.diff(points, axis=0))
        turns.extend(arcs)
        lifted.extend(ups)
        at = points[-1] - np.array([np.ptp(points[:, 0]), 0.0])
    if rng.random() < 0.45:
        _flourish(moves, turns, lifted, rng)
    targets = np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)])
    slant, aspect = np.tan(np.radians(rng.normal(12.0, 14.0))), np.exp(rng.normal(0.0, 0.2))
    rise = np.tan(np.radians(rng.normal(1.0, 4.0)))
    targets = np.stack([aspect * targets[:, 0] + slant * targets[:, 1], targets[:, 1] + rise * targets[:, 0]], axis=1)
    size = np.hypot(*np.diff(targets, axis=0).T)
    up = np.array(lifted)
    tempo = np.exp(rng.normal(np.log(0.1), 0.2))
    # Isochrony: long strokes are much faster and only a little longer in time.
    beats = tempo * np.clip(size / np.median(size), 0.2, 8.0) ** rng.uniform(0.2, 0.45)
    beats *= np.exp(0.15 * rng.standard_normal(len(size)))
    beats[up] *= rng.uniform(1.0, 1.8)
    beats[1:][up[:-1]] *= rng.uniform(1.0, 1.5)
    beats *= np.clip(beats.sum(), *SECONDS) / beats.sum()
    downwards = np.diff(targets, axis=0)[:, 1] < 0
    press = rng.uniform(0.45, 0.8) + rng.uniform(0.0, 0.2) * np.where(downwards, 1, -1)
    press += 0.09 * rng.standard_normal(len(size))
    return Writer(
        targets=targets,
        turns=np.clip(np.array(turns), -5.5, 5.5),
        beats=beats,
        lifted=up,
        press=np.clip(press, 0.1, 0.98),
        spread=rng.uniform(0.12, 0.35),
        overlap=rng.uniform(0.36, 0.52),
        unit=float(np.exp(rng.normal(np.log(500.0), 0.35))),
        consistency=float(np.exp(rng.normal(0.25, 0.3))),
        hover=bool(rng.random() < 0.3),
    )


def _letter(style: int, rng: np.random.Generator) -> tuple[Array, list[float], list[bool]]:
    """Target points [k + 1, 2] of a letter from the origin, the turns of its k strokes, and which are pen-up."""
    if style == 1:
        corners, arcs, ups = [rng.uniform((0, 0.8), (0.6, 2.0))], [], []
        for i in range(int(rng.integers(2, 5))):
            if i:
                corners.append(rng.uniform((0, 0.6), (1.0, 2.2)))
                arcs.append(rng.normal(0, 0.4))
                ups.append(True)
            # Strokes of characters go right, down, or down to a side.
            direction = rng.choice([0.1, -np.pi / 2, -2.2, -0.8]) + rng.normal(0, 0.12)
            corners.append(corners[-1] + rng.uniform(0.7, 2.0) * np.array([np.cos(direction), np.sin(direction)]))
            arcs.append(rng.normal(0, 0.35))
            ups.append(False)
        return np.array(corners), arcs, ups
    count = int(rng.integers(2, 6))
    levels = rng.choice([0.0, 1.0, rng.uniform(1.6, 2.6), -rng.uniform(0.7, 1.6)], size=count, p=(0.1, 0.4, 0.3, 0.2))
    # Up and down in turn, which is what a hand does when it writes.
    high = np.where(np.arange(count) % 2 == 0, np.maximum(levels, 0.6), np.minimum(levels, 0.15))
    advance = rng.uniform(-0.25, 0.55, size=count)
    reached = np.stack([np.cumsum(advance), high + 0.1 * rng.standard_normal(count)], axis=1)
    points = np.concatenate([np.zeros((1, 2)), reached]) * (1.0 if style == 0 else 2.0)
    curl = rng.choice([-1.0, 1.0])
    curls = [float(curl * rng.uniform(0.1, 2.4) * (1 if rng.random() < 0.8 else -1)) for _ in range(count)]
    return points, curls, [False] * count


def _flourish(moves: list[Array], turns: list[float], lifted: list[bool], rng: np.random.Generator) -> None:
    """A paraph at the end: back under the word, and sometimes on in loops."""
    width = float(np.sum(moves, axis=0)[0])
    if rng.random() < 0.4:
        moves.append(np.array([-0.5 * width, -rng.uniform(0.5, 1.5)]))
        turns.append(rng.normal(0, 0.5))
        lifted.append(True)
    reach = max(width, 2.0) * rng.uniform(0.4, 1.0)
    for side in (-1, 1, -1)[: rng.integers(1, 4)]:
        moves.append(np.array([side * reach * rng.uniform(0.6, 1.0), rng.uniform(-0.6, 0.4)]))
        turns.append(float(rng.normal(0.0, 1.2)))
        lifted.append(False)
