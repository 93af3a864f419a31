"""Intervals that resample people, not scores: the comparisons of one person are not independent of one another.

A resample draws S of the S people with replacement. A comparison then weighs as much as its template's owner was drawn;
if the item came from another known person, times how often *that* one was drawn. The scores are sorted once, and each
resample is a weighted cumulative sum over that order, one at a time, so memory stays at a few columns of the table.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.metrics import Ranking, rank
from shoestring.similarity.protocol import Comparisons

Value = float | NDArray[np.float64]
Statistic = Callable[[Ranking], Value]


@dataclass(frozen=True, eq=False)
class Interval:
    """A value with its percentile interval; ``low`` and ``high`` are NaN when there are fewer than two people."""

    value: Value
    low: Value
    high: Value
    resamples: int
    """Resamples in which the statistic exists (two people drawn as the same one leave no stranger)."""


@dataclass(frozen=True, eq=False)
class _People:
    """Both sides of each comparison as places in one list; ``other`` points behind it where unknown or the same."""

    names: NDArray[np.str_]
    subject: NDArray[np.intp]
    other: NDArray[np.intp]

    @classmethod
    def of(cls, comparisons: Comparisons) -> "_People":
        subjects, subject = np.unique(comparisons.subject, return_inverse=True)
        probes, probe = np.unique(comparisons.probe, return_inverse=True)
        names = np.union1d(subjects, probes[probes != ""])
        place = np.append(np.searchsorted(names, subjects), len(names))
        probe_place = np.searchsorted(names, probes)
        probe_place[probes == ""] = len(names)
        subject, other = place[subject], probe_place[probe]
        return cls(names, subject, np.where(other == subject, len(names), other))

    def weights(self, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        """[N] weight of each comparison when person p was drawn ``drawn[p]`` times."""
        times = np.append(drawn, 1.0)
        weight = times[self.subject]
        weight *= times[self.other]
        return weight


def _draws(people: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(generator.integers(people, size=people), minlength=people).astype(np.float64)


def _interval(value: Value, replicates: list[Value], confidence: float) -> Interval:
    table = np.array(replicates, dtype=np.float64).reshape(len(replicates), np.size(value))
    table = table[~np.isnan(table).any(axis=1)]
    if len(table):
        tail = (1 - confidence) / 2
        low, high = np.quantile(table, [tail, 1 - tail], axis=0)
    else:
        low = high = np.full(np.size(value), np.nan)
    if np.ndim(value):
        return Interval(np.asarray(value), low, high, len(table))
    return Interval(float(value), float(low[0]), float(high[0]), len(table))


def subject_bootstrap(
    comparisons: Comparisons,
    statistics: Mapping[str, Statistic],
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """Each statistic with its percentile interval over resampled people.

    A statistic maps a :class:`~shoestring.similarity.metrics.Ranking` to a number or an array (a whole curve on a fixed
    grid), and all of them see the same resamples. With few people (below about ten) the intervals are too narrow, since
    people who were never met are not in any resample.
    """
    ranking = rank(comparisons.score, comparisons.genuine)
    values = {name: statistic(ranking) for name, statistic in statistics.items()}
    people = _People.of(comparisons.rows(ranking.order))
    replicates: dict[str, list[Value]] = {name: [] for name in statistics}
    for drawn in _draws(len(people.names), resamples if len(people.names) > 1 else 0, seed):
        resampled = ranking.weighted(people.weights(drawn))
        for name, statistic in statistics.items():
            replicates[name].append(statistic(resampled))
    return {name: _interval(values[name], replicates[name], confidence) for name in statistics}


def paired_bootstrap(
    ours: Comparisons,
    theirs: Comparisons,
    statistics: Mapping[str, Statistic],
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """``statistic(ours) - statistic(theirs)`` of two systems on the same comparisons, with the same people resampled.

    Raises :class:`BadDataError` when the two tables are not row by row the same comparisons.
    """
    for column in ("genuine", "subject", "probe", "kind"):
        if not np.array_equal(getattr(ours, column), getattr(theirs, column)):
            raise BadDataError(f"the two systems were not compared on the same rows: column {column!r} differs")
    rankings = [rank(table.score, table.genuine) for table in (ours, theirs)]
    people = _People.of(ours)
    values = {name: statistic(rankings[0]) - statistic(rankings[1]) for name, statistic in statistics.items()}
    replicates: dict[str, list[Value]] = {name: [] for name in statistics}
    for drawn in _draws(len(people.names), resamples if len(people.names) > 1 else 0, seed):
        weight = people.weights(drawn)
        left, right = (ranking.weighted(weight[ranking.order]) for ranking in rankings)
        for name, statistic in statistics.items():
            replicates[name].append(statistic(left) - statistic(right))
    return {name: _interval(values[name], replicates[name], confidence) for name in statistics}
