"""A study: what several methods gave with several seeds, seed by seed; every statement about it has an interval.

Source: Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shoestring.rl.statistics import (
    Estimate,
    bootstrap,
    improvement_probability,
    interquartile_mean,
    on_grid,
    performance_profile,
    permutation_test,
)

RESAMPLES = 10_000
CURVE_RESAMPLES = 2_000
ONE_SEED = "one seed is an anecdote, not a result: train more with --seeds"


@dataclass(frozen=True)
class Record:
    """One run."""

    method: str
    seed: int
    value: float
    """What counts: finite."""
    curve: tuple[tuple[float, float], ...] = ()
    """(steps, value) on the way, by rising steps."""
    task: str = ""


@dataclass(frozen=True)
class Difference:
    """One method against another, on the seeds that both have."""

    ours: str
    theirs: str
    difference: Estimate
    """Interquartile mean of the differences, seed by seed."""
    probability: float
    """That a run of ours beats a run of theirs, ties counting half."""
    p: float
    """Two-sided, of a permutation test of the paired differences; 1 with one pair."""
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Curve:
    """Interquartile mean with its interval at each step."""

    steps: tuple[float, ...]
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True)
class Study:
    """All runs."""

    records: tuple[Record, ...]

    def __post_init__(self) -> None:
        keys = [(record.method, record.seed, record.task) for record in self.records]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if not keys or twice:
            raise ValueError(f"a run of {twice} is there twice" if twice else "a study needs runs")
        if not all(np.isfinite(record.value) for record in self.records):
            raise ValueError("values must be finite: a run that failed is no result")

    @property
    def methods(self) -> tuple[str, ...]:
        """In order of appearance."""
        return tuple(dict.fromkeys(record.method for record in self.records))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has to be said with every figure: methods that rest on one seed."""
        return tuple(f"{method}: {ONE_SEED}" for method in self.methods if len(self.seeds(method)) == 1)

    def seeds(self, method: str) -> tuple[int, ...]:
        """Of one method, sorted. Raises ValueError when there is no such method."""
        found = tuple(sorted({record.seed for record in self.records if record.method == method}))
        if not found:
            raise ValueError(f"no runs of {method!r}; there are: {', '.join(self.methods)}")
        return found

    def table(self, method: str, seeds: Sequence[int] | None = None) -> np.ndarray:
        """Values [seeds, tasks]. Raises ValueError where a seed lacks a task: runs are resampled within each task."""
        values = {(r.seed, r.task): r.value for r in self.records if r.method == method}
        chosen = self.seeds(method) if seeds is None else seeds
        tasks = tuple(dict.fromkeys(record.task for record in self.records))
        missing = [(seed, task) for seed in chosen for task in tasks if (seed, task) not in values]
        if missing:
            raise ValueError(f"{method}: seed {missing[0][0]} has no run of task {missing[0][1]!r}")
        return np.array([[values[seed, task] for task in tasks] for seed in chosen])

    def level(self, method: str) -> Estimate:
        """Interquartile mean over seeds and tasks; with one seed it has no interval and says so."""
        return bootstrap(self.table(method), np.random.default_rng(0), interquartile_mean, RESAMPLES)

    def difference(self, ours: str, theirs: str) -> Difference:
        """Paired by seed. Raises ValueError without a common seed."""
        common = tuple(seed for seed in self.seeds(ours) if seed in self.seeds(theirs))
        if not common:
            raise ValueError(f"{ours} and {theirs} have no seed in common, so nothing can be paired")
        mine, other = self.table(ours, common), self.table(theirs, common)
        rng = np.random.default_rng(0)
        found = bootstrap(mine - other, rng, interquartile_mean, RESAMPLES)
        p = permutation_test(mine.mean(axis=1), other.mean(axis=1), rng)
        return Difference(ours, theirs, found, improvement_probability(mine, other), p, common)

    def profile(self, thresholds: Sequence[float]) -> Mapping[str, np.ndarray]:
        """Share of the runs of each method above each threshold."""
        return {method: performance_profile(self.table(method), thresholds) for method in self.methods}

    def curve(self, method: str, points: int = 20) -> Curve:
        """Sample efficiency: the estimate at ``points`` steps from where all seeds have a value to where one ends.

        Raises ValueError when a run of the method has no curve, or their steps do not overlap.
        """
        curves = [record.curve for record in self.records if record.method == method]
        if not curves or not all(curves):
            raise ValueError(f"{method}: a run has no curve")
        first, last = max(curve[0][0] for curve in curves), min(curve[-1][0] for curve in curves)
        if first > last:
            raise ValueError(f"{method}: one run ends at {last:g} before another begins at {first:g}")
        grid = np.linspace(first, last, points)
        values, rng = on_grid(curves, grid.tolist()), np.random.default_rng(0)
        found = [bootstrap(column[:, None], rng, interquartile_mean, CURVE_RESAMPLES) for column in values.T]
        return Curve(tuple(grid.tolist()), tuple(found))
