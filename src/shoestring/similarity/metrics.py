r"""Error rates of a verification score, all read from one sort.

Conventions (ISO/IEC 19795-1): a higher score means more alike, and a comparison is accepted when its score is *at
least* the threshold t, so :math:`\mathrm{FMR}(t) = P(s \ge t \mid \text{impostor})` and
:math:`\mathrm{FNMR}(t) = P(s < t \mid \text{genuine})`. Equal scores share one operating point: no metric here depends
on the order of the input rows. Every comparison carries a weight, which is how :mod:`~shoestring.similarity.bootstrap`
resamples people without sorting again.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression
from scipy.special import xlogy

from shoestring.core.errors import BadDataError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranking:
    """N comparisons sorted by score, with a weight each."""

    score: Floats
    """[N] ascending."""
    genuine: NDArray[np.bool_]
    """[N]"""
    order: NDArray[np.int64]
    """[N] row of the input that stands at each place."""
    starts: NDArray[np.int64]
    """[K] where each of the K distinct scores begins."""
    threshold: Floats
    """[K + 1] the distinct scores, and one value above them all: "accept nobody" is an operating point too."""
    weight: Floats
    """[N] >= 0; ones unless resampled."""

    def weighted(self, weight: ArrayLike) -> "Ranking":
        """The same comparisons with new weights, given in *sorted* order."""
        return replace(self, weight=np.asarray(weight, dtype=np.float64))

    @cached_property
    def det(self) -> "Det":
        """FMR and FNMR at every distinct threshold; NaN where a side has no weight."""
        of_genuine = self.weight * self.genuine
        genuine_below, impostor_below = _cumulative(of_genuine), _cumulative(self.weight - of_genuine)
        if len(self.starts) < len(self.score):
            places = np.append(self.starts, len(self.score))
            genuine_below, impostor_below = genuine_below[places], impostor_below[places]
        with np.errstate(invalid="ignore"):
            genuine_below /= genuine_below[-1]
            impostor_below /= impostor_below[-1]
        return Det(self.threshold, np.subtract(1, impostor_below, out=impostor_below), genuine_below)


@dataclass(frozen=True, eq=False)
class Det:
    """The K + 1 operating points, from "accept everybody" to "accept nobody"."""

    threshold: Floats
    """Ascending; see :attr:`Ranking.threshold`."""
    fmr: Floats
    """False match rate, falling from 1 to 0."""
    fnmr: Floats
    """False non-match rate, rising from 0 to 1."""


@dataclass(frozen=True)
class Point:
    """An error rate and the threshold where it is reached."""

    value: float
    threshold: float


def _cumulative(weight: Floats) -> Floats:
    """[N + 1] weight of everything before each place, and the total."""
    total = np.empty(len(weight) + 1)
    total[0] = 0.0
    np.cumsum(weight, out=total[1:])
    return total


def rank(score: ArrayLike, genuine: ArrayLike) -> Ranking:
    """Sort once. ``score``: [N] finite; ``genuine``: [N] bool. Raises BadDataError on NaN or unequal lengths."""
    score, genuine = np.asarray(score, dtype=np.float64), np.asarray(genuine, dtype=bool)
    if score.ndim != 1 or score.shape != genuine.shape or not len(score):
        raise BadDataError(f"scores {score.shape} and labels {genuine.shape} must be two equally long, non-empty rows")
    if not np.isfinite(score).all():
        raise BadDataError("scores must be finite numbers")
    order = np.argsort(score)
    score = score[order]
    starts = np.flatnonzero(np.append(True, score[1:] != score[:-1]))
    threshold = np.append(score[starts], np.nextafter(score[-1], np.inf))
    return Ranking(score, genuine[order], order, starts, threshold, np.ones(len(score)))


def eer(ranking: Ranking) -> Point:
    """Equal error rate, in [0, 1], and its threshold.

    The two rates are steps and seldom meet: the value is where the straight line between the last operating point with
    FNMR < FMR and the next one crosses FNMR = FMR (the error of choosing between those two thresholds at random), and
    the threshold is interpolated in the same place. NaN without genuine or without impostor weight.
    """
    det = ranking.det

    def gap(place: int) -> float:
        return float(det.fnmr[place] - det.fmr[place])

    if np.isnan(gap(0)):
        return Point(np.nan, np.nan)
    after = bisect_left(range(len(det.fmr)), 0.0, key=gap)
    before = after - 1
    share = -gap(before) / (gap(after) - gap(before))
    return Point(
        float(det.fmr[before] + share * (det.fmr[after] - det.fmr[before])),
        float(det.threshold[before] + share * (det.threshold[after] - det.threshold[before])),
    )


def fnmr_at_fmr(ranking: Ranking, fmr: float) -> Point:
    """FNMR at the lowest threshold whose FMR is at most ``fmr``: an operating point that exists, never interpolated."""
    det = ranking.det
    if np.isnan(det.fmr[0] + det.fnmr[0]):
        return Point(np.nan, np.nan)
    # Cumulative sums leave rounding of about 1e-16 on rates that are meant to be equal to the limit.
    place = len(det.fmr) - int(np.searchsorted(det.fmr[::-1], fmr + 1e-12, side="right"))
    return Point(float(det.fnmr[place]), float(det.threshold[place]))


def zero_fmr(ranking: Ranking) -> Point:
    """FNMR just above the highest impostor score."""
    return fnmr_at_fmr(ranking, 0.0)


def genuine_accepted_at(ranking: Ranking, forgeries_detected: float = 0.8) -> Point:
    """Share of genuine accepted where at least ``forgeries_detected`` of the forgeries score below the threshold.

    The operating point of Bromley et al. 1993 (section 5), who published 95.5 % at 80 %.
    """
    point = fnmr_at_fmr(ranking, 1 - forgeries_detected)
    return Point(1 - point.value, point.threshold)


def auc(ranking: Ranking) -> float:
    """Area under the ROC curve = P(genuine > impostor) + P(equal) / 2."""
    det = ranking.det
    return float(np.sum((det.fmr[:-1] - det.fmr[1:]) * (1 - (det.fnmr[:-1] + det.fnmr[1:]) / 2)))


def d_prime(ranking: Ranking) -> float:
    r""":math:`(\mu_g - \mu_i) / \sqrt{(\sigma_g^2 + \sigma_i^2) / 2}`, population variances; NaN if both are zero."""
    side = [_moments(ranking, ranking.genuine), _moments(ranking, ~ranking.genuine)]
    spread = np.sqrt((side[0][1] + side[1][1]) / 2)
    return float((side[0][0] - side[1][0]) / spread) if spread > 0 else float("nan")


def _moments(ranking: Ranking, rows: NDArray[np.bool_]) -> tuple[float, float]:
    weight = ranking.weight[rows]
    if not weight.sum():
        return float("nan"), float("nan")
    mean = np.average(ranking.score[rows], weights=weight)
    return float(mean), float(np.average((ranking.score[rows] - mean) ** 2, weights=weight))


def cllr(ranking: Ranking) -> float:
    r"""Cost of the scores *read as natural log likelihood ratios*, in bits (Brummer & du Preez 2006).

    :math:`\frac12[\overline{\log_2(1 + e^{-s})}_{genuine} + \overline{\log_2(1 + e^{s})}_{impostor}]`: 0 is perfect,
    1 is what "always LR = 1" costs, and more than 1 is misleading.
    """
    bits = np.logaddexp(0.0, np.where(ranking.genuine, -ranking.score, ranking.score)) / np.log(2)
    sides = [ranking.weight * side for side in (ranking.genuine, ~ranking.genuine)]
    if not all(weight.sum() for weight in sides):
        return float("nan")
    return float(sum(np.average(bits, weights=weight) for weight in sides)) / 2


def min_cllr(ranking: Ranking) -> float:
    """Cllr after the best monotone map of the scores, in [0, 1] bits: what calibration could reach at most.

    The map is isotonic regression (pool adjacent violators), with equal weight for both sides and ties pooled.
    """
    genuine, impostor = (_per_tie(ranking, ranking.weight * side) for side in (ranking.genuine, ~ranking.genuine))
    if not genuine.sum() or not impostor.sum():
        return float("nan")
    genuine, impostor = genuine / genuine.sum(), impostor / impostor.sum()
    both = genuine + impostor
    seen = both > 0
    posterior = isotonic_regression(genuine[seen] / both[seen], weights=both[seen]).x
    # A pool without one side has an infinite ratio, which costs nothing: only the other side is in it, and 0 log 0 = 0.
    cost = xlogy(genuine[seen], posterior) + xlogy(impostor[seen], 1 - posterior)
    return float(-cost.sum() / (2 * np.log(2)))


def _per_tie(ranking: Ranking, values: Floats) -> Floats:
    return np.add.reduceat(values, ranking.starts)
