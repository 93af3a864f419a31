"""Results over seeds, with intervals: a run is the unit, and a single one is no result.

Source: Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice".
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 50_000
CHUNK = 2_000
"""Resamples that are held in memory at once."""

Statistic = Callable[[np.ndarray], np.ndarray]
"""Scores [..., runs, tasks] to a number for each leading index."""


@dataclass(frozen=True)
class Estimate:
    """A value with a 95 % percentile interval over resampled runs."""

    value: float
    low: float
    high: float
    runs: int

    @property
    def single(self) -> bool:
        """Whether it rests on one run, whose interval is the value itself and says nothing."""
        return self.runs == 1

    def __str__(self) -> str:
        if self.single:
            return f"{self.value:.4g} (one run: no interval)"
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


def interquartile_mean(scores: np.ndarray) -> np.ndarray:
    """The mean of the middle half of all runs and tasks together: scores [..., runs, tasks] to [...].

    A quarter of the numbers (rounded down) is left out at either end, as by ``scipy.stats.trim_mean``.
    """
    pooled = np.sort(scores.reshape(*scores.shape[:-2], -1), axis=-1)
    cut = pooled.shape[-1] // 4
    return pooled[..., cut : pooled.shape[-1] - cut].mean(axis=-1)


def mean(scores: np.ndarray) -> np.ndarray:
    """The mean of all: [..., runs, tasks] to [...]."""
    return scores.mean(axis=(-2, -1))


def optimality_gap(scores: np.ndarray, threshold: float = 1.0) -> np.ndarray:
    """How far scores fall short of ``threshold`` on average, what lies above counting as nothing."""
    return (threshold - np.minimum(scores, threshold)).mean(axis=(-2, -1))


def bootstrap(
    scores: np.ndarray,
    rng: np.random.Generator,
    statistic: Statistic = interquartile_mean,
    resamples: int = RESAMPLES,
) -> Estimate:
    """``statistic`` of scores [runs, tasks] with its interval, runs resampled within each task (stratified).

    Raises:
        ValueError: the scores are no table of finite numbers.
    """
    scores = _table(scores)
    runs, tasks = scores.shape
    drawn = []
    for begin in range(0, resamples, CHUNK):
        chosen = rng.integers(runs, size=(min(CHUNK, resamples - begin), runs, tasks))
        drawn.append(statistic(scores[chosen, np.arange(tasks)]))
    low, high = np.percentile(np.concatenate(drawn), [2.5, 97.5])
    return Estimate(float(statistic(scores)), float(low), float(high), runs)


def paired_difference(
    ours: np.ndarray, theirs: np.ndarray, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Estimate:
    """The mean of ``ours - theirs``, [runs, tasks] each with the same seed in the same row, rows resampled together.

    Two overlapping intervals say nothing about a difference; its own interval does.
    """
    ours, theirs = _table(ours), _table(theirs)
    if ours.shape != theirs.shape:
        raise ValueError(f"pairs need tables of one shape, not {ours.shape} and {theirs.shape}")
    return bootstrap(ours - theirs, rng, mean, resamples)


def improvement_probability(ours: np.ndarray, theirs: np.ndarray) -> float:
    """P(a run of ours beats a run of theirs), ties counting half, averaged over tasks: [runs, tasks] each."""
    ours, theirs = _table(ours), _table(theirs)
    if ours.shape[1] != theirs.shape[1]:
        raise ValueError(f"{ours.shape[1]} tasks beside {theirs.shape[1]}")
    difference = ours[:, None, :] - theirs[None, :, :]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def bounded_mean(value: float, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """An interval for the mean of ``count`` independent numbers in [0, 1] whose average is ``value``.

    It holds for any distribution, also where all numbers are equal and resampling would give no width: all q with
    ``count * KL(value, q) <= log(2 / (1 - confidence))``. Source: Hoeffding 1963, theorem 1.
    """
    if not 0 <= value <= 1 or count < 1:
        raise ValueError(f"a mean in [0, 1] of at least one number, not {value} of {count}")
    allowed = math.log(2 / (1 - confidence)) / count

    def edge(end: float) -> float:
        inside, outside = value, end
        for _ in range(60):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if _divergence(value, middle) <= allowed else (inside, middle)
        return inside

    return edge(0.0) if value else 0.0, edge(1.0) if value < 1 else 1.0


def _divergence(p: float, q: float) -> float:
    """KL of two coins, q strictly between 0 and 1, in nats."""
    head = p * math.log(p / q) if p else 0.0
    return head + ((1 - p) * math.log((1 - p) / (1 - q)) if p < 1 else 0.0)


def performance_profile(scores: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Share of runs above each threshold, averaged over tasks: [len(thresholds)]."""
    return (_table(scores)[:, :, None] > np.asarray(thresholds)).mean(axis=(0, 1))


def permutation_test(
    ours: Sequence[float], theirs: Sequence[float], rng: np.random.Generator, draws: int = 9_999
) -> float:
    """Two-sided p-value of a mean paired difference under random signs; with up to 12 pairs, over all sign patterns."""
    difference = np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float)
    n = len(difference)
    if not n or not np.isfinite(difference).all():
        raise ValueError("a test needs finite pairs")
    exact = n <= 12
    patterns = (np.arange(2**n)[:, None] >> np.arange(n) & 1) if exact else rng.integers(2, size=(draws, n))
    signs = 1 - 2 * patterns
    reached = np.abs(signs @ difference) >= abs(difference.sum()) * (1 - 1e-12)
    return float(reached.mean()) if exact else float((reached.sum() + 1) / (draws + 1))


def on_grid(curves: Sequence[Sequence[tuple[float, float]]], grid: Sequence[float]) -> np.ndarray:
    """Curves of ``(steps, value)`` on one grid: the last value at or before each point [curves, len(grid)].

    Runs of unequal length are compared where all of them are; before its first point a curve is NaN.
    """
    found = np.full((len(curves), len(grid)), math.nan)
    for row, curve in enumerate(curves):
        steps = np.array([step for step, _ in curve])
        at = np.searchsorted(steps, grid, side="right") - 1
        known = at >= 0
        found[row, known] = np.array([value for _, value in curve])[at[known]]
    return found


def _table(scores: np.ndarray) -> np.ndarray:
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise ValueError(f"scores must be finite numbers [runs, tasks], not of shape {table.shape}")
    return table
